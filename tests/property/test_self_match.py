"""Whatever is asked for in whatever order: no two own entries of one account can trade together."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core.orders import OrderState, OrderType, Side
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal
STRATEGIES = ("trend", "fade")
PRICES = ("49990", "49995", "50000", "50001", "50005", "50010")
EVENTS = ("order", "order", "order", "batch", "replace", "replaced", "over", "down", "up", "exit")

steps = st.lists(
    st.tuples(st.sampled_from(EVENTS), st.integers(0, 50), st.booleans(), st.sampled_from(PRICES)),
    max_size=25,
)


def asked(stage: Stage, at: int, buys: bool, price: str) -> c.ReceiveSignal:
    """Make a limit entry."""
    return stage.signal(
        "buy" if buys else "sell",
        effect="open", strategy=STRATEGIES[at % 2], order_type="limit", price=price,
    )  # fmt: skip


def happen(stage: Stage, event: str, *, at: int, buys: bool, price: str) -> None:
    """Let one thing happen."""
    alive = sorted(stage.state.alive, key=lambda name: stage.order(name).number)
    order = stage.order(alive[at % len(alive)]) if alive else None
    if event == "order":
        stage.do(asked(stage, at, buys, price))
    elif event == "batch":
        other = PRICES[at % len(PRICES)]
        stage.do(asked(stage, at, buys, price), asked(stage, at + 1, not buys, other))
    elif event in ("down", "up"):
        stage.do(c.NoteLink(account="one", up=False, reason="test"))
        if event == "up":
            stage.recover("one")
    elif event == "exit":
        stage.say("exit", strategy=STRATEGIES[at % 2])
    elif order is None or order.state is OrderState.HELD:
        return
    elif event == "over":
        stage.report(order, "cancelled")
    elif event == "replaced" and order.asked is not None:
        terms = order.asked
        stage.report(order, "replaced", quantity=terms.quantity, price=terms.price)
    elif event == "replace":
        stage.report(order, "accepted")
        stage.do(c.ReplaceOrder(order=order.order, by="anna", reason="test", price=D(price)))


def prices(stage: Stage, side: Side) -> list[Decimal]:
    """Return every price at which an own entry of a side may rest."""
    found: list[Decimal] = []
    for name in stage.state.alive:
        order = stage.order(name)
        is_there = order.order_type is OrderType.LIMIT and order.state is not OrderState.HELD
        if order.side is side and is_there and not order.reduce_only:
            terms = [order.price, order.asked.price if order.asked is not None else None]
            found += [price for price in terms if price is not None]
    return found


@settings(max_examples=150, deadline=None)
@given(happens=steps)
def test_own_entries_never_meet(happens: list[tuple[str, int, bool, str]]) -> None:
    """The highest own buy is always below the lowest own sell."""
    stage = Stage(setup_of(account={"allow_opposed": True}, route={"order_life_ns": 10**15}))
    for event, at, buys, price in happens:
        happen(stage, event, at=at, buys=buys, price=price)
        highest, lowest = prices(stage, Side.BUY), prices(stage, Side.SELL)
        assert not (highest and lowest) or max(highest) < min(lowest), (highest, lowest)
    assert picture(stage.state) == picture(replay(stage.records))
