"""Quality: what a strategy's orders cost, and when that is more than it was tested with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest

from core import records as r
from core.orders import Order
from core.quality import WARM_UP
from core.quality_rows import QualityRow
from tests.benchmarks.drift_alarm import SHAPES, alarm_after
from tests.unit.core.setups import DAY_NS, replaced, setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal
KEY: Final = ("trend", "paper")


def stage_of(**tested: str) -> Stage:
    """Make a stage whose strategy was tested with something."""
    setup = setup_of()
    values = {name: D(value) for name, value in tested.items()}
    trend = replaced(setup.strategies["trend"], **values)
    stage = Stage(replaced(setup, strategies={**setup.strategies, "trend": trend}))
    stage.quote("BTCUSDT", "10000", "10000")
    return stage


def traded(stage: Stage, ticks: int = 0, **fields: Any) -> Order:
    """Fill a market order of one so many ticks worse than the market's middle."""
    order = stage.entry("1", **fields)
    stage.fill(order, "1", str(D(10000) + D(ticks) / 100))
    return order


def row(stage: Stage) -> QualityRow:
    """Return what is known of the strategy at the venue."""
    return stage.state.quality[KEY]


def alarms(stage: Stage) -> list[r.SlippageDrifted]:
    """Return the alarms so far."""
    return [one for one in stage.records if isinstance(one, r.SlippageDrifted)]


def test_sums_of_what_orders_cost() -> None:
    """Two orders, three and one tick too much, a fee of a tenth each."""
    stage = stage_of()
    traded(stage, 3)
    traded(stage, 1)
    found = row(stage)

    assert (2, D(4), D("0.04"), D("0.04"), D("20000.04")) == (
        found.orders, found.ticks, found.bps, found.money, found.value,
    )  # fmt: skip
    assert (2, D("0.2"), D(2)) == (found.paid, found.fee, found.fee_units)


def test_a_fee_that_comes_later_counts_when_it_is_known() -> None:
    """Until then it is not counted as nothing."""
    stage = stage_of()
    order = stage.entry("1")
    stage.fill(order, "1", "10000", exec_id="x", fee=None)
    assert (1, 0) == (row(stage).orders, row(stage).paid)
    stage.fill(order, "1", "10000", exec_id="x", fee="0.7")
    stage.fill(order, "1", "10000", exec_id="x", fee="0.7")

    assert (1, 1, D("0.7")) == (row(stage).orders, row(stage).paid, row(stage).fee)


def test_a_limit_order_has_a_fee_and_no_slippage() -> None:
    """Its price was its own."""
    stage = stage_of()
    order = stage.entry("1", order_type="limit", price="9990")
    stage.fill(order, "1", "9990")

    assert (0, 1) == (row(stage).orders, row(stage).paid)


def test_an_order_counts_when_it_is_over() -> None:
    """Half of it filled says nothing yet; cancelled with that half it counts once."""
    stage = stage_of()
    order = stage.entry("2")
    stage.report(order, "accepted")
    stage.fill(order, "1", "10000.05")
    assert {} == stage.state.quality
    stage.report(order, "cancelled")

    assert (1, D(5)) == (row(stage).orders, row(stage).ticks)


@pytest.mark.parametrize("tested", ["tested_slippage_ticks", "tested_slippage_bps"])
def test_what_costs_more_than_tested_is_an_alarm_once_a_day(tested: str) -> None:
    """Tested with one, it costs eleven: told after a warm-up and a few orders more, then a day
    later."""
    stage = stage_of(**{tested: "1"})
    ticks = 11 if tested.endswith("ticks") else 1100
    for _ in range(WARM_UP + 6):
        traded(stage, ticks)
    assert [] == alarms(stage)
    traded(stage, ticks)
    first = alarms(stage)
    for _ in range(10):
        traded(stage, ticks)

    assert [("trend", "paper", D(11), D(1), WARM_UP + 7)] == [
        (one.strategy, one.venue, one.mean, one.tested, one.orders) for one in first
    ]
    assert 1 == len(alarms(stage))
    stage.wait(DAY_NS // 10**9)
    stage.recover("one")
    traded(stage, ticks)
    assert 2 == len(alarms(stage))


def test_what_costs_what_was_tested_is_none() -> None:
    """Two hundred orders around the tested slippage, now more and now less."""
    stage = stage_of(tested_slippage_ticks="5")
    for number in range(200):
        traded(stage, (2, 9, 4, 5)[number % 4])

    assert [] == alarms(stage)


def test_one_terrible_fill_is_none() -> None:
    """A price that jumped once is bad luck."""
    stage = stage_of(tested_slippage_ticks="1")
    for _ in range(30):
        traded(stage, 1)
    traded(stage, 5000)

    assert [] == alarms(stage)


def test_without_a_tested_figure_nothing_is_compared() -> None:
    """It is counted, and no alarm is invented."""
    stage = stage_of()
    for _ in range(60):
        traded(stage, 50)

    assert (60, 0, []) == (row(stage).orders, row(stage).scored, alarms(stage))


def test_another_tested_figure_begins_the_test_anew() -> None:
    """What was scored against the old one does not count against the new one."""
    stage = stage_of(tested_slippage_ticks="1")
    for _ in range(WARM_UP + 3):
        traded(stage, 11)
    trend = replaced(stage.setup.strategies["trend"], tested_slippage_ticks=D(12))
    stage.load(replaced(stage.setup, strategies={**stage.setup.strategies, "trend": trend}))
    stage.recover("one")
    traded(stage, 11)

    assert ("ticks 12", 1) == (row(stage).tested, row(stage).scored)


def test_it_survives_a_restart() -> None:
    """The journal alone gives the same sums and the same score."""
    stage = stage_of(tested_slippage_ticks="1")
    for _ in range(WARM_UP + 2):
        traded(stage, 11)
    assert row(stage).score

    assert picture(stage.state) == picture(replay(stage.records))


# --- the test's own quality -----------------------------------------------------------------------

RUNS: Final = 60
LENGTH: Final = 500
"""Orders of one run: a few tenths of a second for all runs of one shape."""


@pytest.mark.parametrize("shape", SHAPES)
def test_false_alarms_are_rare(shape: str) -> None:
    """A strategy that costs what it was tested with: at most 1 of 60 runs of 500 orders alarms."""
    found = [alarm_after(shape, seed, length=LENGTH) for seed in range(RUNS)]

    assert sum(one is not None for one in found) <= 1, found


@pytest.mark.parametrize("shape", ["normal", "lopsided", "heavy", "coin"])
def test_a_real_drift_is_found(shape: str) -> None:
    """One unit of scatter more is found in the median after at most 90 orders, two after 50."""
    one, two = (
        sorted(alarm_after(shape, seed, length=LENGTH, worse=worse) or LENGTH for seed in range(21))
        for worse in (1, 2)
    )

    assert one[10] <= 90, one
    assert two[10] <= 50, two
