"""The whole exchange: engines, dialects, faults, the wire, and how it is started and ended.

Rules of this file
1. It listens on loopback alone.
2. Everything that was opened is closed when ``running`` ends, also after a failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from aiohttp import web

from adapters.exchange.certificates import kept, make
from adapters.exchange.clock import Clock
from adapters.exchange.control import Control
from adapters.exchange.controlport import ControlPort
from adapters.exchange.dialect import Dialect
from adapters.exchange.engine import Engine
from adapters.exchange.faults import Faults
from adapters.exchange.keys import Key, Keys
from adapters.exchange.limits import Limits
from adapters.exchange.markets import Market
from adapters.exchange.server import Server, reset
from adapters.exchange.venues import VENUES, Venue

HOST: Final = "127.0.0.1"
CUSTOMER: Final = "customer"
"""The account that the first key of each venue opens."""

END_S: Final = 2.0
"""How long an ending exchange waits for its handlers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How an exchange is started. A port of 0 is a free one; ``control_port`` ``None``: none.

    ``markets``: by venue, instead of the starter's. ``balances``: what each venue's customer has.
    ``walk_ms``: time between two steps of the seeded walk, 0 for none: prices then stand still
    until the control moves them, and no stream says anything of them, as on a quiet market.
    ``folder``: where certificates go; ``None``: a temporary one.
    ``keys``: by venue, instead of random ones. ``rate_limits`` False: requests are counted, and
    none is refused for their number.
    """

    port: int = 0
    control_port: int | None = None
    seed: int = 0
    balances: tuple[tuple[str, Decimal], ...] = (
        ("USDT", Decimal(100_000)),
        ("BTC", Decimal(1)),
    )
    markets: dict[str, tuple[Market, ...]] = field(default_factory=dict)
    walk_ms: int = 0
    folder: Path | None = None
    keys: dict[str, Key] = field(default_factory=dict)
    rate_limits: bool = True


class Exchange:
    """A running exchange. ``dialects`` by name; each has its ``engine`` and ``keys``."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.faults = Faults()
        self._keyrings: dict[str, Keys] = {}
        self._first: dict[str, Key] = {}
        self.dialects: dict[str, Dialect] = {
            venue.dialect.name: self._venue(venue) for venue in VENUES
        }
        self.server = Server(list(self.dialects.values()), self.faults)
        self.control = Control(self)
        self.port = settings.port
        self.ca_file = Path()
        self.control_url = ""
        self.control_token = ""
        self._runner = web.AppRunner(self.server.app, shutdown_timeout=END_S)
        self._door: web.SockSite | web.TCPSite | None = None

    def key(self, venue: str) -> Key:
        """Return the first key of a venue."""
        return self._first[venue]

    def engine(self, venue: str) -> Engine:
        """Return the engine of a venue."""
        return self.dialects[venue].engine

    @property
    def hosts(self) -> frozenset[str]:
        """Return every host name that is served."""
        return frozenset().union(*(one.hosts for one in self.dialects.values()))

    async def open(self, folder: Path) -> None:
        """Make certificates, or take those that are there, and listen."""
        now = self.clock.source()
        files = kept(folder, self.hosts, now) or make(folder, self.hosts, now)
        self.ca_file = files.authority
        self._context = files.context()
        await self._runner.setup()
        await self.open_door()

    async def open_door(self) -> None:
        """Listen, on the same port as before."""
        self._door = web.TCPSite(self._runner, HOST, self.port, ssl_context=self._context)
        await self._door.start()
        self.port = self._runner.addresses[0][1]

    async def close_door(self) -> None:
        """Refuse connections and reset those that are open, as a dead machine does."""
        if self._door is not None:
            await self._door.stop()
            self._door = None
        wire = self._runner.server
        for line in wire.connections if wire is not None else ():
            if line.transport is not None:
                reset(line.transport)

    async def close(self) -> None:
        """End everything."""
        self.server.closing.set()
        wire = self._runner.server
        lines = [one.transport for one in (wire.connections if wire is not None else ())]
        await self._runner.cleanup()
        # A farewell over TLS waits for its answer, and a client that is gone gives none.
        for line in lines:
            if line is not None:
                line.abort()
        await asyncio.sleep(0)

    async def walk(self) -> None:
        """Let the markets walk until cancelled."""
        while True:
            await asyncio.sleep(self.settings.walk_ms / 1000)
            for dialect in self.dialects.values():
                dialect.engine.step()

    def _venue(self, venue: Venue) -> Dialect:
        settings, name = self.settings, venue.dialect.name
        engine = Engine(
            settings.markets.get(name, venue.markets),
            rules=venue.rules,
            now_ns=self.clock.now_ns,
            seed=settings.seed,
        )
        keys = self._keyrings.setdefault(venue.keyring, Keys([]))
        given = settings.keys.get(name)
        if given is not None:
            first = keys.find(given.key) or keys.add(given)
        else:
            first = next(iter(keys), None) or keys.issue(CUSTOMER, self.clock.now_ns())
        self._first[name] = first
        limits = Limits(self.clock)
        limits.on = settings.rate_limits
        dialect = venue.dialect(engine, keys, clock=self.clock, limits=limits)
        assets = {asset for one in engine.markets.values() for asset in (one.base, one.quote)}
        for asset, amount in settings.balances:
            linear = all(one.linear for one in engine.markets.values())
            if asset in assets and (not linear or asset == "USDT"):
                engine.transfer(first.account, asset, amount)
        return dialect


@asynccontextmanager
async def running(settings: Settings | None = None) -> AsyncIterator[Exchange]:
    """Run an exchange inside this process, on this event loop, until the block ends."""
    settings = settings or Settings()
    exchange = Exchange(settings)
    async with AsyncExitStack() as stack:
        folder = settings.folder
        if folder is None:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="bascule-exchange-")))
        stack.push_async_callback(exchange.close)
        await exchange.open(folder)
        if settings.control_port is not None:
            port = await stack.enter_async_context(
                ControlPort(exchange.control).listening(settings.control_port)
            )
            exchange.control_url, exchange.control_token = port.url, port.token
        if settings.walk_ms:
            task = asyncio.create_task(exchange.walk())
            stack.callback(task.cancel)
        yield exchange
