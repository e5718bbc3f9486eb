"""The markets of the local exchange and the rules of a venue, as data.

Rules of this file
1. A number here is the venue's documented one, or a round one near to it: the connector reads it
   from the exchange, never from here.
2. ``STARTER`` prices are plausible, not true: this is a play exchange.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from adapters.exchange.orders import NewOrder, Reason, Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """One market. ``linear``: a perpetual swap that is settled in ``quote``; else spot.

    ``depth``: what the market maker shows at each of its ``levels``, ``spread_ticks`` apart.
    ``walk_ticks``: how far one step of the seeded walk goes at most.
    """

    symbol: str
    base: str
    quote: str
    tick: Decimal
    lot: Decimal
    quantity_min: Decimal
    quantity_max: Decimal
    notional_min: Decimal
    start: Decimal
    linear: bool = False
    trading: bool = True
    depth: Decimal = Decimal(5)
    levels: int = 5
    spread_ticks: int = 2
    walk_ticks: int = 20

    def objection(self, new: NewOrder, mid: Decimal) -> Rejected | None:
        """Say which of the market's filters an order breaks."""
        if not self.trading:
            return Rejected(Reason.MARKET_HALTED, self.symbol)
        for price in (new.price, new.trigger):
            if price is not None and (price <= 0 or price % self.tick):
                return Rejected(Reason.TICK, str(price))
        if new.quote_quantity is not None:
            worth = new.quote_quantity
        else:
            quantity = new.quantity
            if quantity <= 0 or quantity < self.quantity_min:
                return Rejected(Reason.QUANTITY_MIN, str(quantity))
            if quantity > self.quantity_max:
                return Rejected(Reason.QUANTITY_MAX, str(quantity))
            if quantity % self.lot:
                return Rejected(Reason.LOT, str(quantity))
            worth = quantity * (new.price or new.trigger or mid)
        if worth < self.notional_min and not new.reduce_only:
            return Rejected(Reason.NOTIONAL_MIN, str(worth))
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """In what the venues differ.

    ``ids_for_ever``: a client id is never free again; else it is once its order has ended.
    ``post_only_cancels``: a post-only order that would trade is taken and cancelled; else refused.
    ``fee_in_bought``: the fee of a purchase is taken out of the coins bought.
    ``stops_unchecked``: a stop needs neither margin nor something to reduce before it wakes, and
    stays when nothing is held any more.
    ``open_orders_max``: working orders of one account in one market.
    """

    taker_rate: Decimal
    maker_rate: Decimal
    ids_for_ever: bool = False
    post_only_cancels: bool = False
    fee_in_bought: bool = False
    stops_unchecked: bool = False
    leverage: Decimal = Decimal(10)
    open_orders_max: int = 200


BINANCE_SPOT_RULES: Final = Rules(
    taker_rate=Decimal("0.001"), maker_rate=Decimal("0.001"), fee_in_bought=True
)
BINANCE_USDM_RULES: Final = Rules(
    taker_rate=Decimal("0.0005"), maker_rate=Decimal("0.0002"), stops_unchecked=True
)
BYBIT_RULES: Final = Rules(
    taker_rate=Decimal("0.00055"),
    maker_rate=Decimal("0.0002"),
    ids_for_ever=True,
    post_only_cancels=True,
)


PRICE_DIGITS: Final = 5
"""Digits of a price behind its first one, as on most real markets: 50000.1, 0.123456."""


def market_at(base: str, price: Decimal, *, linear: bool) -> Market:
    """Make a market of a coin against USDT out of its price alone."""
    magnitude = price.adjusted()
    tick = Decimal(1).scaleb(magnitude - PRICE_DIGITS)
    lot = Decimal(1).scaleb(-magnitude - 1)
    return _market(
        base,
        linear=linear,
        start=str(price),
        tick=f"{tick:f}",
        lot=f"{lot:f}",
        depth=str(lot * 100_000),
    )


def _market(base: str, *, linear: bool, start: str, tick: str, lot: str, depth: str) -> Market:
    return Market(
        symbol=f"{base}USDT",
        base=base,
        quote="USDT",
        tick=Decimal(tick),
        lot=Decimal(lot),
        quantity_min=Decimal(lot),
        quantity_max=Decimal(lot) * 1_000_000,
        notional_min=Decimal(5),
        start=Decimal(start),
        linear=linear,
        depth=Decimal(depth),
    )


SPOT: Final = (
    _market("BTC", linear=False, start="50000", tick="0.01", lot="0.00001", depth="2"),
    _market("ETH", linear=False, start="3000", tick="0.01", lot="0.0001", depth="30"),
    _market("SOL", linear=False, start="150", tick="0.01", lot="0.001", depth="500"),
)
SWAPS: Final = (
    _market("BTC", linear=True, start="50000", tick="0.1", lot="0.001", depth="2"),
    _market("ETH", linear=True, start="3000", tick="0.01", lot="0.01", depth="30"),
    _market("SOL", linear=True, start="150", tick="0.01", lot="0.1", depth="500"),
)
