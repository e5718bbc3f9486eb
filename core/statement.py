"""The statement: what every fill, fee and booking of cash did to the money of an account.

Rules of this file
1. It is a fold over the journal, by the very fold that makes the state: whatever a page, a file or
   the state says of money comes from the same records in the same way.
2. A line of a fill tells what it realized, the line beside it what it cost. A fee that nobody told
   is pending, never zero; told later, it takes its place in the line of its own fill.
3. Amounts are cut to ``CENT`` as running sums, so that they add up to what the positions have
   realized, whatever was rounded.
4. Transfers, and what nobody explained, are lines and no profit.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from core import records as r
from core.cash_rows import NO_PROFIT
from core.executions import EXECUTIONS
from core.fold import fold
from core.fold_orders import goes_on
from core.money import plain, round_to
from core.orders import Order
from core.positions import Position
from core.state import FillRow, State

CENT: Final = Decimal("1e-8")
"""To what an amount is cut: the smallest unit of any coin, far below a cent."""

_LEFT_OUT: Final = (
    r.SignalReceived, r.SignalRepeated, r.SignalUnread, r.SignalRefused, r.SignalServed, r.Marked,
    r.AlarmRaised,
)  # fmt: skip
"""Records that move no money and no position, and are the most."""

_replace: Final = msgspec.structs.replace


class Kind(StrEnum):
    """What a line is about. Those of cash have the names of ``CashKind``."""

    FILL = "fill"
    BUST = "bust"
    CORRECTION = "correction"
    FEE = "fee"
    TRANSFER = "transfer"
    ADJUSTMENT = "adjustment"
    FUNDING = "funding"
    UNEXPLAINED = "unexplained"
    STRANGERS = "strangers"


NO_GAIN: Final = frozenset(Kind(str(kind)) for kind in NO_PROFIT)
"""Kinds that are neither profit nor loss."""


class Line(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One line. ``number``: of its record. ``at_ns``: when it happened, by the venue if that says.

    ``amount``: what it added to the account (negative: took), in ``currency``; ``None``: pending.
    ``rate``: by which it was turned from another currency: one, but for a fee that was taken in the
    coin itself, which is worth the price of its fill. ``inferred``: the fill was concluded, or
    rests on a person's word. ``by``: who said what the booking was. ``zone``: of its account, in
    which its day and its year are counted.
    """

    number: int
    at_ns: int
    kind: Kind
    account: str
    currency: str
    amount: Decimal | None
    rate: Decimal = Decimal(1)
    strategy: str = ""
    instrument: str = ""
    order: str = ""
    exec_id: str = ""
    side: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    inferred: bool = False
    by: str = ""
    text: str = ""
    zone: str = "UTC"

    @property
    def place(self) -> tuple[int, bool]:
        """Return what tells it from every other line, and stays when it changes."""
        return self.number, self.kind is Kind.FEE and bool(self.exec_id)


class Change(msgspec.Struct, frozen=True, gc=False):
    """A line that is new, or takes the place of ``old``; without a ``new`` one, it is gone."""

    old: Line | None
    new: Line | None


class Statement:
    """Reads a journal record by record. ``number``: of the last one."""

    def __init__(self) -> None:
        self.state = State()
        self.state.remember(on=False)
        self.number = 0
        self._booked: dict[tuple[str, str], Line] = {}
        self._fees: dict[tuple[str, str], Line] = {}
        """Lines of the fees of fills that the state still knows: they may change."""

    def take(self, record: r.Record) -> Iterator[Change]:
        """Read the next record, and yield what it changes."""
        self.number += 1
        if isinstance(record, _LEFT_OUT):
            return
        self.state.number = self.number - 1
        if isinstance(record, r.OrderChanged):
            if record.event in EXECUTIONS:
                yield from self._executed(record)
                return
            order = self.state.orders.get(record.order)
            if order is not None and goes_on(order, record):
                return  # two records of five, and no money in them
        fold(self.state, record)
        if isinstance(record, r.Swept):
            self._fees = {key: line for key, line in self._fees.items() if key in self.state.fills}
        elif isinstance(record, r.CashBooked):
            line = Line(
                number=self.number,
                at_ns=record.at_ns,
                kind=Kind(str(record.kind)),
                account=record.account,
                currency=record.currency,
                amount=_cut(record.amount),
                by=record.by,
                text=record.reason,
                zone=self._zone(record.account),
            )
            self._booked[record.account, record.entry] = line
            yield Change(None, line)
        elif isinstance(record, r.CashNamed):
            yield from self._named(record)

    def _named(self, record: r.CashNamed) -> Iterator[Change]:
        old = self._booked.get((record.account, record.entry))
        if old is not None:
            kind = Kind(str(record.kind))
            new = _replace(old, kind=kind, by=record.by, text=record.reason)
            self._booked[record.account, record.entry] = new
            yield Change(old, new)

    def _executed(self, record: r.OrderChanged) -> Iterator[Change]:
        state = self.state
        order = state.orders.get(record.order)
        if order is None:
            fold(state, record)
            return
        key = (order.account, record.exec_id)
        was, before = state.fills.get(key), _position(state, order)
        fold(state, record)
        row, after = state.fills[key], _position(state, order)
        account = state.facts.setup.accounts.get(order.account)
        currency = account.currency if account is not None else ""
        gain = _cut(after.realized) - _cut(before.realized)
        if was is None or gain or (was.quantity, was.price) != (row.quantity, row.price):
            yield Change(None, self._fill_line(row, was, gain, currency))
        old, new = self._fees.get(key), self._fee_line(row, currency)
        if old == new:
            return
        if new is None:
            self._fees.pop(key, None)
        else:
            self._fees[key] = new
        yield Change(old, new)

    def _fill_line(self, row: FillRow, was: FillRow | None, gain: Decimal, currency: str) -> Line:
        kind, shown, text = Kind.FILL, row, ""
        if was is not None:
            kind = Kind.CORRECTION if row.quantity else Kind.BUST
            shown = row if row.quantity else was
            text = f"was {plain(was.quantity)} at {plain(was.price)}"
            if (was.quantity, was.price) == (row.quantity, row.price):
                text = "its fee was taken in the coin itself"
        return Line(
            number=self.number,
            at_ns=row.venue_ns or row.at_ns if was is None else row.at_ns,
            kind=kind,
            account=row.account,
            currency=currency,
            amount=gain,
            strategy=row.strategy,
            instrument=row.instrument,
            order=row.order,
            exec_id=row.exec_id,
            side=str(row.side),
            quantity=shown.quantity,
            price=shown.price,
            inferred=row.inferred,
            text=text,
            zone=self._zone(row.account),
        )

    def _fee_line(self, row: FillRow, currency: str) -> Line | None:
        """Make the line of a fill's fee, at its first place; a trade taken back has none."""
        if not row.quantity:
            return None
        amount = None if row.fee is None else -_cut(row.fee)
        rate, text = Decimal(1), ""
        if row.base_fee:  # valued at the price of its fill
            rate, text = row.price, f"{plain(row.base_fee)} in the coin itself"
        old = self._fees.get((row.account, row.exec_id))
        if old is not None:
            return _replace(old, amount=amount, inferred=row.inferred, rate=rate, text=text)
        return Line(
            number=self.number,
            at_ns=row.venue_ns or row.at_ns,
            kind=Kind.FEE,
            account=row.account,
            currency=currency,
            amount=amount,
            strategy=row.strategy,
            instrument=row.instrument,
            order=row.order,
            exec_id=row.exec_id,
            inferred=row.inferred,
            rate=rate,
            text=text,
            zone=self._zone(row.account),
        )

    def _zone(self, account: str) -> str:
        found = self.state.facts.setup.accounts.get(account)
        return found.zone if found is not None else "UTC"


def _cut(amount: Decimal) -> Decimal:
    return round_to(amount, CENT)


def _position(state: State, order: Order) -> Position:
    key = (order.account, order.instrument, order.strategy)
    return state.positions.get(key) or Position(
        account=order.account, instrument=order.instrument, strategy=order.strategy
    )
