"""What the tests of follow-ups say and look at."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core import records as r
from core.orders import Order
from core.setup import SECOND_NS, OnPartial
from tests.unit.core.setups import WIDE, replaced, setup_of
from tests.unit.core.stage import Stage

D = Decimal


def stage_of(on_partial: str = "market", retries: int = 0, **limits: Any) -> Stage:
    """Begin with a route that has policies; a rest may work for 10 seconds."""
    route = {
        "on_partial": OnPartial(on_partial),
        "partial_after_ns": 10 * SECOND_NS,
        "reject_retries_max": retries,
    }
    scopes = {"account:one": replaced(WIDE, **limits)}
    return Stage(setup_of(route=route, limits=scopes))


def partly(stage: Stage, quantity: str = "3", filled: str = "1") -> Order:
    """Bring a limit entry to where some of it is filled."""
    order = stage.entry(quantity, order_type="limit", price="50000")
    stage.report(order, "accepted")
    stage.fill(order, filled)
    return stage.order(order)


def due(stage: Stage, seconds: int = 10) -> None:
    """Let time pass, and do what is due then."""
    stage.wait(seconds)
    stage.tick()


def revisions(stage: Stage) -> list[Order]:
    """Return the later revisions, oldest first."""
    later = [order for order in stage.state.orders.values() if order.revision]
    return sorted(later, key=lambda order: order.revision)


def declined(stage: Stage) -> list[str]:
    """Return the codes for why nothing followed."""
    return [one.code for one in stage.records if isinstance(one, r.FollowUpDeclined)]


def ended(stage: Stage, order: Order) -> None:
    """Let the venue tell the end of an order, and show all that was filled of it."""
    stage.report(order, "cancelled")
    known = stage.order(order)
    stage.look(order, stage.shown(order, "cancelled", filled=known.filled, price=known.price))


def rejected(stage: Stage, order: Order, **fields: Any) -> None:
    """Let the venue reject an order for a moment."""
    stage.report(order, "rejected", **({"transient": True, "reason": "busy"} | fields))
