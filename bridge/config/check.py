"""What `bascule check` says of a good configuration: what it leaves open, waives or forgets.

Rules of this file
1. A row never shows a secret.
2. ``fail`` keeps the bridge from starting; ``warn`` is for a person to weigh; ``ok`` says what is.
3. Nothing is opened here: what the store and the venues say is handed in.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from adapters.ccxt.codes import CODES
from adapters.ccxt.profiles import PROFILES
from bridge.config.checkrow import CheckRow, Status
from bridge.config.entries import Entry, entries_of, missing_limits
from bridge.config.futurerows import future_rows
from bridge.config.origin import imported_from, installed_in, shadowed
from bridge.config.permissions import (
    FOLDER_OWNER_ONLY,
    OTHERS,
    OWNER_ONLY,
    mode_of,
    narrowing,
)
from bridge.config.values import Config
from core.store.port import Durability

__all__ = ["CheckRow", "Status", "check", "origin_row"]


def check(config: Config, durability: Durability | None = None, *, now: int = 0) -> list[CheckRow]:
    """Judge a configuration that was read without problems.

    ``durability``: what the opened store says of itself; ``None``: it was not opened. ``now``: to
    look at the days of futures; zero: they are not looked at.
    """
    return [
        origin_row(imported_from(), installed_in()),
        *_file(config),
        *_data(config),
        _store(config, durability),
        *_waivers(config),
        *_access(config),
        *_limits(config),
        *_market(config),
        *_bad_days(config),
        *_exchanges(config),
        *future_rows(config.setup, now),
        *_unused(config),
        *_hooks(config),
    ]


def origin_row(found: Mapping[str, Path | None], installed: Path | None) -> CheckRow:
    """Say whether our packages are our own."""
    wrong = shadowed(found, installed)
    if wrong:
        sentence = f"Another package has the name of one of ours: {wrong}."
        fix = "Install Bascule into an environment of its own, and unset PYTHONPATH."
        return CheckRow("packages", "fail", wrong, sentence, fix)
    folder = str(found["core"])
    if installed is None:
        sentence = "Bascule runs from a folder and is not installed."
        return CheckRow("packages", "warn", folder, sentence, "Run it as `python3 dev.py run`.")
    return CheckRow("packages", "ok", folder, "All packages are those of Bascule.")


def _file(config: Config) -> Iterator[CheckRow]:
    setup = config.setup
    parts = {
        "routes": setup.routes,
        "strategies": setup.strategies,
        "accounts": setup.accounts,
        "instruments": setup.instruments,
    }
    counts = ", ".join(f"{noun} {len(names)}" for noun, names in parts.items())
    sentence = f"The file was read: {counts}; setup {config.setup_hash[:12]}."
    yield CheckRow("configuration", "ok", str(config.path), sentence)
    if config.mode & OTHERS:
        mode = f"{config.mode:04o}"
        sentence = "Other users of this machine can read the configuration; it holds no secret."
        fix = narrowing(config.path, OWNER_ONLY)
        yield CheckRow("configuration permissions", "warn", mode, sentence, fix)
    for key, variable in config.origins.items():
        sentence = f"`{key}` comes from the environment variable {variable}, not from the file."
        yield CheckRow("environment", "ok", variable, sentence)
    if config.profile == "bench":
        sentence = "The profile `bench` is for measuring: its limits stop nothing."
        yield CheckRow("profile", "warn", "bench", sentence, "Never trade with it.")


def _data(config: Config) -> Iterator[CheckRow]:
    folder, shown = config.data, str(config.data)
    if not folder.exists():
        parent = next(parent for parent in folder.parents if parent.exists())
        if os.access(parent, os.W_OK):
            yield CheckRow("data", "ok", shown, "The data folder is made at the first start.")
        else:
            sentence = f"The data folder is not there, and {parent} cannot be written."
            yield CheckRow("data", "fail", shown, sentence, "Correct `bridge.data`.")
        return
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        sentence = f"{shown} is no folder, or the user who runs this may not write there."
        fix = (
            "Correct `bridge.data`, or give the folder to this user: `sudo chown -R $USER FOLDER`."
        )
        yield CheckRow("data", "fail", shown, sentence, fix)
        return
    mode = mode_of(folder)
    if mode & OTHERS:
        sentence = f"Other users of this machine can look into the data folder (mode {mode:04o})."
        fix = narrowing(folder, FOLDER_OWNER_ONLY)
        yield CheckRow("data", "fail", shown, sentence, fix)
        return
    yield CheckRow("data", "ok", shown, "The data folder is ours alone.")


def _store(config: Config, durability: Durability | None) -> CheckRow:
    store = config.store
    if durability is None:
        return CheckRow(
            "store", "ok", store.shown, f"The journal is `{store.journal}`; not opened."
        )
    if durability.safe:
        return CheckRow("store", "ok", store.shown, "What is committed there survives power loss.")
    sentence = f"What is committed there may be lost: {durability.why}"
    if store.durability_waived:
        return CheckRow("store", "warn", store.shown, sentence, "It was waived by name.")
    live = any(account.live for account in config.setup.accounts.values())
    fix = 'Change the store, or waive it by name: `store.waive = ["durability"]`.'
    return CheckRow("store", "fail" if live else "warn", store.shown, sentence, fix)


_WAIVED = {
    "id": "Alerts need no id: two equal ones within a minute count as one.",
    "time": "Alerts need no time: an old one cannot be told from a new one.",
    "attached_stop": "Entries go without the stop that the venue keeps while the bridge is away.",
    "unproven_venue": "Only the facts of this exchange are known; nothing was proven there.",
    "durability": "The store may lose its last writes when power fails.",
}


def _waivers(config: Config) -> Iterator[CheckRow]:
    for waiver in config.waivers:
        where, _, what = waiver.rpartition(":")
        fix = f"Take `{what}` out of `{where}.waive`."
        yield CheckRow("waiver", "warn", waiver, _WAIVED[what], fix)


def _access(config: Config) -> Iterator[CheckRow]:
    tokens = config.api.tokens
    if not any(token.scope == "operate" for token in tokens):
        sentence = "No token may operate: nobody can lower the bridge again after a halt."
        fix = 'Add `[[api.tokens]]` with `scope = "operate"`.'
        yield CheckRow("access", "warn", f"{len(tokens)} tokens", sentence, fix)
    for name, hook in config.hooks.items():
        if len(hook.tokens) > 1:
            sentence = f"The route `{name}` takes two tokens."
            fix = "When every alert has the new one: make it `token`, and drop `token_next`."
            yield CheckRow("token change", "warn", name, sentence, fix)


def _limits(config: Config) -> Iterator[CheckRow]:
    entries = entries_of(config.setup)
    if not config.setup.routes:
        fix = "Add a `[routes.NAME]`."
        yield CheckRow("routes", "warn", "none", "No alert can come in: no route is set.", fix)
        return
    complete = 0
    for entry in entries:
        missing = missing_limits(config.setup, entry)
        complete += not missing
        if missing:
            sentence = (
                f"Every entry of `{entry.strategy}` in {entry.instrument} on `{entry.account}` "
                f"is refused: no {', '.join(key for key, _ in missing)}."
            )
            fix = "Set " + ", ".join(f"`{where}.{key}`" for key, where in missing) + "."
            yield CheckRow("limits", "warn", _shown(entry), sentence, fix)
    if complete:
        value = f"{complete} of {len(entries)}"
        sentence = "Combinations of account, strategy and instrument that have every limit."
        yield CheckRow("limits", "ok", value, sentence)


def _shown(entry: Entry) -> str:
    return f"{entry.account} / {entry.strategy} / {entry.instrument}"


def _market(config: Config) -> Iterator[CheckRow]:
    recording = config.market.recording
    if recording is not None:
        if not recording.is_file():
            sentence = "The recorded market is not there."
            fix = "Correct `market.recording`."
            yield CheckRow("market", "fail", str(recording), sentence, fix)
        return
    traded = {
        entry.instrument for entry in entries_of(config.setup) if entry.account in config.paper
    }
    silent = sorted(traded - config.market.walks.keys())
    if silent:
        sentence = "These instruments have no quotes at the paper venue, so entries are refused."
        fix = "Add `[market.walks.NAME]` for each, or a recording."
        yield CheckRow("market", "warn", ", ".join(silent), sentence, fix)


def _bad_days(config: Config) -> Iterator[CheckRow]:
    for name, settings in config.paper.items():
        if settings.bad_days:
            sentence = f"The paper account `{name}` misbehaves on purpose."
            fix = f"Meant for rehearsals: drop these from `accounts.{name}.paper`."
            yield CheckRow("bad days", "warn", ", ".join(settings.bad_days), sentence, fix)


def _exchanges(config: Config) -> Iterator[CheckRow]:
    """Say what is known of the venues, and whether what speaks to them is installed."""
    if not config.exchanges:
        return
    if importlib.util.find_spec("ccxt") is None:
        sentence = "An account trades at an exchange, and ccxt is not installed."
        fix = CODES["ccxt_missing"].fix
        yield CheckRow("exchanges", "fail", ", ".join(config.exchanges), sentence, fix)
    for name, settings in config.exchanges.items():
        profile = PROFILES[settings.venue]
        if not profile.proven:
            sentence = f"Only the facts of {profile.name} are known: nothing was proven there."
            fix = "Begin with the smallest amounts, and compare every order by hand."
            yield CheckRow("exchange", "warn", name, sentence, fix)
        if settings.local is not None:
            where = f"{settings.local.host}:{settings.local.port}"
            sentence = f"A local exchange stands in the place of {profile.name}: no real money."
            yield CheckRow("exchange", "ok", f"{name}, {where}", sentence)


def _unused(config: Config) -> Iterator[CheckRow]:
    setup = config.setup
    routes = setup.routes.values()
    used = {
        "account": {name for route in routes for name in route.accounts},
        "strategy": {name for route in routes for name in route.strategies},
        "instrument": {name for found in setup.strategies.values() for name in found.instruments},
    }
    there = {
        "account": setup.accounts,
        "strategy": setup.strategies,
        "instrument": setup.instruments,
    }
    for noun, names in there.items():
        for name in sorted(names.keys() - used[noun]):
            by = "strategy" if noun == "instrument" else "route"
            sentence = f"The {noun} `{name}` is named by no {by}: nothing trades it."
            yield CheckRow("unused", "warn", name, sentence, f"Name it in a {by}, or drop it.")


def _hooks(config: Config) -> Iterator[CheckRow]:
    if not config.hooks or config.door.port in {80, 443}:
        return
    value = f"{config.door.host}:{config.door.port}"
    sentence = (
        "TradingView sends to ports 80 and 443 only: it reaches this bridge through a proxy with "
        "TLS that forwards `/hooks/*` here."
    )
    yield CheckRow(
        "hooks", "ok", value, sentence, "See docs/front-door.md; `bascule doctor` tries it."
    )
