"""The markets of a venue: loaded and parsed beside the event loop, and kept on disk between starts.

Rules of this file
1. Thousands of markets take most of a second to parse: that happens in a thread, on a keyless
   instance of its own, and what it made is handed over whole.
2. What is on disk is a convenience: too old, of another version, damaged or unwritable, it is as if
   it were not there. It is never half written.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from adapters.ccxt.profile import CCXT_VERSION, Profile
from adapters.ccxt.settings import CcxtSettings, Keys
from core.store.files import private_folder

BYTES_MAX: Final = 64 * 2**20
"""Longest file that is read: the 3600 markets of Binance take 8 MB."""

Opener = Callable[[Profile, CcxtSettings], Any]
"""Makes a client; given in, because the client itself loads markets."""


async def loaded(profile: Profile, settings: CcxtSettings, opener: Opener, *, fresh: bool) -> Any:
    """Return an instance of ccxt that knows the markets; it is closed, and has no keys. ``fresh``:
    asked at the venue, whatever lies on disk."""
    return await asyncio.to_thread(_in_thread, profile, settings, opener, fresh)


def _in_thread(profile: Profile, settings: CcxtSettings, opener: Opener, fresh: bool) -> Any:
    return asyncio.run(_load(profile, replace(settings, keys=Keys), opener, fresh=fresh))


async def _load(profile: Profile, settings: CcxtSettings, opener: Opener, *, fresh: bool) -> Any:
    path = _path(settings)
    kept = None if path is None or fresh else _read(path, settings)
    client = opener(profile, settings)
    await client.open()
    exchange = client.exchange
    try:
        if kept is None:
            await exchange.load_markets()
            if path is not None:
                _write(path, settings, exchange)
        else:
            exchange.options.update(kept["options"])
            exchange.set_markets(kept["markets"], kept["currencies"])
    finally:
        await client.close()
    return exchange


def _path(settings: CcxtSettings) -> Path | None:
    mode = settings.sandbox or ("live" if settings.local is None else "local")
    return None if settings.cache is None else settings.cache / f"{settings.venue}-{mode}.markets"


def _where(settings: CcxtSettings) -> str:
    local = settings.local
    return settings.sandbox or ("live" if local is None else f"{local.host}:{local.port}")


def _write(path: Path, settings: CcxtSettings, exchange: Any) -> None:
    """Keep the markets: a line that says what they are, then the markets themselves."""
    body = json.dumps(
        {
            "markets": list(exchange.markets.values()),
            "currencies": exchange.currencies,
            "options": {
                name: exchange.options.get(name)
                for name in exchange.options.get("marketHelperProps") or ()
            },
        },
        separators=(",", ":"),
    ).encode()
    head = {
        "ccxt": CCXT_VERSION,
        "venue": settings.venue,
        "where": _where(settings),
        "at_s": time.time_ns() // 1_000_000_000,
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    beside = path.with_suffix(f".{os.getpid()}.part")
    with contextlib.suppress(OSError):
        private_folder(path.parent)
        beside.write_bytes(json.dumps(head).encode() + b"\n" + body)
        beside.replace(path)
    with contextlib.suppress(OSError):
        beside.unlink(missing_ok=True)


def _read(path: Path, settings: CcxtSettings) -> dict[str, Any] | None:
    """Return what was kept if it is whole, young enough, and of this venue and version."""
    try:
        if path.stat().st_size > BYTES_MAX:
            return None
        line, _, body = path.read_bytes().partition(b"\n")
        head = json.loads(line)
        expected = {
            "ccxt": CCXT_VERSION,
            "venue": settings.venue,
            "where": _where(settings),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        age_s = time.time_ns() // 1_000_000_000 - int(head.pop("at_s"))
        if head != expected or not 0 <= age_s < settings.markets_s:
            return None
        return json.loads(body)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
