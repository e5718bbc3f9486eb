"""What the venue says: its reports, made from a ticket and an execution and from nothing else.

Rules of this file
1. A report that is told again is equal to the first: both are made here, from what the ledger
   keeps.
"""

from __future__ import annotations

import msgspec

from adapters.paper.codes import is_transient
from adapters.paper.ticket import Execution, Ticket
from core.orders import OrderEvent, Terms
from core.reports import Report, VenueOrder

_encode = msgspec.json.Encoder().encode


class Voice:
    """Speaks for one account. ``tag`` is the ledger's own, so that no two ledgers ever give out one
    id.
    """

    def __init__(self, account: str, tag: str, currency: str) -> None:
        self.account = account
        self.tag = tag
        self.currency = currency

    def venue_order(self, ticket: Ticket) -> str:
        """Name a ticket as the venue does."""
        return f"{self.tag}-{ticket.number}"

    def accepted(self, ticket: Ticket) -> Report:
        """Report that the order reached the venue and works."""
        venue_order = self.venue_order(ticket)
        said = {"paper": "accepted", "order": ticket.order, "id": venue_order}
        return Report(
            account=self.account,
            order=ticket.order,
            event=OrderEvent.ACCEPTED,
            at_ns=ticket.accepted_ns,
            venue_order=venue_order,
            raw=_encode(said).decode(),
        )

    def filled(self, ticket: Ticket, execution: Execution, part: int) -> Report:
        """Report one execution, the ``part``-th of its order."""
        venue_order = self.venue_order(ticket)
        exec_id = f"{venue_order}-{part}"
        said = {
            "paper": "fill",
            "order": ticket.order,
            "exec": exec_id,
            "quantity": execution.quantity,
            "price": execution.price,
            "fee": execution.fee,
        }
        return Report(
            account=self.account,
            order=ticket.order,
            event=OrderEvent.FILL,
            at_ns=execution.at_ns,
            venue_order=venue_order,
            exec_id=exec_id,
            quantity=execution.quantity,
            price=execution.price,
            fee=execution.fee,
            fee_currency=self.currency,
            raw=_encode(said).decode(),
        )

    def ended(self, ticket: Ticket) -> Report:
        """Report that the order is over without being filled: cancelled, rejected or expired."""
        return self._answer(ticket.order, self.venue_order(ticket), ticket.event, ticket)

    def replaced(self, ticket: Ticket) -> Report:
        """Report that the order works under the terms that it has now."""
        venue_order = self.venue_order(ticket)
        terms = {"quantity": ticket.quantity, "price": ticket.price, "trigger": ticket.trigger}
        said = {"paper": "replaced", "order": ticket.order, "id": venue_order} | terms
        return Report(
            account=self.account,
            order=ticket.order,
            event=OrderEvent.REPLACED,
            at_ns=ticket.replaced_ns,
            venue_order=venue_order,
            quantity=ticket.quantity,
            price=ticket.price,
            trigger=ticket.trigger,
            raw=_encode(said).decode(),
        )

    def cancel_rejected(self, order: str, at_ns: int, reason: str) -> Report:
        """Report that there was nothing to cancel."""
        return self._refused(OrderEvent.CANCEL_REJECTED, order, at_ns, reason)

    def replace_rejected(self, order: str, terms: Terms, at_ns: int, reason: str) -> Report:
        """Report that the order did not get these terms."""
        refused = self._refused(OrderEvent.REPLACE_REJECTED, order, at_ns, reason)
        return msgspec.structs.replace(
            refused, quantity=terms.quantity, price=terms.price, trigger=terms.trigger
        )

    def _refused(self, event: OrderEvent, order: str, at_ns: int, reason: str) -> Report:
        said = {"paper": event, "order": order, "reason": reason}
        return Report(
            account=self.account,
            order=order,
            event=event,
            at_ns=at_ns,
            reason=reason,
            raw=_encode(said).decode(),
        )

    def _answer(self, order: str, venue_order: str, event: OrderEvent, ticket: Ticket) -> Report:
        said = {"paper": event, "order": order, "id": venue_order, "reason": ticket.reason}
        return Report(
            account=self.account,
            order=order,
            event=event,
            at_ns=ticket.done_ns,
            venue_order=venue_order,
            reason=ticket.reason,
            raw=_encode(said).decode(),
            transient=event is OrderEvent.REJECTED and is_transient(ticket.reason),
        )

    def history(self, ticket: Ticket) -> tuple[Report, ...]:
        """Tell again what was reported of an order; of its terms only those it has now."""
        told: list[Report] = []
        if ticket.accepted_ns:
            told.append(self.accepted(ticket))
        if ticket.replaced_ns:
            told.append(self.replaced(ticket))
        told.extend(self._fills(ticket))
        if ticket.event not in (OrderEvent.ACCEPTED, OrderEvent.FILL):
            told.append(self.ended(ticket))
        return tuple(told)

    def shown(self, ticket: Ticket) -> VenueOrder:
        """Show an order with its fills, as a lookup or a snapshot does."""
        fills = self._fills(ticket)
        at_ns = fills[-1].at_ns if fills else ticket.accepted_ns or ticket.received_ns
        at_ns = max(at_ns, ticket.replaced_ns)
        return VenueOrder(
            order=ticket.order,
            venue_order=self.venue_order(ticket),
            instrument=ticket.instrument,
            side=ticket.side,
            order_type=ticket.order_type,
            quantity=ticket.quantity,
            filled=ticket.filled,
            event=ticket.event,
            at_ns=ticket.done_ns or at_ns,
            price=ticket.price,
            trigger=ticket.trigger,
            fills=fills,
            reason=ticket.reason,
        )

    def _fills(self, ticket: Ticket) -> tuple[Report, ...]:
        parts = enumerate(ticket.executions, 1)
        return tuple(self.filled(ticket, execution, part) for part, execution in parts)
