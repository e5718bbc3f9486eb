"""References: the middle of the market, copied into the records of an order's way to its venue.

Rules of this file
1. A price is copied only from a quote that is fresh and believed; else the moment has none.
2. What is known later than a quote stays fresh says nothing of the market at its own moment, and
   neither does a market that has met the order already.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import msgspec

from core import records as r
from core.answers import Effect
from core.orders import OrderEvent
from core.risk.case import fresh_quote
from core.state import State
from core.view import View

Steps = Generator[r.Record | Effect, None, None]

MARKED: Final = frozenset({OrderEvent.SENT, OrderEvent.ACCEPTED})
"""Events whose records carry the middle of the market: where bridge, wire and venue part."""


def with_references(state: State, view: View, taken: Steps, now: int) -> Steps:
    """Copy the middle of the market into the records that mark an order's way."""
    for item in taken:
        if isinstance(item, r.OrderChanged) and item.event in MARKED:
            yield _marked(state, view, item, now)
        else:
            yield item


def _marked(state: State, view: View, record: r.OrderChanged, now: int) -> r.OrderChanged:
    order = state.orders.get(record.order)
    account = state.facts.setup.accounts.get(order.account) if order is not None else None
    if order is None or account is None or order.filled:
        return record
    if record.venue_ns and abs(now - record.venue_ns) > account.quote_age_max_ns:
        return record
    market = view.markets.get(order.instrument)
    quote = fresh_quote(view, account, order.instrument, now)
    if quote is None or (market is not None and market.code):
        return record
    return msgspec.structs.replace(record, reference=quote.mid)
