"""Control 4: a strategy that runs after its own fills, each order inside the single collar."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core import records as r
from core.drift import SLOTS
from core.setup import SECOND_NS, Setup
from tests.unit.core.setups import replaced, setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal
KEY: Final = ("one", "BTCUSDT", "trend")


def at(stage: Stage, price: str) -> None:
    """Move the market there."""
    stage.quote("BTCUSDT", price, price)


def bought(stage: Stage, price: str, side: str = "buy", **fields: Any) -> None:
    """Enter at a price of the market, and be filled there."""
    at(stage, price)
    order = stage.entry("0.01", side, **fields)
    stage.fill(order, "0.01", price)


def entering(stage: Stage, side: str = "buy", **fields: Any) -> str:
    """Ask for an entry."""
    return codes(stage.send(side, effect="open", **{"quantity": "0.01"} | fields))


def test_a_ramp_inside_the_collar_ends_at_three_collars() -> None:
    """Each order is at the market; the next one beyond 15 percent of the first fill is refused."""
    stage = Stage()
    for price in ("10000", "10400", "10800", "11200", "11500"):
        bought(stage, price)
    at(stage, "11500.01")
    answer = stage.say(effect="open", quantity="0.01")

    assert ("drift_over_limit", "15.0001 %", "15 %", "strategy:trend") == (
        answer.code, answer.value, answer.limit, answer.where,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("price", "expected"), [("11500", "admitted"), ("11500.02", "refused drift_breaker")]
)
def test_a_fill_beyond_the_limit_pauses(price: str, expected: str) -> None:
    """At the limit it goes on; above it the strategy waits, with a record and an alarm."""
    stage = Stage()
    bought(stage, "10000")
    order = stage.entry("0.01")
    stage.fill(order, "0.01", price)
    paused = [one for one in stage.records if isinstance(one, r.DriftPaused)]

    assert expected == entering(stage)
    assert bool(paused) is ("breaker" in expected) is ("drift_paused" in _alarms(stage))


def _alarms(stage: Stage) -> list[str]:
    return [one.code for one in stage.records if isinstance(one, r.AlarmRaised)]


def test_the_pause_lifts_itself_and_the_count_begins_anew() -> None:
    """Five minutes to the nanosecond; what is filled meanwhile does not trip it again."""
    stage = Stage()
    bought(stage, "10000")
    late = stage.entry("0.01")
    stage.fill(stage.entry("0.01"), "0.01", "12000")
    stage.fill(late, "0.01", "14000")
    assert 1 == _alarms(stage).count("drift_paused")
    stage.wait("299.999999999")
    assert "refused drift_breaker" == entering(stage)
    stage.wait("0.000000001")
    at(stage, "14000")
    assert "admitted" == entering(stage)


def test_only_that_strategy_in_that_instrument_and_account_waits() -> None:
    """The others go on, and so do exits and cancels."""
    stage = Stage(setup_of("one", "two"))
    at(stage, "10000")
    first = stage.say(effect="open", quantity="0.01").orders
    second = stage.say(effect="open", quantity="0.01").orders
    for name, price in zip((*first, *second), ("10000", "10000", "12000", "10100"), strict=True):
        stage.fill(name, "0.01", price)
    answer = stage.say(effect="open", quantity="0.01")

    assert ["drift_breaker", ""] == [one.code for one in answer.accounts]
    assert "admitted" == entering(stage, symbol="ETHUSDT", quantity="1")
    assert "admitted" == entering(stage, strategy="fade")
    assert ["admitted", "admitted"] == [one.verdict for one in stage.say("exit").accounts]


def test_prices_that_get_better_are_no_drift() -> None:
    """A buyer whose fills fall runs after nothing, and is measured from the lowest of them."""
    stage = Stage()
    for price in ("10000", "8000", "6000"):
        bought(stage, price)

    assert "admitted" == entering(stage)
    at(stage, "6901")
    assert "refused drift_over_limit" == entering(stage)


def test_a_seller_is_measured_downwards() -> None:
    """Selling ever lower is the drift of a seller."""
    stage = Stage()
    bought(stage, "10000", "sell")
    at(stage, "8500")
    assert "admitted" == entering(stage, "sell")
    at(stage, "8499.99")
    assert "refused drift_over_limit" == entering(stage, "sell")


def test_the_window_slides() -> None:
    """A fill of five minutes ago (and one slot of the window) is not compared with any more."""
    stage = Stage()
    bought(stage, "10000")
    at(stage, "12000")
    stage.wait(300)
    assert "refused drift_over_limit" == entering(stage)
    stage.wait(300 // SLOTS + 1)
    assert "admitted" == entering(stage)


def test_a_long_ramp_stays_bounded() -> None:
    """However many fills, a row holds no more prices than slots, and the best of them stays."""
    setup = setup_of()
    trend = replaced(setup.strategies["trend"], drift_collars_max=D(1000))
    stage = Stage(replaced(setup, strategies={**setup.strategies, "trend": trend}))
    for step in range(200):
        bought(stage, str(10000 + step))
        stage.wait(1)

    assert len(stage.state.drifts[KEY].buys) <= SLOTS + 2
    assert D(10000) == stage.state.drifts[KEY].buys[0][1]


def test_two_in_one_batch() -> None:
    """A fill that trips it stops the entry behind it in the same batch."""
    stage = Stage()
    bought(stage, "10000")
    order = stage.entry("0.01")
    late = stage.told(order, "fill", quantity="0.01", price="12000", exec_id="x1")
    outcome = stage.do(late, stage.signal(effect="open", quantity="0.01"))

    assert "refused drift_breaker" == codes(outcome.answers[1])


@pytest.mark.parametrize("fields", [{"inferred": True}, {"again": True}])
def test_what_is_no_new_execution_does_not_count(fields: dict[str, bool]) -> None:
    """A fill that was concluded, or told again with its fee, says nothing about a price paid."""
    stage = Stage()
    bought(stage, "10000")
    order = stage.entry("0.01")
    if "again" in fields:
        stage.fill(order, "0.01", "10000", exec_id="x", fee=None)
        stage.fill(order, "0.01", "10000", exec_id="x", fee="1")
    else:
        stage.do(
            c.NoteTrouble(order=order.order, proven=False, code="timeout", text=""),
            c.ResolveOrder(
                order=order.order, outcome=c.Resolution.FILLED, by="anna", reason="seen",
                price=D(20000),
            ),
        )  # fmt: skip

    assert not [one for one in stage.records if isinstance(one, r.DriftPaused)]


def test_an_old_fill_told_late_is_compared_with_its_own_time() -> None:
    """What was missed for ten minutes does not meet the fills of now."""
    stage = Stage()
    order = stage.entry("0.01")
    stage.wait(600)
    bought(stage, "10000")
    stage.fill(order, "0.01", "50000", at_ns=stage.now - 600 * 10**9)

    assert not [one for one in stage.records if isinstance(one, r.DriftPaused)]


def test_a_stale_price_refuses() -> None:
    """Unknown input never lets an entry pass."""
    stage = Stage()
    bought(stage, "10000")
    stage.wait(3, fresh=False)

    assert "refused reference_stale" == entering(stage)


def restarted(stage: Stage) -> Stage:
    """Begin again from the journal alone."""
    again = replay(stage.records)
    assert picture(stage.state) == picture(again)
    stage.state = again
    stage.start()
    stage.recover("one")
    return stage


def test_it_survives_a_restart() -> None:
    """Neither what was counted nor a pause is forgotten."""
    stage = Stage()
    bought(stage, "10000")
    restarted(stage)
    at(stage, "11501")
    assert "refused drift_over_limit" == entering(stage)
    at(stage, "11000")
    stage.fill(stage.entry("0.01"), "0.01", "11600")
    restarted(stage)
    assert "refused drift_breaker" == entering(stage)


def test_its_numbers_are_the_strategys_own() -> None:
    """One collar in a minute, for ten seconds, where the file says so."""
    stage = Stage(_own())
    bought(stage, "10000")
    at(stage, "10501")
    assert "refused drift_over_limit" == entering(stage)
    at(stage, "10400")
    stage.fill(stage.entry("0.01"), "0.01", "10600")
    assert "refused drift_breaker" == entering(stage)
    stage.wait(10)
    assert "admitted" == entering(stage)


def _own() -> Setup:
    setup = setup_of()
    own = {"drift_collars_max": D(1), "drift_window_ns": 60 * 10**9, "drift_pause_ns": 10 * 10**9}
    trend = replaced(setup.strategies["trend"], **own)
    return replaced(setup, strategies={**setup.strategies, "trend": trend})


@settings(max_examples=60, deadline=None)
@given(
    walk=st.lists(
        st.tuples(st.integers(-4, 4), st.sampled_from((0, 20, 100)), st.booleans()), max_size=14
    )
)
def test_own_fills_of_a_window_never_run_beyond_three_collars(
    walk: list[tuple[int, int, bool]],
) -> None:
    """Wherever the price walks: no entry goes at more than 15 percent above an own fill of the
    last five minutes, through restarts, and what closes always goes."""
    stage, price, fills = Stage(), D(10000), list[tuple[int, Decimal]]()
    bought(stage, "10000")
    fills.append((stage.now, price))
    for percent, seconds, restarts in walk:
        stage.wait(seconds)
        price = (price * (100 + percent) / 100).quantize(D("0.01"))
        at(stage, str(price))
        if restarts:
            stage.state = replay(stage.records)
            stage.start()
            stage.recover("one")
        answer = stage.say(effect="open", quantity="0.01")
        assert answer.code in ("", "drift_over_limit", "market_untrusted")
        if answer.orders:
            near = [paid for at_ns, paid in fills if stage.now - at_ns <= 300 * SECOND_NS]
            assert not near or price <= min(near) * D("1.15")
            stage.fill(answer.orders[0], "0.01", str(price))
            fills.append((stage.now, price))

    assert "admitted" == codes(stage.send("exit"))
