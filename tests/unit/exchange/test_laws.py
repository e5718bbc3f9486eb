"""The laws of the engine, over any run of orders, cancels, changes and moves of the market."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.exchange.engine import Engine
from adapters.exchange.events import OrderChanged, What
from adapters.exchange.orders import ZERO, Order, Side, Status, TimeInForce
from tests.unit.exchange.books import D, new, spot, swaps

ACCOUNTS: Final[tuple[str, ...]] = ("ann", "bob")
PRICES = st.integers(-6, 6)
"""Steps of 0.5 from 50000: near enough to meet, few enough to share a price."""

PLAIN = {
    "account": st.sampled_from(ACCOUNTS),
    "side": st.sampled_from(Side),
    "quantity": st.integers(1, 4000),
    "ticks": PRICES,
    "trigger": st.none(),
    "rising": st.booleans(),
    "force": st.just(TimeInForce.GTC),
    "post_only": st.just(False),
    "reduce_only": st.just(False),
}
MARKET = {**PLAIN, "ticks": st.none(), "reduce_only": st.booleans()}
STOP = {**PLAIN, "trigger": PRICES, "ticks": st.none() | PRICES, "reduce_only": st.booleans()}
ODD = {
    **PLAIN,
    "force": st.sampled_from(TimeInForce),
    "post_only": st.booleans(),
    "reduce_only": st.booleans(),
}
KINDS = (PLAIN, MARKET, STOP, ODD)
PLACING = st.tuples(st.just("place"), st.one_of(*map(st.fixed_dictionaries, KINDS)))
RESTING = st.tuples(st.just("place"), st.fixed_dictionaries(PLAIN))
OTHERS = st.one_of(
    st.tuples(st.just("cancel"), st.integers(0, 30)),
    st.tuples(st.just("amend"), st.integers(0, 30), PRICES, st.integers(1, 4000)),
    st.tuples(st.just("move"), PRICES),
    st.tuples(st.just("show"), st.integers(0, 3)),
    st.tuples(st.just("fund"), st.integers(-5, 5)),
    st.tuples(st.just("hit"), st.integers(0, 30), st.integers(1, 500)),
)
ROUNDS = st.lists(st.tuples(RESTING, PLACING, PLACING, OTHERS), min_size=1, max_size=8)
STEPS = ROUNDS.map(lambda rounds: [step for one in rounds for step in one])
"""Mostly orders, that something is done to now and then."""

FEW = settings(max_examples=40)
"""Enough to find each defect that was planted; a run of 24 steps takes some milliseconds."""

ENGINES = pytest.mark.parametrize("make", [swaps, spot], ids=["swaps", "spot"])


def price(ticks: int) -> D:
    """Return a price near the start."""
    return D(50_000) + ticks * D("0.5")


def act(engine: Engine, step: Any) -> None:
    """Do one step of a run."""
    known = list(engine.register.all.values())
    order = known[step[1] % len(known)] if known and isinstance(step[1], int) else None
    if step[0] == "place":
        said = step[1]
        ticks, trigger = said["ticks"], said["trigger"]
        wanted = new(
            said["side"],
            str(D(said["quantity"]) / 1000),
            None if ticks is None else str(price(ticks)),
            trigger=None if trigger is None else price(trigger),
            rising=said["rising"],
            time_in_force=said["force"],
            post_only=said["post_only"] and ticks is not None,
            reduce_only=said["reduce_only"] and engine.markets["BTCUSDT"].linear,
        )
        engine.place(said["account"], wanted)
    elif step[0] == "move":
        engine.move("BTCUSDT", price(step[1]))
    elif step[0] == "show":
        engine.show("BTCUSDT", D(step[1]))
    elif step[0] == "fund":
        engine.fund("BTCUSDT", D(step[1]) / 10_000)
    elif order is None:
        return
    elif step[0] == "cancel":
        engine.cancel(order)
    elif step[0] == "amend":
        at = None if order.price is None else price(step[2])
        engine.amend(order, price=at, quantity=D(step[3]) / 1000)
    else:
        engine.hit(order, D(step[2]) / 1000)


def worth(engine: Engine, asset: str) -> D:
    """Return all there is of an asset, open profits of swaps included."""
    return sum((engine.equity(name, asset) for name in engine.bank.accounts), ZERO)


@ENGINES
@FEW
@given(steps=STEPS)
def test_money_and_coins_are_conserved(make: Callable[[], Engine], steps: list[Any]) -> None:
    """Whatever is traded, what all have together is what was brought in, to the last digit."""
    engine = make()
    for step in steps:
        act(engine, step)

        for asset, brought in engine.bank.deposited.items():
            assert brought == worth(engine, asset), (step, asset)
        for account in engine.bank.accounts.values():
            flat = [one.cost for one in account.positions.values() if not one.quantity]
            assert not any(flat), (step, account.name)
        held = sum((one.held("BTCUSDT") for one in engine.bank.accounts.values()), ZERO)
        assert held == 0


@ENGINES
@FEW
@given(steps=STEPS)
def test_the_book_is_never_crossed(make: Callable[[], Engine], steps: list[Any]) -> None:
    """After each step the best bid is below the best ask, and only working orders lie there."""
    engine = make()
    for step in steps:
        act(engine, step)
        book = engine.matching.books["BTCUSDT"]

        assert not book.crossed
        assert all(
            order.status.open and order.left > 0 for side in Side for order in book.half(side)
        )


@FEW
@given(steps=STEPS)
def test_nobody_spends_what_he_does_not_have(steps: list[Any]) -> None:
    """On spot neither free nor locked money is ever negative, and what is locked is for orders."""
    engine = spot()
    for step in steps:
        act(engine, step)
        for name in ACCOUNTS:
            account = engine.account(name)
            locked = sum(
                (one.locked for one in engine.register.open.values() if one.account == name), ZERO
            )

            assert min(*account.free.values(), *account.locked.values(), ZERO) >= 0, step
            assert locked == sum(account.locked.values(), ZERO)


@FEW
@given(steps=STEPS)
def test_reduce_only_never_opens(steps: list[Any]) -> None:
    """A trade of a reduce-only order always brings its account nearer to flat, never past it."""
    engine = swaps()
    held: dict[str, D] = dict.fromkeys(ACCOUNTS, ZERO)

    def hear(event: object) -> None:
        if isinstance(event, OrderChanged) and event.trade is not None:
            trade = event.trade
            before = held[trade.account]
            held[trade.account] = after = before + trade.quantity * trade.side.sign
            if event.order.new.reduce_only:
                assert abs(after) < abs(before) and before * after >= 0, trade

    engine.listen(hear)
    for step in steps:
        act(engine, step)

    assert held == {name: engine.account(name).held("BTCUSDT") for name in ACCOUNTS}


class Queue:
    """Who should trade first, worked out from the events alone."""

    def __init__(self) -> None:
        self.known: dict[int, Order] = {}
        self.entered: dict[int, int] = {}
        self.passed: list[str] = []
        self.striking = False
        self.turn = 0

    def hear(self, event: object) -> None:
        """Keep the queue, and note when a trade passes somebody by."""
        if not isinstance(event, OrderChanged):
            return
        order, before = event.order, self.known.get(event.order.id)
        self.turn += 1
        kept = (
            event.what is What.AMENDED
            and before is not None
            and before.price == order.price
            and order.quantity < before.quantity
        )
        if event.what in {What.NEW, What.TRIGGERED, What.AMENDED} and not kept:
            self.entered[order.id] = self.turn
        self.known[order.id] = order
        if event.trade is not None and event.trade.maker and not self.striking:
            self.passed += [f"{one.id} by {order.id}" for one in self.ahead(order)]

    def ahead(self, order: Order) -> list[Order]:
        """Return the orders that should have traded before this one."""
        assert order.price is not None
        found: list[Order] = []
        for other in self.known.values():
            resting = other.status in {Status.NEW, Status.PARTIALLY_FILLED}
            if other.id == order.id or other.side is not order.side or not resting:
                continue
            if other.price is None:
                continue
            better = (other.price - order.price) * order.side.sign
            earlier = self.entered[other.id] < self.entered[order.id]
            if better > 0 or (better == 0 and earlier):
                found.append(other)
        return found


@ENGINES
@FEW
@given(steps=STEPS)
def test_better_and_earlier_orders_come_first(make: Callable[[], Engine], steps: list[Any]) -> None:
    """No order trades while one that rests at a better price, or longer at the same, is passed by;
    only the control's own fill may do that."""
    engine = make()
    queue = Queue()
    engine.listen(queue.hear)
    for step in steps:
        queue.striking = step[0] == "hit"
        act(engine, step)

    assert [] == queue.passed


@ENGINES
@FEW
@given(steps=STEPS, seed=st.integers(0, 5))
def test_the_same_seed_and_steps_make_the_same_trades(
    make: Callable[[int], Engine], steps: list[Any], seed: int
) -> None:
    """Two engines of one seed that are asked the same say the same, ids and times included."""
    told: list[list[Any]] = []
    for _ in range(2):
        engine = make(seed)
        heard: list[Any] = []
        engine.listen(heard.append)
        for step in steps:
            act(engine, step)
            engine.step()
        told.append([repr(event) for event in heard])

    assert told[0] == told[1]


@ENGINES
@FEW
@given(steps=STEPS)
def test_an_order_that_has_ended_never_comes_back(
    make: Callable[[], Engine], steps: list[Any]
) -> None:
    """Events of one order never go from an end to anything else, and fills only grow."""
    engine = make()
    last: dict[int, Order] = {}

    def hear(event: object) -> None:
        if isinstance(event, OrderChanged):
            before = last.get(event.order.id)
            assert before is None or (before.status.open and before.filled <= event.order.filled)
            last[event.order.id] = event.order

    engine.listen(hear)
    for step in steps:
        act(engine, step)

    ends = {number: order.status for number, order in engine.register.all.items()}
    assert ends == {number: order.status for number, order in last.items()}
    assert all(
        (status is Status.FILLED) is (not engine.register.all[number].left)
        for number, status in ends.items()
    )
