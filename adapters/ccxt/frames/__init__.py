"""What the streams of the venues say, one file for each venue: raw frames in, reports out."""

from __future__ import annotations

from typing import Final

from adapters.ccxt.frames import binance, binanceusdm, bybit
from adapters.ccxt.frames.reading import Read

READERS: Final[dict[str, Read]] = {
    "binance": binance.read,
    "binanceusdm": binanceusdm.read,
    "bybit": bybit.read,
}
"""Who reads which venue's private stream. A venue that is not here tells its news by polls."""
