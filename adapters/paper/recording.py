"""A recorded market: quotes from a CSV or JSONL file. The formats are in docs/paper.md.

Rules of this file
1. The file is read line by line; its size does not matter. It is checked whole before the first
   quote leaves.
2. A bad row is an error with its line number, never a quote that was guessed.
3. Rows of instruments that are not configured are passed over; a file with none that is configured
   is an error.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from adapters.paper.codes import words
from adapters.paper.walk import Tick
from core.instruments import Instrument
from core.money import NumberError, decimal_of, plain, round_to

LINE_MAX: Final = 1024
"""Characters of one row: five fields of the longest numbers and names use a quarter of it."""

COLUMNS: Final = ("time", "instrument", "bid", "ask")
"""Columns that a recording must have; ``last`` may be there too."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class RecordingRefused(ValueError):
    """A recording cannot be used. ``code`` is one of the venue's codes; the text names file and
    line.
    """

    def __init__(self, code: str, *, value: str = "", limit: str = "", where: str = "") -> None:
        self.code = code
        self.text = words(code, value=value, limit=limit, where=where)
        super().__init__(self.text)


class Recording:
    """One recorded file, played from its first row.

    ``speed``: 2 plays twice as fast. ``repeat``: begin again at the end, else the quotes cease
    there.
    """

    def __init__(
        self,
        path: Path,
        instruments: Mapping[str, Instrument],
        *,
        speed: Decimal = Decimal(1),
        repeat: bool = False,
    ) -> None:
        """Check the whole file. Errors: ``RecordingRefused``."""
        assert speed > 0, "time goes forward"
        self.path = path
        self.names = frozenset(row.instrument for row in _rows(path, instruments))
        if not self.names:
            value = ", ".join(sorted(instruments)) or "no instrument"
            raise RecordingRefused("market_file_empty", value=value[:100], where=path.name)
        self._instruments = instruments
        self._speed = speed
        self._repeat = repeat

    def resume(self, instrument: str, price: Decimal) -> None:
        """Do nothing: a recording has its own prices."""

    def ticks(self) -> Iterator[Tick]:
        """Play the file: the first row at once, the others after their distance to it."""
        begin_ns = 0
        while True:
            first_ns, after_ns = -1, begin_ns
            for row in _rows(self.path, self._instruments):
                if first_ns < 0:
                    first_ns = row.after_ns
                after_ns = begin_ns + int((row.after_ns - first_ns) / self._speed)
                yield row._replace(after_ns=after_ns)
            if not self._repeat:
                return
            begin_ns = after_ns + 1_000_000_000  # the last quote stands for a second


def _rows(path: Path, instruments: Mapping[str, Instrument]) -> Iterator[Tick]:
    """Read the rows of configured instruments; ``after_ns`` is the recorded time."""
    try:
        file = path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        said = error.strerror or str(error)
        raise RecordingRefused("market_file_missing", value=said, where=str(path)) from error
    former_ns = 0
    with file:
        records = _of_jsonl if path.suffix.lower() in {".jsonl", ".ndjson"} else _of_csv
        for line, fields in records(file, path):
            row = _row(fields, instruments, f"{path.name}:{line}")
            if row is None:
                continue
            if row.after_ns < former_ns:
                where = f"{path.name}:{line}"
                raise _bad(where, "its time lies before the row above", "rows in order of time")
            former_ns = row.after_ns
            yield row


def _bad(where: str, what: str, wanted: str) -> RecordingRefused:
    return RecordingRefused("market_file_row", value=what, limit=wanted, where=where)


def _lines(file: IO[str], path: Path) -> Iterator[tuple[int, str]]:
    number = 0
    while True:
        number += 1
        where = f"{path.name}:{number}"
        try:
            text = file.readline(LINE_MAX + 1)
        except UnicodeDecodeError as error:
            raise _bad(where, "it is not UTF-8 text", "UTF-8") from error
        if not text:
            return
        if len(text) > LINE_MAX:
            raise _bad(where, "it is too long", f"at most {LINE_MAX} characters")
        if text.strip():
            yield number, text


def _of_csv(file: IO[str], path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    names: list[str] | None = None
    for number, text in _lines(file, path):
        cells = [cell.strip() for cell in next(csv.reader(io.StringIO(text)))]
        if names is None:
            names = [cell.lower() for cell in cells]
            if not set(COLUMNS) <= set(names):
                limit, value = ", ".join(COLUMNS), ", ".join(names)[:100]
                raise RecordingRefused(
                    "market_file_header", value=value, limit=limit, where=path.name
                )
        elif len(cells) != len(names):
            raise _bad(f"{path.name}:{number}", f"{len(cells)} cells", f"{len(names)}")
        else:
            yield number, dict(zip(names, cells, strict=True))


def _of_jsonl(file: IO[str], path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, text in _lines(file, path):
        try:
            # Numbers stay text, so that no price ever passes through a float.
            yield number, {name: _said(value) for name, value in _RAW.decode(text).items()}
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise _bad(f"{path.name}:{number}", str(error), "one JSON object") from error


_RAW: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


def _said(raw: msgspec.Raw) -> str:
    text = bytes(raw).decode()
    return msgspec.json.decode(text, type=str) if text.startswith('"') else text


def _row(fields: dict[str, Any], instruments: Mapping[str, Instrument], where: str) -> Tick | None:
    instrument = instruments.get(fields.get("instrument", ""))
    if instrument is None:
        if not fields.get("instrument"):
            raise _bad(where, "no instrument", ", ".join(COLUMNS))
        return None
    after_ns = _time(fields.get("time", ""), where)
    bid, ask = (_price(fields, name, instrument, where) for name in ("bid", "ask"))
    if ask < bid:
        raise _bad(where, f"bid {plain(bid)} is above ask {plain(ask)}", "a bid up to the ask")
    if fields.get("last"):
        last = _price(fields, "last", instrument, where)
    else:
        last = round_to((bid + ask) / 2, instrument.tick)
    return Tick(after_ns, instrument.name, bid, ask, last)


def _price(fields: dict[str, Any], name: str, instrument: Instrument, where: str) -> Decimal:
    text = fields.get(name, "")
    try:
        price = decimal_of(text)
    except NumberError as error:
        raise _bad(where, f"{name} {text[:40]!r} is no number", "a number like 1.0945") from error
    if not instrument.is_price(price):
        tick = plain(instrument.tick)
        raise _bad(where, f"{name} {text} is not on the tick", f"steps of {tick} above 0")
    return price


def _time(text: str, where: str) -> int:
    if text.isascii() and text.isdigit() and len(text) == 19:  # nanoseconds of 2001 to 2286
        return int(text)
    wanted = "nanoseconds since 1970 or a time like 2026-01-05T14:30:00.250Z"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise _bad(where, f"time {text[:40]!r} cannot be read", wanted) from error
    if moment.tzinfo is None:
        raise _bad(where, f"time {text} has no zone", wanted)
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1_000
