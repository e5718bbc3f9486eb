"""Cards: snapshots, links, restarts."""

from __future__ import annotations

from decimal import Decimal

from adapters.port import LinkChanged, TroubleKind
from core.orders import OrderEvent, OrderType, Purpose, Side
from core.reports import Quote
from tests.contract.venue.benches import Bench, order
from tests.contract.venue.cards import card

D = Decimal


@card(25)
async def test_a_snapshot_agrees_with_the_reports(bench: Bench) -> None:
    """Positions are the sum of the fills, orders are what has no end yet, money is what moved."""
    await bench.filled(order("a", quantity="2"))
    await bench.filled(order("b", Side.SELL, "0.5", purpose=Purpose.EXIT))
    waits = order("c", order_type=OrderType.LIMIT, price="1.0900")
    assert await bench.venue.submit(waits) is None
    await bench.barrier()
    shown = await bench.snapshot()

    assert ["c"] == [one.order for one in shown.orders]
    (held,) = shown.positions
    price = bench.marked_at if bench.spot else D("1.1002")
    assert (D("1.5"), price) == (held.quantity, held.average_price)
    fees = sum((fill.fee or D(0) for fill in bench.fills().values()), D(0))
    realized = (D("1.1000") - D("1.1002")) * D("0.5") * bench.instrument.multiplier
    floats = (bench.marked_at - D("1.1002")) * D("1.5") * bench.instrument.multiplier
    money = bench.start + realized - fees
    assert money + (floats if bench.spot else 0) == shown.mark.balance
    assert money + floats == shown.mark.equity


@card(26)
async def test_an_order_that_was_just_sent_is_in_the_snapshot(bench: Bench) -> None:
    """A snapshot right behind a submit shows the order: it does not hide what is on its way."""
    waits = order("c", order_type=OrderType.LIMIT, price="1.0900")
    assert await bench.venue.submit(waits) is None

    assert ["c"] == [one.order for one in (await bench.snapshot()).orders]


@card(27)
async def test_after_a_restart_everything_is_still_there(bench: Bench) -> None:
    """Positions, money, working orders and closed ones are the venue's, not the adapter's."""
    await bench.filled(order("a"))
    waits = order("c", order_type=OrderType.LIMIT, price="1.0900")
    assert await bench.venue.submit(waits) is None
    await bench.told("c", OrderEvent.ACCEPTED)
    before, closed = await bench.snapshot(), await bench.shown("a")
    await bench.restart()
    after = await bench.snapshot()

    assert closed == await bench.shown("a")
    assert before.orders == after.orders
    assert before.positions == after.positions
    assert before.mark.balance == after.mark.balance


@card(28)
async def test_orders_go_on_working_after_a_restart(bench: Bench) -> None:
    """What rested before fills after, under its own id and with a new execution id."""
    await bench.filled(order("a"))
    waits = order("c", order_type=OrderType.LIMIT, price="1.0990")
    assert await bench.venue.submit(waits) is None
    await bench.told("c", OrderEvent.ACCEPTED)
    await bench.restart()
    bench.quote("1.0980", "1.0982")
    await bench.told("c", OrderEvent.FILL)

    assert 2 == len(bench.fills())
    assert D(2) == await bench.position()


@card(29)
async def test_an_id_is_remembered_over_a_restart(bench: Bench) -> None:
    """The same id after a restart makes no second order and tells the same reports."""
    await bench.filled(order("a"))
    before = bench.reports("a")
    await bench.restart()
    bench.events.clear()
    assert await bench.venue.submit(order("a")) is None
    await bench.told("a", OrderEvent.FILL)

    assert before == bench.reports("a")
    assert D(1) == await bench.position()


@card(30)
async def test_the_link_is_told_and_a_closed_one_takes_nothing(bench: Bench) -> None:
    """The link is told, quotes pass while it is up, and a closed venue says and takes nothing."""
    bench.quote("1.1001", "1.1003")
    await bench.barrier()
    await bench.close()
    refused = await bench.venue.submit(order("late"))

    links = [one.up for one in bench.events if isinstance(one, LinkChanged)]
    told = len(bench.events)
    bench.quote("1.1005", "1.1007")
    assert links[0]
    assert links in ([True], [True, False])
    assert any(isinstance(one, Quote) and one.bid == D("1.1001") for one in bench.events)
    assert refused is not None
    assert TroubleKind.NOT_SENT is refused.kind
    assert told == len(bench.events)
