"""Where a key stands in a TOML file: the reader of the standard library tells values, but no
places.

Rules of this file
1. It walks text that ``tomllib`` has read without complaint, so it looks for ends and never judges.
2. A place is the first sign of a key, or of a value inside a list; a table's place is its first
   header.
3. It never fails: a text that it does not understand ends the walk, and what was found stands.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from bridge.config.problems import PathKey

NESTING_MAX: Final = 100
"""Lists in lists and tables in tables: far more than any configuration has, far less than Python's
stack.
"""

_SPACE: Final = re.compile(r"[ \t]*")
_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_STRING: Final = re.compile(
    r'"""(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
)
_SCALAR: Final = re.compile(r"[^,\]}\n#]+")
_ESCAPE: Final = re.compile(r"\\(?:U([0-9a-fA-F]{8})|[\s\S])")


class _Lost(Exception):
    """The walk met a text that it does not understand."""


@dataclass(slots=True)
class _Walk:
    text: str
    at: int = 0
    places: dict[PathKey, int] = field(default_factory=dict)
    counts: dict[PathKey, int] = field(default_factory=dict)
    """How many entries each array of tables has so far."""

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise _Lost
        self.at = found.end()
        return found.group()

    def take_sign(self, sign: str) -> bool:
        if not self.text.startswith(sign, self.at):
            return False
        self.at += len(sign)
        return True

    def need_sign(self, sign: str) -> None:
        if not self.take_sign(sign):
            raise _Lost

    def note(self, path: PathKey, at: int) -> None:
        self.places.setdefault(path, at)


@dataclass(frozen=True, slots=True)
class Places:
    """The places of one text. ``offsets``: where each path begins."""

    text: str
    offsets: dict[PathKey, int]

    def of(self, path: PathKey) -> tuple[int, int]:
        """Return line and column of a path, or of the innermost thing around it."""
        for length in range(len(path), 0, -1):
            offset = self.offsets.get(path[:length])
            if offset is not None:
                return place_at(self.text, offset)
        return (1, 1)


def locate(text: str) -> Places:
    """Find every key, table and list entry of a TOML text."""
    walk = _Walk(text)
    with suppress(_Lost):
        _document(walk)
    return Places(text, walk.places)


def place_at(text: str, at: int) -> tuple[int, int]:
    """Turn an offset into line and column, both from 1."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _document(walk: _Walk) -> None:
    table: PathKey = ()
    while True:
        walk.take(_BLANK)
        if walk.at >= len(walk.text):
            return
        start = walk.at
        if walk.take_sign("[["):
            table = _header(walk, start, many=True)
        elif walk.take_sign("["):
            table = _header(walk, start, many=False)
        else:
            _pair(walk, table, 0)


def _header(walk: _Walk, start: int, *, many: bool) -> PathKey:
    keys = _keys(walk)
    walk.need_sign("]]" if many else "]")
    path: PathKey = ()
    for depth, (key, _) in enumerate(keys):
        path = (*path, key)
        if many and depth == len(keys) - 1:
            walk.note(path, start)
            count = walk.counts.get(path, 0)
            walk.counts[path] = count + 1
            path = (*path, count)
        elif path in walk.counts:
            path = (*path, walk.counts[path] - 1)
        walk.note(path, start)
    return path


def _keys(walk: _Walk) -> list[tuple[str, int]]:
    """Read a dotted key: each part and where it stands."""
    keys: list[tuple[str, int]] = []
    while True:
        walk.take(_SPACE)
        start = walk.at
        quoted = walk.text.startswith(('"', "'"), start)
        raw = walk.take(_STRING if quoted else _BARE)
        keys.append((_unquoted(raw) if quoted else raw, start))
        walk.take(_SPACE)
        if not walk.take_sign("."):
            return keys


def _unquoted(raw: str) -> str:
    if raw.startswith("'"):
        return raw[1:-1]
    # TOML 1.0 has the escapes of JSON, and this one besides
    inner = _ESCAPE.sub(lambda hit: chr(int(hit[1], 16)) if hit[1] else hit[0], raw[1:-1])
    try:
        return str(json.loads(f'"{inner}"', strict=False))
    except ValueError:
        return inner


def _pair(walk: _Walk, table: PathKey, depth: int) -> None:
    path = table
    for key, at in _keys(walk):
        path = (*path, key)
        walk.note(path, at)
    walk.need_sign("=")
    walk.take(_SPACE)
    _value(walk, path, depth)


def _value(walk: _Walk, path: PathKey, depth: int) -> None:
    if depth > NESTING_MAX:
        raise _Lost
    if walk.take_sign("["):
        _list(walk, path, depth)
    elif walk.take_sign("{"):
        _inline_table(walk, path, depth)
    elif walk.text.startswith(('"', "'"), walk.at):
        walk.take(_STRING)
    else:
        walk.take(_SCALAR)


def _list(walk: _Walk, path: PathKey, depth: int) -> None:
    index = 0
    while True:
        walk.take(_BLANK)
        if walk.take_sign("]"):
            return
        walk.note((*path, index), walk.at)
        _value(walk, (*path, index), depth + 1)
        index += 1
        walk.take(_BLANK)
        walk.take_sign(",")


def _inline_table(walk: _Walk, path: PathKey, depth: int) -> None:
    while True:
        walk.take(_BLANK)
        if walk.take_sign("}"):
            return
        _pair(walk, path, depth + 1)
        walk.take(_BLANK)
        walk.take_sign(",")
