"""What the lists take and give stays in step with the core."""

from __future__ import annotations

from bridge.cli.watching import STATES
from core.orders import OrderState


def test_every_state_of_an_order_can_be_asked_for() -> None:
    """`order list --state` knows the states that there are, and `alive`."""
    assert {"alive", *OrderState} == set(STATES)
