"""Calendars as CSV: columns, times, and what is refused with its line."""

from __future__ import annotations

import pytest

from bridge.calendars.text import EVENTS_MAX, FILE_BYTES_MAX
from tests.unit.calendars.books import at, book, fault, within


def news(text: str, **fields: object) -> list[str]:
    """Read a table of news and write its times."""
    found = book(text.encode(), "news.csv", "news", **fields)
    return within(found, "2026-01-01", "2027-01-01")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("2026-12-25,", "12-25 00:00 to 12-26 00:00"),
        ("2026-12-25,2026-12-26", "12-25 00:00 to 12-27 00:00"),
        ("2026-12-25 13:30,", "12-25 13:30 to 12-25 13:30"),
        ("2026-12-25T13:30:05Z,2026-12-25T14:00Z", "12-25 13:30 to 12-25 14:00"),
        ("2026-12-25T13:30+02:00,", "12-25 11:30 to 12-25 11:30"),
        ("2026-12-25T13:30-05:30,", "12-25 19:00 to 12-25 19:00"),
    ],
)
def test_times(row: str, expected: str) -> None:
    """Whole days to their last one, and times in UTC, with an offset, or in the calendar's zone."""
    assert [expected] == news(f"begin,end\n{row}\n")


def test_a_time_without_an_offset_is_in_the_zone_of_the_calendar() -> None:
    """Before and after a change of clocks the same time of the day is another one in UTC."""
    text = "begin\n2026-10-30 08:30\n2026-11-06 08:30\n"

    assert ["10-30 12:30 to 10-30 12:30", "11-06 13:30 to 11-06 13:30"] == news(
        text, zone="America/New_York"
    )


def test_columns_come_in_any_order() -> None:
    """With a byte-order mark, Windows line ends, quotes and empty lines."""
    text = '\ufefftitle,Concerns,begin\r\n"Payrolls, US",USD; NQ,2026-11-06 13:30Z\r\n\r\n'
    found = book(text.replace(" 13:30Z", "T13:30Z").encode(), "news.csv", "news")

    assert [("Payrolls, US", ("USD", "NQ"), 2)] == [
        (event.title, event.concerns, event.line) for event in found.events
    ]
    assert at("2026-11-06T13:30") == found.until_ns


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "calendar_form news.csv:1"),
        ("end\n2026-12-25\n", "calendar_form news.csv:1"),
        ("begin,begin\n", "calendar_form news.csv:1"),
        ("begin,impact\n", "calendar_part_unknown news.csv:1"),
        ("begin,end\n2026-12-25\n", "calendar_form news.csv:2"),
        ("begin\n2026-12-25,x\n", "calendar_form news.csv:2"),
        ("begin\n\n25.12.2026\n", "calendar_time news.csv:3"),
        ("begin\n2026-02-30\n", "calendar_time news.csv:2"),
        ("begin\n2026-12-25 24:00\n", "calendar_time news.csv:2"),
        ("begin\n2026-12-25 13:30 EST\n", "calendar_time news.csv:2"),
        ("begin\n2026-12-25 13:30+15:00\n", "calendar_time news.csv:2"),
        ("begin\n1026-12-25\n", "calendar_time news.csv:2"),
        ("begin\n=1+1\n", "calendar_time news.csv:2"),
        ("begin,end\n2026-12-25,2026-12-24\n", "calendar_end news.csv:2"),
        ("begin,end\n2026-12-25,2026-12-25 10:00\n", "calendar_time news.csv:2"),
        ("begin,end\n2026-12-25 10:00,2026-12-25 10:00\n", "calendar_end news.csv:2"),
        ("begin,concerns\n2026-12-25,usd\n", "calendar_name_unknown news.csv:2"),
        ("begin,concerns\n2026-12-25,ES\n", "calendar_name_unknown news.csv:2"),
        ('begin\n"2026-12-25\n', "calendar_form news.csv:2"),
        ('begin\n"2026-12-25"x\n', "calendar_form news.csv:2"),
    ],
)
def test_what_is_not_known_is_refused_with_its_line(text: str, expected: str) -> None:
    """A table that is not of this form is not used, not even in part."""
    assert expected == fault(text.encode(), "news.csv")


def test_a_table_has_a_largest_size() -> None:
    """Too many rows, and too many bytes."""
    row = "2026-12-25\n"
    many = f"begin\n{row * (EVENTS_MAX + 1)}".encode()
    assert f"calendar_too_large news.csv:{EVENTS_MAX + 2}" == fault(many, "news.csv")
    assert len(many) < FILE_BYTES_MAX
