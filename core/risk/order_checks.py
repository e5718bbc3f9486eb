"""Checks of the order itself: its quantity, its value, its price.

Rules of this file
1. For an entry a limit that nobody set fails, and so does an input that is missing or stale.
2. What is compared is exact; only what is shown is rounded.
"""

from __future__ import annotations

from typing import Final

from core.money import ZERO, plain, shown
from core.orders import Purpose
from core.risk.case import Case
from core.risk.check import PLACES, Check, missing, stale, within
from core.risk.controls import Control
from core.smallest import entry_value_min

_QUANTITY: Final = Control.QUANTITY.value
_VALUE: Final = Control.VALUE.value
_COLLAR: Final = Control.COLLAR.value
_ENTRY: Final = Purpose.ENTRY
"""Named once: Python 3.11 takes long to look up a member of an enum, and each case asks."""


def quantity(case: Case) -> Check:
    """Compare the quantity of this order (control 1)."""
    limit = case.limits.quantity
    if limit is None:
        return missing(_QUANTITY, "quantity_max")
    return within(_QUANTITY, "quantity_max", "quantity_over_limit", case.quantity, limit=limit)


def value(case: Case) -> Check:
    """Compare what this order is worth (control 2)."""
    limit = case.limits.value
    if limit is None:
        return missing(_VALUE, "value_max")
    if case.expected is None:
        return stale(_VALUE, "value_max", case)
    worth = case.instrument.value(case.quantity, case.expected)
    entry = case.purpose is _ENTRY  # it is never asked of what closes
    least = entry_value_min(case.state, case.account, case.instrument) if entry else ZERO
    if least:
        worst = case.worst_price()
        lowest = case.expected if worst is None else min(worst, case.expected)
        smallest = case.instrument.value(case.quantity, lowest)
        if smallest < least:
            code, where = "value_below_min", f"instrument:{case.instrument.name}"
            text = shown(smallest, PLACES)
            return Check(_VALUE, "value_min", code, text, plain(least), where)
    return within(_VALUE, "value_max", "value_over_limit", worth, limit=limit)


def collar(case: Case) -> Check:
    """Compare the distance of the price from a fresh reference (control 3).

    The reference is the middle of the quote. A market order is measured at the far side, which it
    would meet; a stop-limit order at both of its prices.
    """
    limit = case.limits.collar
    if limit is None:
        return missing(_COLLAR, "collar_percent")
    reference = case.mid
    if reference is None or case.expected is None:
        return stale(_COLLAR, "collar_percent", case)
    away = abs(case.expected - reference)
    if case.trigger is not None:
        away = max(away, abs(case.trigger - reference))
    percent = away * 100 / reference if away else ZERO
    return within(
        _COLLAR, "collar_percent", "price_outside_collar", percent, limit=limit, unit=" %"
    )
