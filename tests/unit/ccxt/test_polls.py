"""News by polls, over an account that a test draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from adapters.ccxt.polls import SOUGHT_MAX, Polls
from adapters.ccxt.streams import STREAMS
from adapters.port import Absence, Heartbeat, Trouble, TroubleKind
from core.money import ZERO
from core.orders import Order, OrderEvent, OrderType, Side
from core.reports import AccountMark, Report, VenueOrder, VenueSnapshot
from tests.unit.ccxt import accounts
from tests.unit.ccxt.rig import Heard, name

_EV = OrderEvent
AT_NS = 1_732_300_000_000_000_000


def working(number: int, *, price: int = 50_000, filled: str = "0", at: int = 0) -> VenueOrder:
    """Show a working order of ours."""
    return VenueOrder(
        order=name(number),
        venue_order=f"v-{number}",
        instrument="BTCUSDT",
        side=Side.BUY,
        order_type=OrderType.LIMIT,
        quantity=Decimal(1),
        filled=Decimal(filled),
        event=_EV.ACCEPTED,
        at_ns=AT_NS + at,
        price=Decimal(price),
    )


def fill(number: int, execution: str, quantity: str) -> Report:
    """Show a fill of ours."""
    return Report(
        account="acct",
        order=name(number),
        event=_EV.FILL,
        at_ns=AT_NS,
        exec_id=execution,
        quantity=Decimal(quantity),
        price=Decimal(50_000),
    )


@dataclass
class Account:
    """An account that shows what a test puts in; ``shown`` is set at each picture."""

    orders: list[VenueOrder] = field(default_factory=list)
    fills: list[Report] = field(default_factory=list)
    over: dict[str, VenueOrder] = field(default_factory=dict)
    broken: bool = False
    refused: int = 0
    sought: list[str] = field(default_factory=list)
    heard: Heard = field(default_factory=Heard)

    def __post_init__(self) -> None:
        """Make the polls; they read when they are told to."""
        self.polls = Polls(
            account="acct",
            picture=self.picture,
            seek=self.seek,
            now=lambda: AT_NS,
            every_s=0.01,
        )

    async def picture(self, since_ns: int) -> VenueSnapshot | Trouble:
        """Show the account."""
        if self.broken:
            self.refused += 1
            self.heard.stir()
            return Trouble(TroubleKind.UNKNOWN, "broken", "broken")
        mark = AccountMark(account="acct", balance=ZERO, equity=ZERO, at_ns=AT_NS)
        return VenueSnapshot(
            account="acct",
            orders=tuple(self.orders),
            positions=(),
            mark=mark,
            at_ns=AT_NS,
            fills=tuple(self.fills),
            fills_since_ns=since_ns,
        )

    async def seek(self, order: Order) -> VenueOrder | Absence | Trouble:
        """Look an order up."""
        self.sought.append(order.order)
        return self.over.get(order.order) or Absence(("x",), covers_closed=True)

    async def round(self) -> list[tuple[str, OrderEvent]]:
        """Let one more picture be read through, and return what was told since the last."""
        for _ in range(2):  # the one under way may be older than what a test changed
            wanted = self.heard.beats + 1
            await self.heard.until(lambda heard, wanted=wanted: heard.beats >= wanted)
        said = [(report.order, report.event) for report in self.heard.reports]
        del self.heard.events[:]
        return said


async def test_what_changes_is_told_once() -> None:
    """An order that appears, is amended, fills and leaves is told so, each thing once."""
    account = Account(orders=[working(1)])
    assert await account.polls.start(account.heard) is None
    before = await account.round()
    account.orders = [working(1, price=51_000), working(2)]
    amended = await account.round()
    account.fills = [fill(1, "a", "0.4"), fill(1, "b", "0.6")]
    account.orders = [working(2)]
    filled = await account.round()
    after = await account.round()
    await account.polls.close()

    assert [] == before == after
    assert [(name(1), _EV.REPLACED), (name(2), _EV.ACCEPTED)] == amended
    assert [(name(1), _EV.FILL), (name(1), _EV.FILL)] == filled
    assert [] == account.sought
    assert [] == account.heard.gaps


async def test_an_end_is_looked_up() -> None:
    """An order that leaves without being filled is told as its look-up shows it, its fills
    first."""
    account = Account(orders=[working(1)])
    account.over[name(1)] = VenueOrder(
        order=name(1),
        venue_order="v-1",
        instrument="BTCUSDT",
        side=Side.BUY,
        order_type=OrderType.LIMIT,
        quantity=Decimal(1),
        filled=Decimal("0.4"),
        event=_EV.CANCELLED,
        at_ns=AT_NS,
        fills=(fill(1, "a", "0.4"),),
    )
    assert await account.polls.start(account.heard) is None
    account.orders = []
    told = await account.round()
    await account.polls.close()

    assert [(name(1), _EV.FILL), (name(1), _EV.CANCELLED)] == told


async def test_what_nobody_shows_is_a_gap() -> None:
    """An order that leaves and is not found calls for the bridge, once; so do more of them than
    are looked up at once."""
    account = Account(orders=[working(number) for number in range(SOUGHT_MAX + 5)])
    assert await account.polls.start(account.heard) is None
    account.orders = []
    await account.heard.until(lambda heard: heard.gaps)
    await account.polls.close()

    assert 1 == len(account.heard.gaps)
    assert SOUGHT_MAX == len(account.sought)
    assert [] == account.heard.reports


async def test_a_venue_that_does_not_answer_is_silent() -> None:
    """Without a picture there is no heartbeat; a start without one fails."""
    account = Account()
    assert await account.polls.start(account.heard) is None
    await account.round()
    account.broken = True
    await account.heard.until(lambda heard: account.refused)
    beats, refused = account.heard.beats, account.refused
    await account.heard.until(lambda heard: account.refused >= refused + 3)
    silent = account.heard.beats
    again = await account.polls.start(account.heard)

    assert beats == silent
    assert again is not None
    assert TroubleKind.UNKNOWN is again.kind


@pytest.mark.loopback
async def test_an_account_without_a_stream_tells_its_orders(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A whole account whose venue has no stream that was tried: an order's acceptance, its fill
    and its end by hand come by polls, and the link is said to be whole."""
    monkeypatch.delitem(STREAMS, "bybit")
    async with accounts.scene("bybit", poll_orders_ms=20) as at:
        placed = accounts.order()
        assert await at.venue.submit(placed) is None
        await at.until(lambda: told(at, placed.order, _EV.ACCEPTED))
        at.exchange.control.fill("bybit", placed.order, Decimal("0.004"))
        await at.until(lambda: told(at, placed.order, _EV.FILL))
        at.exchange.control.cancel("bybit", placed.order)
        await at.until(lambda: told(at, placed.order, _EV.CANCELLED))
        fills = [one.quantity for one in at.reports(placed.order) if one.event is _EV.FILL]

        assert [Decimal("0.004")] == fills
        assert at.of(Heartbeat)
        assert at.venue.capabilities.heartbeat_ms == 40


def told(at: accounts.Scene, order: str, event: OrderEvent) -> bool:
    """Say whether this was told of an order."""
    return any(report.event is event for report in at.reports(order))
