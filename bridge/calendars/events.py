"""An event of a calendar file, and how it repeats.

Rules of this file
1. A local time that comes twice is the first of the two; one that does not come is as far after the
   change as it would have been (RFC 5545). So what touches by the clock touches in UTC.
2. A repetition is walked within bounds: a rule is begun near the time that is asked about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from core.schedule_rows import ALWAYS_NS
from core.setup import SECOND_NS

YEAR_FIRST: Final = 1970
YEAR_LAST: Final = 2100
"""Years of an event: before and after them stands a slip of the pen."""

COUNT_MAX: Final = 1_000
"""Repetitions of a rule that counts them: they are walked from the first one on."""

LENGTH_MAX: Final = timedelta(days=366)
"""The longest event: a year. A longer one has its end on the wrong line."""


class Unreadable(Exception):
    """What is wrong with a calendar file, and in which line. Never leaves ``bridge.calendars``."""

    def __init__(self, code: str, line: int = 0, value: str = "", limit: str = "") -> None:
        super().__init__(code)
        self.code, self.line, self.value, self.limit = code, line, value, limit


@dataclass(frozen=True, slots=True)
class Repeat:
    """How an event repeats. ``every``: ``DAILY``, ``WEEKLY`` or ``YEARLY``; ``days``: of a week, 0
    is Monday. ``until``: a UTC time after which it does not begin; ``count``: so often in all."""

    every: str
    interval: int = 1
    days: tuple[int, ...] = ()
    until_ns: int | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One event. ``begin`` is local in ``zone``; it lasts ``length``, or, when it is about whole
    days, ``days`` of them. ``concerns``: what it is about by name, nothing: everything."""

    line: int
    begin: datetime
    zone: ZoneInfo
    length: timedelta = timedelta()
    days: int = 0
    title: str = ""
    concerns: tuple[str, ...] = ()
    repeat: Repeat | None = None

    def interval(self, day: date) -> tuple[int, int]:
        """Return when it begins and ends, if it is on this day."""
        begin_ns = utc_ns(datetime.combine(day, self.begin.time()), self.zone)
        if self.days:
            last = datetime.combine(day + timedelta(days=self.days), time())
            return begin_ns, utc_ns(last, self.zone)
        return begin_ns, begin_ns + self.length // timedelta(microseconds=1) * 1_000

    def within(self, from_ns: int, until_ns: int) -> Iterator[tuple[int, int]]:
        """Give its intervals that touch a span of time, in order."""
        if self.repeat is None:
            found = self.interval(self.begin.date())
            if found[1] >= from_ns and found[0] < until_ns:
                yield found
            return
        first = _day_of(from_ns) - (self.length + timedelta(days=self.days + 2))
        for day in _days(self.begin.date(), self.repeat, first):
            found = self.interval(day)
            last = self.repeat.until_ns
            if found[0] >= until_ns or (last is not None and found[0] > last):
                return
            if found[1] >= from_ns:
                yield found

    def covers_ns(self) -> int:
        """Return until when it says something: its last end; a rule without an end never ends."""
        if self.repeat is None:
            return self.interval(self.begin.date())[1]
        if self.repeat.until_ns is not None:
            return self.repeat.until_ns
        if self.repeat.count is None:
            return ALWAYS_NS
        *_, last = _days(self.begin.date(), self.repeat, self.begin.date())
        return self.interval(last)[1]


def _day_of(at_ns: int) -> date:
    return datetime.fromtimestamp(max(at_ns, 0) // SECOND_NS, tz=UTC).date()


def _days(begin: date, repeat: Repeat, first: date) -> Iterator[date]:
    """Give the days on which a rule begins anew, from about ``first`` on."""
    if repeat.count is None:
        yield from _stepped(begin, repeat, first)
        return
    for number, day in enumerate(_stepped(begin, repeat, begin)):
        if number >= repeat.count:
            return
        yield day


def _stepped(begin: date, repeat: Repeat, first: date) -> Iterator[date]:
    if repeat.every == "YEARLY":
        start = max(begin.year, first.year - 1)
        start += -(start - begin.year) % repeat.interval
        for year in range(start, YEAR_LAST + 1, repeat.interval):
            if (begin.month, begin.day) != (2, 29) or _is_leap(year):
                yield begin.replace(year=year)
        return
    weekly = repeat.every == "WEEKLY"
    step = repeat.interval * (7 if weekly else 1)
    days = repeat.days if weekly else (0,)
    zero = begin - timedelta(days=begin.weekday()) if weekly else begin
    skipped = max((first - zero).days // step - 1, 0)
    zero += timedelta(days=skipped * step)
    while zero.year <= YEAR_LAST:
        for day in days:
            found = zero + timedelta(days=day)
            if found >= begin:
                yield found
        zero += timedelta(days=step)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def utc_ns(local: datetime, zone: ZoneInfo) -> int:
    """Turn a local time into UTC."""
    seconds = int(local.replace(tzinfo=zone, fold=0).timestamp())
    return seconds * SECOND_NS


def zone_of(name: str, line: int) -> ZoneInfo:
    """Find a time zone by its IANA name.

    Errors: ``Unreadable``.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Unreadable("calendar_zone", line, name) from error


def whole_days(count: int, line: int, end: str) -> int:
    """Return how many whole days an event lasts.

    Errors: ``Unreadable``: at least one it has to be.
    """
    if count < 1:
        raise Unreadable("calendar_end", line, end[:80], "after its begin")
    return count


def checked(event: Event, *, news: bool) -> Event:
    """Return an event whose times make sense.

    Errors: ``Unreadable``.
    """
    if not YEAR_FIRST <= event.begin.year <= YEAR_LAST:
        span = f"a year from {YEAR_FIRST} to {YEAR_LAST}"
        raise Unreadable("calendar_time", event.line, str(event.begin.year), span)
    length = event.length + timedelta(days=event.days)
    if length < timedelta() or (not length and not news):
        raise Unreadable("calendar_end", event.line, str(event.begin + length), "after its begin")
    if length > LENGTH_MAX:
        raise Unreadable("calendar_end", event.line, str(event.begin + length), "within a year")
    return event


def concerned(names: list[str], known: frozenset[str], line: int) -> tuple[str, ...]:
    """Return what an event is about: currencies, and instruments that there are.

    Errors: ``Unreadable``: a name that nobody knows would silently concern nobody.
    """
    for name in names:
        if name not in known and not (len(name) == 3 and name.isascii() and name.isupper()):
            raise Unreadable("calendar_name_unknown", line, name[:80])
    return tuple(dict.fromkeys(names))
