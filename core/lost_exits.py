"""Lost exits: what follows an exit that is proven never to have been placed.

Rules of this file
1. What an exit wanted is still wanted: the bridge lost it, not its sender. So it goes again, as the
   next revision, once the venue has proven that the former is not there. An entry never does.
2. It closes what is still there to close, and goes right after the proof or not at all.
3. A newer message that wants a position wins. Whoever asked for its end, or said himself that it
   was not placed, decides.
4. A person is told in every case in which something is still open.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from core import records as r
from core.copies import instrument_of
from core.instruments import Instrument
from core.orders import Order, OrderState, Purpose, Side
from core.routing import holding_of
from core.setup import SECOND_NS
from core.signals import Action
from core.state import SignalRow, State

Steps = Generator[r.AlarmRaised, None, None]

TRIES_MAX: Final = 3
"""Revisions after lost ones: each took a minute of look-ups at least, and a line that loses four
exits in a row needs a person."""

AT_ONCE_NS: Final = 60 * SECOND_NS
"""How long after the proof the next one may be made: it is made in the same moment, unless the
bridge was not there to make it; an hour later nobody knows what is wanted."""

BRIDGE: Final = "bridge"
"""Who asks for the end of an exit that has become too large: what is left is wanted all the same.
Of a later revision it means that a former one was filled after all."""

_WANTS: Final = (Action.BUY, Action.SELL, Action.TARGET)


def is_lost(order: Order) -> bool:
    """Say whether an exit was never placed, by its venue's word, and is still wanted."""
    if order.state is not OrderState.NOT_PLACED or order.purpose is not Purpose.EXIT:
        return False
    trimmed = order.end_by == BRIDGE and not order.revision
    return not order.resolved and (not order.end_by or trimmed)


def hindrance(state: State, order: Order, now: int) -> str:
    """Return the code for what stands against the next one, or nothing."""
    if order.revision >= TRIES_MAX:
        return "lost_too_often"
    if now >= order.done_ns + AT_ONCE_NS:
        return "followup_too_late"
    return "newer_signal" if _overtaken(state, order, now) else ""


def _overtaken(state: State, order: Order, now: int) -> bool:
    """Say whether a later message of the strategy wants a position on the side that the exit
    closes, or a target."""
    origin = state.signals.get(order.origin)
    since = origin.number if origin is not None else order.number
    for _, name in reversed(state.signal_line):
        row = state.signals[name]
        if row.number <= since:
            return False
        if _is_about(state, row, order, now) and _wants_it(row, order):
            return True
    return False


def _is_about(state: State, row: SignalRow, order: Order, now: int) -> bool:
    content, route = row.content, state.facts.setup.routes.get(row.route)
    account = state.facts.setup.accounts.get(order.account)
    if content is None or route is None or account is None:
        return False
    if content.strategy != order.strategy or order.account not in route.accounts:
        return False
    meant = instrument_of(state, route, account, content.symbol, strategy=content.strategy, now=now)
    return isinstance(meant, Instrument) and meant.name == order.instrument


def _wants_it(row: SignalRow, order: Order) -> bool:
    content = row.content
    if content is None or content.action not in _WANTS:
        return False
    if content.action is Action.TARGET:
        return True
    return (content.action is Action.BUY) is (order.side is Side.SELL)


def told(state: State, order: Order, now: int, *, by: str, code: str = "") -> Steps:
    """Call a person: what was done about a lost exit. ``by``: the order that took its place,
    ``code``: why none did."""
    holding = holding_of(state, order.account, order.instrument, order.strategy)
    if not by and (code == "nothing_left" or not holding.is_against(order.side)):
        return  # it is flat, or another one closes it
    where = f"{order.instrument} of {order.strategy} in account:{order.account}"
    name = "exit_sent_again" if by else "exit_not_placed"
    yield r.AlarmRaised(at_ns=now, code=name, value=by or code, limit=order.order, where=where)
