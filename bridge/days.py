"""The calendar of an account: midnights of its own zone and the maintenance of its venue, as UTC
times that the core can compare.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bridge.config.windows import Window
from core.commands import LoadCalendar

DAYS_AHEAD: Final = 14
"""How far a calendar reaches: two weeks, a bridge left alone over a holiday knows its days."""

_SECOND_NS: Final = 1_000_000_000

RENEW_BELOW_NS: Final = 7 * 24 * 3600 * _SECOND_NS
"""A calendar is made anew when less than a week is left of it."""


def calendar_of(
    account: str, zone: str, now_ns: int, windows: Iterable[Window] = ()
) -> LoadCalendar:
    """Work out today's start, the next ones, and the maintenance until then. Daylight saving moves
    them; the zone's own rules say when."""
    place = ZoneInfo(zone)
    today = datetime.fromtimestamp(now_ns // _SECOND_NS, tz=UTC).astimezone(place).date()
    starts = tuple(
        int(datetime.combine(today + timedelta(days=day), time(), tzinfo=place).timestamp())
        * _SECOND_NS
        for day in range(DAYS_AHEAD + 1)
    )
    closed = maintenance_of(windows, now_ns)
    digest = hashlib.sha256(f"{zone} {starts} {closed}".encode()).hexdigest()
    return LoadCalendar(
        account=account,
        days_ns=starts,
        valid_until_ns=starts[-1],
        source_hash=digest,
        maintenance_ns=closed,
    )


def maintenance_of(windows: Iterable[Window], now_ns: int) -> tuple[tuple[int, int], ...]:
    """Work out when a venue is closed: in order, what touches is one."""
    today = datetime.fromtimestamp(now_ns // _SECOND_NS, tz=UTC).date()
    found = sorted(pair for window in windows for pair in _occurrences(window, today))
    joined: list[tuple[int, int]] = []
    for begin_ns, end_ns in found:
        if joined and begin_ns <= joined[-1][1]:
            before = joined.pop()
            joined.append((before[0], max(end_ns, before[1])))
        elif end_ns > now_ns:
            joined.append((begin_ns, end_ns))
    return tuple(joined)


def _occurrences(window: Window, today: date) -> Iterator[tuple[int, int]]:
    place = ZoneInfo(window.zone)
    for ahead in range(-2, DAYS_AHEAD + 2):  # a zone may be a day off, and a night reaches into it
        day = today + timedelta(days=ahead)
        if day.weekday() in window.days:
            last = day + timedelta(days=window.end <= window.begin)
            begin_ns = min(_meanings(day, window.begin, place))
            yield begin_ns, max(_meanings(last, window.end, place))


def _meanings(day: date, at: time, place: ZoneInfo) -> tuple[int, int]:
    """Return what a local time can mean. When clocks change it may come twice, or not at all: a
    window reaches from the earlier of its beginnings to the later of its ends.
    """
    local = datetime.combine(day, at, tzinfo=place)
    first, second = (int(local.replace(fold=fold).timestamp()) * _SECOND_NS for fold in (0, 1))
    return first, second
