"""Rows: what one field of a JSON dialect is, and the readers that rows are made with.

Rules of this file
1. A reader takes the sender's own name of the field, and tells what is wrong under it.
2. A symbol or an id is a text: a bare number of JSON has lost its zeros.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import msgspec

from adapters.tradingview import fields
from adapters.tradingview.fields import Reader
from adapters.tradingview.numbers import positive, signed
from adapters.tradingview.pairs import safe
from adapters.tradingview.reading import Fault, shown
from adapters.tradingview.times import instant

LAG_MAX_S: Final = 31_536_000
"""A year in seconds: whoever writes more means none, and nanoseconds stay below 2**63."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field of a dialect.

    ``native``: the native field that it says; empty: the dialect makes something of it.
    ``example``: a right piece of template. ``number``, ``boolean``: may be a bare one.
    """

    native: str
    read: Reader
    example: str
    number: bool = False
    boolean: bool = False


def named(native: str, reader: Reader) -> Reader:
    """Read a text by the rules of a native field, under the sender's own name."""

    def read(name: str, value: str, example: str) -> Any:
        try:
            return reader(native, value, example)
        except Fault as fault:
            fault.misread = msgspec.structs.replace(fault.misread, field=shown(name))
            raise

    return read


def words(known: Mapping[str, Any], refused: Collection[str] = ()) -> Reader:
    """Make the reader of a field that knows a few words, in any case of their letters. ``refused``:
    those that are known only to say why they are not done, and so not proposed."""
    choice = ", ".join(word for word in known if word not in refused)
    lower = {word.lower(): meant for word, meant in known.items()}

    def read(name: str, value: str, example: str) -> Any:
        if value.lower() not in lower:
            raise Fault("word_unknown", name, safe(name, value), f"{choice}, as in {example}")
        return lower[value.lower()]

    return read


def text(native: str, example: str, *, like: str = "") -> Row:
    """Make the row of a text that is a native field, or ``like`` one."""
    readers = {"strategy": fields.strategy, "comment": fields.comment}
    kind = like or native
    return Row(native, named(kind, readers.get(kind, fields.text)), example)


def number(native: str, example: str, *, any_sign: bool = False) -> Row:
    """Make the row of a number; above zero, unless it may have any sign."""
    return Row(native, signed if any_sign else positive, example, number=True)


def word(
    native: str,
    known: Mapping[str, Any] | type[StrEnum],
    example: str,
    *,
    refused: Collection[str] = (),
) -> Row:
    """Make the row of a word. ``refused``: as for ``words``."""
    table = known if isinstance(known, Mapping) else {str(one): one for one in known}
    return Row(native, words(table, refused), example)


def time(example: str) -> Row:
    """Make the row of the time of an alert."""
    return Row("time", instant, example, number=True)


def lag(example: str) -> Row:
    """Make the row of the largest age of an alert, in seconds."""

    def read(name: str, value: str, piece: str) -> int:
        return int(min(positive(name, value, piece), LAG_MAX_S) * 1_000_000_000)

    return Row("max_age", read, example, number=True)


def flag(example: str) -> Row:
    """Make the row of a yes or no."""
    return Row("", fields.yes_or_no, example, boolean=True)


OURS: Final[dict[str, Row]] = {
    "id": text("id", fields.ID),
    "time": time('"time": "{{timenow}}"'),
    "strategy": text("strategy", '"strategy": "My strategy"'),
    "token": text("token", '"token": "the token of the route"'),
}
"""Native fields that may be added to the message of every dialect that has no such name."""
