"""Segment files: where finished parts of the journal go, in text that any tool can read.

Rules of this file
1. The format is final: line 1 is the header; then for each append one header line and its records,
   one a line; the last line is the seal. Every line is JSON and ends with a newline.
2. A file gets its name after it was synced, so a file with the final name is whole, or was damaged
   later.
3. A reader believes nothing: a missing seal is ``torn``, a line that does not fit is ``damaged``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import msgspec

from core.store.codes import failure
from core.store.files import open_private, private_folder, replace_durably
from core.store.port import APPEND_BYTES_MAX, Append, Seal, StoreFenced, StoreUnavailable

FORMAT: Final = 1
"""Raised when a reader of the old form could misread the new one."""

LINE_BYTES_MAX: Final = 4096
"""A header line has below 500 bytes; a longer one is damage and is not read into memory."""


class _FileHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    bascule: str
    format: int
    journal: str
    segment: int
    first: int
    previous: str


class _AppendHeader(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    first: int
    count: int
    epoch: int
    at: int
    version: int
    previous: str
    hash: str
    bytes: int


class _Trailer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sealed: int
    last: int
    hash: str
    records: int


_FILE_HEADER: Final = msgspec.json.Decoder(_FileHeader)
_APPEND_HEADER: Final = msgspec.json.Decoder(_AppendHeader)
_TRAILER: Final = msgspec.json.Decoder(_Trailer)


def path_of(folder: Path, number: int) -> Path:
    """Return where a segment's file stands."""
    return folder / f"segment-{number:08d}.jsonl"


def header_of(append: Append) -> bytes:
    """Write what an append says besides its records, as one line of JSON."""
    return (
        f'{{"first":{append.first},"count":{append.count},"epoch":{append.epoch}'
        f',"at":{append.at_ns},"version":{append.version}'
        f',"previous":"{append.previous.hex()}","hash":"{append.hash.hex()}"'
        f',"bytes":{len(append.payload)}}}\n'
    ).encode()


def append_of(header: bytes, payload: bytes) -> Append:
    """Read an append back from its header line and its records.

    Errors: ``ValueError`` when the line is no header of this payload.
    """
    read = _APPEND_HEADER.decode(header)
    if read.bytes != len(payload):
        raise ValueError(f"{read.bytes} bytes are announced, {len(payload)} are there")
    return _built(read, payload)


def _built(read: _AppendHeader, payload: bytes) -> Append:
    return Append(
        read.first,
        read.count,
        read.epoch,
        read.at,
        read.version,
        bytes.fromhex(read.previous),
        payload,
        bytes.fromhex(read.hash),
    )


class SegmentWriter:
    """Writes one segment into a temporary file; ``finish`` makes it the segment's file, ``abandon``
    removes it.
    """

    def __init__(self, folder: Path, seal: Seal, *, journal: str, tag: str) -> None:
        private_folder(folder)
        self.bytes = 0
        self._seal = seal
        self._records = 0
        self._path = path_of(folder, seal.segment)
        self._temporary = self._path.with_name(f"{self._path.name}.{tag}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        self._file = os.fdopen(open_private(self._temporary, flags), "wb")
        header = _FileHeader(
            "segment", FORMAT, journal, seal.segment, seal.first, seal.previous.hex()
        )
        self._file.write(msgspec.json.encode(header) + b"\n")

    def write(self, append: Append) -> None:
        """Add one append."""
        header = header_of(append)
        self._file.write(header)
        self._file.write(append.payload)
        self._records += append.count
        self.bytes += len(header) + len(append.payload)

    def sync(self) -> None:
        """Bring what is written so far to the disk, so that the last sync has little to do."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def finish(self) -> Path:
        """Seal the file, bring it to the disk, give it its name."""
        seal = self._seal
        trailer = _Trailer(seal.segment, seal.last, seal.hash.hex(), self._records)
        self._file.write(msgspec.json.encode(trailer) + b"\n")
        self.sync()
        self._file.close()
        replace_durably(self._temporary, self._path)
        return self._path

    def abandon(self) -> None:
        """Drop what was written, unless it was finished. A second call does nothing."""
        self._file.close()
        self._temporary.unlink(missing_ok=True)


def read(path: Path, *, after: int = 0, journal: str | None = None) -> Iterator[Append]:
    """Yield, streaming, the appends of a segment file whose last record is above ``after``.

    Errors: ``StoreFenced`` with ``store_segment_missing``, ``_torn``, ``_damaged``, ``store_other``
    (another journal's file) or ``store_format``; ``StoreUnavailable`` with ``store_denied`` when it
    may not be read.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise failure(StoreFenced, "store_segment_missing", where=path) from None
    except OSError as error:
        raise failure(StoreUnavailable, "store_denied", where=path, value=error.strerror) from None
    with file:
        try:
            yield from _read(file, path, after, journal)
        except (ValueError, msgspec.DecodeError) as error:
            raise failure(StoreFenced, "store_segment_damaged", where=path, value=error) from None


def _read(file: IO[bytes], path: Path, after: int, journal: str | None) -> Iterator[Append]:
    _check_header(_line(file, path), path, journal)
    records, last, digest = 0, 0, ""
    while not (line := _line(file, path)).startswith(b'{"sealed":'):
        header = _APPEND_HEADER.decode(line)
        if not 0 <= header.bytes <= APPEND_BYTES_MAX:
            raise ValueError(f"record {header.first} announces {header.bytes} bytes")
        last, digest = header.first + header.count - 1, header.hash
        records += header.count
        if last <= after:
            file.seek(header.bytes, os.SEEK_CUR)
            continue
        payload = file.read(header.bytes)
        if len(payload) < header.bytes:
            raise _torn(path, f"record {header.first} is cut")
        yield _built(header, payload)
    trailer = _TRAILER.decode(line)
    if (trailer.last, trailer.hash, trailer.records) != (last, digest, records):
        raise ValueError(f"it was sealed at record {trailer.last}, and ends at {last}")
    if file.read(1):
        raise ValueError("something stands behind the seal")


def _line(file: IO[bytes], path: Path) -> bytes:
    line = file.readline(LINE_BYTES_MAX)
    if line.endswith(b"\n"):
        return line
    if len(line) == LINE_BYTES_MAX:
        raise ValueError("a line is longer than any header")
    raise _torn(path, "the seal is missing")


def _check_header(line: bytes, path: Path, journal: str | None) -> None:
    header = _FILE_HEADER.decode(line)
    if header.bascule != "segment":
        raise ValueError("it is no segment of a journal")
    if header.format != FORMAT:
        raise failure(StoreFenced, "store_format", where=path, value=header.format, limit=FORMAT)
    if journal is not None and header.journal != journal:
        raise failure(StoreFenced, "store_other", where=path, value=header.journal, limit=journal)


def _torn(path: Path, what: str) -> StoreFenced:
    return failure(StoreFenced, "store_segment_torn", where=path, value=what)
