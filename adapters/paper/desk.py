"""The whole paper account without asyncio: orders and quotes and times in, durable work and reports
out.

Rules of this file
1. Nothing overtakes: what was sent first arrives first, whatever latency was drawn for it.
2. Work is done in memory first; ``commit`` makes it durable and only then hands out what may be
   told.
3. Checks that need the order alone are made when it is taken in; what depends on the market waits
   until it arrives.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final, NamedTuple

from adapters.paper.book import MS_NS, Book
from adapters.paper.chance import draw
from adapters.paper.codes import reason
from adapters.paper.ledger import Ledger, LedgerRefused
from adapters.paper.messages import Voice
from adapters.paper.money import Money
from adapters.paper.past import picture_then, ticket_then
from adapters.paper.settings import LATENCY_MS_MAX, PaperSettings
from adapters.paper.ticket import Ticket, chunk_of, objection, ticket_of
from core.instruments import Instrument
from core.orders import Order, OrderEvent, Terms
from core.reports import AccountMark, Quote, Report, VenueOrder, VenuePosition, VenueSnapshot

ORDERS_MAX: Final = 20_000
"""Unfinished orders of one account: each quote looks at those of its instrument, half a microsecond
each."""


class _Cancel(NamedTuple):
    order: str


class _Replace(NamedTuple):
    order: str
    terms: Terms


class _Repeat(NamedTuple):
    order: str


_Item = Ticket | _Cancel | _Replace | _Repeat


class Desk:
    """One paper account: takes orders, matches them, keeps the ledger."""

    def __init__(
        self,
        *,
        instruments: Mapping[str, Instrument],
        settings: PaperSettings,
        ledger: Ledger,
        now_ns: int,
    ) -> None:
        """Take up what the ledger holds. Errors: ``LedgerRefused``."""
        balance, holdings = ledger.holdings()
        self.account = ledger.account
        self.instruments = instruments
        self.settings = settings
        self.ledger = ledger
        self.money = Money(balance, holdings, settings)
        self.voice = Voice(ledger.account, ledger.tag, settings.currency)
        self.book = Book(
            instruments=instruments,
            settings=settings,
            money=self.money,
            voice=self.voice,
            number=self._next_number,
            was_here=self._was_here,
        )
        self._number = ledger.next_number()
        self._way: deque[tuple[int, _Item]] = deque()
        self._under_way: dict[str, Ticket] = {}
        working = ledger.working()
        held = {name for name, holding in holdings.items() if holding.quantity}
        for name in sorted(held | {ticket.instrument for ticket in working}):
            if name not in instruments:
                where = ledger.path.name
                raise LedgerRefused("paper_instrument_missing", value=name, where=where)
        for ticket in working:
            if ticket.accepted_ns:
                self.book.rest(ticket, now_ns)
            else:
                self._send(ticket.due_ns, ticket)

    @property
    def unfinished(self) -> int:
        """Return the number of orders under way and working."""
        return len(self._under_way) + len(self.book.working)

    @property
    def next_due_ns(self) -> int | None:
        """Return when ``advance`` has something to do, ``None`` for never."""
        arrival = self._way[0][0] if self._way else None
        expiry = self.book.next_due_ns
        if arrival is None or expiry is None:
            return expiry if arrival is None else arrival
        return min(arrival, expiry)

    def submit(self, order: Order, now_ns: int, known: set[str] | None = None) -> None:
        """Take an order in. A known id makes no second order: what was reported of the first is
        told again. ``known``: what the ledger has of this turn's ids, where it was asked already.
        """
        name = order.order
        stored = self.ledger.knows(name) if known is None else name in known
        if stored or name in self._under_way or name in self.book.changed:
            self._carry(self._due(name, now_ns), _Repeat(name), now_ns)
            return
        if known is not None:
            known.add(name)  # also when a repeat writes this one down within the turn
        due_ns = self._due(name, now_ns)
        number = self._next_number()
        ticket = ticket_of(order, number=number, received_ns=now_ns, due_ns=due_ns)
        instrument = self.instruments.get(ticket.instrument)
        why = objection(ticket, instrument, self.settings)
        if why:
            self.book.reject(ticket, why, now_ns)
        elif self.settings.partial_fill_probability:
            assert instrument is not None, "an unknown instrument was rejected"
            ticket.chunk = chunk_of(ticket, instrument, self.settings)
        self.book.changed[name] = ticket
        self._carry(due_ns, ticket, now_ns)

    def _was_here(self, order: str) -> bool:
        return order in self.book.changed or self.ledger.knows(order)

    def _next_number(self) -> int:
        self._number += 1
        return self._number - 1

    def cancel(self, order: str, now_ns: int) -> None:
        """Take a cancel in."""
        self._carry(self._due(f"cancel {order}", now_ns), _Cancel(order), now_ns)

    def replace(self, order: str, terms: Terms, now_ns: int) -> None:
        """Take a replace in."""
        due_ns = self._due(f"replace {order}", now_ns)
        self._carry(due_ns, _Replace(order, terms), now_ns)

    def quote(self, quote: Quote, now_ns: int) -> None:
        """Take a quote of the market in."""
        self.book.quote(quote, now_ns)

    def advance(self, now_ns: int) -> None:
        """Do what is due: arrivals in their order, then expiries."""
        # What is due beyond the longest way was sent before the clock was set back.
        while self._way and not now_ns < self._way[0][0] <= now_ns + LATENCY_MS_MAX * MS_NS:
            _, item = self._way.popleft()
            self._arrive(item, now_ns)
        self.book.expire(now_ns)

    def commit(self) -> list[Report]:
        """Make everything durable, then return what may be told. Error: ``LedgerRefused``; this
        desk is then over.
        """
        self._write()
        told, self.book.outbox = self.book.outbox, []
        return told

    def lookup(self, order: str, then_ns: int | None = None) -> VenueOrder | None:
        """Show an order of any age, as it was at ``then_ns``; ``None``: it was not here."""
        self._write()
        found = self.ledger.find(order)
        if found is not None and then_ns is not None:
            found = ticket_then(found, then_ns)
        return None if found is None else self.voice.shown(found)

    def snapshot(self, now_ns: int, since_ns: int, then_ns: int | None = None) -> VenueSnapshot:
        """Show working orders (those under way included), positions, money, fills since a time;
        all but the money as it was at ``then_ns``.
        """
        self._write()
        if then_ns is not None:
            return picture_then(self, then_ns, since_ns=since_ns, mark=self.mark(now_ns))
        orders = tuple(
            self.voice.shown(ticket)
            for ticket in (*self.book.working.values(), *self._under_way.values())
            if ticket.event is OrderEvent.ACCEPTED
        )
        positions = tuple(
            VenuePosition(
                instrument=name,
                quantity=held.quantity,
                average_price=held.cost / held.quantity / self.instruments[name].multiplier,
            )
            for name, held in self.money.holdings.items()
            if held.quantity
        )
        return VenueSnapshot(
            account=self.account,
            orders=orders,
            positions=positions,
            mark=self.mark(now_ns),
            at_ns=now_ns,
            fills=tuple(
                fill
                for ticket in self.ledger.traded(since_ns)
                for fill in self.voice.shown(ticket).fills
                if fill.at_ns >= since_ns
            ),
            fills_since_ns=max(since_ns, 1),
        )

    def mark(self, now_ns: int) -> AccountMark:
        """Return the account's own figures."""
        equity = self.money.equity(self.instruments, self.book.quotes)
        margin = self.money.margin(self.instruments, self.book.quotes)
        return AccountMark(
            account=self.account,
            balance=self.money.balance,
            equity=equity,
            at_ns=now_ns,
            free_margin=None if margin is None else equity - margin,
        )

    def _due(self, name: str, now_ns: int) -> int:
        low, high = self.settings.latency_ms_min, self.settings.latency_ms_max
        due_ns = now_ns
        if high:
            span_ns = (high - low) * MS_NS + 1
            due_ns += low * MS_NS + draw(self.settings.seed, "latency", name, below=span_ns)
        return max(due_ns, self._way[-1][0]) if self._way else due_ns

    def _carry(self, due_ns: int, item: _Item, now_ns: int) -> None:
        if due_ns <= now_ns and not self._way:
            self._arrive(item, now_ns)
        else:
            self._send(due_ns, item)

    def _send(self, due_ns: int, item: _Item) -> None:
        self._way.append((due_ns, item))
        if isinstance(item, Ticket):
            self._under_way[item.order] = item

    def _arrive(self, item: _Item, now_ns: int) -> None:
        if isinstance(item, Ticket):
            self._under_way.pop(item.order, None)
            if item.event is OrderEvent.REJECTED:
                self.book.outbox.append(self.voice.ended(item))
            else:
                self.book.arrive(item, now_ns)
        elif isinstance(item, _Cancel):
            self._cancel(item.order, now_ns)
        elif isinstance(item, _Replace):
            self._replace(item, now_ns)
        else:
            self._write()
            found = self.ledger.find(item.order)
            assert found is not None, "what is repeated was made"
            self.book.outbox.extend(self.voice.history(found))

    def _cancel(self, order: str, now_ns: int) -> None:
        if not self.book.cancel(order, now_ns):
            why = self._not_working(order)
            self.book.outbox.append(self.voice.cancel_rejected(order, now_ns, why))

    def _replace(self, item: _Replace, now_ns: int) -> None:
        order = item.order
        why = self.book.replace(order, item.terms, self._number, now_ns)
        if why is None:
            why = self._not_working(order)
        if why:
            self.book.outbox.append(self.voice.replace_rejected(order, item.terms, now_ns, why))
        else:
            self._number += 1  # places in the book are counted on from the orders

    def _not_working(self, order: str) -> str:
        """Say why an order is not a working one."""
        self._write()
        found = self.ledger.find(order)
        if found is None:
            return reason("paper_order_unknown", value=order)
        limit = "filled" if found.event is OrderEvent.FILL else found.event.value
        return reason("paper_order_done", value=order, limit=limit)

    def _write(self) -> None:
        book = self.book
        if not book.changed:
            return
        holdings = {name: self.money.holdings[name] for name in book.traded}
        self.ledger.write(book.changed.values(), holdings, self.money.balance)
        book.changed = {}
        book.traded = set()
