"""The upkeep: what a store needs between two batches: snapshots, checkpoints, sealed segments, the
reserve of disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple

import structlog

from bridge.arrears import Arrears
from bridge.journal import snapshot_of
from bridge.storethread import StoreThread
from bridge.surroundings import Surroundings
from core import commands as c
from core.state import State
from core.store.port import Head, Snapshot, Store

log = structlog.get_logger("upkeep")

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

    def __init__(
        self, store: Store, arrears: Arrears, snapshot_at: int, *, surroundings: Surroundings
    ) -> None:
        self.snapshot_at = snapshot_at
        self._store, self._arrears, self._surroundings = store, arrears, surroundings
        self._loop = asyncio.get_running_loop()
        self._due_s = self._loop.time() + UPKEEP_EVERY_S
        self._scribe: StoreThread | None = None
        self._writing = False
        self._written: Snapshot | None = None

    def due(self) -> bool:
        """Say whether the store should get its turn now."""
        return self._loop.time() >= self._due_s

    def step(self, state: State, head: Head, now: int) -> Callable[[], Kept]:
        """Return the next step, to be done in the store's thread."""
        self._due_s = self._loop.time() + UPKEEP_EVERY_S
        if not self._writing and head.number - self.snapshot_at >= SNAPSHOT_EVERY:
            self.snapshot_at = head.number
            self._write(snapshot_of(state, head, now))
        picture, self._written = self._written, None
        return lambda: self._do(picture)

    def _write(self, make: Callable[[], Snapshot]) -> None:
        """Write a snapshot down in a thread of its own, so that neither loop nor store waits."""
        self._writing = True
        if self._scribe is None:
            self._scribe = self._surroundings.thread(self._loop, "snapshot")
        self._scribe.run(make, self._wrote)

    def _wrote(self, result: Snapshot | Exception) -> None:
        self._writing = False
        if isinstance(result, Exception):
            log.warning("snapshot_failed", failure=repr(result))  # the journal says the same
            return
        self._written = result
        self.hurry()

    def _do(self, picture: Snapshot | None) -> Kept:
        if picture is not None:
            self._store.save_snapshot(picture)
        return Kept(self._store.maintain(), self._arrears.reserve())

    def close(self) -> None:
        """Let go of the thread."""
        if self._scribe is not None:
            self._scribe.stop()

    def hurry(self) -> None:
        """Let the next step come soon."""
        self._due_s = self._loop.time() + UPKEEP_AGAIN_S


def room_alarm(roomy: bool, number: int) -> c.RaiseAlarm:
    """Make the alarm for a disk whose reserve is gone, or is there again."""
    if roomy:
        return c.RaiseAlarm(code="store_back", value=str(number))
    why = "the reserve for exits cannot be held back"
    return c.RaiseAlarm(code="store_full", value=why, where="disk of the data folder")
