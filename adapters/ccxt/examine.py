"""The examination of an account: its keys, its rights, its modes, its markets, its clock.

Rules of this file
1. It reads, and changes nothing. What it finds is said with what mends it.
2. A venue that does not tell something is not taken to have said that all is well.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from adapters.ccxt.account import Account
from adapters.ccxt.findings import Finding, as_finding, finding
from adapters.ccxt.profile import Profile
from adapters.ccxt.rows import Modes, Permissions
from adapters.ccxt.rules import Market, misfits
from adapters.ccxt.settings import CcxtSettings
from adapters.ccxt.traffic import Failed, reading
from core.money import plain

EXPIRES_SOON_NS: Final = 14 * 24 * 3600 * 1_000_000_000
"""How long before its end a key is spoken of."""

CLOCK_MOST_MS: Final = 500
"""How far the clocks may differ before it is said: a tenth of the time that a signed request may
take."""

UNPROVEN: Final = "unproven_venue"


def of_profile(profile: Profile, settings: CcxtSettings) -> Iterator[Finding]:
    """Say what is known of the venue without asking it."""
    if profile.refused:
        yield finding("ccxt_venue_refused", value=profile.refused, where=profile.name)
    if not profile.proven and UNPROVEN not in settings.waive:
        yield finding("ccxt_venue_unproven", value=profile.venue)
    for effect in profile.side_effects:
        if effect.approve and effect.approve not in settings.approve:
            value, where = effect.text, profile.name
            yield finding("ccxt_approval_lacking", value=value, limit=effect.approve, where=where)
        elif not effect.off:
            yield finding("ccxt_side_effect", value=effect.text)
    if settings.live:
        yield finding("ccxt_live")
    else:
        local = "at a local exchange" if settings.local is not None else ""
        yield finding("ccxt_not_live", value=local or f"in the venue's {settings.sandbox}")


def of_rights(told: Permissions, kind: str, now: int) -> Iterator[Finding]:
    """Judge what a key may do."""
    if told == Permissions():
        yield finding("ccxt_key_rights_untold")
        return
    if told.withdraw:
        yield finding("ccxt_key_withdraws")
    if told.trade is False:
        yield finding("ccxt_key_cannot_trade", value=kind)
    elif not told.withdraw:
        yield finding("ccxt_key_rights")
    if told.transfer:
        yield finding("ccxt_key_transfers")
    if told.ip_bound is False:
        yield finding("ccxt_key_any_address")
    if told.expires_ns is not None and told.expires_ns - now < EXPIRES_SOON_NS:
        day = datetime.fromtimestamp(told.expires_ns // 1_000_000_000, UTC)
        yield finding("ccxt_key_expires", value=f"{day:%Y-%m-%d %H:%M} UTC")


def of_modes(market: Market, told: Modes, settings: CcxtSettings) -> Iterator[Finding]:
    """Judge how positions of a market stand."""
    name = market.instrument.name
    if told.hedged is not None:
        yield finding("ccxt_hedge_mode" if told.hedged else "ccxt_one_way")
    wished = settings.margin_mode
    if wished and told.margin_mode is not None and told.margin_mode != wished:
        value = told.margin_mode
        yield finding("ccxt_margin_mode_differs", value=value, limit=wished, where=name)
    leverage = settings.leverage.get(name)
    if leverage is not None and told.leverage is not None and told.leverage != leverage:
        value, limit = plain(told.leverage), str(leverage)
        yield finding("ccxt_leverage_differs", value=value, limit=limit, where=name)
    elif told.leverage is not None or told.margin_mode is not None:
        value, limit = plain(told.leverage or Decimal(0)), told.margin_mode or "untold"
        yield finding("ccxt_margin_shown", value=value, limit=limit, where=name)


def of_market(market: Market, currency: str) -> Iterator[Finding]:
    """Judge whether an instrument fits its market."""
    wrong = list(misfits(market, currency))
    yield from wrong
    if not wrong:
        least = f"{plain(market.amount_min)} worth {plain(market.cost_min)} {market.money}"
        where = market.instrument.name
        yield finding("ccxt_market_fits", value=market.symbol, limit=least, where=where)
    step = market.instrument.lot_step
    if market.spot and step > market.step:
        value, limit, where = plain(step), plain(market.step), market.instrument.name
        yield finding("ccxt_step_coarse", value=value, limit=limit, where=where)


def of_clock(ahead_ns: int) -> Finding:
    """Judge how far the clocks differ."""
    value = str(abs(ahead_ns) // 1_000_000)
    right = abs(ahead_ns) <= CLOCK_MOST_MS * 1_000_000
    return finding("ccxt_clock_right" if right else "ccxt_clock_off", value=value)


def of_coins(markets: list[Market]) -> Iterator[Finding]:
    """Say which markets of a wallet hold the same coin."""
    by_base: dict[str, list[str]] = {}
    for market in markets:
        if market.spot:
            by_base.setdefault(market.base, []).append(market.instrument.name)
    for base, names in by_base.items():
        if len(names) > 1:
            yield finding("ccxt_base_shared", value=base, where=", ".join(names))


async def examined(account: Account) -> AsyncIterator[Finding]:
    """Ask the venue about an account whose client is open and knows its markets. A call that fails
    becomes a finding, and what needs it is left out."""
    settings, profile = account.settings, account.profile
    for one in of_profile(profile, settings):
        yield one
    yield of_clock(account.ahead_ns)
    try:
        with reading():
            await account.read_purse()
            yield finding("ccxt_keys_work")
            told = await account.books.permissions()
            for one in of_rights(told, profile.kind, account.now()):
                yield one
            for market in account.ours:
                for one in of_market(market, settings.currency):
                    yield one
                if not account.spot:
                    for one in of_modes(market, await account.books.modes(market), settings):
                        yield one
    except Failed as failed:
        yield as_finding(failed.trouble)
    for one in of_coins(account.ours):
        yield one
