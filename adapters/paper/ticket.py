"""An order as the venue itself knows it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import NamedTuple

from adapters.paper.chance import draw, hit
from adapters.paper.codes import reason
from adapters.paper.settings import PaperSettings
from core.instruments import Instrument
from core.money import ZERO, is_step, plain
from core.orders import Order, OrderEvent, OrderType, Side, Terms


class Execution(NamedTuple):
    """One fill of one order. ``fee`` is in the account's currency, zero or more."""

    quantity: Decimal
    price: Decimal
    fee: Decimal
    at_ns: int


@dataclass(slots=True, eq=False)
class Ticket:
    """One order at the venue. It changes while it works; what is durable of it stands in the
    ledger.

    ``number``: the venue's own count of orders. ``due_ns``: when it reaches the venue;
    ``accepted_ns``: when it did, 0 while it is under way. ``chunk``: the most that one quote fills
    of it, ``None`` without such a bound.
    ``triggered``: its stop has been reached. ``rested``: it has stood in the book, so it no longer
    takes but gives.
    ``event``: what the venue proves of it: accepted (working), fill (nothing left), cancelled,
    rejected, expired.
    ``stored``: the ledger has it. ``worst``: a market order is not filled beyond this price.
    ``replaced_ns``: when it got its present terms, 0 for those it came with. ``place``: its place
    in the book since then, counted on from the numbers. ``group``: what one order of it fills, the
    others lose. ``attached``: where the stop is that comes with each fill.
    """

    number: int
    order: str
    instrument: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    price: Decimal | None
    trigger: Decimal | None
    reduce_only: bool
    received_ns: int
    due_ns: int
    chunk: Decimal | None = None
    filled: Decimal = ZERO
    executions: list[Execution] = field(default_factory=list[Execution])
    triggered: bool = False
    rested: bool = False
    event: OrderEvent = OrderEvent.ACCEPTED
    reason: str = ""
    accepted_ns: int = 0
    done_ns: int = 0
    stored: bool = False
    worst: Decimal | None = None
    replaced_ns: int = 0
    place: int = 0
    group: str = ""
    attached: Decimal | None = None

    @property
    def takes_at_once(self) -> bool:
        """Say whether it trades with the next quote, whatever that is."""
        return self.price is None and (self.trigger is None or self.triggered)


_PRICED = (OrderType.LIMIT, OrderType.STOP_LIMIT)
_TRIGGERED = (OrderType.STOP, OrderType.STOP_LIMIT)


def ticket_of(order: Order, *, number: int, received_ns: int, due_ns: int) -> Ticket:
    """Take over what the venue needs of an order. Prices that its type does not use are not looked
    at.
    """
    kind = order.order_type
    return Ticket(
        number,
        order.order,
        order.instrument,
        order.side,
        kind,
        order.quantity,
        order.price if kind in _PRICED else None,
        order.trigger if kind in _TRIGGERED else None,
        order.venue_reduce_only,
        received_ns,
        due_ns,
        worst=order.worst_price if kind is OrderType.MARKET else None,
        group=order.group,
        attached=None if order.reduce_only else order.attached_stop,
    )


def objection(ticket: Ticket, instrument: Instrument | None, settings: PaperSettings) -> str:
    """Say why the venue rejects this order, empty if it takes it. Nothing is silently rounded."""
    if instrument is None:
        return reason("paper_instrument_unknown", value=ticket.instrument)
    if settings.rate(instrument.currency) is None:
        name, currency = instrument.name, instrument.currency
        return reason("paper_currency_unknown", value=name, limit=currency)
    bad = _terms_objection(ticket, instrument)
    if bad:
        return bad
    if ticket.attached is not None and not instrument.is_price(ticket.attached):
        value, where = plain(ticket.attached), instrument.name
        return reason("paper_price_invalid", value=value, limit="attached stop", where=where)
    if hit(settings.reject_probability, settings.seed, "reject", ticket.order):
        return reason("paper_rejected_by_chance", limit=plain(settings.reject_probability))
    return ""


def replaced(ticket: Ticket, terms: Terms) -> Ticket:
    """Return the ticket as it would be under new terms. Prices that its type does not use are not
    looked at."""
    kind = ticket.order_type
    return replace(
        ticket,
        quantity=terms.quantity,
        price=terms.price if kind in _PRICED else None,
        trigger=terms.trigger if kind in _TRIGGERED else None,
    )


def replace_objection(ticket: Ticket, terms: Terms, instrument: Instrument) -> str:
    """Say why a working order does not get these terms, empty if it gets them."""
    where = ticket.order
    wanted = replaced(ticket, terms)
    if wanted.quantity <= ticket.filled:
        value, limit = plain(wanted.quantity), plain(ticket.filled)
        return reason("paper_replace_filled", value=value, limit=limit, where=where)
    if ticket.triggered and wanted.trigger != ticket.trigger:
        value = "none" if wanted.trigger is None else plain(wanted.trigger)
        assert ticket.trigger is not None, "only a stop is triggered"
        limit = plain(ticket.trigger)
        return reason("paper_replace_triggered", value=value, limit=limit, where=where)
    return _terms_objection(wanted, instrument)


def _terms_objection(ticket: Ticket, instrument: Instrument) -> str:
    quantity = ticket.quantity
    if quantity < instrument.quantity_min or not is_step(quantity, instrument.lot_step):
        step, least = plain(instrument.lot_step), plain(instrument.quantity_min)
        limit = f"in steps of {step} from {least}"
        where = instrument.name
        return reason("paper_quantity_invalid", value=plain(quantity), limit=limit, where=where)
    if ticket.order_type is not OrderType.MARKET:
        return _price_objection(ticket, instrument)
    return ""


def _price_objection(ticket: Ticket, instrument: Instrument) -> str:
    wanted = (("limit", _PRICED, ticket.price), ("stop", _TRIGGERED, ticket.trigger))
    for name, kinds, price in wanted:
        if ticket.order_type not in kinds:
            continue
        if price is None:
            return reason("paper_price_missing", value=ticket.order_type, limit=name)
        if not instrument.is_price(price):
            where = instrument.name
            return reason("paper_price_invalid", value=plain(price), limit=name, where=where)
    return ""


def chunk_of(ticket: Ticket, instrument: Instrument, settings: PaperSettings) -> Decimal | None:
    """Draw the largest piece in which an order fills; ``None``: whole, or too small to be cut."""
    if not hit(settings.partial_fill_probability, settings.seed, "partial", ticket.order):
        return None
    more = draw(settings.seed, "chunks", ticket.order, below=settings.partial_fill_chunks_max - 1)
    return instrument.quantity_cut(ticket.quantity / (2 + more)) or None
