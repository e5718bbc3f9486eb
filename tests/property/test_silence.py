"""Sequences and silence against what they mean, whatever comes in whatever order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core import snapshot
from core.engine import next_due
from core.heard_rows import StreamRow
from core.sequences import count
from core.setup import SECOND_NS
from tests.unit.core.silences import expected, restarted, routed, told
from tests.unit.core.stage import Stage, picture, replay

EMPTY = StreamRow(route="door", strategy="trend", symbol="X")


@given(st.permutations(range(2, 14)), st.sets(st.integers(2, 13), max_size=6))
def test_what_never_came_is_what_is_missing(order: list[int], lost: set[int]) -> None:
    """From 1 to a last one, in any order, some not at all: the missing numbers are exactly those
    that never came."""
    row = EMPTY
    for number in (1, *(one for one in order if one not in lost), 14):
        row = count(row, number, 0).row
    missing = {n for one in row.missing for n in range(one.first, one.last + 1)}

    assert (lost, 14) == (missing, row.last)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=60))
def test_the_missing_are_below_the_last_and_apart(numbers: list[int]) -> None:
    """Whatever is sent: ranges do not overlap, are bounded, and the last number was sent."""
    row = EMPTY
    for number in numbers:
        found = count(row, number, 0)
        row = found.row

        assert len(row.missing) <= 16
        assert row.last in numbers
        for one in row.missing:
            assert 1 <= one.first <= one.last


steps = st.lists(
    st.one_of(
        st.tuples(st.just("heartbeat"), st.integers(1, 9)),
        st.tuples(st.just("buy"), st.integers(1, 9)),
        st.tuples(st.just("wait"), st.sampled_from([1, 20, 31, 100, 1000])),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("crowd"), st.integers(1, 14)),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(steps)
def test_any_day_is_told_alike_after_a_replay(play: list[tuple[str, int]]) -> None:
    """A replay, a snapshot and the running state agree; what is due is never in the past for
    longer than a tick; one silence is told once."""
    stage = Stage(routed(silent_after_s=300, expected_by=("10:00",)))
    stage.do(expected((0, 200), (200, 900), (900, 5000)))
    for what, number in play:
        if what == "wait":
            stage.wait(number)
            stage.tick()
            due = next_due(stage.state, stage.now)
            assert due > stage.now - SECOND_NS
        elif what == "restart":
            restarted(stage)
        elif what == "crowd":
            for _ in range(number):
                stage.say("heartbeat", symbol="")
        else:
            stage.say(what, sequence=number)
    alarms = told(stage)

    assert alarms.count("route_silent") <= 1 + sum(what != "wait" for what, _ in play)
    assert alarms.count("alert_overdue") <= 3
    assert picture(stage.state) == picture(replay(stage.records))
    again = snapshot.load(snapshot.dump(stage.state))
    assert stage.state.awaited == again.awaited
