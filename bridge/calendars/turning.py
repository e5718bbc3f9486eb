"""From windows, holidays and calendar files to the times of one instrument, as UTC.

Rules of this file
1. Sessions are the windows and the events of session calendars, less holidays and closed times.
   Without either the instrument always trades but then.
2. A weekend is a break that holds the whole of a Saturday or of a Sunday in the zone of the
   instrument.
3. A schedule is known no longer than each of its calendars.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bridge.calendars.events import utc_ns
from bridge.calendars.reading import Book, Fault
from bridge.config.hours import CLOSED, NEWS, SESSIONS, Hours
from bridge.config.windows import Window
from bridge.days import DAYS_AHEAD
from core.commands import LoadSchedule
from core.schedule_rows import ALWAYS_NS, Interval
from core.setup import SECOND_NS

DAY_NS: Final = 24 * 3600 * SECOND_NS

INTERVALS_MAX: Final = 1_000
"""Sessions, and news, of one instrument in two weeks: one every twenty minutes. More is a file
about something else, and would make each record of it large."""

TOO_MANY: Final = "calendar_too_large"
"""The fault of an instrument that has more."""


def schedule_of(hours: Hours, books: Mapping[str, Book | Fault], now_ns: int) -> LoadSchedule:
    """Work out when an instrument trades in the next two weeks."""
    heeded: list[Book] = []
    for name in hours.calendars:
        book = books[name]
        if isinstance(book, Fault):
            return LoadSchedule(instrument=hours.instrument, fault=book.code, where=book.where)
        heeded.append(book)
    today = now_ns // DAY_NS * DAY_NS
    until_ns = today + DAYS_AHEAD * DAY_NS
    span = (today - 2 * DAY_NS, until_ns + 2 * DAY_NS)
    sessions = sessions_of(hours, heeded, span)
    news = joined(_news(hours, heeded, span))
    for found in (sessions, news):
        if len(found) > INTERVALS_MAX:
            where = f"instruments.{hours.instrument}"
            return LoadSchedule(instrument=hours.instrument, fault=TOO_MANY, where=where)
    weekends = weekends_of(sessions, hours.zone)
    valid_until_ns = min([until_ns, *(book.until_ns for book in heeded)])
    text = f"{[book.hash for book in heeded]} {sessions} {weekends} {news} {valid_until_ns}"
    return LoadSchedule(
        instrument=hours.instrument,
        sessions_ns=sessions,
        weekends_ns=weekends,
        news_ns=news,
        valid_until_ns=valid_until_ns,
        source_hash=hashlib.sha256(text.encode()).hexdigest(),
    )


def sessions_of(hours: Hours, books: Iterable[Book], span: Interval) -> tuple[Interval, ...]:
    """Work out the sessions of an instrument that touch a span of time."""
    by_kind: dict[str, list[Book]] = {SESSIONS: [], CLOSED: [], NEWS: []}
    for book in books:
        by_kind[book.calendar.kind].append(book)
    if not hours.windows and not by_kind[SESSIONS]:
        opened: tuple[Interval, ...] = ((0, ALWAYS_NS),)
    else:
        windows = (one for window in hours.windows for one in occurrences(window, span))
        opened = joined([*windows, *_intervals(hours, by_kind[SESSIONS], span)])
    closed = joined([*_holidays(hours, span), *_intervals(hours, by_kind[CLOSED], span)])
    return tuple(_without(opened, closed))


def occurrences(window: Window, span: Interval) -> Iterator[Interval]:
    """Give the times of a weekly window that touch a span."""
    place = ZoneInfo(window.zone)
    for day in _days(span):
        if day.weekday() in window.days:
            last = day + timedelta(days=window.end <= window.begin)
            begin_ns = utc_ns(datetime.combine(day, window.begin), place)
            yield begin_ns, utc_ns(datetime.combine(last, window.end), place)


def _days(span: Interval) -> Iterator[date]:
    """Give the days that touch a span anywhere on earth, and the one before."""
    first = datetime.fromtimestamp(span[0] // SECOND_NS, tz=UTC).date() - timedelta(days=2)
    last = datetime.fromtimestamp(span[1] // SECOND_NS, tz=UTC).date() + timedelta(days=1)
    for ahead in range((last - first).days + 1):
        yield first + timedelta(days=ahead)


def _holidays(hours: Hours, span: Interval) -> Iterator[Interval]:
    place = ZoneInfo(hours.zone)
    for day in hours.holidays:
        begin_ns, end_ns = _whole(day, place)
        if end_ns > span[0] and begin_ns < span[1]:
            yield begin_ns, end_ns


def _whole(day: date, place: ZoneInfo) -> Interval:
    """Return a day from midnight to midnight."""
    after = day + timedelta(days=1)
    return (
        utc_ns(datetime.combine(day, time()), place),
        utc_ns(datetime.combine(after, time()), place),
    )


def _intervals(hours: Hours, books: Iterable[Book], span: Interval) -> Iterator[Interval]:
    """Give the times of the events that concern an instrument: by name, or because they name
    nothing."""
    for book in books:
        for event in book.events:
            if not event.concerns or hours.concerns.intersection(event.concerns):
                yield from event.within(*span)


def _news(hours: Hours, books: Iterable[Book], span: Interval) -> Iterator[Interval]:
    """Give the times around the news that concern an instrument."""
    for book in books:
        if book.calendar.kind != NEWS:
            continue
        before_ns, after_ns = book.calendar.before_ns, book.calendar.after_ns
        wide = (span[0] - after_ns, span[1] + before_ns)
        for begin_ns, end_ns in _intervals(hours, [book], wide):
            yield begin_ns - before_ns, end_ns + after_ns


def joined(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Put intervals in order; what touches is one."""
    found: list[Interval] = []
    for begin_ns, end_ns in sorted(intervals):
        if begin_ns >= end_ns:
            continue  # a night that a change of clocks has swallowed
        if found and begin_ns <= found[-1][1]:
            before = found.pop()
            found.append((before[0], max(end_ns, before[1])))
        else:
            found.append((begin_ns, end_ns))
    return tuple(found)


def _without(opened: Iterable[Interval], closed: tuple[Interval, ...]) -> Iterator[Interval]:
    """Cut closed times out of open ones."""
    for begin_ns, end_ns in opened:
        at_ns = begin_ns
        for shut_ns, open_ns in closed:
            if open_ns <= at_ns or shut_ns >= end_ns:
                continue
            if shut_ns > at_ns:
                yield at_ns, shut_ns
            at_ns = open_ns
        if at_ns < end_ns:
            yield at_ns, end_ns


def weekends_of(sessions: tuple[Interval, ...], zone: str) -> tuple[int, ...]:
    """Return the ends of sessions that a weekend follows; the last one is followed by nothing that
    is known."""
    place = ZoneInfo(zone)
    pairs = zip(sessions, (*sessions[1:], None), strict=True)
    return tuple(
        this[1]
        for this, after in pairs
        if this[1] < ALWAYS_NS and _is_weekend(this[1], after[0] if after else ALWAYS_NS, place)
    )


def _is_weekend(from_ns: int, until_ns: int, place: ZoneInfo) -> bool:
    first = datetime.fromtimestamp(from_ns // SECOND_NS, tz=UTC).astimezone(place).date()
    for ahead in range(8):  # a longer break has a weekend in it
        day = first + timedelta(days=ahead)
        begin_ns, end_ns = _whole(day, place)
        if day.weekday() >= 5 and from_ns <= begin_ns and end_ns <= until_ns:
            return True
    return False
