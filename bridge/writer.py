"""The writer: the only one who changes the state. It gathers commands, steps, commits, and then
lets answers and effects out.

Rules of this file
1. One batch is in flight; what comes meanwhile gathers for the next.
2. Between two batches the state is the committed state: that is when pages read it.
3. A failed append throws the working state away. What may not wait for the store (halts, cancels,
   exits, reports) is then written to the emergency file instead, and goes into the journal when the
   store is back.
4. An append that takes too long, or whose outcome is unknown, may be in the journal: it is not
   judged again. Its very bytes go into the emergency file, are let out, and are the first that the
   store is asked for later.
5. Fenced, a sync that failed, a defect: the process ends. Nothing is repaired in place.

Length: one turn, and what becomes of it however the store fails, is one story.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog

from bridge.arrears import Arrears, Batch, appends_of
from bridge.clock import Clock
from bridge.flight import SILENT, URGENT, Flight, opens_only
from bridge.inbox import AWAY, Inbox, Taken, answer
from bridge.journal import snapshot_of
from bridge.outlook import Outlook
from bridge.probe import Probe
from bridge.readers import Readers
from bridge.storethread import JobBroken, StoreThread
from bridge.surroundings import MACHINE, Surroundings
from bridge.tenure import Tenure
from bridge.upkeep import Kept, Upkeep, room_alarm
from core import commands as c
from core.answers import Answer, Effect
from core.codec import encode
from core.engine import Outcome, step
from core.records import Record
from core.state import State
from core.store import chain, settle
from core.store.emergency import EmergencyLog
from core.store.mark import MarkKeeper
from core.store.port import Append, Head, Store, StoreFailure, StoreFenced, StoreSyncFailed

log = structlog.get_logger("writer")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Commit:
    """What observers are told: records that are durable now, the first one's number."""

    first: int
    records: list[Record]


COMPANY_S: Final = 0.002
"""How long a venue's reports wait for the next signal, to share one sync with it. Decisions still
see them first, for they stand before it in the batch."""


class WriterBroken(Exception):
    """A turn ended by a defect. The traceback is in the log; the process ends."""


class Writer:
    """One per process, on the event loop. ``fail`` is called once when the process must end."""

    def __init__(
        self,
        *,
        state: State,
        head: Head,
        snapshot_at: int,
        epoch: int,
        store: Store,
        thread: StoreThread,
        emergency: EmergencyLog,
        clock: Clock,
        outlook: Outlook,
        carry_out: Callable[[list[Effect]], None],
        fail: Callable[[Exception], None],
        surroundings: Surroundings = MACHINE,
    ) -> None:
        self.state = state
        self.head = head
        self.mark: MarkKeeper | None = None
        """Set once the start is in the journal: a halt for a store that went back must be durable
        before."""
        self.durable = True
        self.ended = False
        self.roomy = True
        """The reserve for exits is held back on the disk. Without it nothing new is taken in."""
        self.observers: list[Callable[[Commit], None]] = []
        clock_ns = surroundings.monotonic_ns
        self.tenure = Tenure(store, thread, epoch, failed=self._failed, monotonic_ns=clock_ns)
        self._surroundings = surroundings
        self._epoch, self._store, self._thread = epoch, store, thread
        self._arrears = Arrears(emergency)
        self._upkeep = Upkeep(store, self._arrears, snapshot_at, surroundings=surroundings)
        self._probe = Probe(
            store,
            thread,
            epoch,
            ends=lambda: (self.head, self._due()),
            back=self._reached,
            failed=self._failed,
        )
        self._clock, self._outlook = clock, outlook
        self.carry_out = carry_out
        self._fail = fail
        self._loop = asyncio.get_running_loop()
        self._beside: StoreThread | None = None
        self._inbox = Inbox()
        self._taken: Taken = []
        self._readers = Readers()
        self._flying = False
        self._flight: Flight | None = None
        self._turn_due = False
        self._reachable = False
        self._company: asyncio.TimerHandle | None = None
        self._idle = asyncio.Event()

    # --- asked from outside ---------------------------------------------------------------------

    def ask(self, command: c.Work) -> asyncio.Future[Answer]:
        """Give a command in; the future is done once its records are durable."""
        future: asyncio.Future[Answer] = self._loop.create_future()
        delayed = self._flight is not None and self._flight.delays and opens_only(command)
        if self.ended or delayed or not self._inbox.put(command, future):
            future.set_result(AWAY)
        else:
            if self._flight is not None and type(command) in URGENT:
                self._flight.hurry()
            self._soon()
        return future

    def tell(self, command: c.Command, *, patient: bool = False) -> None:
        """Give in what nobody waits for: reports, outcomes, ticks. Never dropped; its sources are
        bounded. ``patient``: it may wait a moment for others, to share their commit."""
        if not self.ended:
            self._inbox.put(command, None, patient=patient)
            self._go_on()

    def read(self, look: Callable[[State], T]) -> asyncio.Future[T]:
        """Look at the committed state, between two batches."""
        future = self._readers.add(look)
        self._soon()
        return future

    def try_out(self, work: c.Work) -> asyncio.Future[Outcome]:
        """Judge a command on the committed state, and throw away what comes of it: nothing is
        written, nothing leaves."""
        return self.read(lambda state: self._tried(state, work))

    @property
    def takes_entries(self) -> bool:
        """Say whether what adds exposure can be written down: the journal is there, and so is the
        room that is kept for exits."""
        return self.durable and self.roomy

    def _tried(self, state: State, work: c.Work) -> Outcome:
        view = self._outlook.view(durable=self.takes_entries)
        try:
            return step(state, view, [work], self._clock.now())
        finally:
            state.rollback()

    async def drain(self) -> None:
        """Wait until nothing is in flight and nothing waits."""
        while (self._flying or self._inbox) and not self.ended:
            self._idle.clear()
            await self._idle.wait()

    async def close(self) -> None:
        """Commit what waits and leave a snapshot, so that the next start is quick."""
        await self.drain()
        clean = not self.ended and self.durable
        self.ended = True
        if clean and self._upkeep.snapshot_at != self.head.number:
            picture = snapshot_of(self.state, self.head, self._clock.now())
            try:
                await self._thread.call(lambda: self._store.save_snapshot(picture()))
            except StoreFailure as failure:  # the journal says the same, only slower
                log.warning("snapshot_failed", failure=str(failure))
        self._upkeep.close()
        if self._beside is not None:
            self._beside.stop()

    # --- the turn -------------------------------------------------------------------------------

    def _soon(self) -> None:
        if not self._turn_due and not self._flying:
            self._turn_due = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        """Serve readers, then make the next batch, or give the store its turn."""
        self._turn_due = False
        if self._flying:
            return
        self._readers.serve(self.state)
        if self.ended:
            return
        if not self.durable and self._reachable:
            self._pay()
        elif self.durable and self._upkeep.due():
            self._keep_up()
        elif self._inbox:
            self._guarded(self._batch)
        self._rest()

    def _rest(self) -> None:
        """Go on, or tell whoever drains that there is nothing."""
        if self._flying:
            return
        if self._readers:
            self._soon()
        elif self._inbox:
            self._go_on()
        else:
            self._idle.set()

    def _go_on(self) -> None:
        """Make a batch now, or in a moment if all that waits is patient."""
        if self._inbox.urgent:
            self._soon()
        elif self._company is None:
            self._company = self._loop.call_later(COMPANY_S, self._alone)

    def _alone(self) -> None:
        self._company = None
        if self._inbox:
            self._soon()

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do a part of the turn. A defect in it ends the process: half a batch is no state."""
        whole = False
        try:
            work()
            whole = True
        finally:
            if not whole:
                self._end(WriterBroken("a turn of the writer ended by a defect"))

    def _batch(self) -> None:
        self._taken = taken = self._inbox.take(self.state)
        now = self._clock.now()
        view = self._outlook.view(durable=self.takes_entries)
        commands = [command for command, _ in taken]
        outcome = step(self.state, view, commands, now)
        if not outcome.records:
            self._let_out(outcome)
            return
        batch = Batch(len(outcome.records), encode(outcome.records))
        self._flying = True
        if not self.durable:
            self._write_down(outcome, batch)
            return
        appends = appends_of((batch,), self.head, epoch=self._epoch, at_ns=now)
        landed: list[Append] = []
        flight = self._fly(
            lambda: self._append(appends, landed),
            done=lambda result: self._settled(outcome, batch, appends, result),
            left=lambda: self._go_without(outcome, batch, appends),
            late=lambda result: self._landed(landed, result),
        )
        if not URGENT.isdisjoint(map(type, commands)):
            flight.hurry()

    def _fly(self, job: Callable[[], Any], **ends: Any) -> Flight:
        """Do a job in the store's thread, as long as there is patience with it."""
        self._flying = True
        self._flight = Flight(self._thread, job, slow=lambda: self._inbox.drop(opens_only), **ends)
        return self._flight

    def _append(self, appends: Sequence[Append], landed: list[Append]) -> None:
        """Commit in the store's thread, and note how far the journal is."""
        for append in appends:
            asked_ns = self.tenure.now_ns()
            settle.append(self._store, append)
            landed.append(append)
            self.tenure.heard(asked_ns)
        if self.mark is not None:
            try:
                self.mark.save(appends[-1].last, appends[-1].hash)
            except OSError as error:  # the journal has it; a mark that lags is no alarm
                log.warning("mark_not_saved", reason=error.strerror)

    def _settled(
        self, outcome: Outcome, batch: Batch, appends: list[Append], result: Exception | None
    ) -> None:
        """Go on after an append: let everything out, or find out what may still be done."""
        self._flying = False
        if self._failed(result):
            return  # the next start finds out what became of this append
        if result is None:
            self.head = chain.head_of(appends[-1])
            self._guarded(lambda: self._let_out(outcome, appends[-1].last))
            self._rest()
            return
        self._probe.later()
        if isinstance(result, StoreFailure) and result.code == settle.UNSETTLED:
            # Judged again it could be in the journal twice, under two names.
            self._go_without(outcome, batch, appends, str(result))
            return
        self.state.rollback()
        self._inbox.put_back(self._taken)  # judged again: what adds exposure has to come again
        self._away(str(result))
        self._turn()

    def _let_out(self, outcome: Outcome, last: int = 0) -> None:
        """Everything of this batch is durable: tell whoever waits, carry out the effects."""
        self.state.commit()
        if outcome.effects:
            self.carry_out(outcome.effects)
        for (_, future), said in zip(self._taken, outcome.answers, strict=True):
            if future is not None and not future.done():
                assert said is not None, "every command is answered"
                future.set_result(said)
        if outcome.records and self.observers:
            first = (last or self.state.number) - len(outcome.records) + 1
            commit = Commit(first, outcome.records)
            for observer in self.observers:
                observer(commit)

    # --- while the store is away ----------------------------------------------------------------

    def _away(self, why: str) -> None:
        log.error("store_unavailable", failure=why)
        self.durable = self._reachable = False
        self.tell(c.RaiseAlarm(code="store_unavailable", value=why[:200]))

    def _go_without(
        self, outcome: Outcome, batch: Batch, appends: list[Append], why: str = SILENT
    ) -> None:
        """Write down what the store has been asked to take: it may still do so."""
        if not self.ended:
            self._flying = True
            self._away(why)
            self._arrears.sent(appends)
            self._write_down(outcome, batch, sent=True)

    def _landed(self, landed: list[Append], result: Exception | None) -> None:
        """Note what the store took of what is owed, and go on paying or asking."""
        if self._failed(result):
            return
        for append in landed:
            self.head = chain.head_of(append)
            self._arrears.settled()
        if result is None:
            self._reached()
        else:
            self._reachable = False
            self._probe.later()

    def _leave(self) -> None:
        """Wait no longer for a job that decides about nothing: the store is as good as gone."""
        if not self.ended:
            self._flying = self._reachable = False
            if self.durable:
                self._away(SILENT)
            self._turn()

    def _let_go(self, result: object) -> None:
        """Ask for a store that was left, now that it is done with its job."""
        if not self._failed(result):
            self._probe.later()

    def _write_down(self, outcome: Outcome, batch: Batch, *, sent: bool = False) -> None:
        """Write a batch into the emergency file, beside the store's thread, which may be waiting
        for its server."""

        def done(result: Exception | None) -> None:
            self._flying = False
            if self.ended:
                return
            if result is not None:
                # Neither journal nor emergency file takes it: nothing we do could be remembered.
                self._end(result)
                return
            if not sent:
                self._arrears.owe(batch)
            self._guarded(lambda: self._let_out(outcome))
            self._rest()

        if self._beside is None:
            self._beside = self._surroundings.thread(self._loop, "emergency")
        self._beside.run(lambda: self._arrears.write(batch), done)

    def _reached(self) -> None:
        self._reachable = True
        self._soon()

    def _due(self) -> Append | None:
        """Return the next append of what is owed."""
        return self._arrears.due(self.head, epoch=self._epoch, at_ns=self._clock.now())

    def _pay(self) -> None:
        """Pay one append of what is owed; when nothing is, empty the emergency file: the store is
        back."""
        due = self._due()
        if due is not None:
            landed: list[Append] = []
            self._fly(
                lambda: self._append((due,), landed),
                done=lambda result: self._paid(landed, result),
                left=self._leave,
                late=lambda result: self._landed(landed, result),
            )
        else:
            self._flying = True
            self._thread.run(self._arrears.clear, self._back)

    def _paid(self, landed: list[Append], result: Exception | None) -> None:
        self._flying = False
        self._landed(landed, result)

    def _back(self, result: bool | Exception) -> None:
        self._flying = False
        if self.ended:
            return
        if isinstance(result, Exception):
            # What is paid would stand in the file before the next outage's acts: the next start
            # sorts it out.
            self._end(result)
            return
        self.durable, self.roomy = True, result
        log.info("store_back", number=self.head.number, reserve=result)
        self.tell(c.RaiseAlarm(code="store_back", value=str(self.head.number)))

    # --- between two batches --------------------------------------------------------------------

    def _keep_up(self) -> None:
        """Give the store its turn."""
        job = self._upkeep.step(self.state, self.head, self._clock.now())
        self._fly(job, done=self._kept_up, left=self._leave, late=self._let_go)

    def _kept_up(self, result: Kept | Exception) -> None:
        self._flying = False
        if self._failed(result):
            return
        if isinstance(result, Exception):
            log.warning("upkeep_failed", failure=str(result))
        else:
            if result.again:
                self._upkeep.hurry()
            if result.roomy is not self.roomy:
                self.roomy = result.roomy
                self.tell(room_alarm(result.roomy, self.head.number))
        self._rest()

    # --- the end --------------------------------------------------------------------------------

    def _failed(self, result: object) -> bool:
        """End when a job's result says that the process must; say whether all is over."""
        if isinstance(result, StoreFenced | StoreSyncFailed | JobBroken):
            self._end(result)
        return self.ended

    def _end(self, error: Exception) -> None:
        """Nothing more is decided here; whoever waits is told to come again."""
        if self.ended:
            return
        self.ended = True
        self.state.rollback()
        answer(self._taken, AWAY)
        self._inbox.refuse()
        self._readers.serve(self.state)
        self._idle.set()
        self._fail(error)
