"""At what price an order meets a quote. Pure functions of order, quote and settings.

Rules of this file
1. Who takes pays: the far side of the quote, and slippage away from it, rounded to the tick against
   him.
2. Nobody trades beyond his limit. An order that stood in the book trades at its limit, as a maker
   does.
3. Stops are reached by the side they would trade at: a buy stop by the ask, a sell stop by the bid.
   When the market jumps over them they trade where it is, not where they stood.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

import msgspec

from adapters.paper.settings import PaperSettings
from adapters.paper.ticket import Ticket
from core.instruments import Instrument
from core.orders import Side
from core.reports import Quote


def slippage(
    settings: PaperSettings, instrument: Instrument, quantity: Decimal, price: Decimal
) -> Decimal:
    """Return by how much a taker of ``quantity`` trades worse than ``price``, in whole ticks."""
    ticks = settings.slippage_ticks + settings.slippage_ticks_per_unit * quantity
    if settings.slippage_basis_points:
        ticks += price * settings.slippage_basis_points / 10_000 / instrument.tick
    return Decimal(ticks).to_integral_value(ROUND_CEILING) * instrument.tick


def widened(quote: Quote, instrument: Instrument, settings: PaperSettings) -> Quote:
    """Return the quote as this broker shows it: each side worse by its mark-up."""
    if not settings.spread_markup_ticks:
        return quote
    markup = settings.spread_markup_ticks * instrument.tick
    bid = max(quote.bid - markup, instrument.tick)
    return msgspec.structs.replace(quote, bid=bid, ask=quote.ask + markup)


def reached(ticket: Ticket, quote: Quote) -> bool:
    """Say whether the quote reaches the trigger of a stop."""
    assert ticket.trigger is not None, "only stops are asked"
    if ticket.side is Side.BUY:
        return quote.ask >= ticket.trigger
    return quote.bid <= ticket.trigger


def crossed(ticket: Ticket, quote: Quote) -> bool:
    """Say whether the quote is at the order's limit or better; without a limit it always is."""
    if ticket.price is None:
        return True
    if ticket.side is Side.BUY:
        return quote.ask <= ticket.price
    return quote.bid >= ticket.price


def price_of(
    ticket: Ticket,
    quote: Quote,
    quantity: Decimal,
    *,
    instrument: Instrument,
    settings: PaperSettings,
) -> Decimal:
    """Return the price at which an order that crosses trades ``quantity``."""
    limit = ticket.price
    if limit is not None and ticket.rested:
        return limit
    if ticket.side is Side.BUY:
        price = quote.ask + slippage(settings, instrument, quantity, quote.ask)
        return price if limit is None else min(price, limit)
    price = quote.bid - slippage(settings, instrument, quantity, quote.bid)
    if limit is not None:
        return max(price, limit)
    return price if price > 0 else instrument.tick
