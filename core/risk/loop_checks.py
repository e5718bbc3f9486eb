"""Checks against a bridge or a strategy that runs away: repeated execution, orders beyond what was
asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from core.asked import committed, made_for
from core.cycles import cycles_since
from core.money import plain
from core.orders import Purpose
from core.risk.case import Case
from core.risk.check import Check
from core.risk.controls import Control

_CYCLES: Final = Control.CYCLES.value
_ORDERS_OUT: Final = Control.ORDERS_OUT.value
_ENTRY: Final = Purpose.ENTRY
"""Named once: Python 3.11 takes long to look up a member of an enum, and each case asks."""


def repeated_execution(case: Case) -> Check:
    """Count enter-fill-enter cycles of the strategy in this account (control 11)."""
    name, scope = "repeated_execution", case.kind.strategy
    row = case.state.cycles.get((case.account.name, case.strategy))
    limits = case.kind.cycles
    most = limits[-1].text
    if row is None or not row.times_ns:
        return Check(_CYCLES, name, "", case.kind.no_cycles, most, scope)
    shown: list[str] = []
    for limit in limits:
        count = cycles_since(row, case.now - limit.window_ns)
        if row.filled and count >= limit.most:
            return Check(_CYCLES, name, "repeated_execution", str(count), limit.text, scope)
        shown.append(f"{count} in {limit.words}")
    return Check(_CYCLES, name, "", ", ".join(shown), most, scope)


def orders_asked(case: Case) -> Check:
    """Compare what goes out under this signal with what was asked (control 12)."""
    name, scope = "orders_out", case.kind.account
    entry = case.purpose is _ENTRY
    made = made_for(case.state, case.origin, case.account.name, _ENTRY) if entry else ()
    if not made:
        asked = plain(case.quantity)
        return Check(_ORDERS_OUT, name, "", asked, asked, scope)
    total = committed(made) + case.quantity
    asked = max((one.quantity for one in made), default=Decimal(0))
    code = "orders_over_asked" if total > asked else ""
    return Check(_ORDERS_OUT, name, code, plain(total), plain(asked), scope)
