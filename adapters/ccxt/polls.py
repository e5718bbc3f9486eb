"""News by polls: for venues whose streams nobody tried, orders and fills are read by REST.

Rules of this file
1. Nothing is guessed: a fill is told when it is listed, an end when a look-up shows it.
2. What left the list of working orders and is not explained by its fills is looked up by its id;
   what is not found then is a ``Gap``.
3. While pictures come, the link is whole; when they do not, it falls silent by itself.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Final

import structlog
from msgspec.structs import replace

from adapters.ccxt.frames.reading import ENDS
from adapters.port import Absence, Gap, Heartbeat, Sink, Trouble, VenueEvent
from core.money import ZERO
from core.orders import Order, OrderEvent, Purpose
from core.reports import Report, VenueOrder, VenueSnapshot

log = structlog.get_logger("polls")

BACK_NS: Final = 60_000_000_000
"""How far each read goes back before the last one: venues show executions late."""

EXECUTIONS_MAX: Final = 20_000
"""Executions remembered, to tell each once; the core sums by id anyway."""

ORDERS_MAX: Final = 2_000
"""Orders of which the fills are summed: more than any venue lets be open at once."""

SOUGHT_MAX: Final = 20
"""Orders looked up after one picture: more than that end at once only by a halt, and a ``Gap`` lets
the bridge ask for all of them."""

Picture = Callable[[int], Awaitable[VenueSnapshot | Trouble]]
Seek = Callable[[Order], Awaitable[VenueOrder | Absence | Trouble]]


class Polls:
    """The order news of one account, read every ``every_s``. Used on one event loop.

    ``picture``: reads the account by REST, with its fills since a time; ``seek``: looks one order
    up. ``venue_ns``: the venue's clock, 0 while it is not known.
    """

    def __init__(
        self,
        *,
        account: str,
        picture: Picture,
        seek: Seek,
        now: Callable[[], int],
        every_s: float,
        venue_ns: Callable[[], int] = lambda: 0,
    ) -> None:
        self._account, self._picture, self._seek = account, picture, seek
        self._now, self._every_s, self._venue_ns = now, every_s, venue_ns
        self._sink: Sink | None = None
        self._task: asyncio.Task[None] | None = None
        self._working: dict[str, VenueOrder] = {}
        self._filled: OrderedDict[str, Decimal] = OrderedDict()
        self._executions: OrderedDict[str, None] = OrderedDict()
        self._since_ns = 0
        self._again = asyncio.Event()

    async def start(self, sink: Sink) -> Trouble | None:
        """Read the account as it is, and begin to tell what changes. Started already: it begins
        anew."""
        await self.close()
        self._since_ns = asked_ns = self._now()
        shown = await self._picture(max(1, asked_ns - BACK_NS))
        if isinstance(shown, Trouble):
            return shown
        self._working = {one.order: one for one in shown.orders if one.order}
        self._filled.clear()
        for fill in shown.fills:  # the bridge's own first picture has them
            self._count(fill)
        self._sink = sink
        self._task = asyncio.get_running_loop().create_task(self._run())
        return None

    async def close(self) -> None:
        """Stop telling. A second call does nothing."""
        self._sink = None
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def recover(self, reason: str) -> None:
        """Read the account now, and let the bridge compare it."""
        self._again.set()
        self._tell(Gap(self._account, reason))

    def compare(self, picture: VenueSnapshot, asked_ns: int) -> None:
        """Take the news out of a picture that somebody else asked for: nothing is read twice."""
        del asked_ns
        self._tell_fills(picture.fills)

    async def _run(self) -> None:
        while True:
            self._again.clear()
            try:
                async with asyncio.timeout(self._every_s):
                    await self._again.wait()
            except TimeoutError:
                pass
            await self._look()

    async def _look(self) -> None:
        asked_ns = self._now()
        shown = await self._picture(max(1, self._since_ns - BACK_NS))
        if isinstance(shown, Trouble):
            log.warning("poll_failed", account=self._account, code=shown.code)
            return
        self._since_ns = asked_ns
        self._tell(Heartbeat(self._account, self._venue_ns()))
        self._tell_fills(shown.fills)
        before = self._working
        self._working = {one.order: one for one in shown.orders if one.order}
        for order in self._working.values():
            self._tell_working(order, before.get(order.order))
        await self._ask_for([one for name, one in before.items() if name not in self._working])

    def _tell_fills(self, fills: tuple[Report, ...]) -> None:
        for fill in fills:
            if self._count(fill):
                self._tell(fill)

    def _count(self, fill: Report) -> bool:
        if fill.exec_id in self._executions:
            return False
        self._executions[fill.exec_id] = None
        while len(self._executions) > EXECUTIONS_MAX:
            self._executions.popitem(last=False)
        self._filled[fill.order] = self._filled.pop(fill.order, ZERO) + (fill.quantity or ZERO)
        while len(self._filled) > ORDERS_MAX:
            self._filled.popitem(last=False)
        return True

    def _tell_working(self, order: VenueOrder, before: VenueOrder | None) -> None:
        if before is None:
            self._tell(self._said(order, OrderEvent.ACCEPTED))
        elif _terms(before) != _terms(order):
            quantity, price, trigger = _terms(order)
            said = self._said(order, OrderEvent.REPLACED)
            self._tell(replace(said, quantity=quantity, price=price, trigger=trigger))

    def _said(self, order: VenueOrder, event: OrderEvent) -> Report:
        return Report(
            account=self._account,
            order=order.order,
            event=event,
            at_ns=order.at_ns or self._now(),
            venue_order=order.venue_order,
            reason=order.reason,
        )

    async def _ask_for(self, gone: list[VenueOrder]) -> None:
        """Look up what works no more and is not filled, as far as is known."""
        doubtful = [one for one in gone if self._filled.pop(one.order, ZERO) < one.quantity]
        lost = len(doubtful) > SOUGHT_MAX
        for order in doubtful[:SOUGHT_MAX]:
            found = await self._seek(as_order(order, self._account))
            if isinstance(found, VenueOrder) and found.event is not OrderEvent.ACCEPTED:
                self._tell_fills(found.fills)
                if found.event in ENDS:
                    self._tell(self._said(found, found.event))
            else:
                lost = True
        if lost:
            self._tell(Gap(self._account, "an order works no more, and nobody shows how it ended"))

    def _tell(self, event: VenueEvent) -> None:
        if self._sink is not None:
            self._sink(event)


def as_order(shown: VenueOrder, account: str) -> Order:
    """Make of what a venue showed what a look-up needs to know of an order."""
    return Order(
        order=shown.order,
        origin="",
        account=account,
        instrument=shown.instrument,
        strategy="",
        purpose=Purpose.ENTRY,
        side=shown.side,
        quantity=shown.quantity,
        order_type=shown.order_type,
        intended_ns=shown.at_ns,
        expires_ns=0,
        price=shown.price,
        trigger=shown.trigger,
        sent_ns=shown.at_ns,
        venue_order=shown.venue_order,
    )


def _terms(order: VenueOrder) -> tuple[Decimal, Decimal | None, Decimal | None]:
    return order.quantity, order.price, order.trigger
