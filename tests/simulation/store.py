"""The journal of a simulated bridge: a store in memory with bad days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from bridge.rehearsal.loop import VirtualLoop
from bridge.rehearsal.machine import Passage
from core.store.codes import failure
from core.store.memory import Disk, Fault, MemoryStore
from core.store.port import Append, Head, Snapshot, StoreUnavailable

MS = 1_000_000

SLOW_THERE_NS = 1500 * MS
SLOW_BACK_NS = 500 * MS
"""How long a job of a slow store takes at most, on its way there and back."""


@dataclass(slots=True)
class StoreWeather:
    """How the store is now. Times are those of the timeline."""

    down_until_ns: int = 0
    slow_until_ns: int = 0
    faults: list[Fault] = field(default_factory=list[Fault])
    """What happens to the next appends, one each."""
    unsettled: bool = False
    """After a lost reply the store may be away for a while."""
    outlives: bool = False
    """It is a server: what has left a process arrives also when that process has died."""


class Keeper:
    """The disk, its weather, and whoever wants to know what is durable."""

    def __init__(self, now: Callable[[], int], random: Random) -> None:
        self.disk = Disk(journal="simulated")
        self.weather = StoreWeather()
        self.mishaps: Counter[str] = Counter()
        self.noted: Callable[[], None] = lambda: None
        """Called after each append that is on the disk."""
        self.now, self.random = now, random
        self.epoch_since_ns = 0

    def pace(self, _name: str) -> Passage:
        """Draw how long a job takes."""
        weather, random = self.weather, self.random
        if self.now() < weather.slow_until_ns:
            self.mishaps["store_slow"] += 1
            there, back = random.randint(MS, SLOW_THERE_NS), random.randint(MS, SLOW_BACK_NS)
            return Passage(there, back, weather.outlives)
        return Passage(
            random.randint(MS // 10, 2 * MS), random.randint(MS // 20, MS), weather.outlives
        )

    def reach(self, loop: VirtualLoop) -> None:
        """Be there, or not. What a process does from here on, it does with the answer."""
        loop.job_since_ns = None
        if self.now() < self.weather.down_until_ns:
            self.mishaps["store_down"] += 1
            raise failure(StoreUnavailable, "store_unreachable", where="memory", value="a fault")


class KeptStore(MemoryStore):
    """One process's hold on the disk."""

    def __init__(self, keeper: Keeper, loop: VirtualLoop) -> None:
        super().__init__(keeper.disk, segment_records=500)
        self._keeper, self._loop = keeper, loop
        self.epoch = 0
        """Of the lease that it took, 0 before."""

    def lease(self, owner: str) -> int:
        """Become the writer."""
        self._keeper.reach(self._loop)
        self.epoch = super().lease(owner)
        self._keeper.epoch_since_ns = self._keeper.now()
        return self.epoch

    def append(self, append: Append) -> None:
        """Append, or have a bad day."""
        keeper = self._keeper
        keeper.reach(self._loop)
        if not self._loop.alive:
            keeper.mishaps["append_after_death"] += 1
        elif keeper.weather.faults:
            fault = keeper.weather.faults.pop(0)
            keeper.mishaps[f"store_{fault}"] += 1
            self.fail_next(fault)
            if keeper.weather.unsettled and fault.startswith("unknown"):
                keeper.weather.unsettled = False
                keeper.mishaps["store_unsettled"] += 1
                keeper.weather.down_until_ns = keeper.now() + keeper.random.randint(1, 3000) * MS
        try:
            super().append(append)
        finally:
            keeper.noted()

    def head(self) -> Head:
        """Read the end."""
        self._keeper.reach(self._loop)
        return super().head()

    def save_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot."""
        self._keeper.reach(self._loop)
        super().save_snapshot(snapshot)

    def maintain(self) -> bool:
        """Do what is due."""
        self._keeper.reach(self._loop)
        return super().maintain()
