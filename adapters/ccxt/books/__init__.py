"""The books of the venues: trades, holdings, money and rights, read as each venue keeps them."""

from __future__ import annotations

from typing import Final

from adapters.ccxt.books.binance import BinanceSpotBooks
from adapters.ccxt.books.binanceusdm import BinanceUsdmBooks
from adapters.ccxt.books.bybit import BybitBooks
from adapters.ccxt.books.unified import Books
from adapters.ccxt.profile import Profile

BOOKS: Final[dict[str, type[Books]]] = {
    "binance": BinanceSpotBooks,
    "binanceusdm": BinanceUsdmBooks,
    "bybit": BybitBooks,
}
"""Venues whose own answers are read; the others are read as ccxt puts them."""


def books_of(profile: Profile) -> type[Books]:
    """Return how the books of a venue are read."""
    return BOOKS.get(profile.venue, Books)
