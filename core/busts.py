"""Fills that a venue does not show any more: taken back without its saying so, and marked.

Rules of this file
1. It is a conclusion: its record is marked as inferred, and a person is told.
2. A fill that the venue shows again counts again (``core.settle``).
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal

from core import records as r
from core.money import ZERO, plain
from core.orders import Order, OrderEvent
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


def newest_ns(state: State, order: Order) -> int:
    """Return when the newest fill of an order was known; zero without any."""
    rows = (state.fills[order.account, name] for name in state.order_fills.get(order.order, ()))
    return max((row.at_ns for row in rows), default=0)
