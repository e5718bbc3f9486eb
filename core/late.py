"""What news about an order calls for beyond its own record: late arrivals, cancels that were too
early, words of a person that the venue does not confirm.

Rules of this file
1. What turns up late is not wanted any more: an entry is asked to end, unless its route keeps such
   entries and nothing is halted. The order itself counts, whatever is asked of it.
2. An exit that turns up late is asked to end only when it could open a position.
3. What turns up as over is looked up: its fills may have been told while nobody listened.
4. A cancel that was asked for while nobody knew of the order is asked for again once it is there.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from core import records as r
from core.answers import AskCancel, AskLookup
from core.cancels import cancel_orders
from core.doubt import IN_DOUBT
from core.inferred import inferred_of
from core.orders import ALIVE, Order, OrderEvent, OrderState
from core.risk.case import halted_at
from core.routing import holding_of
from core.setup import OnLate
from core.state import State

Steps = Generator[r.Record | AskCancel | AskLookup, None, None]

_ENDS: Final = (OrderEvent.CANCELLED, OrderEvent.EXPIRED, OrderEvent.REJECTED)

_OVER: Final = (OrderState.CANCELLED, OrderState.EXPIRED)

_NOT_PLACED: Final = OrderState.NOT_PLACED
_FILLED: Final = OrderState.FILLED
"""Named once: Python 3.11 takes long to look up a member of an enum, and each report asks."""

LATE: Final = "late_arrival"
"""Reason of the cancel of an order that turned up late."""

POLICY: Final = "policy"
"""Who asks for what the configuration asks for."""


def follow(state: State, before: Order, event: OrderEvent, now: int) -> Steps:
    """Do what an event calls for that was just applied to an order. ``before``: as it was."""
    after = state.orders[before.order]
    turned_up = before.state not in IN_DOUBT and before.state not in ALIVE and after.state in ALIVE
    if turned_up and (before.state is _NOT_PLACED or before.resolved):
        if _is_unwanted(state, after):
            yield from cancel_orders([after], now, by=POLICY, reason=LATE)
    elif before.state in IN_DOUBT and after.state not in IN_DOUBT and after.pending_cancel:
        yield AskCancel(after.order)
    if before.resolved and after.state is not before.state:
        yield AskLookup(after.order)
    elif before.state is _NOT_PLACED and after.state in _OVER:
        # It was there after all and is over: what it filled was told to nobody, perhaps.
        yield AskLookup(after.order)
    elif event in _ENDS and after.state is _FILLED and inferred_of(state, after):
        # Over, and by the venue's word not because all was filled: how much was, its books say.
        yield AskLookup(after.order)


def _is_unwanted(state: State, order: Order) -> bool:
    if order.rests:
        return False  # whether it is one too many is found out with its position
    if order.reduce_only:
        holding = holding_of(state, order.account, order.instrument, order.strategy)
        return order.leaves > holding.closable(order.side, own=order.leaves)
    signal = state.signals.get(order.origin)
    route = state.facts.setup.routes.get(signal.route) if signal is not None else None
    kept = route is not None and route.late_arrival is OnLate.KEEP
    return not kept or bool(halted_at(state, order.account, order.strategy))
