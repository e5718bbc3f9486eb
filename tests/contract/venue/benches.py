"""The venue adapters, each on a bench where the test moves the market and can restart the adapter.

Rules of this file
1. A bench drives the real adapter; what the platform would do by itself, the bench can make it do.
2. Waiting is for an event or for a barrier, never for a time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from random import Random

import msgspec

from adapters.paper.market import Market
from adapters.paper.settings import PaperSettings
from adapters.paper.venue import PaperVenue
from adapters.paper.weather import Weather
from adapters.port import Absence, Heartbeat, Trouble, TroubleKind, Venue, VenueEvent
from adapters.simulated.exchange import Exchange
from adapters.simulated.rows import Rules
from adapters.simulated.venue import SimulatedVenue
from adapters.simulated.wire import Wire
from core.instruments import Instrument
from core.orders import Order, OrderEvent, OrderType, Purpose, Side
from core.reports import Quote, Report, VenueOrder, VenueSnapshot
from tests.faults import Fault, FaultyVenue

D = Decimal
ACCOUNT = "acct-1"
EURUSD = Instrument(
    name="EURUSD",
    currency="USD",
    tick=D("0.0001"),
    lot_step=D("0.1"),
    quantity_min=D("0.1"),
    multiplier=D(1000),
)
START = D(100_000)
COMMISSION = D("0.5")
LAG_MS = 300
"""By how much the books are old at the venue that shows old ones."""
PATIENCE_S = 20
"""A test that waits longer has lost an event."""


def order(name: str, side: Side = Side.BUY, quantity: str = "1", /, **terms: object) -> Order:
    """Make a market order; ``terms`` changes whatever a test is about. Numbers are text."""
    made: dict[str, object] = {
        "origin": "signal-1",
        "account": ACCOUNT,
        "instrument": "EURUSD",
        "strategy": "trend",
        "purpose": Purpose.ENTRY,
        "order_type": OrderType.MARKET,
        "intended_ns": 1,
        "expires_ns": 2,
    }
    made |= {"order": name, "side": side, "quantity": quantity} | terms
    named = ("quantity", "price", "trigger", "attached_stop")
    numbers = {key: D(str(made[key])) for key in named if key in made}
    return msgspec.convert(made | numbers, Order)


class Bench:
    """A venue adapter, what it told, and the market under it.

    ``shorts``: the account can sell what it does not hold. ``others``: somebody else can trade on
    it. ``idle_legs``: the venue leaves a reduce-only stop alone that has nothing left to reduce.
    ``spot``: what is held are coins, which have no price of their own but the market's middle.
    ``says_closed``: an outage answers so that nothing can have been taken.
    ``marked_at``: the price of a long position in a market of 1.1000 to 1.1002.
    """

    instrument = EURUSD
    start = START
    shorts = True
    others = False
    idle_legs = False
    spot = False
    says_closed = True
    marked_at = D("1.1000")

    def __init__(self) -> None:
        self.events: list[VenueEvent] = []
        self._news = asyncio.Event()
        self._barriers = 0
        self.venue: Venue = self.make_venue()
        self.faults = FaultyVenue(self.venue)

    def make_venue(self) -> Venue:
        """Build the adapter, cold."""
        raise AssertionError("each adapter has its own bench")

    def quote(self, bid: str, ask: str) -> None:
        """Move the market."""
        raise AssertionError("each adapter has its own bench")

    def offers(self, need: str) -> bool:
        """Say whether a card can be played here."""
        if need in {"shorts", "others"}:
            return bool(getattr(self, need))
        return not need or bool(getattr(self.venue.capabilities, need))

    def fee(self, quantity: Decimal, price: Decimal) -> tuple[Decimal, str]:
        """Return what a fill at the market costs, and in what."""
        raise AssertionError("each adapter has its own bench")

    async def piece(self, name: str) -> None:
        """Let a piece of a working buy order at 1.1000 trade, and wait until it was told."""
        raise AssertionError("each adapter has its own bench")

    # what goes wrong outside: with the adapter's own wire where there is one, else in front of it

    def throttle(self) -> None:
        """Let the next order come too fast for the venue."""
        self.faults.script(Fault.THROTTLE, until_ns=time.time_ns())

    def shut(self) -> None:
        """Close the venue for the next order."""
        self.faults.script(Fault.MAINTENANCE, until_ns=time.time_ns())

    def lose_reply(self, call: str = "submit") -> None:
        """Let the answer to the next call be lost."""
        self.faults.script(Fault.LOSE_REPLY, call=call)

    def lose_request(self) -> None:
        """Let the next order be lost on its way."""
        self.faults.script(Fault.LOSE_REQUEST)

    async def blink(self, meanwhile: Callable[[], object]) -> None:
        """Break the stream, let something happen that it does not tell, and let it come back."""
        self.faults.drop_link()
        meanwhile()
        await self.faults.connect(self.sink)

    async def by_hand(self, side: Side, quantity: str, price: str | None = None) -> None:
        """Let somebody else place an order on this account."""
        raise AssertionError("nobody else trades on the account of this bench")

    async def cancel_by_hand(self, name: str) -> None:
        """Let somebody else cancel an order of ours."""
        raise AssertionError("nobody else trades on the account of this bench")

    def sink(self, event: VenueEvent) -> None:
        """Keep what is told."""
        self.events.append(event)
        self._news.set()

    async def open(self) -> None:
        """Connect."""
        assert await self.faults.connect(self.sink) is None

    async def close(self) -> None:
        """End the adapter."""
        await self.faults.close()

    async def refused(self, asked: Awaitable[Trouble | None], name: str, event: OrderEvent) -> str:
        """Return why a venue refused a call: it says so at once, or tells it."""
        trouble = await asked
        if trouble is None:
            return (await self.told(name, event)).reason
        assert trouble.kind is TroubleKind.REFUSED
        return f"{trouble.code}: {trouble.text}"

    async def undone(self, asked: Awaitable[Trouble | None], name: str, event: OrderEvent) -> str:
        """Return why a venue did not cancel or replace an order that is over. One that only says
        that it does not know it has proven nothing by that: the call is in doubt then."""
        trouble = await asked
        if trouble is None:
            return (await self.told(name, event)).reason
        assert trouble.kind in {TroubleKind.REFUSED, TroubleKind.UNKNOWN}
        return f"{trouble.code}: {trouble.text}"

    async def over(self, name: str) -> Report:
        """Wait until the venue has ended what was left of an order: each has its own word."""
        ends = (OrderEvent.CANCELLED, OrderEvent.EXPIRED)
        await self.until(lambda: any(self.reports(name, end) for end in ends))
        return next(one for end in ends for one in self.reports(name, end))

    def story(self, name: str) -> list[OrderEvent]:
        """Return what was told of an order, each thing once. An acceptance may be told by the
        answer and by the stream: it stands first, whichever of them came later."""
        once = dict.fromkeys((one.event, one.exec_id) for one in self.reports(name))
        events = [event for event, _ in once]
        accepted = OrderEvent.ACCEPTED in events
        rest = [one for one in events if one is not OrderEvent.ACCEPTED]
        return [OrderEvent.ACCEPTED, *rest] if accepted else rest

    async def restart(self) -> None:
        """End the adapter and begin again with a new one; the platform stays what it is."""
        await self.close()
        self.venue = self.make_venue()
        self.faults = FaultyVenue(self.venue)
        await self.open()

    async def wait_until(self, at_ns: int) -> None:
        """Let the time pass that a venue named."""
        await asyncio.sleep(max(0, at_ns - time.time_ns()) / 1e9)

    async def until(self, seen: Callable[[], bool]) -> None:
        """Wait until the events show it."""
        async with asyncio.timeout(PATIENCE_S):
            while not seen():
                self._news.clear()
                await self._news.wait()

    def reports(self, name: str = "", event: OrderEvent | None = None) -> list[Report]:
        """Return the reports of an order, of one kind or of all."""
        return [
            one
            for one in self.events
            if isinstance(one, Report)
            and (not name or one.order == name)
            and (event is None or one.event is event)
        ]

    async def told(self, name: str, event: OrderEvent, times: int = 1) -> Report:
        """Wait for a report and return the newest of its kind."""
        await self.until(lambda: len(self.reports(name, event)) >= times)
        return self.reports(name, event)[-1]

    async def barrier(self) -> None:
        """Wait until everything that was sent before has been answered."""
        self._barriers += 1
        name = f"barrier{self._barriers}"
        assert await self.venue.cancel(order(name)) is None
        await self.told(name, OrderEvent.CANCEL_REJECTED)

    async def filled(self, made: Order) -> None:
        """Send an order and wait until nothing of it is left."""
        assert await self.venue.submit(made) is None
        await self.until(lambda: self.filled_quantity(made.order) >= made.quantity)

    def fills(self, name: str = "") -> dict[str, Report]:
        """Return the fills by execution id."""
        return {one.exec_id: one for one in self.reports(name, OrderEvent.FILL)}

    def filled_quantity(self, name: str) -> Decimal:
        """Sum the fills of an order by execution id."""
        return sum((one.quantity or D(0) for one in self.fills(name).values()), D(0))

    async def shown(self, name: str) -> VenueOrder:
        """Look an order up that must be there."""
        found = await self.venue.lookup(order(name))
        assert isinstance(found, VenueOrder)
        return found

    async def snapshot(self) -> VenueSnapshot:
        """Read what the venue shows now."""
        shown = await self.venue.snapshot(1)
        assert isinstance(shown, VenueSnapshot)
        return shown

    async def position(self) -> Decimal:
        """Return the net position that the venue shows."""
        shown = await self.snapshot()
        return sum((one.quantity for one in shown.positions), D(0))


class LateVenue(PaperVenue):
    """A paper account that shows old books, asked by someone who lets its lag pass before."""

    bench: PaperBench

    async def lookup(
        self, order: Order, canary: Order | None = None
    ) -> VenueOrder | Absence | Trouble:
        """Ask later."""
        self._settle()  # what was handed over has arrived before
        self.bench.ahead_ns += LAG_MS * 1_000_000
        return await super().lookup(order, canary)

    async def snapshot(self, since_ns: int) -> VenueSnapshot | Trouble:
        """Ask later."""
        self._settle()  # what was handed over has arrived before
        self.bench.ahead_ns += LAG_MS * 1_000_000
        return await super().snapshot(since_ns)


class PaperBench(Bench):
    """The paper venue with a market by hand."""

    def __init__(self, folder: Path, settings: PaperSettings) -> None:
        self._folder = folder
        self._settings = settings
        self._now_ns = 1_700_000_000_000_000_000
        self._market = Market()
        self.ahead_ns = 0
        super().__init__()

    def make_venue(self) -> Venue:
        """Build a paper account on the ledger of this bench."""
        lags = bool(self._settings.visibility_lag_ms)
        account = (LateVenue if lags else PaperVenue)(
            account=ACCOUNT,
            instruments={"EURUSD": EURUSD},
            settings=self._settings,
            market=self._market,
            ledger_path=self._folder / "paper.db",
            clock=lambda: time.time_ns() + self.ahead_ns,
        )
        if isinstance(account, LateVenue):
            account.bench = self
        return Weather(account, self._settings, time.time_ns) if lags else account

    def quote(self, bid: str, ask: str) -> None:
        """Put a quote by hand."""
        self._now_ns += 1
        quote = Quote(instrument="EURUSD", bid=D(bid), ask=D(ask), last=D(bid), at_ns=self._now_ns)
        self._market.put(quote)

    def fee(self, quantity: Decimal, price: Decimal) -> tuple[Decimal, str]:
        """Return the commission of a paper fill."""
        return quantity * COMMISSION, "USD"

    async def piece(self, name: str) -> None:
        """Let the market come down to the order for one quote."""
        self.quote("1.0998", "1.1000")
        await self.barrier()


class Calm(Random):
    """Chance that lets everything go well: what may fill fills whole, and nothing is lost."""

    def random(self) -> float:
        """Return the lowest number."""
        return 0.0


class LoopScheduler:
    """Lets things happen later on the running event loop."""

    def after(self, delay_ns: int, act: Callable[[], object]) -> None:
        """Let something happen after a while."""
        asyncio.get_running_loop().call_later(delay_ns / 1e9, act)


class SimulatedBench(Bench):
    """The simulated exchange on a calm day. It goes on when its adapter ends."""

    def __init__(self, rules: Rules) -> None:
        random = Calm(7)
        clock = time.time_ns
        self._exchange = Exchange(ACCOUNT, {"EURUSD": EURUSD}, rules, clock=clock, random=random)
        self._wire = Wire(LoopScheduler(), clock, random)
        self._exchange.tell = self._wire.tell
        super().__init__()

    def make_venue(self) -> Venue:
        """Build a way to the exchange of this bench."""
        return SimulatedVenue(self._exchange, self._wire)

    def quote(self, bid: str, ask: str) -> None:
        """Put a quote by hand."""
        quote = Quote(
            instrument="EURUSD", bid=D(bid), ask=D(ask), last=D(bid), at_ns=time.time_ns()
        )
        self._exchange.take_quote(quote)
        self._wire.tell(quote)

    async def barrier(self) -> None:
        """Wait until everything that was told before has come."""
        assert isinstance(self.venue, SimulatedVenue)
        heard = sum(isinstance(one, Heartbeat) for one in self.events)
        self.venue.beat()
        await self.until(lambda: sum(isinstance(one, Heartbeat) for one in self.events) > heard)


def simulated() -> Bench:
    """Build a simulated bench whose venue keeps legs together."""
    return SimulatedBench(
        Rules(currency="USD", balance=START, linked_legs=True, attached_stop=True, chunks_max=1)
    )


def paper(folder: Path, *, partial: bool, latency_ms: int, lag_ms: int = 0) -> Bench:
    """Build a paper bench."""
    settings = PaperSettings(
        commission_per_unit=COMMISSION,
        latency_ms_min=min(latency_ms, 1),
        latency_ms_max=latency_ms,
        partial_fill_probability=D(1 if partial else 0),
        seed=7,
        visibility_lag_ms=lag_ms,
    )
    return PaperBench(folder, settings)
