"""The venues that are known, one small file of data each.

Rules of this file
1. A venue that is not here is refused: what ccxt sends for it was not looked at.
"""

from __future__ import annotations

from typing import Final

from adapters.ccxt.profile import Profile
from adapters.ccxt.profiles import (
    binance,
    binanceusdm,
    bitget,
    bybit,
    coinbase,
    gate,
    hyperliquid,
    kraken,
    krakenfutures,
    kucoin,
    okx,
)

PROFILES: Final[dict[str, Profile]] = {
    one.venue: one
    for one in (
        binance.PROFILE,
        binanceusdm.PROFILE,
        bybit.PROFILE,
        okx.PROFILE,
        kraken.PROFILE,
        krakenfutures.PROFILE,
        coinbase.PROFILE,
        kucoin.PROFILE,
        bitget.PROFILE,
        gate.PROFILE,
        hyperliquid.PROFILE,
    )
}
"""Profiles by ccxt's id of the venue."""
