"""What a start makes of orders that old news brought back to life."""

from __future__ import annotations

from decimal import Decimal

import pytest

from core import records as r
from core.fold import fold
from core.orders import OrderEvent, OrderState
from tests.unit.core.stage import Stage

D = Decimal


@pytest.mark.parametrize(
    ("filled", "state"), [("2", OrderState.FILLED), ("1", OrderState.PARTIALLY_FILLED)]
)
def test_the_fills_say_what_is_over(filled: str, state: OrderState) -> None:
    """Old news of a former writer stands behind its successor's: what is filled stays filled."""
    stage = Stage()
    order = stage.entry("2")
    stage.fill(order, filled)
    stale = r.OrderChanged(
        at_ns=stage.now, order=order.order, event=OrderEvent.ACCEPTED, to=OrderState.ACCEPTED
    )
    fold(stage.state, stale)
    assert OrderState.ACCEPTED is stage.order(order).state
    stage.start()

    assert (state, D(filled)) == (stage.order(order).state, stage.order(order).filled)
    assert (state is OrderState.FILLED) is (order.order not in stage.state.alive)
