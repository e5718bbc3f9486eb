"""The rate limiter: what may be asked of a venue now, and when the next call may go.

Rules of this file
1. No sum over any window is ever above its budget, whatever the order of the calls.
2. Cancels, exits and what finds out about orders may use all of a budget; the rest leaves a reserve
   for them.
3. It starts empty, as if another process had used everything but the reserve until now, evenly:
   what ran before a restart still counts at the venue. What the venue itself says of its own
   counters is believed at once.
4. It knows no clock and never waits: it says when. One is shared by all accounts of a process that
   count together at the venue.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SHARE: Final = 90
"""Percent of the venue's own number that is used: two of our clocks and the network squeeze calls
together by a few percent, and a person may look at the same account from the same address."""

RESERVE: Final = 25
"""Percent of a budget that only urgent calls may use: 500 cancels after a halt must not wait behind
pictures (facts: a cancel behind 40 fetches waited 2.4 s)."""

SLICES: Final = 100
"""Parts in which the unknown use before the start is given back over the window, the first at once:
with Binance's minute one call of the heavy ones every half second, until its first answer tells
what is really used."""

ROWS_MAX: Final = 10_000
"""Grants remembered per budget: more than any venue lets through in its longest short window."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a venue allows of one kind of weight within a window. ``per_key``: counted for each key,
    not for the address."""

    name: str
    limit: int
    window_ns: int
    per_key: bool = False


class Window:
    """The use of one budget within its sliding window."""

    __slots__ = ("_assumed", "_limit", "_rows", "_used", "_window_ns")

    def __init__(self, budget: Budget, now: int) -> None:
        self._limit = max(1, budget.limit * SHARE // 100)
        self._window_ns = budget.window_ns
        self._rows: deque[tuple[int, int]] = deque()
        """When and how much was granted; of what the venue told beyond it, too."""
        self._assumed: deque[tuple[int, int]] = deque()
        """What was perhaps used before the start, given back part by part."""
        assumed = self._most(urgent=False)
        slices = max(1, min(SLICES, assumed))
        share, rest = divmod(assumed, slices)
        for part in range(slices):
            back_ns = budget.window_ns - part * budget.window_ns // slices
            self._assumed.append((now - back_ns, share + (1 if part < rest else 0)))
        self._used = 0

    def _most(self, *, urgent: bool) -> int:
        return self._limit if urgent else self._limit - self._limit * RESERVE // 100

    def used(self, now: int) -> int:
        """Return what counts now."""
        self._forget(now)
        return self._used + sum(weight for _, weight in self._assumed)

    def free_at(self, weight: int, now: int, *, urgent: bool) -> int:
        """Return when so much more may go: ``now`` or later. A weight above the whole budget goes
        once nothing else counts."""
        self._forget(now)
        most = self._most(urgent=urgent)
        over = self.used(now) + min(weight, most) - most
        if over <= 0:
            return now
        for at_ns, part in sorted((*self._assumed, *self._rows)):
            over -= part
            if over <= 0:
                return max(now, at_ns + self._window_ns)
        return now + self._window_ns

    def take(self, weight: int, now: int) -> None:
        """Count what goes now."""
        if weight:
            self._rows.append((now, weight))
            self._used += weight
        if len(self._rows) > ROWS_MAX:
            self._merge()

    def told(self, used: int, now: int) -> None:
        """Believe the venue's counter: what it counts beyond ours counts, and what we only assumed
        before the start counts no more."""
        self._forget(now)
        self._assumed.clear()
        if used > self._used:
            self.take(used - self._used, now)

    def _forget(self, now: int) -> None:
        edge = now - self._window_ns
        while self._rows and self._rows[0][0] <= edge:
            self._used -= self._rows.popleft()[1]
        while self._assumed and self._assumed[0][0] <= edge:
            self._assumed.popleft()

    def _merge(self) -> None:
        """Let the two oldest rows become one of the later time: never more is let through by it."""
        _, first = self._rows.popleft()
        at_ns, second = self._rows.popleft()
        self._rows.appendleft((at_ns, first + second))


class Limiter:
    """All budgets that count together: those of one address at one venue, or of one key there."""

    def __init__(self, budgets: tuple[Budget, ...], now: int) -> None:
        self._windows = {budget.name: Window(budget, now) for budget in budgets}
        self._paused_ns = 0
        self._held_ns: dict[str, int] = {}

    @property
    def paused_until_ns(self) -> int:
        """Return until when the venue wants nothing at all; 0: it never said so."""
        return self._paused_ns

    def pause(self, until_ns: int) -> None:
        """Let nothing go until a time; a shorter pause does not end a longer one."""
        self._paused_ns = max(self._paused_ns, until_ns)

    def hold(self, name: str, until_ns: int) -> None:
        """Let nothing go until a time that counts against one budget."""
        self._held_ns[name] = max(self._held_ns.get(name, 0), until_ns)

    def free_at(self, weights: Mapping[str, int], now: int, *, urgent: bool = False) -> int:
        """Return when a call with these weights may go: ``now`` or later."""
        at_ns = max(now, self._paused_ns)
        for name, weight in weights.items():
            window = self._windows.get(name) if weight else None
            if weight:
                at_ns = max(at_ns, self._held_ns.get(name, 0))
            if window is not None:
                at_ns = max(at_ns, window.free_at(weight, now, urgent=urgent))
        return at_ns

    def take(self, weights: Mapping[str, int], now: int) -> None:
        """Count a call that goes now."""
        for name, weight in weights.items():
            window = self._windows.get(name)
            if window is not None:
                window.take(weight, now)

    def told(self, name: str, used: int, now: int) -> None:
        """Take over a counter that the venue told."""
        window = self._windows.get(name)
        if window is not None:
            window.told(used, now)

    def used(self, name: str, now: int) -> int:
        """Return what counts now of one budget."""
        return self._windows[name].used(now)
