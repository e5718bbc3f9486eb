"""Spot accounts: what is bought is owned, and some of it is taken as the fee.

Rules of this file
1. A fee in the coin itself makes the share smaller. It is a trade of that much at the price of its
   fill, paid as the fee: the worth of the account is what it was.
2. Nothing is sold that is not owned: a sell closes, or it is nothing.
3. What a venue has less than we do, and what fees that it never told can explain, were those fees.
   It becomes the fee of those fills, so that one told later takes nothing once more.
4. A difference that no order could trade is followed without a word: it is nobody's trade.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from decimal import Decimal
from typing import Final

import msgspec

from core import records as r
from core.dust import is_dust_of
from core.money import ZERO, floor_to, plain, ratio
from core.orders import Order, OrderEvent, Side
from core.reports import Report
from core.setup import SECOND_NS
from core.state import FillRow, State

Steps = Generator[r.OrderChanged | r.AlarmRaised, None, None]

FEE_PERCENT_MAX: Final = Decimal(2)
"""The most of a fill that its fee can be: the dearest retail taker fee of the venues that we know
is 1.2 %."""

UNTOLD_NS: Final = 60 * SECOND_NS
"""How long a fee may still be told: trades that come apart from their order are there within
seconds."""


SMALLEST: Final = Decimal("1e-12")
"""Where parts of a fee are cut: below every coin's smallest unit but one, and short enough."""


class Fees(msgspec.Struct, frozen=True, gc=False):
    """A fee in the account's currency, and what of it was taken in the coin itself."""

    fee: Decimal | None
    base: Decimal | None = None


def fees_of(state: State, order: Order, report: Report, known: FillRow | None) -> Fees:
    """Read the fee of an execution. What is in a third currency is not known."""
    setup = state.facts.setup
    account, instrument = setup.accounts.get(order.account), setup.instruments.get(order.instrument)
    if account is None or report.fee_currency in ("", account.currency):
        told = report.fee
        silent = told is None and known is not None and report.event is OrderEvent.CORRECTED
        if silent and known is not None and known.base_fee and report.price is not None:
            # What was corrected is the trade; nothing was said of its fee.
            return Fees(_worth(state, order, known.base_fee, report.price), known.base_fee)
        return Fees(told)
    base = instrument.base if instrument is not None and account.spot else ""
    if not base or report.fee_currency != base or report.fee is None or report.price is None:
        return Fees(None)
    return Fees(_worth(state, order, report.fee, report.price), report.fee)


def _worth(state: State, order: Order, quantity: Decimal, price: Decimal) -> Decimal:
    instrument = state.facts.setup.instruments.get(order.instrument)
    return quantity * price if instrument is None else instrument.value(quantity, price)


def is_spot(state: State, account: str) -> bool:
    """Say whether an account owns what it buys."""
    found = state.facts.setup.accounts.get(account)
    return found is not None and found.spot


def is_minor(state: State, account: str, instrument: str, amount: Decimal) -> bool:
    """Say whether a difference of a position is one that no order of anybody can have made."""
    one = state.facts.setup.instruments.get(instrument)
    return is_spot(state, account) and is_dust_of(one, amount)


# --- fees that are not told -----------------------------------------------------------------------


def untold(state: State, account: str, instrument: str) -> list[FillRow]:
    """Return the buys whose fee nobody told, oldest first."""
    return list(_untold(state, account, instrument)) if is_spot(state, account) else []


def _untold(state: State, account: str, instrument: str) -> Iterator[FillRow]:
    for _, key in state.fill_line:
        row = state.fills.get(key)
        if row is None or (row.account, row.instrument) != (account, instrument):
            continue
        if row.fee is None and row.side is Side.BUY and row.quantity:
            yield row


def may_be_fees(rows: list[FillRow], amount: Decimal) -> bool:
    """Say whether fees of these fills can explain that less is there: ``amount`` is below zero."""
    return ZERO < -amount <= sum((_most(row) for row in rows), ZERO)


def is_young(rows: list[FillRow], now: int) -> bool:
    """Say whether a fee of them may still be told."""
    return any(now - row.at_ns < UNTOLD_NS for row in rows)


def take_fees(state: State, account: str, instrument: str, amount: Decimal, *, now: int) -> Steps:
    """Book what is missing as the fees of the fills whose fee nobody told."""
    rows = untold(state, account, instrument)
    room = sum((_most(row) for row in rows), ZERO)
    if not may_be_fees(rows, -amount):
        return
    left = amount
    for row in rows:
        part = left if row is rows[-1] else min(left, _share(amount, _most(row), room))
        left -= part
        order = state.orders[row.order]
        yield r.OrderChanged(
            at_ns=now,
            order=row.order,
            event=OrderEvent.FILL,
            to=order.state,
            venue_ns=row.venue_ns,
            exec_id=row.exec_id,
            quantity=row.quantity,
            price=row.price,
            fee=_worth(state, order, part, row.price),
            base_fee=part,
            inferred=row.inferred,
        )
    where = f"{instrument} in account:{account}"
    value, limit = plain(amount), plain(room)
    yield r.AlarmRaised(at_ns=now, code="fee_inferred", value=value, limit=limit, where=where)


def _most(row: FillRow) -> Decimal:
    return row.quantity * FEE_PERCENT_MAX / 100


def _share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    return floor_to(ratio(amount * part, whole), SMALLEST)
