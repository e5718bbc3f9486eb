"""What a simulated exchange does for legs: it links groups, keeps attached stops, and ends what has
nothing left to reduce.

Rules of this file
1. What one order of a group fills, the group has less to close; the largest of them says how much
   that is. Each of the others is cut to what is left, in the same moment.
2. The stop of an entry grows with each of its fills, and never comes back once it is over.
3. A reduce-only order ends with the position on its side.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from adapters.simulated.rows import Ticket
from core.ids import attached_id
from core.money import ZERO
from core.orders import OrderEvent, OrderType

if TYPE_CHECKING:
    from adapters.simulated.exchange import Exchange


def after_fill(exchange: Exchange, ticket: Ticket, quantity: Decimal) -> None:
    """Carry a fill over to the orders that hang on it."""
    if ticket.group:
        _cut_linked(exchange, ticket, quantity)
    if ticket.attached is not None:
        _grow_attached(exchange, ticket, quantity, ticket.attached)
    for one in exchange.working():
        reduces = one.reduce_only and one.instrument == ticket.instrument
        if reduces and one is not ticket and not room(exchange, one):
            exchange.end(one, OrderEvent.CANCELLED, reason="nothing left to reduce")


def after_bust(exchange: Exchange, entry: Ticket, quantity: Decimal) -> None:
    """Take what an entry did not fill after all off the stop that came with it."""
    for stop in exchange.by_order.get(attached_id(entry.order), ()):
        if stop.works and stop.left > quantity:
            exchange.change_quantity(stop, stop.quantity - quantity)
        elif stop.works:
            exchange.end(stop, OrderEvent.CANCELLED, reason="nothing left to reduce")


def room(exchange: Exchange, ticket: Ticket) -> Decimal:
    """Return how much of the position an order could close."""
    return max(ZERO, -ticket.side.sign * exchange.held(ticket.book))


def _cut_linked(exchange: Exchange, filled: Ticket, quantity: Decimal) -> None:
    others = [one for one in exchange.working() if one.group == filled.group and one is not filled]
    before = max((one.left for one in others), default=ZERO)
    rest = max(before, filled.left + quantity) - quantity
    for one in others:
        if one.left <= rest:
            continue
        if rest:
            exchange.change_quantity(one, one.filled + rest)
        else:
            exchange.end(one, OrderEvent.CANCELLED, reason="linked")


def _grow_attached(exchange: Exchange, entry: Ticket, quantity: Decimal, trigger: Decimal) -> None:
    name = attached_id(entry.order)
    known = exchange.by_order.get(name)
    if known is None:
        if entry.side.sign * exchange.held(entry.book) > ZERO:
            exchange.attach(_stop_of(exchange, entry, name, trigger))
    elif known[0].works:
        exchange.change_quantity(known[0], known[0].quantity + quantity)


def _stop_of(exchange: Exchange, entry: Ticket, name: str, trigger: Decimal) -> Ticket:
    return Ticket(
        venue_order=f"{entry.venue_order}-stop",
        order=name,
        instrument=entry.instrument,
        side=entry.side.opposite,
        order_type=OrderType.STOP,
        quantity=entry.filled,
        price=None,
        trigger=trigger,
        worst_price=None,
        reduce_only=True,
        placed_ns=exchange.now(),
        closes=entry.book if exchange.rules.hedging else "",
    )
