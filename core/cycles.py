"""Cycles (control 11): enter, fill, enter again, without a person: a loop is stopped.

Rules of this file
1. A cycle is an entry that comes after a fill of an entry before it. Several entries before a fill
   are no cycle.
2. It is counted where it is journaled, so a restart forgets none. Only a person who resumes the
   strategy lets it begin anew.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Final, NamedTuple

import msgspec

from core.orders import Order, Purpose
from core.setup import CYCLES_DEFAULTS, CYCLES_MAX, KEPT_NS, SECOND_NS, Limits
from core.state import CycleRow, State

_ENTRY: Final = Purpose.ENTRY
"""Named once: Python 3.11 takes long to look up a member of an enum, and each order asks."""

MINUTE_NS: Final = 60 * SECOND_NS

_WINDOWS: Final = (
    ("cycles_per_minute_max", MINUTE_NS, "60 s"),
    ("cycles_per_day_max", KEPT_NS, "24 h"),
)


class CycleLimit(NamedTuple):
    """How many cycles there may be in a time, that time in words, and both."""

    most: int
    window_ns: int
    words: str
    text: str


def cycle_limits(limits: Limits | None) -> tuple[CycleLimit, ...]:
    """Return the limits of a strategy, the shortest time first."""
    found: list[CycleLimit] = []
    for field, window_ns, words in _WINDOWS:
        most = getattr(limits, field, None) or CYCLES_DEFAULTS[field]
        found.append(CycleLimit(most, window_ns, words, f"{most} in {words}"))
    return tuple(found)


def count_entry(state: State, order: Order, at_ns: int) -> None:
    """Count an entry, if it begins another cycle. Called by the fold."""
    key = (order.account, order.strategy)
    row = state.cycles.get(key)
    if row is None or not row.filled or order.purpose is not _ENTRY or order.revision:
        return
    old = bisect_right(row.times_ns, at_ns - KEPT_NS)
    times_ns = (*row.times_ns[max(old, len(row.times_ns) + 1 - CYCLES_MAX) :], at_ns)
    state.put(state.cycles, key, msgspec.structs.replace(row, times_ns=times_ns, filled=False))


def count_filled(state: State, order: Order) -> None:
    """Note that an entry was filled. Called by the fold."""
    if order.purpose is not _ENTRY:
        return
    key = order.account, order.strategy
    row = state.cycles.get(key) or CycleRow(account=order.account, strategy=order.strategy)
    if not row.filled:
        state.put(state.cycles, key, msgspec.structs.replace(row, filled=True))


def forget_cycles(state: State, strategy: str) -> None:
    """Let a strategy begin anew, because a person resumed it. Called by the fold."""
    for key in [key for key in state.cycles if key[1] == strategy]:
        state.drop(state.cycles, key)


def cycles_since(row: CycleRow | None, since_ns: int) -> int:
    """Return how many cycles began after a time."""
    return 0 if row is None else len(row.times_ns) - bisect_right(row.times_ns, since_ns)
