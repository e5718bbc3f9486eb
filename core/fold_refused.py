"""How records change the list of orders whose end their venue refused.

Rules of this file
1. Read off the order, so that a snapshot need not carry the list: alive, not held, its end refused
   since it was asked for last. Legs are not in it; whoever makes them looks at each of them anyway.
"""

from __future__ import annotations

from typing import Final

from core.orders import ALIVE, Order, Purpose
from core.state import State

_LEG: Final = Purpose.LEG


def list_refused(state: State, order: Order) -> None:
    """Keep the list up to date with an order whose end was ever refused."""
    name = order.order
    waits = order.end_refused and order.state in ALIVE and not order.pending_cancel
    if waits and order.purpose is not _LEG:
        if name not in state.refused:
            state.put(state.refused, name, None)
    elif name in state.refused:
        state.drop(state.refused, name)
