"""iCalendar files: what is understood, and that everything else is refused with its line."""

from __future__ import annotations

import pytest

from bridge.calendars.text import EVENTS_MAX, FILE_BYTES_MAX
from core.schedule_rows import ALWAYS_NS
from tests.unit.calendars.books import at, book, fault, ics, within

DAY = "DTSTART;VALUE=DATE:20261225"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (DAY, "12-25 00:00 to 12-26 00:00"),
        ("DTSTART:20261225", "12-25 00:00 to 12-26 00:00"),
        (f"{DAY}|DTEND;VALUE=DATE:20261227", "12-25 00:00 to 12-27 00:00"),
        (f"{DAY}|DURATION:P2D", "12-25 00:00 to 12-27 00:00"),
        ("DTSTART:20261224T181500Z|DTEND:20261225T230000Z", "12-24 18:15 to 12-25 23:00"),
        (
            "DTSTART;TZID=America/New_York:20261224T131500|DURATION:PT1H30M",
            "12-24 18:15 to 12-24 19:45",
        ),
        (
            "DTSTART:20261224T131500|DTEND;TZID=America/New_York:20261224T131500",
            "12-24 13:15 to 12-24 18:15",
        ),
        ("DTSTART:20261224T131500|DURATION:P1W", "12-24 13:15 to 12-31 13:15"),
    ],
)
def test_one_event(event: str, expected: str) -> None:
    """A day, several days, a time in UTC, in a zone, or in that of the calendar."""
    assert [expected] == within(book(ics(event)), "2026-12-01", "2027-01-15")


def test_a_time_without_a_zone_is_in_that_of_the_calendar() -> None:
    """Floating times, and whole days, follow the configuration."""
    found = book(ics(DAY), zone="America/Chicago")

    assert ["12-25 06:00 to 12-26 06:00"] == within(found, "2026-12-01", "2027-01-01")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;COUNT=3", ["03-06 14:30", "03-07 14:30", "03-08 13:30"]),
        ("FREQ=DAILY;INTERVAL=2;COUNT=2", ["03-06 14:30", "03-08 13:30"]),
        ("FREQ=WEEKLY;UNTIL=20260320T133000Z", ["03-06 14:30", "03-13 13:30", "03-20 13:30"]),
        ("FREQ=WEEKLY;UNTIL=20260320T132959Z", ["03-06 14:30", "03-13 13:30"]),
        (
            "FREQ=WEEKLY;BYDAY=MO,FR;COUNT=4;WKST=MO",
            ["03-06 14:30", "03-09 13:30", "03-13 13:30", "03-16 13:30"],
        ),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=2", ["03-06 14:30", "03-20 13:30"]),
        ("FREQ=YEARLY;COUNT=1", ["03-06 14:30"]),
    ],
)
def test_rules(rule: str, expected: list[str]) -> None:
    """Each keeps its local time when clocks change on 8 March, and ends where it says."""
    event = f"DTSTART;TZID=America/New_York:20260306T093000|DURATION:PT1H|RRULE:{rule}"
    found = within(book(ics(event)), "2026-01-01", "2027-01-01")

    assert expected == [one.partition(" to ")[0] for one in found]


def test_a_rule_without_an_end_is_looked_at_anywhere() -> None:
    """A daily rule of 1970 is not walked through: what is asked for is found at once."""
    found = book(ics("DTSTART:19700105T093000Z|DURATION:PT1H|RRULE:FREQ=DAILY"))

    assert 2 == len(within(found, "2026-06-01", "2026-06-03"))
    assert ALWAYS_NS == found.until_ns


def test_a_leap_day_comes_every_four_years() -> None:
    """29 February is not moved to another day."""
    found = book(ics("DTSTART;VALUE=DATE:20240229|RRULE:FREQ=YEARLY"))

    assert [] == within(found, "2026-01-01", "2028-01-01")
    assert ["02-29 00:00 to 03-01 00:00"] == within(found, "2028-01-01", "2029-01-01")


def test_an_event_that_lasts_into_the_span_is_there() -> None:
    """What began before counts as long as it lasts."""
    found = book(ics("DTSTART:20260601T000000Z|DURATION:P9D|RRULE:FREQ=YEARLY"))

    assert 1 == len(within(found, "2026-06-09", "2026-06-10"))
    assert 1 == len(within(found, "2027-06-09", "2027-06-10"))


def test_words_about_an_event_are_passed_over() -> None:
    """Descriptions, alarms, zone blocks and X- notes say nothing of when it is."""
    zone = "BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:1970\nEND:STANDARD\nEND:VTIMEZONE"
    header = f"VERSION:2.0\nCALSCALE:GREGORIAN\nMETHOD:PUBLISH\nX-WR-CALNAME:x\n{zone}"
    event = (
        f"UID:1|DTSTAMP:20260101T000000Z|{DAY}|SUMMARY:Christ|  mas|DESCRIPTION:a\\, b"
        '|BEGIN:VALARM|TRIGGER:-PT1H|END:VALARM|X-NOTE;A="b;c:d":e|STATUS:CONFIRMED'
    )
    found = book(ics(event, header=header))

    assert ["Christ mas"] == [one.title for one in found.events]


def test_an_event_that_was_called_off_is_none() -> None:
    """CANCELLED takes it away."""
    assert () == book(ics(f"{DAY}|STATUS:CANCELLED")).events


def test_what_an_event_is_about() -> None:
    """Categories are currencies or instruments."""
    event = "DTSTART:20261106T133000Z|CATEGORIES:USD,NQ,USD"
    (found,) = book(ics(event), kind="news").events

    assert ("USD", "NQ") == found.concerns


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("SUMMARY:x", "calendar_time cme.ics:4"),
        ("DTSTART:20261332", "calendar_time cme.ics:5"),
        ("DTSTART:2026-12-25", "calendar_time cme.ics:5"),
        ("DTSTART:20261225T256000Z", "calendar_time cme.ics:5"),
        ("DTSTART;VALUE=DATE:20261225T100000Z", "calendar_time cme.ics:5"),
        ("DTSTART;VALUE=PERIOD:20261225", "calendar_part_unknown cme.ics:5"),
        ("DTSTART;FOO=1:20261225", "calendar_part_unknown cme.ics:5"),
        ("DTSTART;TZID=Eastern Standard Time:20261225T100000", "calendar_zone cme.ics:5"),
        ("DTSTART;TZID=../../etc/passwd:20261225T100000", "calendar_zone cme.ics:5"),
        ("DTSTART;TZID=America/New_York:20261225T100000Z", "calendar_form cme.ics:5"),
        (f"{DAY}|{DAY}", "calendar_form cme.ics:6"),
        (f"{DAY}|DTEND:20261225T100000Z", "calendar_time cme.ics:6"),
        (f"{DAY}|DTEND;VALUE=DATE:20261225", "calendar_end cme.ics:6"),
        (f"{DAY}|DTEND;VALUE=DATE:20261226|DURATION:P1D", "calendar_form cme.ics:7"),
        ("DTSTART:20261225T100000Z", "calendar_end cme.ics:4"),
        ("DTSTART:20261225T100000Z|DTEND:20261225T090000Z", "calendar_end cme.ics:4"),
        ("DTSTART:20261225T100000Z|DURATION:P400D", "calendar_end cme.ics:4"),
        ("DTSTART:20261225T100000Z|DURATION:P", "calendar_time cme.ics:6"),
        ("DTSTART:22261225T100000Z|DURATION:P1D", "calendar_time cme.ics:4"),
        (f"{DAY}|EXDATE:20261225", "calendar_part_unknown cme.ics:6"),
        (f"{DAY}|RDATE:20261225", "calendar_part_unknown cme.ics:6"),
        (f"{DAY}|RECURRENCE-ID:20261225", "calendar_part_unknown cme.ics:6"),
        (f"{DAY}|STATUS:MAYBE", "calendar_part_unknown cme.ics:6"),
        (f"{DAY}|CATEGORIES:Economic", "calendar_name_unknown cme.ics:6"),
        (f"{DAY}|no colon", "calendar_form cme.ics:6"),
        (f"{DAY}|BEGIN:VTODO", "calendar_part_unknown cme.ics:6"),
        (f"{DAY}|END:VTODO", "calendar_form cme.ics:6"),
        (f"{DAY}|RRULE:FREQ=MONTHLY", "calendar_rule cme.ics:6"),
        (f"{DAY}|RRULE:FREQ=HOURLY", "calendar_rule cme.ics:6"),
        (f"{DAY}|RRULE:FREQ=DAILY;BYMONTH=3", "calendar_rule cme.ics:6"),
        (f"{DAY}|RRULE:FREQ=DAILY;BYDAY=MO", "calendar_rule cme.ics:6"),
        (f"{DAY}|RRULE:FREQ=WEEKLY;BYDAY=1FR", "calendar_rule cme.ics:6"),
        (f"{DAY}|RRULE:FREQ=WEEKLY;BYDAY=MO", "calendar_rule cme.ics:6"),
        (f"{DAY}|RRULE:FREQ=WEEKLY;WKST=SU", "calendar_rule cme.ics:6"),
        (f"{DAY}|RRULE:FREQ=DAILY;COUNT=2;UNTIL=20261231", "calendar_rule cme.ics:6"),
        (f"{DAY}|RRULE:FREQ=DAILY;COUNT=0", "calendar_rule cme.ics:6"),
        (f"{DAY}|RRULE:FREQ=DAILY;COUNT=1001", "calendar_rule cme.ics:6"),
        (f"{DAY}|RRULE:FREQ=DAILY;COUNT=2;COUNT=3", "calendar_rule cme.ics:6"),
        (f"{DAY}|RRULE:FREQ=DAILY;UNTIL=20261231T000000Z", "calendar_rule cme.ics:6"),
        (f"{DAY}|RRULE:FREQ=DAILY;UNTIL=99999999", "calendar_time cme.ics:6"),
        (f"{DAY}|RRULE", "calendar_form cme.ics:6"),
    ],
)
def test_what_is_not_known_is_refused_with_its_line(event: str, expected: str) -> None:
    """Nothing that bears on when an event is, is passed over."""
    assert expected == fault(ics(event))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "calendar_form cme.ics:1"),
        (b"begin,end\n", "calendar_form cme.ics:1"),
        (b"BEGIN:VCALENDAR\nVERSION:2.0\n", "calendar_form cme.ics:3"),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\n", "calendar_form cme.ics:2"),
        (b"BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:X\n", "calendar_form cme.ics:2"),
        (b"BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nEND:VEVENT\n", "calendar_form cme.ics:3"),
        (b"BEGIN:VCALENDAR\nBEGIN:VTODO\n", "calendar_part_unknown cme.ics:2"),
        (b"BEGIN:VCALENDAR\nVERSION:1.0\n", "calendar_part_unknown cme.ics:2"),
        (b"BEGIN:VCALENDAR\nCALSCALE:JULIAN\n", "calendar_part_unknown cme.ics:2"),
        (b"BEGIN:VCALENDAR\nMETHOD:CANCEL\n", "calendar_part_unknown cme.ics:2"),
        (b"BEGIN:VCALENDAR\nFOO:1\n", "calendar_part_unknown cme.ics:2"),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCALENDAR\n", "calendar_form cme.ics:3"),
        (b"BEGIN:VCALENDAR\nEND:VEVENT\n", "calendar_form cme.ics:2"),
        (b" folded\nBEGIN:VCALENDAR\n", "calendar_form cme.ics:1"),
        (b"BEGIN:VCALENDAR\nX-A;B=1;B=2:c\nEND:VCALENDAR\n", "calendar_form cme.ics:2"),
        (b"BEGIN:VCALENDAR\nX-A:\xff\n", "calendar_encoding cme.ics:2"),
        (b"BEGIN:VCALENDAR\nX-A:\x00\n", "calendar_encoding cme.ics:2"),
        (b"BEGIN:VCALENDAR\nX-A:" + b"a" * 9000, "calendar_too_large cme.ics:2"),
        (b"BEGIN:VCALENDAR\nX-A:" + b"a\n " * 9000, "calendar_too_large cme.ics:2"),
    ],
)
def test_a_file_that_is_no_calendar(content: bytes, expected: str) -> None:
    """Cut off, of another kind, or hostile: refused with its line."""
    assert expected == fault(content)


def test_a_file_has_a_largest_size() -> None:
    """More events than the most are refused, at the one that was too many."""
    line = 3 + 3 * EVENTS_MAX + 1

    assert f"calendar_too_large cme.ics:{line}" == fault(ics(*[DAY] * (EVENTS_MAX + 1)))
    assert EVENTS_MAX == len(book(ics(*[DAY] * EVENTS_MAX)).events)
    assert EVENTS_MAX * 50 < FILE_BYTES_MAX


def test_how_far_a_file_reaches() -> None:
    """To the end of its last event, or as the configuration says."""
    found = ics(DAY, "DTSTART:20261106T133000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=2")

    assert at("2026-12-26") == book(found).until_ns
    assert 0 == book(ics()).until_ns
    rule = "DTSTART:20261106T133000Z|DURATION:PT1H|RRULE:FREQ=DAILY;"
    assert at("2026-11-07T14:30") == book(ics(f"{rule}COUNT=2")).until_ns
    assert at("2026-11-09T00:00") == book(ics(f"{rule}UNTIL=20261109T000000Z")).until_ns
