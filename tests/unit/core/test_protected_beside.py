"""Protections beside the other parts of the core: spot, copies, revisions, controls, snapshots."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import placing, protecting, snapshot
from core.ids import attached_id
from core.orders import Order, OrderState
from core.route_policies import Reversal
from core.setup import OnPartial
from tests.unit.core.copying import MICROS, Group, copy
from tests.unit.core.floor import Floor
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
from tests.unit.core.setups import BTC, replaced, setup_of
from tests.unit.core.stage import Stage, codes, picture

D = Decimal


# --- spot -----------------------------------------------------------------------------------------


def owned(fee: str | None = "0.00152", **abilities: Any) -> Stage:
    """Own a coin of which the fee took a thousandth, protected, at a venue that nets nothing."""
    setup = setup_of(account={"spot": True})
    coin = replaced(BTC, base="BTC", quantity_min=D("0.01"))
    stage = Stage(replaced(setup, instruments={**setup.instruments, "BTCUSDT": coin}))
    stage.do(c.DescribeVenue(account="one", abilities=able(reduce_only=False, **abilities)))
    order = stage.entry("1", protection=plan())
    stage.fill(order, "1", fee=fee, fee_currency="BTC")
    accept(stage)
    return stage


def test_a_stop_on_spot_sells_what_is_owned() -> None:
    """The fee in the coin is not sold; the stop is cut to the step, and what it leaves is dust."""
    stage = owned()
    assert (["stop 0.998 at 49000"], D("0.99848")) == (shape(stage), stage.share())
    stage.fill(legs(stage)[0], "0.998", "49000")
    assert (D("0.00048"), False, {}) == (stage.share(), is_planned(stage), stage.state.trades)
    assert "no_action quantity_below_step" == codes(stage.send("exit"))


def test_an_exit_on_spot_frees_what_the_stop_keeps() -> None:
    """The stop ends first; then all is sold but dust, and nothing is placed for that."""
    stage = owned()
    answer = stage.say("exit")
    assert "held legs_first" == codes(answer)
    ended_all(stage)
    assert D("0.998") == stage.order(answer.orders[0]).quantity
    stage.fill(answer.orders[0], "0.998")
    assert (False, []) == (is_planned(stage), shape(stage))


def test_a_fee_that_is_told_late_shrinks_the_stop() -> None:
    """What the venue took after all is not sold again."""
    stage = owned(None)
    assert ["stop 1 at 49000"] == shape(stage)
    entry = next(one for one in stage.state.orders.values() if one.protection is not None)
    facts = {"exec_id": next(iter(stage.state.order_fills[entry.order])), "fee_currency": "BTC"}
    stage.report(entry, "fill", quantity="1", price="50000", fee="0.00252", **facts)
    assert D("0.997") == asked(legs(stage)[0])


# --- reversals and targets ------------------------------------------------------------------------


@pytest.mark.parametrize("venue", [able(), able(reduce_only=False)])
def test_what_opens_the_other_side_waits_for_a_leg_in_doubt(venue: Any) -> None:
    """By a reversal or by a target: the old stop could still sell."""
    for action, fields in (
        ("sell", {"effect": "open", "quantity": "2"}),
        ("target", {"target_position": "-2"}),
    ):
        stage = guarded(venue)
        opened(stage, "10")
        stop = legs(stage)[0]
        stage.report(stop, "replaced", quantity="10", trigger="49000")
        stage.say(action, **fields)
        ended = [one for one in (stop.order,) if stage.order(one).pending_cancel]
        stage.do(c.NoteTrouble(order=stop.order, proven=False, code="timeout", text=""))
        for order in _of(stage, "exit"):
            if order.state is not OrderState.HELD:
                stage.fill(order, "10")
        assert [OrderState.HELD] == [one.state for one in _of(stage, "entry")], ended
        stage.report(stop, "cancelled")
        for order in _of(stage, "exit"):
            stage.fill(order, "10")
        assert [OrderState.INTENDED] == [one.state for one in _of(stage, "entry")]


def _of(stage: Stage, purpose: str) -> list[Order]:
    found = [stage.order(name) for name in stage.state.alive]
    return sorted((one for one in found if one.purpose == purpose), key=lambda one: one.number)


def test_a_protected_position_is_turned_in_two_orders() -> None:
    """Its legs have to end in between, at the venue or kept."""
    for venue in (able(), KEPT):
        stage = guarded(venue, route={"reversal": Reversal.ONE_ORDER})
        opened(stage, "2")
        stage.say("sell", effect="open", quantity="3")
        assert [D(2)] == [one.quantity for one in _of(stage, "exit")]
        assert [("held", D(3))] == [(one.state, one.quantity) for one in _of(stage, "entry")]


def test_the_levels_of_a_reversal_are_for_the_new_side() -> None:
    """The old ones end with the old position."""
    stage = guarded()
    opened(stage, "2")
    stage.say("sell", effect="open", quantity="3", protection=plan("51000"))
    stage.fill(_of(stage, "exit")[0], "2")
    ended_all(stage)
    stage.fill(_of(stage, "entry")[0], "3")
    assert ["stop 3 at 51000"] == shape(stage)
    assert D(51000) == row(stage).stop


# --- revisions ------------------------------------------------------------------------------------


def test_the_rest_of_a_protected_entry_follows_under_the_same_levels() -> None:
    """One protection for all revisions; the stop grows with the second."""
    stage = guarded(route={"on_partial": OnPartial.MARKET, "partial_after_ns": 10**9})
    order = stage.entry("10", protection=plan())
    stage.report(order, "accepted")
    stage.fill(order, "4")
    accept(stage)
    stage.wait(2)
    stage.tick()
    stage.report(order, "cancelled")
    stage.look(order, stage.shown(order, "cancelled", filled=D(4)), covers_closed=True)
    rest = _of(stage, "entry")
    assert [D(6)] == [one.quantity for one in rest]
    stage.fill(rest[0], "6")
    replaced_all(stage)
    assert ["stop 10 at 49000"] == shape(stage)
    assert 1 == len([one for one in stage.records if type(one).__name__ == "ProtectionSet"])


def test_the_rest_of_an_entry_is_protected_when_its_first_part_is_gone() -> None:
    """The stop closed what had filled; what follows carries the levels of its signal."""
    stage = guarded(route={"on_partial": OnPartial.MARKET, "partial_after_ns": 10**9})
    order = stage.entry("10", protection=plan())
    stage.report(order, "accepted")
    stage.fill(order, "4")
    stage.wait(2)
    stage.tick()
    stage.fill(legs(stage)[0], "4", "49000")
    assert not is_planned(stage)
    stage.report(order, "cancelled")
    stage.look(order, stage.shown(order, "cancelled", filled=D(4)), covers_closed=True)
    stage.fill(_of(stage, "entry")[0], "6")
    assert ["stop 6 at 49000"] == shape(stage)


# --- controls -------------------------------------------------------------------------------------


def test_rejected_legs_pause_entries_and_nothing_else() -> None:
    """Control 13 counts them; exits and legs go on."""
    setup = setup_of()
    trend = replaced(setup.strategies["trend"], rejects_row_max=2)
    stage = Stage(replaced(setup, strategies={**setup.strategies, "trend": trend}))
    stage.do(c.DescribeVenue(account="one", abilities=able()))
    order = stage.entry("10", protection=plan())
    stage.fill(order, "10")
    for _ in range(2):
        stage.report(legs(stage)[0], "rejected")
        stage.wait(4)
        stage.tick()
    assert "refused reject_breaker" == codes(stage.send(effect="open"))
    assert ["stop 10 at 49000"] == shape(stage)
    assert "admitted" == codes(stage.send("exit", quantity="1"))


def test_a_target_that_rests_is_in_the_way_of_entries_alone() -> None:
    """Another strategy's buy beyond it is refused; an exit and a leg meet it and go."""
    stage = guarded(able(linked_legs=True))
    opened(stage, "10", protection=plan("49000", "51000"))
    assert ["stop 10 at 49000", "target 1 10 at 51000"] == shape(stage)
    fields = {"strategy": "fade", "effect": "open", "order_type": "limit"}
    assert "refused self_match" == codes(stage.send("buy", price="51000", **fields))
    assert "admitted" == codes(stage.send("buy", price="50500", **fields))
    assert "admitted" == codes(stage.send("buy", strategy="fade", effect="open"))


def test_a_stop_clears_its_way_when_its_price_is_there_already() -> None:
    """An own buy that rests where it would sell is asked to end; it goes at the market at once."""
    stage = guarded()
    resting = stage.entry("1", strategy="fade", order_type="limit", price="49990")
    stage.report(resting, "accepted")
    order = stage.entry("10", protection=plan("49995"))
    stage.quote("BTCUSDT", "49990", "49991")
    stage.fill(order, "10", "49999")
    assert resting.order in stage.asked_to_end
    assert ["stop 10 at market"] == shape(stage)


def test_the_bound_of_legs_leaves_no_position_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that has used up its legs gives them up: it is closed, and a person is called."""
    for module in (placing, protecting):
        monkeypatch.setattr(module, "LEGS_MAX", 1)
    stage = guarded(able(replace=False))
    opened(stage, "10")
    stage.position("5")
    stage.tick()
    assert "leg_failed" in {alarm.code for alarm in stage.state.alarms.values()}
    assert D(15) == sum(one.quantity for one in legs(stage) if not one.rests)


# --- copies ---------------------------------------------------------------------------------------


def test_each_follower_has_a_plan_of_its_own() -> None:
    """At the prices and in the instrument of its own account; new levels at a scale-in, too."""
    group = Group({"half": copy("0.5"), "micro": copy("0.1", equivalents=MICROS)})
    for account in ("lead", "half", "micro"):
        group.do(c.DescribeVenue(account=account, abilities=able()))
    group.quote("MNQ", "20010", "20010.25")
    stop = plan("19900")
    group.trade("buy", "4", effect="open", protection=stop)
    group.settle()
    assert _stops(group) == {("lead", "NQ"): "4", ("half", "NQ"): "2", ("micro", "MNQ"): "4"}
    group.trade("buy", "2", effect="open", protection=plan("19950"))
    for _ in range(2):
        for name in list(group.state.alive):
            order = group.order(name)
            if order.pending_replace and order.asked is not None:
                terms = {"quantity": order.asked.quantity, "trigger": order.asked.trigger}
                group.report(order, "replaced", **terms)
    assert _stops(group) == {("lead", "NQ"): "6", ("half", "NQ"): "3", ("micro", "MNQ"): "6"}
    assert {D(19950)} == {one.stop for one in group.state.plans.values()}
    # The stop of one account alone is hit: the others keep theirs.
    lead = next(one for one in map(group.order, group.state.alive) if one.account == "lead")
    group.fill(lead, "6", "19950")
    assert _stops(group) == {("half", "NQ"): "3", ("micro", "MNQ"): "6"}


def _stops(group: Group) -> dict[tuple[str, str], str]:
    orders = [group.order(name) for name in group.state.alive]
    return {(one.account, one.instrument): f"{one.leaves.normalize():f}" for one in orders}


# --- snapshots ------------------------------------------------------------------------------------


def test_all_of_it_goes_on_from_a_snapshot() -> None:
    """A pending plan, one in force with a surplus, an attached stop, a target, a gap, tickets' kin:
    what is read back gives the same records as what was never away."""
    stages = [_full(), _full()]
    stages[1].state = snapshot.load(picture(stages[1].state))
    for stage in stages:
        stage.start()
        stage.recover("one")
        first = len(stage.records)
        for order in _of(stage, "entry"):
            stage.fill(order, str(order.leaves))
        stage.wait(2)
        quote(stage, "48000")
        stage.say("exit")
        stage.tick()
        assert first < len(stage.records)
    assert picture(stages[0].state) == picture(stages[1].state)
    assert stages[0].records[-30:] == stages[1].records[-30:]


def _full() -> Stage:
    account = {"attached_stop_percent": D(5)}
    stage = guarded(able(attached_stop=True, reduce_only=False), account=account)
    first = opened(stage, "10", protection=plan("49000", "51000:50", trail="900"))
    stage.report(attached_id(first.order), "accepted")
    quote(stage, "51000")
    replaced_all(stage)
    stop = legs(stage)[0].order
    stage.say("exit", quantity=None)
    for _ in range(4):
        ended_all(stage)
        for order in _of(stage, "exit"):
            if order.state is not OrderState.HELD:
                stage.fill(order, str(order.leaves))
        for order in legs(stage):
            if not order.rests:
                stage.fill(order, str(order.leaves))
    stage.fill(stop, "3", "49000")
    stage.send("target", strategy="fade", target_position="2", prev_position="long")
    stage.entry("2", strategy="fade", symbol="ETHUSDT", protection=plan("1900"))
    assert stage.state.plans and stage.state.targets and stage.state.gaps
    return stage


# --- a venue with exact books ---------------------------------------------------------------------


def test_a_stop_that_an_exchange_cuts_to_the_net_leaves_nobody_behind() -> None:
    """Its books know one position. The other strategy stands against the stop by now; each share
    ends where its own orders lead, and the books agree."""
    floor = Floor(setup_of(account={"allow_opposed": True}))
    floor.do(c.DescribeVenue(account="one", abilities=able()))
    floor.trade("buy", effect="open", quantity="10", protection=plan())
    floor.push()
    floor.trade("sell", effect="open", quantity="8", strategy="fade")
    floor.push()
    for bid in ("49600", "49200", "48990", "48990"):
        floor.wait(1)
        floor.quote("BTCUSDT", bid, str(D(bid) + 1))
        floor.push()
        floor.do(c.ObserveMarket(instrument="BTCUSDT"))
        floor.carry(list(floor.last.effects))
        floor.push()
    assert (D(0), D(-8)) == (floor.share(), floor.share(strategy="fade"))
    floor.compare_twice()
    assert ({}, {}) == (floor.state.halts, floor.state.mismatches)
