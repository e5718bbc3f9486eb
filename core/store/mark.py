"""The high-water mark: what this machine knows of its journal, kept apart from the store.

Rules of this file
1. The mark may lag behind the store (it is not synced at each append); it is never ahead of it,
   unless the store lost records. So only a store below the mark, or with another hash there, is an
   alarm.
2. Two slots are written in turn, each with a checksum: a power cut can spoil one, never both.
"""

from __future__ import annotations

import os
from binascii import crc32
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self

from core.store.codes import failure
from core.store.files import create_durably, open_private, private_folder
from core.store.port import GENESIS_HASH, Store, StoreUnavailable
from core.store.reading import holds

JOURNAL_CHARS_MAX: Final = 64
"""The id stands in a field of fixed width."""

_SLOT: Final = 20 + 1 + 64 + 1 + 8 + 1  # number, hash, checksum, each behind a blank, and a newline
_HEADER: Final = 13 + 1 + JOURNAL_CHARS_MAX + 1
_SIZE: Final = _HEADER + 2 * _SLOT


class Verdict(StrEnum):
    """What the comparison of a mark with a store says."""

    FRESH = "fresh"
    """No mark and an empty store: a first start."""

    UNMARKED = "unmarked"
    """A journal without a mark: moved from another machine, or the mark was deleted. Nothing can be
    compared.
    """

    FINE = "fine"
    """The store has what the mark knows."""

    STORE_WENT_BACK = "store_went_back"
    """The store ends below the mark, or has something else there."""

    STORE_EMPTY = "store_empty"
    """The mark knows records, and the store has none."""

    STORE_OTHER = "store_other"
    """The store holds another journal."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The last append that this machine saw committed."""

    journal: str
    number: int
    hash: bytes

    @staticmethod
    def load(path: Path) -> Mark | None:
        """Read a mark; ``None`` when there is none.

        Errors: ``StoreUnavailable`` with ``mark_unreadable``.
        """
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unreadable(path, error.strerror or "it may not be read") from None
        header = data[:_HEADER].decode("ascii", "replace").split()
        if len(header) != 2 or header[0] != "bascule-mark1":
            raise _unreadable(path, "it is no mark")
        slots = [_slot(data[at : at + _SLOT]) for at in (_HEADER, _HEADER + _SLOT)]
        known = [slot for slot in slots if slot is not None]
        if not known:
            raise _unreadable(path, "both of its entries are damaged")
        number, digest = max(known)
        return Mark(header[1], number, digest)


class MarkKeeper(Protocol):
    """What keeps the mark up to date. ``MarkFile`` says what each call does."""

    def save(self, number: int, digest: bytes) -> None:
        """Note an append that was committed."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class MarkFile:
    """Keeps a mark up to date. Opened once the comparison was fine or was accepted by a person."""

    def __init__(self, path: Path, journal: str, number: int, digest: bytes) -> None:
        """Start the file with what is true now: the whole file, durably."""
        assert 0 < len(journal) <= JOURNAL_CHARS_MAX, "the id fits into its field"
        assert journal.isascii(), "one character is one byte"
        assert " " not in journal, "a blank ends the field"
        private_folder(path.parent)
        header = f"bascule-mark1 {journal:<{JOURNAL_CHARS_MAX}}\n".encode()
        slot = _slot_of(number, digest)
        create_durably(path, header + slot + slot)
        self._descriptor = open_private(path, os.O_WRONLY)
        self._turn = 0

    def save(self, number: int, digest: bytes) -> None:
        """Note an append that was committed. Not synced: a mark that lags is no alarm."""
        self._turn ^= 1
        os.lseek(self._descriptor, _HEADER + self._turn * _SLOT, os.SEEK_SET)
        os.write(self._descriptor, _slot_of(number, digest))

    def close(self) -> None:
        """Let go of the file. A second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def compare(mark: Mark | None, store: Store) -> Verdict:
    """Say whether a store is the one that this machine remembers, and not an older one."""
    head = store.head()
    if mark is None:
        return Verdict.FRESH if head.number == 0 else Verdict.UNMARKED
    if mark.journal != store.journal:
        return Verdict.STORE_OTHER
    if mark.number and not head.number:
        return Verdict.STORE_EMPTY
    if head.number < mark.number or not holds(store, mark.number, mark.hash):
        return Verdict.STORE_WENT_BACK
    return Verdict.FINE


def _slot_of(number: int, digest: bytes) -> bytes:
    text = b"%020d %s" % (number, digest.hex().encode())
    return b"%s %08x\n" % (text, crc32(text))


def _slot(data: bytes) -> tuple[int, bytes] | None:
    fields = data.split()
    if len(data) != _SLOT or len(fields) != 3 or not data.endswith(b"\n"):
        return None
    text = fields[0] + b" " + fields[1]
    try:
        if int(fields[2], 16) != crc32(text):
            return None
        number, digest = int(fields[0]), bytes.fromhex(fields[1].decode())
    except ValueError:
        return None
    return (number, digest) if len(digest) == len(GENESIS_HASH) else None


def _unreadable(path: Path, why: str) -> StoreUnavailable:
    return failure(StoreUnavailable, "mark_unreadable", where=path, value=why)
