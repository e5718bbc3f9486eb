"""Cards 1 to 8: the life of an order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core.orders import OrderEvent, OrderType, Side
from core.reports import AccountMark, Report
from tests.contract.venue.benches import START, Bench, order

D = Decimal


async def test_card_01_a_market_order_is_accepted_and_filled(bench: Bench) -> None:
    """A market order is accepted first, then filled at the far side, with all that a fill says."""
    await bench.filled(order("a"))
    told = bench.reports("a")

    assert [OrderEvent.ACCEPTED, OrderEvent.FILL] == [one.event for one in told]
    fill = told[1]
    assert (D(1), D("1.1002")) == (fill.quantity, fill.price)
    assert (D("0.5"), "USD") == (fill.fee, fill.fee_currency)
    assert fill.exec_id
    assert "a" in fill.raw
    assert 1 == len({one.venue_order for one in told})
    assert told[0].at_ns <= fill.at_ns


async def test_card_02_a_limit_order_rests_until_it_is_reached(bench: Bench) -> None:
    """A buy limit below the market waits, and fills at its limit or better once it is reached."""
    made = order("a", order_type=OrderType.LIMIT, price="1.0990")
    assert await bench.venue.submit(made) is None
    await bench.told("a", OrderEvent.ACCEPTED)
    bench.quote("1.0989", "1.0991")
    await bench.barrier()
    assert {} == bench.fills("a")

    bench.quote("1.0980", "1.0982")
    fill = await bench.told("a", OrderEvent.FILL)

    assert fill.price is not None
    assert fill.price <= D("1.0990")


async def test_card_03_a_limit_order_that_crosses_takes_the_better_price(bench: Bench) -> None:
    """A sell limit below the bid fills at once, at the bid."""
    made = order("a", Side.SELL, order_type=OrderType.LIMIT, price="1.0500")
    await bench.filled(made)

    assert D("1.1000") == bench.reports("a")[-1].price


async def test_card_04_a_stop_waits_and_then_takes_the_market(bench: Bench) -> None:
    """A sell stop does nothing until the bid reaches it; a gap fills it where the market is."""
    made = order("a", Side.SELL, order_type=OrderType.STOP, trigger="1.0950")
    assert await bench.venue.submit(made) is None
    await bench.told("a", OrderEvent.ACCEPTED)
    bench.quote("1.0951", "1.0953")
    await bench.barrier()
    assert {} == bench.fills("a")

    bench.quote("1.0900", "1.0902")
    fill = await bench.told("a", OrderEvent.FILL)

    assert D("1.0900") == fill.price


async def test_card_05_a_stop_limit_never_fills_beyond_its_limit(bench: Bench) -> None:
    """A gap over trigger and limit leaves the order at its limit until the market returns."""
    terms = {"order_type": OrderType.STOP_LIMIT, "trigger": "1.1050", "price": "1.1060"}
    assert await bench.venue.submit(order("a", **terms)) is None
    await bench.told("a", OrderEvent.ACCEPTED)
    bench.quote("1.1100", "1.1102")
    await bench.barrier()
    assert {} == bench.fills("a")

    bench.quote("1.1040", "1.1042")
    fill = await bench.told("a", OrderEvent.FILL)

    assert fill.price is not None
    assert fill.price <= D("1.1060")


@pytest.mark.parametrize(
    "terms",
    [
        {"instrument": "UNHEARD"},
        {"quantity": "0.15"},
        {"quantity": "0.01"},
        {"order_type": OrderType.LIMIT, "price": "1.10001"},
        {"order_type": OrderType.LIMIT},
        {"order_type": OrderType.STOP},
    ],
    ids=["instrument", "lot step", "too small", "tick", "no price", "no trigger"],
)
async def test_card_06_what_is_not_valid_is_rejected_with_a_reason(
    bench: Bench, terms: dict[str, object]
) -> None:
    """An invalid order is rejected, never rounded; the reason is a code and a sentence."""
    made = order("a", **terms)
    assert await bench.venue.submit(made) is None
    report = await bench.told("a", OrderEvent.REJECTED)
    shown = await bench.shown("a")

    code, _, sentence = report.reason.partition(": ")
    assert code
    assert sentence
    assert (OrderEvent.REJECTED, report.reason) == (shown.event, shown.reason)
    assert () == (await bench.snapshot()).orders


async def test_card_07_pieces_sum_up_by_their_execution_ids(pieces: Bench) -> None:
    """Partial fills have ids of their own, and together they are the order, no more and no less."""
    assert await pieces.venue.submit(order("a", quantity="1")) is None
    for step in range(20):
        await pieces.barrier()
        pieces.quote(f"1.10{step:02}", f"1.11{step:02}")
    await pieces.barrier()
    fills = pieces.reports("a", OrderEvent.FILL)

    assert len(fills) > 1
    assert len(fills) == len({one.exec_id for one in fills})
    assert D(1) == pieces.filled_quantity("a")
    assert OrderEvent.FILL == (await pieces.shown("a")).event


async def test_card_08_a_mark_follows_the_money(bench: Bench) -> None:
    """After a round trip the account's own figures are the start, the trade and the fees."""
    await bench.filled(order("a"))
    bench.quote("1.1010", "1.1012")
    await bench.filled(order("b", Side.SELL))
    wanted = START + (D("1.1010") - D("1.1002")) * 1000 - 1

    def settled() -> bool:
        marks = [one for one in bench.events if isinstance(one, AccountMark)]
        return bool(marks) and (wanted, wanted) == (marks[-1].balance, marks[-1].equity)

    await bench.until(settled)
    reports = [number for number, one in enumerate(bench.events) if isinstance(one, Report)]
    assert isinstance(bench.events[reports[-1] + 1], AccountMark)
