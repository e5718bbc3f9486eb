"""The chain: how appends hang together, so that a changed, dropped or inserted record is found and
named.

Rules of this file
1. The hash of an append covers the hash before it; so the last hash stands for every record there
   is.
2. The first thing that is wrong is named, in records, and nothing behind it is called proven.
3. Nothing here reads a disk. Whoever calls brings the appends, and what is known from elsewhere:
   the head (a cut end looks like a short journal) and the seals of finished segments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from struct import Struct
from typing import Final

from core.store.codes import failure
from core.store.port import (
    APPEND_BYTES_MAX,
    GENESIS_HASH,
    RECORDS_PER_APPEND_MAX,
    Append,
    Head,
    Seal,
    Store,
    StoreFenced,
)

START: Final = Head(0, GENESIS_HASH, 0)
"""Where every journal begins."""

_HEADER: Final = Struct(">32s5Q")
"""The hash before, then first, count, epoch, at_ns and version as unsigned 64-bit numbers, big end
first.
"""


class Broken(StoreFenced):
    """Records ``first`` to ``last`` are the first ones that are wrong; ``code`` and ``text`` say
    how.
    """

    def __init__(self, code: str, text: str, *, first: int = 0, last: int = 0) -> None:
        super().__init__(code, text)
        self.first = first
        self.last = last


def hash_of(
    previous: bytes,
    payload: bytes,
    *,
    first: int,
    count: int,
    epoch: int,
    at_ns: int,
    version: int,
) -> bytes:
    """Return the sha256 of the hash before, the five numbers as unsigned 64-bit big-endian (in the
    order of the signature), and the payload.
    """
    return sha256(_HEADER.pack(previous, first, count, epoch, at_ns, version) + payload).digest()


def own_hash(append: Append) -> bytes:
    """Return the hash that an append should have by all that it says."""
    header = _HEADER.pack(
        append.previous, append.first, append.count, append.epoch, append.at_ns, append.version
    )
    return sha256(header + append.payload).digest()


def seal(
    after: Head, *, epoch: int, at_ns: int, version: int, count: int, payload: bytes
) -> Append:
    """Build the append that follows ``after``. ``payload``: ``count`` lines, each ended by a
    newline.
    """
    assert 1 <= count <= RECORDS_PER_APPEND_MAX, (
        "an append has records, and a bounded number of them"
    )
    assert len(payload) <= APPEND_BYTES_MAX, "an append is bounded in bytes"
    assert payload.count(b"\n") == count, "one line is one record"
    assert payload.endswith(b"\n"), "each record ends with a newline"
    assert epoch >= 1, "only a lease gives an epoch"
    first = after.number + 1
    digest = hash_of(
        after.hash,
        payload,
        first=first,
        count=count,
        epoch=epoch,
        at_ns=at_ns,
        version=version,
    )
    return Append(first, count, epoch, at_ns, version, after.hash, payload, digest)


def head_of(append: Append) -> Head:
    """Return the head of a journal that ends with this append."""
    return Head(append.last, append.hash, append.epoch)


def verified(
    appends: Iterable[Append],
    *,
    after: Head = START,
    until: Head | None = None,
    seals: Iterable[Seal] = (),
) -> Iterator[Append]:
    """Pass appends on as long as they are what was committed; raise ``Broken`` at the first that is
    not.

    ``after``: number and hash that are trusted (a snapshot's, with epoch 0 where it is not known).
    ``until``: a head that was read before the appends; the journal may be longer, never shorter.
    """
    number, previous, epoch = after.number, after.hash, after.epoch
    anchors = _anchors(number, until, seals)
    anchor = next(anchors, None)
    for append in appends:
        if (
            append.first != number + 1
            or append.previous != previous
            or append.epoch < epoch
            or append.payload.count(b"\n") != append.count
            or own_hash(append) != append.hash
        ):
            raise _diagnosis(append, Head(number, previous, epoch))
        number, previous, epoch = append.first + append.count - 1, append.hash, append.epoch
        while anchor is not None and number >= anchor[0]:
            _compare(anchor, append)
            anchor = next(anchors, None)
        yield append
    if anchor is not None:
        raise _broken("journal_cut", number + 1, anchor[0], limit=number)


def verified_store(store: Store, after: Head = START) -> Iterator[Append]:
    """Read and verify all that a store has after a trusted head, against its own head and seals."""
    until, seals = store.head(), store.seals()
    return verified(store.read(after.number), after=after, until=until, seals=seals)


_Anchor = tuple[int, bytes, int]  # last record, its hash, its segment; 0 is the head


def _anchors(number: int, until: Head | None, seals: Iterable[Seal]) -> Iterator[_Anchor]:
    known: list[_Anchor] = [(seal.last, seal.hash, seal.segment) for seal in seals]
    if until is not None:
        known.append((until.number, until.hash, 0))
    return iter(sorted(anchor for anchor in known if anchor[0] > number))


def _compare(anchor: _Anchor, append: Append) -> None:
    last, digest, segment = anchor
    if append.last == last and append.hash == digest:
        return
    if segment:
        raise _broken("journal_seal", append.first, append.last, value=last, limit=segment)
    raise _broken("journal_changed", append.first, append.last)


def _diagnosis(append: Append, before: Head) -> Broken:
    """Say what is wrong with an append that does not fit behind ``before``; most telling first."""
    first, last = append.first, append.last
    if first > before.number + 1:
        return _broken(
            "journal_gap", before.number + 1, first - 1, limit=before.number, where=first
        )
    if first <= before.number:
        return _broken("journal_repeated", first, last, limit=before.number)
    if append.hash != own_hash(append):
        return _broken("journal_changed", first, last)
    if append.previous != before.hash:
        return _broken("journal_link", first, last, limit=before.number)
    if append.epoch < before.epoch:
        return _broken("journal_epoch", first, last, limit=before.number)
    return _broken("journal_count", first, last, limit=append.payload.count(b"\n"))


def _broken(
    code: str, first: int, last: int, *, value: object = "", limit: object = "", where: object = ""
) -> Broken:
    records = value or (f"{first}" if first == last else f"{first} to {last}")
    broken = failure(Broken, code, value=records, limit=limit, where=f"record {where}")
    broken.first, broken.last = first, last
    return broken
