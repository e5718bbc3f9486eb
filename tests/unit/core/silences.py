"""Alerts that come and do not come, for the tests."""

from __future__ import annotations

from typing import Any

from core import commands as c
from core import records as r
from core import snapshot
from core.setup import SECOND_NS, Setup
from tests.unit.core.schedules import ns
from tests.unit.core.setups import replaced, setup_of
from tests.unit.core.stage import Stage

CODES = {"route_silent", "alert_overdue", "sequence_gap", "sequence_again", "alerts_crowded"}


def routed(setup: Setup | None = None, **changes: Any) -> Setup:
    """Change the route of a setup; seconds for ``silent_after_s``."""
    setup = setup or setup_of()
    if "silent_after_s" in changes:
        changes["silent_after_ns"] = changes.pop("silent_after_s") * SECOND_NS
    return replaced(setup, routes={"door": replaced(setup.routes["door"], **changes)})


def expected(*spans: tuple[float, float], word: str = "h", route: str = "door") -> c.LoadExpected:
    """Say from when and by when alerts are expected, in seconds after the stage began."""
    return c.LoadExpected(
        route=route,
        expected_ns=tuple((ns(begin), ns(end)) for begin, end in spans),
        valid_until_ns=ns(14 * 24 * 3600),
        source_hash=word,
    )


def told(stage: Stage) -> list[str]:
    """Return the codes of the alarms about silence, of the whole journal."""
    alarms = [one.code for one in stage.records if isinstance(one, r.AlarmRaised)]
    return [code for code in alarms if code in CODES]


def alarm(stage: Stage, code: str) -> r.AlarmRaised:
    """Return the newest alarm of a kind."""
    found = [one for one in stage.records if isinstance(one, r.AlarmRaised) and one.code == code]
    return found[-1]


def something_is_missing(stage: Stage, route: str) -> None:
    """Let alerts of a script be missing, and one that was expected not come."""
    now_s = (stage.now - ns(0)) // SECOND_NS
    stage.do(expected((now_s, now_s + 20), route=route))
    for number in (1, 3):
        stage.say("heartbeat", symbol="", sequence=number)
    stage.wait(31)
    stage.tick()


def run(stage: Stage, seconds: float, step: float = 60) -> None:
    """Let time pass with its ticks."""
    end_ns = stage.now + int(seconds * SECOND_NS)
    while stage.now < end_ns:
        stage.wait(str(min(step, (end_ns - stage.now) / SECOND_NS)))
        stage.tick()


def restarted(stage: Stage) -> None:
    """Let another process go on: from a snapshot, with the same configuration."""
    stage.state = snapshot.load(snapshot.dump(stage.state))
    stage.start()
    for name in stage.setup.accounts:
        stage.recover(name)
