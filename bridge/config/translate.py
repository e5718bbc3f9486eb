"""From the file's words to the values that the bridge and the core use.

Rules of this file
1. It runs on a file without problems, so it refuses nothing.
2. Numbers are written in one form (`1.50` becomes `1.5`), so that a change of looks is no change of
   the setup.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.paper.settings import PaperSettings
from adapters.tradingview.mapped import Mapping as Mapped
from bridge.config.copies import CopySection
from bridge.config.futures import expanded, futures_of
from bridge.config.hours import CalendarFile, Hours
from bridge.config.limits import OrderLimits
from bridge.config.losses import stopping
from bridge.config.maintenance import WEEK
from bridge.config.mappings import MappingSection, mapping_of
from bridge.config.market import Market
from bridge.config.model import FileModel, RouteSection
from bridge.config.public_url import public_url_of
from bridge.config.reading import reading_hash, terms_of
from bridge.config.scopes import limits_of
from bridge.config.sources import sources_of
from bridge.config.store_url import StoreUrl
from bridge.config.tokens import Secrets, kept
from bridge.config.trading import AccountSection, InstrumentSection, StrategySection
from bridge.config.values import Api, Door, Hook, StoreAddress, Token
from bridge.config.windows import Window
from core.copy_setup import Copy, Equivalent, Minimum
from core.instruments import Instrument
from core.levels import LevelsMode
from core.loss_setup import PLAIN_LOSS
from core.money import ZERO, plain
from core.orders import OrderType, Side
from core.route_policies import OnGap, Reversal
from core.setup import (
    SECOND_NS,
    Account,
    Group,
    Limits,
    OnLate,
    OnLegFailure,
    OnPartial,
    Route,
    Setup,
    Strategy,
)
from core.signals import QuantityUnit
from core.symbol_rules import RULES


def setup_of(model: FileModel) -> Setup:
    """Make the part of the configuration that decisions depend on."""
    return Setup(
        instruments={name: _instrument(name, one) for name, one in model.instruments.items()},
        accounts={name: _account(name, one) for name, one in model.accounts.items()},
        strategies={name: _strategy(name, one) for name, one in model.strategies.items()},
        routes={name: _route(name, one, model.mappings) for name, one in model.routes.items()},
        limits={
            scope: _stopped(model, scope, _limits(one))
            for scope, one in limits_of(model)
            if one.model_fields_set
        },
        clock_off_max_ns=_ns(model.clock.off_max_s),
        groups={
            name: Group(name=name, no_opposite=True)
            for name, one in model.groups.items()
            if one.no_opposite
        },
        futures=futures_of(model.futures),
        symbol_rules=tuple(rule for rule in RULES if rule in model.symbols.rules),
    )


def with_contracts(model: FileModel) -> FileModel:
    """Put the contracts in the place of a future, wherever a strategy lists one."""
    if not model.futures:
        return model
    strategies = {
        name: one.model_copy(update={"instruments": expanded(one.instruments, model.futures)})
        for name, one in model.strategies.items()
    }
    return model.model_copy(update={"strategies": strategies})


def hash_of(setup: Setup) -> str:
    """Return the sha256 of a setup's canonical form: one order of keys, one form of each number."""
    return hashlib.sha256(msgspec.json.encode(setup, order="deterministic")).hexdigest()


def door_of(model: FileModel) -> Door:
    """Make the public listener."""
    door = model.door
    url = public_url_of(door.public_url)
    assert isinstance(url, str), "the address has been judged"
    return Door(
        door.host,
        door.port,
        door.trusted_proxies,
        door.body_bytes_max,
        public_url=url,
        certificate_header=door.certificate_header or "",
        verified_header=door.verified_header or "",
    )


def api_of(model: FileModel, secrets: Secrets) -> Api:
    """Make the private listener, with who may use it."""
    api = model.api
    tokens = tuple(
        Token(token.name, token.scope, secrets.of(("api", "tokens", index))[0])
        for index, token in enumerate(api.tokens)
    )
    port = model.door.port + 1 if api.port is None else api.port
    return Api(api.host, port, api.hosts, tokens)


def hooks_of(model: FileModel, secrets: Secrets) -> Mapping[str, Hook]:
    """Make the addresses that take alerts."""
    mappings = mappings_of(model)
    return {
        name: Hook(
            route=name,
            dialect=route.dialect,
            tokens=secrets.of(("routes", name)),
            terms=terms_of(route.reading, route.strategies, mappings),
            kept=kept(("routes", name), route),
            sources=sources_of(route.sources, proxied=bool(model.door.trusted_proxies)),
            sources_implied=route.sources is None and bool(model.door.trusted_proxies),
            certificate=None if route.certificate is None else route.certificate.wanted(),
        )
        for name, route in model.routes.items()
    }


def mappings_of(model: FileModel) -> Mapping[str, Mapped]:
    """Make the mappings of the file."""
    return {name: mapping_of(name, one) for name, one in model.mappings.items()}


def store_of(model: FileModel, url: StoreUrl) -> StoreAddress:
    """Make the address of the store."""
    store = model.store
    waived = "durability" in store.waive
    return StoreAddress(url.url, url.shown, store.journal, store.journal_id, waived)


def paper_of(model: FileModel) -> Mapping[str, PaperSettings]:
    """Make the settings of the accounts at the paper venue."""
    return {
        name: PaperSettings(currency=account.currency)
        if account.paper is None
        else account.paper.settings(account.currency)
        for name, account in model.accounts.items()
        if account.venue == "paper"
    }


def maintenance_of(model: FileModel) -> Mapping[str, tuple[Window, ...]]:
    """Make the times at which venues are closed."""
    return {
        name: tuple(window.window(account.zone) for window in account.maintenance)
        for name, account in model.accounts.items()
    }


def hours_of(model: FileModel) -> Mapping[str, Hours]:
    """Make the hours of the instruments that have any."""
    return {
        name: Hours(
            instrument=name,
            zone=one.zone,
            windows=tuple(window.window(one.zone) for window in one.sessions),
            holidays=tuple(date.fromisoformat(day) for day in one.holidays),
            calendars=one.calendars,
            concerns=frozenset({name, *one.aliases, *(one.news_for or (one.currency,))}),
        )
        for name, one in model.instruments.items()
        if is_scheduled(one)
    }


def is_scheduled(section: InstrumentSection) -> bool:
    """Say whether an instrument has a calendar of any kind."""
    return bool(section.sessions or section.holidays or section.calendars)


def calendars_of(model: FileModel, folder: Path) -> Mapping[str, CalendarFile]:
    """Make the calendar files that some instrument heeds."""
    heeded = {name for one in model.instruments.values() for name in one.calendars}
    aliases = (alias for one in model.instruments.values() for alias in one.aliases)
    currencies = (
        name for one in model.instruments.values() for name in (one.currency, *one.news_for)
    )
    names = frozenset({*model.instruments, *aliases, *currencies})
    return {
        name: section.source(name, folder, names)
        for name, section in model.calendars.items()
        if name in heeded
    }


def market_of(model: FileModel, folder: Path) -> Market:
    """Make the paper venue's market."""
    market = model.market
    recording = None if market.recording is None else folder / market.recording
    walks = {name: walk.settings() for name, walk in market.walks.items()}
    return Market(walks, recording, market.speed, market.repeat)


def waivers_of(model: FileModel) -> tuple[str, ...]:
    """List what was waived by name."""
    routes = (
        f"routes.{name}:{waived}" for name, route in model.routes.items() for waived in route.waive
    )
    accounts = (
        f"accounts.{name}:{waived}"
        for name, account in model.accounts.items()
        for waived in account.waive
    )
    return (*(f"store:{waived}" for waived in model.store.waive), *routes, *accounts)


def _one_form(number: Decimal) -> Decimal:
    return Decimal(plain(number))


def _or_none(number: Decimal | None) -> Decimal | None:
    return None if number is None else _one_form(number)


def _ns(seconds: Decimal) -> int:
    return int(seconds * SECOND_NS)


def _instrument(name: str, section: InstrumentSection) -> Instrument:
    least = section.lot_step if section.quantity_min is None else section.quantity_min
    return Instrument(
        name=name,
        currency=section.currency,
        tick=_one_form(section.tick),
        lot_step=_one_form(section.lot_step),
        quantity_min=_one_form(least),
        value_min=_one_form(section.value_min) if section.value_min is not None else ZERO,
        multiplier=_one_form(section.multiplier),
        aliases=section.aliases,
        spread_percent_max=_one_form(section.spread_percent_max),
        jump_factor_max=_one_form(section.jump_factor_max),
        jump_percent_min=_one_form(section.jump_percent_min),
        scheduled=is_scheduled(section),
        margin_percent=_or_none(section.margin_percent),
        margin_per_unit=_or_none(section.margin_per_unit),
        pip=_or_none(section.pip),
        base=section.base or "",
    )


ATTACHED_DEFAULT: Final = Decimal(5)
"""Percent of the stop that a live account keeps at its venue: further than a usual stop, nearer
than what ends an account."""


def _attached(section: AccountSection) -> Decimal | None:
    if "attached_stop" in section.waive:
        return None
    if section.attached_stop_percent is None:
        return ATTACHED_DEFAULT if section.live else None
    return _one_form(section.attached_stop_percent)


def _account(name: str, section: AccountSection) -> Account:
    return Account(
        name=name,
        venue=section.venue,
        currency=section.currency,
        live=section.live,
        symbols=dict(section.symbols),
        groups=section.groups,
        reducing=section.reducing,
        allow_opposed=section.allow_opposed,
        spot=section.spot,
        hedging=section.hedging,
        foreign=section.foreign,
        zone=section.zone,
        quote_age_max_ns=_ns(section.quote_age_max_s),
        mark_age_max_ns=_ns(section.mark_age_max_s),
        silence_max_ns=_ns(section.silence_max_s),
        attached_stop_percent=_attached(section),
        flat_before_close_ns=_ns(section.flat_before_close_s or ZERO),
        flat_before_weekend_ns=_ns(section.flat_before_weekend_s or ZERO),
        flat_before_news_ns=_ns(section.flat_before_news_s or ZERO),
        hold=section.hold,
        exchange="" if section.ccxt is None else section.ccxt.identity,
        loss=PLAIN_LOSS if section.loss is None else section.loss.rules(),
    )


def _strategy(name: str, section: StrategySection) -> Strategy:
    return Strategy(
        name=name,
        instruments=section.instruments,
        sides=tuple(Side(side) for side in section.sides),
        order_types=tuple(OrderType(kind) for kind in section.order_types),
        rejects_row_max=section.rejects_row_max,
        rejects_of_50_max=section.rejects_of_50_max,
        reject_pause_ns=_ns(section.reject_pause_s),
        drift_collars_max=_one_form(section.drift_collars_max),
        drift_window_ns=_ns(section.drift_window_s),
        drift_pause_ns=_ns(section.drift_pause_s),
        tested_slippage_ticks=_or_none(section.tested_slippage_ticks),
        tested_slippage_bps=_or_none(section.tested_slippage_bps),
        tested_fee_bps=_or_none(section.tested_fee_bps),
        tested_fee_per_unit=_or_none(section.tested_fee_per_unit),
    )


def _route(name: str, section: RouteSection, mappings: Mapping[str, MappingSection]) -> Route:
    return Route(
        name=name,
        accounts=section.accounts,
        strategies=section.strategies,
        quantity=_or_none(section.quantity),
        quantity_unit=QuantityUnit(section.quantity_unit),
        signal_age_max_ns=_ns(section.signal_age_max_s),
        order_life_ns=_ns(section.order_life_s),
        require_id="id" not in section.waive,
        require_time="time" not in section.waive,
        warn_of_crowd="crowd" not in section.waive,
        all_or_none=section.all_or_none,
        rate_per_minute=section.rate_per_minute,
        rate_burst=section.rate_burst,
        on_partial=OnPartial(section.on_partial),
        partial_after_ns=_ns(section.partial_after_s),
        reject_retries_max=section.reject_retries_max,
        late_arrival=OnLate(section.late_arrival),
        on_gap=None if section.on_gap is None else OnGap(section.on_gap),
        reversal=Reversal(section.reversal),
        require_stop=section.require_stop,
        on_leg_failure=OnLegFailure(section.on_leg_failure),
        levels=LevelsMode(section.levels),
        basis_max_percent=_or_none(section.basis_max_percent),
        copies={who: _copy(one) for who, one in section.copies.items()},
        leader=section.leader or "",
        silent_after_ns=_ns(section.silent_after_s or ZERO),
        expected_by=tuple(sorted(section.expected_by)),
        expected_zone=section.expected_zone if section.expected_by else "UTC",
        expected_days=tuple(sorted(WEEK.index(day) for day in section.expected_days)),
        dialect=section.dialect,
        reading=reading_hash(section.reading, mappings),
    )


def _copy(section: CopySection) -> Copy:
    return Copy(
        ratio=_one_form(section.ratio),
        minimum=Minimum(section.minimum),
        equivalents={
            name: Equivalent(instrument=other.instrument, factor=_one_form(other.factor))
            for name, other in section.equivalents.items()
        },
    )


def _stopped(model: FileModel, scope: str, limits: Limits) -> Limits:
    """Let the loss limits of an account stop at its share of them."""
    account = model.accounts.get(scope.removeprefix("account:"))
    if account is None or account.loss is None or account.limits is None:
        return limits
    names = stopping(account.limits)
    stops = {name: _one_form(account.loss.stops_at(getattr(limits, name))) for name in names}
    return msgspec.structs.replace(limits, **stops)


def _limits(section: OrderLimits) -> Limits:
    values: dict[str, Any] = {
        name: _one_form(value) if isinstance(value, Decimal) else value
        for name, value in section
        if name != "instruments"
    }
    for what in ("signals", "messages"):
        if values.get(f"{what}_burst") is None:
            values[f"{what}_burst"] = values.get(f"{what}_per_minute")
    return Limits(**values)
