"""Orders that old news brought back to life: at a start they are ended again by what we know.

Rules of this file
1. A process that is no writer any more may go on for a moment and write down what it saw. That goes
   into the journal when its machine's bridge starts again, behind newer news of its successor.
2. Fills are known by their ids and are never lost by that: the sum of them says what is over.
"""

from __future__ import annotations

from collections.abc import Generator

from core import records as r
from core.orders import OrderEvent, OrderState
from core.state import State

_AT_VENUE = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)


def end_revived(state: State, now: int) -> Generator[r.OrderChanged, None, None]:
    """Bring the state of every order that works by our books in line with its fills."""
    orders = [state.orders[name] for name in state.alive]
    for order in sorted(orders, key=lambda one: one.number):
        if order.state not in _AT_VENUE or not order.filled:
            continue
        to = OrderState.PARTIALLY_FILLED
        if order.filled >= order.ceiling:
            to = OrderState.FILLED
        if to is not order.state:
            yield r.OrderChanged(
                at_ns=now,
                order=order.order,
                event=OrderEvent.FOUND,
                to=to,
                reason="by its fills, after older news",
            )
