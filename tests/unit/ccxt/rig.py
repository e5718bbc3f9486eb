"""The real ccxt.pro before a local exchange, with our streams in between.

Rules of this file
1. Nothing waits for time: ``Heard.until`` waits for what was told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from adapters.ccxt.client import Client
from adapters.ccxt.news import News
from adapters.ccxt.pacing import Pace
from adapters.ccxt.profiles import PROFILES
from adapters.ccxt.requests import Request
from adapters.ccxt.settings import CcxtSettings, Keys, Local
from adapters.ccxt.sockets import Ears
from adapters.ccxt.streams import STREAMS
from adapters.ccxt.timing import Timing
from adapters.exchange.bybit_rows import id_text
from adapters.exchange.control import Control
from adapters.exchange.exchange import CUSTOMER, Exchange, running
from adapters.exchange.orders import NewOrder, Order, Side, Trade
from adapters.port import Gap, Heartbeat, LinkChanged, Trouble, TroubleKind, VenueEvent
from core.money import ZERO
from core.orders import OrderEvent
from core.reports import AccountMark, Report, VenueSnapshot

PATIENCE_S: Final = 20.0
"""How long a test waits for what must come."""

_EACH: Final = Pace(first_s=0.0, least_s=0.05, most_s=0.05)

QUICK: Final = Timing(
    subscribe_s=5.0,
    rejoin_s=10.0,
    look_s=0.02,
    pong_s=0.3,
    late_ns=50_000_000,
    steady_s=0.0,
    wait_least_s=0.01,
    wait_most_s=0.05,
    grace_ns=100_000_000,
    others=_EACH,
    strange=_EACH,
    missed=_EACH,
    money=_EACH,
)


@dataclass
class Heard:
    """What was told. ``until`` waits for more of it."""

    events: list[VenueEvent] = field(default_factory=list)
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, event: VenueEvent) -> None:
        """Take one event: the sink of the port."""
        self.events.append(event)
        self._more.set()

    def stir(self) -> None:
        """Let whoever waits look again."""
        self._more.set()

    async def until(self, enough: Callable[[Heard], object]) -> None:
        """Wait until enough was told."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not enough(self):
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"never told; there were {self.events}") from None

    @property
    def reports(self) -> list[Report]:
        """Return the reports."""
        return [event for event in self.events if isinstance(event, Report)]

    @property
    def gaps(self) -> list[str]:
        """Return the reasons of the gaps."""
        return [event.reason for event in self.events if isinstance(event, Gap)]

    @property
    def falls(self) -> list[str]:
        """Return why the link went down."""
        return [one.reason for one in self.events if isinstance(one, LinkChanged) and not one.up]

    @property
    def beats(self) -> int:
        """Return how often it was said that the link is whole."""
        return sum(isinstance(event, Heartbeat) for event in self.events)

    def said(self, order: str, event: OrderEvent) -> bool:
        """Say whether this was told of an order."""
        return any(one.order == order and one.event is event for one in self.reports)

    def filled(self, order: str) -> Decimal:
        """Return the sum of an order's fills, each once."""
        fills = {
            one.exec_id: one.quantity or Decimal(0)
            for one in self.reports
            if one.order == order and one.event is OrderEvent.FILL
        }
        return sum(fills.values(), Decimal(0))


@dataclass
class Rig:
    """One account at one venue of a local exchange."""

    venue: str
    exchange: Exchange
    client: Client
    ears: Ears
    heard: Heard
    timing: Timing
    pictures: bool = False
    """Pictures are given to whoever asks."""
    taken: int = 0
    """How many were."""
    sources: list[bool] = field(default_factory=list)
    """Whether the stream told prices, each time that it changed."""

    def source(self, live: bool, why: str) -> None:
        """Note where prices come from."""
        self.sources.append(live)
        self.heard.stir()

    def __post_init__(self) -> None:
        """Make the stream, which may ask for pictures."""
        self.news = News(
            self.ears,
            STREAMS[self.venue],
            account="acct",
            picture=self.picture,
            timing=self.timing,
            settles=lambda market: "USDT",
        )

    async def picture(self, since_ns: int) -> VenueSnapshot | Trouble:
        """Show the account as a picture taken by REST would: the exchange's truth."""
        if not self.pictures:
            return Trouble(TroubleKind.UNKNOWN, "no_picture", "not now")
        self.taken += 1
        self.heard.stir()
        trades = self.control.trades(self.venue, CUSTOMER)
        fills = tuple(
            Report(
                account="acct",
                order=trade.client_id,
                event=OrderEvent.FILL,
                at_ns=trade.time_ns,
                exec_id=exec_id(self.venue, trade),
                quantity=trade.quantity,
                price=trade.price,
            )
            for trade in trades
            if trade.time_ns >= since_ns
        )
        mark = AccountMark(account="acct", balance=ZERO, equity=ZERO, at_ns=1)
        return VenueSnapshot(
            account="acct", orders=(), positions=(), mark=mark, at_ns=1, fills=fills
        )

    def posts(self, path: str) -> list[Request]:
        """Return the requests that made something at such a path."""
        kept = self.client.requests.kept
        return [one for one in kept if one.method == "POST" and path in one.path]

    @property
    def control(self) -> Control:
        """Return the hands on the exchange."""
        return self.exchange.control

    @property
    def private(self) -> str:
        """Return the path of the private stream at the exchange."""
        (session,) = [
            one
            for one in self.control.sessions(self.venue)
            if STREAMS[self.venue].carries(_address(one.path, one.params))
        ]
        return session.path

    def place(self, order: str, *, quantity: str = "0.02", price: str | None = None) -> Order:
        """Let the account have an order under such an id: far from the market unless priced."""
        far = self.exchange.engine(self.venue).mark("BTCUSDT") / 2
        new = NewOrder(
            symbol="BTCUSDT",
            side=Side.BUY,
            quantity=Decimal(quantity),
            price=Decimal(price) if price else far.quantize(Decimal(1)),
            client_id=order,
        )
        return self.control.hand(self.venue, CUSTOMER, new)

    def hit(self, order: str, quantity: str) -> None:
        """Let a stranger trade with a part of a resting order."""
        self.control.fill(self.venue, order, Decimal(quantity))


def exec_id(venue: str, trade: Trade) -> str:
    """Return the id by which we know an execution of the exchange."""
    return id_text(trade.id) if venue == "bybit" else f"{trade.symbol}:{trade.match}"


def _address(path: str, params: object) -> str:
    return f"{path}?listenKey=" if "listenKey" in str(params) else path


@asynccontextmanager
async def rig(
    venue: str, *, timing: Timing = QUICK, keep_alive_ms: int = 200, canary_ms: int = 3_600_000
) -> AsyncIterator[Rig]:
    """Run an exchange, and a client with a stream that is not started."""
    async with running() as exchange:
        key = exchange.key(venue)
        settings = CcxtSettings(
            venue=venue,
            currency="USDT",
            keys=lambda: Keys(api_key=key.key, secret=key.secret),
            local=Local("127.0.0.1", exchange.port, exchange.ca_file),
            keep_alive_ms=keep_alive_ms,
            canary_ms=canary_ms,
        )
        client = Client(PROFILES[venue], settings)
        await client.open()
        ears = Ears(client)
        made = Rig(venue, exchange, client, ears, Heard(), timing)
        try:
            yield made
        finally:
            await made.news.close()
            await client.close()


def name(number: int) -> str:
    """Return an id in our form."""
    return f"{number:026x}"
