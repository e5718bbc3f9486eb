"""Cards: venues that are busy, closed or cut off, and answers that are lost."""

from __future__ import annotations

from decimal import Decimal

from adapters.port import Absence, Gap, LinkChanged, TroubleKind
from core.orders import OrderEvent, OrderType, Purpose, Side
from core.reports import VenueOrder
from tests.contract.venue.benches import Bench, order
from tests.contract.venue.cards import card

D = Decimal
RESTING = {"order_type": OrderType.LIMIT, "price": "1.0990"}


@card(53)
async def test_what_came_too_fast_goes_again_later(bench: Bench) -> None:
    """A venue that says "too fast" has taken nothing; it says until when to wait, and the same id
    goes through then."""
    bench.throttle()
    trouble = await bench.faults.submit(order("a"))
    assert trouble is not None
    assert (TroubleKind.THROTTLED, True) == (trouble.kind, trouble.until_ns is not None)
    await bench.wait_until(trouble.until_ns or 0)
    assert isinstance(await bench.venue.lookup(order("a")), Absence)
    assert await bench.faults.submit(order("a")) is None
    await bench.told("a", OrderEvent.FILL)

    assert D(1) == await bench.position()


@card(54)
async def test_a_closed_venue_takes_nothing_until_it_opens(bench: Bench) -> None:
    """A venue that is closed takes nothing and is open again later. Where its answer does not prove
    that it is closed, as a gateway's page does not, the order is in doubt until it is looked up."""
    bench.shut()
    trouble = await bench.faults.submit(order("a"))
    assert trouble is not None
    proven = TroubleKind.MAINTENANCE if bench.says_closed else TroubleKind.UNKNOWN
    assert proven is trouble.kind
    await bench.wait_until(trouble.until_ns or 0)
    assert isinstance(await bench.venue.lookup(order("a")), Absence)
    assert await bench.faults.submit(order("a")) is None
    await bench.told("a", OrderEvent.FILL)

    assert D(1) == await bench.position()


@card(55)
async def test_a_lost_reply_is_in_doubt_and_a_look_up_finds_the_order(bench: Bench) -> None:
    """An order whose answer was lost is in doubt, and a look-up finds it: there is one."""
    bench.lose_reply()
    trouble = await bench.faults.submit(order("a"))
    assert trouble is not None
    assert TroubleKind.UNKNOWN is trouble.kind
    await bench.told("a", OrderEvent.FILL)

    assert D(1) == (await bench.shown("a")).filled == await bench.position()


@card(56)
async def test_a_lost_request_is_in_doubt_and_a_look_up_finds_nothing(bench: Bench) -> None:
    """An order that was lost on its way is in doubt or not sent, and a look-up finds nothing."""
    bench.lose_request()
    trouble = await bench.faults.submit(order("a"))
    assert trouble is not None
    assert trouble.kind in {TroubleKind.UNKNOWN, TroubleKind.NOT_SENT}

    assert isinstance(await bench.venue.lookup(order("a")), Absence)
    assert D(0) == await bench.position()


@card(57)
async def test_what_a_broken_stream_missed_is_in_the_next_snapshot(bench: Bench) -> None:
    """A stream that breaks is told, and the next snapshot has what was missed meanwhile."""
    assert await bench.faults.submit(order("a", **RESTING)) is None
    await bench.told("a", OrderEvent.ACCEPTED)
    before = len(bench.events)
    await bench.blink(lambda: bench.quote("1.0980", "1.0982"))
    shown = await bench.snapshot()

    assert any(isinstance(one, Gap | LinkChanged) for one in bench.events[before:])
    assert () == shown.orders
    assert [D(1)] == [one.quantity for one in shown.positions]
    assert OrderEvent.FILL == (await bench.shown("a")).event


@card(61)
async def test_each_piece_is_told_and_a_look_up_agrees(pieces: Bench) -> None:
    """A resting order that trades in pieces is told piece by piece, and a look-up agrees."""
    made = order("a", quantity="4", order_type=OrderType.LIMIT, price="1.1000")
    assert await pieces.venue.submit(made) is None
    for _ in range(3):
        before = pieces.filled_quantity("a")
        await pieces.piece("a")
        after = (await pieces.shown("a")).filled
        assert before < after == pieces.filled_quantity("a")


@card(62)
async def test_a_cancel_whose_answer_was_lost_is_in_doubt(bench: Bench) -> None:
    """A cancel whose answer was lost is in doubt, and a look-up tells that the order is over."""
    made = order("a", **RESTING)
    assert await bench.faults.submit(made) is None
    await bench.told("a", OrderEvent.ACCEPTED)
    bench.lose_reply("cancel")
    trouble = await bench.faults.cancel(made)
    assert trouble is not None
    assert TroubleKind.UNKNOWN is trouble.kind
    await bench.told("a", OrderEvent.CANCELLED)

    assert OrderEvent.CANCELLED == (await bench.shown("a")).event
    assert () == (await bench.snapshot()).orders


@card(64)
async def test_a_stop_closes_its_part_while_the_link_is_away(bench: Bench) -> None:
    """The market falls while nobody listens: the venue closes what the stop covers, and no more,
    and says so to whoever asks."""
    await bench.filled(order("in", quantity="2"))
    held = await bench.position()
    leg = order("leg", Side.SELL, purpose=Purpose.LEG, order_type=OrderType.STOP, trigger="1.0900")
    assert await bench.venue.submit(leg) is None
    await bench.told("leg", OrderEvent.ACCEPTED)
    await bench.blink(lambda: bench.quote("1.0880", "1.0882"))
    found = await bench.venue.lookup(leg)
    shown = await bench.snapshot()

    assert isinstance(found, VenueOrder)
    assert (OrderEvent.FILL, D(1)) == (found.event, found.filled)
    assert () == shown.orders
    assert held - 1 == sum((one.quantity for one in shown.positions), D(0))
