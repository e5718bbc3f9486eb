"""The SQLite engine: the embedded default, in one file, on every system.

Rules of this file
1. Write-ahead log with a sync at each commit (FULL): an append that returned survives a power cut.
2. One connection writes. The head is compared and moved by a statement in the transaction that
   inserts.
3. The path of an append pays for nothing else: checkpoints, seals and moves happen in ``maintain``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from core.store import reading
from core.store import sqlite_words as words
from core.store.codes import failure
from core.store.fencing import refused
from core.store.filesystems import weakness
from core.store.moving import Mover
from core.store.port import (
    SEGMENT_RECORDS,
    Append,
    Durability,
    Head,
    Seal,
    Snapshot,
    StoreFenced,
    StoreUnavailable,
)
from core.store.sqlite_file import SqliteFile

BUSY_TIMEOUT_MS: Final = 2_000
"""How long a write waits for somebody's lock: a backup's glance passes, a stuck program becomes an
error.
"""

CHECKPOINT_PAGES: Final = 1_000
"""Pages in the log at which ``maintain`` checkpoints: 4 MiB, SQLite's own default."""

PAGE_BYTES: Final = 4_096
"""SQLite's page. Only used to estimate how long the log is."""

APPEND_PAGES: Final = 3
"""Pages that an append writes besides its payload: the leader's, the leaf's, sometimes the one
above.
"""

SNAPSHOTS_KEPT: Final = 3
"""The port asks for two; one more for whoever reads the oldest right now."""

DROP_APPENDS: Final = 500
"""Rows of a moved segment that one step deletes: about a millisecond."""


def open_sqlite(
    path: Path,
    *,
    read_only: bool = False,
    segments: Path | None = None,
    journal: str | None = None,
    busy_timeout_ms: int = BUSY_TIMEOUT_MS,
    segment_records: int = SEGMENT_RECORDS,
) -> SqliteStore:
    """Open the journal in a file; make it when it is not there and may be written.

    ``journal``: the id that is expected, or that a new file gets; ``None`` takes what is there.
    ``segments``: folder of finished segments; ``None`` leaves them all in the database.
    Errors: ``StoreUnavailable`` (``store_missing``, ``store_locked``, ``store_read_only``),
    ``StoreFenced`` (``store_corrupt``, ``store_foreign``, ``store_format``, ``store_other``).
    """
    file = SqliteFile(path, read_only=read_only, journal=journal, busy_timeout_ms=busy_timeout_ms)
    return SqliteStore(file, segments, segment_records)


class SqliteStore:
    """One journal in one SQLite file. Made by ``open_sqlite``."""

    name = "sqlite"

    def __init__(self, file: SqliteFile, segments: Path | None, segment_records: int) -> None:
        self.journal = file.journal
        self._file = file
        self._segments = segments
        self._segment_records = segment_records
        self._epoch = 0
        self._number = 0
        self._segment_first = 1
        self._log_pages = 0
        self._mover = Mover(self, segments)

    def lease(self, owner: str) -> int:
        """Become the writer: raise the epoch by one and return it."""
        self._writable()
        with self._file.transaction() as connection:
            connection.execute(words.TAKE, (owner,))
            row = connection.execute(words.LEADER).fetchone()
        _, self._epoch, self._number, _, _, self._segment_first, _ = row
        self._mover.wake(self._epoch)
        return self._epoch

    def append(self, append: Append) -> None:
        """Commit records durably; see the port."""
        file = self._file
        if file.read_only:
            self._writable()
        last = append.first + append.count - 1
        payload = append.payload
        try:
            execute = file.connection.execute
            execute("BEGIN IMMEDIATE")
            moved = execute(
                words.ADVANCE,
                (last, append.hash, append.epoch, append.first - 1, append.previous),
            )
            if moved.rowcount != 1:
                execute("ROLLBACK")
                raise refused(append, self.head(), file.path)
            execute(
                words.INSERT,
                (
                    last,
                    append.first,
                    append.count,
                    append.epoch,
                    append.at_ns,
                    append.version,
                    append.previous,
                    append.hash,
                    payload,
                ),
            )
            execute("COMMIT")
        except sqlite3.Error as error:
            file.roll_back()
            raise words.meaning_of(error, file.path) from error
        self._number = last
        self._log_pages += APPEND_PAGES + len(payload) // PAGE_BYTES

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot, and the few before it."""
        self._writable()
        row = (snapshot.number, snapshot.hash, snapshot.version, snapshot.at_ns, snapshot.body)
        with self._file.transaction() as connection:
            connection.execute(words.SNAPSHOT, row)
            connection.execute(words.SNAPSHOTS_OLD, (SNAPSHOTS_KEPT,))
        self._log_pages += len(snapshot.body) // PAGE_BYTES

    def read(self, after: int = 0) -> Iterator[Append]:
        """Yield each append above ``after``; see the port."""
        return reading.journal(self, self._segments, after)

    def warm(self, after: int, seals: list[Seal]) -> list[Append]:
        """Return a chunk of what the database holds above ``after``."""
        del seals  # one table holds all that is warm
        rows = self._file.rows(words.READ, after, bytes_max=reading.CHUNK_BYTES)
        for row in rows:
            if tuple(map(type, row)) != words.READ_TYPES:
                raise failure(
                    StoreFenced,
                    "store_corrupt",
                    where=self._file.path,
                    value=f"the row of record {row[0]} has a column of another type",
                )
        return [Append(*row) for row in rows]

    def head(self) -> Head:
        """Read the end of the journal."""
        _, epoch, number, digest, *_ = self._file.rows(words.LEADER)[0]
        return Head(number, digest, epoch)

    def seals(self) -> list[Seal]:
        """List the finished segments, oldest first."""
        return [Seal(*row[:5], cold=bool(row[5])) for row in self._file.rows(words.SEALS)]

    def load_snapshot(self) -> Snapshot | None:
        """Return the newest snapshot that belongs to this journal."""
        for number, digest in self._file.rows(words.SNAPSHOT_HEADS):
            if reading.holds(self, number, digest):
                rows = self._file.rows(words.SNAPSHOT_BODY, number)
                if rows:
                    return Snapshot(*rows[0])
        return None

    def durability(self) -> Durability:
        """Read what an append is worth: the settings in force, and the file system below."""
        path = self._file.path
        mode = self._file.rows("PRAGMA journal_mode")[0][0]
        if not self._file.untouched and mode != "wal":
            return Durability(False, f"The store {path} is in the mode {mode}, not wal.")
        if not self._file.read_only and self._file.rows("PRAGMA synchronous")[0][0] < 2:
            return Durability(False, f"The store {path} does not sync at each commit.")
        reason = weakness(path)
        if reason:
            return Durability(False, f"The store {path} may lose what was committed: {reason}.")
        return Durability(True, "")

    def maintain(self) -> bool:
        """Do one bounded step of what is due; see the port."""
        if self._file.read_only:
            return False
        if self._log_pages >= CHECKPOINT_PAGES:
            self._file.rows("PRAGMA wal_checkpoint(PASSIVE)")
            self._log_pages = 0
            return True
        if self._epoch and self._number - self._segment_first + 1 >= self._segment_records:
            self._seal()
            return True
        return self._mover.step()

    def mark_cold(self, seal: Seal) -> None:
        """Note that a segment's file is whole."""
        with self._file.transaction() as connection:
            marked = connection.execute(words.COLD, (seal.segment, self._epoch))
            self._still_ours(connection, marked.rowcount)

    def drop(self, seal: Seal) -> bool:
        """Delete some rows of a segment that is in its file."""
        with self._file.transaction() as connection:
            dropped = connection.execute(words.DROP, (seal.last, DROP_APPENDS)).rowcount
        self._log_pages += dropped
        return dropped > 0

    def close(self) -> None:
        """Let go of the file. A second call does nothing."""
        self._mover.stop()
        self._file.close()

    def _seal(self) -> None:
        with self._file.transaction() as connection:
            row = connection.execute(words.LEADER).fetchone()
            _, _, number, digest, segment, first, previous = row
            connection.execute(words.SEAL, (segment, first, number, previous, digest))
            moved = connection.execute(words.NEXT_SEGMENT, (self._epoch,))
            self._still_ours(connection, moved.rowcount)
        self._segment_first = number + 1
        self._mover.wake(self._epoch)

    def _still_ours(self, connection: sqlite3.Connection, rowcount: int) -> None:
        if rowcount != 1:
            epoch = connection.execute(words.LEADER).fetchone()[1]
            raise failure(
                StoreFenced, "store_fenced", where=self._file.path, value=epoch, limit=self._epoch
            )

    def _writable(self) -> None:
        if self._file.read_only:
            raise failure(
                StoreUnavailable,
                "store_read_only",
                where=self._file.path,
                value="it was opened to be read",
            )
