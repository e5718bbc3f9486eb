"""Configurations to rehearse: one that trades, and what becomes of it when a piece changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from bridge.config import Config
from bridge.rehearsal.programme import SCENES, pairs_of, perform
from bridge.rehearsal.report import Played, Programme
from tests.unit.config.files import HOOK, OPERATOR, config_of

TRADES: Final = f"""\
[[api.tokens]]
name = "operator"
scope = "operate"
token = "{OPERATOR}"

[routes.fx]
token = "{HOOK}"
strategies = ["trend"]
accounts = ["one"]

[strategies.trend]
instruments = ["EURUSD"]

[strategies.trend.limits]
signals_per_minute = 60

[accounts.one]
venue = "paper"
currency = "USD"

[accounts.one.limits]
quantity_max = 100_000
value_max = 200_000
gross_max = 500_000
open_orders_max = 10
collar_percent = 0.5
position_max = 300_000
daily_loss_max = 2_000
messages_per_minute = 120

[instruments.EURUSD]
currency = "USD"
tick = 0.00001
lot_step = 1_000

[market.walks.EURUSD]
price_start = 1.08
"""

NAMES: Final = tuple(scene.name for scene in SCENES)


def changed(*pairs: tuple[str, str]) -> str:
    """Return the file with pieces replaced; each must be there."""
    text = TRADES
    for old, new in pairs:
        assert old in text, f"the file has no {old!r}"
        text = text.replace(old, new, 1)
    return text


def elsewhere(folder: Path) -> Config:
    """Read the file, with an account at a venue that is not the paper venue."""
    config = config_of(folder, TRADES)
    account = msgspec.structs.replace(config.setup.accounts["one"], venue="elsewhere")
    setup = msgspec.structs.replace(config.setup, accounts={"one": account})
    return dataclasses.replace(config, setup=setup)


def rehearsed(config: Config, only: Sequence[str] = NAMES, **more: Any) -> Programme:
    """Play scenes for the first route."""
    pair = pairs_of(config, every=False)[0]
    scenes = [scene for scene in SCENES if scene.name in only]
    return perform(config, pair, scenes, more.get("seed", 0))


def rehearse(folder: Path, text: str, only: Sequence[str] = NAMES, **more: Any) -> Programme:
    """Read a file and play scenes for its first route."""
    return rehearsed(config_of(folder, text), only, **more)


def verdicts(programme: Programme) -> dict[str, str]:
    """Return the verdict of each scene."""
    return {played.name: str(played.verdict) for played in programme.played}


def said(played: Played) -> str:
    """Return everything that a scene says."""
    texts = [moment.text for moment in played.moments] + played.handled + played.without
    return "\n".join([*texts, *played.wrong, *(f"{a.sentence} {a.fix}" for a in played.advice)])
