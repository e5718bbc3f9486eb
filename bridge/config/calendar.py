"""Sessions, holidays and calendar files, as they stand in the file."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field

from bridge.config.fields import (
    Currency,
    Day,
    Seconds,
    Section,
    Text,
    TimeOfDay,
    optional,
    required,
)
from bridge.config.hours import CalendarFile
from bridge.config.maintenance import WEEK, DayName
from bridge.config.windows import Window
from core.setup import SECOND_NS

SESSIONS_MAX: Final = 50
"""Windows of one instrument: seven days with a few breaks each."""

HOLIDAYS_MAX: Final = 400
"""Holidays of one instrument in the file: some twenty a year for two decades."""

CALENDARS_MAX: Final = 20
"""Calendar files, and of them those of one instrument: each is looked at every few seconds."""

CalendarKind = Literal["sessions", "closed", "news"]
HoldName = Literal["session_closed", "news"]
WeekDays = Annotated[tuple[DayName, ...], Field(strict=False, max_length=len(WEEK))]


class SessionSection(Section):
    """A time of the week at which an instrument trades. Sessions that touch are one."""

    days: WeekDays = optional((), "Weekdays on which it begins; none named: every day.")
    begin: TimeOfDay = required("When it begins: `18:00`.")
    end: TimeOfDay = required("When it is over; not after `begin`: on the next day.")
    zone: Text | None = optional(
        None, "Time zone of both (IANA name).", shown="`zone` of the instrument"
    )

    def window(self, zone: str) -> Window:
        """Make the window. ``zone``: of the instrument."""
        days = {WEEK.index(day) for day in self.days} or set(range(len(WEEK)))
        begin, end = time.fromisoformat(self.begin), time.fromisoformat(self.end)
        return Window(frozenset(days), begin, end, self.zone or zone)


class CalendarSection(Section):
    """A file with dates, iCalendar or CSV. It counts for the instruments that name it."""

    file: Text = required("The file, `.ics` or `.csv`. Relative to the configuration.")
    kind: CalendarKind = required(
        "What its events are: `sessions` (it trades then), `closed` (it does not), or `news`."
    )
    zone: Text = optional("UTC", "Time zone of times that name none (IANA name).")
    before_s: Seconds = optional(
        Decimal(300), "News only: entries stop so long before an event.", unit="seconds"
    )
    after_s: Seconds = optional(Decimal(300), "News only: and so long after it.", unit="seconds")
    covers_until: Day | None = optional(
        None,
        "Last day that the file speaks of: `2026-12-31`. After it entries are refused.",
        shown="the end of its last event",
    )

    def source(self, name: str, folder: Path, names: frozenset[str]) -> CalendarFile:
        """Make the calendar. ``names``: what its events may be about."""
        news, until = self.kind == "news", self.covers_until
        return CalendarFile(
            name=name,
            path=folder / self.file,
            kind=self.kind,
            zone=self.zone,
            before_ns=int(self.before_s * SECOND_NS) if news else 0,
            after_ns=int(self.after_s * SECOND_NS) if news else 0,
            covers_until=None if until is None else date.fromisoformat(until),
            names=names,
        )


SessionList = Annotated[tuple[SessionSection, ...], Field(strict=False, max_length=SESSIONS_MAX)]
Holidays = Annotated[tuple[Day, ...], Field(strict=False, max_length=HOLIDAYS_MAX)]
Calendars = Annotated[tuple[Text, ...], Field(strict=False, max_length=CALENDARS_MAX)]
Holds = Annotated[tuple[HoldName, ...], Field(strict=False, max_length=2)]
Currencies = Annotated[tuple[Currency, ...], Field(strict=False, max_length=20)]
