"""Protection in the running bridge: what a venue can do is asked, and quotes reach kept levels."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.port import Sink, Trouble, TroubleKind
from bridge.clock import Clock
from core.levels import Level, Protection
from core.orders import Order, OrderEvent, OrderType
from core.reports import Quote, Report
from core.store.memory import Disk
from tests.unit.bridge.parts import Bridge, Switch, bridge, until
from tests.unit.bridge.venues import Scripted, report

D = Decimal

STOP = Protection(stop=Level(value=D(59_000)))


class Plain(Scripted):
    """A venue without stop orders."""

    def __init__(self, account: str, clock: Callable[[], int], currency: str = "USDT") -> None:
        super().__init__(account, clock, currency)
        kinds = frozenset({OrderType.MARKET, OrderType.LIMIT})
        self.capabilities = dataclasses.replace(self.capabilities, order_types=kinds)


def fill(clock: Clock, order: Order) -> Report:
    """Make what a venue says of a fill of all."""
    return Report(
        account="paper", order=order.order, event=OrderEvent.FILL, at_ns=clock.now(),
        exec_id=f"x-{order.order}", quantity=order.quantity, price=D(60_000), fee=D(0),
    )  # fmt: skip


async def opened(running: Bridge) -> Order:
    """Open a protected position."""
    order = await running.admitted(running.signal(protection=STOP))
    running.venue.tell(report(running.runtime.clock, order, OrderEvent.ACCEPTED))
    running.venue.tell(fill(running.runtime.clock, order))
    await until(lambda: bool(running.state.plans))
    return order


def quote(running: Bridge, bid: str) -> None:
    """Tell a price."""
    price, now = D(bid), running.runtime.clock.now()
    running.venue.tell(Quote(instrument="BTCUSDT", bid=price, ask=price + 1, last=price, at_ns=now))


async def test_the_stop_goes_to_a_venue_that_has_stops(tmp_path: Path) -> None:
    """What the venue can do is in the journal before its first fill."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted) as running:
        await opened(running)
        await until(lambda: len(running.venue.sent) == 2)
        leg = running.order(running.venue.sent[1])

        assert ("leg", "stop", D(59_000)) == (leg.purpose, leg.order_type, leg.trigger)


async def test_a_quote_that_reaches_a_kept_stop_sends_the_close(tmp_path: Path) -> None:
    """Quotes that concern no level leave the writer alone; the one that does sells at once."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Plain) as running:
        await opened(running)
        number = running.state.number
        for _ in range(3):
            quote(running, "59500")
        quote(running, "59000")
        await until(lambda: len(running.venue.sent) == 2)
        leg = running.order(running.venue.sent[1])

        assert ("leg", "market", "stop") == (leg.purpose, leg.order_type, leg.leg)
        assert running.state.number >= number + 2


async def test_a_paper_account_keeps_the_stop_and_lets_it_go(tmp_path: Path) -> None:
    """The whole way with the real paper venue: fill, stop at the venue, exit, nothing left."""
    async with bridge(tmp_path) as running:
        wanted = Protection(stop=Level(value=D(10_000)))
        entry = await running.admitted(running.signal(protection=wanted))
        await running.is_in(entry.order, "filled")
        await until(lambda: len(running.state.plans) == 1)
        (leg,) = (one for one in running.state.orders.values() if one.leg)
        await running.is_in(leg.order, "accepted")
        exit_ = await running.admitted(running.exit())
        await running.is_in(exit_.order, "filled")
        await running.is_in(leg.order, "cancelled")

        assert ({}, {}) == (running.state.plans, running.state.alive)


class Market(Scripted):
    """A venue that tells the smallest value of an order once it is connected. ``closed``: it does
    not let anybody in."""

    closed = False

    async def connect(self, sink: Sink) -> Trouble | None:
        """Come up, and know its markets."""
        if self.closed:
            return Trouble(TroubleKind.UNKNOWN, "scripted", "closed")
        self.capabilities = dataclasses.replace(self.capabilities, values_min={"BTCUSDT": D(5_000)})
        return await super().connect(sink)


class Closed(Market):
    """The same venue, on a bad day."""

    closed = True


async def test_what_a_venue_tells_of_its_smallest_order_outlasts_a_restart(tmp_path: Path) -> None:
    """It is known before the first entry, and while the venue is away it is what it was."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk), made=Market) as running:
        answer: Any = await running.send(running.signal())
        assert ("refused", "value_below_min") == (answer.verdict, answer.code)
    async with bridge(tmp_path, store=Switch(disk), made=Closed, ready=False) as running:
        await until(lambda: running.state.accounts["paper"].link_reason != "connecting")
        known = running.state.accounts["paper"].abilities.values_min

        assert {"BTCUSDT": D(5_000)} == known
