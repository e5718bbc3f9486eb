"""The check of the calendar: sessions, news, and times at which an account is to be flat (25)."""

from __future__ import annotations

from typing import Final

from core.risk.case import Case
from core.risk.check import Check
from core.risk.contract_checks import contract_in_the_way
from core.risk.controls import Control
from core.schedules import CALENDAR_STALE, flat_at, hours, left_text

_CALENDAR: Final = Control.CALENDAR.value
"""Named once: Python 3.11 takes long to look up a member of an enum, and each case asks."""

FLAT_CODES: Final = {
    "close": "flat_before_close",
    "weekend": "flat_before_weekend",
    "news": "flat_before_news",
}
"""The code for an entry that comes when everything is being closed, by what follows."""


def calendar(case: Case) -> Check:
    """Say whether the instrument trades now, and whether its account may still open something."""
    instrument, now = case.instrument, case.now
    if case.state.facts.setup.futures:
        wrong = contract_in_the_way(case)
        if wrong is not None:
            return wrong
    if not instrument.scheduled:
        return Check(_CALENDAR, "calendar", "", "no calendar", "", "")
    scope = case.kind.instrument
    code, until_ns = hours(case.state, instrument, now)
    row = case.state.schedules.get(instrument.name)
    if code == CALENDAR_STALE or row is None:
        value, limit = _why(row.fault, row.where) if row is not None else ("none yet", "")
        return Check(_CALENDAR, "calendar", CALENDAR_STALE, value, limit, scope)
    flat = flat_at(case.account, row, now) if case.account.is_flat_before else None
    if flat is not None and now < flat.until_ns:
        scope, code, until_ns = f"account:{case.account.name}", FLAT_CODES[flat.kind], flat.until_ns
    if not code:
        return Check(_CALENDAR, "calendar", "", "open", "", scope)
    left = left_text(until_ns, now)
    return Check(_CALENDAR, "calendar", code, left, instrument.name, scope)


def _why(fault: str, where: str) -> tuple[str, str]:
    """Say why a calendar is of no use."""
    return (fault, where) if fault else ("it has ended", "")
