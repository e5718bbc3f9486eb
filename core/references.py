"""References: the middle of the market, copied into the records of an order's way to its venue.

Rules of this file
1. A price is copied only from a quote that is fresh and believed; else the moment has none.
2. What is known later than a quote stays fresh says nothing of the market at its own moment, and
   neither does a market that has met the order already.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from core.orders import Order, OrderEvent
from core.risk.case import fresh_quote
from core.state import State
from core.view import View

MARKED: Final = frozenset({OrderEvent.SENT, OrderEvent.ACCEPTED})
"""Events whose records carry the middle of the market: where bridge, wire and venue part."""


def middle_for(state: State, view: View, order: Order, now: int, *, at_ns: int) -> Decimal | None:
    """Return the middle of the market for a record that marks an order's way, ``None`` when it has
    none. ``at_ns``: when it was so by the venue's clock; zero: now."""
    account = state.facts.setup.accounts.get(order.account)
    if account is None or order.filled:
        return None
    if at_ns and abs(now - at_ns) > account.quote_age_max_ns:
        return None
    market = view.at(order.account).markets.get(order.instrument)
    quote = fresh_quote(view, account, order.instrument, now)
    return None if quote is None or (market is not None and market.code) else quote.mid
