"""One process of the bridge in the simulated world: the real runtime, from its start to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from adapters.port import Absence, Sink, Trouble, Venue, VenueEvent
from adapters.simulated.venue import SimulatedVenue
from bridge import runtime as rt
from bridge.config.values import Config
from bridge.exits import Exit
from bridge.rehearsal.loop import VirtualLoop
from core.codec import CodecError
from core.orders import Order, OrderEvent
from core.reports import Report, VenueOrder
from core.store.port import StoreFailure
from tests.simulation.store import KeptStore

if TYPE_CHECKING:
    from tests.simulation.world import World

STOP_WITHIN_S = 10.0


class WatchedVenue(SimulatedVenue):
    """The simulated venue, telling the checks what leaves the bridge and what it is told."""

    process: Process
    watch: World

    async def connect(self, sink: Sink) -> Trouble | None:
        """Connect, and note which fills the process was told."""

        def told(event: VenueEvent) -> None:
            if isinstance(event, Report) and event.event is OrderEvent.FILL:
                self.watch.checks.told(self.process, event)
            sink(event)

        return await super().connect(told)

    async def submit(self, order: Order) -> Trouble | None:
        """Note what leaves, then let it go."""
        self.watch.checks.leaves(self.process, order)
        return await super().submit(order)

    async def lookup(
        self, order: Order, canary: Order | None = None
    ) -> VenueOrder | Absence | Trouble:
        """Note when the venue was asked for it."""
        self.watch.checks.asked_ns[order.order] = self.watch.timeline.now_ns
        return await super().lookup(order, canary)

    def _search(self, order: Order, canary: Order | None) -> VenueOrder | Absence:
        """Note whether a venue that shows nothing has it after all, at this very moment: it may
        still arrive while the answer is on its way."""
        found = super()._search(order, canary)
        if isinstance(found, Absence):
            self.watch.checks.shown_nothing(self.account, order.order)
        return found


class Process:
    """A process. Nothing outside touches its objects but through ``do``."""

    def __init__(self, world: World, number: int, config: Config, *, machine: int) -> None:
        self.world, self.number, self.config = world, number, config
        self.machine = machine
        self.loop = VirtualLoop(world.timeline)
        self.loop.died = self._died
        self.store = KeptStore(world.keeper, self.loop)
        self.venues: list[WatchedVenue] = []
        self.runtime: rt.Runtime | None = None
        self.failure: Exception | None = None
        self.born_ns = world.timeline.now_ns
        self.killed = False
        self._stop: asyncio.Event | None = None
        self.task = self.loop.create_task(self._live())

    @property
    def alive(self) -> bool:
        """Say whether it is there."""
        return self.loop.alive and not self.task.done()

    @property
    def awake(self) -> bool:
        """Say whether it has its turns."""
        return self.alive and self.world.timeline.now_ns >= self.loop.asleep_until_ns

    @property
    def serves(self) -> bool:
        """Say whether it takes messages."""
        runtime = self.runtime
        return self.alive and runtime is not None and not runtime.ended.is_set()

    @property
    def writes(self) -> bool:
        """Say whether it is the journal's writer: from its lease on, before it serves."""
        return self.store.epoch == self.world.keeper.disk.epoch

    @property
    def exit_code(self) -> Exit | None:
        """Return how it ended, ``None`` when it was killed or could not begin."""
        return self.runtime.exit_code if self.runtime is not None else None

    def do(self, act: Callable[[rt.Runtime], object]) -> None:
        """Let something happen inside, on its own turn."""
        runtime = self.runtime
        if runtime is not None and self.alive:
            self.loop.call_soon(act, runtime)

    def leave(self) -> None:
        """End in an orderly way."""
        self.do(lambda runtime: runtime.ended.set())

    def pause(self, for_ns: int) -> None:
        """Stand still: a stopped process, a laptop that sleeps."""
        self.loop.asleep_until_ns = self.world.timeline.now_ns + for_ns

    def kill(self, after: int = 0) -> None:
        """Die after so many callbacks."""
        self.killed = True
        if after:
            self.loop.fuse = after
        else:
            self.loop.close()

    async def _live(self) -> None:
        try:
            self.runtime = runtime = await rt.start(
                self.config,
                store=self.store,
                venues=self._venues,
                surroundings=self.world.machines[self.machine].around(self.loop),
            )
        except (StoreFailure, CodecError) as error:
            self.failure = error
            return
        await runtime.ended.wait()
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await runtime.stop()
        except (StoreFailure, TimeoutError) as error:
            self.failure = error

    def _venues(self, _config: Config, _clock: Callable[[], int]) -> dict[str, Venue]:
        for account in self.world.accounts.values():
            venue = WatchedVenue(account.exchange, account.wire)
            venue.process, venue.watch = self, self.world
            self.venues.append(venue)
        return {venue.account: venue for venue in self.venues}

    def _died(self) -> None:
        for venue in self.venues:
            venue.die()
        self.world.note_end(self)
