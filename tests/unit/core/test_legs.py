"""The stop of a share at its venue: as large as what is open, whatever happens."""

from __future__ import annotations

from decimal import Decimal

from core import commands as c
from core.orders import OrderState
from tests.unit.core.guarded import (
    able,
    accept,
    asked,
    ended_all,
    guarded,
    is_planned,
    legs,
    opened,
    plan,
    replaced_all,
    row,
    shape,
)
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def test_the_stop_follows_the_first_fill_and_grows_with_the_next() -> None:
    """Nothing is placed before a fill; each fill makes the stop as large as what is open."""
    stage = guarded()
    order = stage.entry("10", protection=plan())
    stage.report(order, "accepted")
    assert [] == shape(stage)
    stage.fill(order, "4")
    assert ["stop 4 at 49000"] == shape(stage)
    stop = legs(stage)[0]
    assert [stop.order] == stage.sent
    assert ("sell", "leg", "stop") == (stop.side, stop.purpose, stop.order_type)

    # The next fill comes before the stop is acknowledged: nothing is done twice.
    stage.fill(order, "3")
    assert (["stop 4 at 49000"], []) == (shape(stage), stage.last.effects)
    accept(stage)
    assert D(7) == legs(stage)[0].ceiling
    # And one while the replace is pending: it is asked for when the answer is there.
    stage.fill(order, "3")
    assert D(7) == legs(stage)[0].ceiling
    replaced_all(stage)
    replaced_all(stage)
    assert ["stop 10 at 49000"] == shape(stage)
    assert 1 == len(legs(stage))


def test_a_stop_that_is_too_large_before_it_left_does_not_leave() -> None:
    """A process that stood still hears of an entry and of an exit at once: the stop of the first is
    ended in the commit that made it, and one of the right size follows."""
    stage = guarded()
    stage.position("6")
    entry = stage.entry("4", protection=plan())
    leave = stage.order(
        stage.say("sell", quantity="6", effect="close", order_type="limit", price="51000").orders[0]
    )
    for order in (entry, leave):
        stage.report(order, "accepted")
    facts = {"price": "50000", "fee": "0.1"}
    filled = stage.told(entry, "fill", quantity="4", exec_id="x1", **facts)
    stage.do(filled, stage.told(leave, "fill", quantity="6", exec_id="x2", **facts))

    assert [(D(10), True)] == [(one.leaves, one.pending_cancel) for one in legs(stage)]
    ended_all(stage)
    assert ["stop 4 at 49000"] == shape(stage)


def test_an_entry_without_protection_places_nothing() -> None:
    """Only what was asked for is protected."""
    stage = guarded()
    stage.position("10")
    assert ([], False) == (shape(stage), is_planned(stage))


def test_a_scale_in_without_levels_keeps_the_plan_and_grows_the_leg() -> None:
    """The levels of the first signal hold for the whole share."""
    stage = guarded()
    opened(stage, "10")
    stage.position("5")
    replaced_all(stage)
    assert ["stop 15 at 49000"] == shape(stage)


def test_a_scale_in_with_levels_replaces_the_plan_of_the_whole_share() -> None:
    """The newest signal's levels hold; its stop moves, no second one stands beside it."""
    stage = guarded()
    opened(stage, "10")
    stage.position("5", protection=plan("49500"))
    replaced_all(stage)
    replaced_all(stage)
    assert ["stop 15 at 49500"] == shape(stage)


def test_an_older_signal_that_fills_later_does_not_take_the_plan_back() -> None:
    """Which levels hold is decided by the signals, not by the order of the fills."""
    stage = guarded()
    first = stage.entry("2", protection=plan("48000"))
    second = stage.entry("2", protection=plan("49000"))
    stage.fill(second, "2")
    stage.fill(first, "2")
    assert D(49000) == row(stage).stop


def test_a_short_position_has_its_stop_above() -> None:
    """The mirror image."""
    stage = guarded()
    opened(stage, "3", "sell")
    assert ["stop 3 at 51000"] == shape(stage)
    assert "buy" == legs(stage)[0].side


def test_an_exit_goes_at_once_and_the_stop_shrinks_with_its_fills() -> None:
    """The venue keeps reduce-only and nobody else holds the same: nothing waits."""
    stage = guarded()
    opened(stage, "10")
    answer = stage.say("exit", quantity="4")
    assert "admitted" == codes(answer)
    assert ["stop 10 at 49000"] == shape(stage)
    stage.fill(answer.orders[0], "4")
    assert D(6) == asked(legs(stage)[0])
    replaced_all(stage)
    assert ["stop 6 at 49000"] == shape(stage)


def test_no_leg_outlives_its_position() -> None:
    """Flat: the leg is asked to end, and the plan is over."""
    stage = guarded()
    opened(stage, "10")
    stage.fill(stage.say("exit").orders[0], "10")
    assert legs(stage)[0].order in stage.asked_to_end
    assert not is_planned(stage)
    ended_all(stage)
    assert [] == shape(stage)


def test_an_exit_waits_where_the_venue_does_not_keep_reduce_only() -> None:
    """The leg shrinks first; the exit goes when that is proven, and never before."""
    stage = guarded(able(reduce_only=False))
    opened(stage, "10")
    answer = stage.say("exit", quantity="4")
    assert "held legs_first" == codes(answer)
    assert D(6) == asked(legs(stage)[0])
    assert [] == stage.sent
    replaced_all(stage)
    assert list(answer.orders) == stage.sent
    stage.fill(answer.orders[0], "4")
    assert (["stop 6 at 49000"], False) == (shape(stage), legs(stage)[0].pending_replace)


def test_an_exit_of_all_waits_for_the_end_of_the_leg() -> None:
    """What fills in the race is taken off the exit."""
    stage = guarded(able(reduce_only=False))
    opened(stage, "10")
    answer = stage.say("exit")
    assert [legs(stage)[0].order] == stage.asked_to_end
    stage.fill(legs(stage)[0], "3", "49000")
    assert [] == stage.sent
    ended_all(stage)
    assert list(answer.orders) == stage.sent
    assert D(7) == stage.order(answer.orders[0]).quantity


def test_an_exit_waits_where_another_strategy_holds_the_same() -> None:
    """Reduce-only would let it eat the other one's share."""
    stage = guarded()
    stage.position("5", strategy="fade")
    opened(stage, "10")
    answer = stage.say("exit", quantity="10")
    assert "held legs_first" == codes(answer)
    ended_all(stage)
    assert list(answer.orders) == stage.sent


def test_where_nothing_can_be_replaced_legs_stand_side_by_side() -> None:
    """For an increment another leg; to become smaller one ends, and what is left comes anew."""
    stage = guarded(able(replace=False))
    opened(stage, "10")
    stage.position("5")
    accept(stage)
    assert ["stop 10 at 49000", "stop 5 at 49000"] == shape(stage)
    stage.fill(stage.say("exit", quantity="7").orders[0], "7")
    assert [legs(stage)[0].order] == stage.asked_to_end
    assert ["stop 10 at 49000", "stop 5 at 49000"] == shape(stage)
    ended_all(stage)
    assert ["stop 5 at 49000", "stop 3 at 49000"] == shape(stage)


def test_a_stranger_who_closes_shrinks_the_leg() -> None:
    """A liquidation, a hand, a risk desk: the leg follows the share."""
    stage = guarded()
    opened(stage, "10")
    share = stage.state.positions["one", "BTCUSDT", "trend"]
    moved = c.AssignPosition(
        account="one", instrument="BTCUSDT", source="trend", target="", by="anna",
        reason="closed by hand", quantity=D(4),
    )  # fmt: skip
    stage.do(moved)
    assert D(10) == share.quantity
    assert D(6) == asked(legs(stage)[0])


def test_a_leg_in_doubt_counts_and_only_what_it_does_not_cover_is_placed() -> None:
    """No second leg for one that may be alive."""
    stage = guarded()
    order = stage.entry("10", protection=plan())
    stage.fill(order, "4")
    stop = legs(stage)[0]
    stage.do(c.NoteTrouble(order=stop.order, proven=False, code="timeout", text=""))
    assert OrderState.UNKNOWN is stage.order(stop).state
    stage.tick()
    assert ["stop 4 at 49000"] == shape(stage)
    stage.fill(order, "6")
    assert ["stop 4 at 49000", "stop 6 at 49000"] == shape(stage)
    stage.look(stop, None)
    accept(stage)
    replaced_all(stage)
    assert ["stop 10 at 49000"] == shape(stage)


def test_a_busted_entry_takes_the_leg_with_it() -> None:
    """A trade that is taken back opens nothing, so nothing is protected."""
    stage = guarded()
    order = stage.entry("10", protection=plan())
    stage.fill(order, "10", exec_id="x")
    accept(stage)
    stage.report(order, "bust", exec_id="x")
    assert legs(stage)[0].pending_cancel
    assert not is_planned(stage)


def test_what_fills_after_the_position_was_flat_is_protected_again() -> None:
    """The rest of an entry fills after its stop did: it is not naked, and no id is used twice."""
    stage = guarded()
    order = stage.entry("10", protection=plan())
    stage.fill(order, "4")
    accept(stage)
    first = legs(stage)[0]
    stage.fill(first, "4", "49000")
    assert not is_planned(stage)
    stage.fill(order, "6")
    assert ["stop 6 at 49000"] == shape(stage)
    assert first.order != legs(stage)[0].order


def test_a_leg_that_fills_after_its_end_calls_a_person() -> None:
    """The venue filled what it had said was cancelled: what opened is told, and closed."""
    stage = guarded()
    opened(stage, "10")
    stop = legs(stage)[0]
    stage.fill(stage.say("exit").orders[0], "10")
    ended_all(stage)
    stage.fill(stop, "10", "49000")
    assert ["fill_after_cancel", "leg_opened"] == stage.alarms
    assert D(-10) == stage.share()
    assert ["surplus 10 at market"] == shape(stage)


def test_a_restart_finds_the_same_legs_and_does_nothing() -> None:
    """Desired against actual: what is right stays as it is."""
    stage = guarded()
    opened(stage, "10")
    before = picture(stage.state)
    stage.state = replay(stage.records)
    assert before == picture(stage.state)
    stage.start()
    stage.recover("one")
    assert (["stop 10 at 49000"], []) == (shape(stage), stage.sent)


def test_while_the_link_is_down_nothing_is_placed_and_legs_are_first_after_it() -> None:
    """A fill that is found by the comparison is protected as soon as anything may leave."""
    stage = guarded()
    order = stage.entry("10", protection=plan())
    stage.fill(order, "4")
    accept(stage)
    stage.do(c.NoteLink(account="one", up=False, reason="test"))
    waiting = stage.say("exit", quantity="1")
    assert "held link_down" == codes(waiting)
    stage.fill(order, "6")
    assert [] == stage.last.effects
    stage.recover("one")
    assert D(10) == asked(legs(stage)[0])
    assert waiting.orders[0] in stage.sent


def test_a_halt_leaves_legs_alone_and_they_are_still_resized() -> None:
    """The switch ends entries; protection stays."""
    stage = guarded()
    opened(stage, "10")
    stage.do(c.Halt(scope="global", by="anna", reason="test"))
    assert [] == stage.asked_to_end
    stage.fill(stage.say("exit", quantity="4").orders[0], "4")
    replaced_all(stage)
    assert ["stop 6 at 49000"] == shape(stage)


def test_a_flatten_ends_the_legs_and_none_comes_back_while_it_runs() -> None:
    """Without reduce-only everything that works ends first; the flatten alone closes."""
    stage = guarded(able(reduce_only=False))
    opened(stage, "10")
    stage.do(c.Flatten(scope="account:one", whose="ours", by="anna", reason="test"))
    assert [legs(stage)[0].order] == stage.asked_to_end
    ended_all(stage)
    assert [] == shape(stage)
    closing = next(iter(stage.state.alive))
    stage.tick()
    stage.fill(closing, "10")
    assert ([], False) == (shape(stage), is_planned(stage))


def test_two_strategies_have_legs_of_their_own() -> None:
    """The stop of one never covers what the other holds."""
    stage = guarded()
    opened(stage, "10")
    opened(stage, "4", strategy="fade", protection=plan("48000"))
    assert ["stop 10 at 49000"] == shape(stage)
    assert ["stop 4 at 48000"] == shape(stage, "fade")
    stage.fill(legs(stage, "fade")[0], "4", "48000")
    assert ["stop 10 at 49000"] == shape(stage)


def test_a_leg_takes_nothing_from_what_an_exit_may_close() -> None:
    """An exit of all is one of all, also while a stop stands."""
    stage = guarded()
    opened(stage, "10")
    answer = stage.say("exit")
    assert D(10) == stage.order(answer.orders[0]).quantity


def test_without_a_word_of_the_venue_the_bridge_keeps_the_stop() -> None:
    """Nothing is assumed of a venue that has not said what it can do."""
    stage = Stage(setup_of())
    stage.position("10", protection=plan())
    assert [] == shape(stage)
    assert D(49000) == row(stage).stop


def test_a_route_that_requires_a_stop_refuses_an_entry_without_one() -> None:
    """A stop that waits for a profit is none; exits pass as they are."""
    stage = guarded(route={"require_stop": True})
    assert "refused stop_missing" == codes(stage.say())
    assert "refused stop_missing" == codes(
        stage.say(protection=plan(None, trail="500", after="51000"))
    )
    assert "admitted" == codes(stage.say(protection=plan(None, trail="500")))


def external(stage: Stage, quantity: str, side: str = "buy") -> None:
    """Let the account hold something that nobody of ours owns."""
    stage.position(quantity, side, strategy="fade")
    stage.do(
        c.AssignPosition(
            account="one",
            instrument="BTCUSDT",
            source="fade",
            target="",
            by="anna",
            reason="by hand",
        )
    )


def test_an_exit_waits_where_somebody_outside_holds_the_same() -> None:
    """Reduce-only would let it eat what is nobody's of ours."""
    stage = guarded()
    external(stage, "5")
    opened(stage, "10")
    assert "held legs_first" == codes(stage.say("exit", quantity="10"))


def test_an_exit_waits_where_others_only_cancel_out() -> None:
    """The account's net says nothing of who could be eaten."""
    stage = guarded(account={"allow_opposed": True})
    external(stage, "5", "sell")
    stage.position("5", strategy="fade")
    opened(stage, "10")
    assert D(10) == stage.exposure().net
    assert "held legs_first" == codes(stage.say("exit", quantity="10"))


def test_a_leg_made_between_opposed_strategies_is_never_beside_an_exit() -> None:
    """Its venue was not told to keep it reduce-only, and it is not told later."""
    stage = guarded(account={"allow_opposed": True})
    stage.position("8", "sell", strategy="fade")
    opened(stage, "10")
    assert legs(stage)[0].opposed
    stage.fill(stage.say("exit", strategy="fade").orders[0], "8")
    assert "held legs_first" == codes(stage.say("exit"))
