"""The clock of the bridge: UTC, and never backwards.

Rules of this file
1. What is returned never falls. When the system's clock is set back, this one stands still.
2. A step is seen by comparing with a clock that nobody sets, at every look.
3. A step back is only what the wall clock itself shows: an hour that the other clock alone counted
   (a machine that slept) is a step as well, but not that one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

STEP_NS: Final = 1_000_000_000
"""A step of more than a second is told; less is the ordinary work of a time server."""

LOOK_NS: Final = 10_000_000
"""When the two clocks could not be read within this of each other, they are not compared: the
process was stopped between the two."""


class Clock:
    """UTC in nanoseconds.

    ``source``: the wall clock; ``monotonic``: one that nobody sets. ``stepped``: called with the
    time that is returned, the size of a step, and whether the wall clock went back by it.
    """

    def __init__(
        self,
        source: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._source, self._monotonic = source, monotonic
        self._last = 0
        self._apart = source() - monotonic()
        self._back = False
        self.stepped: Callable[[int, int, bool], None] | None = None

    def now(self) -> int:
        """Return the time; never less than what was returned before."""
        before = self._monotonic()
        now = self._source()
        after = self._monotonic()
        step = 0
        if after - before < LOOK_NS:
            step = now - after - self._apart
            self._apart += step
        if now >= self._last and -STEP_NS <= step <= STEP_NS:  # as ever but when it is set
            self._last, self._back = now, False
            return now
        behind = self._last - now
        if behind <= 0:
            self._last, self._back = now, False
        went_back = behind > STEP_NS or (behind > 0 and step < -STEP_NS)
        back = went_back and not self._back
        if back or (abs(step) > STEP_NS and not went_back):
            self._back |= back
            if self.stepped is not None:
                self.stepped(self._last, min(step, -behind) if back else step, back)
        return self._last

    def floor(self, at_ns: int) -> None:
        """Never return less than this: the journal has been there already."""
        if at_ns > self._last:
            self._last = at_ns
            self.now()
