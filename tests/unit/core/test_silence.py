"""Silence: alerts that do not come, come twice, or come too close together."""

from __future__ import annotations

import pytest

from core import records as r
from core import snapshot
from core.commands import Tick
from core.engine import next_due, step
from core.setup import SECOND_NS
from core.silence import silent_at
from tests.unit.core.schedules import HOUR, ns, schedule, scheduled
from tests.unit.core.setups import replaced, setup_of
from tests.unit.core.silences import alarm, expected, restarted, routed, run, told
from tests.unit.core.stage import Stage, codes, misread, picture, replay

DAY = 24 * HOUR


# --- heartbeats


def test_a_heartbeat_is_heard_and_makes_no_order() -> None:
    """It is in the journal with its signal, answered as no action, and counted."""
    stage = Stage(routed())
    answer = stage.say("heartbeat", symbol="")

    assert "no_action heartbeat_heard" == codes(answer)
    assert ({}, ()) == (stage.state.orders, answer.accounts)
    assert [r.SignalReceived, r.SignalRefused] == [type(one) for one in stage.last.records]
    row = stage.state.routes["door"]
    assert (1, 1, stage.now) == (row.received, row.heartbeats, row.heard_ns)


def test_a_heartbeat_never_touches_what_is_held() -> None:
    """Neither a position nor an order that works, halted or not."""
    stage = Stage(routed())
    stage.position("2")
    resting = stage.entry("1", order_type="limit", price="49000")
    stage.report(resting, "accepted")
    before = (dict(stage.state.positions), dict(stage.state.orders))
    stage.say("heartbeat")

    assert before == (stage.state.positions, stage.state.orders)
    assert [] == stage.last.effects


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"strategy": "nobody"}, "refused strategy_not_on_route"),
        ({"time_ns": ns(-31)}, "refused signal_too_old"),
        ({"time_ns": ns(6)}, "refused time_in_future"),
        ({"time_ns": None}, "refused time_missing"),
    ],
)
def test_a_heartbeat_of_somebody_else_or_of_yesterday_is_refused(
    fields: dict[str, object], code: str
) -> None:
    """It says nothing about the script now, and does not count as heard."""
    stage = Stage(routed())
    answer = stage.say("heartbeat", **fields)

    assert code == codes(answer)
    assert 0 == stage.state.routes["door"].heard_ns


def test_a_heartbeat_takes_nothing_from_the_rate_of_its_strategy() -> None:
    """Else the sign of life would refuse the order that it is there for."""
    setup = setup_of()
    slow = replaced(setup.limits["strategy:trend"], signals_per_minute=1, signals_burst=1)
    stage = Stage(replaced(setup, limits=setup.limits | {"strategy:trend": slow}))
    stage.say("heartbeat")
    stage.say("heartbeat")

    assert "admitted" == codes(stage.say("buy"))


# --- no alert since


def test_silence_is_told_once_until_the_next_alert() -> None:
    """After the time of the route, once; an alert ends it, and then it may come again."""
    stage = Stage(routed(silent_after_s=HOUR))
    stage.say("heartbeat")
    run(stage, HOUR - 1)
    before = told(stage)
    run(stage, 5 * HOUR)
    once = told(stage)
    stage.say("heartbeat")
    run(stage, HOUR)

    assert ([], ["route_silent"]) == (before, once)
    assert ["route_silent"] * 2 == told(stage)
    assert ("1 h", "door") == (
        alarm(stage, "route_silent").limit,
        alarm(stage, "route_silent").where,
    )


def test_silence_is_due_to_the_second() -> None:
    """The core names the very time; a tick then tells it."""
    stage = Stage(routed(silent_after_s=45))
    stage.say("heartbeat")
    heard_ns = stage.now

    assert heard_ns + 45 * SECOND_NS == next_due(stage.state, stage.now)
    stage.wait(45)
    stage.tick()
    assert ["route_silent"] == told(stage)


def test_silence_survives_a_restart() -> None:
    """It counts on while the bridge is away, and what was told is not told again."""
    stage = Stage(routed(silent_after_s=HOUR))
    stage.say("heartbeat")
    run(stage, HOUR // 2)
    restarted(stage)
    run(stage, HOUR // 2)
    once = told(stage)
    restarted(stage)
    run(stage, HOUR)

    assert (["route_silent"], ["route_silent"]) == (once, told(stage))


def test_a_route_that_never_spoke_is_silent_too() -> None:
    """From when it stands in the configuration."""
    stage = Stage(routed(silent_after_s=HOUR))
    run(stage, HOUR)

    assert ["route_silent"] == told(stage)
    assert "none has come" in alarm(stage, "route_silent").value


@pytest.mark.parametrize("kind", ["unread", "old", "stranger", "repeat"])
def test_what_says_nothing_of_the_script_ends_no_silence(kind: str) -> None:
    """A message that nobody could read, one of yesterday, one of a strategy that is not on the
    route, one that is delivered again."""
    stage = Stage(routed(silent_after_s=HOUR))
    first = stage.signal("heartbeat")
    stage.do(first)
    run(stage, HOUR / 2)
    if kind == "unread":
        stage.do(replaced(stage.signal(), content=misread()))
    elif kind == "old":
        stage.say("heartbeat", time_ns=stage.now - 60 * SECOND_NS)
    elif kind == "stranger":
        stage.say("buy", strategy="nobody")
    else:
        stage.do(first)
    run(stage, HOUR / 2)

    assert ["route_silent"] == told(stage)


def test_only_sessions_count() -> None:
    """Nothing is told while all is closed; the time begins anew at the opening."""
    stage = Stage(scheduled(routed(silent_after_s=HOUR), "BTCUSDT", "ETHUSDT"))
    for name in ("BTCUSDT", "ETHUSDT"):
        stage.do(schedule((-HOUR, 2 * HOUR), (10 * HOUR, 14 * HOUR), instrument=name))
    run(stage, 1.9 * HOUR, 600)
    stage.say("heartbeat")
    run(stage, 9 * HOUR, 600)
    closed = told(stage)
    run(stage, 0.05 * HOUR)

    assert (["route_silent"], ["route_silent"]) == (closed, told(stage)), "of the first hour"
    run(stage, 0.1 * HOUR, 10)
    assert ["route_silent"] * 2 == told(stage)
    assert stage.now < ns(11.1 * HOUR)


def test_one_instrument_that_trades_is_enough() -> None:
    """A route is silent while any of its instruments could have alerted."""
    stage = Stage(scheduled(routed(silent_after_s=HOUR), "BTCUSDT"))
    stage.do(schedule((10 * HOUR, 14 * HOUR)))
    run(stage, HOUR)

    assert ["route_silent"] == told(stage)


def test_a_session_shorter_than_the_silence_is_judged_at_its_end() -> None:
    """A daily alert that is missing is told on the day."""
    stage = Stage(scheduled(routed(silent_after_s=DAY), "BTCUSDT", "ETHUSDT"))
    days = [(day * DAY, day * DAY + 6 * HOUR) for day in range(5)]
    for name in ("BTCUSDT", "ETHUSDT"):
        stage.do(schedule(*days, instrument=name))
    run(stage, 5.9 * HOUR, 600)
    stage.say("heartbeat")
    run(stage, 24 * HOUR, 600)
    stage.say("heartbeat")
    fine = told(stage)
    run(stage, 23 * HOUR, 600)
    before = told(stage)
    run(stage, 1.1 * HOUR, 1)

    assert ([], []) == (fine, before)
    assert ["route_silent"] == told(stage)


def test_while_all_is_closed_the_end_of_a_short_session_is_known() -> None:
    """What the page shows as the time of the alarm is when it comes."""
    stage = Stage(scheduled(routed(silent_after_s=DAY), "BTCUSDT", "ETHUSDT"))
    for name in ("BTCUSDT", "ETHUSDT"):
        stage.do(schedule((HOUR, 7 * HOUR), (25 * HOUR, 31 * HOUR), instrument=name))
    stage.say("heartbeat")
    route = stage.setup.routes["door"]
    first = silent_at(stage.state, route, stage.now)
    run(stage, 8 * HOUR, 600)
    second = silent_at(stage.state, route, stage.now)

    assert [ns(31 * HOUR - 1)] * 2 == [first, second]


def test_a_session_that_ended_before_anybody_looked_is_judged_after_it() -> None:
    """The machine was busy in its last second: it is told then, not a day later, and once."""
    stage = Stage(scheduled(routed(silent_after_s=DAY), "BTCUSDT", "ETHUSDT"))
    days = [(day * DAY, day * DAY + 6 * HOUR) for day in range(5)]
    for name in ("BTCUSDT", "ETHUSDT"):
        stage.do(schedule(*days, instrument=name))
    run(stage, HOUR)
    stage.say("heartbeat")
    run(stage, 29 * HOUR - 3, 600)
    before = told(stage)
    stage.wait(5)
    stage.tick()
    once = told(stage)
    run(stage, 30 * HOUR, 600)

    assert ([], ["route_silent"], ["route_silent"]) == (before, once, told(stage))


def test_a_calendar_that_is_not_known_hides_nothing() -> None:
    """It is the moment at which one wants to know more, not less."""
    stage = Stage(scheduled(routed(silent_after_s=HOUR), "BTCUSDT", "ETHUSDT"))
    run(stage, HOUR)

    assert ["route_silent"] == told(stage)


@pytest.mark.parametrize("how", ["broken", "over"])
def test_a_calendar_that_ended_hides_nothing(how: str) -> None:
    """What it said last was that all is closed; that is worth nothing now."""
    stage = Stage(scheduled(routed(silent_after_s=HOUR), "BTCUSDT", "ETHUSDT"))
    for name in ("BTCUSDT", "ETHUSDT"):
        until = {"valid_until_ns": ns(60)} if how == "over" else {}
        stage.do(schedule((5 * DAY, 6 * DAY), instrument=name, **until))
        if how == "broken":
            stage.do(schedule(instrument=name, fault="calendar_unreadable"))
    run(stage, HOUR)

    assert ["route_silent"] == told(stage)


# --- expected by


def test_an_alert_that_is_expected_and_comes_is_no_news() -> None:
    """Also one that comes in the last second, and with others after it."""
    stage = Stage(routed(expected_by=("10:00",)))
    stage.do(expected((0, HOUR), (HOUR, 2 * HOUR)))
    stage.wait(HOUR - 1)
    stage.say("heartbeat")
    stage.wait(30)
    stage.say("heartbeat")
    run(stage, HOUR)

    assert [] == told(stage)


def test_an_alert_that_is_expected_and_does_not_come_is_told_once() -> None:
    """At its time, and one after it does not make it good."""
    stage = Stage(routed(expected_by=("10:00",)))
    stage.do(expected((0, HOUR), (DAY, DAY + HOUR)))
    stage.say("heartbeat", time_ns=ns(-40))
    run(stage, HOUR - 1)
    before = told(stage)
    assert ns(HOUR) == next_due(stage.state, stage.now)
    stage.wait(2)
    stage.say("heartbeat")
    run(stage, 5 * HOUR)

    assert ([], ["alert_overdue"]) == (before, told(stage))
    assert "UTC" in alarm(stage, "alert_overdue").limit


def test_what_was_due_while_the_bridge_was_away_is_told_after_it() -> None:
    """Of several times only the newest; the times are told anew first, as every start does."""
    stage = Stage(routed(expected_by=("10:00",)))
    stage.do(expected(*((day * DAY, day * DAY + HOUR) for day in range(4))))
    stage.say("heartbeat")
    run(stage, 2 * HOUR)
    stage.wait(2 * DAY)
    restarted(stage)
    stage.do(expected(*((day * DAY, day * DAY + HOUR) for day in range(1, 6)), word="i"))
    stage.tick()

    assert ["alert_overdue"] == told(stage)
    assert alarm(stage, "alert_overdue").limit.startswith("2023-11-16 23:13:20")


def test_a_time_that_had_passed_when_it_was_set_is_not_told() -> None:
    """Who writes 10:00 at noon means tomorrow."""
    stage = Stage(routed(expected_by=("10:00",)))
    stage.do(expected((-2 * HOUR, -HOUR), (DAY, DAY + HOUR)))
    run(stage, HOUR)

    assert [] == told(stage)


def test_nothing_is_expected_on_a_holiday() -> None:
    """While every instrument of the route is closed for the whole time."""
    stage = Stage(scheduled(routed(expected_by=("10:00",)), "BTCUSDT", "ETHUSDT"))
    for name in ("BTCUSDT", "ETHUSDT"):
        stage.do(schedule((DAY, DAY + 6 * HOUR), instrument=name))
    stage.do(expected((0, HOUR), (DAY - HOUR, DAY + HOUR)))
    run(stage, DAY, 600)
    holiday = told(stage)
    run(stage, HOUR, 600)

    assert ([], ["alert_overdue"]) == (holiday, told(stage))


def test_a_rule_that_is_taken_out_expects_nothing() -> None:
    """The times that were journaled for it count no more."""
    stage = Stage(routed(expected_by=("10:00",)))
    stage.do(expected((0, HOUR)))
    stage.load(routed())
    run(stage, 2 * HOUR)

    assert [] == told(stage)


# --- all of it


def test_replay_and_snapshot_come_to_the_same() -> None:
    """Counters, gaps and what was told are a fold of the journal."""
    stage = Stage(routed(silent_after_s=HOUR, expected_by=("10:00",)))
    stage.do(expected((0, HOUR)))
    for number in (1, 2, 5, 5, 9):
        stage.say("heartbeat", sequence=number)
    run(stage, 3 * HOUR)
    stage.say("heartbeat", sequence=12)

    assert picture(stage.state) == picture(replay(stage.records))
    again = snapshot.load(snapshot.dump(stage.state))
    assert stage.state.awaited == again.awaited
    assert snapshot.dump(stage.state) == snapshot.dump(again)


def test_a_step_that_is_thrown_away_leaves_nothing() -> None:
    """A commit that failed was never heard."""
    stage = Stage(routed(silent_after_s=HOUR))
    stage.say("heartbeat", sequence=1)
    before = snapshot.dump(stage.state)
    step(stage.state, stage.view, [stage.signal("heartbeat", sequence=4), Tick()], stage.now)
    stage.state.rollback()

    assert before == snapshot.dump(stage.state)
    assert {} == stage.state.awaited


def test_a_route_that_is_gone_is_forgotten() -> None:
    """With its scripts and what was waited for."""
    stage = Stage(routed())
    stage.say("heartbeat", sequence=1)
    stage.say("heartbeat", sequence=3)
    setup = setup_of()
    stage.load(replaced(setup, routes={"other": replaced(setup.routes["door"], name="other")}))

    assert {"other"} == set(stage.state.routes)
    assert ({}, {}) == (stage.state.streams, stage.state.awaited)
