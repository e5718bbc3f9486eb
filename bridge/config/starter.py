"""A fresh configuration that works as it stands: simulated account and market, new secrets."""

from __future__ import annotations

import json
import os
import secrets
import string
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bridge.config.permissions import FOLDER_OWNER_ONLY, OWNER_ONLY
from bridge.config.problems import Finding, Problem, choices, meant, shown
from bridge.config.starter_text import GIT_IGNORED, QUANTITIES, TEXTS
from bridge.config.store_url import StoreUrl, read_store_url

FILE_NAME: Final = "bascule.toml"
"""Name of the configuration in its folder."""

PORT: Final = 8470
"""Port of the public listener unless told otherwise; the private one has the next."""

PORT_MAX: Final = 65_534
"""The last one, 65535, is left to the private listener."""

ROUTE: Final = "demo"
"""The route of a fresh configuration."""

TOKEN_BYTES: Final = 24
"""192 bits: 32 characters in an address."""


@dataclass(frozen=True, slots=True)
class Starter:
    """What was made. ``hook``: full address for alerts; ``message``: an alert that it admits.

    ``wrote``: files and folders that are new.
    """

    config: Path
    wrote: tuple[Path, ...]
    hook: str = field(repr=False)
    message: dict[str, str]
    api: str
    ready: str
    api_token: str = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return it as the one JSON object of ``bascule init --json``."""
        return {
            "config": str(self.config),
            "wrote": [str(path) for path in self.wrote],
            "hook": self.hook,
            "message": self.message,
            "api": self.api,
            "ready": self.ready,
            "api_token": self.api_token,
        }


def init(
    folder: Path,
    port: int = PORT,
    store: str | None = None,
    profile: str = "paper",
    *,
    now_ns: Callable[[], int] = time.time_ns,
) -> Starter | Problem:
    """Write a configuration into a folder; never over one that is there.

    Errors: ``config_exists``, ``config_unwritable``, ``config_value_unknown`` (profile),
    ``config_out_of_range`` (port), ``config_store_url``, ``config_store_insecure``.
    """
    folder = folder.absolute()
    file, data = folder / FILE_NAME, folder / "data"
    wrong = _wrong(port, store, profile, data)
    if wrong is not None:
        return Problem(
            wrong.code, "bascule init", 0, 0, "", wrong.value, wrong.expected, wrong.suggestion
        )
    route_token, api_token = (secrets.token_urlsafe(TOKEN_BYTES) for _ in range(2))
    text = string.Template(TEXTS[profile]).substitute(
        profile=profile,
        store=_store_line(store),
        journal=f"b-{secrets.token_hex(4)}",
        port=port,
        api_port=port + 1,
        api_token=api_token,
        route=ROUTE,
        route_token=route_token,
    )
    wrote = _write(folder, file, data, text)
    if isinstance(wrote, Problem):
        return wrote
    private = f"http://127.0.0.1:{port + 1}"
    return Starter(
        config=file,
        wrote=wrote,
        hook=f"http://127.0.0.1:{port}/hooks/{ROUTE}/{route_token}",
        message=_message(profile, now_ns()),
        api=f"{private}/api",
        ready=f"{private}/readyz",
        api_token=api_token,
    )


def _wrong(port: int, store: str | None, profile: str, data: Path) -> Finding | None:
    if profile not in TEXTS:
        suggestion = meant(profile, TEXTS)
        return Finding((), "config_value_unknown", shown(profile), choices(TEXTS), suggestion)
    if not 1 <= port <= PORT_MAX:
        expected = f"a port from 1 to {PORT_MAX}; the next one is for the pages"
        return Finding((), "config_out_of_range", str(port), expected)
    url = read_store_url(store, data)
    return None if isinstance(url, StoreUrl) else url


def _store_line(store: str | None) -> str:
    if store is None:
        return '# url = "sqlite:///journal.db"   # the default: a file in the data folder'
    return f"url = {json.dumps(store)}"


def _write(folder: Path, file: Path, data: Path, text: str) -> tuple[Path, ...] | Problem:
    wrote: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(file, flags, OWNER_ONLY), "w", encoding="utf-8") as opened:
            opened.write(text)
        wrote.append(file)
        if not data.exists():
            data.mkdir(mode=FOLDER_OWNER_ONLY)
            wrote.append(data)
        ignored = folder / ".gitignore"
        if not ignored.exists():
            ignored.write_text(GIT_IGNORED, encoding="utf-8")
            wrote.append(ignored)
    except FileExistsError as error:
        name = error.filename or file
        return Problem("config_exists", str(name), 0, 0, "", str(name))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or "its path is invalid"
        return Problem("config_unwritable", str(folder), 0, 0, "", str(reason))
    return tuple(wrote)


def _message(profile: str, now_ns: int) -> dict[str, str]:
    now = datetime.fromtimestamp(now_ns // 1_000_000_000, UTC)
    return {
        "id": f"first-{secrets.token_hex(6)}",
        "strategy": "demo",
        "symbol": "BTCUSDT",
        "action": "buy",
        "effect": "open",
        "quantity": QUANTITIES[profile],
        "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
