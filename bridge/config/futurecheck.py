"""What a file says of futures, checked: contracts that exist, days in order, one way to roll, and
no symbol with two meanings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from bridge.config.crosscheck_calendar import zone
from bridge.config.futures import (
    ContractSection,
    FutureSection,
    continuous_symbols,
    last_day,
    rolls_on,
)
from bridge.config.model import FileModel
from bridge.config.problems import Finding, PathKey, meant, path_text, shown


def future_findings(model: FileModel, raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Judge the futures of a file."""
    table = raw.get("instruments")
    known: Collection[str] = table.keys() if isinstance(table, dict) else ()
    owners: dict[str, PathKey] = {}
    for name, section in model.futures.items():
        path: PathKey = ("futures", name)
        yield from zone((*path, "zone"), section.zone)
        if not section.contracts:
            yield Finding((*path, "contracts"), "config_out_of_range", "0", "at least one contract")
        for place, contract in enumerate(section.contracts):
            here = (*path, "contracts", place)
            if contract.name not in known:
                suggestion = meant(contract.name, known)
                value = shown(contract.name)
                yield Finding(
                    (*here, "name"), "config_name_unknown", value, "instrument", suggestion
                )
            if owners.setdefault(contract.name, here) != here:
                yield Finding((*here, "name"), "config_value_twice", shown(contract.name))
            yield from _days(here, section, place)
        yield from _two_meanings(model, path, name, section)


def _days(path: PathKey, section: FutureSection, place: int) -> Iterator[Finding]:
    """Judge the days of one contract, by themselves and against the one before."""
    contract = section.contracts[place]
    expiry, ruled = date.fromisoformat(contract.expiry), section.roll_days_before_expiry is not None
    if last_day(contract) >= expiry:
        yield Finding(
            (*path, "last_entry"), "config_contract_days", str(contract.last_entry), "the expiry"
        )
    if contract.front_from is not None and ruled and place:
        yield Finding((*path, "front_from"), "config_roll_twice", contract.front_from)
    front = rolls_on(section, place)
    if front is not None and front > last_day(contract):
        value, limit = front.isoformat(), "its last entry"
        yield Finding((*path, "front_from"), "config_contract_days", value, limit)
    if not place:
        return
    before = section.contracts[place - 1]
    if expiry <= date.fromisoformat(before.expiry):
        yield Finding(
            (*path, "expiry"),
            "config_contract_order",
            contract.expiry,
            f"{before.name} {before.expiry}",
        )
    if front is None:
        yield Finding(path, "config_roll_missing", shown(contract.name))
    else:
        yield from _after(path, section, before, front=front, place=place)


def _after(
    path: PathKey, section: FutureSection, before: ContractSection, *, front: date, place: int
) -> Iterator[Finding]:
    """Judge whether a contract takes over after the one before did, and in time."""
    earlier = rolls_on(section, place - 1)
    if earlier is not None and front <= earlier:
        value = f"{before.name} {earlier.isoformat()}"
        yield Finding((*path, "front_from"), "config_contract_order", front.isoformat(), value)
    if front > date.fromisoformat(before.expiry):
        value, limit = front.isoformat(), f"the expiry of {before.name}"
        yield Finding((*path, "front_from"), "config_contract_days", value, limit)


def _two_meanings(
    model: FileModel, path: PathKey, name: str, section: FutureSection
) -> Iterator[Finding]:
    """Find continuous symbols, or a root, that are the name of something else too."""
    if name in model.instruments:
        where = path_text(("instruments", name))
        yield Finding(path, "config_alias_twice", shown(name), where)
    own = set(continuous_symbols(name, section))
    for other, instrument in model.instruments.items():
        if other in own:
            where = path_text(("instruments", other))
            yield Finding(path, "config_alias_twice", shown(other), where)
        for index, alias in enumerate(instrument.aliases):
            if alias in own:
                place: PathKey = ("instruments", other, "aliases", index)
                yield Finding(place, "config_alias_twice", shown(alias), path_text(path))
