"""A bridge of a rehearsal: the real runtime in a process of virtual time, that can be killed.

Rules of this file
1. The runtime is the real one. What is not real is the machine, the venue and the time.
2. A kill is between two steps: what was begun is dropped, and nothing is said to anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.port import Venue
from adapters.simulated.venue import SimulatedVenue
from bridge import runtime as rt
from bridge.config.values import Config
from bridge.rehearsal.loop import VirtualLoop
from bridge.rehearsal.machine import Machine
from core.codec import CodecError
from core.store.memory import Disk, MemoryStore
from core.store.port import Append, StoreFailure


class Tape(MemoryStore):
    """The journal, with a moment before and after each commit at which the process may die."""

    def __init__(self, disk: Disk) -> None:
        super().__init__(disk)
        self.before: Callable[[Append], None] = lambda _append: None
        self.after: Callable[[Append], None] = lambda _append: None
        self.dead = False

    def append(self, append: Append) -> None:
        """Commit, unless the process dies first."""
        self.before(append)
        if not self.dead:
            super().append(append)
            self.after(append)


class Process:
    """One process. Nothing outside touches its objects but through ``do``."""

    def __init__(
        self, machine: Machine, disk: Disk, config: Config, venues: Mapping[str, SimulatedVenue]
    ) -> None:
        self.loop = VirtualLoop(machine.timeline)
        self.loop.died = self._died
        self.tape = Tape(disk)
        self.venues = venues
        self.runtime: rt.Runtime | None = None
        self.failure: Exception | None = None
        self._machine, self._config = machine, config
        self.task = self.loop.create_task(self._live())

    @property
    def ready(self) -> bool:
        """Say whether it runs and was compared with every venue."""
        runtime = self.runtime
        return self.serves and runtime is not None and runtime.ready

    @property
    def serves(self) -> bool:
        """Say whether it takes messages."""
        runtime = self.runtime
        return self.loop.alive and runtime is not None and not runtime.ended.is_set()

    def do(self, act: Callable[[rt.Runtime], object]) -> None:
        """Let something happen inside, on its own turn."""
        runtime = self.runtime
        if runtime is not None and self.loop.alive:
            self.loop.call_soon(act, runtime)

    def broken(self) -> str:
        """Say what went wrong inside, if anything did."""
        errors: list[BaseException] = [*self.loop.defects]
        if self.failure is not None:
            errors.append(self.failure)
        if self.task.done() and not self.task.cancelled():
            error = self.task.exception()
            errors += [error] if error is not None else []
        ended = self.runtime is not None and self.runtime.ended.is_set()
        return "; ".join(map(repr, errors)) or ("it ended by itself" if ended else "")

    def kill(self) -> None:
        """Let it die here and now."""
        self.tape.dead = True
        self.loop.close()

    async def _live(self) -> None:
        try:
            self.runtime = runtime = await rt.start(
                self._config,
                store=self.tape,
                venues=self._venues,
                surroundings=self._machine.around(self.loop),
            )
        except (StoreFailure, CodecError) as error:
            self.failure = error
            return
        await runtime.ended.wait()

    def _venues(self, _config: Config, _clock: Callable[[], int]) -> dict[str, Venue]:
        return dict(self.venues)

    def _died(self) -> None:
        for venue in self.venues.values():
            venue.die()
