"""A time of the week at which a venue is closed, as the bridge uses it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time


@dataclass(frozen=True, slots=True)
class Window:
    """A time of the week at which a venue is closed. ``days``: on which it begins, 0 is Monday.

    An ``end`` that is not after the ``begin`` is on the next day.
    """

    days: frozenset[int]
    begin: time
    end: time
    zone: str
