"""Refused cancels: orders that their venue would not end although they should not be there.

Rules of this file
1. Whether an order is too much is worked out anew each time: what was refused is asked again only
   while it still is. Nothing else brings a refused cancel back; a person's own is the person's.
2. Asked again after a while, then less and less often (``cancels.again_ns``), and never given up:
   what closes more than is held may open a position at any moment. A person is called once.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final, NamedTuple

from core import records as r
from core.answers import AskCancel
from core.cancels import again_ns, cancel_orders
from core.money import plain
from core.opposed import too_large
from core.orders import Order
from core.state import State
from core.tickets import is_hedging, too_many

Steps = Generator[r.Record | AskCancel, None, None]

BRIDGE: Final = "bridge"


class Unwanted(NamedTuple):
    """An order that should not be there, and why."""

    order: Order
    reason: str


def ask_again(state: State, now: int) -> Steps:
    """Ask again for the end of what its venue refused to end a while ago."""
    for order, reason in list(_unwanted(state)):
        if now < again_ns(order):
            continue
        if order.end_refused == 1:
            where = f"{order.instrument} of {order.strategy} in account:{order.account}"
            value = plain(order.leaves)
            yield r.AlarmRaised(
                at_ns=now, code="order_not_ended", value=value, limit=order.order, where=where
            )
        yield from cancel_orders([order], now, by=BRIDGE, reason=reason)


def next_ask(state: State) -> int | None:
    """Return when ``ask_again`` has something to do; ``None``: nothing waits for it."""
    return min((again_ns(one.order) for one in _unwanted(state)), default=None)


def _unwanted(state: State) -> Iterator[Unwanted]:
    """Find the refused orders that still should not be there, oldest first."""
    if not state.refused:
        return
    orders = [state.orders[name] for name in state.refused]
    for order in sorted(orders, key=lambda one: one.number):
        if order.followed in state.orders:
            yield Unwanted(order, "a later revision exists")
        elif order in _over(state, order):
            yield Unwanted(order, "share_is_smaller")


def _over(state: State, order: Order) -> list[Order]:
    """List the exits that close too much together with an order."""
    key = (order.account, order.instrument, order.strategy)
    if not order.reduce_only:
        return []
    if not is_hedging(state, order.account):
        return too_large(state, key)
    if not order.closes:
        return []
    return too_many(state, *key[:2], strategy=key[2], ticket=order.closes)
