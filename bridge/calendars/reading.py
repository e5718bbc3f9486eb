"""From a calendar file to its events, or to what is wrong with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bridge.calendars.codes import CODES
from bridge.calendars.events import Event, Unreadable, utc_ns
from bridge.calendars.icalendar import read_icalendar
from bridge.calendars.table import read_table
from bridge.calendars.text import lines_of
from bridge.config.hours import NEWS, CalendarFile
from core.codes import fill


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a calendar cannot be used. ``where``: the file, with its line where one is at fault."""

    code: str
    where: str
    value: str = ""
    limit: str = ""

    @property
    def sentence(self) -> str:
        """Say it for people."""
        return fill(CODES[self.code].sentence, self.value, self.limit, self.where)

    @property
    def fix(self) -> str:
        """Say what mends it."""
        return fill(CODES[self.code].fix, self.value, self.limit, self.where)


@dataclass(frozen=True, slots=True)
class Book:
    """A calendar that was read. ``until_ns``: what comes after is not in it."""

    calendar: CalendarFile
    events: tuple[Event, ...]
    until_ns: int
    hash: str


SHORT: Final = 16
"""Characters of the hash of a file in records: enough to tell one version from the next."""


def read(calendar: CalendarFile, content: bytes) -> Book | Fault:
    """Read the bytes of a calendar file."""
    news = calendar.kind == NEWS
    try:
        lines = lines_of(content)
        reader = read_icalendar if calendar.path.suffix.lower() == ".ics" else read_table
        events = reader(lines, calendar.zone, calendar.names, news=news)
        found = max((event.covers_ns() for event in events), default=0)
    except Unreadable as problem:
        return fault_of(calendar, problem)
    return Book(
        calendar=calendar,
        events=tuple(events),
        until_ns=found if calendar.covers_until is None else _end_of(calendar),
        hash=hashlib.sha256(content).hexdigest()[:SHORT],
    )


def fault_of(calendar: CalendarFile, problem: Unreadable) -> Fault:
    """Say what is wrong with a file, and where."""
    name = calendar.path.name
    where = f"{name}:{problem.line}" if problem.line else name
    return Fault(problem.code, where, problem.value, problem.limit)


def _end_of(calendar: CalendarFile) -> int:
    """Return the end of the last day that a calendar is said to cover."""
    assert calendar.covers_until is not None
    after = calendar.covers_until + timedelta(days=1)
    return utc_ns(datetime.combine(after, time()), ZoneInfo(calendar.zone))
