"""``bascule calendar``: when instruments trade next, and how far the calendar files reach.

Rules of this file
1. A running bridge is asked. Without one the files are read as it would read them, and that is said
   first.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from bridge.cli.screen import Screen
from bridge.cli.settings import configuration
from bridge.cli.watching import Row, answered
from bridge.config import Config


def show(screen: Screen, path: Path) -> None:
    """Show sessions, news, times to be flat, and files."""
    config = configuration(path)
    row = answered(config, "/calendar", {}, lambda: from_files(config))
    if screen.as_json:
        screen.give(row)
        return
    if not row["running"]:
        screen.line("The bridge is NOT running: this is what its files say.", "bad")
    tell(screen, row)


def from_files(config: Config) -> Row:
    """Work out what the bridge would know after a start."""
    from bridge.calendars.keeper import CalendarKeeper
    from bridge.calendars.text import FileReader
    from bridge.http.calendar_rows import Times, calendar_rows
    from core.schedule_rows import ScheduleRow

    keeper = CalendarKeeper(config, time.time_ns, FileReader())
    keeper.look()
    schedules = {
        name: ScheduleRow(**{key: getattr(told, key) for key in told.__struct_fields__})
        for name, told in keeper.schedules.items()
    }
    return calendar_rows(Times(config.setup, schedules, {}), keeper, time.time_ns())


def tell(screen: Screen, row: Row) -> None:
    """Write it as tables."""
    if not row["instruments"]:
        screen.line("No instrument has a calendar: all of them always trade.")
        return
    cells = [
        (
            one["instrument"],
            "open" if one["open"] else one["code"],
            "always" if one["always"] else _spans(one["sessions"]),
            _spans(one["news"]),
            _flats(one["flats"]),
            _minute(one["valid_until"]),
        )
        for one in row["instruments"]
    ]
    heads = ("INSTRUMENT", "NOW", "SESSIONS (UTC)", "NEWS", "TO BE FLAT", "KNOWN UNTIL")
    screen.table(heads, cells)
    for one in row["instruments"]:
        if one["code"]:
            screen.line(f"{one['instrument']}: {one['sentence']}", "warn")
    for one in row["calendars"]:
        if one["code"]:
            screen.line(f"calendar {one['calendar']}: {one['sentence']} {one['fix']}", "bad")
        else:
            until = _minute(one["covers_until"]) if one["covers_until"] else "no end"
            screen.line(
                f"calendar {one['calendar']}: {one['file']}, {one['events']} events, until {until}"
            )


def _spans(rows: Iterable[Row]) -> str:
    """Write the first two spans: the one of now and the next."""
    shown = [_span(one) for one in rows]
    return "; ".join(shown[:2]) or "none known"


def _span(row: Row) -> str:
    end = _minute(row["end"]) if row["end"] else "no end"
    return f"{_minute(row['begin'])} - {end}" if row["begin"] else f"until {end}"


def _flats(rows: Iterable[Row]) -> str:
    return "; ".join(
        f"{one['account']} before {one['before']} from {_minute(one['from'])}"
        + (" NOT FLAT" if one["missed"] else "")
        for one in rows
        if one["next"] or one["missed"]
    )


def _minute(at: str | None) -> str:
    return f"{at[5:10]} {at[11:16]}" if at else "-"
