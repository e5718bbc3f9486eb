"""The writer: whose defect harms whom, and that nothing is left pending."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from typing import Any

import pytest

from bridge import writer as writing
from bridge.exits import Exit
from bridge.inbox import COMMANDS_PER_BATCH_MAX, INBOX_MAX, Inbox
from core import commands as c
from core.answers import Busy, SignalAnswer
from core.state import State
from core.store.memory import Disk
from tests.unit.bridge.parts import Switch, bridge, recorded, until


@pytest.fixture
async def failures() -> list[str]:
    """Collect what the event loop has to say of errors that nobody took."""
    found: list[str] = []

    def take(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        found.append(str(context.get("exception") or context["message"]))

    asyncio.get_running_loop().set_exception_handler(take)
    return found


async def test_a_readers_defect_is_the_readers(tmp_path: Path) -> None:
    """A page that fails gets its error; the writer goes on."""

    def look(state: State) -> object:
        return state.orders["nobody"]

    async with bridge(tmp_path, store=Switch(Disk())) as running:
        with pytest.raises(KeyError):
            await running.runtime.writer.read(look)

        assert await running.admitted(running.signal())


async def test_a_reader_sees_what_is_committed(tmp_path: Path) -> None:
    """While a batch is on its way to the disk, nobody reads what may yet be thrown away."""
    store = Switch(Disk())
    async with bridge(tmp_path, store=store) as running:
        store.gate.clear()
        sending = asyncio.ensure_future(running.send(running.signal()))
        await until(lambda: bool(running.state.signals))  # decided, not committed
        reading = running.runtime.writer.read(
            lambda state: (len(state.signals), store.head().number)
        )
        await asyncio.sleep(0)
        early = reading.done()
        store.gate.set()
        count, number = await reading
        await sending

        assert (False, 1) == (early, count)
        assert number >= running.state.signals.popitem()[1].number


async def test_a_defect_of_a_decision_ends_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: list[str]
) -> None:
    """Half a batch is no state: who waits is told to come again, nothing of it is kept."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        before = len(recorded(disk))

        def broken(state: State, *others: Any) -> object:
            real(state, *others)
            raise AssertionError("a defect")

        real = writing.step
        monkeypatch.setattr(writing, "step", broken)
        answer = await running.send(running.signal())
        await until(running.runtime.ended.is_set)
        later = await running.send(running.signal())

        assert [Busy(code="store_unavailable")] * 2 == [answer, later]
        assert Exit.FAILED is running.runtime.exit_code
        assert {} == running.state.signals
    assert ["a defect"] == failures
    assert before == len(recorded(disk))


async def test_a_defect_of_an_observer_ends_the_process(
    tmp_path: Path, failures: list[str]
) -> None:
    """What was committed stays committed and answered; the next start goes on from there."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:

        def broken(_commit: object) -> None:
            raise AssertionError("a defect")

        running.runtime.writer.observers.append(broken)
        order = await running.admitted(running.signal())
        await until(running.runtime.ended.is_set)

        assert Exit.FAILED is running.runtime.exit_code
        assert "a defect" == failures[0]
    async with bridge(tmp_path, store=Switch(disk)) as running:
        assert await running.is_in(order.order, "filled")


async def test_a_client_that_goes_away_disturbs_nobody(tmp_path: Path) -> None:
    """The one who waits is cancelled in the middle of the commit: the order is made all the
    same."""
    store = Switch(Disk())
    async with bridge(tmp_path, store=store) as running:
        store.gate.clear()
        entry = running.signal()
        gone = asyncio.ensure_future(running.send(entry))
        await until(lambda: bool(running.state.signals))
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        store.gate.set()
        again = await running.send(entry)

        assert isinstance(again, SignalAnswer)
        assert "duplicate" == again.verdict
        assert await running.is_in(again.orders[0], "filled")


async def test_a_stop_leaves_nothing_pending(tmp_path: Path) -> None:
    """Every task has ended, every future has an answer, and the journal says that it was in
    order."""
    disk = Disk()
    failures: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: failures.append(context))
    before = asyncio.all_tasks()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        waiting = [running.runtime.writer.ask(running.limit()) for _ in range(50)]
        reading = running.runtime.writer.read(lambda state: state.number)
        await running.runtime.stop()

    gc.collect()
    assert all(future.done() for future in (*waiting, reading))
    assert before == asyncio.all_tasks()
    assert [] == failures
    assert "BridgeStopped" == type(recorded(disk)[-1]).__name__
    late = await running.runtime.writer.ask(running.signal())
    assert Busy(code="store_unavailable") == late


async def test_a_full_inbox_asks_to_come_again(tmp_path: Path) -> None:
    """A burst beyond the bound is not kept: 503 at once; reports and halts are taken."""
    store = Switch(Disk())
    async with bridge(tmp_path, store=store) as running:
        store.gate.clear()
        first = running.runtime.writer.ask(running.signal())
        await until(lambda: bool(running.state.signals))
        same = running.signal()
        waiting = [running.runtime.writer.ask(same) for _ in range(INBOX_MAX)]
        refused = running.runtime.writer.ask(same)
        halting = running.runtime.writer.ask(c.Halt(scope="global", by="t", reason="full"))
        early = refused.done(), halting.done()
        store.gate.set()
        await asyncio.gather(first, *waiting, halting)

        assert (True, False) == early
        assert Busy(code="store_unavailable") == refused.result()


async def test_a_batch_counts_each_account_of_a_route(tmp_path: Path) -> None:
    """What one commit carries is bounded by orders, not by messages."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        inbox = running.runtime.writer._inbox
        for _ in range(COMMANDS_PER_BATCH_MAX + 5):
            inbox.put(running.signal(), None)
        taken = inbox.take(running.state)
        rest = inbox.take(running.state)

    assert (COMMANDS_PER_BATCH_MAX, 5) == (len(taken), len(rest))


async def test_reports_share_the_commit_of_the_next_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is patient waits for company; a signal waits for nobody, and finds it before itself in
    its own commit."""
    store = Switch(Disk())
    async with bridge(tmp_path, store=store) as running:
        writer = running.runtime.writer
        await writer.drain()
        monkeypatch.setattr(writing, "COMPANY_S", 3600.0)
        told: list[list[str]] = []
        writer.observers.append(
            lambda commit: told.append([type(record).__name__ for record in commit.records])
        )
        writer.tell(c.RaiseAlarm(code="store_weak", value="patient"), patient=True)
        async with asyncio.timeout(5):
            await running.admitted(running.signal())

        (shared,) = [names for names in told if "SignalReceived" in names]
        assert ["AlarmRaised", "SignalReceived"] == shared[:2]
        monkeypatch.setattr(writing, "COMPANY_S", 0.0)


async def test_only_reports_are_patient() -> None:
    """A batch waits for company only while nothing else is in it; what was left over is urgent."""
    state, alarm = State(), c.RaiseAlarm(code="store_weak")
    inbox = Inbox()
    inbox.put(alarm, None, patient=True)
    alone = inbox.urgent
    inbox.put(alarm, None)
    joined = inbox.urgent
    inbox.take(state)
    empty = inbox.urgent
    for _ in range(COMMANDS_PER_BATCH_MAX + 1):
        inbox.put(alarm, None, patient=True)
    full = inbox.urgent
    inbox.take(state)

    assert (False, True, False, True) == (alone, joined, empty, full)
    assert inbox.urgent
