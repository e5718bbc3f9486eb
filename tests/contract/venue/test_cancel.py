"""Cards 15 to 19: cancels and their races."""

from __future__ import annotations

from decimal import Decimal

from adapters.port import Absence
from core.orders import OrderEvent, OrderType
from tests.contract.venue.benches import Bench, order

D = Decimal
RESTING = {"order_type": OrderType.LIMIT, "price": "1.0900"}


async def test_card_15_a_working_order_is_cancelled(bench: Bench) -> None:
    """A cancel ends a working order; the market no longer moves it."""
    made = order("a", **RESTING)
    assert await bench.venue.submit(made) is None
    assert 1 == len((await bench.snapshot()).orders)
    assert await bench.venue.cancel(made) is None
    await bench.told("a", OrderEvent.CANCELLED)
    bench.quote("1.0800", "1.0802")
    await bench.barrier()

    assert {} == bench.fills("a")
    assert () == (await bench.snapshot()).orders
    assert OrderEvent.CANCELLED == (await bench.shown("a")).event


async def test_card_16_a_cancel_after_the_fill_is_rejected(bench: Bench) -> None:
    """What is filled stays filled; the answer says that there was nothing to cancel, and why."""
    made = order("a")
    await bench.filled(made)
    assert await bench.venue.cancel(made) is None
    report = await bench.told("a", OrderEvent.CANCEL_REJECTED)

    assert report.reason
    assert OrderEvent.FILL == (await bench.shown("a")).event


async def test_card_17_a_cancel_of_what_never_was_is_rejected(bench: Bench) -> None:
    """An unknown order answers a cancel, and does not come to exist by it."""
    assert await bench.venue.cancel(order("never")) is None
    await bench.told("never", OrderEvent.CANCEL_REJECTED)

    assert isinstance(await bench.venue.lookup(order("never")), Absence)


async def test_card_18_a_cancel_right_behind_its_order_has_one_end(bench: Bench) -> None:
    """Sent in one breath, the order is first filled or first cancelled, never both or neither."""
    for name, terms in (("market", {}), ("limit", RESTING)):
        made = order(name, **terms)
        assert await bench.venue.submit(made) is None
        assert await bench.venue.cancel(made) is None
    await bench.barrier()

    ends = {name: [one.event for one in bench.reports(name)] for name in ("market", "limit")}
    assert [OrderEvent.ACCEPTED, OrderEvent.CANCELLED] == ends["limit"]
    assert [OrderEvent.ACCEPTED, OrderEvent.FILL, OrderEvent.CANCEL_REJECTED] == ends["market"]


async def test_card_19_a_cancel_between_two_pieces_keeps_what_is_filled(pieces: Bench) -> None:
    """A partly filled order that is cancelled is over, and counts what it got."""
    made = order("a", quantity="2")
    assert await pieces.venue.submit(made) is None
    await pieces.told("a", OrderEvent.FILL)
    assert await pieces.venue.cancel(made) is None
    await pieces.told("a", OrderEvent.CANCELLED)
    pieces.quote("1.1000", "1.1002")
    await pieces.barrier()
    shown = await pieces.shown("a")

    assert D(0) < shown.filled < D(2)
    assert shown.filled == pieces.filled_quantity("a") == await pieces.position()
