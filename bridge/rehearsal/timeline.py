"""The timeline of a rehearsed world: what happens when, and the event loops that live in it.

Rules of this file
1. Time moves only when nobody has anything left to do at this moment.
2. What is due at the same moment happens in the order in which it was asked for.
3. Everything runs in the caller's thread: the same plan gives the same world.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Final, Protocol

TURNS_MAX: Final = 200_000
"""Callbacks at one moment of time: a bridge that has not come to rest by then never will."""

IDLE_NS: Final = 1 << 62
"""When the next thing happens in a loop that waits for nothing."""


class Restless(AssertionError):
    """Something calls itself again and again without letting time pass."""


class Dweller(Protocol):
    """What lives in a timeline: an event loop."""

    def turn(self) -> bool:
        """Do what can be done now; say whether anything was done."""
        ...

    def due_ns(self) -> int:
        """Return when there is something to do again."""
        ...


class Timeline:
    """Time in nanoseconds since its beginning, what will happen, and who lives here."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.dwellers: list[Dweller] = []
        self._events: list[tuple[int, int, Callable[[], object]]] = []
        self._count = 0

    def now(self) -> int:
        """Return the time."""
        return self.now_ns

    def after(self, delay_ns: int, act: Callable[[], object]) -> None:
        """Let something happen; never before what is due already."""
        self._count += 1
        heappush(self._events, (self.now_ns + max(0, delay_ns), self._count, act))

    def run(self, until_ns: int, done: Callable[[], bool] = lambda: False) -> bool:
        """Let time pass to ``until_ns``, or until something is done; say whether it is."""
        while True:
            self.settle()
            if done():
                return True
            due = min([dweller.due_ns() for dweller in self.dwellers], default=IDLE_NS)
            if self._events:
                due = min(due, self._events[0][0])
            if due > until_ns:
                self.now_ns = max(self.now_ns, until_ns)
                return False
            self.now_ns = max(self.now_ns, due)
            while self._events and self._events[0][0] <= self.now_ns:
                heappop(self._events)[2]()

    def settle(self) -> None:
        """Let everybody do what can be done at this moment."""
        for _ in range(TURNS_MAX):
            moved = [dweller.turn() for dweller in list(self.dwellers)]
            if True not in moved:
                return
        raise Restless(f"no rest at {self.now_ns}")
