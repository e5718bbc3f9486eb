"""Follow-ups in the running bridge: a rest that goes as market, a reject that passes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec

from adapters.port import Trouble, TroubleKind
from bridge.clock import Clock
from core.orders import Order, OrderEvent
from core.reports import Report
from core.store.memory import Disk
from tests.unit.bridge.parts import Bridge, Switch, bridge, until
from tests.unit.bridge.venues import Scripted, report, shown

D = Decimal
BUSY = Trouble(TroubleKind.REFUSED, "busy", "come again", transient=True)


def policies(*lines: str) -> Callable[[str], str]:
    """Give the route policies."""
    return lambda text: text.replace(
        "order_life_s = 86_400", "\n".join(("order_life_s = 60", *lines))
    )


REST = policies('on_partial = "market"', "partial_after_s = 0.2")


def fill(clock: Clock, order: Order, quantity: str) -> Report:
    """Make what a venue says of a fill."""
    return Report(
        account="paper",
        order=order.order,
        event=OrderEvent.FILL,
        at_ns=clock.now(),
        exec_id=f"{order.order}-{quantity}",
        quantity=D(quantity),
        price=D(60_000),
        fee=D(0),
    )


def revision(running: Bridge, number: int) -> Order | None:
    """Return a later revision of the only intent."""
    orders = running.state.orders.values()
    return next((order for order in orders if order.revision == number), None)


async def resting(running: Bridge) -> Order:
    """Bring an entry to where it rests, half filled."""
    order = await running.admitted(running.limit(quantity=D("0.002")))
    clock = running.runtime.clock
    running.venue.tell(report(clock, order, OrderEvent.ACCEPTED))
    running.venue.tell(fill(clock, order, "0.001"))
    return await running.is_in(order.order, "partially_filled")


async def test_a_rest_goes_as_market_once_its_order_is_over(tmp_path: Path) -> None:
    """Cancelled by policy, proven over, and only then sent anew for what is left."""
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted, edit=REST) as running:
        order = await resting(running)
        await until(lambda: order.order in running.venue.cancelled)
        assert [order.order] == running.venue.sent
        there = shown(order, OrderEvent.CANCELLED)
        running.venue.books[order.order] = msgspec.structs.replace(there, filled=D("0.001"))
        running.venue.tell(report(running.runtime.clock, order, OrderEvent.CANCELLED))
        await until(lambda: len(running.venue.sent) == 2)
        assert order.order in running.venue.lookups
        rest = revision(running, 1)

        assert rest is not None
        assert [order.order, rest.order] == running.venue.sent
        assert (D("0.001"), "market") == (rest.quantity, rest.order_type)


async def test_a_crash_before_the_follow_up_makes_it_once(tmp_path: Path) -> None:
    """The process dies between a passing reject and the next try: the next process makes it."""
    disk, edit = Disk(), policies("reject_retries_max = 3")
    async with bridge(tmp_path, store=Switch(disk), made=Scripted, edit=edit) as running:
        running.venue.replies.append(BUSY)
        order = await running.admitted(running.signal())
        await running.is_in(order.order, "rejected")
        assert revision(running, 1) is None
        await running.crash()
    async with bridge(tmp_path, store=Switch(disk), made=Scripted, edit=edit) as running:
        await until(lambda: len(running.venue.sent) == 1)
        again = revision(running, 1)
        assert again is not None
        await running.crash()
    async with bridge(tmp_path, store=Switch(disk), made=Scripted, edit=edit) as running:
        await running.is_in(again.order, "not_placed")

        assert [] == running.venue.sent
        assert revision(running, 2) is None


async def test_a_reject_that_passes_goes_again_under_another_id(tmp_path: Path) -> None:
    """The venue said no for a moment: one more order for the same intent, never the same one."""
    edit = policies("reject_retries_max = 1")
    async with bridge(tmp_path, store=Switch(Disk()), made=Scripted, edit=edit) as running:
        running.venue.replies.extend([BUSY, BUSY])
        order = await running.admitted(running.signal())
        await until(lambda: len(running.venue.sent) == 2)
        again = revision(running, 1)
        assert again is not None
        ended = await running.is_in(again.order, "rejected")

        assert [order.order, again.order] == running.venue.sent
        assert "busy" == ended.reason
        assert revision(running, 2) is None
