"""A store that is away stops what adds exposure, and nothing else; later the journal has it all."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bridge.exits import Exit
from core import commands as c
from core import records as r
from core.answers import Busy, Done, SignalAnswer
from core.store.emergency import EmergencyFile
from core.store.memory import Disk, Fault
from core.store.port import Append, AppendUnknown
from tests.unit.bridge.parts import Bridge, Switch, bridge, recorded, replayed, until


async def go_away(running: Bridge) -> None:
    """Let the store go away, and be noticed."""
    running.store.down = True
    assert Busy(code="store_unavailable") == await running.send(running.signal())
    assert not running.runtime.writer.durable


async def come_back(running: Bridge) -> None:
    """Let the store come back, and be noticed."""
    running.store.down = False
    await until(lambda: running.runtime.writer.durable)


def emergency(running: Bridge) -> list[bytes]:
    """Read the emergency file."""
    return list(EmergencyFile(running.config.data / "emergency.log").read().lines)


async def test_an_entry_is_asked_to_come_again(tmp_path: Path) -> None:
    """It is neither admitted nor remembered; the same message passes once the store is back."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        entry = running.signal()
        running.store.down = True
        first = await running.send(entry)
        again = await running.send(entry)
        await come_back(running)
        then = await running.send(entry)

    assert [Busy(code="store_unavailable")] * 2 == [first, again]
    assert isinstance(then, SignalAnswer)
    assert "admitted" == then.verdict
    assert 1 == sum(isinstance(record, r.SignalReceived) for record in recorded(disk))


async def test_an_exit_goes_through(tmp_path: Path) -> None:
    """It is answered, sent and filled while the store is away, and stands in the journal later."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        await go_away(running)
        leaving = await running.admitted(running.exit())
        await running.is_in(leaving.order, "filled")
        written = b"".join(emergency(running))
        before = len(recorded(disk))
        await come_back(running)
        await until(lambda: not emergency(running))

    told = recorded(disk)
    assert leaving.order.encode() in written
    assert before < len(told)
    fills = [one for one in told if isinstance(one, r.OrderChanged) and one.event == "fill"]
    assert {entry.order, leaving.order} == {fill.order for fill in fills}
    assert replayed(told) == replayed(recorded(disk))


async def test_a_held_entry_waits_for_the_store_too(tmp_path: Path) -> None:
    """The link is back before the store: the exit that was held goes at once, the entry when it can
    be remembered."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        opened = await running.admitted(running.signal())
        await running.is_in(opened.order, "filled")
        real, back = running.venue.connect, asyncio.Event()

        async def connect(*args: Any, **fields: Any) -> Any:
            await back.wait()
            return await real(*args, **fields)

        running.venue.connect = connect
        running.venue.drop_link("the cable")
        held = [await running.send(message) for message in (running.exit(), running.signal())]
        leaving, entry = (one.orders[0] for one in held if isinstance(one, SignalAnswer))
        assert {"held"} == {running.order(name).state for name in (entry, leaving)}
        await go_away(running)
        back.set()
        await running.is_in(leaving, "filled")
        assert (False, "held") == (running.runtime.writer.durable, running.order(entry).state)
        await come_back(running)

        assert "filled" == (await running.is_in(entry, "filled")).state


async def test_the_exit_that_meets_the_failure_goes_through(tmp_path: Path) -> None:
    """The very append that finds the store away carries it: it is judged again, and sent."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        running.store.down = True
        leaving = await running.admitted(running.exit())

        assert await running.is_in(leaving.order, "filled")
        assert not running.runtime.writer.durable


async def test_a_halt_and_its_cancels_go_through(tmp_path: Path) -> None:
    """Raised while the store is away: the working entry is cancelled at the venue at once."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        resting = await running.admitted(running.limit())
        await running.is_in(resting.order, "accepted")
        await go_away(running)
        answer = await running.runtime.halt("global", by="test", reason="a fire")
        await running.is_in(resting.order, "cancelled")
        found = await running.at_venue(resting.order)
        await come_back(running)

        assert Done(orders=(resting.order,)) == answer
        assert "cancelled" == found.event
        assert "global" in running.state.halts


async def test_a_crash_meanwhile_loses_nothing(tmp_path: Path) -> None:
    """What the emergency file holds is in the journal after the next start, in its order."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        await go_away(running)
        leaving = await running.admitted(running.exit())
        await running.runtime.halt("global", by="test", reason="before the crash")
        await running.is_in(leaving.order, "filled")
        await running.crash()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        assert "filled" == running.order(leaving.order).state
        assert "before the crash" == running.state.halts["global"].reason
        assert [] == emergency(running)
        flat = [row.quantity for row in running.state.positions.values()]
        assert [0] == flat
    assert replayed(recorded(disk)) == replayed(recorded(disk))


async def test_a_crash_between_paying_and_clearing_pays_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal has the acts and the file still holds them: the next start tells them apart."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        await go_away(running)
        leaving = await running.admitted(running.exit())
        await running.is_in(leaving.order, "filled")

        def fail(_self: EmergencyFile) -> None:
            raise OSError("it cannot be removed")

        with monkeypatch.context() as patched:
            patched.setattr(EmergencyFile, "clear", fail)
            running.store.down = False
            await asyncio.wait_for(running.runtime.ended.wait(), 10)
            await running.crash()
        assert emergency(running)
    async with bridge(tmp_path, store=Switch(disk)) as running:
        assert [] == emergency(running)
    kinds = [one for one in recorded(disk) if isinstance(one, r.SignalReceived)]
    intended = [one.order.order for one in recorded(disk) if isinstance(one, r.OrderIntended)]
    assert 2 == len(kinds)
    assert sorted([entry.order, leaving.order]) == sorted(intended)


@pytest.mark.parametrize("fault", [Fault.UNKNOWN_WRITTEN, Fault.UNKNOWN_LOST])
async def test_a_lost_reply_is_found_out(tmp_path: Path, fault: Fault) -> None:
    """Whether the append had arrived or not: it stands in the journal once, and is answered."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        running.store.fail_next(fault)
        order = await running.admitted(running.signal())
        await running.is_in(order.order, "filled")

    assert 1 == sum(isinstance(one, r.OrderIntended) for one in recorded(disk))


async def test_an_append_that_landed_unseen_ends_the_process(tmp_path: Path) -> None:
    """Its reply was lost and the store gone before it could be asked: the next start reads it."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        running.store.lose_replies = True
        entry = running.signal()
        lost = await running.send(entry)
        running.store.lose_replies = running.store.down = False
        await asyncio.wait_for(running.runtime.ended.wait(), 10)
        ended = running.runtime.exit_code
    async with bridge(tmp_path, store=Switch(disk)) as running:
        again = await running.send(entry)
        assert isinstance(again, SignalAnswer)
        assert "duplicate" == again.verdict
        await running.is_in(again.orders[0], "filled")
        assert 1 == len(running.state.orders)

    assert Busy(code="store_unavailable") == lost
    assert Exit.FENCED is ended


async def test_an_emergency_file_that_takes_nothing_ends_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither journal nor file: what cannot be remembered is not done."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")

        def fail(_self: EmergencyFile, _line: bytes) -> None:
            raise OSError("the folder is gone")

        monkeypatch.setattr(EmergencyFile, "write", fail)
        running.store.down = True
        answer = await running.send(running.exit())
        await asyncio.wait_for(running.runtime.ended.wait(), 10)

        assert Busy(code="store_unavailable") == answer
        assert running.runtime.exit_code in (Exit.FAILED, Exit.STORE)


async def test_acts_do_not_wait_for_a_store_that_hangs(tmp_path: Path) -> None:
    """While the store's thread waits for an answer that does not come, an exit is written down."""
    store = Switch(Disk())
    async with bridge(tmp_path, store=store) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        await go_away(running)
        store.gate.clear()
        running.runtime.thread.run(lambda: store.gate.wait(60), lambda result: None)
        leaving = await running.admitted(running.exit())
        ended = await running.is_in(leaving.order, "filled")
        hung = not store.gate.is_set()
        store.gate.set()
        await come_back(running)

    assert hung
    assert entry.quantity == ended.filled


async def test_reports_are_kept_for_the_journal(tmp_path: Path) -> None:
    """A cancel asked by a person goes out, and its report is known later, without the store."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        resting = await running.admitted(running.limit())
        await running.is_in(resting.order, "accepted")
        await go_away(running)
        command = c.CancelOrder(order=resting.order, by="test", reason="not wanted")
        assert isinstance(await running.runtime.writer.ask(command), Done)
        await running.is_in(resting.order, "cancelled")
        await come_back(running)

    events = [one.event for one in recorded(disk) if isinstance(one, r.OrderChanged)]
    assert ["cancel_asked", "cancelled"] == [str(event) for event in events[-2:]]


class Unsettled(Switch):
    """A store that loses one reply and is away before it can be asked what became of it."""

    def append(self, append: Append) -> None:
        """Append; be away once the reply is lost."""
        try:
            super().append(append)
        except AppendUnknown:
            self.down = True
            raise


@pytest.mark.parametrize("fault", [Fault.UNKNOWN_WRITTEN, Fault.UNKNOWN_LOST])
async def test_what_may_be_in_the_journal_is_there_once(tmp_path: Path, fault: Fault) -> None:
    """An exit whose append may have landed goes to the venue once, and is in the journal once."""
    disk = Disk()
    async with bridge(tmp_path, store=Unsettled(disk)) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        running.store.fail_next(fault)
        order = await running.admitted(running.exit())
        away = running.runtime.writer.durable
        await running.is_in(order.order, "filled")
        running.store.down = False
        await until(lambda: running.runtime.writer.durable)

    told = [one.order.order for one in recorded(disk) if isinstance(one, r.OrderIntended)]
    assert (False, [entry.order, order.order]) == (away, told)
