"""Own orders that rest at a price, the best first: what another own order could trade with.

Rules of this file
1. A limit order rests, whoever made it and for what; it does so from the moment that it may be at
   its venue until it is over. What is held is not there. A stop waits outside the book.
2. While a replace is pending, the price that reaches further counts.
3. A line is worked out with each order, so that a check looks at its first entry alone.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from core.orders import ALIVE, Order, OrderState, OrderType, Side
from core.state import RestingEntry, State

_LIMIT: Final = OrderType.LIMIT
"""Named once: Python 3.11 takes long to look up a member of an enum, and each order asks."""


def note_resting(state: State, before: Order | None, after: Order) -> None:
    """Put an order into its line, take it out, or move it."""
    if after.order_type is not _LIMIT:
        return
    was = None if before is None else _entry(before)
    now = _entry(after)
    if was == now:
        return
    key = (after.account, after.instrument, after.side)
    line = [entry for entry in state.resting.get(key, ()) if entry != was]
    if now is not None:
        insort(line, now)
    if line:
        state.put(state.resting, key, tuple(line))
    else:
        state.drop(state.resting, key)


def _entry(order: Order) -> RestingEntry | None:
    if order.state not in ALIVE or order.state is OrderState.HELD or order.price is None:
        return None
    prices = [order.price]
    if order.asked is not None and order.asked.price is not None:
        prices.append(order.asked.price)
    # Of buys the highest price is the best, and so comes first.
    return (min(-order.side.sign * price for price in prices), order.order)


def met_by(
    state: State, account: str, instrument: str, *, side: Side, price: Decimal
) -> Iterator[tuple[Decimal, str]]:
    """Yield what an order on ``side`` would reach at ``price`` of what rests on the other side, the
    best first: its price and its order."""
    for ranked, name in state.resting.get((account, instrument, side.opposite), ()):
        at = side.sign * ranked
        if side.sign * (price - at) < 0:
            return
        yield at, name
