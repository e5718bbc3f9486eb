"""What follows an order that fills in part."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import commands as c
from core import records as r
from core import snapshot
from core.answers import AskLookup
from core.engine import next_due
from core.ids import order_id
from core.orders import OrderType
from core.setup import SECOND_NS
from tests.unit.core.followups import declined, due, ended, partly, revisions, stage_of
from tests.unit.core.stage import picture, replay

D = Decimal


@pytest.mark.parametrize(
    ("policy", "asked", "follows"), [("wait", False, 0), ("cancel", True, 0), ("market", True, 1)]
)
def test_a_rest_is_treated_as_its_route_says(policy: str, asked: bool, follows: int) -> None:
    """Wait leaves it alone; cancel ends it; market also sends what is left, once it is over."""
    stage = stage_of(policy)
    order = partly(stage)
    due(stage, 9)
    assert not stage.order(order).pending_cancel
    due(stage, 1)
    assert asked is stage.order(order).pending_cancel
    assert ([order.order] if asked else []) == stage.asked_to_end
    ended(stage, order)

    assert follows == len(revisions(stage))


def test_the_rest_goes_as_market_within_its_collar() -> None:
    """A new revision of the same intent, with an id of its own, for exactly what is left."""
    stage = stage_of()
    order = partly(stage)
    due(stage)
    assert [] == revisions(stage)
    ended(stage, order)
    (rest,) = revisions(stage)

    assert [rest.order] == stage.sent
    assert order_id("one", order.origin, "entry", 1) == rest.order
    assert (D(2), OrderType.MARKET, None) == (rest.quantity, rest.order_type, rest.price)
    assert (1, order.order, "door") == (rest.revision, rest.first, rest.route)
    assert rest.worst_price == D("52500.52")
    assert D(2) == stage.exposure().buy
    assert (order.order, rest.order) == stage.state.signals[order.origin].verdicts[0].orders


def test_nothing_follows_before_the_former_is_proven_over() -> None:
    """Asked to end, silent, unsure, filled a little more: one order is alive, whatever it says."""
    stage = stage_of()
    order = partly(stage)
    due(stage)
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    due(stage, 3600)
    stage.recover("one")
    stage.fill(order, "0.5")
    stage.report(order, "accepted")
    assert [] == revisions(stage)
    stage.look(order, stage.shown(order, "cancelled", filled=D("1.5"), price=order.price))

    assert [D("1.5")] == [rest.quantity for rest in revisions(stage)]


def test_what_is_left_is_looked_up_before_it_is_sent() -> None:
    """A fill that was lost on the way is not bought a second time."""
    stage = stage_of()
    order = partly(stage)
    due(stage)
    stage.report(order, "cancelled")
    assert [AskLookup(order.order)] == stage.last.effects
    due(stage, 5)
    assert [] == revisions(stage)
    stage.look(order, stage.shown(order, "cancelled", filled=D("1.5")))
    assert [] == revisions(stage)
    stage.fill(order, "0.5")
    assert [AskLookup(order.order)] == stage.last.effects
    ended(stage, order)

    assert [D("1.5")] == [rest.quantity for rest in revisions(stage)]


def test_a_rest_that_fills_while_it_ends_needs_no_follow_up() -> None:
    """Filled before the cancel arrived: nothing is left."""
    stage = stage_of()
    order = partly(stage)
    due(stage)
    stage.fill(order, "2")
    stage.report(order, "cancel_rejected")
    due(stage, 60)

    assert ("filled", []) == (stage.order(order).state, revisions(stage))


def test_a_cancel_that_is_refused_is_asked_again_later() -> None:
    """Not in a loop: after the same wait."""
    stage = stage_of()
    order = partly(stage)
    due(stage)
    stage.report(order, "cancel_rejected")
    due(stage, 9)
    assert not stage.order(order).pending_cancel
    due(stage, 1)

    assert stage.order(order).pending_cancel


@pytest.mark.parametrize("who", ["person", "halt", "unasked"])
def test_only_the_policys_own_cancel_is_followed(who: str) -> None:
    """A person, a halt, or the venue itself wanted it over: then it is over."""
    stage = stage_of()
    order = partly(stage)
    if who != "unasked":
        due(stage)
    if who == "person":
        stage.do(c.CancelOrder(order=order.order, by="anna", reason="enough"))
    elif who == "halt":
        stage.do(c.Halt(scope="global", by="anna", reason="news"))
    ended(stage, order)
    due(stage, 60)

    assert [] == revisions(stage)


def test_a_halt_between_end_and_follow_up_stops_it() -> None:
    """The link is down when the former ends; the bridge is raised; nothing more is entered."""
    stage = stage_of()
    order = partly(stage)
    due(stage)
    stage.durable = False
    ended(stage, order)
    assert [] == revisions(stage)
    stage.do(c.Halt(scope="account:one", by="anna", reason="news"))
    stage.durable = True
    due(stage, 1)

    assert ([], ["halted"]) == (revisions(stage), declined(stage))
    stage.do(c.Resume(scope="account:one", by="anna", reason="over"))
    due(stage, 1)
    assert [] == revisions(stage)


def test_an_exit_follows_in_a_halt_and_closes_no_more_than_there_is() -> None:
    """What makes a position smaller is never refused; it is cut to what is held."""
    stage = stage_of()
    stage.position("3")
    answer = stage.say("sell", effect="close", quantity="3", order_type="limit", price="50500")
    out = stage.order(answer.orders[0])
    stage.report(out, "accepted")
    stage.fill(out, "1")
    stage.do(c.Halt(scope="global", by="anna", reason="news"))
    due(stage)
    assert stage.order(out).pending_cancel
    ended(stage, out)
    (rest,) = revisions(stage)

    assert (D(2), "exit", None) == (rest.quantity, rest.purpose, rest.worst_price)
    assert [rest.order] == stage.sent


def test_an_exit_that_follows_leaves_other_exits_their_part() -> None:
    """Another exit is on its way to close some of it: only the rest is sent."""
    stage = stage_of()
    stage.position("3")
    answer = stage.say("sell", effect="close", quantity="3", order_type="limit", price="50500")
    out = stage.order(answer.orders[0])
    stage.report(out, "accepted")
    stage.fill(out, "1")
    due(stage)
    stage.report(out, "cancelled")
    stage.say("sell", effect="close", quantity="1.5", order_type="limit", price="50600")
    ended(stage, out)

    assert [D("0.5")] == [rest.quantity for rest in revisions(stage)]
    assert D(2) == stage.exposure().sell


def test_the_follow_up_is_judged_anew() -> None:
    """A limit that was lowered meanwhile refuses it, and the refusal has its checks."""
    stage = stage_of()
    order = partly(stage)
    due(stage)
    stage.do(
        c.SetLimit(
            scope="account:one", name="quantity_max", value=D("1.5"), by="anna", reason="calm"
        )
    )
    ended(stage, order)

    assert ([], ["quantity_over_limit"]) == (revisions(stage), declined(stage))
    record = stage.last.records[-1]
    assert isinstance(record, r.FollowUpDeclined)
    assert "quantity_max" in bytes(record.checks).decode()
    assert "quantity_over_limit" == stage.order(order).followed


def test_an_entry_that_comes_too_late_does_not_follow() -> None:
    """The store was away for longer than an order lives: the market is another one."""
    stage = stage_of()
    order = partly(stage)
    due(stage)
    stage.durable = False
    ended(stage, order)
    due(stage, 31)
    stage.durable = True
    due(stage, 1)

    assert ([], ["followup_too_late"]) == (revisions(stage), declined(stage))


@pytest.mark.parametrize("by", ["journal", "snapshot"])
@pytest.mark.parametrize("moment", ["partly", "asked", "over", "followed"])
def test_a_restart_makes_it_exactly_once(by: str, moment: str) -> None:
    """Wherever the process dies: from journal or snapshot, one follow-up, no more and no less."""
    stage = stage_of()

    def restart(now: str) -> None:
        if now == moment:
            again = replay(stage.records)
            assert picture(again) == picture(stage.state)
            stage.state = snapshot.load(picture(again)) if by == "snapshot" else again
            stage.start()
            stage.recover("one")

    order = partly(stage)
    restart("partly")
    due(stage)
    restart("asked")
    stage.durable = False
    ended(stage, order)
    restart("over")
    stage.durable = True
    due(stage, 1)
    restart("followed")
    due(stage, 1)
    due(stage, 60)

    assert [D(2)] == [rest.quantity for rest in revisions(stage)]


def test_it_is_told_when_it_is_due() -> None:
    """The timer is data: the next due time is that of the rest, and then that of nobody."""
    stage = stage_of()
    order = partly(stage)
    assert stage.now + 10 * SECOND_NS == next_due(stage.state, stage.now)
    due(stage)

    assert stage.order(order).pending_cancel
    assert next_due(stage.state, stage.now) > stage.now + 10 * SECOND_NS
