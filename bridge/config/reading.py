"""The table `[routes.NAME.reading]`: what a route says of its alerts, and they do not say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from adapters.tradingview.dialects import DIALECTS
from adapters.tradingview.mapped import Mapping as Mapped
from adapters.tradingview.terms import Terms
from bridge.config.fields import Section, Text, optional
from bridge.config.mappings import MappingSection
from bridge.config.problems import Finding, PathKey, choices, meant, shown
from bridge.config.trading import Words
from core.levels import LevelUnit
from core.signals import QuantityUnit

SizeUnitName = Literal["units", "quote", "equity_percent", "risk_quote", "risk_percent"]
LevelUnitName = Literal["price", "offset", "percent", "ticks", "pips"]
SidesName = Literal["both", "long", "short"]
RepairName = Literal["trailing_comma", "smart_quotes", "bom"]


class ReadingSection(Section):
    """What a route says of its alerts where its dialect leaves it open. A dialect's own page says
    which of these it needs.
    """

    strategy: Text | None = optional(
        None,
        "The strategy whose alerts these are, for a dialect that names none.",
        shown="the route's only strategy",
    )
    quantity_unit: SizeUnitName | None = optional(
        None, "What a bare size counts, where the dialect leaves it open."
    )
    risk_unit: SizeUnitName | None = optional(
        None, "What the number in `risk=` counts, as it is set at the sender."
    )
    target_unit: LevelUnitName | None = optional(
        None, "What bare stops and targets count, as it is set at the sender."
    )
    pending_unit: LevelUnitName | None = optional(
        None, "What the price of a pending order counts, as it is set at the sender."
    )
    sides: SidesName | None = optional(None, "The sides that the sender trades.")
    account: Text | None = optional(
        None, "The account that these alerts name; an alert that names another one is refused."
    )
    exchange: Text | None = optional(
        None, "The exchange that these alerts name; an alert that names another one is refused."
    )
    mapping: Text | None = optional(
        None, "The mapping of `[mappings]` by which these alerts are read, for that dialect."
    )
    repair: Annotated[tuple[RepairName, ...], Words] = optional(
        (),
        "What is repaired before reading, because it cannot change the meaning: `trailing_comma`, "
        "`smart_quotes`, `bom` (byte-order marks). The signal's page shows it.",
    )


def terms_of(
    section: ReadingSection,
    strategies: tuple[str, ...] = (),
    mappings: Mapping[str, Mapped] | None = None,
) -> Terms:
    """Make the terms of a route. ``strategies``: those of the route; an only one is its own.
    ``mappings``: those of the file."""
    return Terms(
        strategy=section.strategy or (strategies[0] if len(strategies) == 1 else ""),
        quantity_unit=_size(section.quantity_unit),
        risk_unit=_size(section.risk_unit),
        target_unit=_level(section.target_unit),
        pending_unit=_level(section.pending_unit),
        sides=section.sides or "",
        account=section.account or "",
        exchange=section.exchange or "",
        repair=frozenset(section.repair),
        mapping=(mappings or {}).get(section.mapping or ""),
    )


def reading_hash(section: ReadingSection, mappings: Mapping[str, MappingSection]) -> str:
    """Name what a route says of its alerts, for the setup: nothing where it says nothing.

    The same bytes mean another order when it changes, so the journal has to know that it did.
    """
    said = section.model_dump(mode="json", exclude_defaults=True)
    mapping = mappings.get(section.mapping or "")
    if mapping is not None:
        said["mapping"] = mapping.model_dump(mode="json", exclude_defaults=True)
    if not said:
        return ""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def _size(name: SizeUnitName | None) -> QuantityUnit | None:
    return None if name is None else QuantityUnit(name)


def _level(name: LevelUnitName | None) -> LevelUnit | None:
    return None if name is None else LevelUnit(name)


def reading_findings(
    path: PathKey,
    dialect: str,
    section: ReadingSection,
    strategies: tuple[str, ...],
    *,
    waived: tuple[str, ...],
) -> Iterator[Finding]:
    """Judge what a route says of its alerts: its dialect is known, has what it needs, heeds what is
    said, and can carry what the route asks for."""
    row = DIALECTS.get(dialect)
    if row is None:
        known = list(DIALECTS)
        suggestion = meant(dialect, known)
        place = (*path, "dialect")
        yield Finding(place, "config_value_unknown", shown(dialect), choices(known), suggestion)
        return
    terms = terms_of(section, strategies)
    for name in row.needs:
        if not (section.mapping if name == "mapping" else getattr(terms, name)):
            yield Finding((*path, "reading", name), "config_reading_missing", dialect, name)
    heeded = {*row.needs, *row.heeds, "repair"}
    for name in sorted(section.model_fields_set - heeded):
        yield Finding((*path, "reading", name), "config_reading_unheeded", name, dialect)
    for name in row.lacks:
        if name not in waived:
            yield Finding((*path, "waive"), "config_waiver_missing", dialect, name)
    if section.strategy is not None and section.strategy not in strategies:
        place = (*path, "reading", "strategy")
        value = shown(section.strategy)
        yield Finding(place, "config_name_unknown", value, "strategy of the route", "")
