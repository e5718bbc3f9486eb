"""Calendars as CSV: one event a line, with a header that names the columns.

Rules of this file
1. The columns are ``begin`` and, as far as they are there, ``end``, ``concerns`` and ``title``, in
   any order. A column that is not known is refused: it may be the one that matters.
2. A day without a time is all of it. A time without an offset is in the zone of the calendar.
"""

from __future__ import annotations

import csv
import re
from datetime import UTC, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from bridge.calendars.events import (
    Event,
    Unreadable,
    checked,
    concerned,
    utc_ns,
    whole_days,
    zone_of,
)
from bridge.calendars.text import EVENTS_MAX, day_of

COLUMNS: Final = ("begin", "end", "concerns", "title")

_FORM: Final = "2026-12-25, 2026-12-25 13:30 or 2026-12-25T13:30:00Z"
_WHEN: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?"
    r"(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?)?"
)


class _When(NamedTuple):
    local: datetime
    zone: ZoneInfo
    whole: bool


def read_table(lines: list[str], zone: str, names: frozenset[str], *, news: bool) -> list[Event]:
    """Read a file. ``zone``: of times that name none; ``names``: what events may be about.

    Errors: ``Unreadable``.
    """
    place = zone_of(zone, 1)
    header: list[str] | None = None
    events: list[Event] = []
    for number, line in enumerate(lines, 1):
        cells = _cells(line, number)
        if not any(cells):
            continue
        if header is None:
            header = _header(cells, number)
            continue
        events.append(_event(_row(header, cells, number), number, place, names, news=news))
        if len(events) > EVENTS_MAX:
            raise Unreadable("calendar_too_large", number, "", f"{EVENTS_MAX} events")
    if header is None:
        raise Unreadable("calendar_form", 1, "no header", ", ".join(COLUMNS))
    return events


def _cells(line: str, number: int) -> list[str]:
    """Take one line apart; a text in quotes ends in the line in which it began."""
    try:
        return [cell.strip() for cell in next(csv.reader([line], strict=True), [])]
    except csv.Error as error:
        limit = "text with quotes or commas stands in quotes"
        raise Unreadable("calendar_form", number, str(error), limit) from error


def _header(cells: list[str], line: int) -> list[str]:
    names = [cell.lower() for cell in cells]
    for name in names:
        if name not in COLUMNS:
            raise Unreadable("calendar_part_unknown", line, name[:80], ", ".join(COLUMNS))
    if "begin" not in names or len(set(names)) != len(names):
        limit = "the column begin, and each column once"
        raise Unreadable("calendar_form", line, ", ".join(names)[:80], limit)
    return names


def _row(header: list[str], cells: list[str], line: int) -> dict[str, str]:
    if len(cells) != len(header):
        value = f"{len(cells)} cells"
        raise Unreadable("calendar_form", line, value, f"{len(header)}, as in the header")
    return dict(zip(header, cells, strict=True))


def _event(
    row: dict[str, str], line: int, zone: ZoneInfo, names: frozenset[str], *, news: bool
) -> Event:
    begin = _when(row["begin"], zone, line)
    length, days = timedelta(), int(begin.whole)
    if row.get("end"):
        end = _when(row["end"], zone, line)
        if end.whole is not begin.whole:
            raise Unreadable("calendar_time", line, row["end"][:80], "as its begin is")
        if begin.whole:
            count = (end.local - begin.local).days + 1  # people name the last day
            days = whole_days(count, line, row["end"])
        else:
            span_ns = utc_ns(end.local, end.zone) - utc_ns(begin.local, begin.zone)
            length = timedelta(microseconds=span_ns // 1_000)
    about = [name.strip() for name in row.get("concerns", "").split(";") if name.strip()]
    event = Event(
        line=line,
        begin=begin.local,
        zone=begin.zone,
        length=length,
        days=days,
        title=row.get("title", "")[:200],
        concerns=concerned(about, names, line),
    )
    return checked(event, news=news)


def _when(text: str, zone: ZoneInfo, line: int) -> _When:
    found = _WHEN.fullmatch(text)
    if found is None:
        raise Unreadable("calendar_time", line, text[:80], _FORM)
    day = day_of("".join(found.group(1, 2, 3)), line, _FORM)
    if found[4] is None:
        return _When(datetime.combine(day, time()), zone, whole=True)
    local = datetime.combine(day, time(int(found[4]), int(found[5]), int(found[6] or 0)))
    if found[7] is None:
        return _When(local, zone, whole=False)
    offset = datetime.fromisoformat(f"2000-01-01T00:00:00{found[7]}").utcoffset()
    assert offset is not None, "an offset was matched"
    return _When((local.replace(tzinfo=UTC) - offset).replace(tzinfo=None), ZoneInfo("UTC"), False)
