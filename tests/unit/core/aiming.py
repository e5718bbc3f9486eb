"""What the tests of target mode send and read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.answers import SignalAnswer
from core.orders import OrderState
from tests.unit.core.stage import Stage


def want(stage: Stage, position: str, **fields: Any) -> SignalAnswer:
    """Send the position that is wanted."""
    return stage.say("target", target_position=position, **fields)


def made(stage: Stage, answer: SignalAnswer) -> list[tuple[str, str, Decimal, str]]:
    """Write the orders of an answer."""
    orders = [stage.order(name) for name in answer.orders]
    return [(one.purpose, one.side, one.quantity, one.held_for) for one in orders]


def fill_all(stage: Stage) -> None:
    """Let the venue end what was asked to end, and fill the rest, until nothing works."""
    for _ in range(10):
        alive = [stage.order(name) for name in stage.state.alive]
        working = [one for one in alive if one.state is not OrderState.HELD]
        for one in working:
            if one.pending_cancel:
                stage.report(one, "cancelled")
            else:
                stage.fill(one, str(one.leaves))
        if not working:
            return
