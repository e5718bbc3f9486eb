"""Checks of what is at stake: positions, exposure, orders alive, outcomes nobody knows.

Rules of this file
1. What is working, unknown or held counts at full size, on the side that makes it worse.
2. A limit that accounts share is measured over all of them.
3. Of several scopes the first that fails answers, else the narrowest.
4. A position elsewhere is worth its last price, whatever its age: a closed market has no other. The
   price of this order is fresh, or the check fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from core.money import ZERO
from core.orders import Side
from core.risk.case import Case
from core.risk.check import Check, missing, stale, within
from core.risk.controls import Control
from core.risk.kind import Span
from core.state import FLAT, Alive, Exposure

_POSITION: Final = Control.POSITION.value
_GROSS: Final = Control.GROSS.value
_UNKNOWN_CAP: Final = Control.UNKNOWN_CAP.value
_PAIR: Final = Span.PAIR
_INSTRUMENT: Final = Span.INSTRUMENT
_BUY: Final = Side.BUY
"""Named once: Python 3.11 takes long to look up a member of an enum, and each case asks."""


def position(case: Case) -> Check:
    """Compare the position if everything on this side fills (control 5)."""
    limit = case.limits.position
    if limit is None:
        return missing(_POSITION, "position_max")
    exposure = case.exposure
    if case.side is _BUY:
        worst = exposure.net + exposure.buy + case.quantity
    else:
        worst = exposure.sell + case.quantity - exposure.net
    name, code = "position_max", "position_over_limit"
    answer = within(_POSITION, name, code, worst, limit=limit)
    for shared in case.limits.position_shared:
        others = sum((_worst(case, one) for one in _others(case, shared.scope)), ZERO)
        if others and not answer.code:
            total = max(worst, ZERO) + others
            answer = within(_POSITION, name, code, total, limit=shared)
    return answer


def _worst(case: Case, account: str) -> Decimal:
    return case.state.exposures.get((account, case.instrument.name), FLAT).worst


def _others(case: Case, scope: str) -> list[str]:
    return [name for name in case.kind.accounts[scope] if name != case.account.name]


def gross(case: Case) -> Check:
    """Compare the worth of all positions at their worst, in every scope limiting it (control 6)."""
    name = "gross_max"
    if case.expected is None:
        return stale(_GROSS, name, case)
    price = case.expected
    if case.mid is not None and case.mid > price:
        price = case.mid
    here = _here(case, price)
    limits = case.limits.gross
    for limit in limits:
        worth = _elsewhere(case, limit.scope)
        if isinstance(worth, Check):
            return worth
        worth += here
        if worth > limit.at or limit is limits[-1]:
            return within(_GROSS, name, "gross_over_limit", worth, limit=limit)
    return missing(_GROSS, name)


def _here(case: Case, price: Decimal) -> Decimal:
    """Return what is worth most in this instrument of this account, with this order."""
    exposure = case.exposure
    net, buy, sell = exposure.net, exposure.buy, exposure.sell
    if case.side is _BUY:
        buy += case.quantity
    else:
        sell += case.quantity
    return case.instrument.value(max(abs(net + buy), abs(net - sell)), price)


def _elsewhere(case: Case, scope: str) -> Decimal | Check:
    """Add up the rest of a scope; a ``Check`` when it cannot be added up."""
    total = ZERO
    here = case.instrument.name
    state = case.state
    setup = state.facts.setup
    for account in case.kind.accounts[scope]:
        own, quotes = account == case.account.name, case.view.at(account).quotes
        for name in state.exposed.get(account, ()):
            if own and name == here:
                continue
            quote, instrument = quotes.get(name), setup.instruments.get(name)
            if quote is None or instrument is None or quote.bid <= ZERO:
                return _uncounted("reference_stale", f"no price of {name}", "", scope)
            if setup.accounts[account].currency != case.account.currency:
                return _uncounted("currency_mixed", account, case.account.currency, scope)
            total += instrument.value(state.exposures[account, name].worst, quote.mid)
    return total


def _uncounted(code: str, value: str, limit: str, scope: str) -> Check:
    return Check(_GROSS, "gross_max", code, value, limit, scope)


def open_orders(case: Case) -> Check:
    """Count the orders alive, this one included, in every scope that limits them (control 6)."""
    name, code = "open_orders_max", "open_orders_over_limit"
    limits = case.limits.orders
    for limit in limits:
        count = _orders(case, limit.scope) + 1
        over = count > limit.at
        if over or limit is limits[-1]:
            code = code if over else ""
            return Check(_GROSS, name, code, str(count), limit.text, limit.scope)
    return missing(_GROSS, name)


def _orders(case: Case, scope: str) -> int:
    """Count the orders alive in a scope, without the one that is judged again."""
    if case.kind.spans[scope] is _PAIR:
        return case.exposure.orders
    count = 0 if case.own is None else -1
    for row in _alive(case, scope):
        count += row.orders
    return count


def _alive(case: Case, scope: str) -> Sequence[Exposure | Alive]:
    """Return what is alive in a scope, account by account."""
    if case.kind.spans[scope] is _INSTRUMENT:
        exposures, here = case.state.exposures, case.instrument.name
        return [exposures.get((account, here), FLAT) for account in case.state.exposed]
    alive = case.state.alive_at
    return [alive[one] for one in case.kind.accounts[scope] if one in alive]


def unknown_cap(case: Case) -> Check:
    """Count the orders of unknown outcome in every scope that caps them (control 27)."""
    name, limits, doubts = "unknown_orders", case.limits.unknown, case.state.doubts
    for limit in limits if doubts else limits[-1:]:  # all of them are among the doubts
        count = _unknown(case, limit.scope) if doubts else 0
        if count >= limit.at:
            code = "unknown_outcome"
            return Check(_UNKNOWN_CAP, name, code, str(count), limit.text, limit.scope)
        if limit is limits[-1]:
            return Check(_UNKNOWN_CAP, name, "", str(count), limit.text, limit.scope)
    return missing(_UNKNOWN_CAP, "unknown_orders_max")


def _unknown(case: Case, scope: str) -> int:
    if case.kind.spans[scope] is _PAIR:
        return case.exposure.unknown
    return sum([row.unknown for row in _alive(case, scope)])
