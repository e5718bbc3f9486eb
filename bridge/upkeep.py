"""The upkeep: what a store needs between two batches: snapshots, checkpoints, sealed segments, the
reserve of disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

from bridge.arrears import Arrears
from bridge.journal import snapshot_of
from core.state import State
from core.store.port import Head, Snapshot, Store

SNAPSHOT_EVERY: Final = 50_000
"""Records between two snapshots: a start folds at most these, in well under a second."""

UPKEEP_EVERY_S: Final = 2.0
"""How often the store gets its turn between two batches."""

UPKEEP_AGAIN_S: Final = 0.05
"""The same while it has more to do: a step is a millisecond, so this costs two in a hundred."""


class Kept(NamedTuple):
    """What a step says: another one is due; the reserve for exits is held back on the disk."""

    again: bool
    roomy: bool


class Upkeep:
    """One step at a time. ``snapshot_at``: the record that the newest snapshot stands for."""

    def __init__(self, store: Store, arrears: Arrears, snapshot_at: int) -> None:
        self.snapshot_at = snapshot_at
        self._store, self._arrears = store, arrears
        self._loop = asyncio.get_running_loop()
        self._due_s = self._loop.time() + UPKEEP_EVERY_S

    def due(self) -> bool:
        """Say whether the store should get its turn now."""
        return self._loop.time() >= self._due_s

    def step(self, state: State, head: Head, now: int) -> Callable[[], Kept]:
        """Return the next step, to be done in the store's thread."""
        self._due_s = self._loop.time() + UPKEEP_EVERY_S
        picture = None
        if head.number - self.snapshot_at >= SNAPSHOT_EVERY:
            self.snapshot_at = head.number
            picture = snapshot_of(state, head, now)
        return lambda: self._do(picture)

    def _do(self, picture: Callable[[], Snapshot] | None) -> Kept:
        if picture is not None:
            self._store.save_snapshot(picture())
        return Kept(self._store.maintain(), self._arrears.reserve())

    def hurry(self) -> None:
        """Let the next step come soon."""
        self._due_s = self._loop.time() + UPKEEP_AGAIN_S
