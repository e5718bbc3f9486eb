"""What the Redis engine keeps under its keys, and the scripts that write there."""

from __future__ import annotations

from hashlib import sha1
from pathlib import Path
from typing import Any, Final

import msgspec

from core.store import segment
from core.store.port import GENESIS_HASH, Append, Head, Seal, Snapshot


class Script:
    """A script, and the name under which the server keeps it."""

    def __init__(self, name: str) -> None:
        self.text = Path(__file__).with_name(name).read_bytes()
        self.sha = sha1(self.text, usedforsecurity=False).hexdigest()


APPEND: Final = Script("append.lua")
LEASE: Final = Script("lease.lua")
SEAL: Final = Script("seal.lua")


class _SealRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    first: int
    last: int
    previous: str
    hash: str
    cold: bool


class _SnapshotRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hash: str
    version: int
    at: int


def head_of(number: bytes | None, digest: bytes | None, epoch: bytes | None) -> Head:
    """Read the fields of the head; a journal that was never written has none."""
    if number is None or digest is None or epoch is None:
        return Head(0, GENESIS_HASH, 0)
    return Head(int(number), bytes.fromhex(digest.decode()), int(epoch))


def number_of(entry: Any) -> int:
    """Return the number of the first record in an entry of a stream."""
    return int(entry[0].partition(b"-")[0])


def append_of(entry: Any) -> Append:
    """Read an entry of a stream. Errors: ``ValueError`` when it is no append."""
    try:
        _, header, _, payload = entry[1]
        return segment.append_of(header, payload)
    except (ValueError, TypeError) as error:
        raise ValueError(f"the entry of record {number_of(entry)} cannot be read") from error


def seal_row(seal: Seal, *, cold: bool) -> bytes:
    """Write a seal as the value under its segment."""
    row = _SealRow(seal.first, seal.last, seal.previous.hex(), seal.hash.hex(), cold)
    return msgspec.json.encode(row)


def seal_of(number: bytes, text: bytes) -> Seal:
    """Read a seal back."""
    row = msgspec.json.decode(text, type=_SealRow)
    previous, digest = bytes.fromhex(row.previous), bytes.fromhex(row.hash)
    return Seal(int(number), row.first, row.last, previous, digest, row.cold)


def snapshot_row(snapshot: Snapshot) -> bytes:
    """Write a snapshot as the value under its number: a header line, then the body."""
    row = _SnapshotRow(snapshot.hash.hex(), snapshot.version, snapshot.at_ns)
    return msgspec.json.encode(row) + b"\n" + snapshot.body


def snapshot_of(number: int, text: bytes) -> Snapshot:
    """Read a snapshot back."""
    header, _, body = text.partition(b"\n")
    row = msgspec.json.decode(header, type=_SnapshotRow)
    return Snapshot(number, bytes.fromhex(row.hash), row.version, row.at, body)
