"""Pricing: notes the price by which a smallest value becomes a smallest quantity.

Rules of this file
1. A price is noted while something is held there, and when the market has moved far enough from the
   one before: that is what keeps a rest from waking and sleeping at every quote.
2. Only a fresh quote counts, and none that control 20 distrusts. It is the bid: what is held is
   sold.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from core import records as r
from core.risk.case import fresh_quote
from core.smallest import MOVE_PERCENT, value_min_of
from core.state import FLAT, State
from core.view import View

Place = tuple[str, str]
"""Account and instrument."""


def price_due(state: State, view: View, place: Place, now: int) -> Decimal | None:
    """Return the price that is to be noted; ``None``: none is."""
    (account, name), setup = place, state.facts.setup
    found, instrument = setup.accounts.get(account), setup.instruments.get(name)
    if found is None or instrument is None or not found.spot:
        return None
    if not value_min_of(state, account, instrument):
        return None
    if not state.exposures.get(place, FLAT).net:
        return None
    quote, market = fresh_quote(view, found, name, now), view.at(account).markets.get(name)
    if quote is None or (market is not None and market.code):
        return None
    noted = state.priced.get(place)
    if noted is not None and abs(quote.bid - noted) * 100 <= MOVE_PERCENT * noted:
        return None
    return quote.bid


def note_price(state: State, view: View, place: Place, now: int) -> Iterator[r.PriceNoted]:
    """Note the price of one instrument in one account, if it is due."""
    price = price_due(state, view, place, now)
    if price is not None:
        yield r.PriceNoted(at_ns=now, account=place[0], instrument=place[1], price=price)


def note_prices(state: State, view: View, now: int, only: str = "") -> Iterator[r.PriceNoted]:
    """Note the prices that are due, of all accounts or of one."""
    for account, found in sorted(state.facts.setup.accounts.items()):
        if found.spot and only in ("", account):
            for name in sorted(state.exposed.get(account, ())):
                yield from note_price(state, view, (account, name), now)
