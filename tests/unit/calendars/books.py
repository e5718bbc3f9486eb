"""Calendar files for the tests, read as the bridge reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from bridge.calendars.reading import Book, Fault, read
from bridge.config.hours import CalendarFile, Hours
from bridge.config.windows import Window
from core.commands import LoadSchedule
from core.schedule_rows import Interval

NEW_YORK = "America/New_York"
NAMES = frozenset({"NQ", "BTCUSDT", "CME:NQ1!"})


def at(text: str) -> int:
    """Return a UTC time in nanoseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def shown(intervals: tuple[Interval, ...], count: int = 99) -> list[str]:
    """Write intervals for people."""
    return [
        " to ".join(
            datetime.fromtimestamp(one // 1_000_000_000, tz=UTC).strftime("%m-%d %H:%M")
            for one in pair
        )
        for pair in intervals[:count]
    ]


def calendar(file: str = "cme.ics", kind: str = "closed", **fields: Any) -> CalendarFile:
    """Make a calendar."""
    return CalendarFile("cme", Path(file), kind, names=NAMES, **fields)


def ics(*events: str, header: str = "VERSION:2.0\nPRODID:test") -> bytes:
    """Make an iCalendar file; an event is its lines, ``|`` between them."""
    parts = [f"BEGIN:VEVENT\n{event.replace('|', chr(10))}\nEND:VEVENT" for event in events]
    lines = "\n".join(["BEGIN:VCALENDAR", header, *parts, "END:VCALENDAR", ""])
    return lines.replace("\n", "\r\n").encode()


def book(content: bytes, file: str = "cme.ics", kind: str = "closed", **fields: Any) -> Book:
    """Read a file that must be good."""
    found = read(calendar(file, kind, **fields), content)
    assert isinstance(found, Book), found
    return found


def fault(content: bytes, file: str = "cme.ics", kind: str = "closed") -> str:
    """Read a file that must be faulty; return the code and the place."""
    found = read(calendar(file, kind), content)
    assert isinstance(found, Fault), found
    assert found.sentence
    assert found.fix
    return f"{found.code} {found.where}"


def within(found: Book, begin: str, end: str) -> list[str]:
    """Write the times of a book's events in a span."""
    span = (at(begin), at(end))
    return shown(tuple(one for event in found.events for one in event.within(*span)))


def window(begin: str, end: str, *days: int, zone: str = NEW_YORK) -> Window:
    """Make a window; no days: every day."""
    chosen = frozenset(days) or frozenset(range(7))
    return Window(chosen, time.fromisoformat(begin), time.fromisoformat(end), zone)


FUTURES = window("18:00", "17:00", 6, 0, 1, 2, 3)
"""Sunday to Thursday evening until the next afternoon, in New York: index futures."""

STOCKS = window("09:30", "16:00", 0, 1, 2, 3, 4)


def hours(*windows: Window, **fields: Any) -> Hours:
    """Make the hours of an instrument."""
    days = tuple(date.fromisoformat(day) for day in fields.pop("holidays", ()))
    facts: dict[str, Any] = {"zone": NEW_YORK, "concerns": frozenset({"NQ", "USD"})}
    return Hours("NQ", windows=windows, holidays=days, **(facts | fields))


def sessions(found: LoadSchedule, begin: str, end: str) -> list[str]:
    """Write the sessions that begin in a span."""
    span = (at(begin), at(end))
    return shown(tuple(one for one in found.sessions_ns if span[0] <= one[0] < span[1]))
