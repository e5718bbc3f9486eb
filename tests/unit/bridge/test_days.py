"""Maintenance windows as UTC times: over midnight, over a change of clocks, side by side."""

from __future__ import annotations

from datetime import UTC, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bridge.config.windows import Window
from bridge.days import DAYS_AHEAD, calendar_of, maintenance_of

SECOND_NS = 1_000_000_000
EVERY_DAY = frozenset(range(7))
DAY_NS = 24 * 3600 * SECOND_NS


def at(text: str) -> int:
    """Return a UTC time in nanoseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND_NS


def window(begin: str, end: str, *days: int, zone: str = "UTC") -> Window:
    """Make a window."""
    chosen = frozenset(days) or EVERY_DAY
    return Window(chosen, time.fromisoformat(begin), time.fromisoformat(end), zone)


def shown(found: tuple[tuple[int, int], ...], count: int = 2) -> list[str]:
    """Write the first intervals for people."""
    return [
        " to ".join(
            datetime.fromtimestamp(one // SECOND_NS, tz=UTC).strftime("%m-%d %H:%M") for one in pair
        )
        for pair in found[:count]
    ]


def test_a_window_over_midnight_is_one() -> None:
    """Begun yesterday and not over: it is there, as long as it lasts."""
    found = maintenance_of([window("23:30", "00:30")], at("2026-03-02T00:10"))
    over = maintenance_of([window("23:30", "00:30")], at("2026-03-02T00:30"))

    assert ["03-01 23:30 to 03-02 00:30", "03-02 23:30 to 03-03 00:30"] == shown(found)
    assert ["03-02 23:30 to 03-03 00:30", "03-03 23:30 to 03-04 00:30"] == shown(over)


def test_a_weekday_is_the_one_on_which_it_begins() -> None:
    """Saturday night reaches into Sunday and does not begin there again."""
    found = maintenance_of([window("22:00", "02:00", 5)], at("2026-03-02T00:00"))

    assert ["03-07 22:00 to 03-08 02:00", "03-14 22:00 to 03-15 02:00"] == shown(found, 9)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # 8 March 2026: 02:00 becomes 03:00 in New York.
        ("2026-03-07T12:00", ["03-08 04:00 to 03-08 07:30", "03-09 03:00 to 03-09 07:30"]),
        # 1 November 2026: 02:00 becomes 01:00 there; half past one comes twice.
        ("2026-10-31T12:00", ["11-01 03:00 to 11-01 08:30", "11-02 04:00 to 11-02 08:30"]),
    ],
)
def test_a_change_of_clocks_moves_it(now: str, expected: list[str]) -> None:
    """Its local times stay; the venue's zone says what they are in UTC."""
    found = maintenance_of([window("23:00", "03:30", zone="America/New_York")], at(now))

    assert expected == shown(tuple(pair for pair in found if pair[0] >= at(now)))


def test_a_local_time_that_comes_twice_is_closed_both_times() -> None:
    """01:15 to 01:45 on the night of the change: from the first to the second quarter to two."""
    found = maintenance_of(
        [window("01:15", "01:45", zone="America/New_York")], at("2026-11-01T00:00")
    )

    assert ["11-01 05:15 to 11-01 06:45"] == shown(found, 1)


def test_a_local_time_that_never_comes_is_closed_round_it() -> None:
    """02:10 to 02:40 is left out in spring: what it could mean is covered."""
    found = maintenance_of(
        [window("02:10", "02:40", zone="America/New_York")], at("2026-03-08T00:00")
    )

    assert ["03-08 06:10 to 03-08 07:40"] == shown(found, 1)


def test_windows_that_touch_are_one() -> None:
    """Two that overlap and one that follows at once: the core sees a single interval."""
    found = maintenance_of(
        [window("01:00", "03:00"), window("02:00", "04:00"), window("04:00", "05:00")],
        at("2026-03-02T00:00"),
    )

    assert ["03-02 01:00 to 03-02 05:00", "03-03 01:00 to 03-03 05:00"] == shown(found)


@given(
    begin=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    end=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati"]),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    now=st.integers(at("2026-01-01T00:00"), at("2026-12-31T00:00")),
)
def test_every_minute_of_a_window_is_covered(
    begin: time, end: time, zone: str, days: frozenset[int], now: int
) -> None:
    """In order, apart, ahead, as far as the calendar reaches; and this moment is judged right."""
    assume(begin != end)
    made = Window(days, begin, end, zone)
    calendar = calendar_of("one", zone, now, [made])
    found = calendar.maintenance_ns
    local = datetime.fromtimestamp(now // SECOND_NS, tz=ZoneInfo(zone))
    minute, night = local.time().replace(second=0, microsecond=0), end <= begin
    today = local.weekday() in days and minute >= begin and (night or minute < end)
    late = (local.weekday() - 1) % 7 in days and night and minute < end

    assert all(a < b for a, b in found)
    assert all(left[1] < right[0] for left, right in pairwise(found))
    assert all(one[1] > now for one in found)
    assert found[-1][1] <= calendar.valid_until_ns + 4 * DAY_NS
    assert found[-1][0] >= now + (DAYS_AHEAD - 7) * DAY_NS
    if today or late:
        assert found[0][0] <= now < found[0][1]
