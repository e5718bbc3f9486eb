"""The ways to give one answer of a check."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from core.money import plain, shown
from core.risk.answer import Check
from core.risk.case import Case
from core.risk.limits import Limit
from core.schedules import SESSION_CLOSED, is_closed

PLACES: Final = 6
"""Fraction digits of a measured number for people: enough to see by how much it is too much."""

_SHORT: Final = PLACES + 2
"""A text of so many characters has no more fraction digits than that."""


def missing(control: int, name: str, scope: str = "") -> Check:
    """Answer that nobody set the limit: for an entry that is a no."""
    return Check(control, name, "limit_missing", name, "not set", scope)


def within(
    control: int, name: str, code: str, measured: Decimal, *, limit: Limit, unit: str = ""
) -> Check:
    """Answer whether a number is at most its limit. What is compared is exact."""
    over = not measured <= limit.at
    text = plain(measured)
    if len(text) > _SHORT:
        dot = text.find(".")
        if 0 <= dot < len(text) - 1 - PLACES:
            # A number above its limit is never shown as equal to it.
            text = shown(measured, PLACES, up=True) if over else text[: dot + 1 + PLACES]
    if unit:
        text += unit
    most = limit.text + unit if unit else limit.text
    return Check(control, name, code if over else "", text, most, limit.scope)


def stale(control: int, name: str, case: Case) -> Check:
    """Answer that there is no fresh price. A closed market has none: that it is closed is the
    reason."""
    if is_closed(case.state, case.instrument, case.now):
        scope = f"instrument:{case.instrument.name}"
        return Check(control, name, SESSION_CLOSED, "no quote while closed", "", scope)
    quote = case.view.at(case.account.name).quotes.get(case.instrument.name)
    if quote is None:
        age = "no quote"
    elif case.now - quote.at_ns > case.account.quote_age_max_ns:
        age = f"{(case.now - quote.at_ns) // 1_000_000} ms old"
    else:
        age = "a quote that is zero or crossed"
    limit = f"{case.account.quote_age_max_ns // 1_000_000} ms"
    return Check(control, name, "reference_stale", age, limit, f"instrument:{case.instrument.name}")
