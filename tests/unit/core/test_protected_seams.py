"""Where protections meet the other parts: exits that wait for a price, dust, flattens, tickets,
opposed strategies, plans that follow one another."""

from __future__ import annotations

from decimal import Decimal

from core import commands as c
from core import records as r
from core.orders import OrderState
from tests.unit.core.guarded import (
    KEPT,
    able,
    accept,
    asked,
    ended_all,
    guarded,
    is_planned,
    legs,
    opened,
    plan,
    quote,
    replaced_all,
    row,
    shape,
)
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def resting_exit(stage: Stage, quantity: str | None = None) -> str:
    """Let the strategy take its profit itself, far away."""
    answer = stage.say("exit", quantity=quantity, order_type="limit", price="60000")
    return answer.orders[0]


# --- an exit that waits for its price -------------------------------------------------------------


def test_a_kept_stop_is_not_held_back_by_an_exit_that_waits_for_its_price() -> None:
    """The exit is asked to end, and the stop goes when that is proven."""
    stage = guarded(KEPT)
    opened(stage, "10")
    name = resting_exit(stage)
    stage.report(name, "accepted")
    assert [] == quote(stage, "48000")
    assert [name] == stage.asked_to_end
    stage.report(name, "cancelled")
    assert ["stop 10 at market"] == shape(stage)
    assert [legs(stage)[0].order] == stage.sent


def test_what_such_an_exit_still_fills_is_not_closed_again() -> None:
    """Its fill in the race is taken off the stop."""
    stage = guarded(KEPT)
    opened(stage, "10")
    name = resting_exit(stage, "6")
    stage.report(name, "accepted")
    assert ["stop 4 at market"] == quote(stage, "48000")
    stage.fill(name, "2", "60000")
    stage.report(name, "cancelled")
    assert ["stop 4 at market", "stop 4 at market"] == shape(stage)


def test_where_a_stop_makes_way_for_an_exit_that_waits_the_bridge_keeps_it() -> None:
    """At a venue that could turn the position the stop shrinks; its level stays in force."""
    stage = guarded(able(reduce_only=False))
    opened(stage, "10")
    name = resting_exit(stage)
    ended_all(stage)
    stage.report(name, "accepted")
    assert [] == shape(stage)
    assert [] == quote(stage, "48000")
    assert [name] == stage.asked_to_end
    stage.report(name, "cancelled")
    assert ["stop 10 at market"] == shape(stage)


# --- a plan that follows another one --------------------------------------------------------------


def test_a_refused_replace_of_a_stop_that_a_newer_plan_took_over_is_not_asked_for_again() -> None:
    """The stop of the former protection counts for the one that moves it."""
    stage = guarded()
    opened(stage, "10")
    stage.position("5", protection=plan("49500"))
    assert legs(stage)[0].pending_replace
    for _ in range(3):
        for leg in legs(stage):
            if leg.pending_replace:
                stage.report(leg, "replace_rejected", reason="not possible")
    asks = [one for one in stage.records if getattr(one, "event", "") == "replace_asked"]
    assert 1 == len(asks)
    assert row(stage).stiff


def test_a_leg_of_the_former_plan_that_fills_counts_for_no_target_of_the_newer_one() -> None:
    """What an old target closes is taken off the share, and off no new target."""
    stage = guarded(KEPT)
    opened(stage, "10", protection=plan(None, "51000:50", "52000"))
    assert ["target 1 5 at market"] == quote(stage, "51000")
    old = legs(stage)[0]
    stage.position("5", protection=plan("49500", "53000:50", "54000"))
    stage.fill(old, "5", "51000")
    assert (D(10), [D(0), D(0)]) == (stage.share(), [one.filled for one in row(stage).targets])
    assert picture(stage.state) == picture(replay(stage.records))


def test_a_stop_leaves_room_for_what_a_former_plan_is_closing() -> None:
    """At a venue that could turn the position it stands beside what is on its way to the market."""
    stage = guarded(able(reduce_only=False))
    opened(stage, "10", protection=plan(None, "51000:50", "52000"))
    assert ["target 1 5 at market"] == quote(stage, "51000")
    accept(stage)
    stage.position("5", protection=plan("49500"))
    assert ["target 1 5 at market", "stop 10 at 49500"] == shape(stage)


def test_linked_targets_follow_those_of_a_former_plan_when_their_end_is_proven() -> None:
    """Together they never close more than there is; all are in the group of the stop that stays,
    for a venue links nothing across groups."""
    stage = guarded(able(linked_legs=True))
    opened(stage, "10", protection=plan("49000", "51000:50", "52000"))
    stop = legs(stage)[0]
    stage.position("5", protection=plan("49500", "53000"))
    replaced_all(stage)
    waiting = [one for one in shape(stage) if one.startswith("target")]
    assert ["target 1 5 at 51000", "target 2 5 at 52000", "target 1 5 at 53000"] == waiting
    accept(stage)
    ended_all(stage)
    replaced_all(stage)
    replaced_all(stage)
    assert ["stop 15 at 49500", "target 1 15 at 53000"] == shape(stage)
    assert {stop.group} == {one.group for one in legs(stage)}


def test_an_exit_asked_while_a_kept_stop_closes_finds_nothing() -> None:
    """Nor does one on its way let the stop close the same again."""
    stage = guarded(KEPT)
    opened(stage, "10")
    quote(stage, "48000")
    assert "no_action nothing_to_close" == codes(stage.say("exit"))
    stage.report(legs(stage)[0], "rejected")
    answer = stage.say("exit")
    assert "admitted" == codes(answer)
    stage.wait(2)
    stage.tick()
    assert [] == shape(stage)
    stage.fill(answer.orders[0], "10", "48000")
    assert not is_planned(stage)


# --- dust -----------------------------------------------------------------------------------------


def test_a_protection_ends_when_only_dust_is_left() -> None:
    """What no order can close is flat: the next position does not take its levels over."""
    stage = guarded()
    opened(stage, "10")
    name = stage.say("exit").orders[0]
    stage.fill(name, "9.9996")
    assert not is_planned(stage)
    assert [legs(stage)[0].order] == stage.asked_to_end
    ended_all(stage)
    stage.report(name, "cancelled")
    stage.position("2")
    assert ([], False) == (shape(stage), is_planned(stage))


def test_the_rest_of_a_target_that_no_order_can_close_is_covered_again() -> None:
    """A part of a part that is below the smallest order is not called any more."""
    stage = guarded(able())
    wanted = plan("1900", "2100:50")
    for name in stage.say(effect="open", symbol="ETHUSDT", quantity="2", protection=wanted).orders:
        stage.fill(name, "2", price="2000")
    key = ("one", "ETHUSDT", "trend")
    accept_all(stage)
    stage.quote("ETHUSDT", "2100", "2100.5")
    stage.do(c.ObserveMarket(instrument="ETHUSDT"))
    replace_every(stage)
    market = next(one for one in map(stage.order, stage.state.alive) if one.order_type == "market")
    assert D(1) == market.quantity
    stage.fill(market, "0.99", price="2100")
    stage.report(market, "cancelled")
    replace_every(stage)
    stops = [one for one in map(stage.order, stage.state.alive) if one.order_type == "stop"]
    assert D("1.01") == abs(stage.share(instrument="ETHUSDT"))
    assert [D("1.01")] == [one.leaves for one in stops], stage.state.plans[key]


def accept_all(stage: Stage) -> None:
    """Let the venue accept whatever is on its way."""
    for name in list(stage.state.alive):
        if stage.order(name).state is OrderState.INTENDED:
            stage.report(name, "accepted")


def replace_every(stage: Stage) -> None:
    """Let the venue carry out every replace that is asked for."""
    for name in list(stage.state.alive):
        order = stage.order(name)
        if order.asked is not None and order.pending_replace:
            terms = {"quantity": order.asked.quantity, "trigger": order.asked.trigger}
            stage.report(order, "replaced", **terms)


# --- a flatten ------------------------------------------------------------------------------------


def test_after_a_flatten_that_could_not_close_the_position_is_protected_at_once() -> None:
    """The act gives up; in the same step the stop is placed again."""
    stage = guarded()
    opened(stage, "10")
    stage.do(c.Flatten(scope="account:one", whose="ours", by="anna", reason="test", confirmed=True))
    ended_all(stage)
    for _ in range(40):
        for name in list(stage.state.alive):
            if stage.order(name).purpose == "flatten":
                stage.report(name, "rejected")
        if not stage.state.flattens:
            break
        stage.wait(5)
        stage.do(c.ObserveAccount(account="one"))
    assert not stage.state.flattens
    assert ["stop 10 at 49000"] == shape(stage)


def test_a_kept_level_fires_nothing_while_a_flatten_runs() -> None:
    """Everything is closed already; twice it would open."""
    stage = guarded(KEPT)
    opened(stage, "10")
    stage.do(c.Flatten(scope="account:one", whose="ours", by="anna", reason="test", confirmed=True))
    out = [stage.order(name) for name in stage.state.alive]
    assert ["flatten"] == [one.purpose for one in out]
    quote(stage, "48000")
    assert out[0].order in stage.state.alive
    assert 1 == len(stage.state.alive)


def test_a_flatten_waits_for_a_stop_that_was_called_a_moment_before() -> None:
    """The leg on its way closes; the flatten closes what that leaves."""
    stage = guarded(KEPT)
    opened(stage, "10")
    quote(stage, "48000")
    leg = legs(stage)[0]
    stage.do(c.Flatten(scope="account:one", whose="ours", by="anna", reason="test", confirmed=True))
    assert [leg.order] == stage.asked_to_end
    stage.wait(6)
    stage.tick()
    assert [leg.order] == list(stage.state.alive)
    stage.fill(leg, "7", "48000")
    stage.report(leg, "cancelled")
    flattens = [stage.order(name) for name in stage.state.alive]
    assert [("flatten", D(3))] == [(one.purpose, one.quantity) for one in flattens]


# --- opposed strategies ---------------------------------------------------------------------------


def test_a_stop_stands_beside_no_exit_while_another_strategy_is_about_to_oppose() -> None:
    """Its venue is not told to keep it from opening, so it leaves room for the exit."""
    stage = guarded(account={"allow_opposed": True})
    stage.position("10")
    stage.report(resting_exit(stage, "4"), "accepted")
    stage.entry("12", "sell", strategy="fade", order_type="limit", price="52000")
    stage.position("5", protection=plan())
    assert ["stop 11 at 49000"] == shape(stage)


def test_a_stop_that_its_venue_cuts_because_others_turned_is_finished_by_the_bridge() -> None:
    """Placed reduce-only, cut to the net when it triggers: the rest of the share is closed."""
    stage = guarded(account={"allow_opposed": True})
    opened(stage, "10")
    stop = legs(stage)[0]
    assert stop.venue_reduce_only
    stage.position("8", "sell", strategy="fade")
    stage.quote("BTCUSDT", "49000", "49001")
    stage.fill(stop, "2", "49000")
    stage.report(stop, "cancelled", reason="reduce only")
    quote(stage, "48990")
    market = [one for one in legs(stage) if not one.rests]
    assert [(D(8), False)] == [(one.quantity, one.venue_reduce_only) for one in market]
    stage.fill(market[0], "8", "48990")
    assert (D(0), D(-8)) == (stage.share(), stage.share(strategy="fade"))


def test_a_stop_that_its_venue_ends_because_others_turned_is_placed_again() -> None:
    """The new one is not reduce-only there: it could not stand otherwise."""
    stage = guarded(account={"allow_opposed": True})
    opened(stage, "10")
    stage.position("12", "sell", strategy="fade")
    stage.report(legs(stage)[0], "cancelled", reason="reduce only")
    stage.wait(2)
    stage.tick()
    assert [False] == [one.venue_reduce_only for one in legs(stage)]
    assert ["stop 10 at 49000"] == shape(stage)


# --- hedging --------------------------------------------------------------------------------------


def hedged(protection: object) -> Stage:
    """Hold two tickets of 1 and 2 at a venue of tickets, protected."""
    stage = Stage(setup_of(account={"hedging": True}))
    stage.do(c.DescribeVenue(account="one", abilities=able(hedging=True)))
    for number, quantity in (("1", "1"), ("2", "2")):
        order = stage.entry(quantity, protection=protection)
        stage.fill(order, quantity, position=f"t{number}", exec_id=f"e{number}")
    return stage


def test_a_stop_on_a_hedging_account_closes_its_own_tickets() -> None:
    """None waits at the venue; each ticket is closed by its name, the oldest first."""
    stage = hedged(plan())
    assert [] == shape(stage)
    quote(stage, "48000")
    out = [(one.closes, one.quantity) for one in legs(stage)]
    assert [("t1", D(1)), ("t2", D(2))] == out
    first, second = legs(stage)
    assert first.order != second.order
    stage.report(first, "rejected")
    assert [("t2", D(2))] == [(one.closes, one.quantity) for one in legs(stage)]
    stage.wait(2)
    quote(stage, "48000")
    assert [("t2", D(2)), ("t1", D(1))] == [(one.closes, one.quantity) for one in legs(stage)]


def test_a_target_on_a_hedging_account_closes_the_oldest_ticket_first() -> None:
    """Its part is split over the tickets."""
    stage = hedged(plan(None, "51000:50", "52000"))
    quote(stage, "51000")
    assert [("t1", D(1)), ("t2", D("0.5"))] == [(one.closes, one.quantity) for one in legs(stage)]


# --- strangers and persons ------------------------------------------------------------------------


def test_a_share_that_a_person_moves_takes_its_legs_with_it() -> None:
    """The giver's stop ends with what it gave; the taker's protection grows."""
    stage = guarded()
    opened(stage, "10")
    stage.position("4", strategy="fade", protection=plan("48000"))
    accept(stage)
    for leg in legs(stage, "fade"):
        stage.report(leg, "accepted")
    stage.do(
        c.AssignPosition(
            account="one", instrument="BTCUSDT", source="trend", target="fade", by="anna",
            reason="test",
        )
    )  # fmt: skip
    assert not is_planned(stage)
    assert [True] == [one.pending_cancel for one in legs(stage)]
    assert [D(14)] == [asked(one) for one in legs(stage, "fade")]


def test_a_leg_in_doubt_that_a_person_resolves_is_placed_again() -> None:
    """And when it turns up after all, one of the two ends."""
    stage = guarded()
    order = stage.entry("10", protection=plan())
    stage.fill(order, "10")
    stop = legs(stage)[0]
    stage.do(c.NoteTrouble(order=stop.order, proven=False, code="timeout", text=""))
    gone = c.Resolution.NOT_PLACED
    stage.do(c.ResolveOrder(order=stop.order, outcome=gone, by="anna", reason="not there"))
    stage.wait(2)
    stage.tick()
    assert ["stop 10 at 49000"] == shape(stage)
    assert stop.order not in stage.state.alive
    accept(stage)
    stage.report(stop, "accepted")
    assert 1 == len([one for one in legs(stage) if not one.pending_cancel])
    assert r.ProtectionEnded not in map(type, stage.records)


def test_cancel_signals_and_halts_leave_legs_alone() -> None:
    """Only entries end by them."""
    stage = guarded()
    opened(stage, "10")
    assert "no_action nothing_to_cancel" == codes(stage.send("cancel"))
    stage.do(c.CancelAll(scope="global", by="anna", reason="test"))
    stage.do(c.Halt(scope="global", by="anna", reason="test"))
    assert [] == stage.asked_to_end
    assert ["stop 10 at 49000"] == shape(stage)
    replaced_all(stage)
