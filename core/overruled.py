"""Overruled entries: what is on its way when its strategy asks to be out of everything.

Rules of this file
1. In its sender's world a market entry was filled before the exit that came after it. One that has
   not left by then would open what nobody wants any more: it is ended.
2. What has left is its venue's. Where nothing is held yet, the exit waits until it is known what
   these entries filled: it would close nothing now, and its sender asks only once.
3. Orders at a price of their own are ended by a cancel, as at the sender.
4. Alerts of one moment come in any order: an entry is overruled only by a message that is younger.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from core.legs import leaves_of
from core.orders import Order, OrderState, OrderType, Purpose, Side
from core.routing import Holding
from core.signals import Action, Effect, Hint, Signal
from core.state import State

Key = tuple[str, str, str]
"""Account, instrument, strategy."""

ON_ITS_WAY: Final = "entry_on_its_way"
"""Why an exit is held that waits for entries before it."""

REASON: Final = "exit signal"
"""Reason of their end."""

_EXIT: Final = Action.EXIT
_FLAT: Final = Hint.FLAT
_CLOSE: Final = Effect.CLOSE
_OPEN: Final = Effect.OPEN
"""Named once: Python 3.11 takes long to look up a member of an enum, and each order asks."""

_HELD: Final = OrderState.HELD
_HERE: Final = (OrderState.HELD, OrderState.INTENDED)
"""States of an order that has not left."""


def wants_out(signal: Signal) -> bool:
    """Say whether a message asks for the end of a whole position."""
    if signal.action is not _EXIT and signal.effect is _OPEN:
        return False
    if signal.position is not None or signal.quantity is not None:
        return signal.position is _FLAT
    return signal.action is _EXIT or signal.effect is _CLOSE


def overruled(state: State, key: Key, signal: Signal, now: int) -> list[Order]:
    """List the entries of a strategy in an instrument of an account that a message ends, the oldest
    first."""
    found = [
        order
        for order in _older(state, key, signal, now)
        if order.state in _HERE and not order.pending_cancel
    ]
    return sorted(found, key=lambda order: order.number)


def once_filled(
    state: State, key: Key, signal: Signal, now: int, *, holding: Holding
) -> Holding | None:
    """Return what a strategy that is flat holds at most once all is known of the entries that have
    left; ``None``: none has, or they lead to both sides."""
    found = [one for one in _older(state, key, signal, now) if one.state is not _HELD]
    sides = {one.side for one in found}
    if len(sides) != 1 or holding.is_against(Side.BUY) or holding.is_against(Side.SELL):
        return None
    more = leaves_of(found) * sides.pop().sign
    return msgspec.structs.replace(holding, share=holding.share + more, net=holding.net + more)


def is_on_its_way(state: State, order: Order) -> bool:
    """Say whether an entry that a held exit waits for is not over yet."""
    key = (order.account, order.instrument, order.strategy)
    return any(
        one.number < order.number and one.side is not order.side and one.state is not _HELD
        for one in _at_market(state, key)
    )


def _older(state: State, key: Key, signal: Signal, now: int) -> Iterator[Order]:
    """Give the entries that a message is younger than. A buy or a sell that closes means those that
    it would close."""
    side: Side | None = None
    if signal.action is not _EXIT and signal.position is not _FLAT:
        side = Side.SELL if signal.action is Action.BUY else Side.BUY
    for order in _at_market(state, key):
        if side in (None, order.side) and _is_older(state, order, signal, now):
            yield order


def _at_market(state: State, key: Key) -> Iterator[Order]:
    for name in state.working.get(key, ()):
        order = state.orders[name]
        if order.purpose is Purpose.ENTRY and order.order_type is OrderType.MARKET:
            yield order


def _is_older(state: State, order: Order, signal: Signal, now: int) -> bool:
    """Say whether an order's message is older: by what both tell, else by their coming."""
    row = state.signals.get(order.origin)
    if row is None:
        return True
    told = row.content.time_ns if row.content is not None else None
    if told is not None and signal.time_ns is not None:
        return told < signal.time_ns
    return row.at_ns < now
