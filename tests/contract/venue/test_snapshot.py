"""Cards 25 to 30: snapshots, links, restarts."""

from __future__ import annotations

from decimal import Decimal

from adapters.port import LinkChanged, TroubleKind
from core.orders import OrderEvent, OrderType, Side
from core.reports import Quote
from tests.contract.venue.benches import START, Bench, claimed, order

D = Decimal


async def test_card_25_a_snapshot_agrees_with_the_reports(bench: Bench) -> None:
    """Positions are the sum of the fills, orders are what has no end yet, money is what moved."""
    await bench.filled(order("a", quantity="2"))
    await bench.filled(order("b", Side.SELL, "0.5"))
    waits = order("c", order_type=OrderType.LIMIT, price="1.0900")
    assert await bench.venue.submit(waits) is None
    await bench.barrier()
    shown = await bench.snapshot()

    assert ["c"] == [one.order for one in shown.orders]
    (held,) = shown.positions
    assert (D("1.5"), D("1.1002")) == (held.quantity, held.average_price)
    fees = sum((fill.fee or D(0) for fill in bench.fills().values()), D(0))
    realized = (D("1.1000") - D("1.1002")) * D("0.5") * 1000
    assert START + realized - fees == shown.mark.balance
    assert shown.mark.balance + (D("1.1000") - D("1.1002")) * D("1.5") * 1000 == shown.mark.equity


async def test_card_26_an_order_that_was_just_sent_is_in_the_snapshot(bench: Bench) -> None:
    """A snapshot right behind a submit shows the order: it does not hide what is on its way."""
    waits = order("c", order_type=OrderType.LIMIT, price="1.0900")
    assert await bench.venue.submit(waits) is None

    assert ["c"] == [one.order for one in (await bench.snapshot()).orders]


async def test_card_27_after_a_restart_everything_is_still_there(bench: Bench) -> None:
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


async def test_card_28_orders_go_on_working_after_a_restart(bench: Bench) -> None:
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


async def test_card_29_an_id_is_remembered_over_a_restart(bench: Bench) -> None:
    """The same id after a restart makes no second order and tells the same reports."""
    claimed(bench, "ids_unique_for_ever")
    await bench.filled(order("a"))
    before = bench.reports("a")
    await bench.restart()
    bench.events.clear()
    assert await bench.venue.submit(order("a")) is None
    await bench.told("a", OrderEvent.FILL)

    assert before == bench.reports("a")
    assert D(1) == await bench.position()


async def test_card_30_the_link_is_told_and_a_closed_one_takes_nothing(bench: Bench) -> None:
    """Up comes first, down comes last, and between them quotes pass; a closed venue proves it."""
    bench.quote("1.1001", "1.1003")
    await bench.barrier()
    await bench.close()
    refused = await bench.venue.submit(order("late"))

    first, last = bench.events[0], bench.events[-1]
    assert isinstance(first, LinkChanged)
    assert first.up
    assert isinstance(last, LinkChanged)
    assert not last.up
    assert any(isinstance(one, Quote) and one.bid == D("1.1001") for one in bench.events)
    assert refused is not None
    assert TroubleKind.NOT_SENT is refused.kind
