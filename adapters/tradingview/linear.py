"""Patterns of users: which regular expressions are certain to run in linear time.

Rules of this file
1. What varies in length is possessive (``[^,]*+``): what it took it never gives back, so nothing is
   tried twice. It stands round single characters or a group without another one inside.
2. No backreference, no look-around, no flags, no lazy or greedy repeats.
3. Choices (``a|b``, ``x?``) may be tried again, and so their product is bounded.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass, field
from typing import Final

PATTERN_CHARS_MAX: Final = 500
"""Characters of a pattern: one line of an alert with ten fields has about 200."""

CHOICES_MAX: Final = 64
"""Ways through a pattern that may be tried one after the other, each once over the text."""

_REPEAT: Final = re.compile(r"[*+]|\{\d*,\d*\}")
_FIXED: Final = re.compile(r"\{\d+\}")
_SET: Final = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*+\]", re.DOTALL)
_GROUP: Final = re.compile(r"\((?:\?:|\?P<[A-Za-z_]\w*>)?(?!\?)")


@dataclass
class _Level:
    """A group that is open. ``ways``: the product of the choices of the part before the last
    ``|``."""

    repeats: bool = False
    ways: int = 1
    done: int = 0


@dataclass
class _Walk:
    """A pattern, and how far it has been looked through."""

    text: str
    at: int = 0
    levels: list[_Level] = field(default_factory=lambda: [_Level()])
    closed: _Level | None = None
    """The group that ended just here."""


def fault_of(pattern: str) -> str:
    """Say why a pattern may not run in linear time; an empty text: it will."""
    if len(pattern) > PATTERN_CHARS_MAX:
        return f"it has {len(pattern)} characters, more than {PATTERN_CHARS_MAX}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a set inside a set, which Python may read otherwise
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        return f"it is no regular expression: {error}"
    walk = _Walk(pattern)
    while walk.at < len(pattern):
        why = _step(walk)
        if why:
            return f"{why}, at character {walk.at + 1}"
    ways = walk.levels[0].done + walk.levels[0].ways
    return f"it has {ways} ways through, more than {CHOICES_MAX}" if ways > CHOICES_MAX else ""


def _step(walk: _Walk) -> str:
    """Look at one atom, group or repeat; return what is wrong with it."""
    text, at, level = walk.text, walk.at, walk.levels[-1]
    closed, walk.closed = walk.closed, None
    if _FIXED.match(text, at) is not None:
        return _fixed(walk)
    repeat = _REPEAT.match(text, at)
    if repeat is not None and repeat[0] != "{,}":
        return _repeat(walk, level, closed, repeat.end())
    sign = text[at]
    if sign == "?":
        level.ways *= 2
        if text[at + 1 : at + 2] in ("?", "+"):
            return "`?` takes no second sign here"
    elif sign == "\\":
        if text[at + 1] in "123456789gk":
            return "a backreference looks at the text again"
        walk.at += 1
    elif sign == "[":
        found = _SET.match(text, at)
        assert found is not None, "it is a regular expression"
        walk.at = found.end() - 1
    elif sign == "|":
        level.done += level.ways
        level.ways = 1
    elif sign == "(":
        return _open(walk)
    elif sign == ")":
        _close(walk)
    walk.at += 1
    return ""


def _open(walk: _Walk) -> str:
    found = _GROUP.match(walk.text, walk.at)
    if found is None:
        return "of groups only (?P<name>...) and (?:...) can be used"
    walk.levels.append(_Level())
    walk.at = found.end()
    return ""


def _close(walk: _Walk) -> None:
    inner = walk.levels.pop()
    outer = walk.levels[-1]
    outer.repeats |= inner.repeats
    outer.ways = min(outer.ways * (inner.done + inner.ways), CHOICES_MAX + 1)
    walk.closed = inner


def _fixed(walk: _Walk) -> str:
    """Pass ``{3}``: it repeats without a choice of how often."""
    if walk.closed is not None or walk.text[walk.at - 1] == ")":
        return "a group is not repeated so many times; write it out"
    end = walk.text.index("}", walk.at) + 1
    if walk.text[end : end + 1] in ("?", "+"):
        return "{n} takes no second sign here"
    walk.at = end
    return ""


def _repeat(walk: _Walk, level: _Level, closed: _Level | None, end: int) -> str:
    if walk.text[end : end + 1] != "+":
        return "a repeat must be possessive: write a + behind it, as in [^,]*+ or \\S++"
    if closed is not None and closed.repeats:
        return "a repeat stands inside a repeat"
    level.repeats = True
    walk.at = end + 1
    return ""
