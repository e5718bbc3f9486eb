"""Our clock against others: steps of it, what the venues and time servers say, and what follows."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.port import Heartbeat
from bridge import runtime as rt
from bridge.clock import STEP_NS, Clock
from bridge.outlook import Outlook
from bridge.timekeeper import DOUBT_NS, Timekeeper
from core.answers import SignalAnswer
from core.store.memory import Disk
from tests.unit.bridge.parts import Bridge, Switch, bridge, until

SECOND_NS = 1_000_000_000
HOUR_NS = 3600 * SECOND_NS
START_NS = 1_700_000_000 * SECOND_NS


class Machine:
    """A machine with two clocks, of which people set one."""

    def __init__(self) -> None:
        self.wall_ns, self.mono_ns = START_NS, 5 * SECOND_NS

    def passes(self, ns: int) -> None:
        """Let time pass on both."""
        self.wall_ns += ns
        self.mono_ns += ns

    def clock(self) -> tuple[Clock, list[tuple[int, int, bool]]]:
        """Make a clock, and the list of steps that it sees."""
        clock = Clock(lambda: self.wall_ns, lambda: self.mono_ns)
        seen: list[tuple[int, int, bool]] = []
        clock.stepped = lambda now, step_ns, back: seen.append((now, step_ns, back))
        return clock, seen


@pytest.mark.parametrize("step_ns", [HOUR_NS, STEP_NS + 1])
def test_a_step_forward_is_seen_once_and_followed(step_ns: int) -> None:
    """The time is the new one, and whoever listens knows by how much."""
    machine = Machine()
    clock, seen = machine.clock()
    clock.now()
    machine.wall_ns += step_ns

    assert [START_NS + step_ns] * 2 == [clock.now(), clock.now()]
    assert [(START_NS + step_ns, step_ns, False)] == seen


@pytest.mark.parametrize("step_ns", [HOUR_NS, STEP_NS + 1])
def test_a_step_back_is_seen_once_and_not_followed(step_ns: int) -> None:
    """The time stands still until it is passed; it is told once for as long as that lasts."""
    machine = Machine()
    clock, seen = machine.clock()
    clock.now()
    machine.wall_ns -= step_ns
    assert [START_NS] * 2 == [clock.now(), clock.now()]
    machine.passes(step_ns - 1)
    assert START_NS == clock.now()
    machine.passes(2)

    assert START_NS + 1 == clock.now()
    assert [(START_NS, -step_ns, True)] == seen


def test_a_step_back_that_is_seen_late_is_one_too() -> None:
    """A second and a half back, looked at a second later: the wall clock is behind, so it went."""
    machine = Machine()
    clock, seen = machine.clock()
    clock.now()
    machine.passes(SECOND_NS)
    machine.wall_ns -= SECOND_NS * 3 // 2
    clock.now()

    assert [True] == [back for _, _, back in seen]


@pytest.mark.parametrize("step_ns", [STEP_NS, -STEP_NS])
def test_the_work_of_a_time_server_is_no_step(step_ns: int) -> None:
    """A second at once is let pass."""
    machine = Machine()
    clock, seen = machine.clock()
    clock.now()
    machine.wall_ns += step_ns
    clock.now()

    assert [] == seen


def test_a_machine_that_slept_did_not_go_back() -> None:
    """Its other clock went on and the wall clock did not: a doubt, and no latch."""
    machine = Machine()
    clock, seen = machine.clock()
    clock.now()
    machine.mono_ns += HOUR_NS
    machine.wall_ns += 1
    clock.now()

    assert [False] == [back for _, _, back in seen]


def test_drift_is_no_step() -> None:
    """500 millionths fast for a day, and two seconds in a day: never told."""
    machine = Machine()
    clock, seen = machine.clock()
    for _ in range(24 * 3600 // 60):
        machine.passes(60 * SECOND_NS)
        machine.wall_ns += 30_000_000
        clock.now()

    assert [] == seen


def test_a_process_that_was_stopped_between_two_looks_sees_no_step() -> None:
    """The clocks could not be read together: they are compared the next time."""
    machine = Machine()
    stops = [0]

    def mono() -> int:
        machine.passes(stops[0])
        return machine.mono_ns

    clock = Clock(lambda: machine.wall_ns, mono)
    seen: list[Any] = []
    clock.stepped = lambda *step: seen.append(step)
    clock.now()
    stops[0] = HOUR_NS
    clock.now()
    stops[0] = 0
    clock.now()

    assert [] == seen


@given(st.lists(st.tuples(st.integers(-2 * HOUR_NS, 2 * HOUR_NS), st.integers(0, HOUR_NS))))
def test_the_time_never_falls(steps: list[tuple[int, int]]) -> None:
    """Whatever is done to the wall clock."""
    machine = Machine()
    clock, _ = machine.clock()
    before = clock.now()
    for step_ns, passes_ns in steps:
        machine.wall_ns += step_ns
        machine.passes(passes_ns)
        now = clock.now()
        assert now >= before
        before = now


# --- what others say of it


def keeper(machine: Machine) -> tuple[Timekeeper, Outlook, Clock]:
    """Make a timekeeper without servers."""
    clock = Clock(lambda: machine.wall_ns, lambda: machine.mono_ns)
    outlook = Outlook({})
    return Timekeeper(clock, outlook, (), SECOND_NS), outlook, clock


async def test_the_quickest_message_of_a_minute_counts() -> None:
    """Slow ones look as if our clock were ahead; after a minute the quickest is forgotten."""
    machine = Machine()
    timekeeper, outlook, _ = keeper(machine)
    said: list[int] = []
    for delay_ms in (900, 30, 2500, 400):
        timekeeper.hear("one", machine.wall_ns - delay_ms * 10**6)
        said.append(outlook.clocks["one"].ahead_ns // 10**6)
        machine.passes(SECOND_NS)
    machine.passes(58 * SECOND_NS)
    timekeeper.hear("one", machine.wall_ns - 700 * 10**6)

    assert [900, 30, 30, 30] == said
    assert 400 == outlook.clocks["one"].ahead_ns // 10**6


async def test_figures_prove_only_that_we_are_behind() -> None:
    """Those of yesterday say nothing of our clock; those of tomorrow do."""
    machine = Machine()
    timekeeper, outlook, _ = keeper(machine)
    timekeeper.hear_mark("one", machine.wall_ns - 24 * HOUR_NS)
    assert {} == dict(outlook.clocks)
    timekeeper.hear_mark("one", machine.wall_ns + HOUR_NS)

    assert -HOUR_NS == outlook.clocks["one"].ahead_ns


async def test_a_step_is_doubted_until_a_source_agrees() -> None:
    """What was measured before is gone; a source that disagrees does not end the doubt."""
    machine = Machine()
    timekeeper, outlook, clock = keeper(machine)
    timekeeper.hear("one", machine.wall_ns)
    machine.wall_ns += HOUR_NS
    now = clock.now()
    assert ({}, now + DOUBT_NS) == (dict(outlook.clocks), outlook.view(durable=True).clock_until_ns)
    timekeeper.hear("one", machine.wall_ns - HOUR_NS)
    assert now + DOUBT_NS == outlook.view(durable=False).clock_until_ns
    assert HOUR_NS == outlook.clocks["one"].ahead_ns
    timekeeper.hear("two", machine.wall_ns - 50)

    assert 0 == outlook.view(durable=True).clock_until_ns


# --- the whole bridge


class Wall:
    """The real clocks, of which one is set by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import time

        self.set_ns = 0
        real = time.time_ns
        clock = Clock(lambda: real() + self.set_ns)
        monkeypatch.setattr(rt, "Clock", lambda *_: clock)


@pytest.mark.parametrize("turns", range(4))
async def test_its_end_comes_in_the_very_moment_of_a_step(tmp_path: Path, turns: int) -> None:
    """The bridge stops while the clock is set: nothing takes the one for the other and goes on."""
    machine = Machine()
    timekeeper, _, clock = keeper(machine)
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        task = asyncio.create_task(timekeeper.keep(running.runtime.writer))
        await turn(10)
        machine.wall_ns += HOUR_NS
        clock.now()
        await turn(turns)
        task.cancel()
        await turn(10)

        assert task.cancelled()


async def turn(times: int) -> None:
    """Let everybody else have a turn."""
    for _ in range(times):
        await asyncio.sleep(0)


async def judged(running: Bridge) -> tuple[str, str]:
    """Ask for an entry, and return verdict and code."""
    answer = await running.send(running.signal())
    assert isinstance(answer, SignalAnswer)
    return answer.verdict, answer.code


async def test_an_hour_forward_pauses_entries_until_a_source_agrees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is latched: the venue's clock says that the new time is right, and they pass."""
    wall = Wall(monkeypatch)
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        wall.set_ns = HOUR_NS
        assert ("refused", "clock_off") == await judged(running)
        link, now = running.runtime.links["paper"], running.runtime.clock.now()
        link.take(Heartbeat("paper", now))
        await until(lambda: "clock_set" in running.codes())
        await until(lambda: running.runtime.outlook.quotes_at("paper")["BTCUSDT"].at_ns > now)
        await until(lambda: running.runtime.outlook.standings["paper"].mark.at_ns > now)

        assert ("admitted", "") == await judged(running)
        assert {} == running.state.halts


async def test_an_hour_back_halts_everything_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries stop at once, the halt is the bridge's own, and the clock set right ends nothing."""
    wall = Wall(monkeypatch)
    async with bridge(tmp_path, store=Switch(Disk())) as running:
        await running.is_in((await running.admitted(running.signal())).order, "filled")
        wall.set_ns = -HOUR_NS
        assert ("refused", "clock_off") == await judged(running)
        await until(lambda: "global" in running.state.halts)
        halt = running.state.halts["global"]
        assert ("bridge", True) == (halt.by, halt.reason.startswith("clock_stepped_back"))
        assert "clock_stepped_back" in running.codes()
        out = await running.send(running.exit())
        assert isinstance(out, SignalAnswer)
        assert "admitted" == out.verdict
        wall.set_ns = 0

        assert ("refused", "halted") == await judged(running)


async def test_a_start_before_the_journals_end_halts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock was set back while nobody looked: the journal has been in the future."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)):
        pass
    wall = Wall(monkeypatch)
    wall.set_ns = -HOUR_NS
    async with bridge(tmp_path, store=Switch(disk), ready=False) as running:
        await until(lambda: "global" in running.state.halts)

        assert "clock_stepped_back" in running.codes()
