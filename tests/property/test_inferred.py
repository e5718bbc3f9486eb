"""In whatever order executions and inferences come, in the end only what really traded counts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.engine import Outcome
from core.fold import fold
from core.inferred import infer, inferred_of
from core.money import ZERO
from core.orders import Order
from core.setup import SECOND_NS
from tests.unit.core.stage import Stage, picture, replay

D = Decimal

SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=6)


def inferring(stage: Stage, order: Order, quantity: Decimal, *, at_ns: int, by: str = "") -> None:
    """Book an inferred fill, as the comparison or a person's act does."""
    steps = infer(
        stage.state,
        stage.order(order),
        stage.now,
        quantity=quantity,
        price=D(50500),
        reason="missed",
        by=by,
        at_ns=at_ns,
    )
    outcome = Outcome()
    for record in steps:
        fold(stage.state, record)
        outcome.records.append(record)
    stage.state.commit()
    stage.records += outcome.records
    stage.last = outcome


@settings(max_examples=300, deadline=None)
@given(sizes=SIZES, data=st.data(), side=st.sampled_from(["buy", "sell"]), spare=st.integers(0, 2))
def test_only_what_was_told_counts_in_the_end(
    sizes: list[int], data: st.DataObject, side: str, spare: int
) -> None:
    """Some executions are inferred from the venue's picture first; each that comes takes the place
    of what stood in for it, and quantity, money and state are those of the executions alone."""
    stage = Stage()
    total = sum(sizes) + spare
    order = stage.entry(str(total), side)
    stage.report(order, "accepted")
    began = stage.now
    told: list[dict[str, Any]] = [
        {
            "exec_id": f"x{number}",
            "quantity": str(size),
            "price": str(50000 + number),
            "fee": "0.1",
            "at_ns": began + 10 * number * SECOND_NS,
        }
        for number, size in enumerate(sizes)
    ]
    stage.wait(100)
    turns: list[int | None] = [*range(len(told)), None, None]
    for turn in data.draw(st.permutations(turns)):
        if turn is not None:
            stage.report(order, "fill", **told[turn])
            continue
        seen = data.draw(st.integers(0, len(told)))  # the picture was taken after so many
        at_ns = began + (10 * seen - 5) * SECOND_NS
        missing = D(sum(sizes[:seen])) - stage.order(order).filled
        if missing > ZERO:
            inferring(stage, order, missing, at_ns=at_ns)
        assert stage.order(order).filled <= total

    plain = Stage()
    same = plain.entry(str(total), side)
    plain.report(same, "accepted")
    plain.wait(100)
    for one in told:
        plain.report(same, "fill", **one)
    ours, theirs = stage.order(order), plain.order(same)
    assert (theirs.state, theirs.filled, theirs.notional, theirs.fee) == (
        ours.state, ours.filled, ours.notional, ours.fee,
    )  # fmt: skip
    assert ZERO == inferred_of(stage.state, ours)
    assert plain.exposure() == stage.exposure()
    assert cash(plain) == cash(stage)
    assert picture(replay(stage.records)) == picture(stage.state)


def cash(stage: Stage) -> tuple[Decimal, Decimal, Decimal]:
    """Return what is held, what it and all that was realized cost, and the fees."""
    held = stage.state.positions["one", "BTCUSDT", "trend"]
    cost = held.average_price * held.quantity - held.realized
    return held.quantity, round(cost, 9), held.fees  # an average is rounded in the 28th digit
