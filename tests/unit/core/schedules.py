"""Schedules for the tests: in seconds after the stage began."""

from __future__ import annotations

from typing import Any

from core import commands as c
from core.schedule_rows import ALWAYS_NS
from core.setup import SECOND_NS, Setup
from tests.unit.core.setups import NOW, replaced, setup_of
from tests.unit.core.stage import Stage

HOUR = 3600


def ns(seconds: float) -> int:
    """Return a time so many seconds after the stage began."""
    return NOW + int(seconds * SECOND_NS)


def scheduled(setup: Setup, *names: str) -> Setup:
    """Return a setup whose instruments have a calendar."""
    changed = {name: replaced(setup.instruments[name], scheduled=True) for name in names}
    return replaced(setup, instruments=setup.instruments | changed)


def traded(*accounts: str, **changes: Any) -> Setup:
    """Make a setup in which BTCUSDT has a calendar."""
    return scheduled(setup_of(*accounts, **changes), "BTCUSDT")


def schedule(
    *sessions: tuple[float, float], instrument: str = "BTCUSDT", **fields: Any
) -> c.LoadSchedule:
    """Make a schedule, good for a week. ``weekends`` are ends of sessions."""
    news = tuple((ns(begin), ns(end)) for begin, end in fields.pop("news", ()))
    facts: dict[str, Any] = {"valid_until_ns": ns(7 * 24 * HOUR), "source_hash": "h"}
    return c.LoadSchedule(
        instrument=instrument,
        sessions_ns=tuple((ns(begin), ns(end)) for begin, end in sessions),
        weekends_ns=tuple(ns(end) for end in fields.pop("weekends", ())),
        news_ns=news,
        **(facts | fields),
    )


def always(instrument: str) -> c.LoadSchedule:
    """Make the schedule of what never closes."""
    known = {"sessions_ns": ((1, ALWAYS_NS),), "valid_until_ns": ALWAYS_NS, "source_hash": "h"}
    return c.LoadSchedule(instrument=instrument, **known)


def not_flat(stage: Stage) -> None:
    """Let a session of ETHUSDT end in a minute, on a position that does not close; then open it."""
    stage.position("1", symbol="ETHUSDT")
    end = ((1, stage.now + 60 * SECOND_NS),)
    stage.do(replaced(always("ETHUSDT"), sessions_ns=end))
    stage.tick()
    stage.wait(60)
    stage.tick()
    stage.do(always("ETHUSDT"))
