"""The keeper of calendars: reads files when they change, and tells the core when instruments trade.

Rules of this file
1. A file that cannot be read, or that ends, is told of once, until it changes; nothing is guessed
   in its place.
2. Files are read and turned in another thread: a file of a thousand events must not stop alerts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import structlog

from bridge.calendars.events import Unreadable
from bridge.calendars.reading import Book, Fault, fault_of
from bridge.calendars.reading import read as read_calendar
from bridge.calendars.text import FileReader, Stamp
from bridge.calendars.turning import DAY_NS, INTERVALS_MAX, TOO_MANY, schedule_of
from bridge.config.hours import CalendarFile
from bridge.config.values import Config
from bridge.writer import Writer
from core import commands as c
from core.schedule_rows import ALWAYS_NS
from core.setup import SECOND_NS

log = structlog.get_logger("calendars")

LOOK_EVERY_S: Final = 5.0
"""How often files are looked at: news that are added count within seconds."""

ENDS_SOON_NS: Final = 2 * DAY_NS
"""A calendar that covers less than this is told of: time for a person to get the next one."""


@dataclass(slots=True)
class CalendarKeeper:
    """What is known of calendars. ``schedules``: as they were told last; ``seen``, ``read``: the
    files as they were at the last look, and when they were read."""

    config: Config
    clock: Callable[[], int]
    files: FileReader = field(default_factory=FileReader)
    books: dict[str, Book | Fault] = field(default_factory=dict[str, Book | Fault])
    seen: dict[str, Stamp] = field(default_factory=dict[str, Stamp])
    read: dict[str, Stamp] = field(default_factory=dict[str, Stamp])
    schedules: dict[str, c.LoadSchedule] = field(default_factory=dict[str, c.LoadSchedule])
    told: dict[str, str] = field(default_factory=dict[str, str])
    turned_day: int = -1

    async def keep(self, writer: Writer) -> None:
        """Look at the files for as long as the bridge runs."""
        if not self.config.hours:
            await asyncio.Event().wait()  # there is nothing to look at, until the process ends
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.tell(writer)

    async def tell(self, writer: Writer) -> None:
        """Tell what changed since the last time."""
        if not self.config.hours:
            return
        for command in await asyncio.to_thread(self.look):
            writer.tell(command)

    def look(self) -> list[c.Command]:
        """Read what changed, and say what follows. Runs in a thread, one call at a time."""
        now = self.clock()
        changed = [name for name in self.config.calendars if self._is_new(name)]
        for name in changed:
            self.books[name] = self._read(self.config.calendars[name])
        if not changed and self.turned_day == now // DAY_NS:
            return self._alarms(now)
        self.turned_day = now // DAY_NS
        commands: list[c.Command] = []
        for name, hours in self.config.hours.items():
            schedule = schedule_of(hours, self.books, now)
            if self.schedules.get(name) != schedule:
                self.schedules[name] = schedule
                commands.append(schedule)
        return [*commands, *self._alarms(now)]

    def _is_new(self, name: str) -> bool:
        """Say whether a file has to be read: for the first time, or because it is another one now.
        One that changed since the last look may still be written to."""
        stamp = self.files.stamp(self.config.calendars[name].path)
        settled = self.seen.get(name, stamp) == stamp
        self.seen[name] = stamp
        if name in self.books and (not settled or stamp == self.read[name]):
            return False
        self.read[name] = stamp
        return True

    def _read(self, calendar: CalendarFile) -> Book | Fault:
        try:
            content = self.files.content(calendar.path)
        except Unreadable as problem:
            return fault_of(calendar, problem)
        return read_calendar(calendar, content)

    def _alarms(self, now: int) -> list[c.Command]:
        """Say once of each calendar that it cannot be used, or soon not any more."""
        alarms: list[c.Command] = []
        found = {name: alarm_of(name, book, now) for name, book in self.books.items()}
        for name, schedule in self.schedules.items():
            if schedule.fault == TOO_MANY:
                value = f"its calendars have more than {INTERVALS_MAX} times in two weeks"
                where = f"instruments.{name}"
                found[where] = c.RaiseAlarm(code="calendar_stale", value=value, where=where)
        for name, alarm in found.items():
            word = alarm.code + alarm.value if alarm is not None else ""
            if alarm is not None and self.told.get(name) != word:
                log.warning(alarm.code, calendar=name, what=alarm.value)
                alarms.append(alarm)
            self.told[name] = word
        return alarms


def alarm_of(name: str, book: Book | Fault, now: int) -> c.RaiseAlarm | None:
    """Return the alarm about a calendar that is of no use, or soon will be."""
    where = f"calendars.{name}"
    if isinstance(book, Fault):
        return c.RaiseAlarm(code="calendar_stale", value=book.sentence, where=where)
    if now >= book.until_ns:
        value = f"{book.calendar.path.name} ended at {day_text(book.until_ns)}"
        return c.RaiseAlarm(code="calendar_stale", value=value, where=where)
    if book.until_ns - now < ENDS_SOON_NS:
        value = day_text(book.until_ns)
        return c.RaiseAlarm(code="calendar_ends_soon", value=value, where=where)
    return None


def day_text(at_ns: int) -> str:
    """Write a time for people."""
    if at_ns >= ALWAYS_NS:
        return "no end"
    return datetime.fromtimestamp(at_ns // SECOND_NS, tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
