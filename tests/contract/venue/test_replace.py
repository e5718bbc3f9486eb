"""Cards: replaces and their races."""

from __future__ import annotations

from decimal import Decimal

import pytest

from adapters.port import Absence, TroubleKind
from core.orders import OrderEvent, OrderType, Purpose, Side, Terms
from tests.contract.venue.benches import Bench, order
from tests.contract.venue.cards import card

D = Decimal
RESTING = {"order_type": OrderType.LIMIT, "price": "1.0900"}


def terms(quantity: str, price: str | None = None, trigger: str | None = None) -> Terms:
    """Make whole terms from text."""
    return Terms(
        quantity=D(quantity),
        price=None if price is None else D(price),
        trigger=None if trigger is None else D(trigger),
    )


@card(31)
async def test_a_working_order_gets_new_terms(bench: Bench) -> None:
    """Price and quantity are those that were asked for, absolute, and last over a restart."""
    made = order("a", quantity="2", **RESTING)
    assert await bench.venue.submit(made) is None
    assert await bench.venue.replace(made, terms("3", "1.0950")) is None
    told = await bench.told("a", OrderEvent.REPLACED)
    await bench.restart()
    shown = await bench.shown("a")

    assert terms("3", "1.0950") == Terms(
        quantity=told.quantity or D(0), price=told.price, trigger=told.trigger
    )
    assert (D(3), D("1.0950")) == (shown.quantity, shown.price)
    bench.quote("1.0948", "1.0949")
    await bench.told("a", OrderEvent.FILL)
    assert D(3) == bench.filled_quantity("a") == await bench.position()


@card(32)
async def test_a_limit_that_crosses_now_trades_at_once(bench: Bench) -> None:
    """Moved over the market it takes the far side's price, without waiting for another quote."""
    made = order("a", **RESTING)
    assert await bench.venue.submit(made) is None
    assert await bench.venue.replace(made, terms("1", "1.1050")) is None
    fill = await bench.told("a", OrderEvent.FILL)

    events = bench.story("a")
    assert OrderEvent.ACCEPTED == events[0]
    assert {OrderEvent.REPLACED, OrderEvent.FILL} == set(events[1:])
    assert D("1.1002") == fill.price


@card(33)
async def test_a_quantity_counts_what_is_filled(pieces: Bench) -> None:
    """Of a partly filled order only what is beyond its fills can still trade."""
    made = order("a", quantity="4", order_type=OrderType.LIMIT, price="1.1000")
    assert await pieces.venue.submit(made) is None
    await pieces.piece("a")
    fill = await pieces.told("a", OrderEvent.FILL)
    wanted = (fill.quantity or D(0)) + D("0.1")
    assert await pieces.venue.replace(made, terms(str(wanted), "1.1000")) is None
    await pieces.told("a", OrderEvent.REPLACED)
    await pieces.piece("a")
    pieces.quote("1.0998", "1.1000")
    await pieces.barrier()

    assert wanted == pieces.filled_quantity("a") == await pieces.position()
    assert OrderEvent.FILL == (await pieces.shown("a")).event


@card(34)
async def test_below_what_is_filled_is_rejected(pieces: Bench) -> None:
    """An order cannot become smaller than its fills, nor exactly them; it works on as it was."""
    made = order("a", quantity="4", order_type=OrderType.LIMIT, price="1.1000")
    assert await pieces.venue.submit(made) is None
    await pieces.piece("a")
    fill = await pieces.told("a", OrderEvent.FILL)
    asked = pieces.venue.replace(made, terms(str(fill.quantity), "1.1000"))
    reason = await pieces.refused(asked, "a", OrderEvent.REPLACE_REJECTED)
    shown = await pieces.shown("a")

    assert reason
    assert (D(4), OrderEvent.ACCEPTED) == (shown.quantity, shown.event)


@card(35)
@pytest.mark.parametrize(
    "wanted",
    [terms("0.01", "1.0900"), terms("1", "1.09001"), terms("1")],
    ids=["too small", "tick", "no price"],
)
async def test_terms_that_are_not_valid_are_rejected(bench: Bench, wanted: Terms) -> None:
    """The order works on under the terms that it had."""
    made = order("a", **RESTING)
    assert await bench.venue.submit(made) is None
    asked = bench.venue.replace(made, wanted)
    reason = await bench.refused(asked, "a", OrderEvent.REPLACE_REJECTED)
    shown = await bench.shown("a")

    assert reason
    assert (D(1), D("1.0900")) == (shown.quantity, shown.price)
    assert OrderEvent.ACCEPTED == shown.event


@card(36)
async def test_what_is_over_or_never_was_is_not_replaced(bench: Bench) -> None:
    """A filled, a cancelled and an unheard order answer a replace, and stay what they are."""
    done, gone = order("done"), order("gone", **RESTING)
    await bench.filled(done)
    assert await bench.venue.submit(gone) is None
    assert await bench.venue.cancel(gone) is None
    await bench.told("gone", OrderEvent.CANCELLED)
    for made in (done, gone, order("never")):
        asked = bench.venue.replace(made, terms("5", "1.2000"))
        assert await bench.undone(asked, made.order, OrderEvent.REPLACE_REJECTED)

    assert isinstance(await bench.venue.lookup(order("never")), Absence)
    assert D(1) == await bench.position()
    assert OrderEvent.CANCELLED == (await bench.shown("gone")).event


@card(37)
async def test_replace_and_cancel_in_one_breath_end_once(bench: Bench) -> None:
    """Whichever comes first, the order is over under its last terms and trades nothing."""
    refusals: list[str] = []
    for name, first in (("a", "replace"), ("b", "cancel")):
        made = order(name, **RESTING)
        assert await bench.venue.submit(made) is None
        if first == "cancel":
            assert await bench.venue.cancel(made) is None
        trouble = await bench.venue.replace(made, terms("2", "1.0950"))
        if trouble is not None:
            assert trouble.kind in {TroubleKind.REFUSED, TroubleKind.UNKNOWN}
            refusals.append(name)
        if first == "replace":
            assert await bench.venue.cancel(made) is None
    await bench.barrier()
    bench.quote("1.0800", "1.0802")
    await bench.barrier()

    events = {name: bench.story(name)[1:] for name in "ab"}
    assert [OrderEvent.REPLACED, OrderEvent.CANCELLED] == events["a"]
    assert OrderEvent.CANCELLED == events["b"][0]
    assert [OrderEvent.REPLACE_REJECTED] == events["b"][1:] or refusals == ["b"]
    assert {} == bench.fills()


@card(38)
async def test_a_stop_that_was_moved_waits_at_its_new_trigger(bench: Bench) -> None:
    """A protective stop that was moved does nothing at its old trigger, and all at its new one."""
    await bench.filled(order("in"))
    stop = {"purpose": Purpose.LEG, "order_type": OrderType.STOP, "trigger": "1.0900"}
    leg = order("leg", Side.SELL, **stop)
    assert await bench.venue.submit(leg) is None
    assert await bench.venue.replace(leg, terms("1", trigger="1.0800")) is None
    await bench.told("leg", OrderEvent.REPLACED)
    bench.quote("1.0890", "1.0892")
    await bench.barrier()
    assert {} == bench.fills("leg")

    bench.quote("1.0790", "1.0792")
    await bench.told("leg", OrderEvent.FILL)
    assert D(0) == await bench.position()
