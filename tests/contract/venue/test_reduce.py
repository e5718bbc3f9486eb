"""Cards: reduce-only orders."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.orders import OrderEvent, OrderType, Purpose, Side
from tests.contract.venue.benches import Bench, order
from tests.contract.venue.cards import card

D = Decimal
EXIT = {"purpose": Purpose.EXIT}
LEG = {"purpose": Purpose.LEG, "order_type": OrderType.STOP}


@pytest.fixture
def bench(any_bench: Bench) -> Bench:
    """Let the simulated exchange answer these cards too."""
    return any_bench


@card(20)
async def test_reduce_only_never_opens(bench: Bench) -> None:
    """Without a position on its side it trades nothing and does not stay, either side."""
    for name, side in (("a", Side.SELL), ("b", Side.BUY)):
        asked = bench.venue.submit(order(name, side, **EXIT))
        assert await bench.refused(asked, name, OrderEvent.CANCELLED)
    await bench.barrier()

    assert {} == bench.fills()
    assert D(0) == await bench.position()
    assert () == (await bench.snapshot()).orders


@card(21)
async def test_reduce_only_is_cut_to_the_position(bench: Bench) -> None:
    """An exit that is too large closes what is there; the rest of it is over, with a reason."""
    await bench.filled(order("in", quantity="1.5"))
    assert await bench.venue.submit(order("out", Side.SELL, "4", **EXIT)) is None
    ended = await bench.over("out")

    assert ended.reason or ended.event is OrderEvent.EXPIRED  # a word that says why by itself
    assert D("1.5") == bench.filled_quantity("out")
    assert D(0) == await bench.position()


@card(22)
async def test_two_exits_never_turn_a_position(bench: Bench) -> None:
    """Of two full exits in one breath one closes and the other finds nothing."""
    await bench.filled(order("in"))
    assert await bench.venue.submit(order("out1", Side.SELL, **EXIT)) is None
    second = bench.venue.submit(order("out2", Side.SELL, **EXIT))
    assert await bench.refused(second, "out2", OrderEvent.CANCELLED)
    await bench.told("out1", OrderEvent.FILL)

    assert D(0) == await bench.position()


@card(23)
async def test_a_leg_goes_when_its_position_goes(bench: Bench) -> None:
    """A resting reduce-only stop is cancelled by the venue as soon as its position is closed."""
    await bench.filled(order("in"))
    leg = order("leg", Side.SELL, trigger="1.0900", **LEG)
    assert await bench.venue.submit(leg) is None
    await bench.told("leg", OrderEvent.ACCEPTED)
    await bench.filled(order("out", Side.SELL, **EXIT))
    if not bench.idle_legs:
        await bench.told("leg", OrderEvent.CANCELLED)
    bench.quote("1.0800", "1.0802")
    await bench.barrier()

    assert D(0) == await bench.position()


@card(24)
async def test_a_leg_on_the_losing_side_of_a_turn_goes_too(bench: Bench) -> None:
    """When an entry turns the position, the old side's legs are over and never add to the new."""
    await bench.filled(order("in"))
    leg = order("leg", Side.SELL, trigger="1.0900", **LEG)
    assert await bench.venue.submit(leg) is None
    await bench.filled(order("turn", Side.SELL, "3"))
    if not bench.idle_legs:
        await bench.told("leg", OrderEvent.CANCELLED)
    bench.quote("1.0800", "1.0802")
    await bench.barrier()

    assert D(-2) == await bench.position()


@card(39)
async def test_an_exit_of_an_opposed_share_is_not_cut(bench: Bench) -> None:
    """What closes one strategy's share while another holds the other side turns the net: the venue
    is not told that it only reduces."""
    await bench.filled(order("in"))
    await bench.filled(order("out", Side.SELL, "3", opposed=True, **EXIT))

    assert D(3) == bench.filled_quantity("out")
    assert D(-2) == await bench.position()
