"""The days of an account: midnights of its own zone, as UTC times that the core can compare."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core.commands import LoadCalendar

DAYS_AHEAD: Final = 14
"""How far a calendar reaches: two weeks, a bridge left alone over a holiday knows its days."""

RENEW_BELOW_DAYS: Final = 7
"""A calendar is made anew when less than this is left of it."""

_SECOND_NS: Final = 1_000_000_000


def calendar_of(account: str, zone: str, now_ns: int) -> LoadCalendar:
    """Work out today's start and the next ones. Daylight saving moves them; the zone's own rules
    say when."""
    place = ZoneInfo(zone)
    today = datetime.fromtimestamp(now_ns // _SECOND_NS, tz=UTC).astimezone(place).date()
    starts = tuple(
        int(datetime.combine(today + timedelta(days=day), time(), tzinfo=place).timestamp())
        * _SECOND_NS
        for day in range(DAYS_AHEAD + 1)
    )
    digest = hashlib.sha256(f"{zone} {starts}".encode()).hexdigest()
    return LoadCalendar(
        account=account, days_ns=starts, valid_until_ns=starts[-1], source_hash=digest
    )
