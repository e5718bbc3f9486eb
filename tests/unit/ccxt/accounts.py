"""Accounts at the local exchange: the real ccxt.pro over TLS, and the truth beside it."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar

from adapters.ccxt.settings import CcxtSettings, Keys, Local
from adapters.ccxt.traffic import Limiters
from adapters.ccxt.venue import CcxtVenue
from adapters.exchange.exchange import Exchange, Settings, running
from adapters.exchange.faults import Fault, Kind
from adapters.exchange.orders import Order as Truth
from adapters.port import Trouble, VenueEvent
from bridge import policies
from core.ids import order_id
from core.instruments import Instrument
from core.orders import Order, OrderType, Purpose, Side
from core.reports import Report

E = TypeVar("E")

VENUES: Final = ("binance", "binanceusdm", "bybit")
SWAPS: Final = ("binanceusdm", "bybit")

ACCOUNT: Final = "acct"
NAME: Final = "BTC"
HANGS_MS: Final = 500
"""How long the account of a test waits for an answer that never comes."""

WAIT_S: Final = 10.0
"""How long a test waits for something that must come."""

_NUMBERS: Final = itertools.count()


def instrument(venue: str) -> Instrument:
    """Return an instrument that fits the exchange's market."""
    if venue == "binance":
        return Instrument(
            name=NAME,
            currency="USDT",
            tick=Decimal("0.01"),
            lot_step=Decimal("0.00001"),
            quantity_min=Decimal("0.00001"),
            base="BTC",
        )
    return Instrument(
        name=NAME,
        currency="USDT",
        tick=Decimal("0.1"),
        lot_step=Decimal("0.001"),
        quantity_min=Decimal("0.001"),
    )


def order(
    side: Side = Side.BUY,
    quantity: str = "0.01",
    order_type: OrderType = OrderType.LIMIT,
    purpose: Purpose = Purpose.ENTRY,
    **more: Any,
) -> Order:
    """Make an order of ours: by default a limit order that rests far away."""
    now = time.time_ns()
    if order_type is OrderType.LIMIT:
        more.setdefault("price", Decimal(40_000 if side is Side.BUY else 60_000))
    return Order(
        order=order_id(ACCOUNT, f"signal {next(_NUMBERS)} of {now}"),
        origin="signal",
        account=ACCOUNT,
        instrument=NAME,
        strategy="s",
        purpose=purpose,
        side=side,
        quantity=Decimal(quantity),
        order_type=order_type,
        intended_ns=now,
        expires_ns=now + 60_000_000_000,
        **more,
    )


@dataclass
class Scene:
    """An exchange, one account at it, and all that the account told."""

    name: str
    exchange: Exchange
    venue: CcxtVenue
    keys: list[Keys]
    events: list[VenueEvent] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, event: VenueEvent) -> None:
        """Take what the account tells: the sink."""
        self.events.append(event)
        self.heard.set()

    async def connect(self) -> Trouble | None:
        """Connect the account."""
        return await self.venue.connect(self.hear)

    def of(self, kind: type[E]) -> list[E]:
        """Return what was told of one kind."""
        return [one for one in self.events if isinstance(one, kind)]

    def reports(self, name: str) -> list[Report]:
        """Return what was told of one order."""
        return [one for one in self.of(Report) if one.order == name]

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something that was told makes it true."""
        async with asyncio.timeout(WAIT_S):
            while not true():
                self.heard.clear()
                await self.heard.wait()

    def fault(self, kind: Kind, **more: Any) -> None:
        """Let something go wrong at this venue."""
        self.exchange.control.fault(Fault(kind=kind, venue=self.name, **more))

    def truth(self, name: str) -> list[Truth]:
        """Return the orders that the exchange really has under a name of ours."""
        return [one for one in self.exchange.control.orders(self.name) if one.client_id == name]

    def lives(self, name: str) -> bool:
        """Say whether the exchange took an order."""
        return bool(self.truth(name))

    def arrivals(self, name: str) -> int:
        """Return how often an order has arrived there."""
        return self.exchange.control.arrivals(self.name).get(name, 0)

    @property
    def customer(self) -> str:
        """Return the exchange's name of the account."""
        return self.exchange.key(self.name).account


@asynccontextmanager
async def scene(
    name: str,
    *,
    connected: bool = True,
    instruments: tuple[Instrument, ...] | None = None,
    settings: Settings | None = None,
    **more: Any,
) -> AsyncGenerator[Scene]:
    """Run an exchange and one account at it."""
    async with running(settings or Settings()) as exchange:
        key = exchange.key(name)
        keys = [Keys(api_key=key.key, secret=key.secret)]
        asked: dict[str, Any] = {
            "markets": {NAME: "BTC/USDT" if name == "binance" else "BTC/USDT:USDT"},
            **more,
        }
        told = instruments or (instrument(name),)
        venue = CcxtVenue(
            account=ACCOUNT,
            instruments={one.name: one for one in told},
            settings=CcxtSettings(
                venue=name,
                currency="USDT",
                keys=lambda: keys[-1],
                local=Local("127.0.0.1", exchange.port, exchange.ca_file),
                **asked,
            ),
            limiters=Limiters(),
            again=policies.read_again,
        )
        made = Scene(name, exchange, venue, keys)
        try:
            if connected:
                assert await made.connect() is None
            yield made
        finally:
            exchange.control.calm()
            await venue.close()
