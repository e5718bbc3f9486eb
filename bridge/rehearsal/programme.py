"""The programme: which scenes there are, and how they are played for a configuration.

Rules of this file
1. Every scene has a stand of its own: what one leaves behind is no excuse for the next.
2. Chance is drawn from the seed alone; whoever calls gets the process's own chance back.
"""

from __future__ import annotations

import gc
import logging
import random
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, NamedTuple

import structlog

from bridge.config.values import Config
from bridge.rehearsal.casting import Part, lacking, parts_of
from bridge.rehearsal.play import Hindered, Play, Wrong, play_of
from bridge.rehearsal.report import Advice, Played, Programme, money
from bridge.rehearsal.scenes.crash import play_crash
from bridge.rehearsal.scenes.disconnect import play_disconnect
from bridge.rehearsal.scenes.duplicate import play_duplicate
from bridge.rehearsal.scenes.fills import play_fills
from bridge.rehearsal.scenes.maintenance import play_maintenance
from bridge.rehearsal.scenes.rules import play_rules
from bridge.rehearsal.scenes.slippage import play_slippage
from bridge.rehearsal.scenes.switch import play_switch
from bridge.rehearsal.stand import Stand
from bridge.rehearsal.timeline import Restless
from core.money import plain
from core.orders import OrderState
from core.setup import Account, Route


class Scene(NamedTuple):
    """One classic failure."""

    name: str
    title: str
    play: Callable[[Play], None]


SCENES: Final = (
    Scene("fills", "A fill is not guaranteed", play_fills),
    Scene("disconnect", "Disconnect", play_disconnect),
    Scene("maintenance", "Maintenance", play_maintenance),
    Scene("duplicate", "Duplicate alert", play_duplicate),
    Scene("rules", "A trade that the rules should stop", play_rules),
    Scene("switch", "Kill switch", play_switch),
    Scene("slippage", "Slippage", play_slippage),
    Scene("crash", "Crash and restart", play_crash),
)
"""All of them, in the order in which they are played."""


class Pair(NamedTuple):
    """A route, and the accounts of it that may be looked at: the first that trades is."""

    route: Route
    accounts: tuple[Account, ...]


PAIRS_MAX: Final = 20
"""Routes, or accounts of routes, that are rehearsed: each takes a second or two."""


def pairs_of(config: Config, *, every: bool) -> list[Pair]:
    """List what is rehearsed: each route with its first account that trades, or each account."""
    pairs: list[Pair] = []
    for route in config.setup.routes.values():
        accounts = [config.setup.accounts[name] for name in dict.fromkeys(route.accounts)]
        if every:
            pairs += [Pair(route, (account,)) for account in accounts]
        else:
            pairs.append(Pair(route, tuple(accounts)))
    return pairs


def perform(config: Config, pair: Pair, scenes: Sequence[Scene], seed: int) -> Programme:
    """Play scenes for one route."""
    with _alone(seed):
        part, advice = _cast(config, pair, seed)
        if part is None:
            return _impossible(pair, scenes, advice)
        programme = _opened(part)
        for scene in scenes:
            programme.played.append(_played(config, part, scene, seed))
        return programme


@contextmanager
def _alone(seed: int) -> Generator[None]:
    """Let nobody log, and let chance come from the seed: the jitter of retries draws it."""
    before, chance = structlog.get_config(), random.getstate()
    structlog.configure(
        processors=[],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=structlog.ReturnLoggerFactory(),
    )
    random.seed(seed)
    try:
        yield
    finally:
        structlog.configure(**before)
        random.setstate(chance)
        gc.collect()


def _played(config: Config, part: Part, scene: Scene, seed: int) -> Played:
    played = Played(scene.name, scene.title)
    stand = Stand(config, part, seed=f"{seed}:{scene.name}")
    try:
        play = play_of(stand, played)
        scene.play(play)
        play.agree()
    except Hindered as hindered:
        played.advice.append(_hindered("The rehearsal could not go on", hindered))
    except (Wrong, Restless) as wrong:
        played.wrong.append(str(wrong))
    finally:
        stand.close()
    return played


def _hindered(what: str, by: Hindered) -> Advice:
    return Advice(f"{what}: {by.heard.sentence}", by.heard.fix)


# --- what is played with --------------------------------------------------------------------------


def _cast(config: Config, pair: Pair, seed: int) -> tuple[Part | None, Advice]:
    """Choose the first part that trades, best one that has room for a second order."""
    second: Part | None = None
    refused: Advice | None = None
    for account in pair.accounts:
        for part in parts_of(config, pair.route, account):
            missing = lacking(config, part)
            if missing:
                refused = refused or _missing(part, missing)
                continue
            tried = _tried(config, part, seed)
            if isinstance(tried, Advice):
                refused = refused or tried
            elif tried.room:
                return tried, _NONE
            else:
                second = second or tried
    return second, refused or _NONE


_NONE: Final = Advice(
    "No strategy of this route may enter anything: it has no instrument, side or type of order.",
    "Give a strategy of the route instruments, sides and order_types.",
)


def _missing(part: Part, missing: Sequence[tuple[str, str]]) -> Advice:
    keys = ", ".join(key for key, _ in missing)
    return Advice(
        f"Every entry of {part.strategy.name} in {part.instrument.name} on {part.account.name} is "
        f"refused: {keys} {'is' if len(missing) == 1 else 'are'} not set.",
        "Set " + ", ".join(f"{where}.{key}" for key, where in missing) + ".",
    )


def _tried(config: Config, part: Part, seed: int) -> Part | Advice:
    """Try whether a part trades, and whether a second order passes beside the first."""
    stand = Stand(config, part, seed=f"{seed}:trial")
    try:
        play = play_of(stand, Played("trial", "Trial"))
        order = play.admitted(play.entry())
        play.reaches(order, OrderState.FILLED)
        stand.breathe()
        beside = stand.deliver(play.entry())
        return replace(part, room=beside.verdict == "admitted")
    except Hindered as hindered:
        amount = f"{plain(part.quantity)} {part.instrument.name}"
        return _hindered(f"No entry passes, not even of {amount}", hindered)
    except (Wrong, Restless):
        return replace(part, room=False)  # the scenes will say what is wrong
    finally:
        stand.close()


def _opened(part: Part) -> Programme:
    instrument = part.instrument
    opening = (
        f"strategy {part.strategy.name} {part.side}s {plain(part.quantity)} {instrument.name} at "
        f"about {plain(part.price)} ({money(part.value(part.quantity), instrument.currency)})"
    )
    notes: list[str] = []
    if part.made_up:
        notes.append(
            f"The configuration has no price of {instrument.name}: {plain(part.price)} is made up."
        )
    if not part.room:
        notes.append("The limits leave no room for a second order beside this one.")
    facts: dict[str, Any] = {
        "strategy": part.strategy.name,
        "instrument": instrument.name,
        "side": part.side,
        "quantity": plain(part.quantity),
        "price": plain(part.price),
        "price_made_up": part.made_up,
        "order_type": part.kind,
    }
    return Programme(part.route.name, part.account.name, opening, notes, facts)


def _impossible(pair: Pair, scenes: Sequence[Scene], advice: Advice) -> Programme:
    """Say of every scene why it cannot be played."""
    programme = Programme(
        pair.route.name, pair.accounts[0].name, "nothing can be entered", [], {"strategy": None}
    )
    for scene in scenes:
        programme.played.append(Played(scene.name, scene.title, advice=[advice]))
    return programme
