"""The engines as the contract suite sees them: something that opens the same journal again and
again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from core.store.chain import head_of, seal
from core.store.memory import Disk, MemoryStore
from core.store.port import SEGMENT_RECORDS, Append, Store
from core.store.sqlite import open_sqlite

JOURNAL = "test"


class Engine(Protocol):
    """A journal that outlives the stores that hold it."""

    segments: Path

    def open(self, *, read_only: bool = False, segment_records: int = SEGMENT_RECORDS) -> Store:
        """Open the journal once more."""
        ...

    def close(self) -> None:
        """Close whatever is still open."""
        ...


class SqliteEngine:
    """A file."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.db"
        self.segments = folder / "segments"
        self._open: list[Store] = []

    def open(self, *, read_only: bool = False, segment_records: int = SEGMENT_RECORDS) -> Store:
        """Open the file once more."""
        store = open_sqlite(
            self.path,
            read_only=read_only,
            segments=self.segments,
            journal=JOURNAL,
            busy_timeout_ms=1,
            segment_records=segment_records,
        )
        self._open.append(store)
        return store

    def close(self) -> None:
        """Close what is still open."""
        for store in self._open:
            store.close()


class MemoryEngine:
    """A disk in memory."""

    def __init__(self, folder: Path) -> None:
        self.disk = Disk(JOURNAL)
        self.segments = folder / "segments"

    def open(self, *, read_only: bool = False, segment_records: int = SEGMENT_RECORDS) -> Store:
        """Hold the disk once more."""
        return MemoryStore(self.disk, read_only=read_only, segment_records=segment_records)

    def close(self) -> None:
        """Have nothing to close."""


class RedisEngine:
    """A server's journal, each with an id of its own."""

    def __init__(self, folder: Path, url: str, journal: str) -> None:
        self.url = url
        self.journal = journal
        self.segments = folder / "segments"
        self._open: list[Store] = []

    def open(self, *, read_only: bool = False, segment_records: int = SEGMENT_RECORDS) -> Store:
        """Open a connection once more."""
        from core.store.redis import open_redis

        store = open_redis(
            self.url,
            journal=self.journal,
            read_only=read_only,
            segments=self.segments,
            segment_records=segment_records,
        )
        self._open.append(store)
        return store

    def close(self) -> None:
        """Close what is still open."""
        for store in self._open:
            store.close()


class Writer:
    """A bridge that only writes: takes the lease, and knows the head as a bridge does."""

    def __init__(self, store: Store, owner: str = "test") -> None:
        self.store = store
        self.epoch = store.lease(owner)
        self.head = store.head()

    def next(self, count: int = 1, text: str = "x") -> Append:
        """Build the append that comes next, without writing it."""
        first = self.head.number + 1
        lines = [b'{"n":%d,"t":"%s"}\n' % (first + n, text.encode()) for n in range(count)]
        return seal(
            self.head,
            epoch=self.epoch,
            at_ns=1_000 + first,
            version=1,
            count=count,
            payload=b"".join(lines),
        )

    def write(self, count: int = 1, text: str = "x") -> Append:
        """Commit records and go on from there."""
        append = self.next(count, text)
        self.store.append(append)
        self.head = head_of(append)
        return append

    def write_many(self, appends: int, count: int = 1) -> list[Append]:
        """Commit several appends."""
        return [self.write(count) for _ in range(appends)]


@contextmanager
def opened(engine: Engine, *, read_only: bool = False) -> Iterator[Store]:
    """Open an engine's journal, and close it afterwards."""
    store = engine.open(read_only=read_only)
    try:
        yield store
    finally:
        store.close()


def settle_all(store: Store, steps_max: int = 10_000) -> int:
    """Maintain until nothing is due; return the number of steps."""
    for step in range(steps_max):
        if not store.maintain():
            return step
    raise AssertionError("the upkeep never ends")
