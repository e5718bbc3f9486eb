"""The paper account under random orders, quotes, cancels and costs.

Everything is judged from the reports alone, by a bookkeeping of the test's own.
"""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

import msgspec
from hypothesis import settings as effort
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from adapters.paper.desk import Desk
from adapters.paper.ledger import Ledger
from adapters.paper.settings import PaperSettings
from core.instruments import Instrument
from core.orders import Order, OrderEvent, OrderType, Purpose, Side, Terms
from core.reports import Quote, Report

D = Decimal
INSTRUMENT = Instrument(
    name="X",
    currency="USD",
    tick=D("0.01"),
    lot_step=D("0.1"),
    quantity_min=D("0.2"),
    multiplier=D(10),
)
START = D(1_000)
ENDS = {OrderEvent.CANCELLED, OrderEvent.REJECTED, OrderEvent.EXPIRED}


def settings_of(seed: int, partial: int, latency_ms: int) -> PaperSettings:
    """Make an account with every cost switched on."""
    return PaperSettings(
        balance_start=START,
        slippage_ticks=1,
        slippage_basis_points=D("0.7"),
        slippage_ticks_per_unit=D("0.3"),
        latency_ms_max=latency_ms,
        partial_fill_probability=D(partial) / 2,
        reject_probability=D("0.1"),
        commission_percent=D("0.013"),
        commission_per_unit=D("0.31"),
        quote_wait_ms=500,
        seed=seed,
    )


class Account:
    """One paper account in a folder of its own, and everything that it told."""

    def __init__(self, settings: PaperSettings) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._settings = settings
        self.told: list[Report] = []
        self.now_ns = 1_700_000_000_000_000_000
        self.desk = self._opened()

    def _opened(self) -> Desk:
        path = Path(self._folder.name) / "x.db"
        ledger = Ledger(path, account="a", currency="USD", balance_start=START, now_ns=self.now_ns)
        return Desk(
            instruments={"X": INSTRUMENT},
            settings=self._settings,
            ledger=ledger,
            now_ns=self.now_ns,
        )

    def restart(self) -> None:
        """Come back from what is durable alone."""
        quotes = self.desk.book.quotes
        self.desk.ledger.close()
        self.desk = self._opened()
        self.desk.book.quotes.update(quotes)

    def close(self) -> None:
        """Let go of the folder."""
        self.desk.ledger.close()
        self._folder.cleanup()

    def do(self, step: tuple[str, object], millis: int) -> list[Report]:
        """Let time pass, do one thing, and return what was told of it."""
        self.now_ns += millis * 1_000_000
        self.desk.advance(self.now_ns)
        name, value = step
        if isinstance(value, Order):
            self.desk.submit(value, self.now_ns)
        elif isinstance(value, Quote):
            self.desk.quote(value, self.now_ns)
        elif isinstance(value, Terms):
            self.desk.replace(name, value, self.now_ns)
        elif name == "cancel":
            self.desk.cancel(str(value), self.now_ns)
        news = self.desk.commit()
        self.told += news
        return news


class PaperBook(RuleBasedStateMachine):
    """What must hold of a paper account whatever is asked of it."""

    @initialize(seed=st.integers(0, 3), partial=st.integers(0, 2), latency=st.integers(0, 30))
    def open(self, seed: int, partial: int, latency: int) -> None:
        """Begin with costs, delays and pieces as drawn."""
        self.settings = settings_of(seed, partial, latency)
        self.account = Account(self.settings)
        self.steps: list[tuple[tuple[str, object], int]] = []
        self.orders: dict[str, Order] = {}
        self.fills: dict[str, Report] = {}
        self.held, self.cash = D(0), START

    def do(self, step: tuple[str, object], millis: int) -> None:
        """Do one thing, and book every fill that was not known."""
        self.steps.append((step, millis))
        for report in self.account.do(step, millis):
            if report.event is OrderEvent.REPLACED:
                self.agree(report)
            if report.event is OrderEvent.FILL and report.exec_id not in self.fills:
                self.fills[report.exec_id] = report
                self.book(report)

    def agree(self, report: Report) -> None:
        """Take over the terms that the venue gave an order: more than it had filled."""
        made = self.orders[report.order]
        assert report.quantity is not None
        fills = [one for one in self.fills.values() if one.order == report.order]
        assert report.quantity > sum((one.quantity or D(0) for one in fills), D(0))
        self.orders[report.order] = msgspec.structs.replace(
            made, quantity=report.quantity, price=report.price, trigger=report.trigger
        )

    def book(self, fill: Report) -> None:
        """Book a fill in our own way, and hold it against the terms of its order."""
        made = self.orders[fill.order]
        assert fill.quantity is not None
        assert fill.price is not None
        assert fill.fee is not None
        assert fill.quantity > 0
        assert INSTRUMENT.is_price(fill.price)
        if made.price is not None:
            assert (made.price - fill.price) * made.side.sign >= 0, "a fill through the limit"
        after = self.held + fill.quantity * made.side.sign
        if made.reduce_only:
            assert abs(after) < abs(self.held), "reduce-only made it larger"
            assert after * self.held >= 0, "reduce-only turned it"
        self.held = after
        self.cash -= fill.price * fill.quantity * made.side.sign * 10 + fill.fee

    @rule(
        side=st.sampled_from(Side),
        kind=st.sampled_from(OrderType),
        purpose=st.sampled_from((Purpose.ENTRY, Purpose.ENTRY, Purpose.EXIT, Purpose.LEG)),
        lots=st.integers(1, 60),
        cents=st.tuples(st.integers(-30, 30), st.integers(-30, 30)),
        millis=st.integers(0, 40),
    )
    def submit(
        self,
        *,
        side: Side,
        kind: OrderType,
        purpose: Purpose,
        lots: int,
        cents: tuple[int, int],
        millis: int,
    ) -> None:
        """Send a new order of any kind."""
        name = f"o{len(self.orders)}"
        priced = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT)
        stopped = kind in (OrderType.STOP, OrderType.STOP_LIMIT)
        self.orders[name] = Order(
            order=name,
            origin="s",
            account="a",
            instrument="X",
            strategy="t",
            purpose=purpose,
            side=side,
            quantity=D(lots) / 10,
            order_type=kind,
            intended_ns=1,
            expires_ns=2,
            price=D(10_000 + cents[0]) / 100 if priced else None,
            trigger=D(10_000 + cents[1]) / 100 if stopped else None,
        )
        self.do(("submit", self.orders[name]), millis)

    @rule(cents=st.integers(-40, 40), spread=st.integers(0, 4), millis=st.integers(0, 40))
    def quote(self, cents: int, spread: int, millis: int) -> None:
        """Move the market."""
        bid = D(10_000 + cents) / 100
        ask = bid + D(spread) / 100
        self.do(("quote", Quote(instrument="X", bid=bid, ask=ask, last=bid, at_ns=1)), millis)

    @rule(which=st.integers(0, 50), again=st.booleans(), millis=st.integers(0, 40))
    def cancel_or_repeat(self, which: int, again: bool, millis: int) -> None:
        """Cancel an order of any age, or send it a second time."""
        made = self.orders.get(f"o{which}")
        if again and made is not None:
            self.do(("submit", made), millis)
        else:
            self.do(("cancel", f"o{which}"), millis)

    @rule(
        which=st.integers(0, 20),
        lots=st.integers(1, 60),
        cents=st.tuples(st.integers(-30, 30), st.integers(-30, 30)),
        millis=st.integers(0, 40),
    )
    def replace(self, which: int, lots: int, cents: tuple[int, int], millis: int) -> None:
        """Ask for new terms of an order of any age, some of them no terms at all."""
        price, trigger = (D(10_000 + one) / 100 for one in cents)
        terms = Terms(quantity=D(lots) / 10, price=price, trigger=trigger)
        self.do((f"o{which}", terms), millis)

    @rule(millis=st.integers(100, 900))
    def wait(self, millis: int) -> None:
        """Let time pass."""
        self.do(("wait", ""), millis)

    @rule()
    def restart(self) -> None:
        """Throw the memory away. Only orders that wait for a quote begin their wait anew."""
        self.account.restart()
        self.steps.append((("restart", ""), 0))

    @invariant()
    def the_money_is_the_sum_of_fills_and_fees(self) -> None:
        """Cash and cost of the position are exactly what the reported fills moved."""
        money = self.account.desk.money
        holding = money.holdings.get("X")
        quantity = holding.quantity if holding else D(0)
        cost = holding.cost if holding else D(0)

        assert self.held == quantity
        assert self.cash == money.balance - cost
        assert quantity != 0 or cost == 0

    @invariant()
    def a_lookup_says_what_the_reports_said(self) -> None:
        """Each order shows its reported fills, its reported end, and never more than its size."""
        for name, made in self.orders.items():
            shown = self.account.desk.lookup(name)
            assert shown is not None
            told = [one for one in self.account.told if one.order == name]
            fills = {one.exec_id: one for one in told if one.event is OrderEvent.FILL}
            assert tuple(fills.values()) == shown.fills
            assert sum((one.quantity or D(0) for one in shown.fills), D(0)) == shown.filled
            assert shown.filled <= made.quantity
            assert (made.quantity, made.price, made.trigger) == (
                shown.quantity,
                shown.price,
                shown.trigger,
            )
            ends = {one.event for one in told if one.event in ENDS}
            if ends:
                assert {shown.event} == ends

    def teardown(self) -> None:
        """Run the same steps on a fresh account of the same seed: it tells the same."""
        if not hasattr(self, "account"):
            return
        told = [self.plain(one) for one in self.account.told]
        self.account.close()
        twin = Account(self.settings)
        for step, millis in self.steps:
            if step[0] == "restart":
                twin.restart()
            else:
                twin.do(step, millis)
        again = [self.plain(one) for one in twin.told]
        twin.close()
        assert told == again

    @staticmethod
    def plain(report: Report) -> tuple[object, ...]:
        """Return what two runs must agree on."""
        return (report.order, report.event, report.quantity, report.price, report.at_ns)


PaperBook.TestCase.settings = effort(max_examples=60, stateful_step_count=40, deadline=None)
TestPaperBook = PaperBook.TestCase
