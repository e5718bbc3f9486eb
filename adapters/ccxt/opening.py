"""The opening of an account: its client, its clock, its markets, and whether it may trade so.

Rules of this file
1. Nothing is traded by an account whose key may withdraw, that keeps opposite positions, or whose
   venue is not accepted: opening it is refused with what mends it.
2. An instrument that does not fit its market bars entries in it alone: what is open can still be
   closed.
3. Leverage and margin mode are set when the configuration asks for them, and else left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import structlog

from adapters.ccxt.account import Account
from adapters.ccxt.books import books_of
from adapters.ccxt.client import Client
from adapters.ccxt.examine import of_coins, of_modes, of_profile, of_rights
from adapters.ccxt.findings import Finding, fatal
from adapters.ccxt.rules import Market, market_of, misfits, symbol_of
from adapters.ccxt.settings import CcxtSettings
from adapters.ccxt.traffic import Failed, Traffic, reading
from adapters.port import Trouble, TroubleKind, VenueEvent
from core.instruments import Instrument

log = structlog.get_logger("ccxt")

_BY_CHANCE: Final = (
    TroubleKind.NOT_SENT,
    TroubleKind.UNKNOWN,
    TroubleKind.THROTTLED,
    TroubleKind.MAINTENANCE,
)
"""A question that failed so was not answered: it is asked again."""

LOAD: Final = "fetch_markets"
"""The call whose weight a load of all markets has."""


async def opened(
    name: str,
    client: Client,
    traffic: Traffic,
    *,
    instruments: Mapping[str, Instrument],
    tell: Callable[[VenueEvent], None],
) -> Account | Trouble:
    """Open an account so that it may trade, or say why it may not. Errors: ``Failed``."""
    barred = _first_stop(of_profile(client.profile, client.settings))
    if barred is not None:
        return barred
    account = await prepared(name, client, traffic, instruments=instruments, tell=tell)
    if isinstance(account, Trouble):
        return account
    barred = _first_stop(of_coins(account.ours))
    if barred is not None:
        return barred
    for why in account.unfit.values():
        log.error("instrument_unfit", account=name, code=why.code, text=why.text)
    await account.read_purse()
    return await _judged(account)


async def prepared(
    name: str,
    client: Client,
    traffic: Traffic,
    *,
    instruments: Mapping[str, Instrument],
    tell: Callable[[VenueEvent], None],
) -> Account | Trouble:
    """Know the venue's clock and the markets of the account. Errors: ``Failed``."""
    settings, profile = client.settings, client.profile
    ahead_ns = await traffic.work(client.measure_clock, weight=1)
    await traffic.work(client.load_markets, weight=profile.limits.calls.get(LOAD, 1))
    for probe in profile.probes:
        await traffic.ask(probe, {})
    found = found_markets(client.exchange.markets, instruments, settings, profile.kind)
    if isinstance(found, Trouble):
        return found
    markets, spot = list(found.values()), profile.kind == "spot"
    return Account(
        name=name,
        profile=profile,
        settings=settings,
        traffic=traffic,
        books=books_of(profile)(traffic, markets, settings.currency, spot),
        markets=found,
        unfit=unfit(found, settings.currency),
        tell=tell,
        ahead_ns=ahead_ns,
    )


def found_markets(
    markets: Mapping[str, Mapping[str, Any]],
    instruments: Mapping[str, Instrument],
    settings: CcxtSettings,
    kind: str,
) -> dict[str, Market] | Trouble:
    """Return the market of each instrument that has one here. An instrument that the settings name
    must have one; another one may belong to another account."""
    found: dict[str, Market] = {}
    for name, instrument in instruments.items():
        symbol = symbol_of(name, settings.markets, markets, kind)
        if isinstance(symbol, Trouble):
            if name in settings.markets or symbol.code == "ccxt_market_ambiguous":
                return _final(symbol)
            continue
        market = market_of(instrument, markets[symbol])
        if isinstance(market, Trouble):
            return _final(market)
        if name in settings.markets or market.money == settings.currency:
            found[name] = market
    return found


def unfit(found: Mapping[str, Market], currency: str) -> dict[str, Trouble]:
    """Return why nothing may be opened in some of the instruments."""
    barred: dict[str, Trouble] = {}
    for name, market in found.items():
        for wrong in misfits(market, currency):
            barred.setdefault(
                name, Trouble(TroubleKind.REFUSED, wrong.code, f"{wrong.sentence} {wrong.fix}")
            )
    return barred


def _final(trouble: Trouble) -> Trouble:
    return Trouble(TroubleKind.FATAL, trouble.code, trouble.text)


def _first_stop(findings: Iterable[Finding]) -> Trouble | None:
    return next((fatal(one) for one in findings if one.stops), None)


async def _judged(account: Account) -> Account | Trouble:
    """Look at the rights of the key and the modes of the markets."""
    barred = await rights_barred(account)
    if barred is not None or account.spot:
        return barred or account
    for market in account.ours:
        modes = await account.books.modes(market)
        findings = list(of_modes(market, modes, account.settings))
        barred = _first_stop(findings)
        if barred is not None:
            return barred
        for one in findings:
            if one.code in ("ccxt_leverage_differs", "ccxt_margin_mode_differs"):
                await _set(account, market, one.code)
    return account


async def rights_barred(account: Account) -> Trouble | None:
    """Return why the key may not be used, ``None`` when it may or the venue does not tell."""
    try:
        with reading():
            told = await account.books.permissions()
    except Failed as failed:
        account.rights_told = failed.trouble.kind not in _BY_CHANCE
        log.warning("rights_untold", account=account.name, code=failed.trouble.code)
        return None
    account.rights_told = True
    kind = account.profile.kind
    findings = list(of_rights(told, kind, account.now()))
    for one in findings:
        if not one.ok:
            log.warning("key", account=account.name, code=one.code, text=one.sentence)
    stops = [one for one in findings if one.code != "ccxt_key_expires"]
    return _first_stop(stops)


async def _set(account: Account, market: Market, code: str) -> None:
    """Set what the configuration asks for; a venue that refuses leaves it as it is, and it is
    shown."""
    settings = account.settings
    try:
        if code == "ccxt_leverage_differs":
            leverage = settings.leverage[market.instrument.name]
            await account.traffic.read("set_leverage", leverage, market.symbol)
        else:
            await account.traffic.read("set_margin_mode", settings.margin_mode, market.symbol)
    except Failed as failed:
        text = failed.trouble.text
        log.warning("mode_not_set", account=account.name, market=market.symbol, text=text)
