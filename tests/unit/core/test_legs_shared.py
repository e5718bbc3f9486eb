"""Legs where somebody else trades the same, or where the protection changes while they stand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core.abilities import Abilities
from core.engine import next_due
from core.setup import SECOND_NS
from tests.unit.core.guarded import (
    able,
    accept,
    asked,
    guarded,
    legs,
    opened,
    plan,
    quote,
    replaced_all,
    shape,
)
from tests.unit.core.stage import Stage, codes

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


def test_targets_stay_with_the_bridge_where_only_the_link_keeps_legs_from_opening() -> None:
    """New terms of the stop that cross the cut by a target would take it back, and what the stop
    then closes twice opens a position."""
    stage = guarded(able(linked_legs=True, reduce_only=False))
    opened(stage, "4", protection=plan("49000", "52000"))
    assert (["stop 4 at 49000"], [""]) == (shape(stage), [one.group for one in legs(stage)])
    quote(stage, "52100")

    assert [legs(stage)[0].order] == stage.asked_to_end


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


def test_a_second_stop_waits_until_targets_it_is_not_linked_with_have_ended() -> None:
    """The venue would let both close: with the first stop more than the share, and so another
    one's."""
    stage = guarded(able(linked_legs=True))
    stage.position("1", strategy="fade")
    opened(stage, "4", protection=plan("49000", "52000"))
    stage.position("2")
    stop, target = legs(stage)
    stage.report(stop, "replace_rejected", reason="not here")
    assert (["stop 4 at 49000", "target 1 6 at 52000"], [target.order]) == (
        shape(stage),
        stage.asked_to_end,
    )
    stage.report(target, "cancelled")

    assert ["stop 4 at 49000", "stop 2 at 49000"] == shape(stage)


def test_a_second_stop_grows_when_targets_it_is_not_linked_with_have_ended() -> None:
    """The first stop is in doubt, and the second one takes what neither it nor the target may
    close. Meanwhile it is moved, but no larger: not even when the first one is proven absent."""
    stage = guarded(able(linked_legs=True))
    stage.position("3", strategy="fade")
    entry = stage.entry("4", protection=plan("49000", "52000:50", even="50500"))
    stage.fill(entry, "1")
    stop, target = legs(stage)
    stage.report(target, "accepted")
    stage.fill(entry, "3")
    replaced_all(stage)
    stage.do(c.NoteTrouble(order=stop.order, proven=False, code="timeout", text=""))
    second = legs(stage)[-1]
    stage.report(second, "accepted")
    assert D(0) == asked(stage.order(second))
    quote(stage, "50600")
    replaced_all(stage)
    stage.look(stop, None)
    assert ["target 1 2 at 52000", "stop 2 at 50000"] == shape(stage)
    assert D(0) == asked(stage.order(second))
    stage.report(target, "cancelled")

    assert D(4) == asked(stage.order(second))


# --- entries of others ----------------------------------------------------------------------------


def crowded(abilities: Abilities | None = None, **fields: Any) -> Stage:
    """An exit is out beside the stop of the same share: nobody else was there."""
    stage = guarded(abilities)
    opened(stage, "4")
    stage.report(stage.say("exit", **fields).orders[0], "accepted")
    assert ["stop 4 at 49000"] == shape(stage)
    return stage


def test_an_entry_waits_while_a_leg_and_an_exit_of_another_share_could_close_it() -> None:
    """A gap that fills both sells eight: four of them would be the other one's. The stop ends
    first; then the entry goes."""
    stage = crowded()
    answer = stage.say("buy", strategy="fade", quantity="3")
    assert "held others_first" == codes(answer)
    assert [legs(stage)[0].order] == stage.asked_to_end
    assert [] == stage.sent
    stage.report(legs(stage)[0], "cancelled")

    assert list(answer.orders) == stage.sent
    assert ([], D(4)) == (shape(stage), stage.share())


def test_an_entry_waits_until_a_smaller_stop_is_confirmed() -> None:
    """What is asked of a venue is not true before it says so."""
    stage = crowded(quantity="1")
    answer = stage.say("buy", strategy="fade", quantity="3")
    assert ("held others_first", D(3)) == (codes(answer), asked(legs(stage)[0]))
    stage.tick()
    assert [] == stage.sent
    replaced_all(stage)

    assert (list(answer.orders), ["stop 3 at 49000"]) == (stage.sent, shape(stage))


def test_an_entry_that_waited_for_its_link_waits_for_the_legs_of_others_too() -> None:
    """It is judged when the account is compared, and again when the leg is smaller."""
    stage = crowded()
    stage.do(c.NoteLink(account="one", up=False, reason="gone"))
    answer = stage.say("buy", strategy="fade", quantity="3")
    assert "held link_down" == codes(answer)
    stage.recover("one")
    assert [legs(stage)[0].order] == stage.asked_to_end
    assert [] == stage.sent
    stage.report(legs(stage)[0], "cancelled")

    assert list(answer.orders) == stage.sent


def test_an_entry_goes_by_time_when_the_store_was_away_at_the_moment() -> None:
    """It is sent when that can be remembered."""
    stage = crowded()
    answer = stage.say("buy", strategy="fade", quantity="3")
    stage.durable = False
    stage.report(legs(stage)[0], "cancelled")
    stage.tick()
    assert [] == stage.sent
    stage.durable = True
    assert next_due(stage.state, stage.now) <= stage.now + SECOND_NS
    stage.wait(1)
    stage.tick()

    assert list(answer.orders) == stage.sent


@pytest.mark.parametrize(
    ("strategy", "side", "symbol"),
    [("trend", "buy", "BTCUSDT"), ("fade", "sell", "BTCUSDT"), ("fade", "buy", "ETHUSDT")],
)
def test_who_cannot_lose_anything_to_it_does_not_wait(
    strategy: str, side: str, symbol: str
) -> None:
    """Its own share grows; the other side is not closed by it; another instrument is another."""
    stage = guarded(account={"allow_opposed": True})
    opened(stage, "4")
    stage.report(stage.say("exit").orders[0], "accepted")
    order = stage.entry("1", side, strategy=strategy, symbol=symbol)

    assert [order.order] == stage.sent


def test_an_entry_beside_legs_that_cover_their_share_does_not_wait() -> None:
    """So it is in the ordinary case, also with targets that the venue links with the stop."""
    stage = guarded(able(linked_legs=True))
    opened(stage, "4", protection=plan("49000", "52000"))
    order = stage.entry("3", strategy="fade")

    assert [order.order] == stage.sent


def test_an_entry_does_not_wait_for_an_exit_that_is_held() -> None:
    """That one goes when its own share's leg is smaller: both never work at once."""
    stage = guarded()
    opened(stage, "4")
    stage.position("1", strategy="fade")
    assert "held legs_first" == codes(stage.say("exit"))
    order = stage.entry("3", strategy="fade")

    assert [order.order] == stage.sent


def test_an_exit_never_waits_for_the_legs_of_others() -> None:
    """Getting out is held back by the own share's legs alone."""
    stage = crowded(quantity="1")
    stage.do(
        c.AssignPosition(
            account="one",
            instrument="BTCUSDT",
            source="trend",
            target="fade",
            quantity=D(2),
            by="anna",
            reason="its own from now on",
        )
    )
    assert "held others_first" == codes(stage.say("buy", strategy="fade", effect="open"))
    answer = stage.say("exit", strategy="fade")

    assert ("admitted", list(answer.orders)) == (codes(answer), stage.sent)
