"""A process that was paused asks whether it is still the writer before it sends anything."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bridge import tenure
from bridge.exits import Exit
from bridge.storethread import StoreThread
from core.answers import Effect
from core.store.memory import Disk, MemoryStore
from core.store.port import Head
from tests.unit.bridge.parts import Bridge, Switch, bridge, until
from tests.unit.bridge.venues import Scripted


class Counting(Switch):
    """A journal that counts how often its end was asked for."""

    heads = 0

    def head(self) -> Head:
        """Count, and answer."""
        self.heads += 1
        return super().head()


def pause(monkeypatch: pytest.MonkeyPatch, running: Bridge) -> None:
    """Let the process stand still between the commit and the send: the clock shows it."""
    real = running.runtime.dispatch.carry_out
    ahead = [0]
    kept = running.runtime.writer.tenure
    monkeypatch.setattr(kept, "_monotonic_ns", lambda: time.perf_counter_ns() + ahead[0])
    kept.heard(kept.now_ns())

    def carry_out(effects: list[Effect]) -> None:
        ahead[0] += 60_000_000_000
        real(effects)

    running.runtime.writer.carry_out = carry_out


async def test_a_send_right_after_its_commit_asks_nothing(tmp_path: Path) -> None:
    """The store's word for the commit is good for the send: the fast path pays for no question."""
    store = Counting(Disk())
    async with bridge(tmp_path, store=store, made=Scripted) as running:
        before = store.heads
        order = await running.admitted(running.signal())
        await running.is_in(order.order, "sent")

        assert before == store.heads


async def test_a_pause_makes_it_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else took over: the order goes, after the question."""
    store = Counting(Disk())
    async with bridge(tmp_path, store=store, made=Scripted) as running:
        pause(monkeypatch, running)
        before = store.heads
        order = await running.admitted(running.signal())
        await running.is_in(order.order, "sent")

        assert before < store.heads
        assert [order.order] == running.venue.sent


async def test_a_successor_keeps_it_from_sending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process took the journal over meanwhile: nothing leaves, this one ends with 5."""
    store = Switch(Disk())
    async with bridge(tmp_path, store=store, made=Scripted) as running:
        pause(monkeypatch, running)
        taken = running.runtime.writer.carry_out

        def carry_out(effects: list[Effect]) -> None:
            store.disk.epoch += 1  # the successor's lease
            taken(effects)

        running.runtime.writer.carry_out = carry_out
        await running.admitted(running.signal())
        await asyncio.wait_for(running.runtime.ended.wait(), 10)

        assert ([], Exit.FENCED) == (running.venue.sent, running.runtime.exit_code)


async def test_where_nobody_can_say_only_exits_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store is away when it is asked: an exit leaves, an entry waits until it can be known."""
    store = Switch(Disk())
    async with bridge(tmp_path, store=store) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        pause(monkeypatch, running)
        taken = running.runtime.writer.carry_out

        def carry_out(effects: list[Effect]) -> None:
            store.down = True
            taken(effects)

        running.runtime.writer.carry_out = carry_out
        second = await running.admitted(running.limit())
        leaving = await running.admitted(running.exit())
        await running.is_in(leaving.order, "filled")
        while_away = await running.at_venue(second.order)
        running.runtime.writer.carry_out = taken
        store.down = False
        await until(lambda: running.runtime.writer.durable)
        await running.is_in(second.order, "accepted")

        assert while_away is None


async def test_a_successor_is_noticed_without_any_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing happens here any more; another process has the journal: this one ends by itself."""
    monkeypatch.setattr("bridge.runtime.TENURE_EVERY_S", 0.05)
    store = Switch(Disk())
    async with bridge(tmp_path, store=store, made=Scripted) as running:
        store.disk.epoch += 1
        await asyncio.wait_for(running.runtime.ended.wait(), 10)

        assert Exit.FENCED is running.runtime.exit_code
    said = capsys.readouterr().out
    assert "Only one bridge may write a journal. Stop the other one" in said


def test_a_reply_that_waited_is_an_old_word() -> None:
    """The store's word counts from when it was asked for: its reply may have waited for long."""
    now_ns = [0]
    store, loop = MemoryStore(Disk()), asyncio.new_event_loop()
    thread = StoreThread(loop)
    kept = tenure.Tenure(
        store, thread, 1, failed=lambda error: None, monotonic_ns=lambda: now_ns[0]
    )
    asked_ns = kept.now_ns()
    now_ns[0] = 60_000_000_000  # the process stood still while the reply was on its way
    kept.heard(asked_ns)
    thread.stop()
    loop.close()

    assert not kept.fresh()
