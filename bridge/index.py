"""The index: where in the journal a signal and an order are, also those that left the state long
ago; and the sums of the journal's statement.

Rules of this file
1. It can be thrown away: it is made from the journal, and made anew when it does not fit to it.
2. It reads the journal by a connection and a thread of its own, in small steps, so that nothing
   waits for it. Only a journal in memory, which nobody else can open, is read in the store's own
   thread.
3. It never writes to the journal.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

import structlog

from bridge.config.values import Config
from bridge.earnings import Earnings
from bridge.indexfile import Book, Found, is_name
from bridge.storethread import JobBroken, StoreThread
from core.codec import CodecError
from core.setup import Setup
from core.store.opening import open_store
from core.store.port import Store, StoreFailure

__all__ = ["Found", "Index", "is_name"]

log = structlog.get_logger("index")

T = TypeVar("T")

STEP_EVERY_S: Final = 2.0
"""How often the index follows a journal that it has caught up with."""

HURRY_EVERY_S: Final = 0.05
"""The same while it is behind: a million records take minutes, and hardly slow anything else."""

BUSY_RECORDS: Final = 1_000
"""Records since the last step above which the bridge is busy: then the index, which nobody waits
for, stays out of its way."""

BUSY_STEPS_MAX: Final = 300
"""Steps left out in a row at most: ten minutes, far less than the day for which the state itself
knows everything."""

FAILED_WAIT_S: Final = 30.0
"""After a failure: an absent server is asked again by the writer much earlier."""

CATCH_UP_STEPS: Final = 8
"""Steps made for whoever asks: a thousand appends, which is what comes in between two ordinary
steps."""

ANSWER_WITHIN_S: Final = 5.0
"""How long a page waits for it: a slow server shows a shorter trace, not a page that never
comes."""


class Index:
    """The index beside a running bridge. ``keep`` follows the journal until ``close``."""

    def __init__(
        self,
        config: Config,
        thread: StoreThread,
        store: Store,
        *,
        head: Callable[[], int] = lambda: 0,
    ) -> None:
        """Make it cold. ``head``: tells how far the journal is, by which it sees a busy bridge."""
        self._config, self._head = config, head
        self._own = config.store.kind != "memory"
        self._thread = StoreThread(asyncio.get_running_loop(), "index") if self._own else thread
        self._store: Store | None = None if self._own else store
        self._book: Book | None = None
        self._earnings = Earnings()
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

    async def trade(self, book: str, order: str, *, opened: int, closed: int) -> list[Found]:
        """Read the records about a trade; see ``Book.trade``."""
        asked = {"opened": opened, "closed": closed}
        return await self._asked(lambda read: read.trade(book, order, **asked)) or []

    async def setup(self, number: int) -> Setup | None:
        """Read the setup that was in force at a record; ``None`` when nobody knows it."""
        return await self._asked(lambda book: book.setup(number))

    async def number(self) -> int:
        """Return up to which record the journal is indexed."""
        return await self._asked(lambda book: book.number) or 0

    async def earnings(self, ask: Callable[[Earnings], T]) -> T | None:
        """Read the statement on, as far as there is time, and ask what it says then; ``None`` when
        it cannot be read."""

        def step() -> bool:
            self._opened()
            assert self._store is not None, "opened with the index"
            return self._earnings.step(self._store)

        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_WITHIN_S):
                while not self._closed:
                    more = await self._tried(step)
                    if more is None:
                        return None
                    if not more:
                        break
        return None if self._closed else await self._tried(lambda: ask(self._earnings))

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
            async with asyncio.timeout(ANSWER_WITHIN_S):
                return await self._tried(work)
        except TimeoutError:
            return None

    async def _keep(self) -> None:
        seen, left_out = self._head(), 0
        while not self._closed:
            head = self._head()
            if head - seen > BUSY_RECORDS and left_out < BUSY_STEPS_MAX:
                seen, left_out = head, left_out + 1
                await asyncio.sleep(STEP_EVERY_S)
                continue
            seen, left_out = head, 0
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
            log.exception("index_ended")  # its thread does no more; the bridge goes on
            self._closed = True
            return None

    # --- in the thread ----------------------------------------------------------------------------

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
