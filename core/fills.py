"""Fills: how an execution, its loss or its correction moves an order, a fill row and a position.

Rules of this file
1. Quantities are the sum of fills by execution id; nothing is ever set from a cumulative number.
2. A trade that is taken back moves the position by a fill the other way at the same price.
3. A fee that becomes known later moves money and nothing else, but for one that was taken in the
   coin itself: the share is that much smaller.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

import msgspec

from core.exposure import note_strategy
from core.fold_cash import note_pending
from core.fold_prices import note_fill_price
from core.fold_tickets import move_ticket, ticket_of
from core.money import ZERO
from core.orders import Order, OrderEvent, Side
from core.positions import Position, after_fill
from core.records import OrderChanged
from core.state import FillRow, State
from core.trades import Cause, note_trade

_replace: Final = msgspec.structs.replace

_BUY, _SELL = Side
_FILL: Final = OrderEvent.FILL
_BUST: Final = OrderEvent.BUST
"""Named once: Python 3.11 takes long to look up a member of an enum, and each fill asks."""

Place = tuple[str, str, str]
"""Account, instrument, strategy."""


def execute(state: State, order: Order, record: OrderChanged) -> tuple[dict[str, Any], Decimal]:
    """Apply an execution; say what it changes in its order, and by how much the position moved."""
    if record.event is _FILL:
        note_fill_price(state, order, record.price)
    key = (order.account, record.exec_id)
    old = state.fills.get(key)
    row = _row(state, order, record, old)
    state.put(state.fills, key, row)
    place = (order.account, order.instrument, order.strategy)
    position = _position(state, order, place)
    outcome = _first(state, order, row, position) if old is None else _anew(state, order, old, row)
    if row.ticket:
        move_ticket(
            state, order.account, order.instrument, row.ticket,
            owner=order.strategy, change=outcome[1],
        )  # fmt: skip
    after = state.positions.get(place, position)
    note_trade(state, position, after, _cause(order, old, row))
    if row.fee is None or (old is not None and old.fee is None):
        unpriced = _unpriced(row) - _unpriced(old)
        if unpriced:
            note_pending(state, order.account, unpriced * position.multiplier, row.at_ns)
    return outcome


def _unpriced(row: FillRow | None) -> Decimal:
    return row.quantity * row.price if row is not None and row.fee is None else ZERO


def _cause(order: Order, old: FillRow | None, row: FillRow) -> Cause:
    was = old is not None and old.fee is None and old.quantity > ZERO
    return Cause(
        at_ns=row.at_ns,
        order=order.order,
        origin=order.origin,
        of=0 if old is None else old.first or old.number,
        unpriced=(row.fee is None and row.quantity > ZERO) - was,
    )


def _first(
    state: State, order: Order, row: FillRow, position: Position
) -> tuple[dict[str, Any], Decimal]:
    """Apply an execution that nobody told before."""
    listed = state.order_fills.get(order.order, ())
    state.put(state.order_fills, order.order, (*listed, row.exec_id))
    state.push(state.fill_line, row.at_ns, (order.account, row.exec_id))
    change = _change(order.side, row)
    _move(state, order, change, price=row.price, fee=row.fee, position=position)
    changes: dict[str, Any] = {
        "filled": order.filled + row.quantity,
        "notional": order.notional + row.quantity * row.price,
        "fee": None if order.fee is None or row.fee is None else order.fee + row.fee,
    }
    return changes, change


def _anew(state: State, order: Order, old: FillRow, row: FillRow) -> tuple[dict[str, Any], Decimal]:
    """Apply what was told anew of an execution."""
    change = _change(order.side, row) - _change(order.side, old)
    if (old.quantity, old.price) == (row.quantity, row.price):
        _move(state, order, change, price=row.price, fee=(row.fee or ZERO) - (old.fee or ZERO))
    else:
        taken = None if old.fee is None else -old.fee
        _move(state, order, -_change(order.side, old), price=old.price, fee=taken)
        _move(state, order, _change(order.side, row), price=row.price, fee=row.fee)
    rows = [state.fills[order.account, name] for name in state.order_fills[order.order]]
    return _summed(rows), change


def _row(state: State, order: Order, record: OrderChanged, old: FillRow | None) -> FillRow:
    event, price = record.event, record.price
    busted = event is _BUST
    if price is None:
        price = ZERO if old is None else old.price
    row = FillRow(
        account=order.account,
        exec_id=record.exec_id,
        order=order.order,
        origin=order.origin,
        instrument=order.instrument,
        strategy=order.strategy,
        side=order.side,
        quantity=ZERO if busted else record.quantity or ZERO,
        price=price,
        at_ns=record.at_ns,
        number=state.number,
        venue_ns=record.venue_ns,
        fee=ZERO if busted else record.fee,
        inferred=record.inferred,
        first=state.number if old is None else old.first or old.number,
    )
    # Set apart: Python makes a call with more than 15 names by way of a dict, five times as slow.
    ticket = ticket_of(state, order, record, old)
    corrected = event is not _FILL or (old is not None and old.corrected)
    if not (ticket or corrected or record.base_fee):
        return row
    base_fee = ZERO if busted else record.base_fee or ZERO
    return _replace(row, corrected=corrected, base_fee=base_fee, ticket=ticket)


def _summed(rows: Iterable[FillRow]) -> dict[str, Any]:
    filled, notional, fee = ZERO, ZERO, ZERO
    pending = False
    for row in rows:
        filled += row.quantity
        notional += row.quantity * row.price
        fee += row.fee or ZERO
        pending |= row.fee is None
    return {"filled": filled, "notional": notional, "fee": None if pending else fee}


def _position(state: State, order: Order, place: Place) -> Position:
    position = state.positions.get(place)
    if position is not None:
        return position
    note_strategy(state, *place)
    instrument = state.facts.setup.instruments.get(order.instrument)
    return Position(
        account=order.account,
        instrument=order.instrument,
        strategy=order.strategy,
        multiplier=instrument.multiplier if instrument is not None else Decimal(1),
    )


def _change(side: Side, row: FillRow) -> Decimal:
    """Return by how much a fill moves a position: the fee that was taken in the coin goes off."""
    return row.quantity * side.sign - row.base_fee


def _move(
    state: State,
    order: Order,
    change: Decimal,
    *,
    price: Decimal,
    fee: Decimal | None,
    position: Position | None = None,
) -> None:
    place = (order.account, order.instrument, order.strategy)
    position = position or _position(state, order, place)
    if change:
        side = _BUY if change > ZERO else _SELL
        after = after_fill(position, side, quantity=abs(change), price=price, fee=fee or ZERO)
        state.put(state.positions, place, after)
    elif fee:
        state.put(state.positions, place, _replace(position, fees=position.fees + fee))
