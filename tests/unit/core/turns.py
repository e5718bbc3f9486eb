"""Shares turned by exits in our books while entries are unheard: how tests of them begin."""

from __future__ import annotations

from decimal import Decimal

from core import records as r
from core import snapshot
from core.orders import Order
from tests.unit.core.guarded import able, guarded, legs, opened
from tests.unit.core.stage import Stage, picture, replay

D = Decimal


def turned(
    *, keeps: bool = True, more: str = "10", strategy: str = "trend", **fields: str
) -> tuple[Stage, Order]:
    """Hold 10, and perhaps ``more`` by an entry of which the fill is not heard; then hear 20 of
    exits: a stop and an exit. Our books are 10 short."""
    stage = guarded(able(reduce_only=keeps))
    opened(stage, "10")
    entry = stage.entry(more, strategy=strategy, **fields)
    stage.report(entry, "accepted")
    stop = legs(stage)[0]
    name = stage.say("exit").orders[0]
    if not keeps:  # there it waits until the stop is gone
        stage.report(stop, "cancelled")
    stage.fill(name, "10", "49000")
    stage.fill(stop, "10", "49000")
    assert D(-10) == stage.share()
    return stage, stage.order(entry)


def opened_by(stage: Stage) -> list[tuple[str, Decimal]]:
    """Return what was ever said to be opened by what should only close."""
    found = [one for one in stage.records if isinstance(one, r.LegOpened)]
    return [(str(one.side), one.quantity) for one in found]


def settled(stage: Stage) -> list[tuple[str, Decimal]]:
    """Return how the doubts of the last step ended."""
    found = [one for one in stage.last.records if isinstance(one, r.TurnSettled)]
    return [(one.outcome, one.quantity) for one in found]


def alarmed(stage: Stage, code: str) -> int:
    """Count the alarms of a code."""
    return sum(isinstance(one, r.AlarmRaised) and one.code == code for one in stage.records)


def restarted(stage: Stage) -> None:
    """Kill the bridge and start it again from its journal."""
    before = picture(stage.state)
    stage.state = replay(stage.records)
    assert before == picture(stage.state)
    assert stage.state.turns == snapshot.load(before).turns
    stage.start()
    stage.recover("one")
