"""The ccxt adapter on a bench: the real ccxt.pro over TLS against the local exchange.

Rules of this file
1. The market is the one of every bench, 1.1000 to 1.1002: a pair made for it, against USDT.
2. Tests call their orders by short names; venues get ids of our form. The bench translates.
3. A barrier is the exchange's truth: whatever happened there has been told here.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from adapters.ccxt.settings import CcxtSettings, Keys, Local
from adapters.ccxt.traffic import Limiters
from adapters.ccxt.venue import CcxtVenue
from adapters.exchange.bybit_rows import id_text
from adapters.exchange.exchange import Exchange, Settings, running
from adapters.exchange.faults import Fault, Kind
from adapters.exchange.markets import Market
from adapters.exchange.orders import NewOrder, Trade
from adapters.exchange.orders import Side as TruthSide
from adapters.port import (
    Absence,
    Capabilities,
    Gap,
    Sink,
    Trouble,
    Venue,
    VenueEvent,
)
from core.ids import order_id
from core.instruments import Instrument
from core.orders import Order, OrderEvent, Side, Terms
from core.reports import Quote, Report, VenueOrder, VenueSnapshot
from tests.contract.venue.benches import ACCOUNT, START, Bench

D = Decimal
SYMBOL: Final = "EURUSDT"
SPOT: Final = "binance"
TIMEOUT_MS: Final = 2_000
"""How long the adapter waits for an answer; long beside every answer that comes."""

ENDS: Final = (OrderEvent.FILL, OrderEvent.CANCELLED, OrderEvent.EXPIRED, OrderEvent.REJECTED)
CALLS: Final = {"submit": "create", "cancel": "cancel", "replace": "amend"}
_RUNS: Final = itertools.count()


class Named:
    """A venue whose orders have short names: what goes in and out is translated."""

    def __init__(self, venue: CcxtVenue, salt: str, names: dict[str, str]) -> None:
        self.account = venue.account
        self.capabilities: Capabilities = venue.capabilities
        self._venue, self._salt, self._names = venue, salt, names

    def id(self, name: str) -> str:
        """Return the id of an order in our form."""
        made = order_id(ACCOUNT, f"{self._salt} {name}")
        self._names[made] = name
        return made

    def _ours(self, made: Order) -> Order:
        return msgspec.structs.replace(made, order=self.id(made.order))

    def _event(self, event: VenueEvent) -> VenueEvent:
        if isinstance(event, Report):
            return msgspec.structs.replace(event, order=self._names.get(event.order, event.order))
        return event

    def _shown(self, shown: VenueOrder) -> VenueOrder:
        name = self._names.get(shown.order, shown.order)
        fills = tuple(msgspec.structs.replace(one, order=name) for one in shown.fills)
        return msgspec.structs.replace(shown, order=name, fills=fills)

    async def connect(self, sink: Sink) -> Trouble | None:
        """Connect the account."""
        return await self._venue.connect(lambda event: sink(self._event(event)))

    async def close(self) -> None:
        """Close the account."""
        await self._venue.close()

    async def submit(self, order: Order) -> Trouble | None:
        """Hand an order over."""
        return await self._venue.submit(self._ours(order))

    async def cancel(self, order: Order) -> Trouble | None:
        """Ask for a cancel."""
        return await self._venue.cancel(self._ours(order))

    async def replace(self, order: Order, terms: Terms) -> Trouble | None:
        """Ask for new terms."""
        return await self._venue.replace(self._ours(order), terms)

    async def lookup(
        self, order: Order, canary: Order | None = None
    ) -> VenueOrder | Absence | Trouble:
        """Look an order up."""
        known = None if canary is None else self._ours(canary)
        found = await self._venue.lookup(self._ours(order), known)
        return self._shown(found) if isinstance(found, VenueOrder) else found

    async def snapshot(self, since_ns: int) -> VenueSnapshot | Trouble:
        """Read the account."""
        shown = await self._venue.snapshot(since_ns)
        if isinstance(shown, Trouble):
            return shown
        orders = tuple(self._shown(one) for one in shown.orders)
        return msgspec.structs.replace(shown, orders=orders)


def market(*, linear: bool) -> Market:
    """Make the pair of the benches at a crypto venue."""
    return Market(
        symbol=SYMBOL,
        base="EUR",
        quote="USDT",
        tick=D("0.0001"),
        lot=D("0.1"),
        quantity_min=D("0.1"),
        quantity_max=D(100_000),
        notional_min=D("0.1"),
        start=D("1.1001"),
        linear=linear,
        depth=D(1_000),
    )


class CryptoBench(Bench):
    """One account at one venue of a local exchange."""

    others = True
    says_closed = False
    marked_at = D("1.1001")

    def __init__(self, exchange: Exchange, name: str) -> None:
        self.name, self._exchange, self._control = name, exchange, exchange.control
        self.shorts, self.spot = name != SPOT, name == SPOT
        self.idle_legs = name == "binanceusdm"
        self.instrument = Instrument(
            name="EURUSD",
            currency="USDT",
            tick=D("0.0001"),
            lot_step=D("0.1"),
            quantity_min=D("0.1"),
            base="EUR" if name == SPOT else "",
        )
        self._salt, self._names = f"{next(_RUNS)} of {time.time_ns()}", dict[str, str]()
        self._known: tuple[set[int], set[int]] = (set(), set())
        super().__init__()

    def make_venue(self) -> Venue:
        """Build a way to the exchange of this bench."""
        key = self._exchange.key(self.name)
        spot = self.name == SPOT
        venue = CcxtVenue(
            account=ACCOUNT,
            instruments={"EURUSD": self.instrument},
            settings=CcxtSettings(
                venue=self.name,
                currency="USDT",
                keys=lambda: Keys(api_key=key.key, secret=key.secret),
                local=Local("127.0.0.1", self._exchange.port, self._exchange.ca_file),
                markets={"EURUSD": "EUR/USDT" if spot else "EUR/USDT:USDT"},
                timeout_ms=TIMEOUT_MS,
                mark_ms=500,
            ),
            limiters=Limiters(),
        )
        return Named(venue, self._salt, self._names)

    @property
    def _customer(self) -> str:
        return self._exchange.key(self.name).account

    def _id(self, name: str) -> str:
        assert isinstance(self.venue, Named)
        return self.venue.id(name)

    def quote(self, bid: str, ask: str) -> None:
        """Move the market."""
        self._control.price(self.name, SYMBOL, (D(bid) + D(ask)) / 2)

    def fee(self, quantity: Decimal, price: Decimal) -> tuple[Decimal, str]:
        """Return the fee of a taker."""
        rate = self._exchange.engine(self.name).rules.taker_rate
        return quantity * price * rate, "EUR" if self.name == SPOT else "USDT"

    async def open(self) -> None:
        """Connect; what happened before is no news."""
        self._known = (
            {one.id for one in self._trades()},
            {one.id for one in self._control.orders(self.name) if not one.status.open},
        )
        await super().open()

    async def barrier(self) -> None:
        """Wait until everything that happened at the exchange has been told."""
        await self.until(self._all_told)

    def _trades(self) -> list[Trade]:
        every = self._control.trades(self.name, self._customer)
        return [one for one in every if one.client_id in self._names]

    def _all_told(self) -> bool:
        known_trades, known_ends = self._known
        fills = self.fills()
        for trade in self._trades():
            if trade.id not in known_trades and self._exec_id(trade) not in fills:
                return False
        for one in self._control.orders(self.name, self._customer):
            name = self._names.get(one.client_id)
            if name is None or one.status.open or one.id in known_ends:
                continue
            if not any(event in ENDS for event in self.story(name)):
                return False
        quotes = [one for one in self.events if isinstance(one, Quote)]
        books = self._exchange.engine(self.name).matching.books
        return bool(quotes) and quotes[-1].bid == books[SYMBOL].half(TruthSide.BUY).best

    def _exec_id(self, trade: Trade) -> str:
        """Return the name of a trade in the venue's messages."""
        if self.name == "bybit":
            return id_text(trade.id)
        return f"{trade.symbol}:{trade.match}"

    def throttle(self) -> None:
        """Let the next order come too fast for the venue."""
        self._fault(Kind.RATE_LIMITED, "submit", retry_after_s=1)

    def shut(self) -> None:
        """Close the venue for the next order."""
        self._fault(Kind.MAINTENANCE, "submit")

    def lose_reply(self, call: str = "submit") -> None:
        """Let the answer to the next call be lost: the line breaks."""
        self._fault(Kind.REPLY_LOST, call, how="reset")

    def lose_request(self) -> None:
        """Let the next order be lost on its way: the line breaks."""
        self._fault(Kind.REQUEST_LOST, "submit", how="reset")

    def _fault(self, kind: Kind, call: str, **more: object) -> None:
        made: dict[str, object] = {"kind": kind, "venue": self.name, "call": CALLS[call]}
        self._control.fault(msgspec.convert(made | more, Fault))

    async def blink(self, meanwhile: Callable[[], object]) -> None:
        """Reset the streams, let something happen, and wait until they are back."""
        gaps = len([one for one in self.events if isinstance(one, Gap)])
        self._control.drop(self.name)
        meanwhile()
        await self.until(lambda: len([one for one in self.events if isinstance(one, Gap)]) > gaps)

    async def piece(self, name: str) -> None:
        """Let a stranger trade with a part of it."""
        self._control.fill(self.name, self._id(name), D("0.3"))
        await self.barrier()

    async def by_hand(self, side: Side, quantity: str, price: str | None = None) -> None:
        """Let somebody else place an order on this account."""
        self._control.hand(
            self.name,
            self._customer,
            NewOrder(
                symbol=SYMBOL,
                side=TruthSide(str(side)),
                quantity=D(quantity),
                price=None if price is None else D(price),
            ),
        )

    async def cancel_by_hand(self, name: str) -> None:
        """Let somebody else cancel an order of ours."""
        self._control.cancel(self.name, self._id(name))


@asynccontextmanager
async def crypto(name: str, folder: Path) -> AsyncIterator[Bench]:
    """Run an exchange with an account at one venue; ``folder`` keeps its certificates.

    The fees of the spot market are none, as in some real ones: a fee in the coin that was bought
    would be another card in each card.
    """
    settings = Settings(
        folder=folder,
        balances=(("USDT", START),),
        markets={one: (market(linear=one != SPOT),) for one in ("binance", "binanceusdm", "bybit")},
    )
    async with running(settings) as exchange:
        engine = exchange.engine(SPOT)
        engine.rules = replace(engine.rules, taker_rate=D(0), maker_rate=D(0))
        yield CryptoBench(exchange, name)
