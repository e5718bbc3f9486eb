"""Stops and legs that the paper venue keeps together, in the running bridge."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from core.ids import attached_id
from core.levels import Level, LevelUnit, Protection, Target
from core.orders import Order, Purpose
from core.store.memory import Disk
from tests.unit.bridge.parts import Bridge, Switch, bridge, until

D = Decimal


def kept(text: str) -> str:
    """Let the paper account keep a far stop for each entry."""
    return text.replace("[accounts.paper]\n", "[accounts.paper]\nattached_stop_percent = 5\n", 1)


def legs(running: Bridge) -> list[Order]:
    """Return the protective orders that are alive."""
    orders = [running.state.orders[name] for name in running.state.alive]
    return [order for order in orders if order.purpose is Purpose.LEG]


async def test_a_far_stop_outlives_a_crash_and_goes_with_its_position(tmp_path: Path) -> None:
    """The venue has it with the fill, the next process knows it, and an exit ends it."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk), edit=kept) as running:
        entry = await running.admitted(running.signal())
        await running.is_in(entry.order, "filled")
        stop = attached_id(entry.order)
        await until(lambda: stop in running.state.alive)
        await running.crash()
    async with bridge(tmp_path, store=Switch(disk), edit=kept) as running:
        assert {} == running.state.halts
        assert D("0.001") == running.order(stop).leaves
        assert await running.at_venue(stop) is not None
        exit_ = await running.admitted(running.exit())
        await running.is_in(exit_.order, "filled")
        await running.is_in(stop, "cancelled")

        assert [] == legs(running)
        assert "report_unmatched" not in running.codes()


async def test_legs_of_a_position_are_linked_at_the_venue(tmp_path: Path) -> None:
    """Stop and targets share a group, and the far stop stands beside them; a full exit ends all."""
    protection = Protection(
        stop=Level(value=D(2), unit=LevelUnit.PERCENT),
        targets=tuple(
            Target(level=Level(value=D(value), unit=LevelUnit.PERCENT)) for value in (3, 4)
        ),
    )
    async with bridge(tmp_path, store=Switch(Disk()), edit=kept) as running:
        entry = await running.admitted(running.signal(quantity=D("0.004"), protection=protection))
        await running.is_in(entry.order, "filled")
        await until(lambda: len(legs(running)) == 4, lambda: legs(running))
        await until(lambda: all(str(leg.state) == "accepted" for leg in legs(running)))
        linked = [leg for leg in legs(running) if leg.group]
        assert ([D("0.002"), D("0.002"), D("0.004")], 1) == (
            sorted(leg.leaves for leg in linked),
            len({leg.group for leg in linked}),
        )
        exit_ = await running.admitted(running.exit())
        await running.is_in(exit_.order, "filled")
        await until(lambda: not legs(running), lambda: legs(running))

        assert {} == running.state.halts
        assert {} == running.state.plans
