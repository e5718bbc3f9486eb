"""Fills that a venue counts and does not tell: asked for, and in the end booked as inferred.

Rules of this file
1. One answer is not believed: the execution may be on its way. What stays after two pictures is.
2. An answer that still counts a trade which was taken back is an old one: that is no fill.
3. The price of what nothing tells is the order's own, else the nearest that is known of it.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal

from core import records as r
from core.inferred import infer
from core.mismatches import Kind
from core.money import ZERO
from core.orders import Order
from core.reports import VenueOrder
from core.state import State

Steps = Generator[r.OrderChanged | r.AlarmRaised, None, None]


def counted(state: State, order: Order, found: VenueOrder, now: int) -> Steps:
    """Take a look-up that counts more as filled than its fills: tell it, or book it if two pictures
    have shown meanwhile that the order does not work any more."""
    missing = found.filled - order.filled - _taken_back(state, order, found)
    if missing <= ZERO:
        return
    row = state.mismatches.get((order.account, Kind.ORDER_MISSING, order.order))
    price = price_of(state, order)
    if row is None or not row.confirmed or not price:
        yield r.AlarmRaised(
            at_ns=now,
            code="fills_incomplete",
            value=str(found.filled),
            limit=str(order.filled),
            where=order.order,
        )
        return
    yield from infer(
        state,
        order,
        now,
        quantity=missing,
        price=price,
        reason="counted by the venue, listed by nothing",
        at_ns=found.at_ns,
    )


def _taken_back(state: State, order: Order, found: VenueOrder) -> Decimal:
    """Return how much of what an answer lists was taken back since, as far as we know."""
    total = ZERO
    for fill in found.fills:
        known = state.fills.get((order.account, fill.exec_id))
        if known is not None and fill.quantity is not None and known.corrected:
            total += fill.quantity - known.quantity
    return total


def price_of(state: State, order: Order) -> Decimal:
    """Return the price at which a fill of an order is booked when nothing tells it; zero: none."""
    position = state.positions.get((order.account, order.instrument, order.strategy))
    held = position.average_price if position is not None else None
    return order.price or order.average_price or order.reference or held or ZERO
