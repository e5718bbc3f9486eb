"""The native alert, version 1, as text: ``name=value``, on lines of their own or between commas.

Rules of this file
1. Names and words are those of ``native.FIELDS``; only the writing differs.
2. A comma or a line end divides, nothing else does: ``targets=110:50;120`` is one field, and a
   number with a comma in it falls apart and is refused.
3. ``=`` inside a value is a comma that was forgotten, but in a comment, an id or a token.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from adapters.tradingview import native
from adapters.tradingview.comma import refuse_decimal_comma
from adapters.tradingview.name_words import assigns
from adapters.tradingview.pairs import pairs, pieces
from adapters.tradingview.reading import Fault, Reading
from adapters.tradingview.redaction import masked
from adapters.tradingview.repairs import opened
from adapters.tradingview.terms import Terms
from core.signals import Misread

SEPARATOR: Final = re.compile(r"[\n,]")
FREE: Final = frozenset({"comment", "id", "token"})
"""Fields whose text is the sender's own."""

_QUOTED: Final = re.compile(r'"([a-z_]{1,32})": (?:"([^"]{0,120})"|([\w.-]{1,40}))')


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    token: str | None = None
    try:
        text, repaired = opened(body, terms.repair)
        parts = pieces(text, SEPARATOR)
        refuse_decimal_comma(parts)
        message = pairs(parts, example_of, fold=True)
        if terms.strategy:
            message.setdefault("strategy", terms.strategy)
        token = native.token_of([message])
        for name, value in message.items():
            if "=" in value and (name not in FREE or _swallows(name, value)):
                raise Fault("text_pair_form", name, masked(value), "=")
        signals, ignored = native.signals_of([message])
        return Reading(signals=signals, token=token, ignored=ignored, repaired=repaired)
    except Fault as fault:
        return Reading(misread=_in_text(fault.misread), token=token)


def _swallows(name: str, value: str) -> bool:
    """Say whether a comment has a field inside, because a comma was forgotten."""
    if name != "comment":
        return False
    return assigns(value) or any(f"{one}=" in value for one in native.FIELDS)


def example_of(name: str) -> str:
    """Return the piece of template that is right for a field."""
    return _textual(native.example_of(name))


def _in_text(misread: Misread) -> Misread:
    """Say what is right as it is written in this dialect."""
    return msgspec.structs.replace(misread, limit=_textual(misread.limit))


def _textual(example: str) -> str:
    return _QUOTED.sub(lambda found: f"{found[1]}={found[2] or found[3]}", example)
