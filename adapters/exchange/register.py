"""Every order and trade that a venue remembers, and how a customer and the truth see them.

Rules of this file
1. A customer's look does not see an order that is still hidden, nor its trades; each look that
   would have shown the order or one of its trades wears its cover off.
2. What has ended is forgotten from the oldest on, what works never.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from adapters.exchange.orders import Order, Trade

ORDERS_MAX: Final = 100_000
"""Orders that are remembered: a storm of a day, at some 100 MB."""

TRADES_MAX: Final = 200_000
"""Trades that are remembered: two for each remembered order."""


class Register:
    """The orders and trades of all accounts of one venue."""

    def __init__(self) -> None:
        self.arrivals: Counter[str] = Counter()
        """How often an order of a client id has arrived, taken or not."""
        self.open: dict[int, Order] = {}
        self.all: dict[int, Order] = {}
        self.trades: dict[int, Trade] = {}
        self._of: dict[str, dict[int, Order]] = {}
        self._named: dict[tuple[str, str], Order] = {}

    def add(self, order: Order) -> None:
        """Remember a new order."""
        self.open[order.id] = self.all[order.id] = order
        self._of.setdefault(order.account, {})[order.id] = order
        if order.client_id:
            self._named[order.account, order.client_id] = order
        if len(self.all) > ORDERS_MAX:
            self._forget()

    def ended(self, order: Order) -> None:
        """Take an order out of the working ones."""
        self.open.pop(order.id, None)
        self._of[order.account].pop(order.id, None)

    def traded(self, trade: Trade) -> None:
        """Remember one side of a trade."""
        self.trades[trade.id] = trade
        if len(self.trades) > TRADES_MAX:
            del self.trades[next(iter(self.trades))]

    def named(self, account: str, client_id: str) -> Order | None:
        """Return the last order of a client id, hidden or not."""
        return self._named.get((account, client_id)) if client_id else None

    def working(self, account: str, symbol: str) -> Iterator[Order]:
        """Yield an account's working orders in a market, hidden or not."""
        for order in self._of.get(account, {}).values():
            if order.symbol == symbol:
                yield order

    def find(self, account: str, *, number: int | None = None, client_id: str = "") -> Order | None:
        """Look up one order as its owner does: by the exchange's id, else by his own."""
        order = self.all.get(number) if number is not None else self.named(account, client_id)
        if order is None or order.account != account:
            return None
        return order if _uncovered(order) else None

    def orders(
        self, account: str, symbol: str | None = None, *, open_only: bool = False
    ) -> list[Order]:
        """List an account's orders as their owner sees them, the oldest first."""
        among = self.open if open_only else self.all
        return [
            order
            for order in among.values()
            if order.account == account and symbol in {None, order.symbol}
            if _uncovered(order)
        ]

    def fills(self, account: str, symbol: str | None = None) -> list[Trade]:
        """List an account's trades as their owner sees them, the oldest first."""
        looked: dict[int, bool] = {}
        found: list[Trade] = []
        for trade in self.trades.values():
            if trade.account != account or symbol not in {None, trade.symbol}:
                continue
            order = self.all.get(trade.order)
            if trade.order not in looked:
                looked[trade.order] = order is None or _uncovered(order)
            if looked[trade.order]:
                found.append(trade)
        return found

    def _forget(self) -> None:
        oldest = next((one for one in self.all.values() if not one.status.open), None)
        if oldest is not None:
            del self.all[oldest.id]
            if self.named(oldest.account, oldest.client_id) is oldest:
                del self._named[oldest.account, oldest.client_id]


def _uncovered(order: Order) -> bool:
    if order.hidden_reads:
        order.hidden_reads -= 1
        return False
    return True
