"""The SQL of the SQLite engine, and what each of its errors means for whoever asked.

Rules of this file
1. A statement is a constant: nothing that comes from outside is ever put into its text.
2. An error that is not in ``MEANING`` stops the process: what is not understood is not survived.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from core.store.codes import failure
from core.store.port import StoreFailure, StoreFenced, StoreSyncFailed, StoreUnavailable

APPLICATION_ID: Final = 0x42534355
"""``BSCU``: tells our files from other databases."""

FORMAT: Final = 1
"""Kept in ``user_version``; raised when an older version could misread the tables."""

SCHEMA: Final = (
    """CREATE TABLE leader (
        one INTEGER PRIMARY KEY CHECK (one = 1), journal TEXT NOT NULL, epoch INTEGER NOT NULL,
        owner TEXT NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL,
        segment INTEGER NOT NULL, segment_first INTEGER NOT NULL, segment_previous BLOB NOT
        NULL)""",
    """CREATE TABLE appends (
        last INTEGER PRIMARY KEY, first INTEGER NOT NULL, count INTEGER NOT NULL, epoch INTEGER NOT
        NULL, at_ns INTEGER NOT NULL, version INTEGER NOT NULL, previous BLOB NOT NULL, hash BLOB
        NOT NULL, payload BLOB NOT NULL)""",
    """CREATE TABLE segments (
        segment INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL,
        previous BLOB NOT NULL, hash BLOB NOT NULL, cold INTEGER NOT NULL)""",
    """CREATE TABLE snapshots (
        number INTEGER PRIMARY KEY, hash BLOB NOT NULL, version INTEGER NOT NULL,
        at_ns INTEGER NOT NULL, body BLOB NOT NULL)""",
)

FOUND: Final = "INSERT INTO leader VALUES (1, ?, 0, '', 0, ?, 1, 1, ?)"

SETTINGS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = 1",  # macOS: a plain fsync stays in the drive's cache
    "PRAGMA checkpoint_fullfsync = 1",
    "PRAGMA foreign_keys = 1",
    "PRAGMA temp_store = MEMORY",
)

ADVANCE: Final = (
    "UPDATE leader SET number = ?, hash = ? WHERE one = 1 AND epoch = ? AND number = ? AND hash = ?"
)

INSERT: Final = "INSERT INTO appends VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"

TAKE: Final = "UPDATE leader SET epoch = epoch + 1, owner = ? WHERE one = 1"

LEADER: Final = (
    "SELECT journal, epoch, number, hash, segment, segment_first, segment_previous FROM leader"
)

READ: Final = (
    "SELECT first, count, epoch, at_ns, version, previous, payload, hash FROM appends"
    " WHERE last > ? ORDER BY last"
)

READ_TYPES: Final = (int, int, int, int, int, bytes, bytes, bytes)
"""SQLite lets anybody put a text where a number belongs."""

SEALS: Final = "SELECT segment, first, last, previous, hash, cold FROM segments ORDER BY segment"

SEAL: Final = "INSERT INTO segments VALUES (?, ?, ?, ?, ?, 0)"

NEXT_SEGMENT: Final = (
    "UPDATE leader SET segment = segment + 1, segment_first = number + 1, segment_previous = hash"
    " WHERE one = 1 AND epoch = ?"
)

COLD: Final = (
    "UPDATE segments SET cold = 1 WHERE segment = ?"
    " AND (SELECT epoch FROM leader WHERE one = 1) = ?"
)

DROP: Final = (
    "DELETE FROM appends WHERE last IN"
    " (SELECT last FROM appends WHERE last <= ? ORDER BY last LIMIT ?)"
)

SNAPSHOT: Final = "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?, ?)"

SNAPSHOTS_OLD: Final = (
    "DELETE FROM snapshots WHERE number NOT IN"
    " (SELECT number FROM snapshots ORDER BY number DESC LIMIT ?)"
)

SNAPSHOT_HEADS: Final = "SELECT number, hash FROM snapshots ORDER BY number DESC"

SNAPSHOT_BODY: Final = "SELECT number, hash, version, at_ns, body FROM snapshots WHERE number = ?"

_Meaning = tuple[type[StoreFailure], str]

MEANING: Final[dict[int, _Meaning]] = {
    sqlite3.SQLITE_FULL: (StoreUnavailable, "store_full"),
    sqlite3.SQLITE_BUSY: (StoreUnavailable, "store_locked"),
    sqlite3.SQLITE_LOCKED: (StoreUnavailable, "store_locked"),
    sqlite3.SQLITE_PROTOCOL: (StoreUnavailable, "store_locked"),
    sqlite3.SQLITE_READONLY: (StoreUnavailable, "store_read_only"),
    sqlite3.SQLITE_PERM: (StoreUnavailable, "store_read_only"),
    sqlite3.SQLITE_AUTH: (StoreUnavailable, "store_read_only"),
    sqlite3.SQLITE_CANTOPEN: (StoreUnavailable, "store_missing"),
    sqlite3.SQLITE_NOTADB: (StoreFenced, "store_corrupt"),
    sqlite3.SQLITE_CORRUPT: (StoreFenced, "store_corrupt"),
    sqlite3.SQLITE_IOERR: (StoreSyncFailed, "store_sync_failed"),
}
"""By primary code. ``IOERR`` is every failed read, write or sync: the disk does not keep its word
any more.
"""

MEANING_EXTENDED: Final[dict[int, _Meaning]] = {
    # The -shm file could not grow: SQLite does not call this FULL, but that is what it is.
    sqlite3.SQLITE_IOERR_SHMSIZE: (StoreUnavailable, "store_full"),
    sqlite3.SQLITE_IOERR_NOMEM: (StoreUnavailable, "store_full"),
}


def meaning_of(error: sqlite3.Error, path: Path) -> StoreFailure:
    """Turn an error of SQLite into one of the port's."""
    number: int = getattr(error, "sqlite_errorcode", 0)
    name: str = getattr(error, "sqlite_errorname", "") or type(error).__name__
    if isinstance(error, sqlite3.ProgrammingError) and "closed" in str(error):
        return failure(StoreUnavailable, "store_closed", where=path)
    kind, code = MEANING_EXTENDED.get(number) or MEANING.get(
        number & 0xFF, (StoreFenced, "store_corrupt")
    )
    return failure(kind, code, where=path, value=name)
