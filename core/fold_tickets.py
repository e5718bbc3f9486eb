"""How fills, strangers and persons change the tickets of a hedging account.

Rules of this file
1. A fill of an entry moves the ticket that its venue names, else the one under the venue's name for
   the order: most platforms name a position after the order that opened it. A fill of an exit moves
   the ticket that the exit closes.
2. An owner's tickets add up to its position.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.money import ZERO
from core.orders import Order
from core.records import OrderChanged
from core.state import FillRow, State
from core.ticket_rows import TicketRow
from core.tickets import is_hedging, tickets_of

_replace: Final = msgspec.structs.replace


def ticket_of(state: State, order: Order, record: OrderChanged, old: FillRow | None) -> str:
    """Name the ticket that a fill moves; nothing on an account that nets."""
    if not is_hedging(state, order.account):
        return ""
    if old is not None:
        return old.ticket
    named = order.closes or record.position or record.venue_order or order.venue_order
    return named or order.order


def move_ticket(
    state: State, account: str, instrument: str, ticket: str, *, owner: str, change: Decimal
) -> None:
    """Let an owner hold more or less of a ticket."""
    if not ticket or not change:
        return
    key = (account, ticket, owner)
    row = state.tickets.get(key)
    if row is None:
        row = TicketRow(
            account=account,
            ticket=ticket,
            strategy=owner,
            instrument=instrument,
            quantity=ZERO,
            number=state.number,
        )
    quantity = row.quantity + change
    names = state.tickets_at.get((account, instrument), ())
    if quantity:
        state.put(state.tickets, key, _replace(row, quantity=quantity))
        if key not in names:
            state.put(state.tickets_at, (account, instrument), (*names, key))
    else:
        state.drop(state.tickets, key)
        left = tuple(one for one in names if one != key)
        state.put(state.tickets_at, (account, instrument), left)


def give_tickets(
    state: State, account: str, instrument: str, *, source: str, target: str, quantity: Decimal
) -> None:
    """Give another owner so much of what one holds, the oldest tickets first."""
    left = quantity
    for row in tickets_of(state, account, instrument, source):
        if row.quantity * left <= ZERO:
            continue
        part = min(abs(row.quantity), abs(left)).copy_sign(left)
        left -= part
        move_ticket(state, account, instrument, row.ticket, owner=source, change=-part)
        move_ticket(state, account, instrument, row.ticket, owner=target, change=part)
