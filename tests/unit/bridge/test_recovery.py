"""Boot is recovery: what a crash left open is asked for, and nothing is sent under a second id."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.port import LinkChanged, Trouble, TroubleKind
from core import records as r
from core.answers import SignalAnswer
from core.orders import Order, OrderEvent, OrderState
from core.store.memory import Disk
from tests.faults import Fault
from tests.unit.bridge.parts import Bridge, Switch, bridge, recorded, until
from tests.unit.bridge.venues import Listing, Scripted, report, shown

EDITS = Callable[[str], str]


async def left_behind(folder: Path, disk: Disk, fault: Fault) -> Order:
    """Admit an entry whose submit has no outcome, and crash at once."""
    async with bridge(folder, store=Switch(disk)) as running:
        running.venue.script(fault)
        order = await running.admitted(running.signal())
        await running.crash()
    return order


def orders_at(running: Bridge) -> Any:
    """Ask the venue's own file how many orders it ever made."""
    ledger = sqlite3.connect(running.config.data / "paper-paper.sqlite")
    try:
        return ledger.execute("SELECT count(*) FROM orders").fetchone()[0]
    finally:
        ledger.close()


@pytest.mark.parametrize("fault", [Fault.LOSE_REPLY, Fault.LOSE_ALL])
async def test_an_order_that_arrived_is_adopted(tmp_path: Path, fault: Fault) -> None:
    """It is found by its id, with its fills; the venue has it once."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        running.venue.script(fault)
        order = await running.admitted(running.signal())
        await until(lambda: orders_at(running) == 1)
        await running.crash()

    async with bridge(tmp_path, store=Switch(disk)) as running:
        found = await running.is_in(order.order, "filled")
        assert found.average_price is not None
        assert 1 == orders_at(running)
        assert 1 == len(running.state.fills)


async def test_an_order_that_did_not_arrive_goes_once_more(tmp_path: Path) -> None:
    """It is young, and the venue keeps ids for ever: the same id again, one order there."""
    disk = Disk()
    order = await left_behind(tmp_path, disk, Fault.LOSE_REQUEST)

    async with bridge(tmp_path, store=Switch(disk)) as running:
        await running.is_in(order.order, "filled")
        assert 1 == orders_at(running)
        assert [order.order] == list(running.state.orders)


async def test_an_old_one_that_did_not_arrive_is_not_placed(tmp_path: Path) -> None:
    """Its time to live is over: the venue's books prove that it is not there, and that is its
    end."""
    disk = Disk()
    short = "order_life_s = 1"
    async with bridge(tmp_path, store=Switch(disk), edit=_with_life(short)) as running:
        running.venue.script(Fault.LOSE_REQUEST)
        order = await running.admitted(running.signal())
        await running.crash()
    await until(lambda: running.runtime.clock.now() > order.expires_ns)

    async with bridge(tmp_path, store=Switch(disk)) as running:
        await running.is_in(order.order, "not_placed")
        assert 0 == orders_at(running)


async def test_a_halt_keeps_it_from_going(tmp_path: Path) -> None:
    """The bridge was raised before the crash: what had not arrived is not sent after it."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        running.venue.script(Fault.LOSE_REQUEST, times=50)
        order = await running.admitted(running.signal())
        await running.runtime.halt("global", by="test", reason="stop")
        await running.crash()

    async with bridge(tmp_path, store=Switch(disk)) as running:
        await until(lambda: running.order(order.order).state is not OrderState.INTENDED)
        assert running.order(order.order).state in (OrderState.NOT_PLACED, OrderState.CANCELLED)
        assert 0 == orders_at(running)


async def test_what_was_held_is_judged_when_the_account_is_back(tmp_path: Path) -> None:
    """An alert during recovery is held, survives a crash, and goes out after the comparison."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        running.venue.drop_link()
        answer = await running.send(running.signal())
        assert isinstance(answer, SignalAnswer)
        await running.crash()

    async with bridge(tmp_path, store=Switch(disk)) as running:
        await running.is_in(answer.orders[0], "filled")
        assert ("held", 1) == (answer.verdict, orders_at(running))


async def test_what_the_store_forgot_to_be_sent_is_asked_for(tmp_path: Path) -> None:
    """By an old copy of the journal an exit is held; its venue has filled it: it goes no more."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        await running.is_in((await running.admitted(running.signal())).order, "filled")
        running.venue.drop_link()
        answer = await running.send(running.exit())
        assert isinstance(answer, SignalAnswer)
        [order], number = answer.orders, running.runtime.writer.head.number
        await running.is_in(order, "filled")
        await running.crash()
    disk.roll_back(number)

    async with bridge(tmp_path, store=Switch(disk), ready=False) as running:
        assert OrderState.HELD is running.order(order).state
        await running.is_in(order, "filled")
        assert "order_live_while_held" in running.codes()


async def test_an_order_of_ours_that_the_journal_does_not_know_halts(tmp_path: Path) -> None:
    """The journal was restored from a backup, the venue was not: entries stop, and say why."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        before = running.runtime.writer.head.number
        order = await running.admitted(running.limit())
        await running.is_in(order.order, "accepted")
    disk.roll_back(before)
    disk.snapshots.clear()
    (tmp_path / "data" / "journal.mark").unlink()

    async with bridge(tmp_path, store=Switch(disk)) as running:
        halt = running.state.halts["account:paper"]
        refused = await running.send(running.signal())

        assert order.order in halt.reason
        assert "old_backup_or_second_bridge" in running.codes()
        assert isinstance(refused, SignalAnswer)
        assert "halted" == refused.code


async def test_a_position_that_differs_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The venue holds what the journal does not know of: an alarm with both quantities, not
    more."""
    monkeypatch.setattr("bridge.recovery.REVIEW_EVERY_S", 0.02)
    monkeypatch.setattr("bridge.recovery.COMPARE_FIRST_S", ())
    monkeypatch.setattr("bridge.recovery.COMPARE_EVERY_S", 0.02)
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        before = running.runtime.writer.head.number
        order = await running.admitted(running.signal())
        await running.is_in(order.order, "filled")
    disk.roll_back(before)
    disk.snapshots.clear()
    (tmp_path / "data" / "journal.mark").unlink()

    async with bridge(tmp_path, store=Switch(disk)) as running:
        pictures: list[int] = []
        real = running.venue.snapshot

        async def snapshot(since_ns: int) -> Any:
            pictures.append(1)
            return await real(since_ns)

        running.venue.snapshot = snapshot
        await until(lambda: len(pictures) > 20)
        told = [a for a in running.state.alarms.values() if a.code == "position_differs"]

        assert [("0.001", "0")] == [(alarm.value, alarm.limit) for alarm in told]
        assert "BTCUSDT" in told[0].where


async def test_an_unknown_outcome_blocks_entries_until_it_is_known(tmp_path: Path) -> None:
    """The reply is lost: the order counts as live, entries wait, and the look-up settles it."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        running.venue.script(Fault.LOSE_ALL)
        order = await running.admitted(running.limit())
        await running.is_in(order.order, "unknown", "accepted")
        await running.is_in(order.order, "accepted")
        assert 1 == orders_at(running)

    states = [one.to for one in recorded(running.store.disk) if isinstance(one, r.OrderChanged)]
    assert [OrderState.UNKNOWN, OrderState.ACCEPTED] == states[:2]


async def test_a_link_that_breaks_is_recovered(tmp_path: Path) -> None:
    """What was filled while the link was down is found when it is back, each fill once."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        running.venue.script(Fault.DROP_LINK)
        order = await running.admitted(running.signal())
        await until(lambda: "paper" in running.state.accounts and running.runtime.ready)
        await running.is_in(order.order, "filled")
        assert 1 == orders_at(running)
        assert 1 == len(running.state.fills)


async def test_a_link_that_breaks_while_it_recovers_is_not_taken_for_whole(tmp_path: Path) -> None:
    """The link falls between snapshot and comparison: entries stay held until it is whole."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        real, drops = running.venue.snapshot, [3]

        async def snapshot(since_ns: int) -> Any:
            picture = await real(since_ns)
            if drops[0]:
                drops[0] -= 1
                running.venue.drop_link("again")
            return picture

        running.venue.snapshot = snapshot
        running.venue.drop_link()
        seen: list[tuple[bool, bool]] = []
        while drops[0]:
            row = await running.runtime.writer.read(lambda state: state.accounts["paper"])
            seen.append((row.recovered, running.runtime.ready))
        await until(lambda: running.runtime.ready)
        order = await running.admitted(running.signal())

        assert {(False, False)} == set(seen[1:])
        assert await running.is_in(order.order, "filled")


async def test_a_link_that_is_up_again_is_compared_once_more_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The picture of its recovery may be older than the connection: another one follows at once,
    and then the usual wait."""
    monkeypatch.setattr("bridge.recovery.REVIEW_EVERY_S", 0.02)
    monkeypatch.setattr("bridge.recovery.COMPARE_FIRST_S", (0.02, 0.04))
    pictures: list[int] = []

    class Watched(Scripted):
        async def snapshot(self, since_ns: int) -> Any:
            pictures.append(since_ns)
            return await super().snapshot(since_ns)

    async with bridge(tmp_path, store=Switch(Disk()), made=Watched) as running:
        await until(lambda: running.runtime.ready)
        await until(lambda: len(pictures) >= 3)

        assert 3 == len(pictures)  # the next one is half a minute away


async def test_an_account_of_which_no_picture_comes_takes_no_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its stream lives and its orders are taken, and yet nobody compares: a person is called, and
    entries are held until a picture comes again."""
    monkeypatch.setattr("bridge.recovery.REVIEW_EVERY_S", 0.02)
    monkeypatch.setattr("bridge.recovery.COMPARE_FIRST_S", ())
    monkeypatch.setattr("bridge.recovery.COMPARE_EVERY_S", 0.02)
    monkeypatch.setattr("bridge.recovery.UNSEEN_MAX_S", 0.2)
    shows = [True]

    class Blind(Scripted):
        async def snapshot(self, since_ns: int) -> Any:
            if shows[0]:
                return await super().snapshot(since_ns)
            return Trouble(TroubleKind.UNKNOWN, "scripted", "no answer")

    async with bridge(tmp_path, store=Switch(Disk()), made=Blind) as running:
        shows[0] = False
        await until(lambda: "account_unseen" in running.codes())
        held = await running.send(running.signal())
        assert isinstance(held, SignalAnswer)
        assert ("held", False) == (held.verdict, running.runtime.ready)
        shows[0] = True
        await until(lambda: running.runtime.ready)
        await until(lambda: running.venue.sent == list(held.orders))


@pytest.mark.parametrize("made", [Scripted, Listing])
async def test_a_fill_that_was_missed_before_an_end_is_asked_for(
    tmp_path: Path, made: type[Scripted]
) -> None:
    """The link falls, a fill goes by, and the end is told by the next one: where pictures list no
    fills, only the order's own look-up tells of it."""
    async with bridge(tmp_path, store=Switch(Disk()), made=made) as running:
        venue, clock = running.venue, running.runtime.clock
        await until(lambda: running.runtime.ready)
        order = await running.admitted(running.limit())
        venue.books[order.order] = shown(order)
        venue.tell(report(clock, order, OrderEvent.ACCEPTED))
        await running.is_in(order.order, "accepted")
        venue.tell(report(clock, order, OrderEvent.CANCELLED))
        await running.is_in(order.order, "cancelled")
        venue.lookups.clear()
        venue.tell(LinkChanged("paper", up=False, reason="cut"))
        await until(lambda: not running.runtime.ready)
        await until(lambda: running.runtime.ready)

        assert ([] if made is Listing else [order.order]) == venue.lookups


def _with_life(line: str) -> EDITS:
    def edit(text: str) -> str:
        return text.replace("order_life_s = 86_400", line)

    return edit
