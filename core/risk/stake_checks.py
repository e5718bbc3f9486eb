"""Checks of what is at stake: positions, exposure, orders alive, outcomes nobody knows.

Rules of this file
1. What is working, unknown or held counts at full size, on the side that makes it worse.
2. A limit that accounts share is measured over all of them.
3. Of several scopes the first that fails answers, else the narrowest.
4. A position elsewhere is worth its last price, whatever its age: a closed market has no other. The
   price of this order is fresh, or the check fails.
"""

from __future__ import annotations

from decimal import Decimal

from core.money import ZERO
from core.orders import Side
from core.risk.case import Case
from core.risk.check import Check, missing, stale, within
from core.risk.controls import Control
from core.state import FLAT, Exposure


def position(case: Case) -> Check:
    """Compare the position if everything on this side fills (control 5)."""
    limit = case.limits.position
    if limit is None:
        return missing(Control.POSITION, "position_max")
    exposure = case.exposure
    if case.side is Side.BUY:
        worst = exposure.net + exposure.buy + case.quantity
    else:
        worst = exposure.sell + case.quantity - exposure.net
    name, code = "position_max", "position_over_limit"
    answer = within(Control.POSITION, name, code, worst, limit=limit)
    for shared in case.limits.position_shared:
        others = sum((_worst(case, one) for one in _others(case, shared.scope)), ZERO)
        if others and not answer.code:
            total = max(worst, ZERO) + others
            answer = within(Control.POSITION, name, code, total, limit=shared)
    return answer


def _worst(case: Case, account: str) -> Decimal:
    return case.state.exposures.get((account, case.instrument.name), FLAT).worst


def _others(case: Case, scope: str) -> list[str]:
    return [name for name in case.kind.accounts[scope] if name != case.account.name]


def gross(case: Case) -> Check:
    """Compare the worth of all positions at their worst, in every scope limiting it (control 6)."""
    name = "gross_max"
    if case.expected is None:
        return stale(Control.GROSS, name, case)
    price = case.expected if case.mid is None else max(case.expected, case.mid)
    limits = case.limits.gross
    for limit in limits:
        worth = _gross(case, limit.scope, price)
        if isinstance(worth, Check):
            return worth
        if worth > limit.at or limit is limits[-1]:
            return within(Control.GROSS, name, "gross_over_limit", worth, limit=limit)
    return missing(Control.GROSS, name)


def _gross(case: Case, scope: str, price: Decimal) -> Decimal | Check:
    """Add up a scope as it would be with this order; a ``Check`` when it cannot be added up."""
    total = ZERO
    here = case.instrument.name
    state, quotes = case.state, case.view.quotes
    setup = state.facts.setup
    for account in case.kind.accounts[scope]:
        own = account == case.account.name
        for name in state.exposed.get(account, ()):
            if own and name == here:
                continue
            quote, instrument = quotes.get(name), setup.instruments.get(name)
            if quote is None or instrument is None or quote.bid <= ZERO:
                return _uncounted("reference_stale", f"no price of {name}", "", scope)
            if setup.accounts[account].currency != case.account.currency:
                return _uncounted("currency_mixed", account, case.account.currency, scope)
            total += instrument.value(state.exposures[account, name].worst, quote.mid)
    exposure = case.exposure
    buy = exposure.buy + (case.quantity if case.side is Side.BUY else ZERO)
    sell = exposure.sell + (case.quantity if case.side is Side.SELL else ZERO)
    worst = max(abs(exposure.net + buy), abs(exposure.net - sell))
    return total + case.instrument.value(worst, price)


def _uncounted(code: str, value: str, limit: str, scope: str) -> Check:
    return Check(Control.GROSS, "gross_max", code, value, limit, scope)


def open_orders(case: Case) -> Check:
    """Count the orders alive, this one included, in every scope that limits them (control 6)."""
    name, code = "open_orders_max", "open_orders_over_limit"
    limits = case.limits.orders
    for limit in limits:
        count = _orders(case, limit.scope) + 1
        if count > limit.at or limit is limits[-1]:
            return within(Control.GROSS, name, code, Decimal(count), limit=limit)
    return missing(Control.GROSS, name)


def _orders(case: Case, scope: str) -> int:
    """Count the orders alive in a scope, without the one that is judged again."""
    if scope.startswith("account:") and "/" in scope:
        return case.exposure.orders
    own = case.own is not None
    if scope.startswith("instrument:"):
        return sum([row.orders for row in _everywhere(case)]) - own
    alive = case.state.alive_at
    return sum([alive[one].orders for one in case.kind.accounts[scope] if one in alive]) - own


def _everywhere(case: Case) -> list[Exposure]:
    """Return what is at stake in the instrument, account by account."""
    exposures, here = case.state.exposures, case.instrument.name
    return [exposures.get((account, here), FLAT) for account in case.state.exposed]


def unknown_cap(case: Case) -> Check:
    """Count the orders of unknown outcome in every scope that caps them (control 27)."""
    name, limits = "unknown_orders", case.limits.unknown
    for limit in limits:
        count = _unknown(case, limit.scope)
        if count >= limit.at:
            code = "unknown_outcome"
            return Check(Control.UNKNOWN_CAP, name, code, str(count), limit.text, limit.scope)
        if limit is limits[-1]:
            return case.kind.passed(
                Control.UNKNOWN_CAP, name, str(count), limit.text, scope=limit.scope
            )
    return missing(Control.UNKNOWN_CAP, "unknown_orders_max")


def _unknown(case: Case, scope: str) -> int:
    if scope.startswith("account:") and "/" in scope:
        return case.exposure.unknown
    if scope.startswith("instrument:"):
        return sum([row.unknown for row in _everywhere(case)])
    alive = case.state.alive_at
    if not alive:
        return 0
    return sum([alive[one].unknown for one in case.kind.accounts[scope] if one in alive])
