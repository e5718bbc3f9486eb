"""Reading a journal that stands partly in files and partly in its engine, also while segments move.

Rules of this file
1. A segment is marked cold only after its file is durable; so whoever sees the mark can read the
   file.
2. A gap in what the engine has may be a segment that moved meanwhile: the marks are read again
   before it is believed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Protocol

from core.store import segment
from core.store.codes import failure
from core.store.port import GENESIS_HASH, Append, Seal, Store, StoreUnavailable

CHUNK_BYTES: Final = 1024 * 1024
"""Read at a time: enough that a chunk's fixed cost does not count, little beside the process's
memory.
"""


CHUNK_APPENDS: Final = 2_000
"""The same bound for journals of small appends."""


class Warm(Protocol):
    """What an engine offers to be read."""

    journal: str

    def seals(self) -> list[Seal]:
        """List the finished segments, oldest first."""
        ...

    def warm(self, after: int, seals: list[Seal]) -> list[Append]:
        """Return the next appends, in order, that the engine itself holds with a last record above
        ``after``.
        """
        ...


def journal(engine: Warm, folder: Path | None, after: int) -> Iterator[Append]:
    """Yield every append above ``after``: first from the files, then from the engine."""
    seals = engine.seals()
    while True:
        for seal in seals:
            if seal.cold and seal.last > after:
                yield from _cold(engine, folder, seal, after)
                after = seal.last
        chunk = engine.warm(after, seals)
        if not chunk or chunk[0].first > after + 1:
            seals = engine.seals()
            if any(seal.cold and seal.last > after for seal in seals):
                continue
            chunk = chunk or engine.warm(after, seals)
            if not chunk:
                return
        yield from chunk
        after = chunk[-1].last


def _cold(engine: Warm, folder: Path | None, seal: Seal, after: int) -> Iterator[Append]:
    if folder is None:
        where = segment.path_of(Path("segments"), seal.segment)
        raise failure(StoreUnavailable, "store_segment_missing", where=where)
    path = segment.path_of(folder, seal.segment)
    yield from segment.read(path, after=after, journal=engine.journal)


def holds(store: Store, number: int, digest: bytes) -> bool:
    """Say whether a journal has an append that ends with this number and this hash."""
    if number == 0:
        return digest == GENESIS_HASH
    found = next(store.read(number - 1), None)
    return found is not None and found.last == number and found.hash == digest
