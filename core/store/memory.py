"""The memory engine: the twin of the others, for tests and the simulator, with faults on demand.

Rules of this file
1. It behaves like a real store in everything that the contract suite can see.
2. What survives a "restart" is the ``Disk``; a store is one process's hold on it.
3. A fault is asked for by name before the append that it hits; nothing here is random.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, assert_never

from core.store import reading
from core.store.codes import failure
from core.store.fencing import refused
from core.store.port import (
    GENESIS_HASH,
    SEGMENT_RECORDS,
    Append,
    AppendUnknown,
    Durability,
    Head,
    Seal,
    Snapshot,
    StoreSyncFailed,
    StoreUnavailable,
)

SNAPSHOTS_KEPT: Final = 3
"""As in the other engines."""


class Fault(StrEnum):
    """What can happen to one append."""

    UNAVAILABLE = "unavailable"
    UNKNOWN_WRITTEN = "unknown_written"
    UNKNOWN_LOST = "unknown_lost"
    SYNC_FAILED_WRITTEN = "sync_failed_written"
    SYNC_FAILED_LOST = "sync_failed_lost"
    FENCED = "fenced"


@dataclass(slots=True)
class Disk:
    """What is there when every process has died."""

    journal: str = "memory"
    epoch: int = 0
    appends: list[Append] = field(default_factory=list[Append])
    sealed: list[Seal] = field(default_factory=list[Seal])
    snapshots: dict[int, Snapshot] = field(default_factory=dict[int, Snapshot])

    @property
    def head(self) -> Head:
        """Return the end of the journal."""
        if not self.appends:
            return Head(0, GENESIS_HASH, self.epoch)
        last = self.appends[-1]
        return Head(last.last, last.hash, self.epoch)

    def roll_back(self, number: int) -> None:
        """Go back in time: forget every append that reaches beyond ``number``, as a restored backup
        does.
        """
        while self.appends and self.appends[-1].last > number:
            self.appends.pop()
        self.sealed = [seal for seal in self.sealed if seal.last <= self.head.number]

    def cut_tail(self, appends: int) -> None:
        """Lose the newest appends, as a disk does that promised a sync and kept it not."""
        keep = self.appends[-appends - 1].last if len(self.appends) > appends else 0
        self.roll_back(keep)


class MemoryStore:
    """One process's hold on a ``Disk``."""

    name = "memory"

    def __init__(
        self,
        disk: Disk | None = None,
        *,
        read_only: bool = False,
        segment_records: int = SEGMENT_RECORDS,
    ) -> None:
        self.disk = disk if disk is not None else Disk()
        self.journal = self.disk.journal
        self.promise = Durability(False, "The store is memory: it is empty after a restart.")
        self._read_only = read_only
        self._segment_records = segment_records
        self._faults: deque[Fault] = deque()
        self._dead = False
        self._closed = False

    def fail_next(self, *faults: Fault) -> None:
        """Let the next appends fail, one fault each, in this order."""
        self._faults.extend(faults)

    def lease(self, owner: str) -> int:
        """Become the writer: raise the epoch by one and return it."""
        del owner
        self._writable()
        self.disk.epoch += 1
        return self.disk.epoch

    def append(self, append: Append) -> None:
        """Commit records, or fail as asked for; see the port."""
        self._writable()
        fault = self._faults.popleft() if self._faults else None
        if fault is Fault.UNAVAILABLE:
            raise failure(StoreUnavailable, "store_unreachable", where="memory", value="a fault")
        if fault is Fault.FENCED:
            self.disk.epoch += 1
        head = self.disk.head
        expected = (append.first - 1, append.previous, append.epoch)
        if (head.number, head.hash, head.epoch) != expected:
            raise refused(append, head, "memory")
        if fault not in (Fault.UNKNOWN_LOST, Fault.SYNC_FAILED_LOST):
            self.disk.appends.append(append)
        self._report(fault)

    def read(self, after: int = 0) -> Iterator[Append]:
        """Yield each append above ``after``; see the port."""
        self._alive()
        return iter([append for append in self.disk.appends if append.last > after])

    def head(self) -> Head:
        """Read the end of the journal."""
        self._alive()
        return self.disk.head

    def seals(self) -> list[Seal]:
        """List the finished segments, oldest first. None of them moves: there is nowhere to."""
        return list(self.disk.sealed)

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot, and the few before it."""
        self._writable()
        kept = {**self.disk.snapshots, snapshot.number: snapshot}
        newest = sorted(kept, reverse=True)[:SNAPSHOTS_KEPT]
        self.disk.snapshots = {number: kept[number] for number in newest}

    def load_snapshot(self) -> Snapshot | None:
        """Return the newest snapshot that belongs to this journal."""
        for number in sorted(self.disk.snapshots, reverse=True):
            snapshot = self.disk.snapshots[number]
            if reading.holds(self, number, snapshot.hash):
                return snapshot
        return None

    def durability(self) -> Durability:
        """Return ``promise``, which a test may set."""
        return self.promise

    def maintain(self) -> bool:
        """Seal a full segment."""
        if self._read_only:
            return False
        self._alive()
        sealed, head = self.disk.sealed, self.disk.head
        before = sealed[-1] if sealed else None
        first = before.last + 1 if before else 1
        if head.number - first + 1 < self._segment_records:
            return False
        previous = before.hash if before else GENESIS_HASH
        sealed.append(Seal(len(sealed) + 1, first, head.number, previous, head.hash, cold=False))
        return True

    def close(self) -> None:
        """Let go. A second call does nothing."""
        self._closed = True

    def _report(self, fault: Fault | None) -> None:
        match fault:
            case None | Fault.UNAVAILABLE | Fault.FENCED:
                return
            case Fault.UNKNOWN_WRITTEN | Fault.UNKNOWN_LOST:
                raise failure(AppendUnknown, "store_reply_lost", where="memory", value="a fault")
            case Fault.SYNC_FAILED_WRITTEN | Fault.SYNC_FAILED_LOST:
                self._dead = True
                raise failure(StoreSyncFailed, "store_sync_failed", where="memory", value="a fault")
            case _:
                assert_never(fault)

    def _alive(self) -> None:
        if self._closed:
            raise failure(StoreUnavailable, "store_closed", where="memory")
        if self._dead:
            raise failure(
                StoreSyncFailed, "store_sync_failed", where="memory", value="it failed before"
            )

    def _writable(self) -> None:
        self._alive()
        if self._read_only:
            raise failure(
                StoreUnavailable,
                "store_read_only",
                where="memory",
                value="it was opened to be read",
            )
