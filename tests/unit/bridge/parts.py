"""A real runtime on a temporary folder, with a journal and a venue that fail when they are told
to."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from adapters.port import Absence, Venue
from bridge import runtime as rt
from bridge.config import Config, load
from bridge.config.starter import Starter, init
from bridge.journal import open_journal
from bridge.venues import venues_of
from core import snapshot
from core.answers import Answer, SignalAnswer
from core.codec import decode
from core.commands import ReceiveSignal
from core.fold import fold
from core.orders import Order, OrderType
from core.records import Record
from core.signals import Action, Effect, Signal
from core.state import State
from core.store import chain
from core.store.codes import failure
from core.store.memory import Disk, MemoryStore
from core.store.port import Append, Head, Store, StoreUnavailable
from tests.faults import FaultyVenue

WAIT_S: Final = 15
"""Far above what anything here takes: a part that hangs fails its test."""


class Switch(MemoryStore):
    """A journal in memory that can be out of reach, or slow."""

    def __init__(self, disk: Disk) -> None:
        super().__init__(disk)
        self.down = False
        self.lose_replies = False
        self.gate = threading.Event()
        """Cleared: appends wait in the store's thread until it is set."""
        self.gate.set()

    def append(self, append: Append) -> None:
        """Append, wait, or be away."""
        self.gate.wait(4 * WAIT_S)
        self._reach()
        super().append(append)
        if self.lose_replies:
            self.down = True
            self._reach()

    def head(self) -> Head:
        """Read the end, or be away."""
        self._reach()
        return super().head()

    def _reach(self) -> None:
        if self.down:
            raise failure(StoreUnavailable, "store_unreachable", where="memory", value="a test")


@dataclass
class Bridge:
    """A running bridge, and what a test does with it."""

    runtime: rt.Runtime
    venue: Any
    """The paper account with faults in front of it, or the venue that the test has put there."""
    config: Config
    _count: int = 0
    _name: str = field(default_factory=lambda: str(time.time_ns()))

    @property
    def state(self) -> State:
        """Return the working state; it is the committed one between two batches."""
        return self.runtime.writer.state

    @property
    def store(self) -> Any:
        """Return the journal's engine."""
        return self.runtime.opened.store

    def signal(self, **fields: Any) -> ReceiveSignal:
        """Make a message that is admitted, with some fields set otherwise."""
        self._count += 1
        now = self.runtime.clock.now()
        fields = {"id": f"{self._name}-{self._count}", "time_ns": now, **fields}
        content = Signal(
            **{
                "strategy": "demo",
                "symbol": "BTCUSDT",
                "action": Action.BUY,
                "effect": Effect.OPEN,
                "quantity": Decimal("0.001"),
                **fields,
            }
        )
        digest = hashlib.sha256(repr(content).encode()).hexdigest()
        return ReceiveSignal(route="demo", body_hash=digest, content=content, raw="{}")

    def limit(self, **fields: Any) -> ReceiveSignal:
        """Make a message for an entry that rests far below the market."""
        return self.signal(order_type=OrderType.LIMIT, price=Decimal(30_000), **fields)

    def exit(self) -> ReceiveSignal:
        """Make a message that closes what is held."""
        return self.signal(action=Action.EXIT, effect=Effect.AUTO, quantity=None)

    async def send(self, command: ReceiveSignal) -> Answer:
        """Give a message in and wait for its answer."""
        return await asyncio.wait_for(self.runtime.writer.ask(command), WAIT_S)

    async def admitted(self, command: ReceiveSignal) -> Order:
        """Give a message in that must be admitted; return its order."""
        answer = await self.send(command)
        assert isinstance(answer, SignalAnswer), answer
        assert answer.verdict == "admitted", answer
        return self.state.orders[answer.orders[0]]

    def order(self, name: str) -> Order:
        """Return an order as it is now."""
        return self.state.orders[name]

    async def is_in(self, name: str, *states: str) -> Order:
        """Wait until an order is in one of these states."""
        await until(lambda: str(self.order(name).state) in states, lambda: self.order(name))
        return self.order(name)

    async def at_venue(self, name: str) -> Any:
        """Return an order as the venue has it, ``None`` when it has not."""
        found = await self.venue.lookup(self.state.orders[name])
        return None if isinstance(found, Absence) else found

    def codes(self) -> list[str]:
        """Return the codes of the alarms, oldest first."""
        return [alarm.code for alarm in self.state.alarms.values()]

    async def crash(self) -> None:
        """End as a killed process does: nothing is committed, told, or tidied up."""
        runtime = self.runtime
        runtime.writer.ended = True
        runtime.dispatch.stop()
        for task in runtime.tasks:
            task.cancel()
        await asyncio.gather(*runtime.tasks, return_exceptions=True)
        await runtime.dispatch.close()
        await self.venue.close()
        runtime.release()


async def until(
    condition: Callable[[], bool], told: Callable[[], object] = lambda: "it did not come"
) -> None:
    """Wait until something is so."""
    for _ in range(WAIT_S * 200):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError(str(told()))


def configured(folder: Path, edit: Callable[[str], str] = str, profile: str = "bench") -> Config:
    """Make a configuration whose limits stop nothing; the second time it is the same one."""
    file = folder / "bascule.toml"
    if not file.exists():
        starter = init(folder, 20_000, None, profile)
        assert isinstance(starter, Starter), starter
        file.write_text(edit(file.read_text(encoding="utf-8")), encoding="utf-8")
    config = load(file, {})
    assert isinstance(config, Config), config
    return config


@asynccontextmanager
async def bridge(
    folder: Path,
    *,
    store: Store | None = None,
    edit: Callable[[str], str] = str,
    made: Callable[[str, Callable[[], int]], Venue] | None = None,
    ready: bool = True,
) -> AsyncGenerator[Bridge]:
    """Run a bridge; without a store of the test's own, on SQLite. It is stopped at the end."""
    config = configured(folder, edit)
    if isinstance(store, MemoryStore):
        store.disk.journal = store.journal = config.store.journal
    theirs: list[Venue] = []

    def venues(config: Config, clock: Callable[[], int]) -> dict[str, Venue]:
        if made is not None:
            theirs.extend(made(account, clock) for account in config.setup.accounts)
        else:
            theirs.extend(FaultyVenue(venue) for venue in venues_of(config, clock).values())
        return {venue.account: venue for venue in theirs}

    runtime = await rt.start(config, store=store, venues=venues)
    running = Bridge(runtime, theirs[0], config)
    try:
        if ready:
            await until(lambda: runtime.ready)
            await until(lambda: "BTCUSDT" in runtime.outlook.quotes_at("paper"))
        yield running
    finally:
        if runtime.thread.alive:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(runtime.stop(), WAIT_S)


def recorded(disk: Disk) -> list[Record]:
    """Read all records of a journal in memory, every link of its chain checked."""
    appends = chain.verified_store(MemoryStore(disk))
    return [record for append in appends for record in decode(append.payload, append.version)]


def replayed(records: list[Record]) -> bytes:
    """Fold records into a state, as the body of a snapshot."""
    state = State()
    for record in records:
        fold(state, record)
    state.commit()
    return snapshot.dump(state)


def on_disk(config: Config) -> State:
    """Return the state that a journal on SQLite tells."""
    opened = open_journal(config, read_only=True)
    try:
        return opened.state
    finally:
        opened.store.close()
        opened.emergency.close()
