"""Quality: what the orders of a strategy cost at a venue, against what it was tested with.

Rules of this file
1. An order counts when it is over and something of it was filled. Its slippage counts where the
   market named the price (market and stop orders); its fee, as soon as all of it is known.
2. One bad fill is no drift: the alarm is a one-sided CUSUM of what is lost beyond the tested
   slippage, in units of the orders' own scatter, and one order counts at most ``OUTLIER`` of them.
3. A flatten is a person's hurry and says nothing about a strategy.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

import msgspec

from core import records as r
from core.drift import strategy_of, watch_drift
from core.instruments import Instrument
from core.money import ZERO, plain, shown, to_places
from core.orders import ALIVE, PRICED, Order, Purpose
from core.quality_rows import QualityRow
from core.setup import KEPT_NS, Strategy
from core.slippage import Unit, totals_of
from core.state import State

Steps = Generator[r.Record, None, None]

WARM_UP: Final = 20
"""Orders before the first is scored: fewer say too little about their own scatter."""

ALLOWANCE: Final = Decimal("0.5")
"""What a score loses with each order, in units of scatter: half of the shift that is looked for."""

OUTLIER: Final = Decimal(3)
"""The most that one order adds: a price that jumped once is no drift."""

ALARM_AT: Final = Decimal(15)
"""The score that is an alarm. Measured (``tests/benchmarks/drift_alarm.py``): a strategy that costs
what it was tested with passes it within 1,000 orders in at most one case of a hundred, whatever the
shape of its slippage; one that costs a whole unit of scatter more passes it after some fifty."""

MEMORY: Final = 100
"""Orders over which the scatter is averaged: enough to be steady, few enough to follow a season."""

SCATTER: Final = Decimal("1.128")
"""The mean difference of two neighbours, in deviations of a normal scatter (2/sqrt(pi))."""

SCALE_MIN: Final = Decimal("0.5")
"""The smallest unit of scatter, in ticks or basis points: slippage that never varies has none."""

_KEPT_PLACES: Final = 6
"""Fraction digits of what is kept: far below a tick and a hundredth of a point."""
_PLACES: Final = 2

_FLATTEN: Final = Purpose.FLATTEN
"""Named once: Python 3.11 takes long to look up a member of an enum, and each fill asks."""

_replace: Final = msgspec.structs.replace


class Score(NamedTuple):
    """Where the test stands: orders so far, the last of them, their scatter, the score."""

    scored: int = 0
    last: Decimal = ZERO
    spread: Decimal = ZERO
    score: Decimal = ZERO


def next_score(before: Score, value: Decimal, tested: Decimal) -> Score:
    """Take one more order into the test."""
    scored, spread = before.scored + 1, before.spread
    if before.scored:
        apart = abs(value - before.last)
        spread = to_places(spread + (apart - spread) / min(before.scored, MEMORY), _KEPT_PLACES)
    if scored <= WARM_UP:
        return Score(scored, value, spread, before.score)
    scale = max(spread / SCATTER, SCALE_MIN)
    step = min((value - tested) / scale, OUTLIER) - ALLOWANCE
    return Score(scored, value, spread, max(ZERO, to_places(before.score + step, _KEPT_PLACES)))


def tested_of(strategy: Strategy) -> tuple[Unit, Decimal] | None:
    """Return the slippage that a strategy was tested with; ``None``: nobody says."""
    if strategy.tested_slippage_ticks is not None:
        return Unit.TICKS, strategy.tested_slippage_ticks
    if strategy.tested_slippage_bps is not None:
        return Unit.BPS, strategy.tested_slippage_bps
    return None


# --- the fold -------------------------------------------------------------------------------------


def count_order(state: State, before: Order, after: Order, at_ns: int) -> None:
    """Count an order that is over, and its fee when all of it is known. Called by the fold."""
    if after.state in ALIVE or not after.filled or after.purpose is _FLATTEN:
        return
    was_over = before.state not in ALIVE and bool(before.filled)
    is_over = not was_over and after.order_type not in PRICED
    is_paid = after.fee is not None and (not was_over or before.fee is None)
    setup = state.facts.setup
    account, instrument = setup.accounts.get(after.account), setup.instruments.get(after.instrument)
    if account is None or instrument is None or not (is_over or is_paid):
        return
    key = (after.strategy, account.venue)
    row = state.quality.get(key)
    if row is None:
        row = QualityRow(strategy=after.strategy, venue=account.venue, since_ns=at_ns)
    value = abs(after.notional) * instrument.multiplier
    changes: dict[str, Any] = {}
    if is_over:
        changes = _slippage(state, row, after, instrument, value=value, at_ns=at_ns)
    if is_paid and after.fee is not None:
        changes["paid"] = row.paid + 1
        changes["fee"] = row.fee + after.fee
        changes["fee_value"] = row.fee_value + value
        changes["fee_units"] = row.fee_units + after.filled
    state.put(state.quality, key, _replace(row, **changes))


def _slippage(
    state: State,
    row: QualityRow,
    order: Order,
    instrument: Instrument,
    *,
    value: Decimal,
    at_ns: int,
) -> dict[str, Any]:
    signal = state.signals.get(order.origin)
    content = signal.content if signal is not None else None
    found = totals_of(order, content, instrument)
    if found is None:
        return {}
    changes: dict[str, Any] = {
        "orders": row.orders + 1,
        "ticks": row.ticks + found.ticks,
        "bps": row.bps + found.bps,
        "money": row.money + found.money,
        "value": row.value + value,
        "last_ns": at_ns,
    }
    compared = tested_of(strategy_of(state, order.strategy))
    if compared is None:
        return changes
    unit, tested = compared
    name = f"{unit} {plain(tested)}"
    so_far = Score(row.scored, row.last, row.spread, row.score)
    slip = found.ticks if unit is Unit.TICKS else found.bps
    score = next_score(so_far if row.tested == name else Score(), slip, tested)
    return changes | {
        "tested": name,
        "scored": score.scored,
        "last": score.last,
        "spread": score.spread,
        "score": score.score,
    }


def slippage_drifted(state: State, record: r.SlippageDrifted) -> None:
    """Begin a score anew after its alarm."""
    key = (record.strategy, record.venue)
    row = state.quality.get(key)
    if row is not None:
        state.put(state.quality, key, _replace(row, score=ZERO, alarmed_ns=record.at_ns))


# --- what follows ---------------------------------------------------------------------------------


def watch_fills(state: State, changes: Sequence[r.OrderChanged], now: int) -> Steps:
    """After the changes of a command: pause what runs away (control 4), tell what costs more."""
    yield from watch_drift(state, changes, now)
    yield from _watch_slippage(state, changes, now)


def _watch_slippage(state: State, changes: Sequence[r.OrderChanged], now: int) -> Steps:
    for change in changes:
        order = state.orders.get(change.order)
        if order is None or order.state in ALIVE:
            continue
        account = state.facts.setup.accounts.get(order.account)
        row = state.quality.get((order.strategy, account.venue)) if account is not None else None
        if row is None or row.score <= ALARM_AT or row.last_ns != now:
            continue
        if row.alarmed_ns and now - row.alarmed_ns < KEPT_NS:
            continue
        yield from _alarm(state, row, now)


def _alarm(state: State, row: QualityRow, now: int) -> Steps:
    compared = tested_of(strategy_of(state, row.strategy))
    assert compared is not None, "only what is compared has a score"
    unit, tested = compared
    mean = to_places((row.ticks if unit is Unit.TICKS else row.bps) / row.orders, _KEPT_PLACES)
    yield r.SlippageDrifted(
        at_ns=now,
        strategy=row.strategy,
        venue=row.venue,
        unit=str(unit),
        mean=mean,
        tested=tested,
        orders=row.orders,
        score=row.score,
        limit=ALARM_AT,
    )
    yield r.AlarmRaised(
        at_ns=now,
        code="slippage_drift",
        value=f"{shown(mean, _PLACES)} {unit}",
        limit=f"{plain(tested)} {unit}",
        where=f"{row.strategy} at {row.venue}",
    )
