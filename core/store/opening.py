"""Opening a store by its address. An engine is imported only when it is asked for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from core.store.codes import failure
from core.store.port import Store, StoreUnavailable

KNOWN: Final = (
    "sqlite:///FILE",
    "redis://HOST:PORT/DB",
    "rediss://HOST:PORT/DB",
    "unix:///SOCKET",
    "memory://",
)
"""Kinds of address, as they are shown to people."""

_SCHEME: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]+)://")
"""Two letters at least before the colon: ``C:\\journal.db`` is a file."""

_JOURNAL: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The id is a folder's name and a part of a key."""


def open_store(url: str, *, data: Path, journal: str, read_only: bool = False) -> Store:
    """Open the store at an address: ``sqlite:///file`` or a plain path (relative to ``data``), or a
    server.

    Finished segments stand in ``data``, in a folder with the journal's id, whatever the engine.
    Errors: ``StoreUnavailable`` with ``store_url_unknown``, ``store_url_invalid``,
    ``store_engine_missing``; those of the engine's own opening.
    """
    if not _JOURNAL.fullmatch(journal):
        raise failure(
            StoreUnavailable,
            "store_url_invalid",
            value="the journal's id is 1-64 of A-Z a-z 0-9 _ -",
        )
    segments = data / "segments" / journal
    match = _SCHEME.match(url)
    scheme = match[1].lower() if match else "sqlite"
    if scheme == "sqlite":
        from core.store.sqlite import open_sqlite

        path = data / _path_of(url)
        return open_sqlite(path, read_only=read_only, segments=segments, journal=journal)
    if scheme in {"redis", "rediss", "unix"}:
        try:
            from core.store.redis import open_redis
        except ImportError as error:
            raise failure(StoreUnavailable, "store_engine_missing", value="redis") from error
        return open_redis(url, journal=journal, read_only=read_only, segments=segments)
    if scheme == "memory":
        from core.store.memory import Disk, MemoryStore

        return MemoryStore(Disk(journal), read_only=read_only)
    raise failure(StoreUnavailable, "store_url_unknown", value=scheme, limit=", ".join(KNOWN))


def _path_of(url: str) -> str:
    """Return the path in an address: ``sqlite:///a.db`` is relative, ``sqlite:////a.db`` is
    absolute.
    """
    head, separator, rest = url.partition("://")
    path = rest.removeprefix("/") if separator and head.isascii() and len(head) > 1 else url
    if not path:
        raise failure(StoreUnavailable, "store_url_invalid", value="the file is not named")
    return path
