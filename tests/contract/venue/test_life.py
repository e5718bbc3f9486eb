"""Cards: the life of an order."""

from __future__ import annotations

from decimal import Decimal

import pytest

from adapters.port import Absence, Trouble, TroubleKind
from core.orders import OrderEvent, OrderType, Side
from core.reports import AccountMark, Report, VenueOrder
from tests.contract.venue.benches import Bench, order
from tests.contract.venue.cards import card

D = Decimal


@card(1)
async def test_a_market_order_is_accepted_and_filled(bench: Bench) -> None:
    """A market order is accepted first, then filled at the far side, with all that a fill says."""
    await bench.filled(order("a"))
    told = bench.reports("a")

    assert [OrderEvent.ACCEPTED, OrderEvent.FILL] == bench.story("a")
    (fill,) = bench.fills("a").values()
    assert (D(1), D("1.1002")) == (fill.quantity, fill.price)
    assert bench.fee(D(1), D("1.1002")) == (fill.fee, fill.fee_currency)
    assert fill.exec_id
    assert fill.raw
    assert 1 == len({one.venue_order for one in told})
    assert all(one.at_ns for one in told)


@card(2)
async def test_a_limit_order_rests_until_it_is_reached(bench: Bench) -> None:
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


@card(3)
async def test_a_limit_order_that_crosses_takes_the_better_price(bench: Bench) -> None:
    """A sell limit below the bid fills at once, at the bid."""
    made = order("a", Side.SELL, order_type=OrderType.LIMIT, price="1.0500")
    await bench.filled(made)

    assert [D("1.1000")] == [one.price for one in bench.fills("a").values()]


@card(4)
async def test_a_stop_waits_and_then_takes_the_market(bench: Bench) -> None:
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


@card(5)
async def test_a_stop_limit_never_fills_beyond_its_limit(bench: Bench) -> None:
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


@card(6)
@pytest.mark.parametrize(
    "terms",
    [
        {"instrument": "UNHEARD"},
        {"quantity": "0.01"},
        {"order_type": OrderType.LIMIT},
        {"order_type": OrderType.STOP},
    ],
    ids=["instrument", "too small", "no price", "no trigger"],
)
async def test_what_is_not_valid_is_rejected_with_a_reason(
    bench: Bench, terms: dict[str, object]
) -> None:
    """An invalid order is rejected; the reason is a code and a sentence."""
    made = order("a", **terms)
    reason = await bench.refused(bench.venue.submit(made), "a", OrderEvent.REJECTED)
    shown = await bench.venue.lookup(made)

    code, _, sentence = reason.partition(": ")
    assert code
    assert sentence
    if isinstance(shown, VenueOrder):  # some remember what they refused
        assert (OrderEvent.REJECTED, reason) == (shown.event, shown.reason)
    else:  # an instrument that nobody knows cannot be looked for
        assert isinstance(shown, Absence | Trouble)
    assert () == (await bench.snapshot()).orders


@card(63)
@pytest.mark.parametrize(
    "terms",
    [{"quantity": "0.15", "price": "1.0900"}, {"price": "1.09001"}],
    ids=["lot step", "tick"],
)
async def test_what_fits_no_step_is_never_more_nor_dearer(
    bench: Bench, terms: dict[str, str]
) -> None:
    """What fits no step is rejected or brought onto it: never more, never at a worse price."""
    made = order("a", order_type=OrderType.LIMIT, **terms)
    trouble = await bench.venue.submit(made)
    ends = (OrderEvent.ACCEPTED, OrderEvent.REJECTED)
    await bench.until(lambda: trouble is not None or any(bench.reports("a", end) for end in ends))
    shown = (await bench.snapshot()).orders

    assert trouble is None or trouble.kind is TroubleKind.REFUSED
    assert bool(shown) == bool(bench.reports("a", OrderEvent.ACCEPTED))
    for one in shown:
        assert one.quantity <= made.quantity
        assert (one.price or D(2)) <= (made.price or D(0))


@card(7)
async def test_pieces_sum_up_by_their_execution_ids(pieces: Bench) -> None:
    """Partial fills have ids of their own, and together they are the order, no more and no less."""
    made = order("a", quantity="1", order_type=OrderType.LIMIT, price="1.1000")
    assert await pieces.venue.submit(made) is None
    while pieces.filled_quantity("a") < 1:
        await pieces.piece("a")
    fills = pieces.reports("a", OrderEvent.FILL)

    assert len(fills) > 1
    assert len(pieces.fills("a")) == len({(one.exec_id, one.quantity) for one in fills})
    assert D(1) == pieces.filled_quantity("a")
    assert OrderEvent.FILL == (await pieces.shown("a")).event


@card(8)
async def test_a_mark_follows_the_money(bench: Bench) -> None:
    """After a round trip the account's own figures are the start, the trade and the fees."""
    await bench.filled(order("a"))
    bench.quote("1.1010", "1.1012")
    await bench.filled(order("b", Side.SELL))
    fees = sum((one.fee or D(0) for one in bench.fills().values()), D(0))
    moved = (D("1.1010") - D("1.1002")) * bench.instrument.multiplier
    wanted = bench.start + moved - fees

    def settled() -> bool:
        marks = [one for one in bench.events if isinstance(one, AccountMark)]
        return bool(marks) and (wanted, wanted) == (marks[-1].balance, marks[-1].equity)

    await bench.until(settled)
    reports = [number for number, one in enumerate(bench.events) if isinstance(one, Report)]
    assert any(isinstance(one, AccountMark) for one in bench.events[reports[-1] :])
