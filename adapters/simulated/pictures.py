"""What a simulated exchange shows when it is asked: its books, as they were a moment ago.

Rules of this file
1. A picture is as old as the exchange's rules say, in all of its parts alike.
2. What a search proves is said with it; an order that cannot be searched for proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from adapters.port import Absence
from adapters.simulated.exchange import Exchange
from adapters.simulated.executions import execution
from adapters.simulated.rows import Deal, Search, Ticket
from core.money import ZERO
from core.orders import Order, OrderEvent
from core.reports import AccountMark, Report, VenueOrder, VenuePosition, VenueSnapshot

_ALL_NS: Final = 2**63 - 1
"""Later than any time."""


def mark_of(exchange: Exchange) -> AccountMark:
    """Return the account's figures now."""
    return AccountMark(
        account=exchange.account,
        balance=exchange.balance,
        equity=exchange.equity(),
        at_ns=exchange.now(),
    )


def search(exchange: Exchange, order: Order, canary: Order | None) -> VenueOrder | Absence:
    """Look for an order in every way that the exchange has."""
    found = _found(exchange, order.order)
    if found is not None:
        return found
    rules = exchange.rules
    seen = canary is not None and _found(exchange, canary.order) is not None
    return Absence(
        calls=(f"search {rules.search}",),
        covers_closed=rules.search is not Search.OPEN,
        canary=canary.order if canary is not None and seen else "",
        conclusive=rules.search is Search.BOOKS,
    )


def _seen_ns(exchange: Exchange) -> int:
    """Return the time up to which it shows its books. Without a lag that is all of them, also what
    was placed by a clock that was set back since."""
    lag_ns = exchange.rules.lag_ns
    return exchange.now() - lag_ns if lag_ns else _ALL_NS


def _found(exchange: Exchange, order: str) -> VenueOrder | None:
    seen_ns = _seen_ns(exchange)
    for ticket in reversed(exchange.by_order.get(order, [])):
        if ticket.placed_ns > seen_ns:
            continue
        shown = _shown(exchange, ticket, seen_ns)
        traces = exchange.rules.lists_fills and shown.fills
        if shown.event is OrderEvent.ACCEPTED or traces:
            return shown
        if exchange.rules.search is not Search.OPEN:
            return shown
    return None


def _shown(exchange: Exchange, ticket: Ticket, seen_ns: int) -> VenueOrder:
    """Show an order as it was at a time."""
    fills = tuple(_fills(exchange, ticket, seen_ns))
    over = ticket.ended is not None and ticket.ended_ns <= seen_ns
    event = ticket.ended if over and ticket.ended is not None else OrderEvent.ACCEPTED
    return VenueOrder(
        order=ticket.order,
        venue_order=ticket.venue_order,
        instrument=ticket.instrument,
        side=ticket.side,
        order_type=ticket.order_type,
        quantity=ticket.quantity,
        filled=_filled(ticket, seen_ns),
        event=event,
        at_ns=ticket.ended_ns if over else ticket.placed_ns,
        price=ticket.price,
        trigger=ticket.trigger,
        fills=fills,
        reason=ticket.reason if over else "",
    )


def _filled(ticket: Ticket, seen_ns: int) -> Decimal:
    return sum((_counts(deal, seen_ns) for deal in ticket.deals), ZERO)


def _counts(deal: Deal, seen_ns: int | None = None) -> Decimal:
    """Return how much of a trade counted at a time, or counts now."""
    counts = ZERO
    for at_ns, event, quantity, _ in deal.told:
        if seen_ns is None or at_ns <= seen_ns:
            counts = ZERO if event is OrderEvent.BUST else quantity
    return counts


def _moved(deal: Deal, seen_ns: int | None = None) -> Decimal:
    """Return by how much a trade moves the position: less its fee, where that is in the coin."""
    counts = _counts(deal, seen_ns)
    return counts - deal.base if counts else ZERO


def _fills(exchange: Exchange, ticket: Ticket, seen_ns: int, since_ns: int = 0) -> Iterator[Report]:
    """Yield the trades as they stood at a time; one that was taken back is not listed any more."""
    for deal in ticket.deals:
        if not since_ns <= deal.at_ns <= seen_ns:
            continue
        _, event, quantity, price = [told for told in deal.told if told[0] <= seen_ns][-1]
        if event is not OrderEvent.BUST:
            yield execution(
                exchange, ticket, OrderEvent.FILL, exec_id=deal.exec_id,
                quantity=quantity, price=price, fee=deal.fee, base=deal.base, at_ns=deal.at_ns,
            )  # fmt: skip


def snapshot(exchange: Exchange, since_ns: int) -> VenueSnapshot:
    """Show the account as it was a moment ago."""
    lag_ns, lists = exchange.rules.lag_ns, exchange.rules.lists_fills
    seen_ns = _seen_ns(exchange)
    # A position changes at trades alone, so what is younger than the picture is taken off again.
    nets = {name: held.quantity for name, held in exchange.positions.items()}
    orders: list[VenueOrder] = []
    fills: list[Report] = []
    for ticket in exchange.tickets:
        if lag_ns:
            young = sum((_moved(deal) - _moved(deal, seen_ns) for deal in ticket.deals), ZERO)
            if young:
                nets[ticket.book] -= ticket.side.sign * young
        if ticket.placed_ns <= seen_ns and (ticket.works or ticket.ended_ns > seen_ns):
            orders.append(_shown(exchange, ticket, seen_ns))
        if lists and ticket.order:
            fills.extend(_fills(exchange, ticket, seen_ns, since_ns))
    return VenueSnapshot(
        account=exchange.account,
        orders=tuple(orders),
        positions=tuple(
            VenuePosition(
                instrument=exchange.positions[name].instrument,
                quantity=net,
                average_price=exchange.positions[name].average_price,
                ticket=name if exchange.rules.hedging else "",
            )
            for name, net in nets.items()
            if net
        ),
        mark=mark_of(exchange),
        at_ns=exchange.now(),
        fills=tuple(fills),
        fills_since_ns=since_ns if lists else 0,
    )
