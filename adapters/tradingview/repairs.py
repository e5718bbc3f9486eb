"""Repairs: what a route may have mended before reading, because it cannot change the meaning.

Rules of this file
1. Only what the route names is repaired, and each repair that was made is told by its name.
2. A repair works on the text between the values: nothing inside a quoted text is touched.
3. One pass each; what is still wrong afterwards is refused as ever.
"""

from __future__ import annotations

from adapters.tradingview.strict_json import text_of


def opened(body: bytes, repair: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    """Decode a body, with the repairs that its route asks for; return the text, and which were
    made."""
    text = text_of(body)
    return (text, ()) if not repair else _repaired(text, repair)


def _repaired(text: str, repair: frozenset[str]) -> tuple[str, tuple[str, ...]]:
    made: list[str] = []
    if "bom" in repair and (text[0] == _MARK or text[-1] == _MARK):
        text = text.strip(_MARK + _SPACE)
        made.append("bom")
    return text, tuple(made)


_MARK = "\ufeff"
_SPACE = " \t\r\n"
