"""Checks against a bridge or a strategy that runs away: repeated execution, orders beyond what was
asked."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from core.asked import committed, made_for
from core.cycles import MINUTE_NS, cycles_since
from core.money import plain
from core.orders import Purpose
from core.risk.case import Case
from core.risk.check import Check
from core.risk.controls import Control
from core.setup import CYCLES_DEFAULTS, KEPT_NS, Limits

_WINDOWS: Final = (
    ("cycles_per_minute_max", MINUTE_NS, "60 s"),
    ("cycles_per_day_max", KEPT_NS, "24 h"),
)
_NONE: Final = ", ".join(f"0 in {words}" for _, _, words in _WINDOWS)
_UNSET: Final = Limits()


def repeated_execution(case: Case) -> Check:
    """Count enter-fill-enter cycles of the strategy in this account (control 11)."""
    name, scope = "repeated_execution", case.kind.strategy
    row = case.state.cycles.get((case.account.name, case.strategy))
    limits = case.state.facts.setup.limits.get(scope, _UNSET)
    if row is None or not row.times_ns:
        longest = limits.cycles_per_day_max or CYCLES_DEFAULTS["cycles_per_day_max"]
        most = f"{longest} in {_WINDOWS[-1][2]}"
        return case.kind.passed(Control.CYCLES, name, _NONE, most, scope=scope)
    shown: list[str] = []
    most = ""
    for field, window_ns, words in _WINDOWS:
        limit = getattr(limits, field) or CYCLES_DEFAULTS[field]
        count = cycles_since(row, case.now - window_ns)
        most = f"{limit} in {words}"
        if row.filled and count >= limit:
            return Check(Control.CYCLES, name, "repeated_execution", str(count), most, scope)
        shown.append(f"{count} in {words}")
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
