"""Garbage: how often Python looks for what nobody needs any more.

Rules of this file
1. What the hot path makes has no cycles; a look finds nothing there, and stops everything.
"""

from __future__ import annotations

import gc
from typing import Final

GARBAGE_EVERY: Final = 50_000
"""New objects between two looks: Python's own 700 are made by some twenty orders."""


def seldom() -> None:
    """Look less often: from the start on, for a journal that is folded is nothing but new rows."""
    gc.set_threshold(GARBAGE_EVERY, 20, 100)


def calm() -> None:
    """Leave what is here for good out of every look, and look less often."""
    gc.collect()
    gc.freeze()
    seldom()
