"""Repairs: what a route may have mended before reading, because it cannot change the meaning.

Rules of this file
1. Only what the route names is repaired, and each repair that was made is told by its name.
2. Nothing inside a text in straight quotes is touched, but for the mark that opens the message.
3. One pass each, over a text whose size is capped; what is still wrong afterwards is refused as
   ever.
"""

from __future__ import annotations

import re
from typing import Final

from adapters.tradingview.reading import Fault
from adapters.tradingview.strict_json import text_of

_MARK: Final = "\ufeff"
_SPACE: Final = " \t\r\n"
_SMART: Final = "“”„‟"
"""Double quotes only: a typographic apostrophe stands inside texts."""

_TEXT_OR_COMMA: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|,\s*+(?=[}\]])', re.DOTALL)
_TEXT: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?+|[“”„‟][^"“”„‟\r\n]*+[“”„‟]', re.DOTALL)


def opened(body: bytes, repair: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """Decode a body, with the repairs that its route asks for; return the text, and which were
    made."""
    text = text_of(body)
    return (text, ()) if not repair else _repaired(text, repair)


def _repaired(text: str, repair: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    made: list[str] = []
    for name, mend in (
        ("bom", _without_marks),
        ("smart_quotes", _with_straight_quotes),
        ("trailing_comma", _without_trailing_commas),
    ):
        if name in repair:
            mended = mend(text)
            if mended != text:
                made.append(name)
                text = mended
    if not text:
        raise Fault("body_empty")
    return text, tuple(made)


def _without_marks(text: str) -> str:
    """Take byte-order marks off both ends, also behind white space."""
    return text.strip(_MARK + _SPACE)


def _with_straight_quotes(text: str) -> str:
    """Write the typographic quotes round a text as straight ones.

    Only where both stand on one line and the text between them has neither kind of quote and no
    backslash: then where it begins and ends is beyond doubt.
    """
    return _TEXT.sub(
        lambda found: (
            f'"{found[0][1:-1]}"' if found[0][0] in _SMART and "\\" not in found[0] else found[0]
        ),
        text,
    )


def _without_trailing_commas(text: str) -> str:
    """Take out a comma that has nothing after it but the end of its object or list."""
    return _TEXT_OR_COMMA.sub(lambda found: found[0] if found[0][0] == '"' else "", text)
