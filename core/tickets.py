"""Tickets of a hedging account: whose they are, and which of them an exit closes.

Rules of this file
1. Each entry is a position of its own. Opposite ones stand side by side, and nothing nets them.
2. What closes names the ticket that it closes; without one the other side would be opened.
3. An exit is split over its owner's own tickets, the oldest first, and takes no more of one than
   other exits leave. Nobody's ticket is closed for somebody else.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from core.instruments import Instrument
from core.money import ZERO
from core.orders import Order, OrderState, Side
from core.state import State
from core.ticket_rows import TicketRow


class TicketPart(NamedTuple):
    """So much of one ticket; without a name on an account that nets."""

    ticket: str
    quantity: Decimal


def is_hedging(state: State, account: str) -> bool:
    """Say whether each entry of an account is a position of its own."""
    found = state.facts.setup.accounts.get(account)
    return found is not None and found.hedging


def tickets_of(state: State, account: str, instrument: str, strategy: str) -> list[TicketRow]:
    """Return an owner's tickets, oldest first."""
    keys = state.tickets_at.get((account, instrument), ())
    rows = [state.tickets[key] for key in keys if key[2] == strategy]
    return sorted(rows, key=lambda row: (row.number, row.ticket))


def left_of(state: State, row: TicketRow, but: str = "") -> Decimal:
    """Return how much of a ticket no exit on its way closes, without a sign. A leg that rests
    closes nothing yet. ``but``: an exit that does not count."""
    key = (row.account, row.instrument, row.strategy)
    orders = (state.orders[name] for name in state.working.get(key, ()))
    exits = [one for one in orders if one.closes == row.ticket and one.order != but]
    taken = [one.leaves for one in exits if not one.rests]
    return max(ZERO, abs(row.quantity) - sum(taken, ZERO))


def parts_to_close(
    state: State, account: str, instrument: Instrument, *, strategy: str, side: Side,
    quantity: Decimal,
) -> list[TicketPart]:  # fmt: skip
    """Split what an exit on ``side`` closes over its owner's tickets, the oldest first."""
    if not is_hedging(state, account):
        return [TicketPart("", quantity)]
    parts: list[TicketPart] = []
    left = quantity
    for row in tickets_of(state, account, instrument.name, strategy):
        if row.quantity * side.sign >= ZERO:
            continue
        part = instrument.quantity_cut(min(left, left_of(state, row)))
        if part:
            parts.append(TicketPart(row.ticket, part))
            left -= part
    return parts


def within_ticket(state: State, order: Order, most: Decimal) -> Decimal:
    """Cut what an exit may close to what others leave of its ticket."""
    if not order.closes:
        return most
    row = state.tickets.get((order.account, order.closes, order.strategy))
    if row is None or row.quantity * order.side.sign >= ZERO:
        return ZERO
    return min(most, left_of(state, row, but=order.order))


def leg_word(word: str, ticket: str) -> str:
    """Name what an order is among those of one signal: each ticket has one of its own."""
    return f"{word} {ticket}" if ticket else word


def too_many(
    state: State, account: str, instrument: str, *, strategy: str, ticket: str
) -> list[Order]:
    """Return the exits, the newest ones, that close more of a ticket than is held of it."""
    row = state.tickets.get((account, ticket, strategy))
    left = abs(row.quantity) if row is not None else ZERO
    orders = (state.orders[name] for name in state.working.get((account, instrument, strategy), ()))
    exits = [one for one in orders if one.closes == ticket and one.state is not OrderState.HELD]
    over: list[Order] = []
    for order in sorted(exits, key=lambda one: one.number):
        if order.leaves <= left:
            left -= order.leaves
        elif not order.pending_cancel:
            over.append(order)
    return over
