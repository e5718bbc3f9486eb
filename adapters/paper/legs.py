"""Orders that hang together: legs of one group, and the stop that an entry brings with it.

Rules of this file
1. What one order of a group fills, the group has less to close: each of the others is cut to what
   is left, in the same moment. The largest of them says how much the group closes.
2. The stop of an entry grows with each fill of it, under an id that both sides can work out. It is
   reduce-only like any other: nothing to reduce, and it is over.
3. An order that is told to change is told as a replace; where nothing is left of it, as a cancel.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from adapters.paper.codes import reason
from adapters.paper.ticket import Ticket
from core.ids import attached_id
from core.orders import OrderEvent, OrderType

if TYPE_CHECKING:
    from adapters.paper.book import Book


def cut_linked(book: Book, filled: Ticket, quantity: Decimal, now_ns: int) -> None:
    """Cut the other orders of a group to what is left after one of them filled ``quantity``."""
    others = [one for one in book.linked(filled.group) if one is not filled]
    before = max((left(one) for one in others), default=quantity)
    rest = max(before, left(filled) + quantity) - quantity
    for one in others:
        if left(one) > rest:
            _cut(book, one, rest, now_ns)


def _cut(book: Book, ticket: Ticket, rest: Decimal, now_ns: int) -> None:
    if rest < book.instruments[ticket.instrument].quantity_min:
        book.end(ticket, OrderEvent.CANCELLED, reason("paper_linked", where=ticket.group), now_ns)
        return
    ticket.quantity, ticket.replaced_ns = ticket.filled + rest, now_ns
    book.tell_terms(ticket)


def left(ticket: Ticket) -> Decimal:
    """Return what may still be filled of a working order."""
    return ticket.quantity - ticket.filled


def attach(book: Book, entry: Ticket, quantity: Decimal, now_ns: int) -> None:
    """Let the stop of an entry grow with a fill; one that is over already does not come back."""
    name = attached_id(entry.order)
    known = book.working.get(name)
    if known is not None:
        known.quantity, known.replaced_ns = known.quantity + quantity, now_ns
        book.tell_terms(known)
    elif book.money.room(entry.instrument, entry.side.opposite) and not book.was_here(name):
        book.arrive(_stop_of(entry, name, book.number(), now_ns), now_ns)


def _stop_of(entry: Ticket, name: str, number: int, now_ns: int) -> Ticket:
    return Ticket(
        number,
        name,
        entry.instrument,
        entry.side.opposite,
        OrderType.STOP,
        entry.filled,
        None,
        entry.attached,
        True,
        now_ns,
        now_ns,
    )
