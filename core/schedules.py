"""Schedules: when an instrument trades, and from when on an account is to be flat in it.

Rules of this file
1. Integers are compared. Zones, days of the week and files are the bridge's.
2. A session, a news window and a flat time hold from their first nanosecond to the one before the
   last: at the second of the opening an entry passes, at that of the close it does not.
3. What is not known refuses: an instrument with a calendar trades only while that calendar covers
   the moment and can be read.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final, NamedTuple

from core.commands import LoadSchedule
from core.instruments import Instrument
from core.records import ScheduleLoaded
from core.schedule_rows import ALWAYS_NS, Interval, ScheduleRow
from core.setup import SECOND_NS, Account
from core.state import State

SESSION_CLOSED: Final = "session_closed"
NEWS: Final = "news"
CALENDAR_STALE: Final = "calendar_stale"

HOLDABLE: Final = (SESSION_CLOSED, NEWS)
"""What an entry may wait for instead of being refused, where an account wants it so."""

CLOSE, WEEKEND, NEWS_KIND = "close", "weekend", "news"


class Flat(NamedTuple):
    """A time at which an account is to be flat in an instrument.

    ``kind``: what follows at ``until_ns``. From ``from_ns`` on it is closed; ``over_ns``: until
    then nothing is to be opened.
    """

    kind: str
    from_ns: int
    until_ns: int
    over_ns: int


class Hours(NamedTuple):
    """How an instrument stands at a moment. ``code``: why nothing may be opened, or nothing.

    ``until_ns``: when that changes by itself; zero when it is not known.
    """

    code: str
    until_ns: int


def loaded(command: LoadSchedule, now: int) -> ScheduleLoaded:
    """Record a schedule as the bridge worked it out."""
    facts = {name: getattr(command, name) for name in command.__struct_fields__}
    return ScheduleLoaded(at_ns=now, **facts)


def hours(state: State, instrument: Instrument, now: int) -> Hours:
    """Say whether an instrument trades now, by its sessions and the news."""
    if not instrument.scheduled:
        return Hours("", 0)
    return hours_by(state.schedules.get(instrument.name), now)


def hours_by(row: ScheduleRow | None, now: int) -> Hours:
    """Say the same by a schedule; without one nothing is known."""
    if row is None or row.fault or now >= row.valid_until_ns:
        return Hours(CALENDAR_STALE, 0)
    session = at(row.sessions_ns, now)
    if session is None:
        return Hours(SESSION_CLOSED, begin_after(row.sessions_ns, now))
    news = at(row.news_ns, now)
    if news is not None:
        return Hours(NEWS, news[1])
    return Hours("", min(session[1], begin_after(row.news_ns, now) or session[1]))


def left_text(until_ns: int, now: int) -> str:
    """Say for people how long it is until a time, the last second counted in full."""
    seconds = -((now - until_ns) // SECOND_NS)
    hours_left, minutes = seconds // 3600, seconds % 3600 // 60
    if not until_ns:
        return "a time that is not known"
    if seconds < 120:
        return f"{seconds} s"
    return f"{hours_left} h {minutes} min" if hours_left else f"{minutes} min {seconds % 60} s"


def is_closed(state: State, instrument: Instrument, now: int) -> bool:
    """Say whether it is known that an instrument is outside its sessions."""
    return instrument.scheduled and hours(state, instrument, now).code == SESSION_CLOSED


def schedule_of(state: State, instrument: str) -> ScheduleRow | None:
    """Return the schedule of an instrument that has one, as far as it was ever known."""
    known = state.facts.setup.instruments.get(instrument)
    scheduled = known is not None and known.scheduled
    return state.schedules.get(instrument) if scheduled else None


def flat_at(account: Account, row: ScheduleRow, now: int) -> Flat | None:
    """Return the flat time of this moment, of those that have begun and are not over: the nearest
    that is still to come, else the last that came."""
    found = [flat for flat in _flats(account, row, now) if flat.from_ns <= now < flat.over_ns]
    ahead = [flat for flat in found if now < flat.until_ns]
    if ahead:
        return min(ahead, key=lambda flat: (flat.until_ns, flat.from_ns))
    return max(found, key=lambda flat: flat.until_ns, default=None)


def flats_ahead(account: Account, row: ScheduleRow, now: int) -> list[Flat]:
    """List the flat times that are near and not over, the first first."""
    found = [flat for flat in _flats(account, row, now) if now < flat.over_ns]
    return sorted(found, key=lambda flat: (flat.from_ns, flat.until_ns))


def next_flat(account: Account, row: ScheduleRow, now: int) -> int:
    """Return when something about a flat time changes next; zero when nothing does."""
    times = [
        at_ns
        for flat in _flats(account, row, now)
        for at_ns in (flat.from_ns, flat.until_ns)
        if at_ns > now
    ]
    return min(times, default=0)


def _flats(account: Account, row: ScheduleRow, now: int) -> list[Flat]:
    """List the flat times that are near: of the session and of the news of now, and the next."""
    found: list[Flat] = []
    for begin_ns, end_ns in _near(row.sessions_ns, now):
        if end_ns >= ALWAYS_NS:
            continue
        over_ns = begin_after(row.sessions_ns, end_ns - 1) or ALWAYS_NS
        for kind, ahead_ns in (
            (CLOSE, account.flat_before_close_ns),
            (WEEKEND, account.flat_before_weekend_ns if end_ns in row.weekends_ns else 0),
        ):
            if ahead_ns:
                found.append(Flat(kind, max(begin_ns, end_ns - ahead_ns), end_ns, over_ns))
    if account.flat_before_news_ns:
        for begin_ns, end_ns in _near(row.news_ns, now):
            from_ns = begin_ns - account.flat_before_news_ns
            found.append(Flat(NEWS_KIND, from_ns, begin_ns, end_ns))
    return found


def _near(intervals: tuple[Interval, ...], now: int) -> tuple[Interval, ...]:
    """Return the interval that began last, and the two after it: a short one may hide behind the
    next."""
    index = bisect_right(intervals, now, key=_begin)
    return intervals[max(index - 1, 0) : index + 2]


def _begin(interval: Interval) -> int:
    return interval[0]


def at(intervals: tuple[Interval, ...], now: int) -> Interval | None:
    """Return the interval that a moment is in."""
    index = bisect_right(intervals, now, key=_begin)
    found = intervals[index - 1] if index else None
    return found if found is not None and now < found[1] else None


def before(intervals: tuple[Interval, ...], now: int) -> Interval | None:
    """Return the interval that began last, whether or not it is over; ``None`` when none did."""
    index = bisect_right(intervals, now, key=_begin)
    return intervals[index - 1] if index else None


def begin_after(intervals: tuple[Interval, ...], now: int) -> int:
    """Return when the next interval begins; zero when none is known."""
    index = bisect_right(intervals, now, key=_begin)
    return intervals[index][0] if index < len(intervals) else 0
