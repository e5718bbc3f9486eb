"""Counting of requests in windows of time, as venues do it.

Rules of this file
1. A window begins at whole multiples of its length, as Binance documents for its minute.
2. Who goes on after the limit is banned: each refused request counts, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adapters.exchange.clock import Clock

NAMES_MAX: Final = 10_000
"""Counters kept: one per window and customer. Old ones go first."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a counter says after a request. ``reset_ms``: when its window ends."""

    used: int
    limit: int
    reset_ms: int

    @property
    def exceeded(self) -> bool:
        """Say whether the request was one too many."""
        return self.used > self.limit

    @property
    def left(self) -> int:
        """Return what the window still has."""
        return max(0, self.limit - self.used)


class Limits:
    """All counters of one venue. ``on`` False: everything is counted and nothing refused."""

    def __init__(self, clock: Clock) -> None:
        self.on = True
        self._clock = clock
        self._used: dict[str, tuple[int, int]] = {}
        self._banned: dict[str, int] = {}

    def spend(self, name: str, *, weight: int, limit: int, window_ms: int) -> Spent:
        """Count a request under a name."""
        now = self._clock.now_ms()
        begins = now - now % window_ms
        since, used = self._used.pop(name, (begins, 0))
        used = weight + (used if since == begins else 0)
        self._used[name] = (begins, used)
        if len(self._used) > NAMES_MAX:
            del self._used[next(iter(self._used))]
        return Spent(used, limit if self.on else used, begins + window_ms)

    def ban(self, name: str, until_ms: int) -> None:
        """Refuse everything from a name until a time."""
        self._banned[name] = until_ms

    def banned_until(self, name: str) -> int | None:
        """Return when a ban ends, ``None`` without one."""
        until = self._banned.get(name)
        return until if until is not None and until > self._clock.now_ms() else None

    def forget(self) -> None:
        """Lift every ban and empty every counter."""
        self._used.clear()
        self._banned.clear()
