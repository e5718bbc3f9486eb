"""What is at stake, kept up to date with each order and fill, so that a check need not add it up.

Rules of this file
1. An order alive counts with all that it may still fill, whoever has it and whatever was asked of
   it; so does a working order that is not ours.
2. Exposure changes by the difference that one order or one fill makes; the sums follow, and a test
   adds them up anew.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.mismatches import ForeignOrder
from core.money import ZERO
from core.orders import ALIVE, Order, OrderState, Purpose, Side
from core.state import FLAT, NONE_ALIVE, NOTHING, Alive, Exposure, State

_replace: Final = msgspec.structs.replace

_WORKING: Final = ALIVE - {OrderState.HELD, OrderState.UNKNOWN}

_BUY: Final = Side.BUY
_UNKNOWN: Final = OrderState.UNKNOWN
_HELD: Final = OrderState.HELD
_LEG: Final = Purpose.LEG
_ENTRY: Final = Purpose.ENTRY
"""Named once: Python 3.11 takes long to look up a member of an enum, and each record asks."""


def _set(state: State, key: tuple[str, str], before: Exposure, after: Exposure) -> None:
    account, instrument = key
    names = state.exposed.get(account)
    if names is None:
        names = state.exposed[account] = {}  # an empty table left by a rollback says nothing
    if after.orders != before.orders or after.unknown != before.unknown:
        _count_alive(state, account, before, after)
    if after == FLAT:
        state.drop(state.exposures, key)
        state.drop(names, instrument)
        return
    state.put(state.exposures, key, after)
    if instrument not in names:
        state.put(names, instrument, None)


def _count_alive(state: State, account: str, before: Exposure, after: Exposure) -> None:
    was = state.alive_at.get(account, NONE_ALIVE)
    orders = was.orders + after.orders - before.orders
    alive = Alive(orders, was.unknown + after.unknown - before.unknown)
    if alive == NONE_ALIVE:
        state.drop(state.alive_at, account)
    else:
        state.put(state.alive_at, account, alive)


def note_strategy(state: State, account: str, instrument: str, strategy: str) -> None:
    """Remember that a strategy was ever here. One too many does no harm, so none is taken back."""
    names = state.strategies_at.get((account, instrument))
    if names is None:
        names = state.strategies_at[account, instrument] = {}
    names[strategy] = None


def count_position(state: State, account: str, instrument: str, change: Decimal) -> None:
    """Move the net position of an account by ``change``."""
    key = (account, instrument)
    row = state.exposures.get(key, FLAT)
    _set(state, key, row, _replace(row, net=row.net + change))


def count_foreign(state: State, before: ForeignOrder | None, after: ForeignOrder | None) -> None:
    """Count what somebody else's order may still fill instead of what it might ``before``."""
    for order, sign in ((before, -1), (after, 1)):
        if order is None:
            continue
        key = (order.account, order.instrument)
        row = state.exposures.get(key, FLAT)
        buy, sell = row.buy, row.sell
        if order.side is _BUY:
            buy += sign * order.leaves
        else:
            sell += sign * order.leaves
        _set(state, key, row, _replace(row, buy=buy, sell=sell, orders=row.orders + sign))


def count_order(state: State, before: Order | None, after: Order, *, moved: Decimal = ZERO) -> None:
    """Count what an order holds now instead of what it held ``before``.

    ``moved``: by how much its fills moved the position meanwhile.
    """
    if (
        before is not None
        and not moved
        and before.state in _WORKING
        and after.state in _WORKING
        and after.filled is before.filled
        and after.quantity is before.quantity
        and after.asked is before.asked
    ):
        return  # sent, accepted, asked to end: nothing else is at stake than before
    was = before is not None and before.state in ALIVE
    now = after.state in ALIVE
    if was or now or moved:
        change = after.leaves
        unknown_now = after.state is _UNKNOWN
        if before is not None and was:
            change -= before.leaves
            unknown_now -= before.state is _UNKNOWN
        if change or moved or unknown_now or was is not now:
            key = (after.account, after.instrument)
            row = state.exposures.get(key, FLAT)
            buy, sell = row.buy, row.sell
            if after.side is _BUY:
                buy += change
            else:
                sell += change
            orders, unknown = row.orders + now - was, row.unknown + unknown_now
            _set(state, key, row, Exposure(row.net + moved, buy, sell, orders, unknown))
            if change:
                if after.turns:
                    closes = after.closing - (before.closing if before is not None else ZERO)
                    _stake(state, after, closes, closes=True)
                    change -= closes
                _stake(state, after, change)
    if now is not was:
        _list(state, after, alive=now)
    is_held = after.state is _HELD
    if is_held or (before is not None and before.state is _HELD):
        if is_held:
            state.put(state.held, after.order, after.expires_ns)
        else:
            state.drop(state.held, after.order)
        if after.clear_first:
            if is_held:
                state.put(state.turning, after.order, None)
            else:
                state.drop(state.turning, after.order)
    if not now and (was or before is None):
        state.put(state.done, after.order, after.done_ns)
        state.push(state.done_line, after.done_ns, after.order)
    elif now and before is not None and not was:
        state.drop(state.done, after.order)


def _stake(state: State, order: Order, change: Decimal, *, closes: bool = False) -> None:
    """Count what a strategy's own orders may still fill: entries, exits and waiting legs apart.
    ``closes``: that part of an entry which closes."""
    key = (order.account, order.instrument, order.strategy)
    row = state.stakes.get(key, NOTHING)
    buys = order.side is _BUY
    if order.purpose is _ENTRY and not closes:
        if buys:
            row = _replace(row, buy_entries=row.buy_entries + change)
        else:
            row = _replace(row, sell_entries=row.sell_entries + change)
    elif order.rests:
        if buys:
            row = _replace(row, buy_legs=row.buy_legs + change)
        else:
            row = _replace(row, sell_legs=row.sell_legs + change)
    elif buys:
        row = _replace(row, buy_exits=row.buy_exits + change)
    else:
        row = _replace(row, sell_exits=row.sell_exits + change)
    state.put(state.stakes, key, row)


def _list(state: State, order: Order, *, alive: bool) -> None:
    key = (order.account, order.instrument, order.strategy)
    listed = state.working.get(key)
    if listed is None:
        listed = state.working[key] = {}
        note_strategy(state, order.account, order.instrument, order.strategy)
    if order.purpose is _LEG:
        legs = state.legs_at.get(key)
        if legs is None:
            legs = state.legs_at[key] = {}  # an empty table left by a rollback says nothing
        if alive:
            state.put(legs, order.order, None)
        else:
            state.drop(legs, order.order)
    if alive:
        state.put(listed, order.order, None)
        state.put(state.alive, order.order, None)
    else:
        state.drop(listed, order.order)
        state.drop(state.alive, order.order)
