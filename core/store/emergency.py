"""The emergency file: where halts, cancels and exits are written down while the store is away.

Rules of this file
1. A line that ``write`` returned from is on the disk; boot reads it and puts it into the journal,
   then clears it.
2. Each line carries a checksum, so that a torn one is told from a whole one, and is reported, never
   guessed.
3. Disk space for it is held back beforehand: a full disk must not stop an exit.
"""

from __future__ import annotations

import errno
import os
from binascii import crc32
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final, Protocol

from core.store.codes import failure
from core.store.files import open_private, private_folder, sync_folder, write_all
from core.store.port import StoreSyncFailed, StoreUnavailable

EMERGENCY_BYTES_MAX: Final = 8 * 1024 * 1024
"""Some 20,000 acts of a few hundred bytes: more than a desk does while a store is away."""

RESERVE_BYTES: Final = 16 * 1024 * 1024
"""Held back on the disk: this file at its largest, and as much again for the store to note exits
and fills.
"""

_BLOCK: Final = bytes(1024 * 1024)

_FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


@dataclass(frozen=True, slots=True)
class Left:
    """What an emergency file holds: its whole lines, and how many bytes of it could not be read."""

    lines: tuple[bytes, ...]
    torn: int


class EmergencyLog(Protocol):
    """What keeps lines while the store is away. ``EmergencyFile`` says what each call does."""

    def prepare(self) -> bool:
        """Hold the reserve back."""
        ...

    def write(self, line: bytes) -> None:
        """Add one line, durably."""
        ...

    def read(self) -> Left:
        """Return the whole lines."""
        ...

    def clear(self) -> None:
        """Empty it."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class EmergencyFile:
    """One file of lines, and the reserve beside it."""

    def __init__(
        self,
        path: Path,
        *,
        bytes_max: int = EMERGENCY_BYTES_MAX,
        reserve_bytes: int = RESERVE_BYTES,
    ) -> None:
        self._path = path
        self._reserve = path.with_name(path.name + ".reserve")
        self._bytes_max = bytes_max
        self._reserve_bytes = reserve_bytes
        self._descriptor = -1
        self._size = 0

    def prepare(self) -> bool:
        """Hold the reserve back, at boot; say whether there was room for it."""
        private_folder(self._path.parent)
        with suppress(OSError):
            if self._reserve.stat().st_size == self._reserve_bytes:
                return True
        try:
            self._allocate()
        except OSError:
            self._reserve.unlink(missing_ok=True)
            return False
        return True

    def release(self) -> bool:
        """Give the reserve back to the disk; say whether there was one."""
        try:
            self._reserve.unlink()
            sync_folder(self._reserve.parent)
        except OSError:
            return False
        return True

    def write(self, line: bytes) -> None:
        """Add one line, durably. It holds no newline.

        Errors: ``StoreUnavailable`` with ``emergency_full``; ``StoreSyncFailed`` with
        ``emergency_sync_failed``.
        """
        data = row_of(line)
        if self._descriptor < 0:
            self._open()
        if self._size + len(data) > self._bytes_max:
            raise self._full(f"it may have {self._bytes_max} bytes")
        try:
            self._add(data)
        except OSError as error:
            if error.errno not in _FULL or not self.release():
                raise self._failed(error) from error
            try:
                self._add(data)
            except OSError as again:
                raise self._failed(again) from again
        self._size += len(data)

    def read(self) -> Left:
        """Return the whole lines, in order, and the number of bytes that are none.

        Errors: ``StoreUnavailable`` with ``store_not_ours`` when the file is there and may not be
        read.
        """
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return Left((), 0)
        except OSError as error:
            raise failure(
                StoreUnavailable, "store_not_ours", where=self._path, value=error.strerror
            ) from error
        return lines_in(data)

    def clear(self) -> None:
        """Empty the file, once its lines are in the journal, and hold the reserve back again."""
        self.close()
        self._path.unlink(missing_ok=True)
        if self._path.parent.is_dir():
            sync_folder(self._path.parent)
        self.prepare()

    def close(self) -> None:
        """Let go of the file. A second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self) -> None:
        private_folder(self._path.parent)
        try:
            self._descriptor = open_private(self._path, os.O_RDWR | os.O_CREAT)
            sync_folder(self._path.parent)
            self._size = os.lseek(self._descriptor, 0, os.SEEK_END)
            if self._size and not self._ends_whole():
                # a torn line must not swallow the next one
                write_all(self._descriptor, b"\n")
                self._size += 1
        except OSError as error:
            raise self._failed(error) from error

    def _ends_whole(self) -> bool:
        os.lseek(self._descriptor, -1, os.SEEK_END)
        return os.read(self._descriptor, 1) == b"\n"

    def _add(self, data: bytes) -> None:
        os.lseek(self._descriptor, self._size, os.SEEK_SET)
        write_all(self._descriptor, data)
        os.fsync(self._descriptor)

    def _allocate(self) -> None:
        descriptor = open_private(self._reserve, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            if hasattr(os, "posix_fallocate"):
                # posix: the others write the bytes out, below
                os.posix_fallocate(descriptor, 0, self._reserve_bytes)
            else:
                for start in range(0, self._reserve_bytes, len(_BLOCK)):
                    write_all(descriptor, _BLOCK[: self._reserve_bytes - start])
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _full(self, why: str) -> StoreUnavailable:
        return failure(StoreUnavailable, "emergency_full", where=self._path, value=why)

    def _failed(self, error: OSError) -> StoreUnavailable | StoreSyncFailed:
        if error.errno in _FULL:
            return self._full("the disk is full")
        return failure(
            StoreSyncFailed, "emergency_sync_failed", where=self._path, value=error.strerror
        )


def row_of(line: bytes) -> bytes:
    """Return a line as it stands in the file."""
    assert b"\n" not in line, "a newline ends a line"
    return b"%08x %s\n" % (crc32(line), line)


def lines_in(data: bytes) -> Left:
    """Read what a file holds."""
    lines: list[bytes] = []
    torn = 0
    for row in BytesIO(data):  # splitlines() would also split at a carriage return
        line = _line_of(row)
        if line is None:
            torn += len(row)
        else:
            lines.append(line)
    return Left(tuple(lines), torn)


def _line_of(row: bytes) -> bytes | None:
    checksum, blank, line = row[:8], row[8:9], row[9:].removesuffix(b"\n")
    if blank != b" ":
        return None
    try:
        return line if int(checksum, 16) == crc32(line) else None
    except ValueError:
        return None
