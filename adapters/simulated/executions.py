"""What a simulated exchange says of a trade: the same words in a report and in a picture."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from adapters.simulated.rows import Ticket
from core.orders import OrderEvent
from core.reports import Report

if TYPE_CHECKING:
    from adapters.simulated.exchange import Exchange


def execution(
    exchange: Exchange,
    ticket: Ticket,
    event: OrderEvent,
    *,
    exec_id: str,
    quantity: Decimal,
    price: Decimal,
    fee: Decimal,
    base: Decimal,
    at_ns: int,
) -> Report:
    """Make the report of one version of a trade."""
    currency = exchange.rules.currency
    return Report(
        account=exchange.account,
        order=ticket.order,
        event=event,
        at_ns=at_ns,
        venue_order=ticket.venue_order,
        exec_id=exec_id,
        quantity=None if event is OrderEvent.BUST else quantity,
        price=None if event is OrderEvent.BUST else price,
        fee=base or fee,
        fee_currency=exchange.instruments[ticket.instrument].base if base else currency,
        position=ticket.book if exchange.rules.hedging else "",
    )
