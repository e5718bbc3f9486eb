"""Cards: ids, lookups, and calls whose outcome nobody knows."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby

from adapters.port import Absence, LinkChanged, Trouble, TroubleKind
from core.orders import OrderEvent, OrderType
from core.reports import Report
from tests.contract.venue.benches import Bench, order
from tests.contract.venue.cards import card
from tests.faults import Fault

D = Decimal


def terms(fill: Report) -> tuple[object, ...]:
    """Return what a fill moves; the message that told it may be another."""
    return fill.quantity, fill.price, fill.fee, fill.fee_currency


@card(9)
async def test_the_same_id_makes_one_order(bench: Bench) -> None:
    """An id that comes again, at once or after its end, fills nothing more and is told again."""
    made = order("a")
    for _ in range(3):
        assert await bench.venue.submit(made) is None
    await bench.told("a", OrderEvent.FILL, times=3)
    assert await bench.venue.submit(made) is None
    await bench.told("a", OrderEvent.FILL, times=4)

    told = bench.reports("a")
    assert told[0:2] == told[6:8]
    assert D(1) == bench.filled_quantity("a")
    assert D(1) == await bench.position()


@card(10)
async def test_a_lookup_shows_what_was_reported(bench: Bench) -> None:
    """A lookup of a closed order has its end, its terms and each of its fills as it was told."""
    await bench.filled(order("a", quantity="2"))
    shown = await bench.shown("a")

    assert OrderEvent.FILL == shown.event
    assert (D(2), D(2)) == (shown.quantity, shown.filled)
    told, found = bench.fills("a"), {one.exec_id: one for one in shown.fills}
    assert {key: terms(one) for key, one in told.items()} == {
        key: terms(one) for key, one in found.items()
    }
    assert bench.reports("a")[0].venue_order == shown.venue_order


@card(11)
async def test_a_lookup_of_what_never_was_says_so(bench: Bench) -> None:
    """None is an answer: the platform does not know the id."""
    assert isinstance(await bench.venue.lookup(order("never")), Absence)


@card(12)
async def test_an_order_is_found_as_soon_as_it_was_handed_over(bench: Bench) -> None:
    """After submit has returned, a lookup finds the order, whatever the reports still do."""
    assert await bench.venue.submit(order("a")) is None

    assert "a" == (await bench.shown("a")).order


@card(13)
async def test_a_lost_reply_is_found_and_a_lost_request_is_not(bench: Bench) -> None:
    """Both calls prove nothing; the lookup tells them apart, and the same id mends both."""
    bench.faults.script(Fault.LOSE_REPLY)
    bench.faults.script(Fault.LOSE_REQUEST)
    replies = [await bench.faults.submit(order(name)) for name in ("reply", "request")]
    unknown = [reply.kind for reply in replies if reply is not None]
    assert [TroubleKind.UNKNOWN, TroubleKind.UNKNOWN] == unknown
    assert await bench.venue.lookup(order("reply")) is not None
    assert isinstance(await bench.venue.lookup(order("request")), Absence)

    for name in ("reply", "request"):
        assert await bench.faults.submit(order(name)) is None
        await bench.told(name, OrderEvent.FILL)
    await bench.barrier()

    assert D(2) == await bench.position()


@card(14)
async def test_what_happens_while_the_link_is_down_is_in_the_snapshot(
    bench: Bench,
) -> None:
    """A fill that nobody heard is in the lookup and in the position after the link is back."""
    limit = order("a", order_type=OrderType.LIMIT, price="1.0990")
    assert await bench.faults.submit(limit) is None
    await bench.told("a", OrderEvent.ACCEPTED)
    bench.faults.drop_link()
    bench.quote("1.0980", "1.0982")
    lost = await bench.faults.submit(order("b"))
    assert isinstance(lost, Trouble)
    assert {} == bench.fills("a")

    await bench.open()
    told = [one.up for one in bench.events if isinstance(one, LinkChanged)]
    links = [up for up, _ in groupby(told)]

    assert [True, False, True] == links
    assert OrderEvent.FILL == (await bench.shown("a")).event
    assert D(1) == await bench.position()
