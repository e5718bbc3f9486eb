"""A link that breaks, hangs, misses something, or has to be left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core import records as r
from core.links import LinkState
from core.store.memory import Disk
from tests.faults import Fault
from tests.unit.bridge.parts import Bridge, Switch, bridge, recorded, until

SECOND_NS = 1_000_000_000


def edited(*lines: str) -> Callable[[str], str]:
    """Add lines to the account of the starter file."""

    def edit(text: str) -> str:
        head = "[accounts.paper]\n"
        assert 1 == text.count(head)
        return text.replace(head, head + "".join(f"{line}\n" for line in lines))

    return edit


def link(running: Bridge) -> LinkState:
    """Return the state of the link."""
    return running.state.accounts["paper"].link


def story(disk: Disk) -> list[str]:
    """Return every state that the link went through."""
    return [str(one.state) for one in recorded(disk) if isinstance(one, r.LinkChanged)]


async def test_a_start_goes_through_every_state(tmp_path: Path) -> None:
    """Connecting, then reconciling, then ready: each is in the journal."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        assert LinkState.READY is link(running)
        running.venue.drop_link("the cable")
        assert not running.runtime.ready
        await until(lambda: running.runtime.ready)
    states = story(disk)

    assert ["connecting", "reconciling"] == states[:2]
    assert ["down", "connecting", "reconciling"] == states[2:5]


async def test_a_half_open_link_is_hung_up_and_connected_anew(tmp_path: Path) -> None:
    """Nothing is heard, no call is answered, nobody hangs up: silence alone breaks the link."""
    disk = Disk()
    edit = edited("silence_max_s = 1.5")
    async with bridge(tmp_path, store=Switch(disk), edit=edit) as running:
        running.venue.half_open()
        await until(lambda: link(running) is not LinkState.READY)
        await until(lambda: running.runtime.ready)
        order = await running.admitted(running.signal())
        await running.is_in(order.order, "filled")
        assert ["link_silent"] == [code for code in running.codes() if code == "link_silent"]
    fell = [one for one in recorded(disk) if isinstance(one, r.LinkChanged) and one.code]

    assert [("link_silent", "down")] == [(one.code, one.state) for one in fell]


async def test_a_half_open_link_is_noticed_while_it_is_compared(tmp_path: Path) -> None:
    """The link hangs in the middle of a comparison: that call does not outlast it."""
    edit = edited("silence_max_s = 1.5")
    async with bridge(tmp_path, store=Switch(Disk()), edit=edit) as running:
        real, hung = running.venue.snapshot, asyncio.Event()

        async def snapshot(since_ns: int) -> Any:
            if not hung.is_set():
                hung.set()
                running.venue.half_open()
            return await real(since_ns)

        running.venue.snapshot = snapshot
        running.venue.drop_link()
        await hung.wait()
        await until(lambda: "link_silent" in running.codes())
        await until(lambda: running.runtime.ready)
        order = await running.admitted(running.limit())

        assert "accepted" == (await running.is_in(order.order, "accepted")).state


async def test_a_link_that_says_something_is_not_silent(tmp_path: Path) -> None:
    """The heartbeat alone keeps it up, for longer than silence may last."""
    disk = Disk()
    edit = edited("silence_max_s = 1.5")
    async with bridge(tmp_path, store=Switch(disk), edit=edit) as running:
        later_ns = running.runtime.clock.now() + 2 * SECOND_NS
        await until(lambda: running.runtime.clock.now() > later_ns)
        assert running.runtime.ready

    assert "down" not in story(disk)[:-1]


async def test_a_gap_means_a_new_picture_and_no_new_connection(tmp_path: Path) -> None:
    """What was missed shows in the comparison; the connection itself stays."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        order = await running.admitted(running.limit())
        await running.is_in(order.order, "accepted")
        asked: list[str] = []
        connect, lookup = running.venue.connect, running.venue.lookup

        async def connecting(sink: Any) -> Any:
            asked.append("connect")
            return await connect(sink)

        async def looking(order: Any, canary: Any = None) -> Any:
            asked.append(order.order)
            return await lookup(order, canary)

        running.venue.connect, running.venue.lookup = connecting, looking
        running.venue.miss()
        assert not running.runtime.ready
        await until(lambda: running.runtime.ready)
        assert [order.order] == asked
    told = [one for one in recorded(disk) if isinstance(one, r.LinkChanged) and one.code == "gap"]

    assert [("reconciling", True)] == [(one.state, one.up) for one in told]


@pytest.mark.parametrize("fault", [Fault.MAINTENANCE, Fault.THROTTLE, Fault.BAN])
async def test_a_venue_that_asks_for_time_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """One order meets it: the lane waits, what comes is held, and goes when the pause is over."""
    monkeypatch.setattr("bridge.lanes.PAUSE_ABOVE_NS", SECOND_NS)
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        until_ns = running.runtime.clock.now() + 2 * SECOND_NS
        running.venue.script(fault, until_ns=until_ns)
        first = await running.admitted(running.signal())
        await until(lambda: link(running) is LinkState.PAUSED)
        assert until_ns == running.state.accounts["paper"].link_until_ns
        answer: Any = await running.send(running.signal())
        expected = {Fault.MAINTENANCE: "maintenance", Fault.THROTTLE: "throttled"}.get(
            fault, "banned"
        )
        assert ("held", expected) == (answer.verdict, answer.code)
        asked: list[str] = []
        submit = running.venue.submit

        async def submitting(order: Any) -> Any:
            asked.append(order.order)
            assert running.runtime.clock.now() >= until_ns
            return await submit(order)

        running.venue.submit = submitting
        await running.is_in(first.order, "filled")
        await running.is_in(answer.orders[0], "filled")
        assert [first.order, answer.orders[0]] == asked
        assert "link_paused" in running.codes()


async def test_an_exit_in_a_ban_waits_and_is_the_first_to_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is held, and that is said; nothing knocks before the ban ends, and what was asked for
    before it stands behind it."""
    monkeypatch.setattr("bridge.lanes.PAUSE_ABOVE_NS", SECOND_NS)
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        held = await running.admitted(running.signal())
        await running.is_in(held.order, "filled")
        until_ns = running.runtime.clock.now() + 2 * SECOND_NS
        running.venue.script(Fault.THROTTLE, until_ns=until_ns)
        entry = await running.admitted(running.limit())
        await until(lambda: link(running) is LinkState.PAUSED)
        asked: list[str] = []
        submit = running.venue.submit

        async def submitting(order: Any) -> Any:
            asked.append(order.order)
            assert running.runtime.clock.now() >= until_ns
            return await submit(order)

        running.venue.submit = submitting
        answer: Any = await running.send(running.exit())
        assert answer.verdict in {"admitted", "held"}
        assert "link_paused" in running.codes()
        await running.is_in(answer.orders[0], "filled")
        await running.is_in(entry.order, "accepted")

        assert [answer.orders[0], entry.order] == asked


async def test_a_short_throttle_pauses_nothing(tmp_path: Path) -> None:
    """A second is the one order's own wait; the account goes on."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        until_ns = running.runtime.clock.now() + SECOND_NS // 2
        running.venue.script(Fault.THROTTLE, until_ns=until_ns)
        first = await running.admitted(running.signal())
        second = await running.admitted(running.signal())
        await running.is_in(second.order, "filled")
        await running.is_in(first.order, "filled")

    assert "paused" not in story(disk)


async def test_an_entry_that_waits_in_a_paused_lane_expires(tmp_path: Path) -> None:
    """Its time to live is over before the pause: it ends, and nothing of it leaves."""

    def edit(text: str) -> str:
        return text.replace("order_life_s = 86_400", "order_life_s = 1")

    async with bridge(tmp_path, store=Switch(Disk()), edit=edit) as running:
        until_ns = running.runtime.clock.now() + 600 * SECOND_NS
        running.venue.script(Fault.MAINTENANCE, until_ns=until_ns)
        order = await running.admitted(running.signal())
        expired = await running.is_in(order.order, "expired")

        assert "not_sent_in_time" == expired.reason
        assert LinkState.PAUSED is link(running)


async def test_a_ban_outlasts_a_restart(tmp_path: Path) -> None:
    """The next process knows the end of the pause, and does not knock before it."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        now = running.runtime.clock.now()
        running.venue.script(Fault.MAINTENANCE, until_ns=now + 2 * SECOND_NS)
        await running.admitted(running.signal())
        await until(lambda: link(running) is LinkState.PAUSED)
        await running.crash()

    async with bridge(tmp_path, store=Switch(disk), ready=False) as running:
        assert LinkState.PAUSED is link(running)
        await until(lambda: running.runtime.ready)
        assert running.runtime.clock.now() >= now + 2 * SECOND_NS


async def test_maintenance_met_while_connecting_is_a_pause(tmp_path: Path) -> None:
    """The venue is closed when the link comes back: it is asked again when it said."""
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        until_ns = running.runtime.clock.now() + 2 * SECOND_NS
        running.venue.script(Fault.MAINTENANCE, call="connect", until_ns=until_ns)
        running.venue.drop_link()
        await until(lambda: link(running) is LinkState.PAUSED)
        await until(lambda: running.runtime.ready)

        assert running.runtime.clock.now() >= until_ns
