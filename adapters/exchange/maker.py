"""The market maker: keeps quotes around a middle that the control API or a seeded walk moves.

Rules of this file
1. His quotes never cross a customer's order: where they would, he leaves the level out. He trades
   by force only when the market moves.
2. The same seed gives the same walk, each market by itself.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from adapters.exchange.accounts import MAKER
from adapters.exchange.book import Book
from adapters.exchange.markets import Market
from adapters.exchange.orders import NewOrder, Order, Side, Status, TimeInForce


class Maker:
    """One maker for all markets of a venue."""

    def __init__(
        self, markets: Mapping[str, Market], *, seed: int, number: Callable[[], int]
    ) -> None:
        self.markets = markets
        self.number = number
        self.mid = {symbol: market.start for symbol, market in markets.items()}
        self.last = dict(self.mid)
        self.depth = {symbol: market.depth for symbol, market in markets.items()}
        """What he shows at each level now; 0 takes him out of the market."""
        self._quotes: dict[str, list[Order]] = {symbol: [] for symbol in markets}
        self._chance = {symbol: random.Random(f"{seed}:{symbol}") for symbol in markets}

    def best(self, symbol: str) -> dict[Side, Decimal]:
        """Return the price at which he would buy, and at which he would sell."""
        market, mid = self.markets[symbol], self.mid[symbol]
        half = market.tick * market.spread_ticks / 2
        low = ((mid - half) / market.tick).to_integral_value(ROUND_FLOOR) * market.tick
        high = ((mid + half) / market.tick).to_integral_value(ROUND_CEILING) * market.tick
        return {Side.BUY: low, Side.SELL: high}

    def withdraw(self, symbol: str, book: Book) -> None:
        """Take all his quotes of a market out."""
        for quote in self._quotes[symbol]:
            book.half(quote.side).remove(quote)
        self._quotes[symbol].clear()

    def quote(self, symbol: str, book: Book) -> None:
        """Put his quotes in."""
        market, depth = self.markets[symbol], self.depth[symbol]
        if not depth or not market.trading:
            return
        for side, best in self.best(symbol).items():
            against = book.half(side.other).best
            for level in range(market.levels):
                price = best - level * market.spread_ticks * market.tick * side.sign
                free = against is None or (against - price) * side.sign > 0
                if price > 0 and free:
                    quote = self.order(symbol, side, quantity=depth, price=price)
                    self._quotes[symbol].append(quote)
                    book.half(side).add(quote)

    def order(self, symbol: str, side: Side, *, quantity: Decimal, price: Decimal) -> Order:
        """Make an order of his; it is in no list."""
        new = NewOrder(
            symbol=symbol,
            side=side,
            quantity=quantity,
            price=price,
            time_in_force=TimeInForce.IOC,
        )
        return Order(
            id=self.number(),
            account=MAKER,
            new=new,
            quantity=quantity,
            price=price,
            trigger=None,
            status=Status.NEW,
            created_ns=0,
            updated_ns=0,
            keeper=True,
        )

    def next_mid(self, symbol: str) -> Decimal:
        """Draw where the walk goes next; never below ten ticks."""
        market = self.markets[symbol]
        ticks = self._chance[symbol].randint(-market.walk_ticks, market.walk_ticks)
        return max(self.mid[symbol] + ticks * market.tick, market.tick * 10)
