"""What is still open while a flatten closes it keeps its stop, as far as its venue allows that."""

from __future__ import annotations

from decimal import Decimal

from core import commands as c
from core import records as r
from core.abilities import Abilities
from core.flatten import LATE_NS, WAIT_NS
from core.flatten_rows import REVISIONS_MAX
from core.orders import Order, Purpose
from core.setup import SECOND_NS
from tests.unit.core.books import agreed
from tests.unit.core.guarded import able, accept, ended_all, guarded, legs, opened, shape
from tests.unit.core.stage import Stage

D = Decimal

STOP = ["stop 10 at 49000"]


def pressed(abilities: Abilities | None = None) -> Stage:
    """Flatten an account with one protected position."""
    stage = guarded(abilities)
    agreed(stage)
    opened(stage, "10")
    press(stage)
    return stage


def press(stage: Stage) -> None:
    """Begin a flatten of the account."""
    stage.do(
        c.Flatten(scope="account:one", whose="ours", by="anna", reason="storm", confirmed=True)
    )


def closing(stage: Stage) -> list[Order]:
    """Return the orders of flattens, oldest first."""
    return [order for order in stage.state.orders.values() if order.purpose is Purpose.FLATTEN]


def outcomes(stage: Stage) -> list[str]:
    """Return how acts ended."""
    return [one.outcome for one in stage.records if isinstance(one, r.FlattenEnded)]


def wait(stage: Stage, ns: int) -> None:
    """Let time pass, second by second."""
    for _ in range(ns // SECOND_NS):
        stage.wait(1)
        stage.tick()


def test_the_order_goes_beside_the_stop() -> None:
    """The venue keeps reduce-only: nothing waits for the end of the stop, and it goes when all is
    closed. The act is over when that is proven."""
    stage = pressed()
    (order,) = closing(stage)
    assert [order.order] == stage.sent
    assert ([], STOP) == (stage.asked_to_end, shape(stage))
    stage.fill(order, "10")
    assert [legs(stage)[0].order] == stage.asked_to_end
    agreed(stage)
    assert [] == outcomes(stage)
    ended_all(stage)
    agreed(stage)

    assert (["flat"], []) == (outcomes(stage), shape(stage))


def test_an_order_of_unknown_outcome_leaves_no_position_naked() -> None:
    """For as long as nobody knows what became of it; a person is called after a minute."""
    stage = pressed()
    (order,) = closing(stage)
    stage.do(c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""))
    wait(stage, LATE_NS + WAIT_NS)

    assert (STOP, [], 1) == (shape(stage), outcomes(stage), len(closing(stage)))
    alarms = [one.code for one in stage.records if isinstance(one, r.AlarmRaised)]
    assert 1 == alarms.count("flatten_incomplete")
    stage.look(order, None)
    assert 2 == len(closing(stage))
    assert STOP == shape(stage)


def test_a_part_that_is_closed_makes_the_stop_smaller() -> None:
    """It is never larger than what is open."""
    stage = pressed()
    stage.fill(closing(stage)[0], "4")

    new = legs(stage)[0].asked
    assert new is not None and D(6) == new.quantity


def test_a_stop_that_is_lost_meanwhile_is_placed_again() -> None:
    """Its venue ended it, the order of the flatten is in doubt: what is open gets a stop."""
    stage = pressed()
    stage.do(c.NoteTrouble(order=closing(stage)[0].order, proven=False, code="timeout", text=""))
    stage.report(legs(stage)[0], "cancelled")
    wait(stage, 2 * SECOND_NS)

    assert STOP == shape(stage)
    accept(stage)
    assert [] == stage.asked_to_end


def test_a_venue_that_refuses_to_close_leaves_the_stop() -> None:
    """Ten rejects, and the act gives up: the stop was there all the time, and no second one."""
    stage = pressed()
    for _ in range(REVISIONS_MAX):
        stage.report(closing(stage)[-1], "rejected", reason="no")
        wait(stage, WAIT_NS)
        assert STOP == shape(stage)
    wait(stage, LATE_NS)

    assert (["incomplete"], STOP) == (outcomes(stage), shape(stage))


def test_without_reduce_only_the_stop_ends_first_and_comes_back() -> None:
    """Both could turn the position there: the order waits for the end of the stop. When the act
    gives up, what is open is protected again."""
    stage = pressed(able(reduce_only=False))
    (stop,) = legs(stage)
    assert [stop.order] == stage.asked_to_end
    assert [] == closing(stage)
    ended_all(stage)
    for _ in range(REVISIONS_MAX):
        assert [] == shape(stage)
        stage.report(closing(stage)[-1], "rejected", reason="no")
        wait(stage, WAIT_NS)
    assert STOP == shape(stage)
    wait(stage, LATE_NS)

    assert (["incomplete"], STOP) == (outcomes(stage), shape(stage))


def test_a_position_that_an_act_gave_up_is_protected_while_another_one_keeps_it_going() -> None:
    """Ten orders did not close it, and an exit at a price of its own holds the act up elsewhere: it
    is not over for a day, and what it does not press any more has its stop again."""
    stage = guarded(able(reduce_only=False))
    agreed(stage)
    opened(stage, "10")
    other = stage.entry("1", symbol="ETHUSDT", strategy="fade")
    stage.fill(other, "1", "3000")
    press(stage)
    ended_all(stage)
    for order in [one for one in closing(stage) if one.instrument == "ETHUSDT"]:
        stage.report(order, "rejected")
    leave = stage.say(
        "exit", symbol="ETHUSDT", strategy="fade", order_type="limit", price="3300", quantity="1"
    )
    stage.report(leave.orders[0], "accepted")
    for _ in range(REVISIONS_MAX):
        last = [one for one in closing(stage) if one.instrument == "BTCUSDT"][-1]
        stage.report(last, "rejected", reason="no")
        wait(stage, WAIT_NS)
    wait(stage, LATE_NS)

    assert ([], STOP) == (outcomes(stage), shape(stage))


def test_where_somebody_else_holds_the_same_the_stop_ends_first() -> None:
    """The venue's reduce-only knows the account's net alone: there both could close his."""
    stage = guarded()
    agreed(stage)
    opened(stage, "10")
    beside = stage.entry("5", strategy="fade", order_type="limit", price="49500")
    stage.report(beside, "accepted")
    stage.do(
        c.Flatten(scope="strategy:trend", whose="ours", by="anna", reason="storm", confirmed=True)
    )

    assert [legs(stage)[0].order] == stage.asked_to_end


def test_so_does_one_that_was_kept_when_he_comes_later() -> None:
    """The order of the flatten is in doubt, and a part of the position is nobody's any more."""
    stage = pressed()
    stage.do(c.NoteTrouble(order=closing(stage)[0].order, proven=False, code="timeout", text=""))
    move = {"account": "one", "instrument": "BTCUSDT", "by": "anna", "reason": "by hand"}
    stage.do(c.AssignPosition(source="trend", target="", quantity=D(1), **move))

    assert legs(stage)[0].pending_cancel


def test_a_flatten_that_is_pressed_again_finds_the_stop() -> None:
    """The first act gave up; the next one goes beside the stop as well, and ends flat."""
    stage = pressed()
    for _ in range(REVISIONS_MAX):
        stage.report(closing(stage)[-1], "rejected", reason="no")
        wait(stage, WAIT_NS)
    wait(stage, LATE_NS)
    press(stage)
    stage.fill(closing(stage)[-1], "10")
    ended_all(stage)
    agreed(stage)

    assert ["incomplete", "flat"] == outcomes(stage)


def test_the_stop_that_closes_first_leaves_the_order_nothing() -> None:
    """The market was faster: the venue rejects what has nothing to close, and the act is flat."""
    stage = pressed()
    (order,) = closing(stage)
    stage.fill(legs(stage)[0], "10", price="49000")
    stage.report(order, "rejected", reason="reduce-only")
    agreed(stage)

    assert (D(0), ["flat"], 1) == (stage.share(), outcomes(stage), len(closing(stage)))
