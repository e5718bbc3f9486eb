"""Hostile text made harmless: what others wrote is shown as text, never obeyed by a terminal.

Rules of this file
1. Everything that comes from outside passes here before it reaches a terminal or a log line.
2. What is replaced stays readable: an escape sequence is shown as the characters that it is.
"""

from __future__ import annotations

import json
from typing import Any, Final

_SHORT: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def printable(text: str) -> str:
    """Write control, direction and invisible characters as escapes; all else stays as it is."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else _escaped(sign) for sign in text)


def printable_lines(text: str) -> str:
    """Do the same for a text of several lines, which stay lines."""
    return "\n".join(printable(line.expandtabs(4)) for line in text.splitlines())


def json_text(value: Any) -> str:
    """Write one line of JSON in ASCII, so that no terminal finds anything to obey in it."""
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": ")).replace("\x7f", "\\u007f")


def _escaped(sign: str) -> str:
    short = _SHORT.get(sign)
    if short is not None:
        return short
    number = ord(sign)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
