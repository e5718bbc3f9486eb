"""The matching: orders and quotes in, executions and reports out. No clock, no file, no event loop.

Rules of this file
1. The same orders, quotes and times in the same order give the same executions; chance comes from
   the order's id.
2. Orders are looked at in the order in which they were accepted. Each quote has room for everyone:
   there are no other customers, so there is no queue at a price.
3. A reduce-only order never opens and never turns a position: it is cut to what is held when it
   trades, and cancelled as soon as nothing is held on its side.
4. Whatever changed stands in ``changed``, ``traded`` and ``outbox`` until someone has made it
   durable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from adapters.paper import legs
from adapters.paper.codes import reason
from adapters.paper.messages import Voice
from adapters.paper.money import Money
from adapters.paper.pricing import crossed, price_of, reached
from adapters.paper.settings import PaperSettings
from adapters.paper.ticket import Execution, Ticket, replace_objection, replaced
from core.instruments import Instrument
from core.money import plain
from core.orders import OrderEvent, Terms
from core.reports import Quote, Report

MS_NS: Final = 1_000_000


class Book:
    """The working orders of one account, and what happened to them since the last write."""

    def __init__(
        self,
        *,
        instruments: Mapping[str, Instrument],
        settings: PaperSettings,
        money: Money,
        voice: Voice,
        number: Callable[[], int],
        was_here: Callable[[str], bool],
    ) -> None:
        self.instruments = instruments
        self.settings = settings
        self.money = money
        self.voice = voice
        self.number = number
        """Gives the next number of the venue's own count."""
        self.was_here = was_here
        """Says whether there was ever an order with an id."""
        self.quotes: dict[str, Quote] = {}
        self.working: dict[str, Ticket] = {}
        self.changed: dict[str, Ticket] = {}
        self.outbox: list[Report] = []
        self.traded: set[str] = set()
        self._of_instrument: dict[str, dict[str, Ticket]] = {}
        self._reducing: dict[str, dict[str, Ticket]] = {}
        self._groups: dict[str, dict[str, Ticket]] = {}
        self._waiting: dict[str, int] = {}
        self._wait_ns = settings.quote_wait_ms * MS_NS

    def arrive(self, ticket: Ticket, now_ns: int) -> None:
        """Accept an order that was found valid, and trade it as far as the present quote allows."""
        ticket.accepted_ns = now_ns
        self.changed[ticket.order] = ticket
        self.outbox.append(self.voice.accepted(ticket))
        self._enter(ticket, now_ns)

    def _enter(self, ticket: Ticket, now_ns: int) -> None:
        """Trade an order as far as the present quote allows, and let what is left of it rest."""
        quote = self.quotes.get(ticket.instrument)
        if ticket.reduce_only and not self.money.room(ticket.instrument, ticket.side):
            self._nothing_to_reduce(ticket, now_ns)
            return
        if quote is not None:
            self._meet(ticket, quote, now_ns)
        if ticket.event is OrderEvent.ACCEPTED:
            self.rest(ticket, now_ns)

    def rest(self, ticket: Ticket, now_ns: int) -> None:
        """Keep an order among the working ones; also how orders come back after a restart."""
        self.working[ticket.order] = ticket
        self._of_instrument.setdefault(ticket.instrument, {})[ticket.order] = ticket
        if ticket.reduce_only:
            self._reducing.setdefault(ticket.instrument, {})[ticket.order] = ticket
        if ticket.group and self.settings.link_legs:
            self._groups.setdefault(ticket.group, {})[ticket.order] = ticket
        if ticket.takes_at_once:
            self._wait(ticket, now_ns)

    def quote(self, quote: Quote, now_ns: int) -> None:
        """Take a new quote and trade what it lets trade."""
        self.quotes[quote.instrument] = quote
        for ticket in tuple(self._of_instrument.get(quote.instrument, {}).values()):
            if ticket.event is OrderEvent.ACCEPTED:  # one before it may have ended it
                self._meet(ticket, quote, now_ns)

    def cancel(self, order: str, now_ns: int) -> bool:
        """Cancel what is left of a working order; false when it is not one."""
        ticket = self.working.get(order)
        if ticket is None:
            return False
        self.end(ticket, OrderEvent.CANCELLED, reason("paper_cancelled"), now_ns)
        return True

    def replace(self, order: str, terms: Terms, place: int, now_ns: int) -> str | None:
        """Give a working order new terms and a new place; say why it does not get them, empty when
        it does. ``None``: it is not a working one."""
        ticket = self.working.get(order)
        if ticket is None:
            return None
        why = replace_objection(ticket, terms, self.instruments[ticket.instrument])
        if why:
            return why
        self._leave(ticket)
        wanted = replaced(ticket, terms)
        ticket.quantity, ticket.price, ticket.trigger = (
            wanted.quantity,
            wanted.price,
            wanted.trigger,
        )
        ticket.rested, ticket.replaced_ns, ticket.place = False, now_ns, place
        self.tell_terms(ticket)
        self._enter(ticket, now_ns)
        return ""

    def tell_terms(self, ticket: Ticket) -> None:
        """Report the terms that an order has now."""
        self.changed[ticket.order] = ticket
        self.outbox.append(self.voice.replaced(ticket))

    def linked(self, group: str) -> tuple[Ticket, ...]:
        """Return the working orders of a group."""
        return tuple(self._groups.get(group, {}).values())

    def reject(self, ticket: Ticket, why: str, now_ns: int) -> None:
        """Record an order that the venue does not take. Its report is told when it would have
        arrived.
        """
        ticket.event, ticket.reason, ticket.done_ns = OrderEvent.REJECTED, why, now_ns
        self.changed[ticket.order] = ticket

    def expire(self, now_ns: int) -> None:
        """End the market orders that have waited too long for a quote."""
        while self._waiting:
            order, due_ns = next(iter(self._waiting.items()))
            if due_ns > now_ns:
                return
            ticket = self.working[order]
            limit, where = str(self.settings.quote_wait_ms), ticket.instrument
            self.end(
                ticket,
                OrderEvent.EXPIRED,
                reason("paper_no_quote", limit=limit, where=where),
                now_ns,
            )

    @property
    def next_due_ns(self) -> int | None:
        """Return when ``expire`` has something to do, ``None`` for never."""
        return next(iter(self._waiting.values()), None)

    def _wait(self, ticket: Ticket, now_ns: int) -> None:
        # Taken out first, so that the first one in is always the first one due.
        self._waiting.pop(ticket.order, None)
        self._waiting[ticket.order] = now_ns + self._wait_ns

    def _meet(self, ticket: Ticket, quote: Quote, now_ns: int) -> None:
        if ticket.trigger is not None and not ticket.triggered:
            if not reached(ticket, quote):
                return
            ticket.triggered = True
            self.changed[ticket.order] = ticket
        if crossed(ticket, quote):
            self._trade(ticket, quote, now_ns)
        elif not ticket.rested:
            ticket.rested = True
            self.changed[ticket.order] = ticket

    def _trade(self, ticket: Ticket, quote: Quote, now_ns: int) -> None:
        instrument = self.instruments[ticket.instrument]
        quantity = left = ticket.quantity - ticket.filled
        if ticket.chunk is not None and left - ticket.chunk >= instrument.quantity_min:
            quantity = ticket.chunk
        if ticket.reduce_only:
            quantity = min(quantity, self.money.room(ticket.instrument, ticket.side))
        price = price_of(ticket, quote, quantity, instrument=instrument, settings=self.settings)
        assert quantity > 0, "a reduce-only order without room was cancelled before"
        if ticket.worst is not None and (price - ticket.worst) * ticket.side.sign > 0:
            self._beyond_collar(ticket, price, now_ns)
            return
        fee = self.money.fee(instrument, quantity, price)
        self.money.trade(instrument, ticket.side, quantity=quantity, price=price, fee=fee)
        self.traded.add(ticket.instrument)
        ticket.filled += quantity
        self.changed[ticket.order] = ticket
        execution = Execution(quantity, price, fee, now_ns)
        ticket.executions.append(execution)
        self.outbox.append(self.voice.filled(ticket, execution, len(ticket.executions)))
        if quantity == left:
            ticket.event, ticket.done_ns = OrderEvent.FILL, now_ns
            self._leave(ticket)
        elif ticket.reduce_only and not self.money.room(ticket.instrument, ticket.side):
            self._nothing_to_reduce(ticket, now_ns)
        elif ticket.takes_at_once and ticket.order in self.working:
            self._wait(ticket, now_ns)
        if ticket.group and self.settings.link_legs:
            legs.cut_linked(self, ticket, quantity, now_ns)
        if ticket.attached is not None:
            legs.attach(self, ticket, quantity, now_ns)
        self._cancel_reducing(ticket.instrument, now_ns)

    def _beyond_collar(self, ticket: Ticket, price: Decimal, now_ns: int) -> None:
        """End a market order that would trade beyond its collar; what is filled of it is filled."""
        assert ticket.worst is not None, "asked by the caller"
        facts = {"value": plain(price), "limit": plain(ticket.worst), "where": ticket.instrument}
        self.end(ticket, OrderEvent.EXPIRED, reason("paper_beyond_collar", **facts), now_ns)

    def _cancel_reducing(self, instrument: str, now_ns: int) -> None:
        for ticket in tuple(self._reducing.get(instrument, {}).values()):
            if not self.money.room(instrument, ticket.side):
                self._nothing_to_reduce(ticket, now_ns)

    def _nothing_to_reduce(self, ticket: Ticket, now_ns: int) -> None:
        side = "short" if ticket.side.sign > 0 else "long"
        why = reason("paper_nothing_to_reduce", where=f"{side} {ticket.instrument}")
        self.end(ticket, OrderEvent.CANCELLED, why, now_ns)

    def end(self, ticket: Ticket, event: OrderEvent, why: str, now_ns: int) -> None:
        """End an order, whoever asked for it."""
        ticket.event, ticket.reason, ticket.done_ns = event, why, now_ns
        self.changed[ticket.order] = ticket
        self.outbox.append(self.voice.ended(ticket))
        self._leave(ticket)

    def _leave(self, ticket: Ticket) -> None:
        if self.working.pop(ticket.order, None) is not None:
            self._of_instrument[ticket.instrument].pop(ticket.order)
            self._waiting.pop(ticket.order, None)
            if ticket.reduce_only:
                self._reducing[ticket.instrument].pop(ticket.order)
            group = self._groups.get(ticket.group)
            if group is not None and group.pop(ticket.order, None) and not group:
                del self._groups[ticket.group]
