"""The switch: nothing that adds exposure leaves once it was pulled, however slow the journal is."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from core import commands as c
from core.answers import Denied, Done, SignalAnswer
from core.orders import OrderState
from core.store.memory import Disk
from tests.faults import Fault
from tests.unit.bridge.parts import Bridge, Switch, bridge, recorded, until

WORKING = 500


async def test_what_waits_to_be_sent_does_not_leave(tmp_path: Path) -> None:
    """The order is committed and about to go again; the journal hangs; the halt stops it at
    once."""
    store = Switch(Disk())
    async with bridge(tmp_path, store=store) as running:
        running.venue.script(Fault.THROTTLE, times=3)
        order = await running.admitted(running.signal())
        store.gate.clear()  # from here on nothing is committed, and a batch is on its way
        running.runtime.writer.tell(c.RaiseAlarm(code="store_weak", value="a batch"))
        await until(lambda: "store_weak" in running.codes())
        halting = asyncio.create_task(running.runtime.halt("global", by="test", reason="now"))
        await until(lambda: not running.runtime.dispatch.sends(order.order))
        committed, there = halting.done(), await running.at_venue(order.order)
        store.gate.set()
        await halting
        ended = await running.is_in(order.order, "cancelled", "expired")

        assert (False, None) == (committed, there)
        assert "cancelled_before_send" == ended.reason or "halted_before_send" == ended.reason
        assert await running.at_venue(order.order) is None


async def test_an_alert_after_it_is_refused(tmp_path: Path) -> None:
    """Refused with the reason of the halt; an exit passes."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        await running.runtime.halt("strategy:demo", by="test", reason="a bad day")
        refused = await running.send(running.signal())
        leaving = await running.admitted(running.exit())

        assert isinstance(refused, SignalAnswer)
        assert ("halted", "a bad day") == (refused.code, refused.value)
        assert await running.is_in(leaving.order, "filled")


async def test_every_working_entry_is_cancelled(tmp_path: Path) -> None:
    """500 resting entries, one halt: each is cancelled at the venue; none is left to confirm."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        answers = [running.runtime.writer.ask(running.limit()) for _ in range(WORKING)]
        await asyncio.gather(*answers)
        await until(lambda: _states(running) == {OrderState.ACCEPTED})
        answer = await running.runtime.halt("global", by="test", reason="all of them")
        await until(lambda: _states(running) == {OrderState.CANCELLED})

        assert isinstance(answer, Done)
        assert WORKING == len(answer.orders)
    asked = [
        one for one in recorded(running.store.disk) if getattr(one, "event", "") == "cancelled"
    ]
    assert WORKING == len(asked)


@pytest.mark.parametrize("scope", ["global", "account:paper", "strategy:demo"])
async def test_it_survives_a_crash(tmp_path: Path, scope: str) -> None:
    """A halt is a record: the next process starts with it, and only a person lifts it."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        await running.runtime.halt(scope, by="test", reason="stay")
        await running.crash()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        refused = await running.send(running.signal())
        await running.runtime.writer.ask(c.Resume(scope=scope, by="test", reason="mended"))
        assert await running.admitted(running.signal())

    assert isinstance(refused, SignalAnswer)
    assert ("refused", "halted") == (refused.verdict, refused.code)


async def test_a_scope_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A typing error halts nothing, and leaves no flag behind."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        answer = await running.runtime.halt("acount:paper", by="test", reason="oops")

        assert Denied(code="scope_unknown", value="acount:paper") == answer
        assert set() == running.runtime.dispatch.raised
        assert await running.admitted(running.signal())


def _states(running: Bridge) -> set[OrderState]:
    return {order.state for order in running.state.orders.values()}


async def test_a_file_raises_the_bridge(tmp_path: Path) -> None:
    """A file named HALT in the data folder is enough: its first line is the reason, and it goes on
    until the file is gone and a person resumes."""
    async with bridge(tmp_path) as running:
        file = running.config.data / "HALT"
        file.write_text("the strategy went mad\nmore words", encoding="utf-8")
        await until(lambda: "global" in running.state.halts)
        row = running.state.halts["global"]
        await running.runtime.writer.drain()  # until it is durable, entries are asked to come again
        answer = await running.runtime.writer.ask(running.signal())
        file.unlink()
        resumed = await running.runtime.writer.ask(c.Resume(scope="global", by="me", reason="ok"))

        assert ("file", "the strategy went mad") == (row.by, row.reason)
        assert isinstance(answer, SignalAnswer)
        assert "halted" == answer.code
        assert isinstance(resumed, Done)
        assert (await running.admitted(running.signal())).order


async def test_a_bridge_with_a_halt_file_starts_raised(tmp_path: Path) -> None:
    """Before any account is recovered; a file that says nothing, or nothing readable, is enough."""
    async with bridge(tmp_path) as running:
        data = running.config.data
    (data / "HALT").write_bytes(b"\xff\xfe")

    async with bridge(tmp_path, ready=False) as running:
        assert "file" == running.state.halts["global"].by
