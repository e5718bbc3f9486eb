"""Builders for the tests of the local exchange: an engine without wire, and ccxt's own client."""

from __future__ import annotations

import asyncio
import hmac
import itertools
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, Final, cast

import aiohttp
import ccxt.pro
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.exchange.engine import Engine
from adapters.exchange.exchange import Exchange
from adapters.exchange.keys import Key
from adapters.exchange.markets import BINANCE_SPOT_RULES, BYBIT_RULES, SPOT, SWAPS
from adapters.exchange.orders import NewOrder, Order, Rejected, Side

D = Decimal
SYMBOL: Final = "BTC/USDT:USDT"
START_NS: Final = 1_800_000_000_000_000_000


def swaps(seed: int = 0, *, balance: str = "100000") -> Engine:
    """Return an engine of swaps; ``ann`` and ``bob`` have money."""
    ticks = itertools.count(START_NS, 1_000_000)
    engine = Engine(SWAPS, rules=BYBIT_RULES, now_ns=lambda: next(ticks), seed=seed)
    for name in ("ann", "bob"):
        engine.transfer(name, "USDT", D(balance))
    return engine


def spot(seed: int = 0) -> Engine:
    """Return an engine of spot markets; ``ann`` and ``bob`` have money and a coin."""
    ticks = itertools.count(START_NS, 1_000_000)
    engine = Engine(SPOT, rules=BINANCE_SPOT_RULES, now_ns=lambda: next(ticks), seed=seed)
    for name in ("ann", "bob"):
        engine.transfer(name, "USDT", D(100_000))
        engine.transfer(name, "BTC", D(2))
    return engine


def new(side: Side, quantity: str, price: str | None = None, **more: Any) -> NewOrder:
    """Write an order for bitcoin."""
    at = None if price is None else D(price)
    return NewOrder(symbol="BTCUSDT", side=side, quantity=D(quantity), price=at, **more)


def taken(made: Order | Rejected) -> Order:
    """Return an order that was taken."""
    assert isinstance(made, Order), made
    return made


class OnlyHere(AbstractResolver):
    """Sends the exchange's names to its port, and nothing anywhere else."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Look up a name."""
        if host not in self.exchange.hosts:
            raise OSError(f"no way out to {host}")
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
        """Do nothing."""


@asynccontextmanager
async def session(exchange: Exchange) -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session that trusts the exchange and reaches nothing else."""
    context = ssl.create_default_context(cafile=str(exchange.ca_file))
    connector = aiohttp.TCPConnector(resolver=OnlyHere(exchange), ssl=context)
    async with aiohttp.ClientSession(connector=connector) as opened:
        yield opened


@asynccontextmanager
async def private(
    exchange: Exchange, *topics: str, key: Key | None = None
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a private stream of Bybit, prove who we are, and subscribe."""
    key = key or exchange.key("bybit")
    expires = exchange.clock.now_ms() + 10_000
    signature = hmac.new(key.secret.encode(), f"GET/realtime{expires}".encode(), "sha256")
    async with (
        session(exchange) as opened,
        opened.ws_connect("wss://stream.bybit.com/v5/private") as line,
    ):
        await line.send_json({"op": "auth", "args": [key.key, expires, signature.hexdigest()]})
        assert (await line.receive_json())["success"]
        await line.send_json({"op": "subscribe", "args": list(topics), "req_id": "1"})
        assert (await line.receive_json())["success"]
        yield line


class Heard:
    """Every frame that a client of ccxt hears, before ccxt makes anything of it."""

    def __init__(self, client: Any) -> None:
        self.frames: asyncio.Queue[Any] = asyncio.Queue()
        before = client.handle_message

        def tap(line: Any, message: Any) -> Any:
            self.frames.put_nowait(message)
            return before(line, message)

        client.handle_message = tap

    async def until(self, **said: Any) -> Any:
        """Return the next frame that says this."""
        while True:
            frame = await self.frames.get()
            if said.items() <= frame.items():
                return frame


@asynccontextmanager
async def bybit(
    exchange: Exchange, key: Key | None = None, *, timeout_ms: int = 20_000, **options: Any
) -> AsyncIterator[Any]:
    """Open the real ccxt.pro.bybit at its own addresses, led to the exchange."""
    key = key or exchange.key("bybit")
    async with session(exchange) as opened:
        config: dict[str, Any] = {
            "apiKey": key.key,
            "secret": key.secret,
            "session": opened,
            "enableRateLimit": False,
            "timeout": timeout_ms,
            "timeout_on_exit": 0,
            "options": {
                "fetchMarkets": {"types": ["linear"]},
                "defaultType": "swap",
                "maxRetriesOnFailure": 0,
                **options,
            },
        }
        client: Any = ccxt.pro.bybit(cast("Any", config))
        client.has["fetchCurrencies"] = False
        try:
            await client.load_markets()
            yield client
        finally:
            await client.close()
