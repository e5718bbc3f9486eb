"""The runtime: everything wired together, from top to bottom a drawing of the running bridge.

Rules of this file
1. Boot is recovery: journal, writer, venues, comparison; only then new exposure passes.
2. Whatever cannot go on ends the process with its own exit code; nothing is repaired in place.
"""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import structlog

from adapters.port import Venue
from bridge import __version__
from bridge.clock import Clock
from bridge.config.values import Config
from bridge.days import RENEW_BELOW_DAYS, calendar_of
from bridge.dispatch import Dispatch
from bridge.exits import Exit
from bridge.journal import Opened, mark_path, open_journal
from bridge.outlook import Outlook
from bridge.recovery import AccountLink
from bridge.storethread import StoreThread
from bridge.venues import venues_of
from bridge.writer import Writer
from core import commands as c
from core.answers import Answer
from core.codec import VERSION, encode
from core.engine import next_due
from core.fold import fold
from core.store import chain, settle
from core.store.mark import MarkFile
from core.store.port import Durability, StoreFailure, StoreFenced, StoreSyncFailed

log = structlog.get_logger("runtime")

TICK_EVERY_S: Final = 1.0
"""How often time itself is a command at least; what is due earlier is done earlier."""

DAY_NS: Final = 24 * 3600 * 1_000_000_000

SYNC_FAILED_GRACE_S: Final = 1.0
"""After a failed sync: how long the one best-effort cancel of working entries may take."""


@dataclass(slots=True)
class Runtime:
    """A running bridge. Made by ``start``; ``ended`` is set when it has to stop, with the exit code."""

    config: Config
    clock: Clock
    opened: Opened
    thread: StoreThread
    outlook: Outlook
    dispatch: Dispatch
    writer: Writer
    mark: MarkFile
    links: dict[str, AccountLink]
    durability: Durability
    started_ns: int
    exit_code: Exit = Exit.OK
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    closers: list[Callable[[], None]] = field(default_factory=list)
    """Called first at a stop: open streams of pages end themselves here."""

    @property
    def ready(self) -> bool:
        """Say whether every account was compared with its venue."""
        return all(link.recovered for link in self.links.values())

    async def halt(self, scope: str, *, by: str, reason: str) -> Answer:
        """Raise the bridge: nothing that adds exposure leaves from this moment on."""
        self.dispatch.raised.add(scope)
        try:
            return await self.writer.ask(c.Halt(scope=scope, by=by, reason=reason))
        finally:
            self.dispatch.raised.discard(scope)  # committed: the state itself says it now

    async def stop(self) -> None:
        """End in an orderly way: nothing new, what is decided is committed, the venues are told good-bye."""
        for close in self.closers:
            close()
        for task in self.tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.dispatch.close()
        for link in self.links.values():
            await link.venue.close()
        if self.exit_code is Exit.OK:
            await self.writer.ask(c.StopBridge(epoch=self.opened.state.facts.epoch))
        await self.writer.close()
        self.thread.stop()
        self.opened.store.close()
        self.opened.emergency.close()
        self.mark.close()


async def start(config: Config) -> Runtime:
    """Open, recover and go. Errors: ``StoreFailure``, ``CodecError`` when the journal cannot be opened."""
    opened = open_journal(config)
    store = opened.store
    try:
        epoch = store.lease(f"{platform.node()}:{time.time_ns()}")
        _pay_emergency(opened, epoch)
        opened.emergency.prepare()
        durability = store.durability()
        mark = MarkFile(mark_path(config), config.store.journal, opened.head.number, opened.head.hash)
    except BaseException:
        store.close()
        raise
    clock = Clock()
    clock.floor(opened.state.last_ns)
    outlook = Outlook()
    venues = venues_of(config, clock.now)
    dispatch = Dispatch(venues, clock)
    thread = StoreThread(asyncio.get_running_loop())
    runtime: Runtime | None = None

    def fail(error: Exception) -> None:
        assert runtime is not None, "the writer fails only after its first batch"
        _fail(runtime, error)

    writer = Writer(
        state=opened.state,
        head=opened.head,
        epoch=epoch,
        store=store,
        thread=thread,
        emergency=opened.emergency,
        mark=mark,
        clock=clock,
        outlook=outlook,
        carry_out=dispatch.carry_out,
        fail=fail,
    )
    dispatch.attach(writer)
    links = _links(venues, writer, outlook, dispatch)
    runtime = Runtime(
        config=config,
        clock=clock,
        opened=opened,
        thread=thread,
        outlook=outlook,
        dispatch=dispatch,
        writer=writer,
        mark=mark,
        links=links,
        durability=durability,
        started_ns=clock.now(),
    )
    await _begin(runtime, epoch)
    return runtime


def _links(
    venues: dict[str, Venue], writer: Writer, outlook: Outlook, dispatch: Dispatch
) -> dict[str, AccountLink]:
    return {
        account: AccountLink(venue, writer=writer, outlook=outlook, dispatch=dispatch)
        for account, venue in venues.items()
    }


def _pay_emergency(opened: Opened, epoch: int) -> None:
    """Put what the emergency file holds into the journal, before anything else happens."""
    if opened.left:
        append = chain.seal(
            opened.head,
            epoch=epoch,
            at_ns=max(opened.state.last_ns, opened.left[-1].at_ns),
            version=VERSION,
            count=len(opened.left),
            payload=encode(opened.left),
        )
        settle.append(opened.store, append)
        for record in opened.left:
            fold(opened.state, record)
        opened.state.commit()
        opened.head = chain.head_of(append)
    if opened.left or opened.left_torn:
        opened.emergency.clear()


async def _begin(runtime: Runtime, epoch: int) -> None:
    """Journal the start, then let the links connect and compare."""
    config, opened, writer = runtime.config, runtime.opened, runtime.writer
    await writer.ask(
        c.StartBridge(
            journal=config.store.journal,
            epoch=epoch,
            software=__version__,
            setup=config.setup,
            setup_hash=config.setup_hash,
            halt_code=opened.halt_code,
            halt_value=opened.halt_value,
        )
    )
    for account in config.setup.accounts.values():
        writer.tell(calendar_of(account.name, account.zone, runtime.clock.now()))
    if opened.left_torn:
        writer.tell(c.RaiseAlarm(code="emergency_torn", value=f"{opened.left_torn} bytes"))
    if not runtime.durability.safe and not config.store.durability_waived:
        writer.tell(c.RaiseAlarm(code="store_weak", value=runtime.durability.why))
    for link in runtime.links.values():
        runtime.tasks.append(asyncio.create_task(link.keep(), name=f"link {link.venue.account}"))
    runtime.tasks.append(asyncio.create_task(_keep_time(runtime), name="time"))
    for task in runtime.tasks:
        task.add_done_callback(lambda task: _task_ended(runtime, task))


def _task_ended(runtime: Runtime, task: asyncio.Task[None]) -> None:
    """A loop that must never end did: end the process, and let the next start recover."""
    if task.cancelled() or runtime.ended.is_set():
        return
    error = task.exception()
    log.critical("task_ended", task=task.get_name(), error=repr(error))
    runtime.exit_code = Exit.FAILED
    runtime.ended.set()


async def _keep_time(runtime: Runtime) -> None:
    """Let time pass as a command, when something is due and at least every second."""
    stepped = 0
    while True:
        now = runtime.clock.now()
        due = await runtime.writer.read(lambda state, now=now: next_due(state, now))
        wait = min(TICK_EVERY_S, max(0.05, (due - now) / 1e9))
        await asyncio.sleep(wait)
        runtime.writer.tell(c.Tick())
        if runtime.clock.stepped_back_ns > stepped:
            stepped = runtime.clock.stepped_back_ns
            runtime.writer.tell(c.RaiseAlarm(code="clock_stepped_back", value=f"{stepped // 10**6} ms"))
        for account in runtime.config.setup.accounts.values():
            row = runtime.writer.state.accounts.get(account.name)
            if row is not None and row.days_until_ns - now < RENEW_BELOW_DAYS * DAY_NS:
                runtime.writer.tell(calendar_of(account.name, account.zone, now))


def _fail(runtime: Runtime, error: Exception) -> None:
    """Choose how the process ends."""
    log.critical("writer_failed", error=str(error))
    if isinstance(error, StoreSyncFailed):
        runtime.exit_code = Exit.STORE
        runtime.tasks.append(asyncio.create_task(_cancel_entries(runtime), name="last cancels"))
        return
    runtime.exit_code = Exit.FENCED if isinstance(error, StoreFenced) else Exit.STORE
    runtime.ended.set()


async def _cancel_entries(runtime: Runtime) -> None:
    """Ask once, unrecorded, for the end of working entries: the disk is not to be trusted any more."""
    state = runtime.writer.state
    orders = [state.orders[name] for name in state.alive]
    calls = [
        runtime.links[order.account].venue.cancel(order) for order in orders if not order.reduce_only
    ]
    with suppress(TimeoutError):
        await asyncio.wait_for(
            asyncio.gather(*calls, return_exceptions=True), timeout=SYNC_FAILED_GRACE_S
        )
    runtime.ended.set()


__all__ = ["Runtime", "StoreFailure", "start"]
