"""Pacing: calls that are wanted often and made seldom, the last of them never left out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often at most: ``first_s`` after it was wanted, then ``least_s`` apart; while it is
    wanted again and again the waits double up to ``most_s``."""

    first_s: float
    least_s: float
    most_s: float


class Paced:
    """One call, made at its pace with the last of what was wanted."""

    def __init__(self, pace: Pace, call: Callable[[str], None]) -> None:
        self._pace, self._call = pace, call
        self._timer: asyncio.TimerHandle | None = None
        self._wanted = ""
        self._made_at: float | None = None
        self._gap_s = pace.least_s

    def want(self, what: str) -> None:
        """Have the call made soon."""
        self._wanted = what
        if self._timer is not None:
            return
        loop = asyncio.get_running_loop()
        at = loop.time() + self._pace.first_s
        if self._made_at is not None:
            if loop.time() - self._made_at > 2 * self._gap_s:
                self._gap_s = self._pace.least_s  # it was quiet for a while
            at = max(at, self._made_at + self._gap_s)
        self._timer = loop.call_at(at, self._make)

    def _make(self) -> None:
        self._timer = None
        if self._made_at is not None:
            self._gap_s = min(2 * self._gap_s, self._pace.most_s)
        self._made_at = asyncio.get_running_loop().time()
        self._call(self._wanted)

    def stop(self) -> None:
        """Make no call that is still waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
