"""Legs where somebody else trades the same, or where the protection changes while they stand."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.core.guarded import able, accept, guarded, legs, opened, plan, replaced_all
from tests.unit.core.stage import codes

D = Decimal


def test_an_exit_does_not_go_beside_a_leg_while_another_strategy_is_about_to_enter() -> None:
    """Both could fill at once, and what they close together would be the other one's, too."""
    stage = guarded()
    opened(stage, "10")
    stage.entry("3", strategy="fade", order_type="limit", price=D(49500))

    assert "held legs_first" == codes(stage.say("exit", quantity="4"))


def test_the_legs_of_a_position_stay_in_one_group_while_its_protection_changes() -> None:
    """A stop that stays must lose what a new target fills."""
    stage = guarded(able(linked_legs=True))
    opened(stage, "4", protection=plan("49000", "52000"))
    stage.position("2", protection=plan("49500", "53000"))
    accept(stage)
    replaced_all(stage)

    assert {"stop", "target 1"} == {order.leg for order in legs(stage)}
    assert 1 == len({order.group for order in legs(stage)})


def test_the_next_position_has_a_group_of_its_own() -> None:
    """Orders of a group that is over are over: no venue has to take it up again."""
    stage = guarded(able(linked_legs=True))
    opened(stage, "4", protection=plan("49000", "52000"))
    first = {order.group for order in legs(stage)}
    stage.fill(legs(stage)[0], "4")
    for order in legs(stage):
        stage.report(order, "cancelled")
    opened(stage, "4", protection=plan("49000", "52000"))

    assert first.isdisjoint({order.group for order in legs(stage)})
