"""Flatten, when an order of its own that counted as not placed turns up after all."""

from __future__ import annotations

from decimal import Decimal

from core.engine import next_due
from core.orders import OrderState, Side
from core.setup import SECOND_NS
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


def test_the_end_of_a_late_order_is_asked_for_once_in_five_seconds() -> None:
    """A venue that rejects each cancel is not asked again with every report that it sends, and a
    timer asks again where it sends none."""
    stage = Stage()
    stage.position("2")
    stage.do(flatten())
    (first,) = closing(stage)
    stage.look(first, None)
    stage.wait(5)
    stage.tick()
    _, second = closing(stage)
    stage.fill(second, "2")
    stage.report(first, "accepted")
    assert [first.order] == stage.asked_to_end
    stage.wait(2)
    stage.fill(first, "1")
    stage.report(first, "cancel_rejected")
    assert [] == stage.asked_to_end
    assert stage.now + 3 * SECOND_NS == next_due(stage.state, stage.now)
    stage.wait(3)
    stage.tick()
    assert [first.order] == stage.asked_to_end
    stage.report(first, "cancel_rejected")

    assert [] == stage.asked_to_end
