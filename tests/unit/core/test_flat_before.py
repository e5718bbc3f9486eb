"""Flat before a close, a weekend and news: what is closed, when, and what a person is told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core import records as r
from core import snapshot
from core.engine import next_due
from core.flat_before import ACTS_MAX
from core.flatten_begin import begin
from core.money import ZERO
from core.orders import Order, Purpose
from core.setup import SECOND_NS
from tests.unit.core.books import agreed
from tests.unit.core.schedules import HOUR, ns, schedule, traded
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal
SCOPE = "account:one/instrument:BTCUSDT"


def staged(
    *sessions: tuple[float, float], close: int = 300, weekend: int = 0, news: int = 0, **fields: Any
) -> Stage:
    """Begin with an account that has to be flat, and a session of an hour, the next in two."""
    account = {
        "flat_before_close_ns": close * SECOND_NS,
        "flat_before_weekend_ns": weekend * SECOND_NS,
        "flat_before_news_ns": news * SECOND_NS,
    }
    stage = Stage(traded(account=account))
    hours = sessions or ((0, HOUR), (2 * HOUR, 3 * HOUR))
    known = {"news": fields.pop("at", ())} | fields
    stage.do(schedule(*hours, **known))
    return stage


def until(stage: Stage, seconds: float) -> None:
    """Let time pass up to so many seconds after the beginning, and let it be a command."""
    stage.wait(str(D(ns(seconds) - stage.now) / SECOND_NS))
    stage.tick()


def closing(stage: Stage) -> list[Order]:
    """Return the orders of flattens, oldest first."""
    return [order for order in stage.state.orders.values() if order.purpose is Purpose.FLATTEN]


def told(stage: Stage) -> list[r.FlatMissed]:
    """Return what was told of not being flat."""
    return [one for one in stage.records if isinstance(one, r.FlatMissed)]


def begun(stage: Stage) -> list[r.FlatBegun]:
    """Return the flattens that the rule began."""
    return [one for one in stage.records if isinstance(one, r.FlatBegun)]


def test_what_is_open_is_closed_in_time() -> None:
    """Five minutes before the close the entry is asked to end and the position is closed, inside
    its collar, by the bridge, and nothing of it is told as missed."""
    stage = staged()
    stage.position("2")
    working = stage.entry("1", order_type="limit", price="49000")
    until(stage, HOUR - 300 - 1e-9)
    assert [] == begun(stage)
    assert ns(HOUR - 300) == next_due(stage.state, stage.now)
    until(stage, HOUR - 300)

    assert [working.order] == stage.asked_to_end
    (asked,) = [one for one in stage.records if isinstance(one, r.FlattenAsked)]
    assert ("bridge", SCOPE, "ours", "flat before close") == (
        asked.by, asked.scope, asked.whose, asked.reason
    )  # fmt: skip
    stage.report(working, "cancelled")
    (order,) = closing(stage)
    assert (D(2), True, True) == (order.quantity, order.reduce_only, order.worst_price is not None)
    stage.fill(order, "2")
    agreed(stage)
    until(stage, HOUR)
    assert ([], ZERO, {}) == (told(stage), stage.share(), stage.state.flattens)


@pytest.mark.parametrize(
    ("at_s", "expected"),
    [
        (HOUR - 300 - 1e-9, "admitted"),
        (HOUR - 300, "refused flat_before_close"),
        (HOUR - 1e-9, "refused flat_before_close"),
        (HOUR, "refused session_closed"),
        (2 * HOUR - 1e-9, "refused session_closed"),
        (2 * HOUR, "admitted"),
    ],
)
def test_nothing_is_opened_until_the_next_session(at_s: float, expected: str) -> None:
    """From T - x on entries are refused, to the nanosecond, and exits pass."""
    stage = staged()
    stage.now = ns(at_s) if at_s == int(at_s) else ns(int(at_s) + 1) - 1
    stage.wait(0)
    assert expected == codes(stage.send(effect="open"))


def test_a_weekend_has_a_rule_of_its_own() -> None:
    """Only the close before a weekend counts for it, and the earlier of two rules wins."""
    stage = staged((0, HOUR), (2 * HOUR, 3 * HOUR), close=60, weekend=600, weekends=(3 * HOUR,))
    until(stage, HOUR - 600)
    assert "admitted" == codes(stage.send(effect="open"))
    until(stage, 3 * HOUR - 600)
    assert "refused flat_before_weekend" == codes(stage.send(effect="open"))
    until(stage, 3 * HOUR - 60)

    answer = stage.say(effect="open")
    assert ("flat_before_weekend", "60 s", "account:one") == (
        answer.code, answer.value, answer.where
    )  # fmt: skip


def test_flat_before_news_and_while_they_last() -> None:
    """It is closed before, stays barred, is still tried in the news, and free after them."""
    stage = staged(close=0, news=50, at=((1000, 1100),))
    stage.position("1")
    until(stage, 950)
    assert "refused flat_before_news" == codes(stage.send(effect="open"))
    (order,) = closing(stage)
    until(stage, 1000)
    assert ["not_flat_in_time"] == stage.alarms
    assert ("news", "1 BTCUSDT of trend in one") == (told(stage)[0].kind, told(stage)[0].rest[0])
    stage.report(order, "rejected", reason="busy")
    until(stage, 1006)
    stage.fill(closing(stage)[-1], "1")
    assert ZERO == stage.share()
    assert "refused news" == codes(stage.send(effect="open"))
    until(stage, 1100)

    assert "admitted" == codes(stage.send(effect="open"))


def test_what_is_not_flat_at_the_close_is_told_once() -> None:
    """The venue rejects whatever comes: at T a person is told, with the list, and no more."""
    stage = staged()
    stage.position("2")
    until(stage, HOUR - 300)
    while stage.now < ns(HOUR):
        for order in closing(stage):
            if order.order in stage.state.alive:
                stage.report(order, "rejected", reason="halted")
        until(stage, (stage.now - ns(0)) / SECOND_NS + 5)
    (missed,) = told(stage)

    assert ("close", ns(HOUR), ("2 BTCUSDT of trend in one",)) == (
        missed.kind, missed.until_ns, missed.rest
    )  # fmt: skip
    begins = len(begun(stage))
    assert 1 < begins <= ACTS_MAX
    for seconds in (5, 100, HOUR - 1):
        until(stage, HOUR + seconds)
    assert (1, begins) == (len(told(stage)), len(begun(stage)))


def test_it_is_not_tried_for_ever() -> None:
    """A venue that rejects for hours is asked ten times by ten acts, and left to a person."""
    stage = staged((0, 6 * HOUR), close=5 * HOUR)
    stage.position("1")
    until(stage, HOUR)
    for seconds in range(HOUR, HOUR + 1000, 5):
        for order in closing(stage):
            if order.order in stage.state.alive:
                stage.report(order, "rejected", reason="halted")
        until(stage, seconds)

    assert (ACTS_MAX, {}) == (len(begun(stage)), stage.state.flattens)
    assert "flatten_incomplete" in {one.code for one in stage.state.alarms.values()}


def test_a_partial_fill_and_a_reject() -> None:
    """What is left is closed by the next order of the same act."""
    stage = staged()
    stage.position("3")
    until(stage, HOUR - 300)
    (first,) = closing(stage)
    stage.report(first, "accepted")
    stage.fill(first, "1")
    until(stage, HOUR - 290)
    stage.report(first, "cancelled")
    until(stage, HOUR - 280)
    second = closing(stage)[-1]
    assert D(2) == second.quantity
    stage.report(second, "rejected")
    until(stage, HOUR - 270)
    stage.fill(closing(stage)[-1], "2")

    assert (ZERO, 1) == (stage.share(), len(begun(stage)))


def test_a_late_fill_is_closed_too() -> None:
    """What fills after all was flat is closed by another act, in the same window."""
    stage = staged()
    order = stage.entry("1", order_type="limit", price="50000")
    stage.report(order, "accepted")
    until(stage, HOUR - 300)
    stage.report(order, "cancelled")
    agreed(stage)
    assert {} == stage.state.flattens
    stage.fill(order, "1")
    stage.tick()

    assert 2 == len(begun(stage))
    assert D(1) == closing(stage)[-1].quantity


def test_restarts_in_between() -> None:
    """The process dies in the middle of it, and comes back before the close, and after."""
    stage = staged()
    stage.position("2")
    until(stage, HOUR - 300)
    (order,) = closing(stage)
    assert picture(stage.state) == picture(replay(stage.records))
    loaded = snapshot.load(picture(stage.state))
    assert (stage.state.flats, stage.state.schedules) == (loaded.flats, loaded.schedules)
    stage.start()
    stage.recover("one")
    until(stage, HOUR - 200)
    assert [order] == [one for one in closing(stage) if one.order == order.order]
    assert 1 == len(begun(stage))
    stage.start()
    until(stage, HOUR + 1)
    stage.start()
    stage.recover("one")
    until(stage, HOUR + 2)

    assert 1 == len(told(stage))


def test_a_bridge_that_was_away_until_after_the_close_tells() -> None:
    """It could close nothing, and the market is closed now: a person is told at once."""
    stage = staged()
    stage.position("2")
    stage.now = ns(HOUR + 10)
    stage.wait(0)
    stage.start()
    stage.recover("one")
    stage.tick()

    assert (1, 0) == (len(told(stage)), len(begun(stage)))
    assert ["not_flat_in_time"] == stage.alarms


def test_an_entry_that_waits_for_the_opening_is_no_position() -> None:
    """It came after the close and has not left: nobody is told that the account is not flat."""
    account = {"flat_before_close_ns": 300 * SECOND_NS, "hold": ("session_closed",)}
    stage = Stage(traded(account=account))
    stage.do(schedule((0, HOUR), (2 * HOUR, 3 * HOUR)))
    until(stage, HOUR + 10)
    order = stage.entry("1")
    stage.wait(5)
    stage.tick()

    assert ("held", []) == (stage.order(order).state, stage.alarms)


def test_a_link_that_is_down_holds_the_order() -> None:
    """It goes when the account is compared; nothing is begun twice."""
    stage = staged()
    stage.position("2")
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    until(stage, HOUR - 300)
    (order,) = closing(stage)
    assert "held" == order.state
    until(stage, HOUR - 200)
    stage.recover("one")

    assert [order.order] == stage.sent
    assert 1 == len(begun(stage))


def test_a_person_who_flattens_is_not_disturbed() -> None:
    """While a wider act runs no other is begun; once it is over, what is open is closed again."""
    stage = staged()
    stage.position("2")
    stage.do(c.Flatten(scope="account:one", whose="ours", by="anna", reason="storm"))
    until(stage, HOUR - 300)

    assert ([], 1) == (begun(stage), len(closing(stage)))


def test_strangers_and_other_instruments_stay() -> None:
    """What is not ours, and what has no calendar, is not touched."""
    stage = staged()
    stage.position("2")
    stage.position("3", symbol="ETHUSDT")
    move: dict[str, Any] = {"account": "one", "instrument": "BTCUSDT", "by": "anna"}
    stage.do(c.AssignPosition(source="trend", target="", reason="by hand", **move))
    until(stage, HOUR - 300)
    until(stage, HOUR)

    assert ([], [], []) == (begun(stage), closing(stage), told(stage))


def test_a_broken_calendar_still_closes_in_time() -> None:
    """What was known last holds for what has to be flat; entries are refused."""
    stage = staged()
    stage.position("2")
    stage.do(schedule(fault="calendar_form", where="news.csv:3"))
    until(stage, HOUR - 300)

    assert 1 == len(begun(stage))


def test_begin_gives_the_act_that_runs() -> None:
    """A scope has one act at a time, whoever asks."""
    stage = staged()
    steps = begin(stage.state, SCOPE, "ours", "test", now=stage.now)
    assert isinstance(next(steps), r.FlattenAsked)
    until(stage, 1)
    stage.do(c.Flatten(scope=SCOPE, whose="ours", by="anna", reason="storm"))
    running = next(iter(stage.state.flattens))
    with pytest.raises(StopIteration) as stop:
        next(begin(stage.state, SCOPE, "ours", "test", now=stage.now))

    assert running == stop.value.value


@given(
    fills=st.lists(
        st.sampled_from(["fill", "half", "reject", "wait", "restart", "cut"]), max_size=12
    )
)
@settings(max_examples=40)
def test_it_never_turns_a_position(fills: list[str]) -> None:
    """Whatever the venue does: never past flat, never more than ten acts, and at T either it is
    flat or a person knows."""
    stage = staged()
    stage.position("2")
    until(stage, HOUR - 300)
    for step in fills:
        alive = [order for order in closing(stage) if order.order in stage.state.alive]
        for order in alive:
            if step == "fill" and order.leaves:
                stage.fill(order, str(order.leaves))
            elif step == "half" and order.leaves > D("0.01"):
                stage.fill(order, "0.01")
            elif step == "reject" and not order.filled and order.state != "held":
                stage.report(order, "rejected")
        if step == "restart":
            stage.start()
            stage.recover("one")
        elif step == "cut":
            stage.do(c.NoteLink(account="one", up=False, reason="cut"))
            stage.recover("one")
        until(stage, (stage.now - ns(0)) / SECOND_NS + 20)
        assert ZERO <= stage.share()
        assert "refused flat_before_close" == codes(stage.send(effect="open"))
    until(stage, HOUR)

    assert bool(stage.share()) is bool(told(stage))
    assert len(begun(stage)) <= ACTS_MAX
