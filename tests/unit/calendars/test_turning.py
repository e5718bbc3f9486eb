"""From windows and calendars to UTC: midnights, weekends, holidays, changes of clocks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.calendars.reading import Fault
from bridge.calendars.turning import INTERVALS_MAX, joined, schedule_of
from core.schedule_rows import ALWAYS_NS
from tests.unit.calendars.books import (
    FUTURES,
    STOCKS,
    at,
    book,
    hours,
    ics,
    sessions,
    shown,
    window,
)

DAY_NS = 24 * 3600 * 10**9


def test_a_session_over_midnight() -> None:
    """Index futures: an hour's break each afternoon, and the weekend."""
    found = schedule_of(hours(FUTURES), {}, at("2026-06-01T12:00"))

    assert [
        "06-01 22:00 to 06-02 21:00",
        "06-02 22:00 to 06-03 21:00",
        "06-03 22:00 to 06-04 21:00",
        "06-04 22:00 to 06-05 21:00",
        "06-07 22:00 to 06-08 21:00",
    ] == sessions(found, "2026-06-01T22:00", "2026-06-08T22:00")
    assert [at("2026-06-05T21:00"), at("2026-06-12T21:00")] == [*found.weekends_ns[-3:-1]]
    assert at("2026-06-15") == found.valid_until_ns


def test_sessions_that_touch_are_one() -> None:
    """Currencies trade from Sunday to Friday without a break: one session a week."""
    week = window("17:00", "17:00", 6, 0, 1, 2, 3)
    found = schedule_of(hours(week), {}, at("2026-06-03T12:00"))

    assert ["06-07 21:00 to 06-12 21:00"] == sessions(found, "2026-06-07", "2026-06-13")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # Clocks go forward in New York on 8 March, in London on the 29th.
        ("2026-03-05T12:00", ["03-06 14:30 to 03-06 21:00", "03-09 13:30 to 03-09 20:00"]),
        # They go back on 1 November.
        ("2026-10-29T12:00", ["10-30 13:30 to 10-30 20:00", "11-02 14:30 to 11-02 21:00"]),
    ],
)
def test_a_change_of_clocks_moves_a_session(now: str, expected: list[str]) -> None:
    """The local time stays, the time in UTC moves by an hour, both ways."""
    found = schedule_of(hours(STOCKS), {}, at(now))
    day = at(now) // DAY_NS * DAY_NS

    assert expected == shown(
        tuple(one for one in found.sessions_ns if day + DAY_NS <= one[0] < day + 5 * DAY_NS)
    )


@pytest.mark.parametrize(
    ("now", "length"),
    [("2026-03-06T12:00", 23), ("2026-10-30T12:00", 25), ("2026-06-05T12:00", 24)],
)
def test_a_night_in_which_clocks_change_is_shorter_or_longer(now: str, length: int) -> None:
    """What trades through that night has a day of 23 or 25 hours, and no gap."""
    found = schedule_of(hours(window("20:00", "20:00", 5)), {}, at(now))
    begin, end = next(one for one in found.sessions_ns if one[0] > at(now))

    assert length == (end - begin) // (3600 * 10**9)


@pytest.mark.parametrize("zone", ["America/Santiago", "Africa/Cairo", "America/Havana"])
def test_days_that_begin_at_no_midnight_leave_no_gap(zone: str) -> None:
    """Where clocks change at midnight a day that touches the next one still does."""
    always = hours(window("00:00", "00:00", zone=zone), zone=zone)
    for month in range(1, 13):
        found = schedule_of(always, {}, at(f"2026-{month:02}-01"))
        assert 1 == len(found.sessions_ns)


def test_a_holiday_closes_its_whole_day() -> None:
    """From midnight to midnight of the instrument's zone; the evening before stays open."""
    found = schedule_of(hours(FUTURES, holidays=["2026-06-03"]), {}, at("2026-06-01"))

    assert ["06-02 22:00 to 06-03 04:00", "06-04 04:00 to 06-04 21:00"] == sessions(
        found, "2026-06-02T12:00", "2026-06-04T12:00"
    )


def test_a_holiday_makes_a_longer_weekend() -> None:
    """A Friday off: the weekend follows Thursday's session, and Thursday alone."""
    found = schedule_of(hours(STOCKS, holidays=["2026-12-25"]), {}, at("2026-12-21"))
    weekends = [one for one in found.weekends_ns if at("2026-12-22") < one < at("2026-12-29")]

    assert [at("2026-12-24T21:00")] == weekends


def test_a_day_off_is_no_weekend() -> None:
    """What trades every day and has a Friday off has no weekend then."""
    daily = hours(window("09:30", "16:00"), holidays=["2026-12-25"])
    found = schedule_of(daily, {}, at("2026-12-21"))

    assert () == found.weekends_ns[:-1]


def test_a_file_of_closed_times_cuts_sessions() -> None:
    """A half day, and a whole one."""
    closed = book(
        ics(
            "DTSTART;TZID=America/New_York:20261127T130000|DURATION:PT3H",
            "DTSTART;VALUE=DATE:20261126",
        ),
        zone="America/New_York",
        covers_until=datetime(2026, 12, 31, tzinfo=UTC).date(),
    )
    found = schedule_of(hours(STOCKS, calendars=("cme",)), {"cme": closed}, at("2026-11-23"))

    assert ["11-25 14:30 to 11-25 21:00", "11-27 14:30 to 11-27 18:00"] == sessions(
        found, "2026-11-25", "2026-11-28"
    )


def test_a_file_of_sessions_opens_what_windows_do_not() -> None:
    """Windows and session calendars add up; without windows the file is all there is."""
    extra = book(ics("DTSTART:20260606T100000Z|DURATION:PT2H"), kind="sessions")
    both = schedule_of(hours(STOCKS, calendars=("cme",)), {"cme": extra}, at("2026-06-01"))
    alone = schedule_of(hours(calendars=("cme",)), {"cme": extra}, at("2026-06-01"))

    assert "06-06 10:00 to 06-06 12:00" in sessions(both, "2026-06-05", "2026-06-08")
    assert ["06-06 10:00 to 06-06 12:00"] == shown(alone.sessions_ns)
    assert at("2026-06-06T12:00") == alone.valid_until_ns


def test_news_that_concern_it() -> None:
    """By currency, by its own name, or about nothing by name; with the minutes around."""
    text = (
        "begin,concerns\n2026-06-05T12:30Z,USD\n2026-06-05T12:40Z,EUR\n2026-06-05T14:00Z,NQ\n"
        "2026-06-05T15:00Z,\n2026-06-05T15:06Z,\n"
    )
    news = book(text.encode(), "news.csv", "news", before_ns=300 * 10**9, after_ns=60 * 10**9)
    found = schedule_of(hours(calendars=("n",)), {"n": news}, at("2026-06-01"))

    assert [
        "06-05 12:25 to 06-05 12:31",
        "06-05 13:55 to 06-05 14:01",
        "06-05 14:55 to 06-05 15:07",
    ] == shown(found.news_ns)
    assert ((0, ALWAYS_NS),) == found.sessions_ns
    assert at("2026-06-05T15:06") == found.valid_until_ns


def test_closed_times_that_concern_another_instrument() -> None:
    """One file can hold the early closes of several; each heeds its own, and those of all."""
    text = "begin,end,concerns\n2026-06-05T15:00Z,2026-06-05T20:00Z,BTCUSDT\n2026-06-08,,\n"
    closed = book(text.encode(), "c.csv", zone="America/New_York")
    found = schedule_of(hours(STOCKS, calendars=("c",)), {"c": closed}, at("2026-06-01"))

    assert ["06-05 13:30 to 06-05 20:00", "06-09 13:30 to 06-09 20:00"] == sessions(
        found, "2026-06-05", "2026-06-10"
    )


def test_one_bad_calendar_makes_the_schedule_unknown() -> None:
    """The fault is told, and nothing is guessed beside it."""
    broken = Fault("calendar_time", "news.csv:3")
    good = book(ics("DTSTART;VALUE=DATE:20261225"))
    found = schedule_of(
        hours(FUTURES, calendars=("a", "b")), {"a": good, "b": broken}, at("2026-06-01")
    )

    assert ("calendar_time", "news.csv:3", ()) == (found.fault, found.where, found.sessions_ns)


def test_more_times_than_the_most() -> None:
    """A file that is about something else makes no record of a megabyte."""
    rule = "DTSTART:20260101T000000Z|DURATION:PT1S|RRULE:FREQ=DAILY"
    minutes = [rule.replace("T0000", f"T{one // 60:02}{one % 60:02}") for one in range(60)]
    many = book(ics(*minutes), kind="sessions")
    found = schedule_of(hours(calendars=("a",)), {"a": many}, at("2026-06-01"))

    assert 60 * 18 > INTERVALS_MAX
    assert "calendar_too_large" == found.fault


def test_the_same_day_gives_the_same_schedule() -> None:
    """It changes once a day, so that the journal does not grow with each look."""
    morning, evening, next_day = (
        schedule_of(hours(FUTURES), {}, at(f"2026-06-0{day}"))
        for day in ("1T00:00", "1T23:59:59", "2T00:00")
    )

    assert morning == evening
    assert morning != next_day


@given(
    zone=st.sampled_from(
        ["UTC", "America/New_York", "Europe/London", "Australia/Sydney", "America/Santiago"]
    ),
    begin=st.integers(0, 24 * 12 - 1),
    end=st.integers(0, 24 * 12 - 1),
    days=st.sets(st.integers(0, 6), min_size=1),
    holidays=st.sets(st.integers(0, 20), max_size=3),
    now=st.integers(0, 365),
)
@settings(max_examples=60)
def test_a_session_is_what_the_clock_on_the_wall_says(
    zone: str, begin: int, end: int, days: set[int], holidays: set[int], now: int
) -> None:
    """At any quarter of an hour, in any zone: open by the schedule is open by the local clock; no
    two sessions touch, and a weekend's beginning is the end of one."""
    words = [f"{one // 12:02}:{one % 12 * 5:02}" for one in (begin, end)]
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=now)
    closed = {(start + timedelta(days=one)).date() for one in holidays}
    one = hours(
        window(words[0], words[1], *days, zone=zone),
        zone=zone,
        holidays=[str(day) for day in closed],
    )
    found = schedule_of(one, {}, int(start.timestamp()) * 10**9)
    place = ZoneInfo(zone)

    assert all(left[1] < right[0] for left, right in pairwise(found.sessions_ns))
    assert {one[1] for one in found.sessions_ns} >= set(found.weekends_ns)
    for quarter in range(0, 13 * 96, 7):
        moment = start + timedelta(minutes=15 * quarter)
        local = moment.astimezone(place)
        if local.utcoffset() != (moment - timedelta(days=1)).astimezone(place).utcoffset():
            continue  # the day of a change has tests of its own
        at_ns = int(moment.timestamp()) * 10**9
        is_open = any(left <= at_ns < right for left, right in found.sessions_ns)
        assert _is_open(local, begin, end, days, closed) is is_open


def _is_open(
    local: datetime, begin: int, end: int, days: set[int], closed: Collection[object]
) -> bool:
    if local.date() in closed:
        return False
    now = (local.hour * 60 + local.minute) / 5
    today, before = local.weekday() in days, (local.weekday() - 1) % 7 in days
    if begin < end:
        return today and begin <= now < end
    return (today and now >= begin) or (before and now < end)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50))))
@settings(max_examples=100)
def test_joining_keeps_every_moment(pairs: list[tuple[int, int]]) -> None:
    """What is in one of them is in the joined, and nothing else."""
    found = joined(pairs)

    for moment in range(52):
        before = any(one <= moment < two for one, two in pairs)
        assert before is any(one <= moment < two for one, two in found)
