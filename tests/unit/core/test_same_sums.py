"""The same state whoever works it out: from every record, or from a snapshot and what followed."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from core import records as r
from core import snapshot
from core.fold_cash import cash_agreed
from core.money import ZERO, total
from core.state import State
from core.trades import count_earned

LONG = st.integers(-(10**20), 10**20).map(lambda units: Decimal(units) / 7)


@given(st.lists(LONG, max_size=20))
def test_what_is_earned_has_no_order(gains: list[Decimal]) -> None:
    """Gains of as many digits as an average price has are added exactly: the sum of the steps is
    the sum of the positions, to the last digit."""
    stepwise, backwards = State(), State()
    for gain in gains:
        count_earned(stepwise, "paper", gain)
    for gain in reversed(gains):
        count_earned(backwards, "paper", gain)

    assert stepwise.earned == backwards.earned
    assert stepwise.earned.get("paper", ZERO) == total(*gains)


def test_a_zero_that_was_read_is_the_zero_that_was_meant() -> None:
    """A balance without a split writes the same snapshot, whether its record was made here or
    read."""

    def dumped(split: Decimal) -> bytes:
        state = State()
        cash_agreed(state, r.CashAgreed(at_ns=1, account="paper", level=Decimal(5), split=split))
        state.commit()
        return snapshot.dump(state)

    assert dumped(ZERO) == dumped(Decimal(0))
