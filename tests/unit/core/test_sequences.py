"""Sequences and crowds: numbers that do not come, come twice, and alerts that come too close."""

from __future__ import annotations

import pytest

from core import records as r
from core.engine import next_due
from core.fold_heard import CROWD_MAX, CROWD_WARN
from core.heard_rows import RANGES_MAX, STREAMS_MAX, Missing, StreamRow
from core.sequences import AGAIN, LATE, RESTARTED, count
from core.setup import SECOND_NS
from tests.unit.core.silences import alarm, restarted, routed, run, told
from tests.unit.core.stage import Stage, codes

EMPTY = StreamRow(route="door", strategy="trend", symbol="BTCUSDT")


def numbers(*sent: int) -> Stage:
    """Send alerts with these numbers, a second apart."""
    stage = Stage(routed())
    for number in sent:
        stage.wait(1)
        stage.say("heartbeat", sequence=number)
    return stage


@pytest.mark.parametrize(
    ("sent", "codes_", "counted"),
    [
        ((1, 2, 3), [], (0, 0, 0)),
        ((41, 42), [], (0, 0, 0)),
        ((1, 2, 5), ["sequence_gap"], (2, 0, 0)),
        ((1, 3, 2), [], (0, 0, 0)),
        ((1, 5, 3), ["sequence_gap"], (2, 0, 0)),
        ((1, 2, 2), ["sequence_again"], (0, 1, 0)),
        ((5, 6, 3, 3), ["sequence_again"], (0, 2, 0)),
        ((5, 6, 1, 2, 3), [], (0, 0, 1)),
        ((5, 6, 2, 3, 4), ["sequence_again"], (0, 1, 1)),
        ((1, 3, 5, 7), ["sequence_gap"], (3, 0, 0)),
        ((3, 8, 1, 2, 3, 8), ["sequence_gap"], (8, 0, 1)),
        ((5, 6, 2, 1, 3), ["sequence_again"], (0, 1, 1)),
    ],
)
def test_a_sequence_says_what_is_missing(
    sent: tuple[int, ...], codes_: list[str], counted: tuple[int, int, int]
) -> None:
    """Numbers between are missing, a number that was there came twice, 1 begins anew, and what
    comes out of order within half a minute is no gap."""
    stage = numbers(*sent)
    run(stage, 40, 1)
    row = stage.state.routes["door"]

    assert codes_ == sorted(set(told(stage)))
    assert counted == (row.missed, row.again, row.restarts)


def test_what_is_too_old_begins_no_sequence_anew() -> None:
    """A relay that sends yesterday's alerts once more: they are refused, and say nothing of the
    script now."""
    stage = numbers(8, 9)
    for number in (1, 3, 4):
        stage.say("heartbeat", sequence=number, time_ns=stage.now - 3600 * SECOND_NS)
    stage.say("heartbeat", sequence=10)
    run(stage, 40, 1)

    assert ([], 0) == (told(stage), stage.state.routes["door"].restarts)


def test_what_came_too_late_to_be_served_is_missing() -> None:
    """It was refused, so that nothing was done for it: its number is told."""
    stage = numbers(1)
    stage.say("buy", sequence=2, time_ns=stage.now - 3600 * SECOND_NS)
    stage.say("heartbeat", sequence=3)
    run(stage, 40, 1)

    assert ["sequence_gap"] == told(stage)
    assert ("2", 1) == (alarm(stage, "sequence_gap").value, stage.state.routes["door"].missed)


def test_numbers_that_come_twice_are_told_once_a_run() -> None:
    """Two alerts of one script count into each other with every message: one alarm, not one for
    each; a number in its order ends the run."""
    stage = numbers(8, 9, 9, 9, 3, 9)
    once = told(stage)
    stage.say("heartbeat", sequence=10)
    stage.say("heartbeat", sequence=10)

    assert (["sequence_again"], ["sequence_again"] * 2) == (once, told(stage))
    assert 5 == stage.state.routes["door"].again


def test_a_gap_names_its_numbers_and_its_script() -> None:
    """So that they can be found in TradingView's alert log."""
    stage = numbers(1, 4, 6)
    run(stage, 40, 60)
    found = alarm(stage, "sequence_gap")

    assert ("2 to 3, 5", "6", "route door, trend, BTCUSDT") == (
        found.value,
        found.limit,
        found.where,
    )
    assert {} == stage.state.awaited


def test_a_missing_number_is_waited_for_to_the_second() -> None:
    """TradingView repeats a delivery for a while."""
    stage = numbers(1, 3)
    noticed_ns = stage.now

    assert noticed_ns + 30 * SECOND_NS == next_due(stage.state, stage.now)
    stage.wait("29.9")
    stage.tick()
    assert [] == told(stage)
    restarted(stage)
    stage.wait("0.1")
    stage.tick()
    assert ["sequence_gap"] == told(stage)


def test_each_script_counts_for_itself() -> None:
    """One strategy on two symbols is two alerts of TradingView."""
    stage = Stage(routed())
    for number in (1, 2, 3):
        stage.say("heartbeat", sequence=number)
        stage.say("heartbeat", sequence=number, symbol="ETHUSDT")
        stage.say("heartbeat", sequence=number, strategy="fade")
    run(stage, 60)

    assert [] == told(stage)


def test_a_delivery_that_is_repeated_counts_its_number_once() -> None:
    """The same id is a duplicate, and says nothing about the sequence."""
    stage = Stage(routed())
    message = stage.signal("heartbeat", sequence=1)
    stage.do(message)
    stage.do(message)
    row = stage.state.routes["door"]

    assert ([], 1, 1, 0) == (told(stage), row.received, row.repeated, row.again)


def test_a_number_never_refuses_an_order() -> None:
    """Missing, repeated, from before: the order is judged as if it had none."""
    stage = Stage(routed())
    answers = [codes(stage.say("buy", sequence=number)) for number in (4, 9, 9, 2, 1)]

    assert ["admitted"] * 5 == answers


def test_what_is_waited_for_is_bounded() -> None:
    """A counter that jumps with every alert is none; what is given up is counted."""
    row, lost = EMPTY, 0
    for number in range(1, 100, 2):
        found = count(row, number, number)
        row, lost = found.row, lost + found.lost

    assert RANGES_MAX == len(row.missing)
    assert 49 == RANGES_MAX + lost


def test_a_number_out_of_a_range_leaves_the_rest() -> None:
    """The first, the last, one in the middle."""
    row = StreamRow(
        route="", strategy="", symbol="", last=9, missing=(Missing(2, 4, 7), Missing(6, 8, 8))
    )
    for number, left in (
        (2, ((3, 4), (6, 8))),
        (4, ((2, 3), (6, 8))),
        (7, ((2, 4), (6, 6), (8, 8))),
    ):
        found = count(row, number, 10)

        assert LATE == found.what
        assert left == tuple((one.first, one.last) for one in found.row.missing)
    assert (AGAIN, RESTARTED) == (count(row, 5, 10).what, count(row, 1, 10).what)


def test_scripts_are_bounded() -> None:
    """A symbol is the sender's own text; the script that was heard last leaves."""
    stage = Stage(routed())
    for place in range(STREAMS_MAX + 3):
        stage.now += 1
        stage.do(stage.signal("heartbeat", symbol=f"S{place}", sequence=1))
        if place < 2:
            stage.say("heartbeat", symbol=f"S{place}", sequence=3)

    assert STREAMS_MAX == len(stage.state.streams)
    assert ("door", "trend", "S0", "") not in stage.state.streams
    assert set(stage.state.awaited) <= set(stage.state.streams)


# --- too many in three minutes


def test_a_crowd_is_told_before_tradingview_stops_it() -> None:
    """At the twelfth alert of one script in three minutes; once, until the crowd is over."""
    stage = Stage(routed())
    for _ in range(CROWD_WARN - 1):
        stage.say("heartbeat")
        stage.wait(10)
    before = told(stage)
    for _ in range(10):
        stage.say("heartbeat")
        stage.wait(5)
    once = told(stage)
    stage.wait(180)
    for _ in range(CROWD_WARN):
        stage.say("heartbeat")

    assert ([], ["alerts_crowded"], ["alerts_crowded"] * 2) == (before, once, told(stage))
    assert f"{CROWD_MAX} times in 180 s" == alarm(stage, "alerts_crowded").limit


@pytest.mark.parametrize("kind", ["slow", "several", "repeats", "waived"])
def test_what_is_no_crowd_is_not_told(kind: str) -> None:
    """Alerts that are far enough apart, of several scripts, deliveries that are repeated, and
    senders that are not TradingView."""
    stage = Stage(routed(warn_of_crowd=kind != "waived"))
    one = stage.signal("heartbeat")
    for place in range(30):
        if kind == "repeats":
            stage.do(one)
        else:
            stage.say("heartbeat", symbol=f"S{place % 3}" if kind == "several" else "BTCUSDT")
        stage.wait({"slow": 17, "several": 6}.get(kind, 1))

    assert [] == told(stage)


def test_two_charts_that_name_their_stream_are_counted_apart() -> None:
    """Two timeframes of one strategy and symbol: no gap and no number that came twice; what is
    really missing names its stream. Without a stream they count into each other, as they did."""
    stage = Stage(routed())
    for hourly, daily in ((1, 7), (2, 8), (3, 10)):
        stage.say("heartbeat", sequence=hourly, stream="60")
        stage.say("heartbeat", sequence=daily, stream="D")
    run(stage, 40, 1)

    row = stage.state.routes["door"]
    assert (1, 0, 0) == (row.missed, row.again, row.restarts)
    gap = alarm(stage, "sequence_gap")
    assert ("9", "10") == (gap.value, gap.limit)
    assert "route door, trend, BTCUSDT, stream D" == gap.where
    (missed,) = [one for one in stage.records if isinstance(one, r.AlertsMissed)]
    assert ("D", 9, 9) == (missed.stream, missed.first, missed.last)
    before = stage.state.streams
    restarted(stage)
    assert before == stage.state.streams
    assert {("60", 3), ("D", 10)} == {(one.stream, one.last) for one in before.values()}

    mixed = Stage(routed())
    for hourly, daily in ((1, 7), (2, 8), (3, 9)):
        mixed.say("heartbeat", sequence=hourly)
        mixed.say("heartbeat", sequence=daily)
    run(mixed, 40, 1)
    assert told(mixed)


def test_a_number_twice_and_a_crowd_are_of_one_stream() -> None:
    """Two charts that alert eight times each are no crowd; one that alerts twelve times is, and
    says which it is."""
    stage = Stage(routed())
    for number in range(1, 9):
        for stream in ("60", "D"):
            stage.say("heartbeat", sequence=number, stream=stream)
    assert [] == told(stage)
    stage.say("heartbeat", sequence=8, stream="60")
    again = alarm(stage, "sequence_again")
    assert again.where.endswith("stream 60")
    for number in range(9, CROWD_WARN + 1):
        stage.say("heartbeat", sequence=number, stream="D")

    assert ["sequence_again", "alerts_crowded"] == told(stage)
    assert alarm(stage, "alerts_crowded").where.endswith("stream D")
    crowded = {one.stream: one.crowded for one in stage.state.streams.values()}
    assert {"60": False, "D": True} == crowded
