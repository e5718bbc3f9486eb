"""Drift of own fills (control 4): whether a strategy runs after its own prices, each within the
collar.

Rules of this file
1. A fill is compared with the best fill of the same side in the window before it. What was
   inferred, corrected or told again is no fill of its own.
2. A window is kept in slots of time: a price counts at most one slot longer than the window, never
   shorter, and a row is bounded whatever comes.
3. While a pause lasts nothing is counted, and after it the count begins anew.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from core import records as r
from core.money import ZERO, plain, to_places
from core.orders import Order, OrderEvent, Side
from core.quality_rows import DriftRow, Fills
from core.risk.kind import kind_of
from core.setup import Strategy
from core.state import State

Steps = Generator[r.Record, None, None]

SLOTS: Final = 32
"""Parts of a window: a row holds so many prices a side, and is exact to three percent of it."""

PERCENT_PLACES: Final = 6
"""To how many fraction digits a drift is rounded: far below any collar."""

_replace: Final = msgspec.structs.replace

_BUY: Final = Side.BUY
_FILL: Final = OrderEvent.FILL
"""Named once: Python 3.11 takes long to look up a member of an enum, and each fill asks."""


def strategy_of(state: State, name: str) -> Strategy:
    """Return what is configured for a strategy, the defaults for one that is not any more."""
    return state.facts.setup.strategies.get(name) or Strategy(name=name)


def drift_from(price: Decimal, best: Decimal, side: Side) -> Decimal:
    """Return by how many percent a price is worse than the best one; zero when it is not."""
    away = price - best if side is _BUY else best - price
    return to_places(away * 100 / abs(best), PERCENT_PLACES) if away > ZERO and best else ZERO


def best_of(row: DriftRow, side: Side, *, at_ns: int, window_ns: int) -> Decimal | None:
    """Return the best price of the own fills of a side in the window; ``None``: there was none."""
    fills = _within(row.buys if side is _BUY else row.sells, at_ns, window_ns)
    return fills[0][1] if fills else None


def note_fill(state: State, order: Order, record: r.OrderChanged) -> None:
    """Count a fill. Called by the fold, for an execution that moved a position."""
    if record.event is not _FILL or record.inferred or record.price is None:
        return
    key = (order.account, order.instrument, order.strategy)
    row = state.drifts.get(key)
    if row is None:
        row = DriftRow(account=order.account, instrument=order.instrument, strategy=order.strategy)
    now = record.at_ns
    if now < row.until_ns:
        return
    window_ns = strategy_of(state, order.strategy).drift_window_ns
    at_ns = record.venue_ns if 0 < record.venue_ns < now else now
    price, side = record.price, order.side
    buys = side is _BUY
    known = row.buys if buys else row.sells
    kept = near = _within(known, now, window_ns)
    if at_ns != now:
        near = _within(known, at_ns, window_ns)
    drift = drift_from(price, near[0][1], side) if near else ZERO
    if row.at_ns == now:
        drift = max(drift, row.drift)
    fills = _added(kept, price, side, slot=at_ns // _width(window_ns))
    if buys:
        row = _replace(row, drift=drift, at_ns=now, buys=fills)
    else:
        row = _replace(row, drift=drift, at_ns=now, sells=fills)
    state.put(state.drifts, key, row)


def _width(window_ns: int) -> int:
    return window_ns // SLOTS or 1


def _within(fills: Fills, at_ns: int, window_ns: int) -> Fills:
    if not fills:
        return fills
    width = _width(window_ns)
    oldest, newest = (at_ns - window_ns) // width, at_ns // width
    if oldest <= fills[0][0] and fills[-1][0] <= newest:
        return fills  # they come in the order of their slots
    return tuple(one for one in fills if oldest <= one[0] <= newest)


def _added(fills: Fills, price: Decimal, side: Side, *, slot: int) -> Fills:
    """Add a price; those that are no better than it can never be the best again."""
    newest = max(slot, fills[-1][0]) if fills else slot
    if side is _BUY:
        better = tuple([one for one in fills if one[1] < price])
    else:
        better = tuple([one for one in fills if one[1] > price])
    if better and better[-1][0] == newest:
        return better
    return (*better, (newest, price))


def drift_paused(state: State, record: r.DriftPaused) -> None:
    """Let the entries of a strategy wait, and forget what was counted."""
    row = DriftRow(
        account=record.account,
        instrument=record.instrument,
        strategy=record.strategy,
        until_ns=record.until_ns,
    )
    state.put(state.drifts, (record.account, record.instrument, record.strategy), row)


def watch_drift(state: State, changes: Sequence[r.OrderChanged], now: int) -> Steps:
    """After fills: pause a strategy whose own fills ran too far."""
    for change in changes:
        order = state.orders.get(change.order)
        if order is not None and change.event is _FILL:
            row = state.drifts.get((order.account, order.instrument, order.strategy))
            if row is not None and row.drift and row.at_ns == now:
                yield from _judge(state, order, row, now)


def _judge(state: State, order: Order, row: DriftRow, now: int) -> Steps:
    account = state.facts.setup.accounts.get(order.account)
    if account is None:
        return
    collar = kind_of(state, account, order.strategy, order.instrument).limits.collar
    strategy = strategy_of(state, order.strategy)
    if collar is None or row.drift <= collar.at * strategy.drift_collars_max:
        return
    limit = collar.at * strategy.drift_collars_max
    yield r.DriftPaused(
        at_ns=now,
        account=order.account,
        instrument=order.instrument,
        strategy=order.strategy,
        until_ns=now + strategy.drift_pause_ns,
        side=order.side,
        drift=row.drift,
        limit=limit,
    )
    yield r.AlarmRaised(
        at_ns=now,
        code="drift_paused",
        value=f"{plain(row.drift)} %",
        limit=f"{plain(limit)} %",
        where=f"{order.strategy} in {order.instrument} of account:{order.account}",
    )
