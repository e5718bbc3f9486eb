"""The index's file: names of signals and orders, and the numbers of the records about them.

Rules of this file
1. Everything here is synchronous, bounded, and used in one thread.
2. What a record is about is said in ``names_in`` alone.
3. The last number is kept with its hash: an index that belongs to another history empties itself.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from core import records as r
from core.codec import decode
from core.ids import LENGTH
from core.orders import Purpose
from core.records import Record
from core.setup import Setup
from core.store.port import GENESIS_HASH, Append, Store

log = structlog.get_logger("index")

APPENDS_PER_STEP: Final = 128
"""Appends read in one step: a few milliseconds of one thread."""

NUMBERS_MAX: Final = 400
"""Records of one order that are shown: the first ones. An order in 64 parts has about 130."""

ORDERS_MAX: Final = 64
"""Orders of one signal that are shown: a route has at most 50 accounts."""

TAIL_MAX: Final = 8
"""Records after the end of a trade among which the end of its protection is looked for."""

NEAR: Final = 64
"""Records to the next one wanted that are read through rather than asked for anew."""

_FORM: Final = 3
_NAME: Final = re.compile(rf"[0-9a-z]{{{LENGTH}}}")

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS entry (name TEXT, number INTEGER, PRIMARY KEY (name, number)) WITHOUT
ROWID; CREATE TABLE IF NOT EXISTS mark (one INTEGER PRIMARY KEY, journal TEXT, number INTEGER, hash
BLOB);
"""


class Found(NamedTuple):
    """A record and its number."""

    number: int
    record: Record


def is_name(text: str) -> bool:
    """Say whether a text has the form of our ids."""
    return _NAME.fullmatch(text) is not None


SETUP: Final = "\x1fsetup"
"""Under this name the setups are found: no id has this form."""


def names_in(record: Record) -> Iterator[str]:
    """Name whom a record is about: the signal, or the order."""
    match record:
        case r.SetupLoaded():
            yield SETUP
        case r.SignalReceived() | r.SignalUnread() | r.SignalRepeated():
            yield record.signal
        case r.OrderIntended():
            yield record.order.order
            order = record.order
            yield book_of(order.account, order.instrument, order.strategy)
            if order.purpose is Purpose.LEG:  # made after its signal was served
                yield order.origin
        case (
            r.ProtectionSet()
            | r.StopMoved()
            | r.LevelReached()
            | r.LegsFailed()
            | r.LegOpened()
            | r.TurnDoubted()
            | r.EntryShown()
            | r.TurnSettled()
            | r.ProtectionEnded()
            | r.ShareCut()
        ):
            yield book_of(record.account, record.instrument, record.strategy)
        case r.PositionMoved():
            yield book_of(record.account, record.instrument, record.source)
            yield book_of(record.account, record.instrument, record.target)
        case (
            r.OrderChanged()
            | r.EndShown()
            | r.FollowUpDeclined()
            | r.TermsSeen()
            | r.LookedUp()
            | r.LookupAsked()
        ):
            yield record.order
        case r.AlarmRaised():
            if is_name(record.where):
                yield record.where
        case _:
            return


def book_of(account: str, instrument: str, strategy: str) -> str:
    """Name what a strategy does in an instrument of an account: no id has this form."""
    return f"{account}\x1f{instrument}\x1f{strategy}"


class Book:
    """The index's file and the journal beside it. Synchronous; made and used in one thread."""

    def __init__(self, path: Path, store: Store) -> None:
        self._store = store
        self._path = path
        self._file = self._open()
        self.number, self._hash = self._mark()

    def _open(self) -> sqlite3.Connection:
        file = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            file.execute("PRAGMA journal_mode=WAL")
            file.execute("PRAGMA synchronous=NORMAL")
            if file.execute("PRAGMA user_version").fetchone()[0] not in (0, _FORM):
                raise sqlite3.DatabaseError("it has another form")
            file.executescript(_TABLES)
            file.execute(f"PRAGMA user_version={_FORM}")
        except sqlite3.DatabaseError:
            file.close()
            raise
        return file

    def _mark(self) -> tuple[int, bytes]:
        row = self._file.execute("SELECT journal, number, hash FROM mark").fetchone()
        if row is None or row[0] != self._store.journal or row[1] > self._store.head().number:
            return self._clear()
        return row[1], row[2]

    def _clear(self) -> tuple[int, bytes]:
        self._file.executescript("BEGIN; DELETE FROM entry; DELETE FROM mark; COMMIT")
        self.number, self._hash = 0, GENESIS_HASH
        return self.number, self._hash

    def step(self) -> bool:
        """Read on by some appends; say whether more may be there."""
        appends = list(islice(self._store.read(self.number), APPENDS_PER_STEP))
        if not appends:
            return False
        if appends[0].first != self.number + 1 or appends[0].previous != self._hash:
            log.warning("index_made_anew", number=self.number)
            self._clear()
            return True
        entries = [
            (name, append.first + at)
            for append in appends
            for at, record in enumerate(decode(append.payload, append.version))
            for name in names_in(record)
        ]
        last = appends[-1]
        mark = (self._store.journal, last.last, last.hash)
        self._file.execute("BEGIN")
        try:
            self._file.executemany("INSERT OR IGNORE INTO entry VALUES (?, ?)", entries)
            self._file.execute("INSERT OR REPLACE INTO mark VALUES (1, ?, ?, ?)", mark)
            self._file.execute("COMMIT")
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                self._file.execute("ROLLBACK")
            raise
        self.number, self._hash = last.last, last.hash
        return len(appends) == APPENDS_PER_STEP

    def numbers_of(self, name: str) -> list[int]:
        """Return the numbers of the records about a signal or an order."""
        asked = "SELECT number FROM entry WHERE name = ? ORDER BY number LIMIT ?"
        return [row[0] for row in self._file.execute(asked, (name, NUMBERS_MAX))]

    def close(self) -> None:
        """Let go of the file and of the journal."""
        self._file.close()

    # --- reading the journal ----------------------------------------------------------------------

    def order(self, name: str) -> list[Found]:
        """Read the records about an order."""
        return list(self._at(self.numbers_of(name)))

    def setup(self, number: int) -> Setup | None:
        """Read the setup that was in force at a record; ``None``: nobody knows it."""
        asked = "SELECT max(number) FROM entry WHERE name = ? AND number < ?"
        found: int | None = self._file.execute(asked, (SETUP, number)).fetchone()[0]
        if found is None or self.number < number:
            return None
        for _, record in self._at([found]):
            return record.setup if isinstance(record, r.SetupLoaded) else None
        return None

    def trade(self, book: str, order: str, *, opened: int, closed: int) -> list[Found]:
        """Read the records about a trade: what was made in its book from its first ``order`` on,
        and what became of that. ``closed``: the number of its end, 0: it is open."""
        begins = min([opened, *self.numbers_of(order)[:1]])
        ends = closed or self.number
        asked = "SELECT number FROM entry WHERE name = ? AND number BETWEEN ? AND ? ORDER BY number"
        listed = self._file.execute(f"{asked} LIMIT ?", (book, begins, ends, NUMBERS_MAX))
        found = dict(self._at([row[0] for row in listed]))
        if closed:
            found |= dict(self._ended(book, closed))
        made = [record.order for record in found.values() if isinstance(record, r.OrderIntended)]
        for one in made[:ORDERS_MAX]:
            found |= dict(self._at(self.numbers_of(one.order)))
            found |= dict(self._at(self.numbers_of(one.origin)[:1]))
        return [Found(number, found[number]) for number in sorted(found)]

    def _ended(self, book: str, closed: int) -> Iterator[Found]:
        """Read what ended the protection of a trade: its record comes after the last fill."""
        asked = "SELECT number FROM entry WHERE name = ? AND number > ? ORDER BY number LIMIT ?"
        listed = self._file.execute(asked, (book, closed, TAIL_MAX))
        for number, record in self._at([row[0] for row in listed]):
            if isinstance(record, r.ProtectionEnded):
                yield Found(number, record)
            if isinstance(record, r.ProtectionEnded | r.ProtectionSet):
                return

    def signal(self, name: str, hint: int = 0) -> list[Found]:
        """Read the records about a signal and its orders. ``hint``: the number of its record, if
        that is known."""
        numbers = self.numbers_of(name) or ([hint] if hint else [])
        if not numbers:
            return []
        found = dict(self._first_append(numbers[0], name))
        found |= dict(self._at(numbers[1:]))
        for order in list(islice(_orders_in(found.values()), ORDERS_MAX)):
            found |= dict(self._at(self.numbers_of(order)))
        return [Found(number, found[number]) for number in sorted(found)]

    def _first_append(self, number: int, name: str) -> Iterator[Found]:
        """Read a signal's own records: they were committed together."""
        append = next(iter(self._store.read(number - 1)), None)
        if append is None:
            return
        for at, record in enumerate(decode(append.payload, append.version), append.first):
            if at >= number and _belongs(record, name):
                yield Found(at, record)

    def _at(self, numbers: Iterable[int]) -> Iterator[Found]:
        """Read records by their numbers, in order."""
        reading: Iterator[Append] = iter(())
        append: Append | None = None
        listed: list[Record] = []
        for number in numbers:
            if append is None or number > append.last:
                if append is None or number > append.last + NEAR:
                    reading = iter(self._store.read(number - 1))
                append = next((one for one in reading if one.last >= number), None)
                if append is None:
                    return
                listed = decode(append.payload, append.version)
            if append.first <= number:
                yield Found(number, listed[number - append.first])


def _belongs(record: Record, signal: str) -> bool:
    if isinstance(record, r.OrderIntended):
        return record.order.origin == signal
    return getattr(record, "signal", "") == signal


def _orders_in(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        if isinstance(record, r.OrderIntended):
            yield record.order.order
        elif isinstance(record, r.SignalServed):
            yield from record.orders
