"""Scheduled maintenance of a venue, as it stands in the file."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Final, Literal

from pydantic import Field

from bridge.config.fields import Section, Text, TimeOfDay, optional, required
from bridge.config.windows import Window

DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

WEEK: Final[tuple[DayName, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

WINDOWS_MAX: Final = 50
"""Windows of one account: a different one for each hour of each other day is not maintenance."""

Days = Annotated[tuple[DayName, ...], Field(strict=False, max_length=len(WEEK))]


class MaintenanceSection(Section):
    """A time at which the venue is closed: nothing is sent and no connection tried meanwhile."""

    days: Days = optional((), "Weekdays on which it begins; none named: every day.")
    begin: TimeOfDay = required("When it begins: `23:30`.")
    end: TimeOfDay = required("When it is over; not after `begin`: on the next day.")
    zone: Text | None = optional(
        None, "Time zone of both (IANA name).", shown="`zone` of the account"
    )

    def window(self, zone: str) -> Window:
        """Make the window. ``zone``: of the account."""
        days = {WEEK.index(day) for day in self.days} or set(range(len(WEEK)))
        begin, end = time.fromisoformat(self.begin), time.fromisoformat(self.end)
        return Window(frozenset(days), begin, end, self.zone or zone)
