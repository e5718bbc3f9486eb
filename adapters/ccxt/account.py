"""The account behind the port: what its calls share. Its markets, its traffic, and what it learned
of who is behind which number.

Rules of this file
1. Everything here can be made anew from the venue: nothing is lost with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from adapters.ccxt.books.unified import Books
from adapters.ccxt.correlation import Correlation
from adapters.ccxt.names import our_name
from adapters.ccxt.profile import Profile
from adapters.ccxt.rows import OrderRow, Purse
from adapters.ccxt.rules import Market
from adapters.ccxt.settings import CcxtSettings
from adapters.ccxt.traffic import Traffic
from adapters.port import Capabilities, Trouble, VenueEvent
from core.reports import Quote

QUOTE_FRESH_NS: Final = 5_000_000_000
"""How old a quote of the stream may be by which coins are valued: an older one is asked for."""


@dataclass(slots=True, kw_only=True)
class Account:
    """One connected account. ``tell``: the port's sink; what is told after a close is lost on
    purpose."""

    name: str
    profile: Profile
    settings: CcxtSettings
    traffic: Traffic
    books: Books
    markets: Mapping[str, Market]
    unfit: Mapping[str, Trouble]
    """Instruments that do not fit their market: nothing is opened in them."""
    tell: Callable[[VenueEvent], None]
    correlation: Correlation = field(default_factory=Correlation)
    quotes: dict[str, Quote] = field(default_factory=dict[str, Quote])
    """The last quote of each instrument."""
    ahead_ns: int = 0
    """By how much the venue's clock is ahead of ours."""
    rights_told: bool = True
    """The venue was asked for the rights of the key, and answered, if only that it does not
    tell."""

    @property
    def spot(self) -> bool:
        """Say whether it is a wallet."""
        return self.profile.kind == "spot"

    def described(self, able: Capabilities) -> Capabilities:
        """Add to what the venue can do the smallest values that its markets tell."""
        values = {name: one.cost_min for name, one in self.markets.items() if one.cost_min}
        return replace(able, values_min=values)

    def now(self) -> int:
        """Return the time, in UTC nanoseconds."""
        return self.traffic.client.now()

    def venue_now(self) -> int:
        """Return the time by the venue's clock."""
        return self.now() + self.ahead_ns

    @property
    def ours(self) -> list[Market]:
        """Return the markets of the account, always in the same order."""
        return list(self.books.markets)

    def renew(self, markets: Mapping[str, Market], unfit: Mapping[str, Trouble]) -> None:
        """Take over the markets as the venue has them now."""
        self.markets, self.unfit = markets, unfit
        self.books.take(list(markets.values()))

    def market_at(self, symbol: str) -> Market | None:
        """Return the market behind ccxt's symbol, if it is one of ours."""
        return self.books.by_symbol.get(symbol)

    def settles(self, market_id: str) -> str:
        """Return the currency in which a market settles, by the venue's id of it."""
        market = self.books.by_id.get(market_id)
        return market.money if market is not None else ""

    def named(self, row: OrderRow) -> str:
        """Return our id of an order that the venue shows, and remember its numbers."""
        known = self.correlation.order_of(row.venue_order)
        name = our_name(self.profile, row.name) or known or ""
        self.correlation.learn(row.venue_order, name)
        self.correlation.learn(row.child, name)
        return name

    async def read_purse(self) -> Purse:
        """Read the money. Errors: ``Failed``."""
        return await self.books.purse()

    async def middles(self, markets: Sequence[Market]) -> dict[str, Decimal]:
        """Return the middle of bid and ask by symbol: as the stream told it, or as the venue does
        when it is asked. Errors: ``Failed``."""
        found: dict[str, Decimal] = {}
        asked: list[Market] = []
        for market in markets:
            quote = self.quotes.get(market.instrument.name)
            if quote is not None and self.now() - quote.at_ns < QUOTE_FRESH_NS:
                found[market.symbol] = quote.mid
            else:
                asked.append(market)
        return found | (await self.books.middles(asked) if asked else {})
