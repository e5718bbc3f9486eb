"""Texts that are known and never traded: they are told for what they are, on every route.

Rules of this file
1. Recognised is only what cannot be an alert of any dialect. It decides the words of a refusal, and
   never that something is traded.
2. One look each, over a text whose size is capped; no pattern can go back over what it has read.
"""

from __future__ import annotations

import re
from typing import Final

from adapters.tradingview.reading import Fault
from adapters.tradingview.redaction import masked

_LOOK_MAX: Final = 4000
"""Characters that are looked at: the names of inputs stand before a strategy's default text."""

_STRATEGY: Final = re.compile(r"\border (?:buy|sell) @ \S{1,40} filled on ")
_PRICE: Final = re.compile(
    r"[^\r\n{}]{1,80} (?:Crossing(?: Up| Down)?|Greater Than|Less Than|Moving (?:Up|Down)(?: %)?"
    r"|(?:Entering|Exiting|Inside|Outside) Channel)\b.{0,200}",
    re.DOTALL,
)
_PROGRAM: Final = re.compile(
    r"[A-Za-z][\w ]{0,40}\([A-Za-z][\w.:/!-]{0,40}\)\s{0,8}\{\s{0,8}(?:[#/][^\n]{0,200}\n\s{0,8})?"
    r"(?:[A-Za-z]\w{0,40}\s?\(|continue=|exchange\()"
)
_PROSE: Final = re.compile(r"[A-Za-z'’]{1,30}[,.!:;]? (?:[A-Za-z'’]{1,30}[,.!:;]? ){2,9}[A-Za-z'’]")


def recognised(text: str) -> Fault | None:
    """Say what a text is that no dialect reads; ``None``: nothing that is known."""
    if _STRATEGY.search(text, 0, _LOOK_MAX) is not None:
        return Fault("text_default_strategy")
    if _PRICE.fullmatch(text) is not None:
        return Fault("text_default_price")
    found = _PROGRAM.search(text, 0, _LOOK_MAX)
    if found is not None:
        return Fault("text_program", value=masked(text)[found.start() : found.end()])
    if "=" not in text and "{" not in text and _PROSE.search(text, 0, _LOOK_MAX) is not None:
        return Fault("text_prose", value=masked(text))
    return None
