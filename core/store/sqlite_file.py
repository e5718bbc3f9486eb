"""The file below the SQLite engine: how it is made, recognised, opened and read.

Rules of this file
1. A file that is only read is left as it was: no log, no shared memory, no new time stamp.
2. Rows are read in chunks; no read transaction outlives a call.
3. Every error of SQLite leaves this file as one of the port's.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from core.store import reading
from core.store import sqlite_words as words
from core.store.codes import failure
from core.store.files import open_private, private_folder
from core.store.port import GENESIS_HASH, StoreFailure, StoreFenced, StoreUnavailable

LOG_PAGES_MAX: Final = 16_384
"""64 MiB: where SQLite checkpoints inside an append after all, should nobody call ``maintain``."""

LOG_BYTES_KEPT: Final = 16 * 1024 * 1024
"""Size to which an emptied log is cut: four checkpoints' worth, since a file that need not grow
syncs faster.
"""


class SqliteFile:
    """One database file with one connection."""

    def __init__(
        self, path: Path, *, read_only: bool, journal: str | None, busy_timeout_ms: int
    ) -> None:
        self.path = path.absolute()
        self.read_only = read_only
        self.journal = journal or "main"
        self._log = self.path.with_name(self.path.name + "-wal")
        self._busy_timeout_ms = busy_timeout_ms
        self._untouched: tuple[int, ...] | None = None
        self.connection = self._connect()
        try:
            with self.meaning():
                if not read_only:
                    self._prepare()
                self._recognise(journal)
        except StoreFailure:
            self.connection.close()
            raise

    @property
    def untouched(self) -> bool:
        """Say whether the file is read as one that nobody writes."""
        return self._untouched is not None

    def rows(self, sql: str, *values: object, bytes_max: int = 0) -> list[Any]:
        """Read rows; with ``bytes_max`` as many as make that much.

        A file that was opened as untouched is looked at again afterwards: if a bridge was started
        meanwhile, what was read may be half old, so the file is opened as a live one and read
        again.
        """
        with self.meaning():
            rows = self._rows(sql, values, bytes_max)
        if self._untouched is not None and self._untouched != self._fingerprint():
            self.connection.close()
            self.connection = self._connect()
            with self.meaning():
                rows = self._rows(sql, values, bytes_max)
        return rows

    def _rows(self, sql: str, values: tuple[object, ...], bytes_max: int) -> list[Any]:
        cursor = self.connection.execute(sql, values)
        if not bytes_max:
            return cursor.fetchall()
        rows: list[Any] = []
        size = 0
        for row in cursor:
            rows.append(row)
            size += len(row[-2])  # the payload stands last but one
            if size >= bytes_max or len(rows) >= reading.CHUNK_APPENDS:
                break
        cursor.close()
        return rows

    @contextmanager
    def meaning(self) -> Generator[None]:
        """Turn what SQLite raises inside into the port's failures."""
        try:
            yield
        except sqlite3.Error as error:
            raise words.meaning_of(error, self.path) from error

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Run statements that are committed together, durably, or not at all."""
        with self.meaning():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            finally:
                self.roll_back()

    def roll_back(self) -> None:
        """End a transaction that is still open. When even that fails, the next one says so."""
        with suppress(sqlite3.Error):
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file. A second call does nothing."""
        self.connection.close()

    def _connect(self) -> sqlite3.Connection:
        uri = self.path.as_uri()
        if self.read_only:
            self._must_be_there()
            # an empty log means that no writer is at work: then not even shared memory is made
            self._untouched = None if self._log_bytes() else self._fingerprint()
            uri += "?mode=ro&immutable=1" if self._untouched else "?mode=ro"
        else:
            self._create()
            uri += "?mode=rw"
        try:
            # any thread may call, one at a time: the store thread is not always the one that opened
            return sqlite3.connect(
                uri,
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                timeout=self._busy_timeout_ms / 1000,
            )
        except sqlite3.Error as error:
            raise words.meaning_of(error, self.path) from error

    def _must_be_there(self) -> None:
        try:
            self.path.stat()
            why = "" if os.access(self.path, os.R_OK) else os.strerror(errno.EACCES)
        except FileNotFoundError:
            raise self._missing("no such file") from None
        except OSError as error:
            why = error.strerror or str(error)
        if why:
            raise failure(StoreUnavailable, "store_not_ours", where=self.path, value=why)

    def _create(self) -> None:
        """Make an empty file that only its owner may read; SQLite gives its log the same rights."""
        try:
            private_folder(self.path.parent)
            with suppress(FileExistsError):
                os.close(open_private(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL))
        except OSError as error:
            raise failure(
                StoreUnavailable, "store_read_only", where=self.path, value=error.strerror
            ) from error

    def _prepare(self) -> None:
        for setting in words.SETTINGS:
            self.connection.execute(setting).fetchall()
        self.connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES_MAX}").fetchall()
        self.connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES_KEPT}").fetchall()
        if self._tables():
            return
        with self.transaction() as connection:
            if self._tables():  # another process was faster
                return
            for statement in words.SCHEMA:
                connection.execute(statement)
            connection.execute(words.FOUND, (self.journal, GENESIS_HASH, GENESIS_HASH))
            connection.execute(f"PRAGMA application_id = {words.APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {words.FORMAT}")

    def _recognise(self, journal: str | None) -> None:
        if self._number("PRAGMA application_id") != words.APPLICATION_ID:
            if self._tables():
                raise self._wrong("store_foreign", "it is another program's database")
            raise self._missing("nothing was begun there")
        version = self._number("PRAGMA user_version")
        if version != words.FORMAT:
            raise self._wrong("store_format", version, words.FORMAT)
        row = self.connection.execute(words.LEADER).fetchone()
        if row is None:
            raise self._wrong("store_corrupt", "its leader row is gone")
        self.journal = row[0]
        if journal is not None and journal != self.journal:
            raise self._wrong("store_other", self.journal, journal)

    def _missing(self, why: str) -> StoreUnavailable:
        return failure(StoreUnavailable, "store_missing", where=self.path, value=why)

    def _wrong(self, code: str, value: object, limit: object = "") -> StoreFenced:
        return failure(StoreFenced, code, where=self.path, value=value, limit=limit)

    def _tables(self) -> int:
        return self._number("SELECT count(*) FROM sqlite_master")

    def _number(self, sql: str) -> int:
        (number,) = self.connection.execute(sql).fetchone()
        return number

    def _fingerprint(self) -> tuple[int, ...]:
        state = self.path.stat()
        return (self._log_bytes(), state.st_mtime_ns, state.st_size, state.st_ino)

    def _log_bytes(self) -> int:
        try:
            return self._log.stat().st_size
        except OSError:
            return 0
