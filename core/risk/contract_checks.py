"""The check of contracts: only the front one is opened, in good time and not around a roll (25)."""

from __future__ import annotations

from typing import Final

from core.contracts import dated
from core.copies import continuous_of
from core.risk.case import Case
from core.risk.check import Check
from core.risk.controls import Control
from core.schedules import left_text

_CALENDAR: Final = Control.CALENDAR.value
"""Named once: Python 3.11 takes long to look up a member of an enum, and each case asks."""


def contract_in_the_way(case: Case) -> Check | None:
    """Say why nothing may be opened in a contract now; ``None``: it is none, or it may."""
    row = dated(case.state, case.instrument.name)
    if row is not None and case.now >= row.contract.last_entry_ns:
        over = left_text(case.now, row.contract.last_entry_ns)
        return _wrong(case, "contract_closed", over, case.instrument.name)
    return _by_continuous(case)


def _by_continuous(case: Case) -> Check | None:
    """Judge an entry that a continuous symbol asks for."""
    signal = case.state.signals.get(case.origin or (case.own.origin if case.own else ""))
    if signal is None or signal.content is None:
        return None
    route = case.state.facts.setup.routes.get(signal.route)
    if route is None:
        return None
    continuous = continuous_of(case.state, route, case.account, signal.content.symbol)
    if continuous is None:
        return None
    place, traded = continuous
    front = place.future.front(case.now) + place.depth - 1
    name = traded[front] if front < len(traded) else "none"
    if case.instrument.name != name:
        return _wrong(case, "contract_not_front", case.instrument.name, name)
    rolling = place.future.rolling(case.now)
    if rolling is not None:
        left = left_text(rolling.front_ns + place.future.guard_ns, case.now)
        return _wrong(case, "roll_guard", left, rolling.name)
    return None


def _wrong(case: Case, code: str, value: str, limit: str) -> Check:
    return Check(_CALENDAR, "calendar", code, value, limit, case.kind.instrument)
