"""The clock of the bridge: UTC, and never backwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

BACKWARD_ALARM_NS: Final = 1_000_000_000
"""A step back by more than a second is told; less is the ordinary work of a time server."""


class Clock:
    """UTC in nanoseconds. When the system's clock steps back, this one stands still until it is
    passed."""

    def __init__(self, source: Callable[[], int] = time.time_ns) -> None:
        self._source = source
        self._last = 0
        self.stepped_back_ns = 0

    def now(self) -> int:
        """Return the time; never less than what was returned before."""
        now = self._source()
        if now < self._last:
            self.stepped_back_ns = max(self.stepped_back_ns, self._last - now)
            return self._last
        self._last = now
        return now

    def floor(self, at_ns: int) -> None:
        """Never return less than this: the journal has been there already."""
        if at_ns > self._last:
            self._last = at_ns
            self.now()
