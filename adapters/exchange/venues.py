"""The venues that the exchange speaks, and what each starts with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adapters.exchange.bybit import Bybit
from adapters.exchange.dialect import Dialect
from adapters.exchange.markets import BYBIT_RULES, SWAPS, Market, Rules


@dataclass(frozen=True, slots=True)
class Venue:
    """One venue: its dialect, markets and rules."""

    dialect: type[Dialect]
    markets: tuple[Market, ...]
    rules: Rules


VENUES: Final = (Venue(Bybit, SWAPS, BYBIT_RULES),)
