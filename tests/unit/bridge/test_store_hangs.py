"""A store that does not answer is not waited for: what may not wait is written down, what was asked
of it is neither lost nor done twice.
"""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from bridge import flight, tenure
from bridge.exits import Exit
from core import commands as c
from core import records as r
from core import snapshot
from core.answers import Busy, Done, SignalAnswer
from core.signals import Action
from core.store.emergency import EmergencyFile
from core.store.memory import Disk, Fault, MemoryStore
from tests.faults import Fault as VenueFault
from tests.unit.bridge.parts import Bridge, Switch, bridge, recorded, replayed, until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nobody for long."""
    monkeypatch.setattr(flight, "PATIENCE_S", 0.1)
    monkeypatch.setattr(flight, "URGENT_PATIENCE_S", 0.02)
    monkeypatch.setattr(flight, "SLOW_S", 0.01)


async def come_back(running: Bridge) -> None:
    """Let the store answer, and wait until everything is in the journal."""
    running.store.gate.set()
    await until(lambda: running.runtime.writer.durable)
    await running.runtime.writer.drain()


def intended(disk: Disk) -> list[str]:
    """Return the orders that the journal intends, in its order."""
    return [one.order.order for one in recorded(disk) if isinstance(one, r.OrderIntended)]


def written(running: Bridge) -> bytes:
    """Return the emergency file."""
    return b"".join(EmergencyFile(running.config.data / "emergency.log").read().lines)


async def test_a_halt_does_not_wait(tmp_path: Path) -> None:
    """It is written down beside the store that hangs with it, and the working entry ends at the
    venue; the journal takes it once, when it answers.
    """
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        resting = await running.admitted(running.limit())
        await running.is_in(resting.order, "accepted")
        running.store.gate.clear()
        answer = await running.runtime.halt("global", by="test", reason="a fire")
        await running.is_in(resting.order, "cancelled")
        there = await running.at_venue(resting.order)
        before = [one for one in recorded(disk) if isinstance(one, r.Halted)]
        down = written(running)
        await come_back(running)
        state = running.state.halts["global"]

    assert Done(orders=(resting.order,)) == answer
    assert "cancelled" == there.event
    assert [] == before
    assert b"a fire" in down
    assert "a fire" == state.reason
    assert 1 == sum(isinstance(one, r.Halted) for one in recorded(disk))


async def test_a_halt_behind_a_hanging_append_does_not_wait(tmp_path: Path) -> None:
    """Whatever the store hangs with: the halt is next, and an entry meanwhile has to come again."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        running.store.gate.clear()
        running.runtime.writer.tell(c.RaiseAlarm(code="store_weak", value="a batch"))
        await until(lambda: "store_weak" in running.codes())
        halting = asyncio.create_task(running.runtime.halt("global", by="test", reason="now"))
        await asyncio.sleep(0)
        entry = await running.send(running.signal())
        answer = await halting
        later = await running.send(running.signal())
        await come_back(running)
        refused = await running.send(running.signal())

    assert Done() == answer
    assert [Busy(code="store_unavailable")] * 2 == [entry, later]
    assert isinstance(refused, SignalAnswer)
    assert ("refused", "halted") == (refused.verdict, refused.code)


async def test_an_entry_is_sent_away_before_the_halt_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can only add exposure has to come again as soon as a halt is kept waiting; a message
    that may be an exit waits with it.
    """
    monkeypatch.setattr(flight, "URGENT_PATIENCE_S", 60)
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        running.store.gate.clear()
        halting = asyncio.create_task(running.runtime.halt("global", by="test", reason="now"))
        await until(lambda: "global" in running.state.halts)
        ask = running.runtime.writer.ask
        leaving = ask(running.signal(action=Action.EXIT, quantity=None))
        first = await ask(running.signal())
        later = await ask(running.signal())
        early = halting.done() or leaving.done()
        running.store.gate.set()
        answers = [await halting, await leaving]

    assert [Busy(code="store_unavailable")] * 2 == [first, later]
    assert not early
    assert [Done, SignalAnswer] == [type(answer) for answer in answers]


async def test_an_exit_does_not_wait(tmp_path: Path) -> None:
    """The append that hangs has it: it is written down, sent and filled."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        running.store.gate.clear()
        leaving = await running.admitted(running.exit())
        await running.is_in(leaving.order, "filled")
        hangs = not running.store.gate.is_set()
        await come_back(running)

    assert hangs
    assert [entry.order, leaving.order] == intended(disk)


async def test_an_exit_that_goes_again_does_not_wait_for_the_stores_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is this process still the writer? A store that hangs with that question is not waited for."""
    store = Switch(Disk())
    async with bridge(tmp_path, store=store) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        told = threading.Event()
        head = store.head
        monkeypatch.setattr(tenure, "CONFIRM_WITHIN_S", 0.05)
        monkeypatch.setattr(store, "head", lambda: (told.wait(60), head())[1])
        running.venue.script(VenueFault.THROTTLE)
        leaving = await running.admitted(running.exit())
        await running.is_in(leaving.order, "filled")
        hangs = not told.is_set()
        told.set()
        await come_back(running)

    assert hangs


async def test_an_entry_that_hangs_waits_for_the_store(tmp_path: Path) -> None:
    """It is remembered, so it is admitted; it leaves when the journal has it, and not before."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        running.store.gate.clear()
        order = await running.admitted(running.signal())
        other = await running.send(running.signal())
        there = await running.at_venue(order.order)
        await come_back(running)
        await running.is_in(order.order, "filled")

    assert there is None
    assert Busy(code="store_unavailable") == other
    assert [order.order] == intended(disk)


@pytest.mark.parametrize("fault", [None, Fault.UNAVAILABLE, Fault.UNKNOWN_WRITTEN])
async def test_what_hung_is_in_the_journal_once(tmp_path: Path, fault: Fault | None) -> None:
    """Whether the store took it in the end, or not, or took it and did not say so."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        running.store.gate.clear()
        order = await running.admitted(running.signal())
        await running.runtime.halt("strategy:demo", by="test", reason="meanwhile")
        if fault is not None:
            running.store.fail_next(fault)
        await come_back(running)
        codes = running.codes()

    assert replayed(recorded(disk)) == snapshot.dump(running.state)
    assert [order.order] == intended(disk)
    assert 1 == sum(isinstance(one, r.Halted) for one in recorded(disk))
    assert b"" == written(running)
    assert ["store_unavailable", "store_back"] == codes[-2:]


async def test_a_crash_meanwhile_loses_nothing(tmp_path: Path) -> None:
    """What hung and what was written down after it are there at the next start, each once, whether
    the store took the first of them or not.
    """
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        running.store.gate.clear()
        leaving = await running.admitted(running.exit())
        await running.is_in(leaving.order, "filled")
        running.store.gate.set()
        await running.crash()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        assert "filled" == running.order(leaving.order).state
        assert [0] == [row.quantity for row in running.state.positions.values()]

    assert [entry.order, leaving.order] == intended(disk)


async def test_a_successor_ends_it(tmp_path: Path) -> None:
    """Another writer came while the store hung: the append is refused, and this process ends."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        running.store.gate.clear()
        await running.runtime.halt("global", by="test", reason="a pause")
        MemoryStore(disk).lease("another")
        running.store.gate.set()
        await asyncio.wait_for(running.runtime.ended.wait(), 10)

        assert Exit.FENCED is running.runtime.exit_code


async def test_a_halt_does_not_wait_for_upkeep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that hangs with its own housekeeping is left alone with it."""
    disk = Disk()
    store = Switch(disk)

    def maintain() -> bool:
        store.gate.wait(60)
        return False

    async with bridge(tmp_path, store=store) as running:
        monkeypatch.setattr(store, "maintain", maintain)
        store.gate.clear()
        writer = running.runtime.writer
        writer._upkeep.hurry()
        await until(lambda: not writer.durable or "global" in running.state.halts)
        answer = await running.runtime.halt("global", by="test", reason="a fire")
        hangs = not store.gate.is_set()
        await come_back(running)

    assert hangs
    assert Done() == answer
    assert 1 == sum(isinstance(one, r.Halted) for one in recorded(disk))


async def test_a_store_that_hangs_again_is_left_again(tmp_path: Path) -> None:
    """It answers, takes the first of what is owed, and hangs with the next: halts still work."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        resting = await running.admitted(running.limit())
        await running.is_in(resting.order, "accepted")
        running.store.down = True
        await running.runtime.halt("strategy:demo", by="test", reason="one")
        assert not running.runtime.writer.durable
        running.store.gate.clear()
        running.store.down = False
        await until(lambda: bool(running.runtime.writer._reachable))
        answer = await running.runtime.halt("global", by="test", reason="two")
        await come_back(running)
        halts = set(running.state.halts)

    assert isinstance(answer, Done)
    assert {"strategy:demo", "global"} == halts
    assert ["one", "two"] == [one.reason for one in recorded(disk) if isinstance(one, r.Halted)]
