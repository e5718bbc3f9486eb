"""Flatten in a running bridge: at a real venue, while raised, and while the store is away."""

from __future__ import annotations

from pathlib import Path

from core import commands as c
from core import records as r
from core.answers import Done
from core.store.memory import Disk
from tests.unit.bridge.parts import Bridge, Switch, bridge, recorded, until
from tests.unit.bridge.test_store_away import come_back, go_away

FLATTEN = c.Flatten(scope="account:paper", whose="ours", by="anna", reason="storm")


async def flat_at_venue(running: Bridge) -> bool:
    """Say whether the venue itself has neither a position nor a working order."""
    shown = await running.venue.snapshot(0)
    return not shown.positions and not shown.orders


async def test_it_closes_at_the_venue(tmp_path: Path) -> None:
    """A position and a resting entry, while the bridge is raised: both are gone, and it says so."""
    async with bridge(tmp_path) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        resting = await running.admitted(running.limit())
        await running.is_in(resting.order, "accepted")
        await running.runtime.halt("global", by="anna", reason="storm")
        answer = await running.runtime.writer.ask(FLATTEN)
        await until(lambda: not running.state.flattens)

        assert isinstance(answer, Done) and answer.act
        assert await flat_at_venue(running)
        assert not [p for p in running.state.positions.values() if p.quantity]
        assert not running.codes()


async def test_it_works_while_the_store_is_away(tmp_path: Path) -> None:
    """As an exit does: sent and filled at once, and in the journal when the store is back."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk)) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        await go_away(running)
        await running.runtime.writer.ask(FLATTEN)
        await until(lambda: not running.state.flattens)
        assert await flat_at_venue(running)
        await come_back(running)
        await until(lambda: any(isinstance(one, r.FlattenEnded) for one in recorded(disk)))

    (asked,) = [one for one in recorded(disk) if isinstance(one, r.FlattenAsked)]
    (ended,) = [one for one in recorded(disk) if isinstance(one, r.FlattenEnded)]
    assert ("anna", "storm", "flat") == (asked.by, asked.reason, ended.outcome)
