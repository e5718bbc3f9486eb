"""The account behind the port: what its calls share. Its markets, its traffic, and what it learned
of who is behind which number.

Rules of this file
1. Everything here can be made anew from the venue: nothing is lost with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adapters.ccxt.books.unified import Books
from adapters.ccxt.correlation import Correlation
from adapters.ccxt.rules import Market
from adapters.ccxt.names import our_name
from adapters.ccxt.profile import Profile
from adapters.ccxt.rows import OrderRow, Purse
from adapters.ccxt.settings import CcxtSettings
from adapters.ccxt.traffic import Traffic
from adapters.port import VenueEvent


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
    tell: Callable[[VenueEvent], None]
    correlation: Correlation = field(default_factory=Correlation)
    purse: Purse | None = None
    """The money as it was read last."""
    purse_ns: int = 0
    """When that was."""

    @property
    def spot(self) -> bool:
        """Say whether it is a wallet."""
        return self.profile.kind == "spot"

    def now(self) -> int:
        """Return the time, in UTC nanoseconds."""
        return self.traffic.client.now()

    def market_at(self, symbol: str) -> Market | None:
        """Return the market behind ccxt's symbol, if it is one of ours."""
        return self.books.by_symbol.get(symbol)

    def named(self, row: OrderRow) -> str:
        """Return our id of an order that the venue shows, and remember its numbers."""
        known = self.correlation.order_of(row.venue_order)
        name = our_name(self.profile, row.name) or known or ""
        self.correlation.learn(row.venue_order, name)
        self.correlation.learn(row.child, name)
        return name

    async def read_purse(self) -> Purse:
        """Read the money. Errors: ``Failed``."""
        purse = await self.books.purse()
        self.purse, self.purse_ns = purse, self.now()
        return purse
