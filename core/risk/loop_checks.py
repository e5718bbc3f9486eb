"""Checks against a bridge or a strategy that runs away: repeated execution, orders beyond what was
asked."""

from __future__ import annotations

from decimal import Decimal

from core.asked import committed, made_for
from core.cycles import cycles_since
from core.money import plain
from core.orders import Purpose
from core.risk.case import Case
from core.risk.check import Check
from core.risk.controls import Control


def repeated_execution(case: Case) -> Check:
    """Count enter-fill-enter cycles of the strategy in this account (control 11)."""
    name, scope = "repeated_execution", case.kind.strategy
    row = case.state.cycles.get((case.account.name, case.strategy))
    limits = case.kind.cycles
    longest = limits[-1]
    most = f"{longest.most} in {longest.words}"
    if row is None or not row.times_ns:
        none = ", ".join([f"0 in {limit.words}" for limit in limits])
        return case.kind.passed(Control.CYCLES, name, none, most, scope=scope)
    shown: list[str] = []
    for limit in limits:
        count = cycles_since(row, case.now - limit.window_ns)
        if row.filled and count >= limit.most:
            most = f"{limit.most} in {limit.words}"
            return Check(Control.CYCLES, name, "repeated_execution", str(count), most, scope)
        shown.append(f"{count} in {limit.words}")
    return Check(Control.CYCLES, name, "", ", ".join(shown), most, scope)


def orders_asked(case: Case) -> Check:
    """Compare what goes out under this signal with what was asked (control 12)."""
    name, scope = "orders_out", case.kind.account
    made = made_for(case.state, case.origin, case.account.name, Purpose.ENTRY)
    if case.purpose is not Purpose.ENTRY or not made:
        asked = plain(case.quantity)
        return Check(Control.ORDERS_OUT, name, "", asked, asked, scope)
    total = committed(made) + case.quantity
    asked = max((one.quantity for one in made), default=Decimal(0))
    code = "orders_over_asked" if total > asked else ""
    return Check(Control.ORDERS_OUT, name, code, plain(total), plain(asked), scope)
