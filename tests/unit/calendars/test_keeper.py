"""The keeper: what it tells the core, when files change, break, end and come back."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bridge.calendars.events import Unreadable
from bridge.calendars.keeper import CalendarKeeper
from bridge.calendars.text import FileReader, Stamp
from bridge.config.hours import CalendarFile
from bridge.config.values import Config
from core import commands as c
from tests.unit.calendars.books import FUTURES, at, hours

NEWS = b"begin\n2026-06-05T12:30Z\n2026-06-30T12:30Z\n"


class Files(FileReader):
    """Files in memory, each change another stamp."""

    def __init__(self) -> None:
        self.texts: dict[str, bytes] = {}
        self.stamps: dict[str, int] = {}
        self.reads = 0

    def write(self, name: str, text: bytes | None) -> None:
        """Write a file, or take it away."""
        self.stamps[name] = self.stamps.get(name, 0) + 1
        if text is None:
            del self.texts[name]
        else:
            self.texts[name] = text

    def stamp(self, path: Path) -> Stamp:
        """Say by what a change would show."""
        text = self.texts.get(path.name)
        return None if text is None else (self.stamps[path.name], len(text))

    def content(self, path: Path) -> bytes:
        """Read a file."""
        self.reads += 1
        if path.name not in self.texts:
            raise Unreadable("calendar_missing")
        return self.texts[path.name]


class World:
    """A keeper over files, and a clock."""

    def __init__(self, text: bytes | None = NEWS) -> None:
        self.now = at("2026-06-01T12:00")
        self.files = Files()
        if text is not None:
            self.files.write("news.csv", text)
        calendar = CalendarFile("news", Path("news.csv"), "news", before_ns=10**9, after_ns=10**9)
        one = hours(FUTURES, calendars=("news",))
        config = SimpleNamespace(hours={"NQ": one}, calendars={"news": calendar})
        self.keeper = CalendarKeeper(cast("Config", config), lambda: self.now, self.files)

    def look(self) -> tuple[list[c.LoadSchedule], list[c.RaiseAlarm]]:
        """Look once."""
        found = self.keeper.look()
        schedules = [one for one in found if isinstance(one, c.LoadSchedule)]
        alarms = [one for one in found if isinstance(one, c.RaiseAlarm)]
        assert len(schedules) + len(alarms) == len(found)
        return schedules, alarms


def test_it_tells_what_is_known_once() -> None:
    """The first look gives the schedule, the next nothing, and the next day another one."""
    world = World()
    (schedule,), alarms = world.look()
    assert (2, "", []) == (len(schedule.news_ns) + 1, schedule.fault, alarms)
    assert ([], []) == world.look()
    world.now = at("2026-06-02T00:00")

    assert 1 == len(world.look()[0])
    assert 1 == world.files.reads


def test_a_file_that_changes_is_read_again_when_it_is_written() -> None:
    """Not at the first sight of a change: then it may still be written to."""
    world = World()
    world.look()
    world.files.write("news.csv", b"begin\n2026-06-05T1")
    assert ([], []) == world.look()
    world.files.write("news.csv", NEWS + b"2026-06-08T12:30Z\n")
    assert ([], []) == world.look()
    (schedule,), alarms = world.look()

    assert (2, []) == (len(schedule.news_ns), alarms)
    assert 2 == world.files.reads


def test_a_file_that_breaks_is_told_of_once() -> None:
    """With its line; and when it is mended, the schedule is back."""
    world = World()
    world.look()
    world.files.write("news.csv", b"begin\nsoon\n")
    world.look()
    (schedule,), (alarm,) = world.look()
    assert ("calendar_time", "news.csv:2") == (schedule.fault, schedule.where)
    assert ("calendar_stale", "calendars.news") == (alarm.code, alarm.where)
    assert "news.csv:2" in alarm.value
    assert ([], []) == world.look()
    world.files.write("news.csv", NEWS)
    world.look()
    (schedule,), alarms = world.look()

    assert ("", []) == (schedule.fault, alarms)


def test_a_file_that_is_not_there() -> None:
    """From the beginning, or taken away: refused with its name."""
    world = World(None)
    (schedule,), (alarm,) = world.look()
    assert ("calendar_missing", "news.csv") == (schedule.fault, schedule.where)
    assert "calendar_stale" == alarm.code
    world.files.write("news.csv", NEWS)
    world.look()
    assert "" == world.look()[0][0].fault
    world.files.write("news.csv", None)
    world.look()

    assert "calendar_missing" == world.look()[0][0].fault


def test_a_calendar_that_ends_is_told_of_before_and_then() -> None:
    """Two days before its last event, and at it; each once."""
    world = World()
    world.look()
    world.now = at("2026-06-28T12:29:59")
    assert [] == world.look()[1]
    world.now = at("2026-06-28T12:31")
    (alarm,) = world.look()[1]
    assert ("calendar_ends_soon", "2026-06-30 12:30 UTC") == (alarm.code, alarm.value)
    world.now = at("2026-06-30T12:30")
    (alarm,) = world.look()[1]
    assert "calendar_stale" == alarm.code

    assert [] == world.look()[1]


def test_more_times_than_the_most_are_told_of() -> None:
    """The file is good, and too much for one instrument: once, with the instrument."""
    lines = "".join(
        f"2026-06-{day:02}T{hour:02}:{minute:02}Z\n"
        for day in range(1, 13)
        for hour in range(24)
        for minute in range(0, 60, 15)
    )
    world = World(f"begin\n{lines}2026-08-01\n".encode())
    (schedule,), (alarm,) = world.look()

    assert "calendar_too_large" == schedule.fault
    assert ("calendar_stale", "instruments.NQ") == (alarm.code, alarm.where)
    assert ([], []) == world.look()


def test_files_of_this_machine(tmp_path: Path) -> None:
    """A change shows, and what is not there or no file has no stamp and cannot be read."""
    files, path = FileReader(), tmp_path / "a.csv"
    assert files.stamp(path) is None
    path.write_bytes(b"begin\n")
    before = files.stamp(path)
    path.write_bytes(b"begin\n2026-06-05\n")

    assert before is not None
    assert before != files.stamp(path)
    assert b"begin\n2026-06-05\n" == files.content(path)
    for wrong in (tmp_path / "none.csv", tmp_path, tmp_path / "a\x00b"):
        with pytest.raises(Unreadable, match=r"calendar_(missing|unreadable)"):
            files.content(wrong)
    path.write_bytes(b"x" * (1024 * 1024 + 1))
    with pytest.raises(Unreadable, match="calendar_too_large"):
        files.content(path)
