"""Fills that a venue does not show any more: taken back without its saying so, and marked.

Rules of this file
1. It is a conclusion: its record is marked as inferred, and a person is told.
2. A fill that the venue shows again counts again (``core.settle``).
3. What proves itself is not waited for where waiting would lose an order: one that the venue shows
   at work must not count as filled, for then nobody would ask for its end.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from decimal import Decimal

from core import records as r
from core.money import ZERO, plain
from core.orders import ALIVE, Order, OrderEvent
from core.reports import Report, VenueOrder
from core.state import FillRow, State
from core.transitions import next_state

Steps = Generator[r.OrderChanged | r.AlarmRaised, None, None]


def take_back(order: Order, row: FillRow, now: int, *, part: Decimal) -> Steps:
    """Take ``part`` of a fill back that the venue does not list or count any more."""
    left = row.quantity - part
    event = OrderEvent.CORRECTED if left else OrderEvent.BUST
    move = next_state(order, event, filled=order.filled - part)
    assert move is not None, "every state of an order takes a bust and a correction"
    yield r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=event,
        to=move.to,
        venue_ns=row.venue_ns,
        exec_id=row.exec_id,
        quantity=left or None,
        price=row.price if left else None,
        reason="not shown by the venue any more",
        inferred=True,
    )
    value = f"{plain(part)} at {plain(row.price)} ({row.exec_id})"
    yield r.AlarmRaised(at_ns=now, code="bust_inferred", value=value, where=order.order)


def take_back_to(state: State, order: Order, filled: Decimal, now: int) -> Steps:
    """Take back, the newest first, what an order has more than the venue counts."""
    for name in reversed(state.order_fills.get(order.order, ())):
        current, row = state.orders[order.order], state.fills[order.account, name]
        part = min(row.quantity, current.filled - filled)
        if part > ZERO:
            yield from take_back(current, row, now, part=part)


def take_back_unlisted(state: State, shown: VenueOrder, fills: Iterable[Report], now: int) -> Steps:
    """Take back what is not listed any more of an order that is shown at work, if with ``fills``,
    those of its picture, it would count as filled.

    They must be all that the venue counts of it, and one of them younger than what is missing: else
    the picture may only be older than our books.
    """
    order = state.orders[shown.order]
    listed = {fill.exec_id: fill for fill in fills if fill.order == order.order}
    total = sum((fill.quantity or ZERO for fill in listed.values()), ZERO)
    if shown.event is not OrderEvent.ACCEPTED or total != shown.filled:
        return
    known = [state.fills[order.account, name] for name in state.order_fills.get(order.order, ())]
    names = {row.exec_id for row in known}
    new = sum((one.quantity or ZERO for name, one in listed.items() if name not in names), ZERO)
    if order.state not in ALIVE or order.filled + new < order.ceiling:
        return
    latest_ns = max((fill.at_ns for fill in listed.values()), default=0)
    for row in known:
        gone = row.exec_id not in listed and row.venue_ns < latest_ns
        if gone and row.quantity and not row.inferred:
            yield from take_back(state.orders[order.order], row, now, part=row.quantity)


def newest_ns(state: State, order: Order) -> int:
    """Return when the newest fill of an order was known; zero without any."""
    rows = (state.fills[order.account, name] for name in state.order_fills.get(order.order, ()))
    return max((row.at_ns for row in rows), default=0)
