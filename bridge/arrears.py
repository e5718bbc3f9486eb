"""The arrears: what was done while the store was away, written down at once, and paid into the
journal later.

Rules of this file
1. A batch is one line of the emergency file: it is there as a whole or not at all, at the cost of
   one sync.
2. It is paid in the order in which it was written, unchanged: the journal gets the very bytes of
   the file.
3. A crash between paying and clearing is found by the journal's end, so that nothing is paid twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from core.codec import VERSION
from core.store import chain
from core.store.emergency import EmergencyLog
from core.store.port import APPEND_BYTES_MAX, RECORDS_PER_APPEND_MAX, Append, Head, Store

_BETWEEN: Final = b"\x1e"
"""Stands between the records of a line: JSON escapes it, so that it occurs in no record."""


class Batch(NamedTuple):
    """Records that belong together: ``records`` lines, each ended by a newline."""

    records: int
    payload: bytes


def line_of(batch: Batch) -> bytes:
    """Write a batch as one line of the emergency file."""
    return batch.payload.removesuffix(b"\n").replace(b"\n", _BETWEEN)


def batch_of(line: bytes) -> Batch:
    """Read a line of the emergency file back."""
    return Batch(line.count(_BETWEEN) + 1, line.replace(_BETWEEN, b"\n") + b"\n")


def appends_of(batches: Iterable[Batch], after: Head, *, epoch: int, at_ns: int) -> list[Append]:
    """Seal batches into as few appends as their bounds allow. A batch that is too large alone is
    cut between records."""
    appends: list[Append] = []
    for count, payload in _gathered(piece for batch in batches for piece in _pieces(batch)):
        append = chain.seal(
            after, epoch=epoch, at_ns=at_ns, version=VERSION, count=count, payload=payload
        )
        after = chain.head_of(append)
        appends.append(append)
    return appends


def _pieces(batch: Batch) -> Iterable[Batch]:
    if batch.records <= RECORDS_PER_APPEND_MAX and len(batch.payload) <= APPEND_BYTES_MAX:
        return (batch,)
    return (Batch(1, line + b"\n") for line in batch.payload.split(b"\n")[:-1])


def _gathered(pieces: Iterable[Batch]) -> Iterable[Batch]:
    held: list[bytes] = []
    count = size = 0
    for piece in pieces:
        full = (
            count + piece.records > RECORDS_PER_APPEND_MAX
            or size + len(piece.payload) > APPEND_BYTES_MAX
        )
        if held and full:
            yield Batch(count, b"".join(held))
            held, count, size = [], 0, 0
        held.append(piece.payload)
        count += piece.records
        size += len(piece.payload)
    if held:
        yield Batch(count, b"".join(held))


def paid(store: Store, head: Head, batches: Sequence[Batch]) -> int:
    """Return how many of these batches the journal ends with already."""
    total = sum(batch.records for batch in batches)
    tail = b"".join(append.payload for append in store.read(max(0, head.number - total)))
    for number in range(len(batches), 0, -1):
        if tail.endswith(batches[number - 1].payload):
            whole = b"".join(batch.payload for batch in batches[:number])
            if tail.endswith(whole):
                return number
    return 0


class Arrears:
    """What the running bridge owes. Bounded by the emergency file, which takes no more than its
    limit."""

    def __init__(self, emergency: EmergencyLog) -> None:
        self._emergency = emergency
        self._owed: deque[Batch] = deque()
        self._due: list[Append] = []

    def write(self, batch: Batch) -> None:
        """Write a batch down, durably: in a thread. Errors: ``StoreFailure``."""
        self._emergency.write(line_of(batch))

    def sent(self, appends: Sequence[Append]) -> None:
        """Owe appends that the store was asked for and that it may still take: the very same."""
        assert not self._due, "while anything is owed, nothing is sent but what is due"
        assert not self._owed, "the same"
        self._due = list(appends)

    def owe(self, batch: Batch) -> None:
        """Note that a batch was written down."""
        self._owed.append(batch)

    def due(self, head: Head, *, epoch: int, at_ns: int) -> Append | None:
        """Return the next append to pay; the same one until it is ``settled``, so that a lost reply
        does no harm."""
        if not self._due and self._owed:
            self._due = appends_of(self._owed, head, epoch=epoch, at_ns=at_ns)
            self._owed.clear()
        return self._due[0] if self._due else None

    def settled(self) -> None:
        """Note that the append which is due was paid."""
        self._due.pop(0)

    def clear(self) -> bool:
        """Empty the file once all is paid: in a thread. Say whether the disk has room for the
        reserve again."""
        self._emergency.clear()
        return self._emergency.prepare()

    def reserve(self) -> bool:
        """Hold the reserve back: in a thread. Say whether the disk has room for it."""
        return self._emergency.prepare()
