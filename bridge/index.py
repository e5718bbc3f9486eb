"""The index: where in the journal a signal and an order are, also those that left the state long ago.

Rules of this file
1. It can be thrown away: it is made from the journal, and made anew when it does not fit to it.
2. It reads the journal by a connection and a thread of its own, in small steps, so that nothing waits for it. Only
   a journal in memory, which nobody else can open, is read in the store's own thread.
3. It never writes to the journal.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import structlog

from bridge.config.values import Config
from bridge.storethread import JobBroken, StoreThread
from core import records as r
from core.codec import CodecError, decode
from core.ids import LENGTH
from core.records import Record
from core.store.opening import open_store
from core.store.port import GENESIS_HASH, Append, Store, StoreFailure

log = structlog.get_logger("index")

T = TypeVar("T")

APPENDS_PER_STEP: Final = 128
"""Appends read in one step: a few milliseconds of one thread."""

STEP_EVERY_S: Final = 2.0
"""How often the index follows a journal that it has caught up with."""

HURRY_EVERY_S: Final = 0.05
"""The same while it is behind: a million records take minutes, and hardly slow anything else."""

FAILED_WAIT_S: Final = 30.0
"""After a failure: an absent server is asked again by the writer much earlier."""

CATCH_UP_STEPS: Final = 8
"""Steps made for whoever asks: a thousand appends, which is what comes in between two ordinary steps."""

NUMBERS_MAX: Final = 400
"""Records of one order that are shown: the first ones. An order in 64 parts has about 130."""

ORDERS_MAX: Final = 64
"""Orders of one signal that are shown: a route has at most 50 accounts."""

ANSWER_WITHIN_S: Final = 5.0
"""How long a page waits for it: a slow server shows a shorter trace, not a page that never comes."""

NEAR: Final = 64
"""Records to the next one wanted that are read through rather than asked for anew."""

_FORM: Final = 1
_NAME: Final = re.compile(rf"[a-z2-7]{{{LENGTH}}}")

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS entry (name TEXT, number INTEGER, PRIMARY KEY (name, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mark (one INTEGER PRIMARY KEY, journal TEXT, number INTEGER, hash BLOB);
"""


class Found(NamedTuple):
    """A record and its number."""

    number: int
    record: Record


def is_name(text: str) -> bool:
    """Say whether a text has the form of our ids."""
    return _NAME.fullmatch(text) is not None


def names_in(record: Record) -> Iterator[str]:
    """Name whom a record is about: the signal, or the order."""
    match record:
        case r.SignalReceived() | r.SignalUnread() | r.SignalRepeated():
            yield record.signal
        case r.OrderIntended():
            yield record.order.order
        case r.OrderChanged():
            yield record.order
        case r.AlarmRaised():
            if is_name(record.where):
                yield record.where
        case _:
            return


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
        if row is not None and row[0] == self._store.journal:
            if row[1] <= self._store.head().number:
                return row[1], row[2]
        return self._clear()

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

    # --- reading the journal ------------------------------------------------------------------------

    def order(self, name: str) -> list[Found]:
        """Read the records about an order."""
        return list(self._at(self.numbers_of(name)))

    def signal(self, name: str, hint: int = 0) -> list[Found]:
        """Read the records about a signal and its orders. ``hint``: the number of its record, if that is known."""
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


class Index:
    """The index beside a running bridge. ``keep`` follows the journal until ``close``."""

    def __init__(self, config: Config, thread: StoreThread, store: Store) -> None:
        self._config = config
        self._own = config.store.kind != "memory"
        self._thread = StoreThread(asyncio.get_running_loop(), "index") if self._own else thread
        self._store: Store | None = None if self._own else store
        self._book: Book | None = None
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to follow the journal."""
        self._task = asyncio.create_task(self._keep(), name="index")

    def close(self) -> None:
        """Stop following and let go of everything. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        self._thread.run(self._let_go, lambda _: None)
        if self._own:
            self._thread.stop()

    async def signal(self, name: str, hint: int = 0) -> list[Found]:
        """Read the records about a signal and its orders; nothing when the index does not work."""
        return await self._asked(lambda book: book.signal(name, hint)) or []

    async def order(self, name: str) -> list[Found]:
        """Read the records about an order."""
        return await self._asked(lambda book: book.order(name)) or []

    async def number(self) -> int:
        """Return up to which record the journal is indexed."""
        return await self._asked(lambda book: book.number) or 0

    async def _asked(self, ask: Callable[[Book], T]) -> T | None:
        if self._closed:
            return None

        def work() -> T:
            book = self._opened()
            for _ in range(CATCH_UP_STEPS):
                if not book.step():
                    break
            return ask(book)

        try:
            return await asyncio.wait_for(self._tried(work), ANSWER_WITHIN_S)
        except TimeoutError:
            return None

    async def _keep(self) -> None:
        while not self._closed:
            more = await self._tried(lambda: self._opened().step())
            if more is None:
                await asyncio.sleep(FAILED_WAIT_S)
            else:
                await asyncio.sleep(HURRY_EVERY_S if more else STEP_EVERY_S)

    async def _tried(self, work: Callable[[], T]) -> T | None:
        """Do work in the thread. A failure is told and forgotten: the next attempt begins anew."""

        def tried() -> T:
            try:
                return work()
            except sqlite3.DatabaseError as error:
                self._spoilt(error)
                raise OSError(f"index: {error}") from error

        try:
            return await self._thread.call(tried)
        except (StoreFailure, CodecError, OSError) as error:
            log.warning("index_unavailable", failure=str(error))
            return None
        except JobBroken:
            log.error("index_ended")  # its thread does no more; pages say less, the bridge goes on
            self._closed = True
            return None

    # --- in the thread ------------------------------------------------------------------------------

    def _opened(self) -> Book:
        if self._book is None:
            if self._store is None:
                address = self._config.store
                self._store = open_store(
                    address.url, data=self._config.data, journal=address.journal, read_only=True
                )
            self._book = Book(self._path, self._store)
        return self._book

    @property
    def _path(self) -> Path:
        return self._config.data / "index.sqlite"

    def _spoilt(self, error: sqlite3.DatabaseError) -> None:
        """Throw away a file that cannot be used, so that the next attempt makes a new one."""
        self._shut()
        if isinstance(error, sqlite3.OperationalError):
            return  # locked, full or not writable: a new file would fare no better
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    def _let_go(self) -> None:
        self._shut()
        if self._own and self._store is not None:
            self._store.close()
            self._store = None

    def _shut(self) -> None:
        book, self._book = self._book, None
        if book is not None:
            with suppress(sqlite3.Error):
                book.close()
