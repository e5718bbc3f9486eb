"""Ends that a store forces: each with its own exit code, and a next start that knows why."""

from __future__ import annotations

import asyncio
import shutil
import threading
from pathlib import Path

import pytest

from bridge.exits import Exit
from core.answers import Answer, Busy, SignalAnswer
from core.store.emergency import EmergencyFile
from core.store.memory import Disk, Fault
from core.store.port import Append, StoreFailure
from tests.unit.bridge.parts import Bridge, Switch, bridge, configured, on_disk, recorded, until


async def ended(running: Bridge) -> Exit:
    """Wait until the bridge wants to end; return how."""
    await asyncio.wait_for(running.runtime.ended.wait(), 10)
    return running.runtime.exit_code


async def test_a_fenced_writer_ends(tmp_path: Path) -> None:
    """Another writer took over: 503 for whoever waits, nothing is sent, the process ends with 5."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        running.store.fail_next(Fault.FENCED)
        answer = await running.send(running.signal())
        code = await ended(running)
        later = await running.send(running.signal())

        assert Exit.FENCED is code
        assert [Busy(code="store_unavailable")] * 2 == [answer, later]
        assert {} == running.state.orders


@pytest.mark.parametrize("fault", [Fault.SYNC_FAILED_WRITTEN, Fault.SYNC_FAILED_LOST])
async def test_a_failed_sync_ends_with_one_last_cancel(tmp_path: Path, fault: Fault) -> None:
    """Working entries are cancelled at the venue, unrecorded; exits stay; the process ends with
    4."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        resting = await running.admitted(running.limit())
        await running.is_in(resting.order, "accepted")
        running.store.fail_next(fault)
        answer = await running.send(running.signal())
        code = await ended(running)
        found = await running.at_venue(resting.order)

        assert (Busy(code="store_unavailable"), Exit.STORE) == (answer, code)
        assert "cancelled" == found.event


async def test_two_writers_leave_the_newer_one(tmp_path: Path) -> None:
    """The one that started last goes on, whatever the other one wrote meanwhile; the other ends."""
    disk = Disk()
    async with bridge(tmp_path / "one", store=Switch(disk)) as first:
        await first.admitted(first.signal())
        journal = first.config.store.journal
        _named(tmp_path / "two", journal)
        async with bridge(tmp_path / "two", store=Switch(disk)) as second:
            late = await first.send(first.signal())
            code = await ended(first)
            order = await second.admitted(second.signal())
            await second.is_in(order.order, "filled")

            assert (Busy(code="store_unavailable"), Exit.FENCED) == (late, code)
            assert not second.runtime.ended.is_set()
    assert recorded(disk)


def _named(folder: Path, journal: str) -> None:
    config = configured(folder)
    text = config.path.read_text(encoding="utf-8")
    config.path.write_text(text.replace(config.store.journal, journal), encoding="utf-8")


async def test_a_start_takes_what_the_one_before_wrote_last(tmp_path: Path) -> None:
    """Records that come between reading and taking the lease are read too: nobody is fenced."""
    disk = Disk()
    async with bridge(tmp_path / "one", store=Switch(disk)) as first:
        _named(tmp_path / "two", first.config.store.journal)

        class Late(Switch):
            def lease(self, owner: str) -> int:
                future = asyncio.run_coroutine_threadsafe(first.send(first.signal()), loop)
                assert isinstance(future.result(10), SignalAnswer)
                return super().lease(owner)

        loop = asyncio.get_running_loop()
        async with bridge(tmp_path / "two", store=Late(disk)) as second:
            assert 1 == len(second.state.signals)
            await second.admitted(second.signal())


async def test_a_journal_that_went_back_starts_raised(tmp_path: Path) -> None:
    """An older copy of the file: the bridge starts halted, says why, and stays so at the next."""
    async with bridge(tmp_path) as running:
        await running.admitted(running.signal())
    data = tmp_path / "data"
    shutil.copy(data / "journal.db", tmp_path / "older.db")
    async with bridge(tmp_path) as running:
        await running.admitted(running.signal())
    for rest in data.glob("journal.db*"):
        rest.unlink()
    shutil.copy(tmp_path / "older.db", data / "journal.db")

    async with bridge(tmp_path) as running:
        refused = await running.send(running.signal())
        assert "store_went_back" == running.state.halts["global"].reason
        assert "store_went_back" in running.codes()
        assert isinstance(refused, SignalAnswer)
        assert ("refused", "halted") == (refused.verdict, refused.code)
    async with bridge(tmp_path) as running:
        assert "store_went_back" == running.state.halts["global"].reason


async def test_an_empty_store_is_no_fresh_start(tmp_path: Path) -> None:
    """The journal's file is gone and the mark knows it: halted."""
    async with bridge(tmp_path) as running:
        await running.admitted(running.signal())
    for file in (tmp_path / "data").glob("journal.db*"):
        file.unlink()

    async with bridge(tmp_path) as running:
        assert "store_empty" == running.state.halts["global"].reason


async def test_a_crash_right_after_the_start_keeps_the_halt(tmp_path: Path) -> None:
    """The mark is moved only after the halt is durable: a crash between them forgets nothing."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        await running.admitted(running.signal())
    disk.roll_back(5)
    broken = Switch(disk)
    broken.fail_next(Fault.FENCED)
    async with bridge(tmp_path, store=broken, ready=False) as running:
        assert Exit.FENCED is await ended(running)

    async with bridge(tmp_path, store=Switch(disk)) as running:
        assert "store_went_back" == running.state.halts["global"].reason


async def test_another_journal_is_not_taken_for_ours(tmp_path: Path) -> None:
    """The mark is of another journal than the configuration names now: halted."""
    async with bridge(tmp_path) as running:
        await running.admitted(running.signal())
    for file in (tmp_path / "data").glob("journal.db*"):
        file.unlink()
    config = configured(tmp_path)
    text = config.path.read_text(encoding="utf-8")
    config.path.write_text(text.replace(config.store.journal, "another"), encoding="utf-8")

    async with bridge(tmp_path) as running:
        assert "store_other" == running.state.halts["global"].reason


async def test_a_full_store_lets_exits_out(tmp_path: Path) -> None:
    """No page is left in the file: entries come again, exits are written down, then all is paid."""
    async with bridge(tmp_path) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        await _pages(running, 1)
        answers = [await running.send(running.signal()) for _ in range(40)]
        leaving = await running.admitted(running.exit())
        await running.is_in(leaving.order, "filled")
        await _pages(running, 1_000_000)
        await until(lambda: running.runtime.writer.durable)
        later = await running.admitted(running.signal())

    assert Busy(code="store_unavailable") == answers[-1]
    state = on_disk(running.config)
    assert {leaving.order, later.order} <= set(state.orders)
    assert {entry.order, leaving.order, later.order} | set(_admitted(answers)) == set(state.orders)


async def _pages(running: Bridge, most: int) -> None:
    """Let the file have so many pages at most; fewer than it has means: as many as it has."""
    store = running.runtime.opened.store
    await running.runtime.thread.call(
        lambda: store._file.rows(f"PRAGMA max_page_count={most}")  # pyright: ignore[reportAttributeAccessIssue]
    )


def _admitted(answers: list[Answer]) -> list[str]:
    return [answer.orders[0] for answer in answers if isinstance(answer, SignalAnswer)]


async def test_without_the_reserve_nothing_new_comes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that has no room for exits takes no entries; when it has, they pass by themselves."""
    room = [False]
    monkeypatch.setattr(EmergencyFile, "prepare", lambda _self: room[0])
    async with bridge(tmp_path) as running:
        first = await running.send(running.signal())
        room[0] = True
        await until(lambda: running.runtime.writer.roomy)
        then = await running.admitted(running.signal())

        assert Busy(code="store_unavailable") == first
        assert await running.is_in(then.order, "filled")
        assert "store_back" in running.codes()


async def test_a_defect_of_the_store_ends_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that no store declares: nothing is known of the append, so the process ends."""

    class Broken(Switch):
        def append(self, append: Append) -> None:
            if self.lose_replies:
                raise KeyError("a defect")
            super().append(append)

    told: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    async with bridge(tmp_path, store=Broken(Disk())) as running:
        running.store.lose_replies = True
        answer = await running.send(running.signal())
        code = await ended(running)
        running.runtime.thread.stop()
        await running.venue.close()  # nobody stops a bridge whose writer is gone

    assert (Busy(code="store_unavailable"), Exit.FAILED) == (answer, code)
    assert [KeyError] == [one.exc_type for one in told]


async def test_a_store_that_cannot_be_opened_leaves_nothing_behind(tmp_path: Path) -> None:
    """The start fails with the store's own words, and no thread goes on."""
    configured(tmp_path)
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "journal.db").write_bytes(b"this is no database" * 100)

    with pytest.raises(StoreFailure) as raised:
        async with bridge(tmp_path):
            raise AssertionError("it must not start")

    assert raised.value.code in ("store_corrupt", "store_foreign")
