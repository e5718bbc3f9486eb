"""The reject breaker: when it pauses, whom, for how long, and when a person is needed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest

from core import commands as c
from core import records as r
from core.setup import SECOND_NS, Setup
from core.state import BreakerRow
from tests.unit.core.setups import DAY_NS, replaced, setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal
PAUSE: Final = 60


def outcome(stage: Stage, event: str = "rejected", **fields: Any) -> None:
    """Send an entry, and let the venue take or reject it."""
    order = stage.entry("1", **fields)
    stage.report(order, event, reason="no")


def outcomes(stage: Stage, story: str, **fields: Any) -> None:
    """Let orders be rejected (x) or taken (.)."""
    for mark in story:
        outcome(stage, "rejected" if mark == "x" else "accepted", **fields)


def row(stage: Stage, strategy: str = "trend", account: str = "one") -> BreakerRow | None:
    """Return what is known of a strategy's rejects."""
    return stage.state.breakers.get((account, strategy))


def entering(stage: Stage, **fields: Any) -> str:
    """Ask for an entry."""
    return codes(stage.send(effect="open", **fields))


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ("xxxx", "admitted"),
        ("xxxxx", "refused reject_breaker"),
        ("xxxx.xxxx", "admitted"),
        ("x...." * 8 + "x", "admitted"),
        ("x...." * 9 + "x", "refused reject_breaker"),
        ("x....." * 9 + "x", "admitted"),
    ],
)
def test_five_in_a_row_or_ten_of_fifty(story: str, expected: str) -> None:
    """At the limit it pauses, below it does not; what is more than fifty orders ago is over."""
    stage = Stage()
    outcomes(stage, story)

    assert expected == entering(stage)


def configured(**values: int) -> Setup:
    """Make a setup with other limits of the breaker."""
    setup = setup_of()
    trend = replaced(setup.strategies["trend"], **values)
    return replaced(setup, strategies={**setup.strategies, "trend": trend})


def test_its_numbers_are_the_strategys_own() -> None:
    """Two in a row for two seconds, where the file says so; the other strategy has its own."""
    stage = Stage(configured(rejects_row_max=2, reject_pause_ns=2 * SECOND_NS))
    outcomes(stage, "xx")
    outcomes(stage, "xx", strategy="fade")

    assert ("refused reject_breaker", "admitted") == (
        entering(stage),
        entering(stage, strategy="fade"),
    )
    stage.wait(2)
    assert "admitted" == entering(stage)


def test_only_that_strategy_in_that_account_waits() -> None:
    """The other account judges for itself; the answer says how long and where."""
    stage = Stage(setup_of("one", "two"))
    for _ in range(5):
        first, second = stage.say(effect="open").orders
        stage.report(first, "rejected")
        stage.report(second, "accepted")
    answer = stage.say(effect="open")

    assert ["refused", "admitted"] == [one.verdict for one in answer.accounts]
    verdict = answer.accounts[0]
    assert ("reject_breaker", "60 s", "one", "strategy:trend") == (
        verdict.code, verdict.value, verdict.limit, verdict.where,
    )  # fmt: skip
    assert ["rejects_paused"] == [
        one.code for one in stage.records if isinstance(one, r.AlarmRaised)
    ]


def test_it_recovers_by_itself_and_does_not_flap() -> None:
    """What was under way when it tripped does not trip it again; after it the count is new."""
    stage = Stage()
    late = [stage.entry("1") for _ in range(8)]
    outcomes(stage, "xxxxx")
    for order in late:
        stage.report(order, "rejected")
    pauses = [one for one in stage.records if isinstance(one, r.RejectsPaused)]
    assert 1 == len(pauses)
    stage.wait("59.999999999")
    assert "refused reject_breaker" == entering(stage)
    stage.wait("0.000000001")
    assert "admitted" == entering(stage)
    outcomes(stage, "xxxx")
    assert "admitted" == entering(stage)


def test_a_way_out_and_a_cancel_pass_while_it_waits() -> None:
    """The breaker stops entries, nothing else."""
    stage = Stage()
    stage.position("2")
    working = stage.entry("1")
    outcomes(stage, "xxxxx")

    assert "admitted" == codes(stage.send("exit"))
    stage.do(c.CancelOrder(order=working.order, by="anna", reason="test"))
    assert [working.order] == stage.asked_to_end


def trip(stage: Stage) -> None:
    """Trip it once, and let the pause pass."""
    outcomes(stage, "xxxxx")
    stage.wait(PAUSE)


def test_the_third_pause_of_a_day_halts_the_strategy_until_a_person_resumes() -> None:
    """Its working entries are asked to end; a resume begins its count anew."""
    stage = Stage()
    working = stage.entry("1")
    trip(stage)
    trip(stage)
    assert {} == stage.state.halts
    trip(stage)
    halt = stage.state.halts["strategy:trend"]

    assert ("bridge", True) == (halt.by, "reject_breaker" in halt.reason)
    assert stage.order(working).pending_cancel
    assert "refused halted" == entering(stage)
    assert "admitted" == entering(stage, strategy="fade")
    stage.do(c.Resume(scope="strategy:trend", by="anna", reason="token renewed"))
    assert (None, "admitted") == (row(stage), entering(stage))
    trip(stage)
    assert {} == stage.state.halts


def test_pauses_of_another_day_are_forgotten() -> None:
    """Two today and one tomorrow are no third."""
    stage = Stage()
    trip(stage)
    trip(stage)
    stage.now += DAY_NS
    stage.wait(0)
    trip(stage)

    assert {} == stage.state.halts
    assert 1 == getattr(row(stage), "pauses", 0)


def test_a_restart_inside_a_pause_does_not_clear_it() -> None:
    """State and snapshot keep the pause and its number."""
    stage = Stage()
    trip(stage)
    outcomes(stage, "xxxxx")
    before = row(stage)
    stage.start()
    stage.recover("one")

    assert "refused reject_breaker" == entering(stage)
    assert before == row(stage)
    assert picture(stage.state) == picture(replay(stage.records))
    stage.wait(PAUSE)
    assert "admitted" == entering(stage)


@pytest.mark.parametrize("proven", [True, False])
def test_a_call_that_was_refused_is_a_reject_and_one_in_doubt_is_none(proven: bool) -> None:
    """What the venue's answer proves counts; a timeout proves nothing."""
    stage = Stage()
    symbols = ["BTCUSDT", "ETHUSDT"] if not proven else ["BTCUSDT"] * 5
    for symbol in symbols:
        order = stage.entry("1", symbol=symbol)
        stage.do(c.NoteTrouble(order=order.order, proven=proven, code="margin", text=""))

    assert (1 if proven else None) == getattr(row(stage), "pauses", None)


def test_a_look_up_that_shows_a_reject_counts_once() -> None:
    """Told by a report and shown by a look-up: one order, one outcome."""
    stage = Stage()
    order = stage.entry("1")
    stage.look(order, stage.shown(order, "rejected"))
    stage.report(order, "rejected")
    stage.look(order, stage.shown(order, "rejected"))

    assert BreakerRow(account="one", strategy="trend", recent=1) == row(stage)


def test_what_never_left_says_nothing() -> None:
    """An order that expired here, or was cancelled before it left, is no outcome."""
    stage = Stage()
    outcome(stage)
    order = stage.entry("1")
    stage.do(c.NoteTrouble(order=order.order, proven=True, code="late", text="", expired=True))

    assert BreakerRow(account="one", strategy="trend", recent=1) == row(stage)


def test_a_strategy_whose_orders_are_all_taken_leaves_no_trace() -> None:
    """Nothing is kept of fifty orders that were taken, nor when the last reject is that old."""
    stage = Stage()
    outcomes(stage, "...")
    assert None is row(stage)
    outcomes(stage, "x" + "." * 49)
    assert None is not row(stage)
    outcomes(stage, ".")
    assert None is row(stage)
