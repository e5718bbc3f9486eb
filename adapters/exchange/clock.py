"""The exchange's clock, which can be made to go wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

MS_NS: Final = 1_000_000


class Clock:
    """The machine's time, shifted by ``skew_ms`` for everything that the exchange says and checks.

    ``source``: UTC nanoseconds; a test may give its own.
    """

    def __init__(self, source: Callable[[], int] = time.time_ns) -> None:
        self.source = source
        self.skew_ms = 0

    def now_ns(self) -> int:
        """Return the exchange's time."""
        return self.source() + self.skew_ms * MS_NS

    def now_ms(self) -> int:
        """Return the exchange's time in milliseconds, the unit of the wire."""
        return self.now_ns() // MS_NS
