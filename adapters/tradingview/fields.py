"""Readers of single fields: the text of a value becomes a word or a text of the domain, or a fault.

Each reader takes the field's name, the text of its value, and the piece of template that is right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from adapters.tradingview.reading import REDACTED, Fault
from adapters.tradingview.redaction import is_secret, masked

TEXT_MAX: Final = {
    "token": 200, "id": 200, "strategy": 64, "symbol": 64, "comment": 500, "stream": 64,
}  # fmt: skip
"""Characters of each text: an id with every recommended placeholder has about 120, the longest
symbol seen (an option) 21, Pine's order comments are a few words, and a stream is a timeframe."""

ID: Final = (
    '"id": "{{ticker}}-{{timenow}}-{{strategy.order.id}}-{{strategy.order.action}}'
    '-{{strategy.order.contracts}}-{{strategy.position_size}}"'
)
"""An id that is another one for each order of a strategy: one exit of a script that closes several
entries fills several times in one second, under one name, and only the position differs."""

Reader = Callable[[str, str, str], Any]
"""Takes (field, text of the value, right piece of template); raises ``Fault``."""

_STRATEGY: Final = re.compile(r"[A-Za-z0-9 _.:-]+")
_LINES: Final = str.maketrans("\r\n\t", "   ")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a dialect.

    ``example``: the piece of template that is right in a strategy alert. ``number``: may also be
    written as a bare JSON number; a symbol or an id may not, because ``005930`` loses its zeros.
    ``boolean``: may also be written as a bare ``true`` or ``false``.
    """

    read: Reader
    example: str
    number: bool = False
    boolean: bool = False


def text(field: str, value: str, _: str) -> str:
    """Read a text of visible characters, as it is."""
    if len(value) > TEXT_MAX[field]:
        raise Fault("text_too_long", field, str(len(value)), str(TEXT_MAX[field]))
    if not value.isprintable():
        hidden = next(c for c in value if not c.isprintable())
        raise Fault("text_characters", field, _safe(field, hidden), "visible characters")
    return value


def comment(field: str, value: str, example: str) -> str:
    """Read a text that may have line ends and tabs."""
    text(field, value.translate(_LINES), example)
    return value


def strategy(field: str, value: str, example: str) -> str:
    """Read the name of a strategy, as the configuration has it."""
    if _STRATEGY.fullmatch(text(field, value, example)) is None:
        allowed = "A to Z, a to z, 0 to 9, space and _ . : -"
        raise Fault("text_characters", field, masked(value), allowed)
    return value


def word(words: type[StrEnum]) -> Reader:
    """Make the reader of a field that knows a few words, in any case of their letters."""
    known = {word.value: word for word in words}
    choice = ", ".join(known)

    def reader(field: str, value: str, example: str) -> StrEnum:
        found = known.get(value.lower())
        if found is None:
            raise Fault("word_unknown", field, masked(value), f"{choice}, as in {example}")
        return found

    return reader


def yes_or_no(field: str, value: str, example: str) -> bool:
    """Read ``true`` or ``false``, in any case of their letters."""
    found = {"true": True, "false": False}.get(value.lower())
    if found is None:
        raise Fault("word_unknown", field, masked(value), f"true, false, as in {example}")
    return found


def version(field: str, value: str, _: str) -> int:
    """Read the version of the format."""
    if value != "1":
        raise Fault("version_unknown", field, masked(value))
    return 1


def _safe(field: str, value: str) -> str:
    return REDACTED if is_secret(field) else value
