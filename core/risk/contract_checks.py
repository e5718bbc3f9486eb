"""The check of contracts: only the front one is opened, in good time and not around a roll (25)."""

from __future__ import annotations

from typing import Final

from core.contract_setup import Contract
from core.contracts import chosen_by, dated
from core.copies import Continuous, continuous_of
from core.risk.case import Case
from core.risk.check import Check
from core.risk.controls import Control
from core.schedules import left_text

_CALENDAR: Final = Control.CALENDAR.value
"""Named once: Python 3.11 takes long to look up a member of an enum, and each case asks."""


def contract_in_the_way(case: Case) -> Check | None:
    """Say why nothing may be opened in a contract now; ``None``: it is none, or it may."""
    if not case.state.facts.setup.futures:
        return None
    row = dated(case.state, case.instrument.name)
    closed = _closed(case, row.contract) if row is not None else None
    return closed or _by_continuous(case)


def _closed(case: Case, contract: Contract) -> Check | None:
    """Refuse what is opened after the last entry of a contract, or of what stands for it."""
    if case.now < contract.last_entry_ns:
        return None
    over = left_text(case.now, contract.last_entry_ns)
    return _wrong(case, "contract_closed", over, case.instrument.name)


def _by_continuous(case: Case) -> Check | None:
    """Judge an entry that a continuous symbol asks for."""
    continuous = _asked_by(case)
    if continuous is None:
        return None
    place, traded = continuous
    first = place.future.front(case.now)
    front = first + place.depth - 1
    name = traded[front] if first >= 0 and front < len(traded) else "none"
    if case.instrument.name != name:
        return _wrong(case, "contract_not_front", case.instrument.name, name)
    closed = _closed(case, place.future.contracts[front])
    if closed is not None:
        return closed
    rolling = place.future.rolling(case.now)
    if rolling is not None:
        left = left_text(rolling.front_ns + place.future.guard_ns, case.now)
        return _wrong(case, "roll_guard", left, rolling.name)
    if place.future.ending(case.now):
        left = left_text(place.future.ends_ns + place.future.guard_ns, case.now)
        return _wrong(case, "roll_guard", left, "a contract that the table does not have")
    return None


def _asked_by(case: Case) -> Continuous | None:
    """Return the continuous contract that an entry was asked for by; ``None``: by none. What is
    left of one that is older than its message is known by what its strategy chose."""
    state, account, name = case.state, case.account, case.instrument.name
    routes = state.facts.setup.routes
    origin = case.origin or (case.own.origin if case.own else "")
    signal = state.signals.get(origin)
    if signal is not None:
        route = routes.get(signal.route)
        if signal.content is None or route is None:
            return None
        return continuous_of(state, route, account, signal.content.symbol)
    place = chosen_by(state, account.name, case.strategy, name) if origin else None
    if place is None:
        return None
    symbol = place.future.symbols(place.depth)[0]
    for route in routes.values():
        if account.name in route.accounts and case.strategy in route.strategies:
            found = continuous_of(state, route, account, symbol)
            if found is not None and name in found.traded:
                return found
    return None


def _wrong(case: Case, code: str, value: str, limit: str) -> Check:
    return Check(_CALENDAR, "calendar", code, value, limit, case.kind.instrument)
