"""The writer: the only one who changes the state. It gathers commands, steps, commits, and then lets answers and
effects out.

Rules of this file
1. One batch is in flight; what comes meanwhile gathers for the next.
2. Between two batches the state is the committed state: that is when pages read it.
3. A failed append throws the working state away. What may not wait for the store (halts, cancels, exits, reports)
   is then written to the emergency file instead, and goes into the journal when the store is back.
4. Fenced, or a sync that failed: the process ends. Nothing is repaired in place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog

from bridge.clock import Clock
from bridge.journal import snapshot_of
from bridge.storethread import StoreThread
from core import commands as c
from core.answers import Answer, Busy, Effect
from core.codec import VERSION, encode
from core.engine import Outcome, step
from core.records import Record
from core.state import State
from core.store import chain, settle
from core.store.emergency import EmergencyFile
from core.store.mark import MarkFile
from core.store.port import Append, Head, Store, StoreFenced, StoreSyncFailed
from core.view import View

log = structlog.get_logger("writer")

COMMANDS_PER_BATCH_MAX: Final = 256
"""Commands of one commit: more would make the first of them wait for the last, fewer would pay more syncs."""

BYTES_PER_BATCH_MAX: Final = 1024 * 1024
"""Bytes of messages in one commit."""

INBOX_MAX: Final = 20_000
"""Signals that may wait. At the slowest store seen (4 ms a commit) that is a third of a second of work."""

SNAPSHOT_EVERY: Final = 50_000
"""Records between two snapshots: a start folds at most these, in well under a second."""

UPKEEP_EVERY_S: Final = 2.0
"""How often checkpoints and sealing get their turn between two batches."""

PROBE_EVERY_S: Final = 1.0
"""How often an absent store is asked whether it is back."""


class Outlook(Protocol):
    """Whoever knows quotes and account figures."""

    def view(self, *, durable: bool) -> View:
        """Return the view as it is now."""
        ...


@dataclass(frozen=True, slots=True)
class Commit:
    """What observers are told: records that are durable now, the first one's number."""

    first: int
    records: list[Record]


Waiting = asyncio.Future[Any] | None


class Writer:
    """One per process, on the event loop. ``fail`` is called once when the process must end."""

    def __init__(
        self,
        *,
        state: State,
        head: Head,
        epoch: int,
        store: Store,
        thread: StoreThread,
        emergency: EmergencyFile,
        mark: MarkFile,
        clock: Clock,
        outlook: Outlook,
        carry_out: Callable[[list[Effect]], None],
        fail: Callable[[Exception], None],
    ) -> None:
        self.state = state
        self.head = head
        self.durable = True
        self.observers: list[Callable[[Commit], None]] = []
        self._epoch, self._store, self._thread = epoch, store, thread
        self._emergency, self._mark = emergency, mark
        self._clock, self._outlook = clock, outlook
        self._carry_out, self._fail = carry_out, fail
        self._loop = asyncio.get_running_loop()
        self._inbox: list[tuple[c.Command, Waiting]] = []
        self._reads: list[tuple[Callable[[State], Any], asyncio.Future[Any]]] = []
        self._flying = False
        self._turn_due = False
        self._ended = False
        self._owed = b""
        self._owed_count = 0
        self._snapshot_at = head.number
        self._upkeep_at = self._loop.time() + UPKEEP_EVERY_S
        self._idle = asyncio.Event()

    # --- asked from outside -------------------------------------------------------------------------

    def ask(self, command: c.Command) -> asyncio.Future[Answer]:
        """Give a command in; the future is done once its records are durable."""
        future: asyncio.Future[Answer] = self._loop.create_future()
        if self._ended or (len(self._inbox) >= INBOX_MAX and isinstance(command, c.ReceiveSignal)):
            future.set_result(Busy(code="store_unavailable"))
            return future
        self._inbox.append((command, future))
        self._soon()
        return future

    def tell(self, command: c.Command) -> None:
        """Give in what nobody waits for: reports, outcomes, ticks. Never dropped; its sources are bounded."""
        self._inbox.append((command, None))
        self._soon()

    def read(self, look: Callable[[State], Any]) -> asyncio.Future[Any]:
        """Look at the committed state, between two batches."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._reads.append((look, future))
        self._soon()
        return future

    async def drain(self) -> None:
        """Wait until nothing is in flight and nothing waits."""
        while (self._flying or self._inbox) and not self._ended:
            self._idle.clear()
            await self._idle.wait()

    async def close(self) -> None:
        """Commit what waits and leave a snapshot, so that the next start is quick."""
        await self.drain()
        if self._ended or not self.durable:
            return
        self._flying = True
        picture = snapshot_of(self.state, self.head, self._clock.now())
        await self._thread.call(lambda: self._store.save_snapshot(picture))

    # --- the turn ------------------------------------------------------------------------------------

    def _soon(self) -> None:
        if not self._turn_due and not self._flying:
            self._turn_due = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        """Serve readers, then make the next batch."""
        self._turn_due = False
        if self._flying or self._ended:
            return
        for look, future in self._reads:
            if not future.done():
                future.set_result(look(self.state))
        self._reads.clear()
        if self._inbox:
            self._batch()
        elif self.durable:
            self._upkeep()
        if not self._flying and not self._inbox:
            self._idle.set()

    def _batch(self) -> None:
        taken = self._take()
        now = self._clock.now()
        view = self._outlook.view(durable=self.durable)
        outcome = step(self.state, view, [command for command, _ in taken], now)
        if not outcome.records:
            self._let_out(taken, outcome)
            return
        payload = encode(outcome.records)
        self._flying = True
        if not self.durable:
            self._write_emergency(taken, outcome, payload)
            return
        append = chain.seal(
            self.head,
            epoch=self._epoch,
            at_ns=now,
            version=VERSION,
            count=len(outcome.records),
            payload=payload,
        )
        self._thread.run(
            lambda: self._append(append),
            lambda result: self._settled(taken, outcome, append, result),
        )

    def _append(self, append: Append) -> None:
        """Commit in the store's thread, and note how far the journal is."""
        settle.append(self._store, append)
        self._mark.save(append.last, append.hash)

    def _take(self) -> list[tuple[c.Command, Waiting]]:
        size, count = 0, 0
        for command, _ in self._inbox:
            if isinstance(command, c.ReceiveSignal):
                size += len(command.raw)
            if count == COMMANDS_PER_BATCH_MAX or (count and size > BYTES_PER_BATCH_MAX):
                break
            count += 1
        taken = self._inbox[:count]
        del self._inbox[:count]
        return taken

    def _settled(
        self,
        taken: list[tuple[c.Command, Waiting]],
        outcome: Outcome,
        append: Append,
        result: Exception | None,
    ) -> None:
        """Go on after an append: let everything out, or go back and find out what may still be done."""
        self._flying = False
        if result is None:
            self.head = chain.head_of(append)
            self._let_out(taken, outcome, append.first)
            return
        self.state.rollback()
        if isinstance(result, StoreFenced | StoreSyncFailed):
            self._end(result, taken)
            return
        log.error("store_unavailable", failure=str(result))
        self.durable = False
        self._inbox[:0] = taken  # judged again: what adds exposure is asked to come again
        self._loop.call_later(PROBE_EVERY_S, self._probe)
        self.tell(c.RaiseAlarm(code="store_unavailable", value=str(result)[:200]))
        self._turn()

    def _let_out(
        self, taken: list[tuple[c.Command, Waiting]], outcome: Outcome, first: int = 0
    ) -> None:
        """Everything of this batch is durable: tell whoever waits, carry out the effects."""
        self.state.commit()
        if outcome.effects:
            self._carry_out(outcome.effects)
        for (_, future), answer in zip(taken, outcome.answers, strict=True):
            if future is not None and not future.done():
                future.set_result(answer)
        if outcome.records and self.observers:
            commit = Commit(first or self.state.number - len(outcome.records) + 1, outcome.records)
            for observer in self.observers:
                observer(commit)
        if self._inbox or self._reads:
            self._soon()
        elif self.durable and self._loop.time() >= self._upkeep_at:
            self._soon()
        else:
            self._idle.set()

    # --- while the store is away ---------------------------------------------------------------------

    def _write_emergency(
        self, taken: list[tuple[c.Command, Waiting]], outcome: Outcome, payload: bytes
    ) -> None:
        lines = payload.splitlines()

        def write() -> None:
            for line in lines:
                self._emergency.write(line)

        def done(result: Exception | None) -> None:
            self._flying = False
            if result is not None:
                # Neither journal nor emergency file takes it: nothing that we do could be remembered.
                self.state.rollback()
                self._end(result, taken)
                return
            self._owed += payload
            self._owed_count += len(lines)
            self._let_out(taken, outcome)

        self._thread.run(write, done)

    def _probe(self) -> None:
        """Ask an absent store whether it is back, and pay what is owed."""
        if self._ended or self.durable:
            return
        if self._flying:
            self._loop.call_later(PROBE_EVERY_S / 10, self._probe)
            return
        self._flying = True
        if not self._owed_count:
            self._thread.run(self._store.head, lambda result: self._back(None, result))
            return
        append = chain.seal(
            self.head,
            epoch=self._epoch,
            at_ns=self._clock.now(),
            version=VERSION,
            count=self._owed_count,
            payload=self._owed,
        )

        def pay() -> None:
            self._append(append)
            self._emergency.clear()

        self._thread.run(pay, lambda result: self._back(append, result))

    def _back(self, append: Append | None, result: Head | Exception | None) -> None:
        self._flying = False
        if isinstance(result, StoreFenced | StoreSyncFailed):
            self._end(result, [])
            return
        if isinstance(result, Exception):
            self._loop.call_later(PROBE_EVERY_S, self._probe)
            self._soon()
            return
        if append is not None:
            self.head = chain.head_of(append)
        elif isinstance(result, Head) and (result.number, result.hash) != (
            self.head.number,
            self.head.hash,
        ):
            # The append whose reply was lost had arrived: we know less than the journal. Start again from it.
            moved = StoreFenced(
                "store_moved", f"the journal is at {result.number}, we are at {self.head.number}"
            )
            self._end(moved, [])
            return
        self._owed, self._owed_count = b"", 0
        self.durable = True
        log.info("store_back", number=self.head.number)
        self.tell(c.RaiseAlarm(code="store_back", value=str(self.head.number)))

    def _end(self, error: Exception, taken: list[tuple[c.Command, Waiting]]) -> None:
        """Nothing more is decided here; whoever waits is told to come again."""
        self._ended = True
        for _, future in [*taken, *self._inbox]:
            if future is not None and not future.done():
                future.set_result(Busy(code="store_unavailable"))
        self._inbox.clear()
        self._idle.set()
        self._fail(error)

    # --- between two batches ---------------------------------------------------------------------------

    def _upkeep(self) -> None:
        """Give the store its turn: a snapshot when it is due, else checkpoints and sealing."""
        now = self._loop.time()
        if now < self._upkeep_at:
            return
        self._upkeep_at = now + UPKEEP_EVERY_S
        if self.head.number - self._snapshot_at >= SNAPSHOT_EVERY:
            self._snapshot_at = self.head.number
            picture = snapshot_of(self.state, self.head, self._clock.now())
            self._flying = True
            self._thread.run(lambda: self._store.save_snapshot(picture), self._upkept)
            return
        self._flying = True
        self._thread.run(self._store.maintain, self._upkept)

    def _upkept(self, result: object) -> None:
        self._flying = False
        if isinstance(result, StoreFenced | StoreSyncFailed):
            self._end(result, [])
            return
        if isinstance(result, Exception):
            log.warning("upkeep_failed", failure=str(result))
        self._soon() if self._inbox or self._reads else self._idle.set()
