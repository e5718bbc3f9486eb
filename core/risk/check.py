"""One answer of a check, and the ways to give it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.money import plain, shown
from core.risk.case import Case
from core.risk.controls import Control
from core.risk.limits import Limit

PLACES: Final = 8
"""Fraction digits of a measured number for people: the smallest step of the common venues."""


class Check(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One answer. ``code`` is empty when it passed."""

    control: int
    name: str
    code: str
    value: str
    limit: str
    scope: str


def missing(control: Control, name: str, scope: str = "") -> Check:
    """Answer that nobody set the limit: for an entry that is a no."""
    return Check(control, name, "limit_missing", name, "not set", scope)


def within(
    control: Control, name: str, code: str, measured: Decimal, *, limit: Limit, unit: str = ""
) -> Check:
    """Answer whether a number is at most its limit. What is shown is rounded away from zero."""
    text = str(measured)
    if len(text) > PLACES or "E" in text:
        text = shown(measured, PLACES if not unit else 4, up=True)
    else:
        text = plain(measured)
    over = not measured <= limit.at
    return Check(control, name, code if over else "", text + unit, limit.text + unit, limit.scope)


def stale(control: Control, name: str, case: Case) -> Check:
    """Answer that there is no fresh price."""
    quote = case.view.quotes.get(case.instrument.name)
    if quote is None:
        age = "no quote"
    elif case.now - quote.at_ns > case.account.quote_age_max_ns:
        age = f"{(case.now - quote.at_ns) // 1_000_000} ms old"
    else:
        age = "a quote that is zero or crossed"
    limit = f"{case.account.quote_age_max_ns // 1_000_000} ms"
    return Check(control, name, "reference_stale", age, limit, f"instrument:{case.instrument.name}")
