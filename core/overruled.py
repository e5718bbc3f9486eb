"""Overruled entries: what still waits here when its strategy asks to be out of everything.

Rules of this file
1. In its sender's world a market entry was filled before the exit that came after it. One that has
   not left by then would open what nobody wants any more: it is ended.
2. Orders at a price of their own are ended by a cancel, as at the sender; what has left is its
   venue's.
3. Alerts of one moment come in any order: an entry is overruled only by a message that is younger.
"""

from __future__ import annotations

from typing import Final

from core.orders import Order, OrderState, OrderType, Purpose, Side
from core.signals import Action, Effect, Hint, Signal
from core.state import State

REASON: Final = "exit signal"
"""Reason of their end."""

_EXIT: Final = Action.EXIT
_FLAT: Final = Hint.FLAT
_CLOSE: Final = Effect.CLOSE
_OPEN: Final = Effect.OPEN
"""Named once: Python 3.11 takes long to look up a member of an enum, and each order asks."""

_HERE: Final = (OrderState.HELD, OrderState.INTENDED)
"""States of an order that has not left."""


def wants_out(signal: Signal) -> bool:
    """Say whether a message asks for the end of a whole position."""
    if signal.action is not _EXIT and signal.effect is _OPEN:
        return False
    if signal.position is not None or signal.quantity is not None:
        return signal.position is _FLAT
    return signal.action is _EXIT or signal.effect is _CLOSE


def overruled(state: State, key: tuple[str, str, str], signal: Signal, now: int) -> list[Order]:
    """List the entries of a strategy in an instrument of an account that a message overrules, the
    oldest first. A buy or a sell that closes overrules those that it would close."""
    side: Side | None = None
    if signal.action is not _EXIT and signal.position is not _FLAT:
        side = Side.SELL if signal.action is Action.BUY else Side.BUY
    found = [
        order
        for order in map(state.orders.__getitem__, state.working.get(key, ()))
        if order.purpose is Purpose.ENTRY and order.order_type is OrderType.MARKET
        if order.state in _HERE and not order.pending_cancel
        if side in (None, order.side) and _is_older(state, order, signal, now)
    ]
    return sorted(found, key=lambda order: order.number)


def _is_older(state: State, order: Order, signal: Signal, now: int) -> bool:
    """Say whether an order's message is older: by what both tell, else by their coming."""
    row = state.signals.get(order.origin)
    if row is None:
        return True
    told = row.content.time_ns if row.content is not None else None
    if told is not None and signal.time_ns is not None:
        return told < signal.time_ns
    return row.at_ns < now
