"""The downtime alarm: when something was open and nobody could take an alert."""

from __future__ import annotations

from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.setup import SECOND_NS, Route
from tests.unit.core.setups import NOW, replaced, setup_of
from tests.unit.core.stage import Stage


def told(stage: Stage) -> list[r.AlarmRaised]:
    """Return the downtime alarms of the last step."""
    last = stage.last.records
    return [one for one in last if isinstance(one, r.AlarmRaised) and one.code == "downtime"]


def starts(stage: Stage, alive_ns: int) -> list[r.AlarmRaised]:
    """Start a process that finds this in the file."""
    known: dict[str, Any] = {"journal": "stage", "epoch": 9, "software": "test"}
    stage.do(c.StartBridge(setup=stage.setup, setup_hash="h", alive_ns=alive_ns, **known))
    return told(stage)


@pytest.mark.parametrize(
    ("away", "alarms"), [("14.999999999", 0), ("15", 0), ("15.000000001", 1), ("3600", 1)]
)
def test_more_than_fifteen_seconds_are_told_once(away: str, alarms: int) -> None:
    """From the last second that is written down, or the journal's last record if that is later."""
    stage = Stage()
    stage.position("1")
    before_ns = stage.now
    stage.wait(away)

    assert alarms == len(starts(stage, before_ns))
    assert [] == starts(stage, stage.now)


def test_it_names_the_window_and_the_routes() -> None:
    """Those that lead to an account with something open, and no others."""
    setup = setup_of("one", "two")
    routes = {
        "first": Route(name="first", accounts=("two",), strategies=("trend",)),
        "second": Route(name="second", accounts=("two", "one"), strategies=("trend",)),
    }
    stage = Stage(replaced(setup, routes=setup.routes | routes))
    order = stage.say(effect="open").orders[0]
    stage.report(stage.say("cancel").orders[1], "cancelled")
    assert "one" == stage.order(order).account
    stage.wait(75)
    (alarm,) = starts(stage, NOW)

    assert "door, second" == alarm.where
    assert "75 s" == alarm.limit
    assert (
        "2023-11-14 22:13:20 UTC to 2023-11-14 22:14:35 UTC (the bridge was not running)"
        == alarm.value
    )


def test_without_anything_open_nothing_was_missed() -> None:
    """Flat and without orders: the next alert says it again."""
    stage = Stage()
    order = stage.position("1")
    stage.fill(stage.say("exit").orders[0], str(order.quantity))
    stage.wait(3600)

    assert [] == starts(stage, NOW)


@pytest.mark.parametrize("at_ns", [0, 10**30])
def test_without_the_file_the_journals_last_record_counts(at_ns: int) -> None:
    """A position is marked at least once a minute: the journal knows roughly. A time that is not
    over yet is none.
    """
    stage = Stage()
    stage.position("1")
    stage.wait(600)
    (alarm,) = starts(stage, at_ns)

    assert "600 s" == alarm.limit


@pytest.mark.parametrize(("since_s", "alarms"), [(15, 0), (16, 1)])
def test_a_store_that_was_away_is_told_the_same(since_s: int, alarms: int) -> None:
    """An outage of the journal is one of the bridge: alerts were answered with 503."""
    stage = Stage()
    stage.entry("1")
    since_ns = stage.now - since_s * SECOND_NS
    stage.do(c.NoteDowntime(since_ns=since_ns, cause="the store was away"))

    assert alarms == len(told(stage))
    assert all("the store was away" in alarm.value for alarm in told(stage))
