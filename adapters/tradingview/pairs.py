"""Text alerts: a message cut into its pieces, and the pieces into names and values.

Rules of this file
1. A dialect cuts at its documented separators only. Every value keeps its text, but for the white
   space round it; a second ``=`` belongs to the value.
2. What cannot be placed is refused, never dropped: half a message may be half an order.
3. A placeholder that was left over is refused wherever it stands.
4. Everything is one pass over a text whose size has been capped before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from adapters.tradingview.placeholders import fault_of_left_over, left_over
from adapters.tradingview.reading import REDACTED, Fault
from adapters.tradingview.recognised import recognised
from adapters.tradingview.redaction import is_secret, masked

PIECES_MAX: Final = 64
"""Pieces of one message: the richest public text format has under forty fields."""

NAME_MAX: Final = 64
"""Characters of a name; the longest public one has under thirty."""

Example = Callable[[str], str]


def pieces(text: str, separator: re.Pattern[str]) -> list[str]:
    """Cut a message at a separator; white space round a piece goes, and an empty piece too.

    ``separator`` matches one separator, without a repeat that can be taken in two ways. What is
    JSON, or a text that is no alert of any dialect, is refused in words.
    """
    if text[:1] in ("{", "[") and text[:2] != "{{":
        raise Fault("text_is_json", value=masked(text))
    known = recognised(text)
    if known is not None:
        raise known
    found = [piece.strip() for piece in separator.split(text)]
    made = [piece for piece in found if piece]
    if len(made) > PIECES_MAX:
        raise Fault("text_pieces_many", value=str(len(made)), limit=str(PIECES_MAX))
    return made


def pairs(
    parts: Iterable[str], example: Example, *, fold: bool = False, assign: str = "="
) -> dict[str, str]:
    """Make names and values of pieces. ``fold``: the dialect's names are the same in any case of
    their letters, and are returned in lower case. A value may be empty.

    ``example`` gives the right piece of template of a name, or an empty text.
    """
    made: dict[str, str] = {}
    for part in parts:
        name, sign, value = part.partition(assign)
        name, value = name.strip(), value.strip()
        if not sign or not name:
            refuse_left_over("", part, example)
            raise Fault("text_pair_form", value=masked(part), limit=assign)
        if len(name) > NAME_MAX:
            raise Fault("text_pair_form", value=masked(name), limit=assign)
        name = name.lower() if fold else name
        refuse_left_over(name, name, example)
        refuse_left_over(name, value, example)
        if name in made:
            raise Fault("json_duplicate_key", masked(name))
        made[name] = value
    return made


def refuse_left_over(field: str, text: str, example: Example) -> None:
    """Refuse a placeholder that TradingView did not replace."""
    if "{{" not in text and "%" not in text:
        return
    left = left_over(text)
    if left is not None:
        raise fault_of_left_over(masked(field), left, example)


def safe(field: str, value: str) -> str:
    """Return a value as it may be told: one of a secret's field is hidden."""
    return REDACTED if is_secret(field) else masked(value)
