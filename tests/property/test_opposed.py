"""Strategies on both sides of one netting account, and strangers: books and venue stay one."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.money import ZERO
from core.orders import Order, OrderState, Side
from core.positions import EXTERNAL
from tests.unit.core.books import Books
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal
STRATEGIES = ("trend", "fade", "swing")
EVENTS = ("buy", "sell", "exit", "exit", "part", "fill", "fill", "quiet", "stranger", "restart")

steps = st.lists(
    st.tuples(st.sampled_from(EVENTS), st.integers(0, 2), st.integers(1, 5)), max_size=30
)


def open_orders(stage: Stage, books: Books) -> list[Order]:
    """Return what works, oldest first; the venue takes what has just come. What is held has not
    left."""
    alive = sorted((stage.order(name) for name in stage.state.alive), key=lambda o: o.number)
    orders = [order for order in alive if order.state is not OrderState.HELD]
    for order in orders:
        if order.order not in books.orders:
            books.tell(books.accept(order))
    return orders


def room(books: Books, order: Order) -> Decimal:
    """Return how much a venue that nets lets this order fill."""
    if not order.venue_reduce_only:
        return order.leaves
    return min(order.leaves, max(ZERO, -order.side.sign * books.net.get("BTCUSDT", ZERO)))


def trade(stage: Stage, books: Books, order: Order, most: Decimal, *, told: bool = True) -> None:
    """Fill some of an order as such a venue does, and hold it against its owner's share."""
    quantity = min(most, room(books, order))
    if not quantity or order.pending_cancel:
        books.tell(books.cancel(order.order))
        return
    before = stage.share(strategy=order.strategy)
    report = books.fill(order.order, quantity)
    if not told:
        return
    books.tell(report)
    after = stage.share(strategy=order.strategy)
    if order.reduce_only:
        assert abs(after) < abs(before)
        assert after * before >= ZERO


def one(stage: Stage, books: Books, event: str, *, who: int, size: int) -> None:
    """Let one thing happen."""
    strategy, orders = STRATEGIES[who], open_orders(stage, books)
    order = orders[size % len(orders)] if orders else None
    match event:
        case "buy" | "sell":
            stage.send(event, effect="open", strategy=strategy, quantity=str(size))
        case "exit":
            stage.say("exit", strategy=strategy, quantity=str(size) if size < 4 else None)
        case "stranger":
            books.trade("BTCUSDT", D(size - 3))
        case "restart":
            stage.state = replay(stage.records)
            stage.start()
            stage.recover("one")
        case _ if order is not None:
            trade(
                stage, books, order, D("0.5") if event == "part" else order.leaves,
                told=event != "quiet",
            )  # fmt: skip
        case _:
            pass


def shares(stage: Stage) -> Decimal:
    """Add up what everybody holds, strangers included."""
    return sum((stage.share(strategy=name) for name in (*STRATEGIES, EXTERNAL)), ZERO)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(happens=steps)
def test_shares_are_the_venues_net(happens: list[tuple[str, int, int]]) -> None:
    """Shares and the external row are the venue's net; each strategy gets out of its own share, and
    what is left in the end is the strangers'."""
    setup = setup_of(
        strategies=STRATEGIES, account={"allow_opposed": True, "foreign": "allow"},
        route={"order_life_ns": 10**15},
    )  # fmt: skip
    stage = Stage(setup)
    books = Books(stage)
    books.show()
    for event, who, size in happens:
        one(stage, books, event, who=who, size=size)
        assert shares(stage) == stage.exposure().net
    for _ in range(12):
        open_orders(stage, books)  # also the second half of a reversal, once it is let go
        stage.wait(61)
        books.show()
    assert books.net.get("BTCUSDT", ZERO) == stage.exposure().net == shares(stage)
    strangers = any(event == "stranger" for event, _, _ in happens)
    for _ in range(6):
        for order in open_orders(stage, books):
            trade(stage, books, order, order.leaves if order.reduce_only else ZERO)
        for strategy in STRATEGIES:
            stage.say("exit", strategy=strategy)
    assert books.net.get("BTCUSDT", ZERO) == stage.exposure().net == shares(stage)
    if not strangers:
        assert dict.fromkeys(STRATEGIES, ZERO) == {
            name: stage.share(strategy=name) for name in STRATEGIES
        }
    assert picture(stage.state) == picture(replay(stage.records))


def test_the_venue_really_cuts_what_is_reduce_only() -> None:
    """The venue of this test would cut an exit of an opposed share that asks for reduce-only."""
    stage = Stage(setup_of(strategies=STRATEGIES, account={"allow_opposed": True}))
    books = Books(stage)
    books.held(stage.entry("5"))
    books.held(stage.entry("3", "sell", strategy="fade"))
    order = stage.order(stage.say("exit").orders[0])

    assert (Side.SELL, D(5)) == (order.side, room(books, order))
    stage.fill(order, "1")
