"""The file that says when alerts could last be taken, and the alarm that follows from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge import runtime as rt
from bridge.alivefile import AliveFile
from bridge.clock import Clock
from core.store.memory import Disk
from tests.unit.bridge.parts import Bridge, Switch, bridge, until

SECOND_NS = 1_000_000_000


class Wall:
    """The real wall clock, ahead by what a test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead_ns = 0
        real = Clock()
        clock = Clock(lambda: real.now() + self.ahead_ns, lambda: real.now() + self.ahead_ns)
        monkeypatch.setattr(rt, "Clock", lambda *_: clock)


def downtimes(running: Bridge) -> list[str]:
    """Return what the downtime alarms say."""
    alarms = running.state.alarms.values()
    return [alarm.value for alarm in alarms if alarm.code == "downtime"]


@pytest.mark.parametrize("text", [b"", b"17x", b"-5", "١٢".encode(), b"9" * 33, b"1 2"])
def test_a_file_that_says_nothing_is_none(tmp_path: Path, text: bytes) -> None:
    """Torn, foreign or gone: the journal's last record counts instead."""
    assert 0 == AliveFile(tmp_path).read()
    (tmp_path / "alive").write_bytes(text)

    assert AliveFile(tmp_path).read() in (0, int("9" * 32))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """The newest time, and no second file beside it."""
    for at_ns in (5, 1_700_000_000_000_000_000):
        AliveFile(tmp_path).write(at_ns)

    assert 1_700_000_000_000_000_000 == AliveFile(tmp_path).read()
    assert ["alive"] == [path.name for path in tmp_path.iterdir()]


async def test_a_start_after_an_outage_tells_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next process knows since when nobody could take an alert."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        order = await running.admitted(running.limit())
        await running.is_in(order.order, "accepted")
        await until((running.config.data / "alive").exists)
    wall = Wall(monkeypatch)
    wall.ahead_ns = 60 * SECOND_NS
    async with bridge(tmp_path, store=Switch(disk), ready=False) as running:
        (value,) = downtimes(running)

        assert "the bridge was not running" in value


async def test_a_store_that_was_away_for_long_is_an_outage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alerts were answered with 503 meanwhile; when the store is back that is told once."""
    monkeypatch.setattr("bridge.alive.LOOK_EVERY_S", 0.02)
    wall, store = Wall(monkeypatch), Switch(Disk())
    async with bridge(tmp_path, store=store) as running:
        order = await running.admitted(running.limit())
        await running.is_in(order.order, "accepted")
        store.down = True
        await running.send(running.exit())
        await until(lambda: not running.runtime.writer.durable)
        wall.ahead_ns = 20 * SECOND_NS
        store.down = False
        await until(lambda: running.runtime.writer.durable)
        await until(lambda: bool(downtimes(running)))

        assert 1 == len(downtimes(running))
        assert "the store was away" in downtimes(running)[0]
