"""Prices of Binance's markets, in answers and in public streams, for both products.

Rules of this file
1. What the exchange does not keep (the day's open, volume, average) is told as of this moment: a
   play market has no yesterday.
2. How numbers are written is the product's: ``Pen``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from adapters.exchange.engine import Engine
from adapters.exchange.events import Printed
from adapters.exchange.markets import Market
from adapters.exchange.orders import ZERO, Side

Form = dict[str, object]

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Pen:
    """How a product writes a price and a quantity of a market."""

    price: Callable[[Decimal, Market], str]
    quantity: Callable[[Decimal, Market], str]


def best(engine: Engine, symbol: str) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Return bid, its quantity, ask, its quantity; an empty side is zeros."""
    depth = engine.depth(symbol, 1)
    bid = (depth[Side.BUY] or [(ZERO, ZERO)])[0]
    ask = (depth[Side.SELL] or [(ZERO, ZERO)])[0]
    return (*bid, *ask)


def book_ticker(engine: Engine, market: Market, pen: Pen) -> Form:
    """Return the best prices as an answer."""
    bid, bid_size, ask, ask_size = best(engine, market.symbol)
    return {
        "symbol": market.symbol,
        "bidPrice": pen.price(bid, market),
        "bidQty": pen.quantity(bid_size, market),
        "askPrice": pen.price(ask, market),
        "askQty": pen.quantity(ask_size, market),
    }


def price_ticker(engine: Engine, market: Market, pen: Pen) -> Form:
    """Return the last price as an answer."""
    return {"symbol": market.symbol, "price": pen.price(engine.last(market.symbol), market)}


def day_ticker(engine: Engine, market: Market, pen: Pen, now_ms: int) -> Form:
    """Return the statistics of a day as an answer."""
    last = pen.price(engine.last(market.symbol), market)
    none = pen.price(ZERO, market)
    told = book_ticker(engine, market, pen)
    return told | {
        "priceChange": none,
        "priceChangePercent": "0.000",
        "weightedAvgPrice": last,
        "prevClosePrice": last,
        "lastPrice": last,
        "lastQty": pen.quantity(market.lot, market),
        "openPrice": last,
        "highPrice": last,
        "lowPrice": last,
        "volume": pen.quantity(ZERO, market),
        "quoteVolume": none,
        "openTime": now_ms - DAY_MS,
        "closeTime": now_ms,
        "firstId": 1,
        "lastId": 1,
        "count": 1,
    }


def depth(engine: Engine, market: Market, pen: Pen, levels: int) -> Form:
    """Return the book as an answer."""
    found = engine.depth(market.symbol, levels)
    sides = {
        name: [
            [pen.price(price, market), pen.quantity(size, market)] for price, size in found[side]
        ]
        for name, side in (("bids", Side.BUY), ("asks", Side.SELL))
    }
    return {"lastUpdateId": engine.now_ns() // 1_000, **sides}


def book_frame(engine: Engine, market: Market, pen: Pen, number: int) -> Form:
    """Return the best prices as a frame of spot's stream."""
    bid, bid_size, ask, ask_size = best(engine, market.symbol)
    return {
        "u": number,
        "s": market.symbol,
        "b": pen.price(bid, market),
        "B": pen.quantity(bid_size, market),
        "a": pen.price(ask, market),
        "A": pen.quantity(ask_size, market),
    }


def trade_frame(printed: Printed, market: Market, pen: Pen, now_ms: int) -> Form:
    """Return a public trade as a frame."""
    return {
        "e": "trade",
        "E": now_ms,
        "s": market.symbol,
        "t": printed.id,
        "p": pen.price(printed.price, market),
        "q": pen.quantity(printed.quantity, market),
        "T": printed.time_ns // 1_000_000,
        "m": printed.side is Side.SELL,
        "M": True,
    }


def combined_frame(printed: Printed, market: Market, pen: Pen, now_ms: int) -> Form:
    """Return a public trade as a frame of the combined trades."""
    told = trade_frame(printed, market, pen, now_ms)
    del told["t"]
    return told | {"e": "aggTrade", "a": printed.id, "f": printed.id, "l": printed.id}
