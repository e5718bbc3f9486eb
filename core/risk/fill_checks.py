"""The check of own fills: how far the next one would be from those before it."""

from __future__ import annotations

from typing import Final

from core.drift import best_of, drift_from
from core.money import ZERO
from core.risk.case import Case
from core.risk.check import Check, missing, stale, within
from core.risk.controls import Control
from core.setup import SECOND_NS

_DRIFT: Final = Control.DRIFT.value
"""Named once: Python 3.11 takes long to look up a member of an enum, and each case asks."""


def drift(case: Case) -> Check:
    """Compare the expected price with the best own fill of the last minutes (control 4)."""
    name, scope = "drift", case.kind.strategy
    limit = case.kind.drift
    if limit is None:
        return missing(_DRIFT, "collar_percent")
    row = case.state.drifts.get((case.account.name, case.instrument.name, case.strategy))
    if row is None:
        return Check(_DRIFT, name, "", "no fills", "", scope)
    if case.now < row.until_ns:
        left = f"{-((case.now - row.until_ns) // SECOND_NS)} s"
        return Check(_DRIFT, name, "drift_breaker", left, case.account.name, scope)
    best = best_of(row, case.side, at_ns=case.now, window_ns=case.kind.window_ns)
    if best is None:
        return Check(_DRIFT, name, "", "no fills", "", scope)
    if case.expected is None:
        return stale(_DRIFT, name, case)
    away = drift_from(case.expected, best, case.side) if best else ZERO
    return within(_DRIFT, name, "drift_over_limit", away, limit=limit, unit=" %")
