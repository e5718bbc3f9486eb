"""Mapped: what a mapping of the user's own is, before anything is read by it.

Rules of this file
1. It knows no dialect: the terms of a route carry it, and ``mapping`` reads by it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Source:
    """Where a native field comes from: a ``path`` of the JSON or a group of the pattern, or else a
    constant. ``values``: the sender's words and ours."""

    path: str = ""
    constant: str | None = None
    values: tuple[tuple[str, str], ...] = ()
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping. ``pattern``: the message is text; ``None``: it is JSON. ``ignore``: paths that
    do not matter, with all below them. ``sample``: one message as it really comes."""

    name: str
    fields: tuple[tuple[str, Source], ...]
    pattern: re.Pattern[str] | None = None
    ignore: tuple[str, ...] = ()
    paths: frozenset[str] = field(default_factory=frozenset[str])
    """Every path that is mapped."""
    sample: str = field(default="", repr=False)
