"""A venue that does what a test says, call by call, and keeps what it was asked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from adapters.port import Absence, Capabilities, LinkChanged, Sink, Trouble, VenueEvent
from bridge.clock import Clock
from core.orders import Order, OrderEvent, OrderType, Terms
from core.reports import AccountMark, Quote, Report, VenueOrder, VenueSnapshot

ABLE: Final = Capabilities(
    order_types=frozenset(OrderType),
    lookup_by_order_id=True,
    ids_unique_for_ever=False,
    replace=True,
    reduce_only=True,
    live=False,
)
"""As a real venue: an id is unique among open orders only, so nothing in doubt goes again."""

NOT_HERE: Final = Absence(calls=("books",), covers_closed=True, conclusive=True)


class Scripted:
    """One account. ``replies`` are used up by the submits; then every submit is taken over."""

    lists_fills = False
    """Its pictures list its fills: there are none."""

    def __init__(self, account: str, clock: Callable[[], int], currency: str = "USDT") -> None:
        self.account, self.capabilities = account, ABLE
        self.replies: deque[Trouble | None] = deque()
        self.cancel_replies: deque[Trouble | None] = deque()
        self.replace_replies: deque[Trouble | None] = deque()
        self.replaced: list[tuple[str, Terms]] = []
        self.sent: list[str] = []
        self.cancelled: list[str] = []
        self.lookups: list[str] = []
        self.books: dict[str, VenueOrder] = {}
        self.gate = asyncio.Event()
        """Cleared: submits hang until it is set."""
        self.gate.set()
        self._clock = clock
        self._sink: Sink | None = None

    async def connect(self, sink: Sink) -> Trouble | None:
        """Come up, with a price."""
        self._sink = sink
        self.tell(LinkChanged(self.account, up=True, reason="up"))
        self.quote()
        return None

    def quote(self) -> None:
        """Tell a price."""
        bid, ask = Decimal("59999.9"), Decimal("60000.1")
        self.tell(Quote(instrument="BTCUSDT", bid=bid, ask=ask, last=ask, at_ns=self._clock()))

    def tell(self, event: VenueEvent) -> None:
        """Say something."""
        if self._sink is not None:
            self._sink(event)

    async def close(self) -> None:
        """Say no more."""
        self._sink = None

    async def submit(self, order: Order) -> Trouble | None:
        """Take an order, or do what was scripted."""
        await self.gate.wait()
        self.sent.append(order.order)
        return self.replies.popleft() if self.replies else None

    async def cancel(self, order: Order) -> Trouble | None:
        """Take a cancel, or do what was scripted."""
        self.cancelled.append(order.order)
        return self.cancel_replies.popleft() if self.cancel_replies else None

    async def replace(self, order: Order, terms: Terms) -> Trouble | None:
        """Take a replace, or do what was scripted."""
        self.replaced.append((order.order, terms))
        return self.replace_replies.popleft() if self.replace_replies else None

    async def lookup(
        self, order: Order, canary: Order | None = None
    ) -> VenueOrder | Absence | Trouble:
        """Look into the books."""
        self.lookups.append(order.order)
        return self.books.get(order.order, NOT_HERE)

    async def snapshot(self, since_ns: int) -> VenueSnapshot | Trouble:
        """Show an account with money and nothing else."""
        now, money = self._clock(), Decimal(10**12)
        mark = AccountMark(account=self.account, balance=money, equity=money, at_ns=now)
        return VenueSnapshot(
            account=self.account,
            orders=(),
            positions=(),
            mark=mark,
            at_ns=now,
            fills_since_ns=since_ns if self.lists_fills else 0,
        )


class Listing(Scripted):
    """A venue whose pictures list its fills."""

    lists_fills = True


class Lagging(Scripted):
    """A venue as most are: no books to ask, orders show up late, and open ones may be all it lists.

    ``visible``: the orders that its answers show by now. What it has and does not show is absent
    from them as what it never had.
    """

    def __init__(self, account: str, clock: Callable[[], int], currency: str = "USDT") -> None:
        super().__init__(account, clock, currency)
        self.visible: set[str] = set()
        self.covers_closed = True
        self.canaries: list[str] = []

    async def lookup(
        self, order: Order, canary: Order | None = None
    ) -> VenueOrder | Absence | Trouble:
        """Look into what is visible by now, for the canary too."""
        self.lookups.append(order.order)
        name = canary.order if canary is not None else ""
        self.canaries.append(name)
        if order.order in self.visible:
            return self.books[order.order]
        shown = name if name in self.visible else ""
        return Absence(("open", "closed"), covers_closed=self.covers_closed, canary=shown)


def report(clock: Clock, order: Order, event: OrderEvent) -> Report:
    """Make what a venue says about an order."""
    return Report(account="paper", order=order.order, event=event, at_ns=clock.now())


def shown(order: Order, event: OrderEvent = OrderEvent.ACCEPTED) -> VenueOrder:
    """Make what a venue's books have of an order."""
    return VenueOrder(
        order=order.order,
        venue_order="v1",
        instrument=order.instrument,
        side=order.side,
        order_type=order.order_type,
        quantity=order.quantity,
        filled=order.filled,
        event=event,
        at_ns=order.intended_ns,
    )
