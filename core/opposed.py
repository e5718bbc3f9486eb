"""Opposed strategies on one netting account: what an exit of one does to the net of all.

Rules of this file
1. A venue that nets knows one position. While strategies hold both sides, an exit of one can make
   that position larger, or turn it: the venue must not take such an exit as reduce-only, or it
   would cut it and the owner's share would stay.
2. Wherever the net covers an exit whatever else is on its way, it stays reduce-only: then a
   position that a stranger closed a moment ago is not opened anew.
3. Where several strategies trade, a venue would let an exit of one close the share of another: an
   exit that stands for more than its owner still holds, because an older order of the same owner
   filled late, is asked to end. So is any exit for which nothing is left.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from decimal import Decimal
from typing import Final

from core import records as r
from core.answers import AskCancel
from core.cancels import again_ns, cancel_orders
from core.money import ZERO
from core.orders import Order, OrderState, Purpose, Side
from core.positions import EXTERNAL
from core.risk.case import Case
from core.state import FLAT, NOTHING, State
from core.tickets import is_hedging

Steps = Generator[r.Record | AskCancel, None, None]

Key = tuple[str, str, str]
"""Account, instrument and strategy."""

_CLOSING: Final = (Purpose.EXIT, Purpose.FLATTEN)
"""Legs stand beside exits for the same share; whoever makes them keeps them to it."""


def closes_opposed(case: Case) -> bool:
    """Say of an order that is judged what ``is_opposed`` says of a quantity."""
    if case.purpose is Purpose.ENTRY or case.account.hedging:
        return False
    return is_opposed(
        case.state,
        case.account.name,
        case.instrument.name,
        strategy=case.strategy,
        side=case.side,
        quantity=case.quantity,
        own=case.own.leaves if case.own is not None else ZERO,
    )


def is_opposed(
    state: State,
    account: str,
    instrument: str,
    *,
    strategy: str,
    side: Side,
    quantity: Decimal,
    own: Decimal = ZERO,
) -> bool:
    """Say whether an order that closes ``quantity`` of a share must not be reduce-only at a venue.

    ``own``: what this very order reserves already.
    """
    strategies = state.strategies_at.get((account, instrument), ())
    if len(strategies) < 2:
        return False
    others = [name for name in strategies if name not in (strategy, EXTERNAL)]
    if not any(_stands_against(state, account, instrument, name, side=side) for name in others):
        return False
    whole = state.exposures.get((account, instrument), FLAT)
    room = whole.net - whole.sell if side is Side.SELL else -whole.net - whole.buy
    return quantity > room + own


def _stands_against(
    state: State, account: str, instrument: str, strategy: str, *, side: Side
) -> bool:
    """Say whether a strategy holds, or is about to hold, what an exit on ``side`` leads to."""
    key = (account, instrument, strategy)
    stake, position = state.stakes.get(key, NOTHING), state.positions.get(key)
    held = position.quantity * side.sign if position is not None else ZERO
    entries = stake.sell_entries if side is Side.SELL else stake.buy_entries
    return held > ZERO or entries > ZERO


def trim_shared(state: State, records: Sequence[r.Record], now: int) -> Steps:
    """Ask for the end of exits, the newest first, that close more than their owner holds since
    these records, or that nothing is left for."""
    keys: dict[Key, None] = {}
    for record in records:
        if isinstance(record, r.OrderChanged) and record.exec_id:
            order = state.orders.get(record.order)
            if order is not None:
                keys[order.account, order.instrument, order.strategy] = None
        elif isinstance(record, r.ShareCut):
            keys[record.account, record.instrument, record.strategy] = None
    for key in keys:
        if is_hedging(state, key[0]) or _is_covered(state, key):
            continue
        over = [one for one in too_large(state, key) if now >= again_ns(one)]
        yield from cancel_orders(over, now, by="bridge", reason="share_is_smaller")


def _is_covered(state: State, key: Key) -> bool:
    """Say whether a share is at least what all its exits may close. Asked with each fill, so the
    sums are looked at and not the orders: many may work at once."""
    stake, position = state.stakes.get(key, NOTHING), state.positions.get(key)
    share = position.quantity if position is not None else ZERO
    buys, sells = stake.buy_exits, stake.sell_exits
    if share > ZERO:
        return not buys and sells <= share
    return not sells and buys <= -share


def too_large(state: State, key: Key) -> list[Order]:
    """List the exits, the newest, that close more than their owner holds, and whose end is not
    asked for.

    Where nobody else trades there or holds anything, a venue that keeps reduce-only lets an exit
    close what is there and no more; what is left of one when nothing is there would wait for the
    next position.
    """
    account, position = state.accounts.get(key[0]), state.positions.get(key)
    share = position.quantity if position is not None else ZERO
    shared = len(state.strategies_at.get(key[:2], ())) > 1
    shared = shared or state.exposures.get(key[:2], FLAT).net != share
    strict = shared or account is None or not account.abilities.reduce_only
    over: list[Order] = []
    for order in _exits(state, key):
        left = share if order.side is Side.SELL else -share
        if left >= order.leaves or (left > ZERO and not strict):
            share += order.side.sign * min(order.leaves, left)
        elif not order.pending_cancel:
            over.append(order)
    return over


def _exits(state: State, key: Key) -> list[Order]:
    """Return a strategy's exits that may be at the venue, oldest first."""
    orders = (state.orders[name] for name in state.working.get(key, ()))
    out = [one for one in orders if one.purpose in _CLOSING and one.state is not OrderState.HELD]
    return sorted(out, key=lambda one: one.number)
