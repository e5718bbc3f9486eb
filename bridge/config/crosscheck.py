"""What the parts of a file say of each other: names that exist, money in one currency, doors apart,
no surprise.

Rules of this file
1. Every check looks at what was read well; a part that is faulty itself is neither judged nor
   missed.
2. A check yields findings and never stops at the first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from bridge.config.copycheck import check_copies
from bridge.config.crosscheck_calendar import calendar_findings, zone
from bridge.config.exchange import exchange_findings
from bridge.config.faults import Reading
from bridge.config.futurecheck import future_findings
from bridge.config.futures import continuous_symbols
from bridge.config.limits import AccountLimits, late_warnings
from bridge.config.losses import LossSection, lacking
from bridge.config.maintenance import MaintenanceSection
from bridge.config.mappings import mapping_findings
from bridge.config.model import FileModel
from bridge.config.paper import PaperSection
from bridge.config.problems import Finding, PathKey, choices, meant, path_text, shown
from bridge.config.public_url import public_url_of
from bridge.config.reading import reading_findings
from bridge.config.sources import is_network, source_findings
from bridge.config.store_url import is_loopback
from bridge.config.trading import AccountSection
from core.money import is_step, plain
from core.setup import ACCOUNTS_PER_ROUTE_MAX

_ROUTE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_ACCOUNT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_SYMBOL: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,64}")
_ROOT: Final = re.compile(r"[A-Z0-9]{1,8}")
_STRATEGY: Final = re.compile(r"[A-Za-z0-9 _.:-]{1,64}")  # the empty name is the external row's

NAME_FORMS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "routes": (_ROUTE, "lower-case letters, digits, - and _, at most 32: it is part of an address"),
    "accounts": (_ACCOUNT, "letters, digits, . - and _, at most 64"),
    "groups": (_ACCOUNT, "letters, digits, . - and _, at most 64"),
    "instruments": (_SYMBOL, "1 to 64 printable characters, as alerts write it"),
    "calendars": (_ACCOUNT, "letters, digits, . - and _, at most 64"),
    "mappings": (_ROUTE, "lower-case letters, digits, - and _, at most 32"),
    "futures": (_ROOT, "the root of its symbols: capital letters and digits, at most 8"),
    "strategies": (_STRATEGY, "letters A to Z, digits, space and _ . : -, at most 64"),
}
"""What each kind of name may look like, and why."""

NOUNS: Final = {
    "accounts": "account",
    "groups": "group",
    "instruments": "instrument",
    "strategies": "strategy",
    "calendars": "calendar",
    "mappings": "mapping",
}
"""What one entry of a section is called."""

TESTED: Final = (
    ("tested_slippage_ticks", "tested_slippage_bps"),
    ("tested_fee_bps", "tested_fee_per_unit"),
)
"""Pairs of keys of a strategy that say the same in two units."""


def crosscheck(reading: Reading, raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Judge a file as a whole."""
    model = reading.model
    names = _Names(raw)
    yield from _name_forms(model)
    yield from _routes(model, names)
    yield from mapping_findings(model.mappings)
    yield from source_findings(model)
    yield from check_copies(model, raw)
    yield from future_findings(model, raw)
    yield from _strategies(model, names)
    yield from _accounts(model, names)
    yield from _instruments(model)
    yield from _currencies(model)
    yield from _warnings(model)
    yield from _market(model, names)
    yield from calendar_findings(model, names.missing)
    yield from _listeners(model, reading.broken)
    yield from _tokens(model)


class _Names:
    """The names that stand in the file, also of entries that are faulty themselves."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = raw

    def of(self, section: str) -> Collection[str]:
        table = self._raw.get(section)
        return table.keys() if isinstance(table, dict) else ()

    def missing(self, path: PathKey, wanted: Collection[str], section: str) -> Iterator[Finding]:
        known = self.of(section)
        seen: set[str] = set()
        for index, name in enumerate(wanted):
            if name not in known:
                suggestion = meant(name, known)
                yield Finding(
                    (*path, index), "config_name_unknown", shown(name), NOUNS[section], suggestion
                )
            elif name in seen:
                yield Finding((*path, index), "config_value_twice", shown(name))
            seen.add(name)


def _name_forms(model: FileModel) -> Iterator[Finding]:
    for section, (form, expected) in NAME_FORMS.items():
        for name in getattr(model, section):
            if form.fullmatch(name) is None:
                yield Finding((section, name), "config_text_invalid", shown(name), expected)


def _routes(model: FileModel, names: _Names) -> Iterator[Finding]:
    for name, route in model.routes.items():
        path: PathKey = ("routes", name)
        yield from names.missing((*path, "accounts"), route.accounts, "accounts")
        yield from names.missing((*path, "strategies"), route.strategies, "strategies")
        count = len(route.accounts)
        if not 1 <= count <= ACCOUNTS_PER_ROUTE_MAX:
            expected = f"1 to {ACCOUNTS_PER_ROUTE_MAX} accounts"
            yield Finding((*path, "accounts"), "config_out_of_range", f"{count} accounts", expected)
        if not route.strategies:
            yield Finding(
                (*path, "strategies"),
                "config_out_of_range",
                "0 strategies",
                "at least one strategy",
            )
        yield from reading_findings(
            path, route.dialect, route.reading, route.strategies, waived=route.waive
        )
        yield from zone((*path, "expected_zone"), route.expected_zone)
        mapping = route.reading.mapping
        if mapping is not None and mapping not in names.of("mappings"):
            suggestion = meant(mapping, names.of("mappings"))
            place = (*path, "reading", "mapping")
            yield Finding(place, "config_name_unknown", shown(mapping), "mapping", suggestion)


def _strategies(model: FileModel, names: _Names) -> Iterator[Finding]:
    for name, strategy in model.strategies.items():
        path = ("strategies", name, "instruments")
        yield from names.missing(path, strategy.instruments, "instruments")
        for one, other in TESTED:
            if getattr(strategy, one) is not None and getattr(strategy, other) is not None:
                value = str(getattr(strategy, one))
                yield Finding(("strategies", name, one), "config_tested_twice", value, other)


def _accounts(model: FileModel, names: _Names) -> Iterator[Finding]:
    for name, account in model.accounts.items():
        path: PathKey = ("accounts", name)
        yield from names.missing((*path, "groups"), account.groups, "groups")
        limits = account.limits.instruments if account.limits is not None else {}
        for instrument in limits:
            place = (*path, "limits", "instruments", instrument)
            yield from _known_instrument(place, instrument, names.of("instruments"))
        symbols = _symbols(model) | set(names.of("instruments"))
        for symbol, target in account.symbols.items():
            yield from _known_instrument((*path, "symbols", symbol), target, symbols)
        yield from zone((*path, "zone"), account.zone)
        yield from _maintenance((*path, "maintenance"), account.maintenance)
        yield from _money_at_risk((*path, "live"), name, account, model.bridge.profile)
        if account.paper is not None:
            yield from _paper((*path, "paper"), account.paper)
        yield from _venue(path, account, names.of("instruments"))


def _venue(path: PathKey, account: AccountSection, known: Collection[str]) -> Iterator[Finding]:
    """Judge whether the account has the table of its venue, and that alone."""
    tables = {"paper": account.paper, "ccxt": account.ccxt}
    for venue, table in tables.items():
        if table is not None and venue != account.venue:
            yield Finding((*path, venue), "config_venue_table", venue, account.venue)
    if account.venue != "ccxt":
        return
    if account.ccxt is None:
        yield Finding(path, "config_exchange_missing", "")
        return
    yield from exchange_findings(
        path, account.ccxt, spot=account.spot, live=account.live, waive=account.waive,
        instruments=known,
    )  # fmt: skip


def _paper(path: PathKey, paper: PaperSection) -> Iterator[Finding]:
    if paper.latency_ms_max < paper.latency_ms_min:
        value, least = str(paper.latency_ms_max), f"{paper.latency_ms_min} or more"
        yield Finding((*path, "latency_ms_max"), "config_out_of_range", value, least)
    every_s = paper.drop_link_every_s
    if every_s and paper.drop_link_s > every_s:
        value, most = plain(paper.drop_link_s), f"{every_s} (`drop_link_every_s`) or less"
        yield Finding((*path, "drop_link_s"), "config_out_of_range", value, most)


def _market(model: FileModel, names: _Names) -> Iterator[Finding]:
    market = model.market
    if market.recording is not None and market.walks:
        yield Finding(("market", "recording"), "config_market_twice", "", choices(market.walks))
    for name in market.walks:
        yield from _known_instrument(("market", "walks", name), name, names.of("instruments"))


def _known_instrument(path: PathKey, name: str, known: Collection[str]) -> Iterator[Finding]:
    if name not in known:
        suggestion = meant(name, known)
        yield Finding(path, "config_name_unknown", shown(name), "instrument", suggestion)


def _symbols(model: FileModel) -> set[str]:
    aliases = {alias for instrument in model.instruments.values() for alias in instrument.aliases}
    continuous = (continuous_symbols(name, one) for name, one in model.futures.items())
    return aliases.union(*continuous)


def _maintenance(path: PathKey, windows: Sequence[MaintenanceSection]) -> Iterator[Finding]:
    for index, window in enumerate(windows):
        if window.zone is not None:
            yield from zone((*path, index, "zone"), window.zone)
        if window.begin == window.end:
            expected = "another time than `begin`: a whole day is none at which anything trades"
            yield Finding((*path, index, "end"), "config_out_of_range", window.end, expected)


def _money_at_risk(
    path: PathKey, name: str, account: AccountSection, profile: str
) -> Iterator[Finding]:
    if account.hedging:  # no venue of this version keeps tickets
        yield Finding((*path[:-1], "hedging"), "config_hedging_unavailable", name, account.venue)
    if not account.live:
        return
    if account.venue == "paper":
        yield Finding(path, "config_live_unavailable", shown(name), account.venue)
    if profile == "bench":
        yield Finding(path, "config_live_in_bench", shown(name))


def _instruments(model: FileModel) -> Iterator[Finding]:
    owners: dict[str, PathKey] = {name: ("instruments", name) for name in model.instruments}
    for name, instrument in model.instruments.items():
        path: PathKey = ("instruments", name)
        if instrument.margin_percent is not None and instrument.margin_per_unit is not None:
            yield Finding((*path, "margin_per_unit"), "config_margin_twice", "")
        least = instrument.quantity_min
        if least is not None and not is_step(least, instrument.lot_step):
            yield Finding(
                (*path, "quantity_min"),
                "config_minimum_off_step",
                plain(least),
                plain(instrument.lot_step),
            )
        for index, alias in enumerate(instrument.aliases):
            place = (*path, "aliases", index)
            other = owners.setdefault(alias, place)
            if other == place:
                continue
            if other[:3] == place[:3]:
                yield Finding(place, "config_value_twice", shown(alias))
            else:
                yield Finding(place, "config_alias_twice", shown(alias), path_text(other))


def _currencies(model: FileModel) -> Iterator[Finding]:
    told: set[tuple[str, str]] = set()
    for route in model.routes.values():
        strategies = (model.strategies.get(name) for name in route.strategies)
        traded = {name for found in strategies if found is not None for name in found.instruments}
        for account_name in route.accounts:
            account = model.accounts.get(account_name)
            for name in sorted(traded):
                instrument = model.instruments.get(name)
                if account is None or instrument is None or (account_name, name) in told:
                    continue
                if account.currency != instrument.currency:
                    told.add((account_name, name))
                    yield Finding(
                        ("accounts", account_name, "currency"),
                        "config_currency",
                        account.currency,
                        f"{instrument.currency} ({name})",
                    )


def _warnings(model: FileModel) -> Iterator[Finding]:
    for name, account in model.accounts.items():
        if account.loss is not None:
            yield from _preset(name, account.loss, account.limits)
        if account.limits is None:
            continue
        for key, warn, most in late_warnings(account.limits):
            path: PathKey = ("accounts", name, "limits", key)
            yield Finding(path, "config_warning_late", plain(warn), plain(most))


def _preset(name: str, loss: LossSection, limits: AccountLimits | None) -> Iterator[Finding]:
    wanted = [f"`accounts.{name}.{table}.{key}`" for table, key in lacking(loss, limits)]
    if wanted:
        path: PathKey = ("accounts", name, "loss", "preset")
        yield Finding(path, "config_preset_numbers", str(loss.preset), ", ".join(wanted))


def _listeners(model: FileModel, broken: Collection[PathKey]) -> Iterator[Finding]:
    if ("door",) not in broken and ("api",) not in broken:
        door = model.door.port
        api = door + 1 if model.api.port is None else model.api.port
        if api == door:
            yield Finding(("api", "port"), "config_port_twice", str(api))
        elif api > 65535:
            expected = "`api.port`, or a smaller `door.port`: the next one after it is no port"
            yield Finding(("door", "port"), "config_out_of_range", str(door), expected)
    if not is_loopback(model.api.host):
        expected = "`127.0.0.1`, `::1` or `localhost`"
        yield Finding(("api", "host"), "config_host_public", shown(model.api.host), expected)
    address = public_url_of(model.door.public_url)
    if isinstance(address, Finding):
        yield address
    for index, proxy in enumerate(model.door.trusted_proxies):
        if not is_network(proxy):
            expected = "an address (`127.0.0.1`) or a network (`10.0.0.0/8`)"
            place: PathKey = ("door", "trusted_proxies", index)
            yield Finding(place, "config_text_invalid", shown(proxy), expected)


def _tokens(model: FileModel) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, token in enumerate(model.api.tokens):
        if first.setdefault(token.name, index) != index:
            path: PathKey = ("api", "tokens", index, "name")
            yield Finding(path, "config_value_twice", shown(token.name))
