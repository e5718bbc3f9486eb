"""The venue's own durable state: one SQLite file per paper account, apart from the bridge's store.

Rules of this file
1. Orders and fills are kept for ever: a lookup finds what was asked years ago, and an id never
   makes a second order.
2. One turn's work is one transaction. WAL with synchronous=NORMAL: what a killed process had
   committed is there. A power cut may take back the last commits, as a whole and in order; the
   bridge then meets a venue that went back.
3. The file has one writer. A second process is refused by a lock that the system itself drops with
   its holder.
4. Checkpoints sync the disk, so they run in a thread, on a connection of their own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from adapters.paper.codes import words
from adapters.paper.money import Holding
from adapters.paper.rows import (
    FORMAT,
    INSERT,
    TABLES,
    UPDATE,
    UPGRADES,
    fixed,
    key_of,
    moving,
    ticket_of_row,
)
from adapters.paper.ticket import Ticket

PAGE_BYTES: Final = 1024
"""A single order touches four pages and the log takes whole pages: a quarter of SQLite's own size
was a quarter faster."""

CACHE_KIB: Final = 8 * 1024
"""Memory for pages: the index of about half a million ids."""

CHECKPOINT_COMMITS: Final = 2_000
"""Commits between two checkpoints: about 10 MB of log at one order each."""

WAL_BYTES_MAX: Final = 64 * 1024 * 1024
"""A log that writers never let end is cut by the writer itself, beyond this size."""

BUSY_WAIT_S: Final = 0.25
"""How long a write waits for a person who looks into the file with a tool: the event loop stands
still meanwhile."""

CASH: Final = ""
"""Row of the holdings that is the cash: one table, so that a fill touches one page for both."""


class LedgerRefused(Exception):
    """The ledger cannot be used. ``code`` is one of the venue's codes; ``text`` is its sentence."""

    def __init__(self, code: str, *, value: str = "", limit: str = "", where: str = "") -> None:
        self.code = code
        self.text = words(code, value=value, limit=limit, where=where)
        super().__init__(self.text)


class Ledger:
    """The durable half of one paper account. Opened by its maker, used on one thread."""

    def __init__(
        self, path: Path, *, account: str, currency: str, balance_start: Decimal, now_ns: int
    ) -> None:
        """Open the file, or start it. Errors: ``LedgerRefused``."""
        self.path = path
        self.account = account
        self._guard: sqlite3.Connection | None = None
        self._base: sqlite3.Connection | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._take_guard()
            self._base = base = _connect(path)
            base.execute(f"PRAGMA page_size={PAGE_BYTES}")
            base.execute("PRAGMA journal_mode=WAL")
            base.execute("PRAGMA synchronous=NORMAL")
            base.execute("PRAGMA wal_autocheckpoint=0")
            base.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
            self._start(base, currency, balance_start, now_ns)
        except (sqlite3.Error, OSError) as error:
            self.close()
            raise LedgerRefused(
                "paper_ledger_unreadable", value=str(error), where=path.name
            ) from error
        except LedgerRefused:
            self.close()
            raise
        self._cursor = base.cursor()
        self._commits = 0

    def _take_guard(self) -> None:
        guard = _connect(self.path.with_name(self.path.name + ".lock"), wait_s=0)
        try:
            guard.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            guard.close()
            raise LedgerRefused("paper_ledger_in_use", where=self.path.name) from error
        self._guard = guard

    def _start(
        self, base: sqlite3.Connection, currency: str, balance_start: Decimal, now_ns: int
    ) -> None:
        if not base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            made = {"format": FORMAT, "account": self.account, "currency": currency}
            made |= {"tag": _base36(now_ns), "balance_start": str(balance_start)}
            base.executescript(f"BEGIN; {TABLES}")
            base.executemany("INSERT INTO meta VALUES (?, ?)", made.items())
            cash = (CASH, str(balance_start), "0", "0")
            base.execute("INSERT INTO holdings VALUES (?, ?, ?, ?)", cash)
            base.execute("COMMIT")
        base.execute("CREATE INDEX IF NOT EXISTS done ON orders (done_ns)")  # older files lack it
        meta = dict(base.execute("SELECT key, value FROM meta").fetchall())
        where = self.path.name
        while (upgrade := UPGRADES.get(meta.get("format", ""))) is not None:
            base.executescript(f"BEGIN; {upgrade} COMMIT;")
            meta = dict(base.execute("SELECT key, value FROM meta").fetchall())
        if meta.get("format") != FORMAT:
            raise LedgerRefused(
                "paper_ledger_newer", value=str(meta.get("format")), limit=FORMAT, where=where
            )
        kept = f"{meta['account']} in {meta['currency']}"
        wanted = f"{self.account} in {currency}"
        if kept != wanted:
            raise LedgerRefused("paper_ledger_of_another", value=kept, limit=wanted, where=where)
        self.tag: str = meta["tag"]

    def next_number(self) -> int:
        """Return the number of the next order, beyond the place of every order in the book."""
        (number,) = self._all("SELECT max(number) FROM orders")[0]
        (place,) = self._all("SELECT max(place) FROM orders WHERE event = 'accepted'")[0]
        return max(number or 0, place or 0) + 1

    def holdings(self) -> tuple[Decimal, dict[str, Holding]]:
        """Read the cash and what is held."""
        rows = {
            name: Holding(Decimal(quantity), Decimal(cost), Decimal(price))
            for name, quantity, cost, price in self._all("SELECT * FROM holdings")
        }
        return rows.pop(CASH).quantity, rows

    def working(self) -> list[Ticket]:
        """Read the orders that are alive, by their place in the book."""
        asked = "SELECT * FROM orders WHERE event = 'accepted' ORDER BY max(number, place)"
        rows = self._all(asked)
        return [ticket_of_row(row) for row in rows]

    def knows(self, order: str) -> bool:
        """Say whether an order with this id was ever made."""
        return bool(
            self._all("SELECT 1 FROM orders WHERE key = ? AND id = ?", key_of(order), order)
        )

    def known(self, orders: Sequence[str]) -> set[str]:
        """Return which of these ids were ever made: one question for a whole turn."""
        if not orders:
            return set()
        asked = "SELECT id FROM orders WHERE key IN (?" + ",?" * (len(orders) - 1) + ")"
        rows = self._all(asked, *map(key_of, orders))
        return {row[0] for row in rows}

    def find(self, order: str) -> Ticket | None:
        """Read an order of any age."""
        rows = self._all("SELECT * FROM orders WHERE key = ? AND id = ?", key_of(order), order)
        return ticket_of_row(rows[0]) if rows else None

    def traded(self, since_ns: int) -> list[Ticket]:
        """Read the orders that may have traded since a time, oldest first."""
        asked = "SELECT * FROM orders WHERE done_ns >= ? OR event = 'accepted' ORDER BY number"
        return [ticket_of_row(row) for row in self._all(asked, since_ns)]

    def write(
        self,
        tickets: Iterable[Ticket],
        holdings: Mapping[str, Holding],
        balance: Decimal,
    ) -> None:
        """Write one turn's work in one transaction. Error: ``LedgerRefused``, and then nothing of
        it is there.
        """
        new: list[tuple[Any, ...]] = []
        old: list[tuple[Any, ...]] = []
        for ticket in tickets:
            if ticket.stored:
                old.append((*moving(ticket), ticket.number))
            else:
                new.append((*fixed(ticket), *moving(ticket)))
                ticket.stored = True
        cursor = self._cursor
        try:
            cursor.execute("BEGIN IMMEDIATE")
            if new:
                cursor.executemany(INSERT, new)
            if old:
                cursor.executemany(UPDATE, old)
            if holdings:
                held = [(CASH, str(balance), "0", "0")]
                held.extend(
                    (name, str(holding.quantity), str(holding.cost), str(holding.price))
                    for name, holding in holdings.items()
                )
                cursor.executemany("REPLACE INTO holdings VALUES (?,?,?,?)", held)
            cursor.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._failed(error) from error
        self._commits += 1

    @property
    def wants_checkpoint(self) -> bool:
        """Say whether enough was written since the last checkpoint."""
        return self._commits >= CHECKPOINT_COMMITS

    def checkpoint_begun(self) -> None:
        """Start to count anew: someone runs ``checkpoint`` now."""
        self._commits = 0

    def cut_log(self) -> None:
        """Empty a log that grew beyond its bound; after a checkpoint there is little left to
        copy.
        """
        log = self.path.with_name(self.path.name + "-wal")
        try:
            if log.stat().st_size > WAL_BYTES_MAX:
                self._cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except (sqlite3.Error, OSError) as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Let go of the file. A second call does nothing."""
        for connection in (self._base, self._guard):
            if connection is not None:
                connection.close()
        self._base = self._guard = None

    def _failed(self, error: sqlite3.Error | OSError) -> LedgerRefused:
        return LedgerRefused("paper_ledger_failed", value=str(error), where=self.path.name)

    def _all(self, query: str, *values: str | int) -> list[Any]:
        try:
            return self._cursor.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise self._failed(error) from error


def checkpoint(path: Path) -> None:
    """Copy the log into the file and sync it, beside a writer. What fails here is tried again
    later.
    """
    connection = _connect(path)
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    except sqlite3.OperationalError:
        return  # busy or full: the log keeps everything, and the next checkpoint copies it
    finally:
        connection.close()


def _connect(path: Path, wait_s: float = BUSY_WAIT_S) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=wait_s, isolation_level=None)


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
    return text or "0"
