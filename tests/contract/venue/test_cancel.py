"""Cards: cancels and their races."""

from __future__ import annotations

from decimal import Decimal

from adapters.port import Absence, TroubleKind
from core.orders import OrderEvent, OrderType
from tests.contract.venue.benches import Bench, order
from tests.contract.venue.cards import card

D = Decimal
RESTING = {"order_type": OrderType.LIMIT, "price": "1.0900"}


@card(15)
async def test_a_working_order_is_cancelled(bench: Bench) -> None:
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


@card(16)
async def test_a_cancel_after_the_fill_is_rejected(bench: Bench) -> None:
    """What is filled stays filled; the answer says that there was nothing to cancel, and why."""
    made = order("a")
    await bench.filled(made)

    asked = bench.venue.cancel(made)
    assert await bench.undone(asked, "a", OrderEvent.CANCEL_REJECTED)
    assert OrderEvent.FILL == (await bench.shown("a")).event


@card(17)
async def test_a_cancel_of_what_never_was_is_rejected(bench: Bench) -> None:
    """An unknown order answers a cancel, and does not come to exist by it."""
    asked = bench.venue.cancel(order("never"))
    assert await bench.undone(asked, "never", OrderEvent.CANCEL_REJECTED)

    assert isinstance(await bench.venue.lookup(order("never")), Absence)


@card(18)
async def test_a_cancel_right_behind_its_order_has_one_end(bench: Bench) -> None:
    """Sent in one breath, the order is first filled or first cancelled, never both or neither."""
    refusals: list[str] = []
    for name, terms in (("market", {}), ("limit", RESTING)):
        made = order(name, **terms)
        assert await bench.venue.submit(made) is None
        trouble = await bench.venue.cancel(made)
        if trouble is not None:
            assert trouble.kind in {TroubleKind.REFUSED, TroubleKind.UNKNOWN}
            refusals.append(name)
    await bench.barrier()

    ends = {name: bench.story(name) for name in ("market", "limit")}
    assert [OrderEvent.ACCEPTED, OrderEvent.CANCELLED] == ends["limit"]
    assert [OrderEvent.ACCEPTED, OrderEvent.FILL] == ends["market"][:2]
    refused = [OrderEvent.CANCEL_REJECTED] == ends["market"][2:]
    assert refused or refusals == ["market"]


@card(19)
async def test_a_cancel_between_two_pieces_keeps_what_is_filled(pieces: Bench) -> None:
    """A partly filled order that is cancelled is over, and counts what it got."""
    made = order("a", quantity="2", order_type=OrderType.LIMIT, price="1.1000")
    assert await pieces.venue.submit(made) is None
    await pieces.piece("a")
    assert await pieces.venue.cancel(made) is None
    await pieces.told("a", OrderEvent.CANCELLED)
    pieces.quote("1.1000", "1.1002")
    await pieces.barrier()
    shown = await pieces.shown("a")

    assert D(0) < shown.filled < D(2)
    assert shown.filled == pieces.filled_quantity("a") == await pieces.position()
