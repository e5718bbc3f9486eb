"""Whatever is heard first: what entries that are not heard yet explain is never closed, and what
really was opened is, once."""

from __future__ import annotations

from collections import defaultdict, deque
from decimal import Decimal
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import commands as c
from core import records as r
from core.money import ZERO
from core.orders import Order, OrderEvent, OrderState, OrderType, Purpose
from core.reports import Report
from tests.unit.core.books import Books
from tests.unit.core.guarded import able, guarded, plan
from tests.unit.core.stage import Stage, picture, replay

D = Decimal

EVENTS: Final = (
    "enter", "enter", "bare", "lost", "limit", "exit", "exit", "part", "target", "stop", "stop",
    "late", "hear", "hear", "hear", "hear", "wait", "picture", "look", "restart",
)  # fmt: skip

BEGINNING: Final = (("enter", 0), ("bare", 0), ("stop", 0), ("exit", 0))
"""While two is held: two entries, the stop of the first two, and an exit, of which nothing is
heard."""

steps = st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 60)), max_size=40)

_OVER: Final = (OrderEvent.FILL, OrderEvent.CANCELLED)


class Venue:
    """A venue that nets, and whose news are late: the story of an order is heard in its order,
    those of several orders in any. ``late``: what stops filled after their end."""

    def __init__(self, stage: Stage, *, keeps: bool) -> None:
        self.stage, self.keeps = stage, keeps
        self.books = Books(stage)
        self.untold: dict[str, deque[Report]] = defaultdict(deque)
        self.lost: set[str] = set()
        self.late = ZERO

    @property
    def net(self) -> Decimal:
        """Return what is really held."""
        return self.books.net.get("BTCUSDT", ZERO)

    def alive(self) -> list[Order]:
        """List the orders alive by the bridge's books, oldest first."""
        found = [self.stage.order(name) for name in self.stage.state.alive]
        return sorted(found, key=lambda order: order.number)

    def take(self, *, lost: bool = False) -> None:
        """Take what was let go, and end what is wanted ended; ``lost``: entries get lost."""
        for order in self.alive():
            known = order.order in self.books.orders or order.order in self.lost
            if known and order.pending_cancel and self._works(order.order):
                self._tell(self.books.cancel(order.order))
            elif not known and order.state is OrderState.INTENDED:
                self._take(order, lost=lost and order.purpose is Purpose.ENTRY)

    def _take(self, order: Order, *, lost: bool) -> None:
        if lost:
            self.lost.add(order.order)
            trouble = c.NoteTrouble(order=order.order, code="timeout", text="", proven=False)
            self.stage.do(trouble)
            return
        self._tell(self.books.accept(order))
        if order.order_type is OrderType.MARKET:
            self.trade(order.order)

    def _works(self, name: str) -> bool:
        shown = self.books.orders.get(name)
        return shown is not None and shown.event not in _OVER

    def trade(self, name: str) -> None:
        """Fill what there is to fill of an order, and end the rest."""
        if not self._works(name):
            return
        shown, order = self.books.orders[name], self.stage.order(name)
        most = shown.quantity - shown.filled
        if order.purpose is not Purpose.ENTRY and self.keeps:
            most = min(most, max(ZERO, -self.net * order.side.sign))
        if most:
            self._tell(self.books.fill(name, most))
        if self._works(name):
            self._tell(self.books.cancel(name))

    def fill_late(self, at: int) -> None:
        """Fill some of a stop that is over, where nothing forbids it."""
        orders = [self.stage.order(name) for name in sorted(self.books.orders)]
        over = [one for one in orders if one.rests and not self._works(one.order)]
        over = [one for one in over if self.books.orders[one.order].filled < one.quantity]
        if over and not self.keeps:
            self.late += 1
            self._tell(self.books.fill(over[at % len(over)].order, D(1)))

    def _tell(self, report: Report) -> None:
        self.untold[report.order].append(report)

    def hear(self, at: int) -> bool:
        """Let one thing be heard; say whether there was anything."""
        names = sorted(name for name, line in self.untold.items() if line)
        if names:
            self.books.tell(self.untold[names[at % len(names)]].popleft())
        return bool(names)

    def look(self, at: int) -> None:
        """Answer a look-up of an order as it is."""
        names = sorted(name for name in self.books.orders if name in self.stage.state.alive)
        if names:
            name = names[at % len(names)]
            fills = tuple(one for one in self.books.fills.values() if one.order == name)
            shown = self.books.orders[name]
            found = self.stage.shown(name, str(shown.event), filled=shown.filled, fills=fills)
            self.stage.look(name, found, asked_ns=self.stage.now)


def happen(venue: Venue, event: str, at: int) -> None:
    """Let one thing happen."""
    stage = venue.stage
    match event:
        case "enter" | "bare" | "lost":
            wanted = plan() if event == "enter" else None
            stage.send("buy", quantity="2", effect="open", protection=wanted)
            venue.take(lost=event == "lost")
        case "limit":
            asked = {"order_type": "limit", "price": "49500", "quantity": "2"}
            stage.send("buy", effect="open", **asked)
        case "exit" | "part":
            stage.send("exit", quantity="1" if event == "part" else None)
        case "target":
            stage.send("target", target_position=str(at % 4))
        case "stop":
            waits = [name for name in sorted(venue.books.orders) if stage.order(name).price or
                     stage.order(name).rests]  # fmt: skip
            if waits:
                venue.trade(waits[at % len(waits)])
        case "late":
            venue.fill_late(at)
        case "hear":
            venue.hear(at)
        case "wait":
            stage.wait(1 + at % 90)
            stage.tick()
        case "picture":
            venue.books.show(look=lambda _: None)
        case "look":
            stage.wait(1)
            venue.look(at)
        case _:
            stage.state = replay(stage.records)
            stage.start()
            stage.recover("one")
    venue.take()


def calm(venue: Venue) -> None:
    """Everything is told, and what got lost is proven not to be there."""
    stage = venue.stage
    for _ in range(30):
        while venue.hear(0):
            venue.take()
        for name in sorted(venue.lost & set(stage.state.alive)):
            stage.look(name, None)
        stage.wait(7)
        stage.tick()
        venue.take()
        venue.books.show()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(keeps=st.booleans(), events=steps)
def test_only_what_was_opened_is_closed(keeps: bool, events: list[tuple[str, int]]) -> None:
    """Our books end where the venue is. Where it takes no exit through flat nothing ever seems to
    have been opened; elsewhere no more than what stops filled after their end."""
    venue = Venue(guarded(able(reduce_only=keeps, replace=False)), keeps=keeps)
    happen(venue, "enter", 0)
    while venue.hear(0):
        venue.take()
    for event, at in (*BEGINNING, *events):
        happen(venue, event, at)
    calm(venue)
    stage = venue.stage

    opened = [one.quantity for one in stage.records if isinstance(one, r.LegOpened)]
    made = [one.order for one in stage.records if isinstance(one, r.OrderIntended)]
    closing = [one for one in made if one.purpose is not Purpose.ENTRY and one.side == "buy"]
    assert venue.late >= sum(opened)
    assert sum(opened) == sum(stage.order(one.order).filled for one in closing)
    assert (venue.net, {}) == (stage.share(), stage.state.turns)
    assert venue.net >= ZERO, "nobody went short by a signal"
    assert [] == [one for one in venue.alive() if one.state is OrderState.HELD]
    assert picture(stage.state) == picture(replay(stage.records))
