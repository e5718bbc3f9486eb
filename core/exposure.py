"""What is at stake, kept up to date with each order and fill, so that a check need not add it up.

Rules of this file
1. An order alive counts with all that it may still fill, whoever has it and whatever was asked of it.
2. Exposure changes by the difference that one order or one fill makes; the sums follow, and a test adds them up anew.
"""

from __future__ import annotations

from decimal import Decimal

from core.money import ZERO
from core.orders import ALIVE, Order, OrderState, Side
from core.state import FLAT, Exposure, State


def _set(state: State, account: str, instrument: str, exposure: Exposure) -> None:
    key = (account, instrument)
    names = state.exposed.get(account)
    if names is None:
        names = state.exposed[account] = {}  # an empty table left behind by a rollback says nothing
    if exposure == FLAT:
        state.drop(state.exposures, key)
        state.drop(names, instrument)
        return
    state.put(state.exposures, key, exposure)
    if instrument not in names:
        state.put(names, instrument, None)


def count_position(state: State, account: str, instrument: str, change: Decimal) -> None:
    """Move the net position of an account by ``change``."""
    net, buy, sell, orders, unknown = state.exposures.get((account, instrument), FLAT)
    _set(state, account, instrument, Exposure(net + change, buy, sell, orders, unknown))


def count_order(state: State, before: Order | None, after: Order) -> None:
    """Count what an order holds now instead of what it held ``before``."""
    was = before is not None and before.state in ALIVE
    now = after.state in ALIVE
    if was or now:
        old_leaves = before.leaves if before is not None else ZERO
        change = after.leaves - old_leaves
        key = (after.account, after.instrument)
        net, buy, sell, orders, unknown = state.exposures.get(key, FLAT)
        if after.side is Side.BUY:
            buy += change
        else:
            sell += change
        orders += now - was
        unknown += (after.state is OrderState.UNKNOWN) - (
            before is not None and before.state is OrderState.UNKNOWN
        )
        _set(state, *key, Exposure(net, buy, sell, orders, unknown))
    if now != was:
        _list(state, after, now)
    is_held = after.state is OrderState.HELD
    if is_held != (before is not None and before.state is OrderState.HELD):
        if is_held:
            state.put(state.held, after.order, after.expires_ns)
        else:
            state.drop(state.held, after.order)
    if not now and (was or before is None):
        state.put(state.done, after.order, after.done_ns)
    elif now and before is not None and not was:
        state.drop(state.done, after.order)


def _list(state: State, order: Order, alive: bool) -> None:
    key = (order.account, order.instrument, order.strategy)
    listed = state.working.get(key)
    if listed is None:
        listed = state.working[key] = {}
    if alive:
        state.put(listed, order.order, None)
        state.put(state.alive, order.order, None)
    else:
        state.drop(listed, order.order)
        state.drop(state.alive, order.order)
