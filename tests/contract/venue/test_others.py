"""Cards: what somebody else does on the account."""

from __future__ import annotations

from decimal import Decimal

from core.orders import OrderEvent, OrderType, Side
from tests.contract.venue.benches import Bench, order
from tests.contract.venue.cards import card

D = Decimal


@card(58)
async def test_an_order_of_somebody_else_is_nobodys_of_ours(bench: Bench) -> None:
    """The order that somebody else placed on the account is shown, as nobody of ours."""
    await bench.by_hand(Side.BUY, "2", "1.0900")
    (shown,) = (await bench.snapshot()).orders

    assert ("", D(2), D("1.0900")) == (shown.order, shown.quantity, shown.price)
    assert shown.venue_order


@card(59)
async def test_a_trade_of_somebody_else_moves_the_position(bench: Bench) -> None:
    """What somebody else trades moves the position that is shown, and no order of ours."""
    await bench.filled(order("a"))
    await bench.by_hand(Side.BUY, "2")

    assert D(3) == await bench.position()
    assert D(1) == bench.filled_quantity("a") == (await bench.shown("a")).filled


@card(60)
async def test_a_cancel_of_somebody_else_ends_ours(bench: Bench) -> None:
    """What somebody else cancels of ours is told as its end."""
    made = order("a", order_type=OrderType.LIMIT, price="1.0900")
    assert await bench.venue.submit(made) is None
    await bench.told("a", OrderEvent.ACCEPTED)
    await bench.cancel_by_hand("a")
    await bench.told("a", OrderEvent.CANCELLED)

    assert OrderEvent.CANCELLED == (await bench.shown("a")).event
