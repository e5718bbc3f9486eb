"""Cards: legs that hang together, and the stop that an entry brings with it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.ids import attached_id
from core.orders import Order, OrderEvent, OrderType, Purpose, Side, Terms
from tests.contract.venue.benches import Bench, order
from tests.contract.venue.cards import card

D = Decimal
STOP = {"purpose": Purpose.LEG, "order_type": OrderType.STOP, "trigger": "1.0900"}
TARGET = {"purpose": Purpose.LEG, "order_type": OrderType.LIMIT, "price": "1.1100"}


@pytest.fixture
def bench(any_bench: Bench) -> Bench:
    """Let the simulated exchange answer these cards too."""
    return any_bench


async def work(bench: Bench, *orders: Order) -> None:
    """Send orders that are to rest."""
    for one in orders:
        assert await bench.venue.submit(one) is None
        await bench.told(one.order, OrderEvent.ACCEPTED)


async def left(bench: Bench) -> dict[str, Decimal]:
    """Return what is left of each working order, as a picture shows it."""
    await bench.barrier()
    shown = await bench.snapshot()
    return {one.order: one.quantity - one.filled for one in shown.orders}


def legs(group: str, *, targets: tuple[str, ...], stop: str, price: str = "1.1100") -> list[Order]:
    """Make the stop and the targets of a long position."""
    made = [order(f"{group} stop", Side.SELL, stop, group=group, **STOP)]
    for number, quantity in enumerate(targets, 1):
        terms = TARGET | {"price": price if number == 1 else "1.1200"}
        made.append(order(f"{group} target {number}", Side.SELL, quantity, group=group, **terms))
    return made


@card(41)
async def test_what_a_target_fills_the_stop_loses(bench: Bench) -> None:
    """The stop is cut in the same moment, and told so; the other target keeps its part."""
    await bench.filled(order("in", quantity="3"))
    await work(bench, *legs("g", stop="3", targets=("1", "2")))
    bench.quote("1.1100", "1.1102")
    await bench.told("g target 1", OrderEvent.FILL)
    cut = await bench.told("g stop", OrderEvent.REPLACED)

    assert (D(2), D("1.0900")) == (cut.quantity, cut.trigger)
    assert {"g stop": D(2), "g target 2": D(2)} == await left(bench)


@card(42)
async def test_the_last_target_ends_the_stop(bench: Bench) -> None:
    """Legs close their part of the position and never any more of it: the rest is somebody's."""
    await bench.filled(order("in", quantity="10"))
    await work(bench, *legs("g", stop="3", targets=("1", "2")))
    bench.quote("1.1200", "1.1202")
    await bench.told("g stop", OrderEvent.CANCELLED)
    bench.quote("1.0800", "1.0802")

    assert {} == await left(bench)
    assert D(7) == await bench.position()


@card(43)
async def test_the_stop_ends_the_targets(bench: Bench) -> None:
    """Once the stop has closed everything, a target that is reached sells nothing."""
    await bench.filled(order("in", quantity="10"))
    await work(bench, *legs("g", stop="3", targets=("1", "2")))
    bench.quote("1.0890", "1.0892")
    await bench.told("g target 1", OrderEvent.CANCELLED)
    await bench.told("g target 2", OrderEvent.CANCELLED)
    bench.quote("1.1300", "1.1302")

    assert {} == await left(bench)
    assert D(7) == await bench.position()


@card(44)
async def test_groups_do_not_know_each_other(bench: Bench) -> None:
    """What one group fills changes nothing for another, nor for an order of no group."""
    await bench.filled(order("in", quantity="10"))
    await work(bench, *legs("g", stop="3", targets=("3",)))
    await work(bench, *legs("h", stop="3", targets=("3",), price="1.1200"))
    await work(bench, order("alone", Side.SELL, "2", **STOP))
    bench.quote("1.1100", "1.1102")
    await bench.told("g stop", OrderEvent.CANCELLED)

    assert {"h stop": D(3), "h target 1": D(3), "alone": D(2)} == await left(bench)


@card(45)
async def test_pieces_are_carried_over_one_by_one(pieces: Bench) -> None:
    """Each piece of a target takes its part off the stop."""
    assert await pieces.venue.submit(order("in", quantity="4")) is None
    while pieces.filled_quantity("in") < 4:
        pieces.quote("1.1000", "1.1002")
        await pieces.barrier()
    await work(pieces, *legs("g", stop="4", targets=("4",)))
    pieces.quote("1.1100", "1.1102")
    await pieces.told("g target 1", OrderEvent.FILL)
    part = pieces.filled_quantity("g target 1")
    cut = await pieces.told("g stop", OrderEvent.REPLACED)

    assert D(0) < part < D(4)
    assert D(4) - part == cut.quantity


@card(46)
@pytest.mark.parametrize("terms", [STOP, TARGET], ids=["stop", "limit"])
async def test_a_leg_is_cut_to_the_position(bench: Bench, terms: dict[str, object]) -> None:
    """A resting stop or limit that is larger than the position closes it and turns nothing."""
    await bench.filled(order("in", quantity="1.5"))
    await work(bench, order("leg", Side.SELL, "4", **terms))
    bench.quote("1.0800", "1.0802") if terms is STOP else bench.quote("1.1200", "1.1202")
    await bench.over("leg")

    assert D("1.5") == bench.filled_quantity("leg")
    assert D(0) == await bench.position()


@card(47)
async def test_the_venue_keeps_the_stop_of_an_entry(bench: Bench) -> None:
    """It is there with the fill, under the name that both sides can work out, in each picture."""
    await bench.filled(order("in", quantity="2", attached_stop="1.0500"))
    stop = attached_id("in")
    await bench.told(stop, OrderEvent.ACCEPTED)
    shown = await bench.shown(stop)

    assert {stop: D(2)} == await left(bench)
    assert (OrderType.STOP, D("1.0500"), Side.SELL) == (shown.order_type, shown.trigger, shown.side)


@card(48)
async def test_it_triggers_while_nobody_is_there(bench: Bench) -> None:
    """The bridge is dead, the market falls: the position is closed all the same."""
    await bench.filled(order("in", quantity="2", attached_stop="1.0500"))
    await bench.close()
    bench.quote("1.0400", "1.0402")
    await bench.restart()
    bench.quote("1.0390", "1.0392")
    await bench.barrier()
    shown = await bench.shown(attached_id("in"))

    assert (OrderEvent.FILL, D(2)) == (shown.event, shown.filled)
    assert D(0) == await bench.position()


@card(49)
async def test_it_goes_with_its_position(bench: Bench) -> None:
    """Once the position is closed nothing of it can open another."""
    await bench.filled(order("in", attached_stop="1.0500"))
    await bench.filled(order("out", Side.SELL, purpose=Purpose.EXIT))
    await bench.told(attached_id("in"), OrderEvent.CANCELLED)
    bench.quote("1.0400", "1.0402")

    assert {} == await left(bench)
    assert D(0) == await bench.position()


@card(50)
async def test_it_grows_with_each_fill(pieces: Bench) -> None:
    """It is as large as what its entry has filled, also when that comes in pieces."""
    assert await pieces.venue.submit(order("in", quantity="4", attached_stop="1.0500")) is None
    stop = attached_id("in")
    while pieces.filled_quantity("in") < 4:
        pieces.quote("1.1000", "1.1002")
        await pieces.barrier()
        assert pieces.filled_quantity("in") == (await pieces.shown(stop)).quantity

    assert len(pieces.fills("in")) > 1


@card(51)
async def test_it_takes_new_terms_and_a_cancel(bench: Bench) -> None:
    """It is an order like any other to whoever knows its name."""
    await bench.filled(order("in", quantity="2", attached_stop="1.0500"))
    stop = attached_id("in")
    await bench.told(stop, OrderEvent.ACCEPTED)
    terms = Terms(quantity=D(1), trigger=D("1.0600"))
    leg = order(stop, Side.SELL, "2", **STOP)
    assert await bench.venue.replace(leg, terms) is None
    changed = await bench.told(stop, OrderEvent.REPLACED)
    assert (D(1), D("1.0600")) == (changed.quantity, changed.trigger)
    assert await bench.venue.cancel(leg) is None
    await bench.told(stop, OrderEvent.CANCELLED)

    assert {} == await left(bench)


@card(52)
async def test_groups_and_stops_outlive_a_restart(bench: Bench) -> None:
    """What hangs together hangs together after the adapter was made anew."""
    await bench.filled(order("in", quantity="3", attached_stop="1.0500"))
    await work(bench, *legs("g", stop="3", targets=("1", "2")))
    await bench.restart()
    bench.quote("1.1100", "1.1102")
    cut = await bench.told("g stop", OrderEvent.REPLACED)

    assert D(2) == cut.quantity
    assert {"g stop": D(2), "g target 2": D(2), attached_id("in"): D(3)} == await left(bench)
