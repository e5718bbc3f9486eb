"""iCalendar (RFC 5545), as far as dates of markets need it.

Rules of this file
1. What bears on when an event is, is understood or refused with its line; what is only words about
   it (``NOTES``) is passed over.
2. Of time zones the name counts, and the rules of our own zone files: a ``VTIMEZONE`` block is
   passed over.
3. A rule that is not one of the three simple ones is refused, not read in part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from bridge.calendars.events import (
    COUNT_MAX,
    Event,
    Repeat,
    Unreadable,
    checked,
    concerned,
    utc_ns,
    whole_days,
    zone_of,
)
from bridge.calendars.text import EVENTS_MAX, LINE_MAX, day_of

NOTES: Final = frozenset({
    "ATTACH", "ATTENDEE", "CLASS", "COLOR", "COMMENT", "CONFERENCE", "CONTACT", "CREATED",
    "DESCRIPTION", "DTSTAMP", "GEO", "IMAGE", "LAST-MODIFIED", "LOCATION", "NAME", "ORGANIZER",
    "PRIORITY", "PRODID", "REFRESH-INTERVAL", "RELATED-TO", "SEQUENCE", "SOURCE", "TRANSP", "UID",
    "URL",
})  # fmt: skip
"""Properties that say nothing of when an event is."""

DATES: Final = frozenset({
    "CATEGORIES", "DTEND", "DTSTART", "DURATION", "RRULE", "STATUS", "SUMMARY",
})  # fmt: skip
"""Properties of an event that are read."""

HEADER: Final = {"VERSION": "2.0", "CALSCALE": "GREGORIAN", "METHOD": "PUBLISH"}
"""Properties of the whole file, and the one value that each may have."""

WEEK: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

RULES: Final = (
    "FREQ=DAILY, FREQ=WEEKLY with BYDAY, FREQ=YEARLY, each with INTERVAL and either UNTIL or COUNT"
)

_LINE: Final = re.compile(
    r'(?P<name>[A-Za-z0-9-]+)(?P<parameters>(?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:]*))*):(?P<value>.*)'
)
_PARAMETER: Final = re.compile(r';([A-Za-z0-9-]+)=("[^"]*"|[^";:]*)')
_DATE: Final = re.compile(r"[0-9]{8}")
_TIME: Final = re.compile(r"([0-9]{8})T([0-9]{2})([0-9]{2})([0-9]{2})(Z?)")
_DURATION: Final = re.compile(
    r"P(?:([0-9]{1,3})W|(?:([0-9]{1,3})D)?(?:T(?:([0-9]{1,4})H)?(?:([0-9]{1,5})M)?(?:([0-9]{1,6})S)?)?)"
)
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,3}")
_FORM: Final = "20261225, 20261225T133000Z or 20261225T133000, perhaps with TZID"


class Line(NamedTuple):
    """A line of content, put together from its pieces."""

    number: int
    name: str
    parameters: dict[str, str]
    value: str


class _When(NamedTuple):
    """A time as it was written: local in a zone, or a whole day."""

    local: datetime
    zone: ZoneInfo
    whole: bool


def read_icalendar(
    lines: list[str], zone: str, names: frozenset[str], *, news: bool
) -> list[Event]:
    """Read a file. ``zone``: of times that name none; ``names``: what events may be about.

    Errors: ``Unreadable``.
    """
    stream = _content(lines)
    first = next(stream, None)
    if first is None or (first.name, first.value.upper()) != ("BEGIN", "VCALENDAR"):
        raise Unreadable("calendar_form", 1, "no calendar begins here", "BEGIN:VCALENDAR")
    events: list[Event] = []
    for line in stream:
        if line.name == "BEGIN":
            kind = line.value.upper()
            if kind == "VTIMEZONE":
                _pass_over(stream, kind, line.number)
            elif kind != "VEVENT":
                raise Unreadable("calendar_part_unknown", line.number, kind[:80], "VEVENT")
            else:
                event = _event(stream, line.number, zone_of(zone, line.number), names, news=news)
                events += [event] if event is not None else []
                if len(events) > EVENTS_MAX:
                    limit = f"{EVENTS_MAX} events"
                    raise Unreadable("calendar_too_large", line.number, "", limit)
        elif line.name == "END":
            _ends(line, "VCALENDAR", stream)
            return events
        else:
            _header(line)
    raise Unreadable("calendar_form", len(lines), "the file is cut off", "END:VCALENDAR")


def _content(lines: list[str]) -> Iterator[Line]:
    """Put folded lines together and take them apart by their form."""
    number, text = 0, ""
    for index, piece in enumerate(lines, 1):
        if piece[:1] not in (" ", "\t"):
            if text:
                yield _line(number, text)
            number, text = index, piece
        elif text:
            text += piece[1:]
            if len(text) > LINE_MAX:
                limit = f"{LINE_MAX} characters in a line"
                raise Unreadable("calendar_too_large", number, "", limit)
        elif piece.strip():
            raise Unreadable("calendar_form", index, "nothing that goes on here", "NAME:VALUE")
    if text:
        yield _line(number, text)


def _line(number: int, text: str) -> Line:
    found = _LINE.fullmatch(text)
    if found is None:
        raise Unreadable("calendar_form", number, text[:80], "NAME:VALUE")
    parameters: dict[str, str] = {}
    for key, value in _PARAMETER.findall(found["parameters"]):
        if parameters.setdefault(key.upper(), value.strip('"')) != value.strip('"'):
            raise Unreadable("calendar_form", number, f"{key} twice", "each parameter once")
    return Line(number, found["name"].upper(), parameters, found["value"])


def _ends(line: Line, kind: str, stream: Iterator[Line]) -> None:
    if line.value.upper() != kind:
        raise Unreadable("calendar_form", line.number, f"END:{line.value[:40]}", f"END:{kind}")
    after = next(stream, None)
    if after is not None:
        raise Unreadable("calendar_form", after.number, after.name, "nothing after the calendar")


def _header(line: Line) -> None:
    wanted = HEADER.get(line.name)
    if wanted is not None and line.value.strip().upper() != wanted:
        raise Unreadable(
            "calendar_part_unknown", line.number, f"{line.name}:{line.value[:40]}", wanted
        )
    if wanted is None and line.name not in NOTES and not line.name.startswith("X-"):
        raise Unreadable("calendar_part_unknown", line.number, line.name[:80], ", ".join(HEADER))


def _pass_over(stream: Iterator[Line], kind: str, number: int) -> None:
    """Go to the end of a component, over those inside it."""
    inside = [kind]
    for line in stream:
        if line.name == "BEGIN":
            inside.append(line.value.upper())
        elif line.name == "END":
            if line.value.upper() != inside.pop():
                raise Unreadable(
                    "calendar_form", line.number, f"END:{line.value[:40]}", f"END:{kind}"
                )
            if not inside:
                return
    raise Unreadable("calendar_form", number, "the file is cut off", f"END:{kind}")


def _event(
    stream: Iterator[Line], number: int, zone: ZoneInfo, names: frozenset[str], *, news: bool
) -> Event | None:
    """Read one event; ``None``: it was called off."""
    found: dict[str, Line] = {}
    for line in stream:
        if line.name == "END":
            if line.value.upper() != "VEVENT":
                raise Unreadable(
                    "calendar_form", line.number, f"END:{line.value[:40]}", "END:VEVENT"
                )
            return _made(found, number, zone, names, news=news)
        if line.name == "BEGIN" and line.value.upper() == "VALARM":
            _pass_over(stream, "VALARM", line.number)
        elif line.name in DATES:
            if line.name in found:
                raise Unreadable("calendar_form", line.number, f"{line.name} twice", "each once")
            found[line.name] = line
        elif line.name not in NOTES and not line.name.startswith("X-"):
            raise Unreadable(
                "calendar_part_unknown", line.number, line.name[:80], ", ".join(sorted(DATES))
            )
    raise Unreadable("calendar_form", number, "the event is cut off", "END:VEVENT")


def _made(
    found: dict[str, Line], number: int, zone: ZoneInfo, names: frozenset[str], *, news: bool
) -> Event | None:
    status = found.get("STATUS")
    if status is not None and status.value.upper() not in ("CONFIRMED", "TENTATIVE", "CANCELLED"):
        limit = "CONFIRMED, TENTATIVE, CANCELLED"
        raise Unreadable("calendar_part_unknown", status.number, status.value[:80], limit)
    if "DTSTART" not in found:
        raise Unreadable("calendar_time", number, "no DTSTART", _FORM)
    begin = _when(found["DTSTART"], zone)
    length, days = _length(found, begin, zone)
    categories = found.get("CATEGORIES")
    about: list[str] = []
    if categories is not None:
        about = [name.strip() for name in categories.value.split(",") if name.strip()]
    summary = found.get("SUMMARY")
    rule = found.get("RRULE")
    event = Event(
        line=number,
        begin=begin.local,
        zone=begin.zone,
        length=length,
        days=days,
        title=summary.value[:200] if summary is not None else "",
        concerns=concerned(about, names, categories.number if categories is not None else number),
        repeat=_repeat(rule, begin) if rule is not None else None,
    )
    event = checked(event, news=news)
    return None if status is not None and status.value.upper() == "CANCELLED" else event


def _when(line: Line, zone: ZoneInfo) -> _When:
    parameters, value = line.parameters, line.value.strip()
    kind = parameters.get("VALUE", "DATE-TIME").upper()
    unknown = sorted(set(parameters) - {"VALUE", "TZID"})
    if unknown or kind not in ("DATE", "DATE-TIME"):
        what = unknown[0] if unknown else f"VALUE={kind[:40]}"
        raise Unreadable("calendar_part_unknown", line.number, what, "VALUE=DATE, TZID")
    if _DATE.fullmatch(value) and (kind == "DATE" or "VALUE" not in parameters):
        day = day_of(value, line.number, _FORM)
        return _When(datetime.combine(day, time()), zone, whole=True)
    found = _TIME.fullmatch(value)
    if found is None or kind == "DATE":
        raise Unreadable("calendar_time", line.number, value[:80], _FORM)
    day = day_of(found[1], line.number, _FORM)
    hour, minute, second = int(found[2]), int(found[3]), min(int(found[4]), 59)
    if hour > 23 or minute > 59 or int(found[4]) > 60:
        raise Unreadable("calendar_time", line.number, value[:80], _FORM)
    if "TZID" in parameters and found[5]:
        raise Unreadable("calendar_form", line.number, "TZID beside a time in UTC", "one of them")
    if found[5]:
        zone = ZoneInfo("UTC")
    elif "TZID" in parameters:
        zone = zone_of(parameters["TZID"], line.number)
    return _When(datetime.combine(day, time(hour, minute, second)), zone, whole=False)


def _length(found: dict[str, Line], begin: _When, zone: ZoneInfo) -> tuple[timedelta, int]:
    """Return how long an event lasts, in time or in whole days."""
    end, duration = found.get("DTEND"), found.get("DURATION")
    if end is not None and duration is not None:
        raise Unreadable("calendar_form", duration.number, "DURATION beside DTEND", "one of them")
    if end is not None:
        until = _when(end, zone)
        if until.whole is not begin.whole:
            raise Unreadable("calendar_time", end.number, end.value[:80], "as DTSTART is")
        if begin.whole:
            return timedelta(), whole_days((until.local - begin.local).days, end.number, end.value)
        span_ns = utc_ns(until.local, until.zone) - utc_ns(begin.local, begin.zone)
        return timedelta(microseconds=span_ns // 1_000), 0
    if duration is not None:
        span = _duration(duration)
        if begin.whole:
            return timedelta(), whole_days(span.days, duration.number, duration.value)
        return span, 0
    return timedelta(), int(begin.whole)


def _duration(line: Line) -> timedelta:
    found = _DURATION.fullmatch(line.value.strip())
    if found is None or not any(found.groups()):
        raise Unreadable("calendar_time", line.number, line.value[:80], "PT1H30M, P1D or P1W")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


def _repeat(line: Line, begin: _When) -> Repeat:
    parts: dict[str, str] = {}
    for part in line.value.upper().split(";"):
        key, _, value = part.partition("=")
        if not value or key in parts:
            raise Unreadable("calendar_rule", line.number, part[:80], RULES)
        parts[key] = value
    every = parts.pop("FREQ", "")
    interval, count = parts.pop("INTERVAL", "1"), parts.pop("COUNT", None)
    until, days = parts.pop("UNTIL", None), parts.pop("BYDAY", "")
    if parts.pop("WKST", "MO") != "MO" or parts:
        raise Unreadable("calendar_rule", line.number, line.value[:80], RULES)
    named = [day for day in days.split(",") if day]
    numbers = all(_NUMBER.fullmatch(number) for number in (interval, count or "1"))
    known = every in ("DAILY", "WEEKLY", "YEARLY") and set(named) <= set(WEEK)
    one_end = until is None or count is None
    if not (numbers and known and one_end) or (named and every != "WEEKLY"):
        raise Unreadable("calendar_rule", line.number, line.value[:80], RULES)
    if count is not None and int(count) > COUNT_MAX:
        raise Unreadable("calendar_rule", line.number, f"COUNT={count}", f"COUNT up to {COUNT_MAX}")
    weekdays = tuple(sorted({WEEK.index(day) for day in named})) or (begin.local.weekday(),)
    if every == "WEEKLY" and begin.local.weekday() not in weekdays:
        raise Unreadable("calendar_rule", line.number, days, "a BYDAY that DTSTART is one of")
    until_ns = None if until is None else _until_ns(line, until, begin)
    return Repeat(every, int(interval), weekdays, until_ns, None if count is None else int(count))


def _until_ns(line: Line, text: str, begin: _When) -> int:
    """Read the last moment at which an event may begin anew; of a day, all of it."""
    if begin.whole and _DATE.fullmatch(text):
        day = day_of(text, line.number, "UNTIL=20261231")
        return utc_ns(datetime.combine(day, time(23, 59, 59)), begin.zone)
    found = _TIME.fullmatch(text)
    if found is None or not found[5] or begin.whole:
        raise Unreadable(
            "calendar_rule", line.number, f"UNTIL={text[:40]}", "as DTSTART is, in UTC"
        )
    when = _when(Line(line.number, "UNTIL", {}, text), begin.zone)
    return int(when.local.replace(tzinfo=UTC).timestamp()) * 1_000_000_000
