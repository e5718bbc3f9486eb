"""Checks of the order itself: its quantity, its value, its price.

Rules of this file
1. For an entry a limit that nobody set fails, and so does an input that is missing or stale.
2. What is compared is exact; only what is shown is rounded.
"""

from __future__ import annotations

from decimal import Decimal

from core.money import ZERO, plain, shown
from core.orders import Purpose
from core.risk.case import Case
from core.risk.check import PLACES, Check, missing, stale, within
from core.risk.controls import Control
from core.smallest import entry_value_min


def quantity(case: Case) -> Check:
    """Compare the quantity of this order (control 1)."""
    limit = case.limits.quantity
    if limit is None:
        return missing(Control.QUANTITY, "quantity_max")
    return within(
        Control.QUANTITY, "quantity_max", "quantity_over_limit", case.quantity, limit=limit
    )


def value(case: Case) -> Check:
    """Compare what this order is worth (control 2)."""
    limit = case.limits.value
    if limit is None:
        return missing(Control.VALUE, "value_max")
    if case.expected is None:
        return stale(Control.VALUE, "value_max", case)
    worth = case.instrument.value(case.quantity, case.expected)
    least = _value_min(case)
    if least:
        worst = case.worst_price()
        lowest = case.expected if worst is None else min(worst, case.expected)
        smallest = case.instrument.value(case.quantity, lowest)
        if smallest < least:
            code, where = "value_below_min", f"instrument:{case.instrument.name}"
            text = shown(smallest, PLACES)
            return Check(Control.VALUE, "value_min", code, text, plain(least), where)
    return within(Control.VALUE, "value_max", "value_over_limit", worth, limit=limit)


def _value_min(case: Case) -> Decimal:
    """Return what an entry has to be worth; zero: anything. It is never asked of what closes."""
    if case.purpose is not Purpose.ENTRY:
        return ZERO
    return entry_value_min(case.state, case.account, case.instrument)


def collar(case: Case) -> Check:
    """Compare the distance of the price from a fresh reference (control 3).

    The reference is the middle of the quote. A market order is measured at the far side, which it
    would meet; a stop-limit order at both of its prices.
    """
    limit = case.limits.collar
    if limit is None:
        return missing(Control.COLLAR, "collar_percent")
    reference = case.mid
    if reference is None or case.expected is None:
        return stale(Control.COLLAR, "collar_percent", case)
    away = abs(case.expected - reference)
    if case.trigger is not None:
        away = max(away, abs(case.trigger - reference))
    percent = away * 100 / reference if away else ZERO
    return within(
        Control.COLLAR, "collar_percent", "price_outside_collar", percent, limit=limit, unit=" %"
    )
