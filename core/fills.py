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
from typing import Any

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


def execute(state: State, order: Order, record: OrderChanged) -> tuple[dict[str, Any], Decimal]:
    """Apply an execution; say what it changes in its order, and by how much the position moved."""
    if record.event is OrderEvent.FILL:
        note_fill_price(state, order, record.price)
    key = (order.account, record.exec_id)
    old = state.fills.get(key)
    row = _row(state, order, record, old)
    state.put(state.fills, key, row)
    position = _position(state, order)
    outcome = _first(state, order, row, position) if old is None else _anew(state, order, old, row)
    if row.ticket:
        move_ticket(
            state, order.account, order.instrument, row.ticket,
            owner=order.strategy, change=outcome[1],
        )  # fmt: skip
    note_trade(state, position, _position(state, order), _cause(order, old, row))
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
        of=old.first or old.number if old is not None else 0,
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
    busted = record.event is OrderEvent.BUST
    price = record.price if record.price is not None else (old.price if old is not None else ZERO)
    return FillRow(
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
        corrected=record.event is not OrderEvent.FILL or (old is not None and old.corrected),
        inferred=record.inferred,
        base_fee=ZERO if busted else record.base_fee or ZERO,
        ticket=ticket_of(state, order, record, old),
        first=state.number if old is None else old.first or old.number,
    )


def _summed(rows: Iterable[FillRow]) -> dict[str, Any]:
    filled, notional, fee = ZERO, ZERO, ZERO
    pending = False
    for row in rows:
        filled += row.quantity
        notional += row.quantity * row.price
        fee += row.fee or ZERO
        pending |= row.fee is None
    return {"filled": filled, "notional": notional, "fee": None if pending else fee}


def _position(state: State, order: Order) -> Position:
    key = (order.account, order.instrument, order.strategy)
    position = state.positions.get(key)
    if position is not None:
        return position
    note_strategy(state, *key)
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
    if not change:
        _pay(state, order, fee or ZERO)
        return
    position = position or _position(state, order)
    side = Side.BUY if change > ZERO else Side.SELL
    after = after_fill(position, side, quantity=abs(change), price=price, fee=fee or ZERO)
    state.put(state.positions, (order.account, order.instrument, order.strategy), after)


def _pay(state: State, order: Order, fee: Decimal) -> None:
    if fee:
        position = _position(state, order)
        paid = msgspec.structs.replace(position, fees=position.fees + fee)
        state.put(state.positions, (order.account, order.instrument, order.strategy), paid)
