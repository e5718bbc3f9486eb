"""The resting orders of one market, by price and then by time.

Rules of this file
1. The best price is first; at one price, who came first is first.
2. The book is never crossed: the engine trades before it lets an order rest.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from decimal import Decimal

from adapters.exchange.orders import ZERO, Order, Side


class Half:
    """One side of a book."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._levels: dict[Decimal, dict[int, Order]] = {}
        self._keys: list[Decimal] = []
        """Prices with the best one first: those of buyers are kept with their sign turned."""

    @property
    def best(self) -> Decimal | None:
        """Return the best price, ``None`` when the side is empty."""
        return -self._keys[0] * self.side.sign if self._keys else None

    def __iter__(self) -> Iterator[Order]:
        """Yield the orders in the order in which they trade."""
        for key in self._keys:
            yield from self._levels[key].values()

    def add(self, order: Order) -> None:
        """Put an order behind the others of its price."""
        assert order.price is not None, "a market order never rests"
        key = -order.price * self.side.sign
        if key not in self._levels:
            self._levels[key] = {}
            insort(self._keys, key)
        self._levels[key][order.id] = order

    def remove(self, order: Order) -> bool:
        """Take an order out; say whether it was there."""
        if order.price is None:
            return False
        key = -order.price * self.side.sign
        level = self._levels.get(key, {})
        if level.pop(order.id, None) is None:
            return False
        if not level:
            del self._levels[key]
            del self._keys[bisect_left(self._keys, key)]
        return True

    def depth(self, levels: int) -> list[tuple[Decimal, Decimal]]:
        """Return price and quantity of the best levels."""
        return [
            (-key * self.side.sign, sum((one.left for one in self._levels[key].values()), ZERO))
            for key in self._keys[:levels]
        ]


class Book:
    """Both sides of one market."""

    def __init__(self) -> None:
        self.halves = {side: Half(side) for side in Side}

    def half(self, side: Side) -> Half:
        """Return the resting orders of a side."""
        return self.halves[side]

    def crossing(self, side: Side, price: Decimal | None) -> Iterator[Order]:
        """Yield what an order of a side and price could trade with, best first."""
        for resting in self.halves[side.other]:
            assert resting.price is not None, "a market order never rests"
            if price is not None and (resting.price - price) * side.sign > 0:
                return
            yield resting

    @property
    def crossed(self) -> bool:
        """Say whether somebody offers less than somebody else bids: never true between calls."""
        bid, ask = self.halves[Side.BUY].best, self.halves[Side.SELL].best
        return bid is not None and ask is not None and bid >= ask
