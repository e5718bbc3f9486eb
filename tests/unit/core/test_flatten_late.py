"""Flatten, when an order of its own that counted as not placed turns up after all."""

from __future__ import annotations

from decimal import Decimal

from core.orders import OrderState, Side
from tests.unit.core.stage import Stage
from tests.unit.core.test_flatten import closing, flatten

D = Decimal


def test_while_an_earlier_order_of_the_act_may_trade_no_other_follows() -> None:
    """Given up as not placed and there after all, it trades beyond what was left to close: what is
    to be closed then is known when it is over, and not before."""
    stage = Stage()
    stage.position("3")
    stage.do(flatten())
    (first,) = closing(stage)
    stage.look(first, None)
    assert OrderState.NOT_PLACED is stage.order(first).state
    stage.wait(5)
    stage.tick()
    _, second = closing(stage)
    stage.fill(second, "3")
    stage.report(first, "accepted")
    stage.fill(first, "1")
    stage.wait(5)
    stage.tick()
    assert [first.order, second.order] == [order.order for order in closing(stage)]
    stage.fill(first, "1")
    stage.report(first, "cancelled")
    stage.wait(5)
    stage.tick()
    *_, third = closing(stage)

    assert (Side.BUY, D(2)) == (third.side, third.quantity)
