"""The venues that the exchange speaks, and what each starts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adapters.exchange.binance_spot import BinanceSpot
from adapters.exchange.binance_usdm import BinanceUsdm
from adapters.exchange.bybit import Bybit
from adapters.exchange.dialect import Dialect
from adapters.exchange.markets import (
    BINANCE_SPOT_RULES,
    BINANCE_USDM_RULES,
    BYBIT_RULES,
    SPOT,
    SWAPS,
    Market,
    Rules,
)


@dataclass(frozen=True, slots=True)
class Venue:
    """One venue: its dialect, markets and rules. ``keyring``: venues of one operator share keys."""

    dialect: type[Dialect]
    markets: tuple[Market, ...]
    rules: Rules
    keyring: str


VENUES: Final = (
    Venue(Bybit, SWAPS, BYBIT_RULES, "bybit"),
    Venue(BinanceSpot, SPOT, BINANCE_SPOT_RULES, "binance"),
    Venue(BinanceUsdm, SWAPS, BINANCE_USDM_RULES, "binance"),
)
