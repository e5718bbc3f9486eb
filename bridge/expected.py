"""When alerts of a route are expected, as UTC times that the core can compare."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bridge.calendars.events import utc_ns
from bridge.days import DAYS_AHEAD, RENEW_BELOW_NS
from bridge.writer import Writer
from core.commands import LoadExpected
from core.schedule_rows import Interval
from core.setup import SECOND_NS, Route

_WEEK: Final = range(7)


def expected_of(route: Route, now_ns: int) -> LoadExpected:
    """Work out from when and by when alerts are expected, from yesterday on for two weeks. Daylight
    saving moves the times; the zone's own rules say when."""
    if not route.expected_by:
        return LoadExpected(route=route.name)
    today = datetime.fromtimestamp(now_ns // SECOND_NS, tz=UTC).date()
    days = [today + timedelta(days=ahead) for ahead in range(-2, DAYS_AHEAD + 1)]
    spans = tuple(span for day in days for span in _of_day(route, day))
    until = datetime.combine(days[-1], time(), tzinfo=UTC)
    valid_until_ns = int(until.timestamp()) * SECOND_NS
    text = f"{route.expected_by} {route.expected_zone} {route.expected_days} {spans}"
    return LoadExpected(
        route=route.name,
        expected_ns=spans,
        valid_until_ns=valid_until_ns,
        source_hash=hashlib.sha256(text.encode()).hexdigest(),
    )


def tell_expected(
    writer: Writer, routes: Mapping[str, Route], now_ns: int, *, ending: bool = False
) -> None:
    """Tell the core when alerts are expected. ``ending``: only what is known for less than a week
    is told anew."""
    for name, route in routes.items():
        known = writer.state.routes.get(name)
        left_ns = known.expected_until_ns - now_ns if known is not None else 0
        if not ending or (route.expected_by and left_ns < RENEW_BELOW_NS):
            writer.tell(expected_of(route, now_ns))


def _of_day(route: Route, day: date) -> Iterator[Interval]:
    if day.weekday() not in (route.expected_days or _WEEK):
        return
    place = ZoneInfo(route.expected_zone)
    from_ns = utc_ns(datetime.combine(day, time()), place)
    for text in route.expected_by:
        by_ns = utc_ns(datetime.combine(day, time.fromisoformat(text)), place)
        if by_ns > from_ns:  # midnight itself, and times that the change of clocks makes one
            yield from_ns, by_ns
            from_ns = by_ns
