"""The real, unmodified ccxt against a running local exchange: every host of a venue is this
machine, and no other host exists.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.exchange.exchange import Exchange

TIMEOUT_MS: Final = 500
"""How long ccxt waits for an answer: a lost one must not hold a test up for long."""


class Loopback(AbstractResolver):
    """A resolver that knows the venues' names, and nobody else's."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Answer with this machine and the exchange's port."""
        if host not in self.exchange.hosts:
            raise OSError(f"{host} is outside: nothing here may leave this machine")
        return [
            ResolveResult(
                hostname=host,
                host="127.0.0.1",
                port=self.exchange.port,
                family=family,
                proto=0,
                flags=0,
            )
        ]

    async def close(self) -> None:
        """Nothing is open."""


@asynccontextmanager
async def connected(exchange: Exchange, venue: str, kind: type[Any]) -> AsyncGenerator[Any]:
    """Give a ccxt.pro client of a venue. ``raw`` on it has every frame that came."""
    context = ssl.create_default_context(cafile=str(exchange.ca_file))
    connector = aiohttp.TCPConnector(resolver=Loopback(exchange), ssl=context, use_dns_cache=False)
    session = aiohttp.ClientSession(connector=connector)
    raw: list[Any] = []

    class Tapped(kind):  # pyright: ignore[reportGeneralTypeIssues, reportUntypedBaseClass]
        def handle_message(self, client: object, message: object) -> object:
            raw.append(message)
            return super().handle_message(client, message)

    Tapped.__name__ = kind.__name__
    key = exchange.key(venue)
    types = ["spot"] if venue == "binance" else ["linear"]
    client: Any = Tapped(
        {
            "apiKey": key.key,
            "secret": key.secret,
            "session": session,
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
        await session.close()
