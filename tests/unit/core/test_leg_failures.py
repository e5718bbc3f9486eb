"""A venue that does not take, or does not keep, the legs."""

from __future__ import annotations

from decimal import Decimal

from core.abilities import Abilities
from core.orders import OrderType
from tests.unit.core.guarded import (
    able,
    accept,
    guarded,
    legs,
    opened,
    plan,
    quote,
    shape,
)
from tests.unit.core.stage import Stage

D = Decimal


def refuse(stage: Stage, times: int) -> None:
    """Let the venue reject the leg so often, each time when it goes again."""
    for again in range(times):
        stage.report(legs(stage)[-1], "rejected", reason="no stops today")
        if again < times - 1:
            stage.wait(4)
            stage.tick()


def test_a_rejected_leg_is_tried_after_one_two_and_four_seconds() -> None:
    """Each try is another order; meanwhile the bridge keeps the level."""
    stage = guarded()
    stage.position("10", protection=plan())
    for wait in (1, 2, 4):
        stage.report(legs(stage)[0], "rejected")
        stage.wait(wait - 1)
        stage.tick()
        assert [] == shape(stage)
        stage.wait(1)
        stage.tick()
        assert ["stop 10 at 49000"] == shape(stage)
    stage.report(legs(stage)[0], "rejected")
    assert ["leg_failed"] == stage.alarms
    assert ["stop 10 at market"] == shape(stage)


def test_while_a_rejected_leg_waits_the_bridge_keeps_the_level() -> None:
    """A stop that the venue refuses because the price is there already closes at once."""
    stage = guarded()
    stage.position("10", protection=plan())
    stage.report(legs(stage)[0], "rejected")
    assert ["stop 10 at market"] == quote(stage, "48999")


def test_a_route_can_keep_the_levels_instead_of_closing() -> None:
    """No leg goes to that venue any more; the bridge watches on."""
    stage = guarded(route={"on_leg_failure": "keep"})
    stage.position("10", protection=plan())
    refuse(stage, 4)
    assert ["leg_failed"] == stage.alarms
    stage.wait(100)
    stage.tick()
    assert [] == shape(stage)
    assert ["stop 10 at market"] == quote(stage, "49000")


def test_a_leg_that_somebody_else_ends_is_placed_again_but_not_for_ever() -> None:
    """Three times in ten minutes; then it is meant, and the route's policy holds."""
    stage = guarded()
    opened(stage, "10")
    for _ in range(3):
        stage.report(legs(stage)[0], "cancelled")
        stage.wait(1)
        stage.tick()
        accept(stage)
        assert ["stop 10 at 49000"] == shape(stage)
    stage.report(legs(stage)[0], "cancelled")
    assert "leg_failed" in stage.alarms
    assert ["stop 10 at market"] == shape(stage)


def test_a_replace_that_the_venue_refuses_is_done_by_another_leg() -> None:
    """The increment stands beside the first leg; nothing is asked of that venue twice."""
    stage = guarded()
    opened(stage, "10")
    stage.position("5")
    stage.report(legs(stage)[0], "replace_rejected", reason="not here")
    assert ["stop 10 at 49000", "stop 5 at 49000"] == shape(stage)


def test_a_close_that_the_venue_refuses_goes_on_and_calls_a_person_once() -> None:
    """Each minute anew, as long as the position is there."""
    stage = guarded(Abilities(order_types=(OrderType.MARKET,), reduce_only=True))
    opened(stage, "10")
    quote(stage, "49000")
    refuse(stage, 4)
    assert ["leg_failed"] == stage.alarms
    stage.wait(59)
    stage.tick()
    assert [] == shape(stage)
    stage.wait(1)
    stage.tick()
    assert ["stop 10 at market"] == shape(stage)
    stage.report(legs(stage)[0], "rejected")
    assert "leg_failed" not in stage.alarms


def test_what_a_venue_keeps_already_stays_when_it_takes_no_more() -> None:
    """The rest is kept by the bridge; a stop that works is not given up for it."""
    stage = guarded(able(replace=False), route={"on_leg_failure": "keep"})
    opened(stage, "10")
    stage.position("5")
    refuse(stage, 4)
    stage.tick()
    assert ["stop 10 at 49000"] == shape(stage)
    assert ["stop 10 at 49000", "stop 5 at market"] == quote(stage, "49000")
