"""What some seeds have beside plain entries and exits: protection, targets and the like.

Rules of this file
1. Drawn from the seed, by chances of their own: a seed that has none of them is what it was.
2. A seed has few of them, so that what was simulated before is not thinned out.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from random import Random
from typing import Any, Final

import msgspec

from adapters.simulated.rows import Rules
from core.copy_setup import Copy
from core.levels import BreakEven, Level, LevelUnit, Protection, Target, Trail
from core.loss_setup import LossRules, OnBreach
from core.orders import Side
from core.setup import OnLegFailure, Reversal, Route, Setup

D = Decimal

CHANCES: Final = {"protection": 0.5, "targets": 0.3, "copies": 0.12, "losses": 0.15}
"""How often a seed has each of them."""

AIM: Final = "aim"
"""The strategy that says what position it wants, and nothing else."""


DRAWDOWN_MAX: Final = D(300)
"""What an account may lose in a world of losses, of each kind."""

ZONE: Final = "America/New_York"
"""Where its days begin: four hours after those of UTC."""

BALANCE: Final = D(20_000)
"""With which it begins there: small, so that its peaks are reached."""


def features_of(seed: int) -> frozenset[str]:
    """Draw what a seed has."""
    random = Random(f"{seed}:features")
    return frozenset(name for name, chance in CHANCES.items() if random.random() < chance)


def rules_of(rules: Rules, random: Random) -> Rules:
    """Draw what a venue can do for legs."""
    return replace(
        rules,
        stops=random.random() < 0.8,
        linked_legs=random.random() < 0.4,
        replace=random.random() < 0.6,
        attached_stop=random.random() < 0.4,
    )


def setup_with(setup: Setup, features: frozenset[str], random: Random) -> Setup:
    """Add what the features need to a configuration."""
    if "protection" in features:
        setup = _protected(setup, random)
    if "targets" in features:
        setup = _targeted(setup, random)
    if "copies" in features:
        setup = _copied(setup, random)
    if "losses" in features:
        setup = _losing(setup, random)
    return setup


def _copied(setup: Setup, random: Random) -> Setup:
    copies = {"two": Copy(ratio=D(random.choice(("0.3", "0.5", "0.7", "1.5", "2.5"))))}
    pair = msgspec.structs.replace(setup.routes["pair"], copies=copies, all_or_none=False)
    return msgspec.structs.replace(setup, routes={**setup.routes, "pair": pair})


def _losing(setup: Setup, random: Random) -> Setup:
    rules = LossRules(on_breach=random.choice(tuple(OnBreach)))
    accounts = {
        name: msgspec.structs.replace(account, loss=rules, zone=ZONE)
        for name, account in setup.accounts.items()
    }
    scopes = [f"account:{name}" for name in accounts]
    most = {"daily_loss_max": DRAWDOWN_MAX, "daily_loss_warn": DRAWDOWN_MAX / 2}
    most |= {"drawdown_max": DRAWDOWN_MAX, "trailing_drawdown_max": DRAWDOWN_MAX}
    limits = {
        scope: msgspec.structs.replace(limit, **most) if scope in scopes else limit
        for scope, limit in setup.limits.items()
    }
    return msgspec.structs.replace(setup, accounts=accounts, limits=limits)


def _routes(setup: Setup, **changes: Any) -> dict[str, Route]:
    return {name: msgspec.structs.replace(route, **changes) for name, route in setup.routes.items()}


def _protected(setup: Setup, random: Random) -> Setup:
    far = random.choice((None, D(2), D(5)))
    accounts = {
        name: msgspec.structs.replace(account, attached_stop_percent=far)
        for name, account in setup.accounts.items()
    }
    policy = random.choice(tuple(OnLegFailure))
    routes = _routes(setup, on_leg_failure=policy, require_stop=random.random() < 0.1)
    return msgspec.structs.replace(setup, accounts=accounts, routes=routes)


def _targeted(setup: Setup, random: Random) -> Setup:
    kind = next(iter(setup.strategies.values()))
    strategies = {**setup.strategies, AIM: msgspec.structs.replace(kind, name=AIM)}
    limits = {**setup.limits, f"strategy:{AIM}": setup.limits[f"strategy:{kind.name}"]}
    routes = _routes(setup, strategies=tuple(strategies), reversal=random.choice(tuple(Reversal)))
    return msgspec.structs.replace(setup, strategies=strategies, limits=limits, routes=routes)


def protection_of(random: Random, side: Side, price: Decimal) -> Protection:
    """Draw how a position is protected, by levels that the market reaches now and then."""
    near = D(random.choice((2, 4, 8, 15))) / 1000
    stop: Level | None = None
    if random.random() < 0.85:
        stop = _level(random, near, side=side, price=price)
    count = random.choice((0, 0, 1, 2, 3))
    targets = tuple(
        Target(
            level=Level(value=near * 100 * (number + 1), unit=LevelUnit.PERCENT),
            share=random.choice((None, D(30))) if count > 1 else None,
        )
        for number in range(count)
    )
    distance = Level(value=(price * near).quantize(D("0.1")), unit=LevelUnit.OFFSET)
    trail = Trail(
        distance=distance,
        after=random.choice((None, Level(value=near * 50, unit=LevelUnit.PERCENT))),
    )
    after = Level(value=D(random.choice((5, 20))), unit=LevelUnit.TICKS)
    even = BreakEven(
        after=after, offset=random.choice((None, Level(value=D(1), unit=LevelUnit.TICKS)))
    )
    return Protection(
        stop=stop,
        targets=targets,
        trail=trail if random.random() < 0.3 or not (stop or targets) else None,
        break_even=even if stop is not None and random.random() < 0.35 else None,
    )


def _level(random: Random, near: Decimal, *, side: Side, price: Decimal) -> Level:
    away = (price * near).quantize(D("0.1"))
    kind = random.choice((LevelUnit.PRICE, LevelUnit.OFFSET, LevelUnit.PERCENT, LevelUnit.TICKS))
    value = {
        LevelUnit.PRICE: price - side.sign * away,
        LevelUnit.OFFSET: away,
        LevelUnit.PERCENT: near * 100,
        LevelUnit.TICKS: away * 10,
    }[kind]
    return Level(value=value, unit=kind)
