"""The books as they were a moment ago: what a platform shows whose lookups lag behind its matching.

Rules of this file
1. Everything is read back from what the books hold now: a restart in between changes nothing.
2. Orders, fills and positions are as old as asked for; the money is always that of now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Protocol

from adapters.paper.ledger import Ledger
from adapters.paper.messages import Voice
from adapters.paper.money import Money
from adapters.paper.ticket import Ticket
from core.instruments import Instrument
from core.money import ZERO
from core.orders import OrderEvent
from core.reports import AccountMark, VenuePosition, VenueSnapshot


class Books(Protocol):
    """What a picture is made of."""

    account: str
    instruments: Mapping[str, Instrument]
    ledger: Ledger
    money: Money
    voice: Voice


def ticket_then(ticket: Ticket, then_ns: int) -> Ticket | None:
    """Return an order as it was; ``None``: it had not come yet. Terms that were replaced since are
    shown as they are now.
    """
    if ticket.received_ns > then_ns:
        return None
    executions = [one for one in ticket.executions if one.at_ns <= then_ns]
    shown = replace(
        ticket,
        executions=executions,
        filled=sum((one.quantity for one in executions), ZERO),
        accepted_ns=ticket.accepted_ns if ticket.accepted_ns <= then_ns else 0,
    )
    if ticket.done_ns > then_ns:
        shown.event, shown.reason, shown.done_ns = OrderEvent.ACCEPTED, "", 0
    return shown


def picture_then(books: Books, then_ns: int, *, since_ns: int, mark: AccountMark) -> VenueSnapshot:
    """Return working orders, positions and fills as they were, everything durable already."""
    tickets = books.ledger.traded(min(since_ns, then_ns))
    shown = [one for ticket in tickets if (one := ticket_then(ticket, then_ns)) is not None]
    return VenueSnapshot(
        account=books.account,
        orders=tuple(books.voice.shown(t) for t in shown if t.event is OrderEvent.ACCEPTED),
        positions=tuple(_positions_then(books, tickets, then_ns)),
        mark=mark,
        at_ns=then_ns,
        fills=tuple(
            fill
            for ticket in shown
            for fill in books.voice.shown(ticket).fills
            if fill.at_ns >= since_ns
        ),
        fills_since_ns=max(since_ns, 1),
    )


def _positions_then(
    books: Books, tickets: Iterable[Ticket], then_ns: int
) -> Iterable[VenuePosition]:
    """Take the fills since then out of what is held now, the newest first."""
    held: dict[str, tuple[Decimal, Decimal]] = {}
    for name, holding in books.money.holdings.items():
        quantity = holding.quantity
        multiplier = books.instruments[name].multiplier if quantity else None
        held[name] = (quantity, holding.cost / quantity / multiplier if multiplier else ZERO)
    since = [
        (one.at_ns, ticket.number, ticket.instrument, one.quantity * ticket.side.sign, one.price)
        for ticket in tickets
        for one in reversed(ticket.executions)
        if one.at_ns > then_ns
    ]
    for _, _, name, quantity, price in sorted(since, key=lambda row: row[:2], reverse=True):
        held[name] = before_fill(*held[name], quantity=quantity, price=price)
    for name, (quantity, average_price) in held.items():
        if quantity:
            yield VenuePosition(instrument=name, quantity=quantity, average_price=average_price)


def before_fill(
    held: Decimal, average_price: Decimal, *, quantity: Decimal, price: Decimal
) -> tuple[Decimal, Decimal]:
    """Return a position and its average price before a fill (``quantity`` below zero: sold). What
    it had cost before it was closed is not kept: then it is the price at which it was.
    """
    before = held - quantity
    if not before:
        return ZERO, ZERO
    if before * quantity > ZERO:  # it grew
        return before, (held * average_price - quantity * price) / before
    return before, average_price if before * held > ZERO else price
