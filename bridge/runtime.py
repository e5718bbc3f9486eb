"""The runtime: everything wired together, from top to bottom a drawing of the running bridge.

Rules of this file
1. Boot is recovery: journal, writer, venues, comparison; only then new exposure passes.
2. Whatever cannot go on ends the process with its own exit code; nothing is repaired in place.

Length: the start and all that runs after it are one drawing.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from adapters.port import Venue
from bridge import __version__, haltfile
from bridge.alarms import log_alarms
from bridge.alive import keep_alive
from bridge.calendars.keeper import CalendarKeeper
from bridge.clock import Clock
from bridge.config.values import Config
from bridge.days import RENEW_BELOW_NS, calendar_of
from bridge.dispatch import Dispatch
from bridge.exits import Exit
from bridge.expected import tell_expected
from bridge.journal import Opened, mark_path, open_journal, settle_owed, take_lease
from bridge.links import followers
from bridge.logs import Redaction, told
from bridge.outlook import Outlook
from bridge.recovery import AccountLink
from bridge.storethread import StoreThread
from bridge.surroundings import MACHINE, Surroundings
from bridge.timekeeper import Timekeeper
from bridge.upkeep import room_alarm
from bridge.venues import venues_of
from bridge.writer import Writer
from core import commands as c
from core.answers import Answer
from core.engine import next_due
from core.setup import Account
from core.store.port import Durability, Store, StoreFailure, StoreFenced, StoreSyncFailed

log = structlog.get_logger("runtime")

TICK_EVERY_S: Final = 1.0
"""How often time itself is a command at least; what is due earlier is done earlier."""

PROMISE_EVERY_S: Final = 60.0
"""How often the store is asked what its appends are worth: someone may change a server's
settings."""

TENURE_EVERY_S: Final = 5.0
"""How often a bridge that has nothing to write asks whether it is still the writer: its pages would
show an old state for as long."""

SYNC_FAILED_GRACE_S: Final = 1.0
"""After a failed sync: how long the one best-effort cancel of working entries may take."""

Venues = Callable[[Config, Callable[[], int]], dict[str, Venue]]
"""Makes the venue of each account, from the configuration and the clock."""


@dataclass(slots=True)
class Runtime:
    """A running bridge, made by ``start``. ``ended`` is set when it has to stop."""

    config: Config
    clock: Clock
    opened: Opened
    thread: StoreThread
    outlook: Outlook
    dispatch: Dispatch
    writer: Writer
    links: dict[str, AccountLink]
    timekeeper: Timekeeper
    durability: Durability
    surroundings: Surroundings
    started_ns: int
    exit_code: Exit = Exit.OK
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    closers: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    """Called first at a stop: open streams of pages end themselves here."""
    calendars: CalendarKeeper = field(init=False)

    def __post_init__(self) -> None:
        self.calendars = CalendarKeeper(self.config, self.clock.now, self.surroundings.files)

    @property
    def ready(self) -> bool:
        """Say whether every account was compared with its venue."""
        return all(link.recovered for link in self.links.values())

    def calendar(self, account: Account) -> c.LoadCalendar:
        """Make an account's calendar from today on."""
        closed = self.config.maintenance.get(account.name, ())
        return calendar_of(account.name, account.zone, self.clock.now(), closed)

    async def halt(self, scope: str, *, by: str, reason: str) -> Answer:
        """Raise the bridge: nothing that adds exposure leaves from this moment on."""
        self.dispatch.raised.add(scope)
        try:
            return await self.writer.ask(c.Halt(scope=scope, by=by, reason=reason))
        finally:
            self.dispatch.raised.discard(scope)  # committed: the state itself says it now

    def close_streams(self) -> None:
        """End what would keep connections open. A second call does nothing."""
        closers, self.closers = self.closers, []
        for close in closers:
            close()

    async def stop(self) -> None:
        """End in an orderly way: what is decided is committed, the venues are told good-bye."""
        self.close_streams()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.dispatch.close()
        for link in self.links.values():
            await link.venue.close()
        if self.exit_code is Exit.OK and not self.writer.ended:
            await self.writer.ask(c.StopBridge(epoch=self.opened.state.facts.epoch))
        await self.writer.close()
        self.release()

    def release(self) -> None:
        """Let go of files and threads. A second call does nothing."""
        if not self.thread.stop():
            log.error("store_hangs")  # it keeps its files; the end of the process takes them
            return
        self.opened.store.close()
        self.opened.emergency.close()
        if self.writer.mark is not None:
            self.writer.mark.close()

    def end(self, error: BaseException) -> None:
        """Choose how the process ends, and let it."""
        log.critical("bridge_failed", error=told(error))
        self.dispatch.stop()
        if isinstance(error, StoreSyncFailed):
            self.exit_code = Exit.STORE
            self.watch(_cancel_entries(self), "last cancels")
            return
        if self.exit_code is Exit.OK:
            self.exit_code = Exit.FAILED
        if isinstance(error, StoreFenced):
            self.exit_code = Exit.FENCED
        elif isinstance(error, StoreFailure):
            self.exit_code = Exit.STORE
        self.ended.set()

    def watch(self, work: Any, name: str) -> None:
        """Run a task that must not end by itself: when it does, so does the process."""
        task: asyncio.Task[None] = asyncio.create_task(work, name=name)
        self.tasks.append(task)
        task.add_done_callback(self._task_ended)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or self.ended.is_set():
            return
        self.end(task.exception() or RuntimeError(f"the task {task.get_name()} ended"))


async def start(
    config: Config,
    *,
    store: Store | None = None,
    venues: Venues = venues_of,
    surroundings: Surroundings = MACHINE,
) -> Runtime:
    """Open, recover and go. ``store``: one that is open already, instead of the configured one.

    Errors: ``StoreFailure``, ``CodecError`` when the journal cannot be opened.
    """
    thread = surroundings.thread(asyncio.get_running_loop(), "store")
    with ExitStack() as undo:
        undo.callback(thread.stop)
        # In the store's thread, so that the door can say meanwhile that it is not open yet.
        opened, epoch, durability, roomy = await thread.call(
            lambda: _open(config, store, surroundings)
        )
        undo.callback(opened.store.close)
        undo.callback(thread.stop)  # before it: the store is touched from nowhere else
        runtime = _wire(
            config,
            opened,
            epoch,
            thread=thread,
            venues=venues,
            durability=durability,
            surroundings=surroundings,
        )
        runtime.writer.roomy = roomy
        await _begin(runtime, epoch)
        undo.pop_all()
    return runtime


def _open(
    config: Config, store: Store | None, surroundings: Surroundings
) -> tuple[Opened, int, Durability, bool]:
    """Read the journal, become its writer, and pay what a crash left in the emergency file."""
    opened = open_journal(config, store=store, surroundings=surroundings)
    with ExitStack() as undo:
        undo.callback(opened.store.close)
        epoch = take_lease(opened, f"{platform.node()}:{surroundings.time_ns()}")
        settle_owed(opened, epoch)
        roomy = opened.emergency.prepare()
        durability = opened.store.durability()
        undo.pop_all()
    return opened, epoch, durability, roomy


def _wire(
    config: Config,
    opened: Opened,
    epoch: int,
    *,
    thread: StoreThread,
    venues: Venues,
    durability: Durability,
    surroundings: Surroundings,
) -> Runtime:
    """Put the parts together. Nothing moves yet."""
    clock = Clock(surroundings.time_ns, surroundings.monotonic_ns)
    outlook = Outlook(config.setup.instruments, config.exchanges)
    timekeeper = Timekeeper(clock, outlook, config.time_servers, config.setup.clock_off_max_ns)
    clock.floor(opened.state.last_ns)
    ends: list[Callable[[BaseException], None]] = []

    def fail(error: BaseException) -> None:
        ends[0](error)

    made = venues(config, clock.now)
    redact = Redaction(config.secrets()).text
    dispatch = Dispatch(made, clock, redact=redact, fail=fail)
    writer = Writer(
        state=opened.state,
        head=opened.head,
        snapshot_at=opened.snapshot_at,
        epoch=epoch,
        store=opened.store,
        thread=thread,
        emergency=opened.emergency,
        clock=clock,
        outlook=outlook,
        carry_out=dispatch.carry_out,
        fail=fail,
        surroundings=surroundings,
    )
    dispatch.attach(writer)
    keeps = {"writer": writer, "outlook": outlook, "dispatch": dispatch, "timekeeper": timekeeper}
    links = {
        account: AccountLink(venue, redact=redact, clock=clock.now, **keeps)
        for account, venue in made.items()
    }
    runtime = Runtime(
        config=config,
        clock=clock,
        opened=opened,
        thread=thread,
        outlook=outlook,
        dispatch=dispatch,
        writer=writer,
        links=links,
        timekeeper=timekeeper,
        durability=durability,
        surroundings=surroundings,
        started_ns=clock.now(),
    )
    ends.append(runtime.end)
    return runtime


async def _begin(runtime: Runtime, epoch: int) -> None:
    """Journal the start, then let the links connect and compare."""
    config, opened, writer = runtime.config, runtime.opened, runtime.writer
    alive = runtime.surroundings.alive(config.data)
    follow = {name: link.follow for name, link in runtime.links.items()}
    writer.observers += [followers(follow), log_alarms]
    await writer.ask(
        c.StartBridge(
            journal=config.store.journal,
            epoch=epoch,
            software=__version__,
            setup=config.setup,
            setup_hash=config.setup_hash,
            halt_code=opened.halt_code,
            halt_value=opened.halt_value,
            alive_ns=await runtime.thread.call(alive.read),
        )
    )
    if writer.ended:
        return
    # Only now: a halt for a store that went back is in the journal before the mark forgets it.
    writer.mark = runtime.surroundings.begin_mark(
        mark_path(config), config.store.journal, writer.head.number, writer.head.hash
    )
    for account in config.setup.accounts.values():
        writer.tell(runtime.calendar(account))
    tell_expected(writer, config.setup.routes, runtime.clock.now())
    await runtime.calendars.tell(writer)  # before anything connects: the hours are known then
    if opened.left_torn:
        writer.tell(c.RaiseAlarm(code="emergency_torn", value=f"{opened.left_torn} bytes"))
    if not writer.roomy:
        writer.tell(room_alarm(writer.roomy, writer.head.number))
    _judge_promise(runtime)
    await _look_for_halt_file(runtime)
    for link in runtime.links.values():
        runtime.watch(link.keep(), f"link {link.venue.account}")
    runtime.watch(_keep_time(runtime), "time")
    runtime.watch(runtime.calendars.keep(writer), "calendars")
    runtime.watch(runtime.timekeeper.keep(writer), "clock")
    runtime.watch(keep_alive(alive, writer, runtime.clock), "alive")
    runtime.watch(_keep_promise(runtime), "promise of the store")
    runtime.watch(_keep_tenure(runtime), "tenure")
    runtime.watch(_keep_looking(runtime), "halt file")


def _judge_promise(runtime: Runtime) -> None:
    if not runtime.durability.safe and not runtime.config.store.durability_waived:
        runtime.writer.tell(c.RaiseAlarm(code="store_weak", value=runtime.durability.why))
        why = f"the store may lose its last writes: {runtime.durability.why}"
        for name in [name for name, one in runtime.config.setup.accounts.items() if one.live]:
            runtime.writer.tell(c.Disarm(account=name, by="bridge", reason=why))


async def _keep_promise(runtime: Runtime) -> None:
    """Ask the store now and then what it promises, and raise an alarm when that has changed."""
    while True:
        await asyncio.sleep(PROMISE_EVERY_S)
        try:
            found = await runtime.thread.call(runtime.opened.store.durability)
        except StoreFailure as failure:  # the writer finds out, and says more
            log.warning("promise_unknown", failure=str(failure))
            continue
        if found != runtime.durability:
            runtime.durability = found
            _judge_promise(runtime)


async def _keep_tenure(runtime: Runtime) -> None:
    """Find out about a successor, also when there is nothing to write: then this process ends."""
    while True:
        await asyncio.sleep(TENURE_EVERY_S)
        if runtime.writer.durable and not runtime.writer.tenure.fresh():
            await runtime.writer.tenure.confirm()


async def _look_for_halt_file(runtime: Runtime) -> None:
    """Raise the bridge when the file is there and it is not raised already."""
    look = runtime.surroundings.halt_reason
    reason = await asyncio.to_thread(look, runtime.config.data)
    if reason is not None and not await runtime.writer.read(lambda state: "global" in state.halts):
        log.warning("halted_by_file", reason=reason)
        await runtime.halt("global", by="file", reason=reason)


async def _keep_looking(runtime: Runtime) -> None:
    """Look for the halt file for as long as the bridge runs."""
    while True:
        await asyncio.sleep(haltfile.LOOK_EVERY_S)
        await _look_for_halt_file(runtime)


async def _keep_time(runtime: Runtime) -> None:
    """Let time pass as a command, when something is due and at least every second."""
    while True:
        now = runtime.clock.now()
        due = await runtime.writer.read(lambda state, now=now: next_due(state, now))
        wait = min(TICK_EVERY_S, max(0.05, (due - now) / 1e9))
        await asyncio.sleep(wait)
        runtime.writer.tell(c.Tick())
        for account in runtime.config.setup.accounts.values():
            row = runtime.writer.state.accounts.get(account.name)
            if row is not None and row.days_until_ns - now < RENEW_BELOW_NS:
                runtime.writer.tell(runtime.calendar(account))
        tell_expected(runtime.writer, runtime.config.setup.routes, now, ending=True)


async def _cancel_entries(runtime: Runtime) -> None:
    """Ask once, unrecorded, for the end of working entries: the disk is trusted no more."""
    state = runtime.writer.state
    calls: list[asyncio.Task[Any]] = []
    for name in state.alive:
        order, link = state.orders[name], runtime.links.get(state.orders[name].account)
        if link is not None and not order.reduce_only and name not in state.held:
            calls.append(asyncio.create_task(link.venue.cancel(order)))
    if calls:
        await asyncio.wait(calls, timeout=SYNC_FAILED_GRACE_S)
        log.critical("entries_cancelled_unrecorded", asked=len(calls))
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    runtime.ended.set()


__all__ = ["Runtime", "StoreFailure", "start"]
