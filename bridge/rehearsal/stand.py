"""The stand: one bridge with the user's configuration, its accounts at simulated venues, and time.

Rules of this file
1. No file, no socket, no clock: machine, journal and venues are in memory, and gone afterwards.
2. A message goes the way of a real one: bytes, the route's own dialect, the writer, the answer.
3. The same configuration and seed give the same run, whatever was run before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.port import LinkChanged, VenueEvent
from adapters.simulated.exchange import Exchange
from adapters.simulated.pictures import mark_of
from adapters.simulated.rows import Ticket
from adapters.simulated.venue import SimulatedVenue
from adapters.simulated.wire import Weather, Wire
from bridge import runtime as rt
from bridge.config.values import Config, StoreAddress
from bridge.rehearsal.accounts import Side, side_of
from bridge.rehearsal.casting import Part
from bridge.rehearsal.machine import Machine
from bridge.rehearsal.process import Process
from bridge.rehearsal.sender import SILENCE, Heard, Sender
from bridge.rehearsal.timeline import Timeline
from core.answers import Answer
from core.orders import Order
from core.reports import Quote
from core.setup import SECOND_NS, Setup, resolve
from core.state import State
from core.store.memory import Disk

MS: Final = 1_000_000

BEGINS: Final = datetime(2026, 1, 14, 12, tzinfo=UTC)
"""When every rehearsal begins: noon of a Wednesday, far from the ends of a day and of a week."""

READY_WITHIN_S: Final = 60
"""A bridge on a healthy stand is ready within a second."""

ANSWER_WITHIN_S: Final = 3
"""As long as TradingView waits for an answer."""

QUOTES_EVERY_NS: Final = SECOND_NS
"""Time between two quotes, unless the configuration calls one stale sooner."""

QUOTES_EVERY_LEAST_NS: Final = 50 * MS
"""Never more often: a made-up market need not be busier than a real one."""


class Stand:
    """One rehearsed world. ``part``: whose alerts are sent."""

    def __init__(self, config: Config, part: Part, *, seed: str) -> None:
        self.config, self.part = _anywhere(config), part
        self.timeline = Timeline()
        self.machine = Machine(self.timeline, begins_ns=int(BEGINS.timestamp()) * SECOND_NS)
        self.disk = Disk(journal=config.store.journal)
        self.deaths = 0
        self._count = 0
        self._idle = False
        self._sender = Sender(config, part)
        self._accounts = tuple(dict.fromkeys(part.route.accounts))
        self.prices = dict.fromkeys(self._traded(), part.price)
        self.sides = {
            name: side_of(self.config, name, self.machine, seed) for name in self._accounts
        }
        self.process = self._process()
        self._move_market()

    # --- what there is ----------------------------------------------------------------------------

    def _traded(self) -> list[str]:
        """List what the accounts of the route understand by the symbol."""
        setup = self.config.setup
        found = [resolve(setup, setup.accounts[name], self.part.symbol) for name in self._accounts]
        return list(dict.fromkeys(one.name for one in found if one is not None))

    def _process(self) -> Process:
        venues = {
            name: SimulatedVenue(side.exchange, side.wire) for name, side in self.sides.items()
        }
        return Process(self.machine, self.disk, self.config, venues)

    @property
    def side(self) -> Side:
        """Return the account that is looked at."""
        return self.sides[self.part.account.name]

    @property
    def wire(self) -> Wire:
        """Return the way to its venue."""
        return self.side.wire

    @property
    def exchange(self) -> Exchange:
        """Return the books of its venue."""
        return self.side.exchange

    @property
    def runtime(self) -> rt.Runtime:
        """Return the running bridge."""
        assert self.process.runtime is not None, "a bridge that was waited for"
        return self.process.runtime

    @property
    def state(self) -> State:
        """Return what the bridge believes."""
        return self.runtime.writer.state

    # --- the market -------------------------------------------------------------------------------

    def _every_ns(self) -> int:
        accounts = [self.config.setup.accounts[name] for name in self._accounts]
        ages = [min(one.quote_age_max_ns, one.mark_age_max_ns) // 2 for one in accounts]
        return max(QUOTES_EVERY_LEAST_NS, min(QUOTES_EVERY_NS, *ages))

    def _move_market(self) -> None:
        """Let quotes come for as long as the world stands: a tick up, a tick down."""
        self._count += 1
        self.quote()
        if self._count % 2:
            for venue in self.process.venues.values():
                venue.beat()
        every_ns = QUOTES_EVERY_NS if self._idle else self._every_ns()
        self.timeline.after(every_ns, self._move_market)

    def quote(self) -> None:
        """Tell everybody the prices of now."""
        for name, side in self.sides.items():
            for symbol, price in self.prices.items():
                tick = self.config.setup.instruments[symbol].tick
                mid = price + (self._count % 2) * tick
                now = side.exchange.now()
                quote = Quote(
                    instrument=symbol, bid=mid - tick, ask=mid + tick, last=mid, at_ns=now
                )
                side.exchange.take_quote(quote)
                self._announce(name, quote)
            self._announce(name, mark_of(side.exchange))

    def _announce(self, name: str, event: VenueEvent) -> None:
        """Tell what has no fate of its own: it is told again a moment later."""
        wire = self.sides[name].wire
        if not wire.weather.silent:
            for session in wire.sessions:
                session.door.call_soon(session.sink, event)

    @property
    def mid(self) -> Decimal:
        """Return the middle of the part's market now."""
        return self.exchange.quotes[self.part.instrument.name].mid

    def move_price(self, price: Decimal) -> None:
        """Put the market of the part's instrument somewhere, at once."""
        self.prices[self.part.instrument.name] = price
        self.quote()

    def stop_trading(self, *, on: bool = True) -> None:
        """Let nobody trade the part's instrument at the venue, or trade again."""
        halted, name = self.exchange.halted, self.part.instrument.name
        (halted.add if on else halted.discard)(name)

    # --- time -------------------------------------------------------------------------------------

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.timeline.run(self.timeline.now_ns + int(seconds * SECOND_NS))

    def until(self, done: Callable[[], bool], within_s: float) -> bool:
        """Let time pass until something is so; say whether it is."""
        return self.timeline.run(self.timeline.now_ns + int(within_s * SECOND_NS), done)

    def boot(self) -> bool:
        """Wait until the bridge is ready for new orders."""
        ready = self.until(lambda: self.process.ready, READY_WITHIN_S)
        self.wait(self._every_ns() * 4 / SECOND_NS)  # quotes and figures of the account are there
        return ready

    # --- messages ---------------------------------------------------------------------------------

    def alert(self, action: str = "", **fields: str | Decimal) -> bytes:
        """Write an alert; an entry of the part unless told otherwise."""
        return self._sender.write(self.machine.utc_ns(), action, fields)

    def send(self, body: bytes) -> Callable[[], Heard]:
        """Deliver a message; what is returned tells the answer, once there is one."""
        answers: list[Answer] = []
        command = self._sender.read(body, self.machine.wall_ns())

        def ask(runtime: rt.Runtime) -> None:
            future = runtime.writer.ask(command)
            future.add_done_callback(lambda done: answers.append(done.result()))

        if self.process.serves:
            self.process.do(ask)
        return lambda: self._sender.hear(answers[0]) if answers else SILENCE

    def deliver(self, body: bytes) -> Heard:
        """Deliver a message and wait for its answer as long as a sender does."""
        told = self.send(body)
        self.until(lambda: bool(told().verdict), ANSWER_WITHIN_S)
        return told()

    def breathe(self) -> None:
        """Wait until the rates of the configuration allow one more alert, and quotes are calm."""
        setup, part = self.config.setup, self.part
        rates = [part.route.rate_per_minute]
        for scope in (f"strategy:{part.strategy.name}", f"account:{part.account.name}"):
            limits = setup.limits.get(scope)
            if limits is not None:
                rates += [limits.signals_per_minute or 0, limits.messages_per_minute or 0]
        slowest = min(rate for rate in rates if rate)
        self._idle = True
        self.wait(2 * 60 / slowest)
        self._idle = False
        self.wait(1 + 4 * self._every_ns() / SECOND_NS)

    # --- what came of it --------------------------------------------------------------------------

    def order(self, heard: Heard) -> Order | None:
        """Return the order that an alert made in the account that is looked at."""
        for name in heard.orders:
            order = self.state.orders.get(name)
            if order is not None and order.account == self.part.account.name:
                return order
        return None

    def again(self, order: Order) -> Order:
        """Return an order as it is now."""
        return self.state.orders[order.order]

    def orders_at_venue(self) -> list[Ticket]:
        """List what the venue of the account has taken, oldest first."""
        return self.exchange.tickets

    def believed(self) -> Decimal:
        """Return the position that the bridge believes in."""
        key = (self.part.account.name, self.part.instrument.name)
        return sum(
            (row.quantity for (account, what, _), row in self.state.positions.items()
             if (account, what) == key),
            Decimal(0),
        )  # fmt: skip

    def held(self) -> Decimal:
        """Return the position at the venue."""
        return self.exchange.net(self.part.instrument.name)

    # --- mishaps ----------------------------------------------------------------------------------

    def calm(self) -> None:
        """Let every mishap be over."""
        for side in self.sides.values():
            side.wire.weather = Weather()

    def cut(self) -> None:
        """Cut the connection; nothing can connect until ``calm``."""
        name = self.part.account.name
        self.wire.weather.cut = True
        self.wire.drop(lambda _: LinkChanged(name, up=False, reason="the connection was cut"))

    def kill(self) -> None:
        """Kill the bridge."""
        self.deaths += 1
        self.process.kill()

    def restart(self) -> bool:
        """Start the bridge again on the same journal, and wait until it is ready."""
        if self.process.loop.alive:
            self.kill()
        self.process = self._process()
        return self.boot()

    def act(self, work: Callable[[rt.Runtime], Any]) -> Any:
        """Let a person act, and wait for the answer. ``work`` makes an awaitable."""
        told: list[Any] = []
        loop = self.process.loop

        async def run(runtime: rt.Runtime) -> None:
            told.append(await work(runtime))

        self.process.do(lambda runtime: loop.create_task(run(runtime)))
        self.until(lambda: bool(told), ANSWER_WITHIN_S)
        return told[0] if told else None

    def close(self) -> None:
        """End everything."""
        self.process.kill()


def _anywhere(config: Config) -> Config:
    """Return the configuration with a journal in memory, no folder of the user's in it, nobody to
    ask for the time, and no calendar of maintenance but the rehearsal's own."""
    store = StoreAddress(
        url="memory:",
        shown="memory:",
        journal=config.store.journal,
        journal_id=None,
        durability_waived=True,
    )
    return dataclasses.replace(
        config,
        setup=_always_open(config.setup),
        store=store,
        data=Path("nowhere"),
        time_servers=(),
        maintenance={},
        hours={},
        calendars={},
    )


def _always_open(setup: Setup) -> Setup:
    """Return a setup whose instruments always trade: a rehearsal has a time of its own."""
    replace = msgspec.structs.replace
    instruments = {name: replace(one, scheduled=False) for name, one in setup.instruments.items()}
    return replace(setup, instruments=instruments)
