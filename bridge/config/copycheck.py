"""What routes say of leaders and followers, checked: who they are, and what stands for what.

Rules of this file
1. Whatever would make an order of another size than was meant is a problem of the file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from bridge.config.copies import CopySection, EquivalentSection
from bridge.config.model import FileModel, RouteSection
from bridge.config.problems import Finding, PathKey, choices, meant, shown
from core.money import is_step, plain


def check_copies(model: FileModel, raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Judge what routes say of leaders and followers."""
    table = raw.get("instruments")
    known: Collection[str] = table.keys() if isinstance(table, dict) else ()
    followed: dict[tuple[str, str], str] = {}
    for name, route in model.routes.items():
        path: PathKey = ("routes", name)
        yield from _places(path, route)
        for follower, copy in route.copies.items():
            place = (*path, "copies", follower, "equivalents")
            yield from _equivalents(place, copy, model, route, known=known)
        yield from _once(path, name, route, followed)


def leader_of(route: RouteSection) -> str:
    """Return who leads a route; nobody of a route without accounts."""
    return route.leader or (route.accounts[0] if route.accounts else "")


def _places(path: PathKey, route: RouteSection) -> Iterator[Finding]:
    leader = leader_of(route)
    if route.leader is not None and route.leader not in route.accounts:
        yield _stranger((*path, "leader"), route.leader, route)
    elif route.leader is not None and not route.copies:
        yield Finding((*path, "leader"), "config_leader_alone", shown(route.leader))
    for follower in route.copies:
        place = (*path, "copies", follower)
        if follower not in route.accounts:
            yield _stranger(place, follower, route)
        elif follower == leader:
            yield Finding(place, "config_copy_of_leader", shown(follower))


def _stranger(path: PathKey, name: str, route: RouteSection) -> Finding:
    suggestion = meant(name, route.accounts)
    return Finding(path, "config_copy_account", shown(name), choices(route.accounts), suggestion)


def _equivalents(
    path: PathKey,
    copy: CopySection,
    model: FileModel,
    route: RouteSection,
    *,
    known: Collection[str],
) -> Iterator[Finding]:
    taken: dict[str, str] = {}
    for name, other in copy.equivalents.items():
        here = (*path, name)
        places = (((*here,), name), ((*here, "instrument"), other.instrument))
        unknown = [(place, one) for place, one in places if one not in known]
        for place, one in unknown:
            suggestion = meant(one, known)
            yield Finding(place, "config_name_unknown", shown(one), "instrument", suggestion)
        if unknown:
            continue
        first = taken.setdefault(other.instrument, name)
        if first != name:
            place = (*here, "instrument")
            yield Finding(place, "config_equivalent_twice", shown(other.instrument), shown(first))
        yield from _allowed(here, name, other, model, route=route)
        yield from _units(here, name, other, model)


def _allowed(
    path: PathKey,
    name: str,
    other: EquivalentSection,
    model: FileModel,
    *,
    route: RouteSection,
) -> Iterator[Finding]:
    """Say which strategy may trade the one and not the other."""
    for strategy in route.strategies:
        section = model.strategies.get(strategy)
        if section is None or name not in section.instruments:
            continue
        if other.instrument not in section.instruments:
            place = (*path, "instrument")
            value, limit = shown(other.instrument), shown(strategy)
            yield Finding(place, "config_equivalent_not_allowed", value, limit)


def _units(
    path: PathKey, name: str, other: EquivalentSection, model: FileModel
) -> Iterator[Finding]:
    """Say that a step of the one is no whole number of steps of the other, either way round."""
    theirs, ours = model.instruments.get(name), model.instruments.get(other.instrument)
    if theirs is None or ours is None:
        return
    step = theirs.lot_step * other.factor
    if not is_step(step, ours.lot_step) and not is_step(ours.lot_step, step):
        limit = f"{plain(ours.lot_step)} of {other.instrument}"
        yield Finding((*path, "factor"), "config_copy_units", plain(step), limit)


def _once(
    path: PathKey, name: str, route: RouteSection, followed: dict[tuple[str, str], str]
) -> Iterator[Finding]:
    """Say that a strategy in an account follows two leaders: what it should hold would be
    neither."""
    if not route.copies:
        return
    for account in dict.fromkeys(route.accounts):
        if account == leader_of(route):
            continue
        for strategy in route.strategies:
            first = followed.setdefault((account, strategy), name)
            if first != name:
                value, limit = f"{shown(strategy)} in {shown(account)}", f"routes.{first}"
                yield Finding((*path, "copies"), "config_copied_twice", value, limit)
                return
