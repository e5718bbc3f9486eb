"""The books of one account as its venue really has them, and the pictures that it gives of them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from core import commands as c
from core import records as r
from core.answers import AskLookup
from core.engine import Outcome
from core.money import ZERO
from core.orders import Order, OrderEvent, OrderType, Side
from core.positions import EXTERNAL
from core.reports import AccountMark, Report, VenueOrder, VenuePosition, VenueSnapshot
from core.setup import SECOND_NS
from tests.unit.core.setups import replaced, setup_of
from tests.unit.core.stage import Stage

D = Decimal
HOUR_NS = 3600 * SECOND_NS


class Books:
    """An honest venue: what is here happened, whoever was told of it."""

    def __init__(self, stage: Stage, account: str = "one", *, lists_fills: bool = True) -> None:
        self.stage, self.account, self.lists_fills = stage, account, lists_fills
        self.orders: dict[str, VenueOrder] = {}
        self.fills: dict[str, Report] = {}
        self.net: dict[str, Decimal] = {}
        self.ever: set[str] = set()
        """Executions that were ever told to anybody, taken back or not."""
        self._count = 0

    # --- what happens there

    def accept(self, order: Order) -> Report:
        """Take an order of ours; return what is said of it."""
        self.orders[order.order] = VenueOrder(
            order=order.order,
            venue_order=f"v{len(self.orders)}",
            instrument=order.instrument,
            side=order.side,
            order_type=order.order_type,
            quantity=order.quantity,
            filled=ZERO,
            event=OrderEvent.ACCEPTED,
            at_ns=self.stage.now,
            price=order.price,
        )
        return self.said(order.order, OrderEvent.ACCEPTED)

    def fill(self, name: str, quantity: Decimal, price: str = "50000") -> Report:
        """Fill some of an order."""
        shown = self.orders[name]
        self._count += 1
        filled = shown.filled + quantity
        over = filled >= shown.quantity
        self.orders[name] = replaced(
            shown, filled=filled, event=OrderEvent.FILL if over else shown.event
        )
        self.trade(shown.instrument, quantity if shown.side is Side.BUY else -quantity)
        fill = self.said(
            name, OrderEvent.FILL, exec_id=f"x{self._count}", quantity=quantity, price=D(price)
        )
        self.fills[fill.exec_id] = fill
        self.ever.add(fill.exec_id)
        return fill

    def bust(self, exec_id: str) -> Report:
        """Take a fill back."""
        fill = self.fills.pop(exec_id)
        shown = self.orders[fill.order]
        quantity = fill.quantity or ZERO
        self.orders[fill.order] = replaced(
            shown,
            filled=shown.filled - quantity,
            event=OrderEvent.CANCELLED if shown.event is OrderEvent.FILL else shown.event,
        )
        self.trade(shown.instrument, -quantity if shown.side is Side.BUY else quantity)
        return self.said(fill.order, OrderEvent.BUST, exec_id=exec_id)

    def cancel(self, name: str) -> Report:
        """End an order."""
        self.orders[name] = replaced(self.orders[name], event=OrderEvent.CANCELLED)
        return self.said(name, OrderEvent.CANCELLED)

    def trade(self, instrument: str, quantity: Decimal | str) -> None:
        """Move the position, by whoever."""
        self.net[instrument] = self.net.get(instrument, ZERO) + D(quantity)

    def place(self, name: str, side: str = "buy", quantity: str = "1", **fields: Any) -> None:
        """Let somebody else place a limit order."""
        known: dict[str, Any] = {
            "order": "",
            "venue_order": name,
            "instrument": "BTCUSDT",
            "side": Side(side),
            "order_type": OrderType.LIMIT,
            "quantity": D(quantity),
            "filled": ZERO,
            "event": OrderEvent.ACCEPTED,
            "at_ns": self.stage.now,
            "price": D(40000),
        }
        self.orders[name] = VenueOrder(**(known | fields))

    def said(self, name: str, event: OrderEvent, **fields: Any) -> Report:
        """Make what the venue says of an order."""
        return Report(account=self.account, order=name, event=event, at_ns=self.stage.now, **fields)

    def tell(self, report: Report) -> Outcome:
        """Let the bridge hear it."""
        return self.stage.do(c.TakeReport(report=report))

    def held(self, order: Order, quantity: str | None = None, price: str = "50000") -> None:
        """Take, fill and tell an order, as on any good day."""
        self.tell(self.accept(order))
        self.tell(self.fill(order.order, D(quantity) if quantity else order.quantity, price))

    # --- what it shows

    def picture(self, *, since_ns: int | None = None) -> VenueSnapshot:
        """Take a picture, as of now."""
        now = self.stage.now
        since = now - HOUR_NS if since_ns is None else since_ns
        if not self.lists_fills:
            since = 0
        return VenueSnapshot(
            account=self.account,
            orders=tuple(o for o in self.orders.values() if o.event is OrderEvent.ACCEPTED),
            positions=tuple(
                VenuePosition(instrument=name, quantity=net, average_price=D(50000))
                for name, net in self.net.items()
                if net
            ),
            mark=AccountMark(account=self.account, balance=D(100000), equity=D(100000), at_ns=now),
            at_ns=now,
            fills=tuple(f for f in self.fills.values() if since and f.at_ns >= since),
            fills_since_ns=since,
        )

    def show(
        self,
        picture: VenueSnapshot | None = None,
        *,
        asked_ns: int | None = None,
        look: Callable[[Outcome], None] = lambda _: None,
    ) -> Outcome:
        """Hand a picture in, a new one if none is given, and answer whatever is asked then.

        ``look`` is called between the two.
        """
        if picture is None:
            self.stage.wait(1)
            picture = self.picture()
        asked = self.stage.now if asked_ns is None else asked_ns
        outcome = self.stage.do(c.TakeSnapshot(snapshot=picture, asked_ns=asked, cause="timer"))
        look(outcome)
        for effect in outcome.effects:
            if isinstance(effect, AskLookup):
                self.answer(effect.order)
        return outcome

    def show_twice(self) -> Outcome:
        """Show the same twice, as far apart as a confirmation asks for."""
        self.show()
        self.stage.wait(5)
        return self.show()

    def answer(self, name: str) -> None:
        """Answer a question for an order."""
        found = self.orders.get(name)
        if found is not None:
            fills = tuple(f for f in self.fills.values() if f.order == name)
            found = replaced(found, fills=fills)
        self.stage.do(c.TakeLookup(order=name, found=found, conclusive=True))


def opened(*, baseline: bool = True, **account: Any) -> tuple[Stage, Books]:
    """Begin with an account and its venue, compared once if it has a baseline."""
    stage = Stage(setup_of(account=account))
    books = Books(stage)
    if baseline:
        books.show()
    return stage, books


def rows(stage: Stage) -> list[tuple[str, str, bool]]:
    """Return what differs: kind, what the venue shows, whether it is confirmed."""
    return [(str(m.kind), m.theirs, m.confirmed) for m in stage.state.mismatches.values()]


def found(stage: Stage) -> list[r.DifferenceFound]:
    """Return the differences that the last step told."""
    return [one for one in stage.last.records if isinstance(one, r.DifferenceFound)]


def external(stage: Stage, instrument: str = "BTCUSDT") -> Decimal:
    """Return what the venue holds and nobody of ours owns."""
    return stage.share(strategy=EXTERNAL, instrument=instrument)


def agreed(stage: Stage, account: str = "one", **theirs: str) -> None:
    """Show a picture that agrees with our books, but for what a test says of the positions."""
    stage.wait(1)
    held = {
        name: exposure.net
        for (owner, name), exposure in stage.state.exposures.items()
        if owner == account
    }
    held |= {name: D(quantity) for name, quantity in theirs.items()}
    positions = tuple(
        VenuePosition(instrument=name, quantity=net, average_price=D(50000))
        for name, net in held.items()
        if net
    )
    fills = tuple(
        Report(
            account=account,
            order=fill.order,
            event=OrderEvent.FILL,
            at_ns=fill.venue_ns,
            exec_id=fill.exec_id,
            quantity=fill.quantity,
            price=fill.price,
        )
        for fill in stage.state.fills.values()
        if fill.account == account and fill.quantity
    )
    shown = VenueSnapshot(
        account=account,
        orders=(),
        positions=positions,
        mark=stage.standings[account].mark,
        at_ns=stage.now,
        fills=fills,
        fills_since_ns=stage.now - HOUR_NS,
    )
    stage.do(c.TakeSnapshot(snapshot=shown, asked_ns=stage.now, cause="timer"))
