"""Where a text stops being JSON: one walk, which never goes back and never recurses.

The standard parser names a place and a message that change with the Python version. A refusal needs
more, and needs it stable: what was expected there, in which field, and after what.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Want(StrEnum):
    """What JSON allows at a place, in words for people."""

    VALUE = "a value"
    VALUE_OR_END = "a value or ]"
    KEY = "a field name in quotes"
    KEY_OR_END = "a field name in quotes or }"
    COLON = "a colon"
    COMMA_OR_END = "a comma or the end"
    NOTHING = "nothing more"


@dataclass(frozen=True, slots=True)
class Break:
    """The first place at which a text is not JSON.

    ``key``: the last field name before it, ``key_at`` its place. ``last``: the token before it, as
    written; ``last_at`` its place.
    """

    at: int
    want: Want
    key: str
    key_at: int
    last: str
    last_at: int


_TOKEN: Final = re.compile(
    r"""[ \t\r\n]*+(?:
    (?P<text>"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")
  | (?P<number>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?)(?=[\s,}\]]|\Z)
  | (?P<word>true|false|null)(?=[\s,}\]]|\Z)
  | (?P<mark>[{}\[\],:])
    )""",
    re.VERBOSE,
)
_SPACE: Final = re.compile(r"[ \t\r\n]*+")
_OPENER: Final = {"}": "{", "]": "["}
_VALUES: Final = frozenset({Want.VALUE, Want.VALUE_OR_END})
_KEYS: Final = frozenset({Want.KEY, Want.KEY_OR_END})
_CLOSABLE: Final = {
    "}": frozenset({Want.KEY_OR_END, Want.COMMA_OR_END}),
    "]": frozenset({Want.VALUE_OR_END, Want.COMMA_OR_END}),
}


def first_break(text: str) -> Break | None:
    """Walk a text up to the first place that JSON does not allow; ``None``: there is none."""
    open_: list[str] = []
    want = Want.VALUE
    key = last = ""
    at = key_at = last_at = 0
    while True:
        token = _TOKEN.match(text, at)
        space = _SPACE.match(text, at)
        assert space is not None, "white space may be empty"
        start = space.end()
        if token is None:
            whole = want is Want.NOTHING and start == len(text)
            return None if whole else Break(start, want, key, key_at, last, last_at)
        written = text[start : token.end()]
        following = _after(want, token.lastgroup or "", written, open_)
        if following is None:
            return Break(start, want, key, key_at, last, last_at)
        if want in _KEYS and token.lastgroup == "text":
            key, key_at = written[1:-1], start + 1
        want, last, last_at, at = following, written, start, token.end()


def _after(want: Want, kind: str, written: str, open_: list[str]) -> Want | None:
    """Say what JSON allows after a token, and keep the stack of what is open; ``None``: not allowed
    here.
    """
    if kind == "mark":
        return _after_mark(want, written, open_)
    if want in _KEYS and kind == "text":
        return Want.COLON
    if want in _VALUES:
        return Want.COMMA_OR_END if open_ else Want.NOTHING
    return None


def _after_mark(want: Want, mark: str, open_: list[str]) -> Want | None:
    if mark in "{[" and want in _VALUES:
        open_.append(mark)
        return Want.KEY_OR_END if mark == "{" else Want.VALUE_OR_END
    if mark in _OPENER and want in _CLOSABLE[mark] and open_ and open_[-1] == _OPENER[mark]:
        open_.pop()
        return Want.COMMA_OR_END if open_ else Want.NOTHING
    if mark == ":" and want is Want.COLON:
        return Want.VALUE
    if mark == "," and want is Want.COMMA_OR_END:
        return Want.KEY if open_[-1] == "{" else Want.VALUE
    return None
