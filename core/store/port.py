"""The store port: what a journal engine must do, and the three ways in which it may fail.

Rules of this file
1. The port is synchronous; one thread calls it. An engine never starts a thread of its own.
2. An engine knows bytes, numbers and hashes. It does not know what a record means.
3. An append is all or nothing, and it is on the disk (or the store says less, see ``durability``)
   when it returns.
4. Expected number and epoch are compared in the very transaction or script that writes.
5. No engine guesses: what cannot be told apart is raised, never answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

GENESIS_HASH: Final = bytes(32)
"""The hash before the first append."""

RECORDS_PER_APPEND_MAX: Final = 16_384
"""256 commands, each fanned out to at most 50 accounts, fit with room; more is a defect of the
caller.
"""

APPEND_BYTES_MAX: Final = 8 * 1024 * 1024
"""A batch gathers at most 1 MiB of commands; records are larger than commands, by less than this
factor.
"""

SEGMENT_RECORDS: Final = 100_000
"""Records after which a segment is sealed: about 30 MB, read in under a second, small enough to
copy away.
"""


@dataclass(frozen=True, slots=True)
class Append:
    """Records that were committed together.

    ``first``: number of the first record (the journal begins at 1); ``count``: how many; ``epoch``:
    of the writer;
    ``at_ns``: UTC time of the commit; ``version``: of the codec; ``previous``: hash of the append
    before;
    ``payload``: the records, one JSON text a line, each line ended by a newline; ``hash``: see
    ``chain.hash_of``.
    """

    first: int
    count: int
    epoch: int
    at_ns: int
    version: int
    previous: bytes
    payload: bytes
    hash: bytes

    @property
    def last(self) -> int:
        """Return the number of the last record."""
        return self.first + self.count - 1


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a journal: number and hash of its last record (0 and ``GENESIS_HASH`` when empty),
    epoch of its writer.
    """

    number: int
    hash: bytes
    epoch: int


@dataclass(frozen=True, slots=True)
class Seal:
    """A finished segment: its first and last record, the hash before it and the hash at its end.

    ``cold``: it was moved to a file of the segments folder and may be gone from the engine.
    """

    segment: int
    first: int
    last: int
    previous: bytes
    hash: bytes
    cold: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A state written down: it stands for all records up to ``number``, whose append has ``hash``.

    ``version`` is the codec's: a snapshot of another version is not read, the journal is folded
    instead.
    """

    number: int
    hash: bytes
    version: int
    at_ns: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Durability:
    """What a store promises of an append that returned. ``safe``: survives power loss; ``why``: one
    sentence if not.
    """

    safe: bool
    why: str


class StoreFailure(Exception):
    """A store did not do what it was asked. ``code`` is stable and documented; ``text`` says what
    happened and where.

    Never raised itself: the three classes below say what the caller may do.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class StoreFenced(StoreFailure):
    """Another writer owns the journal, or it is not the journal that we knew. The process must end;
    nothing was written.
    """


class StoreUnavailable(StoreFailure):
    """The store cannot be reached, is full, locked or too slow. Nothing was written; asking again
    later may work.
    """


class StoreSyncFailed(StoreFailure):
    """The system could not say that the bytes reached the disk. The process must end: a second sync
    proves nothing.
    """


class AppendUnknown(StoreFailure):
    """The reply was lost: the append is there or it is not. ``settle.append`` finds out; nobody
    else handles this.
    """


class Store(Protocol):
    """One journal of one bridge. Opened by a constructor function of its engine; closed once."""

    name: str
    """``sqlite``, ``redis`` or ``memory``."""

    journal: str
    """Id of the journal that is in this store; the high-water mark names the same one."""

    def lease(self, owner: str) -> int:
        """Become the writer: raise the epoch by one and return it. Any earlier writer is fenced
        from now on.
        """
        ...

    def append(self, append: Append) -> None:
        """Commit records. Expects the head to be ``(append.first - 1, append.previous)`` and the
        epoch ``append.epoch``.

        Errors: ``StoreFenced``, ``StoreUnavailable``, ``StoreSyncFailed``, ``AppendUnknown``.
        """
        ...

    def read(self, after: int = 0) -> Iterator[Append]:
        """Yield, in order, each append whose last record has a number above ``after``, cold
        segments included.

        Takes no lease and writes nothing. Errors: ``StoreUnavailable``; ``StoreFenced`` with
        ``store_corrupt``,
        ``store_segment_missing``, ``_torn`` or ``_damaged`` when what is there cannot be read as
        appends (the chain itself is checked by the caller, see ``chain.verified``).
        """
        ...

    def head(self) -> Head:
        """Read the end of the journal."""
        ...

    def seals(self) -> list[Seal]:
        """List the finished segments, oldest first. ``chain.verified`` compares the journal with
        them.
        """
        ...

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot; at least the newest two are kept, older ones may go."""
        ...

    def load_snapshot(self) -> Snapshot | None:
        """Return the newest snapshot whose number and hash are those of an append in this journal,
        else ``None``.
        """
        ...

    def durability(self) -> Durability:
        """Read from the store itself how much an append is worth now."""
        ...

    def maintain(self) -> bool:
        """Do what is due between two batches: checkpoint, seal a full segment, move a cold one.

        One call is one bounded step; ``True`` says that another step is due, for whoever is idle.
        Errors: as ``append``; ``StoreUnavailable`` with ``store_segments_unwritable`` leaves the
        journal whole and appends possible: it wants an alarm, not a halt.
        """
        ...

    def close(self) -> None:
        """Let go of files and sockets. A second call does nothing."""
        ...
