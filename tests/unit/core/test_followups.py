"""What follows an order that fills in part, or that was rejected for a moment."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core import snapshot
from core.engine import next_due
from core.followups import REVISIONS_MAX
from core.ids import order_id
from core.money import ZERO
from core.orders import ALIVE, Order, OrderType
from core.setup import SECOND_NS, OnPartial
from tests.unit.core.setups import WIDE, replaced, setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal


def stage_of(on_partial: str = "market", retries: int = 0, **limits: Any) -> Stage:
    """Begin with a route that has policies; a rest may work for 10 seconds."""
    route = {
        "on_partial": OnPartial(on_partial),
        "partial_after_ns": 10 * SECOND_NS,
        "reject_retries_max": retries,
    }
    scopes = {"account:one": replaced(WIDE, **limits)}
    return Stage(setup_of(route=route, limits=scopes))


def partly(stage: Stage, quantity: str = "3", filled: str = "1") -> Order:
    """Bring a limit entry to where some of it is filled."""
    order = stage.entry(quantity, order_type="limit", price="50000")
    stage.report(order, "accepted")
    stage.fill(order, filled)
    return stage.order(order)


def due(stage: Stage, seconds: int = 10) -> None:
    """Let time pass, and do what is due then."""
    stage.wait(seconds)
    stage.tick()


def revisions(stage: Stage) -> list[Order]:
    """Return the later revisions, oldest first."""
    later = [order for order in stage.state.orders.values() if order.revision]
    return sorted(later, key=lambda order: order.revision)


def declined(stage: Stage) -> list[str]:
    """Return the codes for why nothing followed."""
    return [one.code for one in stage.records if isinstance(one, r.FollowUpDeclined)]


def ended(stage: Stage, order: Order) -> None:
    """Let the venue prove the end of an order."""
    stage.report(order, "cancelled")


# --- what is left of an order


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


# --- rejects


def rejected(stage: Stage, order: Order, **fields: Any) -> None:
    """Let the venue reject an order for a moment."""
    stage.report(order, "rejected", **({"transient": True, "reason": "busy"} | fields))


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_a_reject_that_passes_is_tried_again_so_often(retries: int) -> None:
    """As the next revision, under the same terms, after a wait that doubles; then it is final."""
    stage = stage_of("wait", retries)
    order = stage.entry("2", order_type="limit", price="50000")
    waits = 1
    for revision in range(1, retries + 1):
        rejected(stage, order)
        assert [] == stage.sent
        due(stage, waits)
        order = revisions(stage)[-1]
        assert [order.order] == stage.sent
        assert (revision, D(2), D(50000)) == (order.revision, order.quantity, order.price)
        waits *= 2
    rejected(stage, order)
    due(stage, 10)

    assert retries == len(revisions(stage))
    assert ZERO == stage.exposure().buy


def test_a_reject_that_does_not_pass_is_final() -> None:
    """Only a reason that is known to pass is tried again."""
    stage = stage_of("wait", 3)
    rejected(stage, stage.entry("2"), transient=False)
    due(stage, 10)

    assert [] == revisions(stage)


def test_a_refused_call_is_tried_again_as_a_rejected_order() -> None:
    """The venue may answer the call itself: trouble that is known to pass."""
    stage = stage_of("wait", 1)
    order = stage.entry("2")
    stage.do(
        c.NoteTrouble(order=order.order, proven=True, code="busy", text="later", transient=True)
    )
    due(stage, 1)

    assert 1 == len(revisions(stage))


def test_a_retry_lives_as_long_as_the_first_try() -> None:
    """Beyond the time to live of the intent nothing is tried again."""
    stage = stage_of("wait", 3)
    order = stage.entry("2")
    stage.wait(29)
    rejected(stage, order)
    due(stage, 1)

    assert ([], ["followup_too_late"]) == (revisions(stage), declined(stage))


def test_a_retry_that_must_wait_for_its_account_is_held() -> None:
    """The link went away meanwhile: it is held as any entry, and judged when the link is back."""
    stage = stage_of("wait", 1)
    order = stage.entry("2")
    rejected(stage, order)
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    due(stage, 1)
    (again,) = revisions(stage)
    assert "held" == again.state
    stage.recover("one")

    assert [again.order] == stage.sent


def test_revisions_have_an_end() -> None:
    """Each rest fills a little and rests again: after ten revisions somebody has to look."""
    stage = stage_of()
    order = partly(stage, "100")
    for _ in range(REVISIONS_MAX + 3):
        if order.state in ALIVE:
            due(stage)
            ended(stage, order)
        later = revisions(stage)
        if later and later[-1].order != order.order:
            order = later[-1]
            stage.fill(order, "1")
            order = stage.order(order)

    assert REVISIONS_MAX == len(revisions(stage))
    assert ["revisions_over_limit"] == declined(stage)


# --- late stories


def test_a_late_fill_is_taken_off_the_later_revision() -> None:
    """The former was over, and filled after all: what was sent for it is asked to end."""
    stage = stage_of()
    order = partly(stage)
    due(stage)
    ended(stage, order)
    (rest,) = revisions(stage)
    stage.report(rest, "accepted")
    stage.fill(order, "1")

    assert ["fill_after_cancel", "revision_overfill"] == stage.alarms
    assert [rest.order] == stage.asked_to_end
    ended(stage, rest)
    due(stage, 60)
    assert 1 == len(revisions(stage))
    assert D(2) == stage.share()


def test_a_late_fill_beside_a_filled_revision_is_an_alarm() -> None:
    """Nothing is left to take it off: a person is called."""
    stage = stage_of()
    order = partly(stage)
    due(stage)
    ended(stage, order)
    (rest,) = revisions(stage)
    stage.fill(rest, "2")
    stage.fill(order, "1")

    assert "revision_overfill" in stage.alarms
    assert [] == stage.asked_to_end


def test_a_former_that_comes_back_to_life_is_asked_to_end() -> None:
    """Rejected, tried again, and then accepted after all: the two do not live side by side."""
    stage = stage_of("wait", 1)
    order = stage.entry("2")
    rejected(stage, order)
    due(stage, 1)
    (again,) = revisions(stage)
    stage.report(order, "accepted")

    assert ["accept_after_reject", "revision_revived"] == stage.alarms
    assert [order.order] == stage.asked_to_end
    assert not stage.order(again).pending_cancel
    assert D(4) == stage.exposure().buy
    stage.report(order, "accepted")
    assert [] == stage.asked_to_end
