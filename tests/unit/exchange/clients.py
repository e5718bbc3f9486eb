"""The real, unmodified ccxt.pro against Binance's venues of a running exchange."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import ccxt.pro

from adapters.exchange.exchange import Exchange, running
from tests.unit.exchange.books import session

TIMEOUT_MS: Final = 500
"""How long ccxt waits for an answer: a lost one must not hold a test up for long."""

WAIT_S: Final = 15
"""Far above what anything here takes."""

SYMBOLS: Final = {"binance": "BTC/USDT", "binanceusdm": "BTC/USDT:USDT"}


@asynccontextmanager
async def connected(exchange: Exchange, venue: str) -> AsyncGenerator[Any]:
    """Give a ccxt.pro client of a venue. ``raw`` on it has every frame that came."""
    kind: type[Any] = getattr(ccxt.pro, venue)
    raw: list[Any] = []

    class Tapped(kind):
        """ccxt as it is, with an ear on its frames."""

        def handle_message(self, client: object, message: object) -> object:
            """Keep a frame and hand it on."""
            raw.append(message)
            return super().handle_message(client, message)

    Tapped.__name__ = kind.__name__
    key = exchange.key(venue)
    types = ["spot"] if venue == "binance" else ["linear"]
    async with session(exchange) as opened:
        client: Any = Tapped(
            {
                "apiKey": key.key,
                "secret": key.secret,
                "session": opened,
                "enableRateLimit": False,
                "timeout": TIMEOUT_MS,
                "options": {
                    "fetchCurrencies": False,
                    "fetchMargins": False,
                    "fetchMarkets": {"types": types},
                },
            }
        )
        client.number = str
        client.raw = raw
        try:
            await client.load_markets()
            yield client
        finally:
            await client.close()


async def until(true: Callable[[], bool]) -> None:
    """Wait for something that happens on its own."""
    async with asyncio.timeout(WAIT_S):
        while not true():  # noqa: ASYNC110 - whoever makes it true is on the other side of a wire
            await asyncio.sleep(0)


@asynccontextmanager
async def customer(venue: str) -> AsyncGenerator[tuple[Exchange, Any]]:
    """Run an exchange and a ccxt client of one of its venues."""
    async with running() as exchange, connected(exchange, venue) as client:
        yield exchange, client
