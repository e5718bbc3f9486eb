"""Control 7: the day, the drawdown from the start, the drawdown from the peak; and what a reached
limit does."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core import records as r
from core.answers import Denied, Done
from core.loss_rows import LossRule
from core.loss_setup import DayFrom, OnBreach, PeakAt
from core.setup import SECOND_NS
from tests.unit.core.losing import equity, losing, restarted, show
from tests.unit.core.setups import NOW
from tests.unit.core.stage import Stage, codes

D = Decimal
HOUR_NS = 3600 * SECOND_NS
MIDNIGHTS = (NOW - 14 * HOUR_NS, NOW + 10 * HOUR_NS, NOW + 34 * HOUR_NS)
ASKED: dict[str, Any] = {"account": "one", "by": "anna", "reason": "as the firm says"}


def days(stage: Stage) -> Stage:
    """Give the account its days."""
    stage.do(
        c.LoadCalendar(
            account="one", days_ns=MIDNIGHTS, valid_until_ns=MIDNIGHTS[-1], source_hash="h"
        )
    )
    stage.tick()
    return stage


def entered(stage: Stage) -> str:
    """Ask for an entry, and return what became of it."""
    return codes(stage.send(effect="open", quantity="0.001"))


# --- the rules ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "rule"),
    [
        ({"daily_loss_max": "1000"}, "daily_loss"),
        ({"daily_loss_max": "5000", "daily_loss_percent_max": "1"}, "daily_loss"),
        ({"drawdown_max": "1000"}, "drawdown"),
        ({"drawdown_percent_max": "1"}, "drawdown"),
        ({"trailing_drawdown_max": "1000"}, "trailing_drawdown"),
        ({"trailing_drawdown_percent_max": "1", "trailing_drawdown_max": "4000"},
         "trailing_drawdown"),
    ],
)  # fmt: skip
def test_each_rule_stops_at_its_limit_and_not_a_cent_before(
    limits: dict[str, Any], rule: str
) -> None:
    """In money and in percent; of both the smaller one is reached first. Exits pass."""
    wide: dict[str, Any] = {"daily_loss_max": "90000", "daily_loss_warn": "90000"}
    stage = losing(**(wide | limits))
    equity(stage, "100000")
    stage.position("1")
    equity(stage, "99000.01")
    assert "admitted" == entered(stage)
    assert [f"{rule}_reached"] == equity(stage, "99000")

    assert f"refused {rule}_reached" == entered(stage)
    assert "admitted" == codes(stage.send("exit", quantity="0.5"))


@pytest.mark.parametrize("name", ["drawdown", "trailing_drawdown"])
def test_a_warning_comes_once_and_before(name: str) -> None:
    """Trading goes on; it is not told again until a person has let the drawdown go."""
    limits: dict[str, Any] = {f"{name}_max": "2000", f"{name}_percent_warn": "0.5"}
    stage = losing(daily_loss_max="9000", daily_loss_warn="9000", **limits)
    equity(stage, "100000")

    assert [f"{name}_warning"] == equity(stage, "99500", "99400", "99800", "99400")
    assert "admitted" == entered(stage)


@pytest.mark.parametrize(
    ("day_from", "expected"),
    [(DayFrom.EQUITY, "101000"), (DayFrom.BALANCE, "100000"), (DayFrom.HIGHER, "101000")],
)
def test_a_day_counts_from_the_figure_that_the_rule_names(day_from: DayFrom, expected: str) -> None:
    """An open profit at midnight is part of the day's start, or it is not."""
    stage = days(losing(loss={"day_from": day_from}))
    equity(stage, "101000")
    stage.wait(10 * 3600)
    stage.tick()

    assert D(expected) == stage.state.accounts["one"].day_equity


def test_without_open_profit_the_balance_alone_is_lost() -> None:
    """An open loss of 5000 is none yet; the same loss in cash is."""
    stage = losing(loss={"open_profit": False})
    assert [] == equity(stage, "95000")
    assert "admitted" == entered(stage)

    assert "daily_loss_reached" in equity(stage, "98900", balance="98900")


def test_the_peak_trails_and_never_comes_down() -> None:
    """It rises with the equity; from there the drawdown is counted, through losses and restarts."""
    stage = losing(trailing_drawdown_max="1000", daily_loss_max="9000", daily_loss_warn="9000")
    equity(stage, "100000", "102000", "101500")
    restarted(stage)
    assert D(102000) == stage.state.losses["one"].peak
    assert [] == equity(stage, "101000.01")

    assert ["trailing_drawdown_reached"] == equity(stage, "101000")


def test_one_high_tick_is_no_peak() -> None:
    """The lowest of three readings counts."""
    stage = losing(trailing_drawdown_max="1000")
    stage.equity("one", "100000", "100000", "100000", "150000", "100000", balance="100000")

    assert D(100000) == stage.state.losses["one"].peak


def test_a_peak_is_recorded_in_steps() -> None:
    """Of a thousandth, or of a fiftieth of what may be lost where that is less."""
    for limit, step in (("9000", D(100)), ("1000", D(20))):
        stage = losing(trailing_drawdown_max=limit)
        equity(stage, "100000", *[str(100000 + rise) for rise in range(0, 400, 10)])
        peaks = [one.equity for one in stage.records if isinstance(one, r.EquityPeaked)]

        assert all(later - sooner >= step for sooner, later in pairwise(peaks))
        assert len(peaks) == 1 + 390 // step


def test_a_peak_of_the_end_of_days_ignores_the_hours_between() -> None:
    """An open profit that is given back the same day raises nothing."""
    stage = days(losing(loss={"peak": PeakAt.END_OF_DAY}, trailing_drawdown_max="2000"))
    equity(stage, "100000", "103000", "101000")
    assert D(100000) == stage.state.losses["one"].peak
    stage.wait(10 * 3600)
    stage.tick()

    assert D(101000) == stage.state.losses["one"].peak


def test_a_locked_floor_rises_no_further_than_the_start_balance() -> None:
    """From 2000 above it on, the account may lose all of its profit and not a cent of the start."""
    stage = losing(
        loss={"trailing_lock": D(0), "start_balance": D(100000)},
        trailing_drawdown_max="2000",
        daily_loss_max="90000",
        daily_loss_warn="90000",
    )
    equity(stage, "100000", "105000")
    assert [] == equity(stage, "100000.01")

    assert ["trailing_drawdown_reached"] == equity(stage, "100000")


def test_a_start_balance_of_the_file_counts_once() -> None:
    """A file that names a lower one later loosens nothing; a person's act does."""
    stage = losing(loss={"start_balance": D(103000)}, drawdown_max="3500", daily_loss_max="9000")
    equity(stage, "100000")
    lower = losing(loss={"start_balance": D(50000)}, drawdown_max="3500", daily_loss_max="9000")
    stage.load(lower.setup)
    stage.recover("one")
    assert D(103000) == stage.state.losses["one"].base
    equity(stage, "99500")
    assert "refused drawdown_reached" == entered(stage)
    set_lower = c.SetBaseline(what="start", value=D(100000), confirmed=False, **ASKED)
    (denied,) = stage.do(set_lower).answers

    assert isinstance(denied, Denied) and "confirm_missing" == denied.code


# --- what a reached limit does --------------------------------------------------------------------


def test_a_drawdown_waits_for_a_person() -> None:
    """Not for the next day, not for a recovery, not for a restart."""
    stage = days(losing(drawdown_max="1000", daily_loss_max="9000"))
    equity(stage, "100000", "98900", "100000")
    stage.wait(10 * 3600)
    stage.tick()
    restarted(stage)
    assert "refused drawdown_reached" == entered(stage)
    (done,) = stage.do(c.ReleaseLoss(**ASKED)).answers

    assert Done(act="drawdown") == done
    assert "admitted" == entered(stage)
    assert ["drawdown_reached"] == [a for a in equity(stage, "98900") if "reached" in a]


def test_a_drawdown_that_is_still_reached_is_not_let_go() -> None:
    """The baseline or the limit has to change first; each is an act with a reason."""
    stage = losing(drawdown_max="1000", daily_loss_max="9000")
    assert "loss_not_reached" == denial(stage, c.ReleaseLoss(**ASKED))
    equity(stage, "100000", "98900")
    assert "loss_still_reached" == denial(stage, c.ReleaseLoss(**ASKED))
    stage.do(c.SetBaseline(what="start", value=D(99000), **ASKED))
    no_reason = c.ReleaseLoss(account="one", by="anna", reason=" ")
    assert "reason_missing" == denial(stage, no_reason)
    assert "" == denial(stage, c.ReleaseLoss(**ASKED))

    assert "admitted" == entered(stage)


def denial(stage: Stage, command: c.Command) -> str:
    """Return why an act was denied; nothing when it was carried out."""
    (answer,) = stage.do(command).answers
    return answer.code if isinstance(answer, Denied) else ""


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"account": "two"}, "account_unknown"),
        ({"what": "week"}, "baseline_unknown"),
        ({"value": D(0)}, "baseline_unknown"),
        ({"reason": ""}, "reason_missing"),
        ({"value": D(99999), "confirmed": False}, "confirm_missing"),
        ({"value": D(100001), "confirmed": False}, ""),
    ],
)
def test_a_baseline_is_set_by_name_with_a_reason(change: dict[str, object], code: str) -> None:
    """A lower one allows more, and is confirmed."""
    stage = losing(drawdown_max="1000")
    equity(stage, "100000")
    asked: dict[str, object] = {"what": "day", "value": D(100000), **ASKED, **change}

    assert code == denial(stage, c.SetBaseline(**asked))  # pyright: ignore[reportArgumentType]


def test_the_firms_own_number_is_counted_from() -> None:
    """Day, start and peak each move their own rule."""
    stage = losing(
        drawdown_max="1000", trailing_drawdown_max="1000", daily_loss_max="1000",
        daily_loss_warn="1000",
    )  # fmt: skip
    equity(stage, "100000")
    for what, code in (("day", "daily_loss"), ("start", "drawdown"), ("peak", "trailing_drawdown")):
        stage.do(c.SetBaseline(what=what, value=D(100900), **ASKED))
        assert [f"{code}_reached"] == [a for a in equity(stage, "99900") if "reached" in a]


@pytest.mark.parametrize("policy", list(OnBreach))
def test_what_a_reached_limit_does_besides(policy: OnBreach) -> None:
    """Block leaves working entries; reduce ends them; flatten closes what is open as well."""
    stage = losing(loss={"on_breach": policy})
    stage.position("2")
    resting = stage.entry("1", order_type="limit", price="49000")
    stage.report(resting, "accepted")
    equity(stage, "100000", "98900")
    stage.wait(6)
    stage.tick()
    asked = {OnBreach.BLOCK: False, OnBreach.REDUCE: True, OnBreach.FLATTEN: True}[policy]
    closing = [o for o in stage.state.orders.values() if o.purpose == "flatten"]

    assert asked is stage.order(resting).pending_cancel
    assert ([D(2)] if policy is OnBreach.FLATTEN else []) == [o.quantity for o in closing]
    assert [policy] == [x.on_breach for x in stage.records if isinstance(x, r.LossTripped)]
    assert "refused daily_loss_reached" == entered(stage)


def test_a_flat_account_is_not_flattened() -> None:
    """There is nothing to do, and no act that waits for a picture."""
    stage = losing(loss={"on_breach": OnBreach.FLATTEN})
    equity(stage, "98000")

    assert {} == stage.state.flattens


def test_two_entries_of_one_batch_meet_the_same_loss() -> None:
    """Whatever tripped before them in the batch holds for both."""
    stage = losing()
    equity(stage, "100000")
    stage.equity("one", "98000", "98000", "98000", observe=False, balance="100000")
    messages = [stage.signal(effect="open", quantity="0.001") for _ in range(2)]
    outcome = stage.do(c.ObserveAccount(account="one"), *messages)

    assert ["refused daily_loss_reached"] * 2 == [codes(one) for one in outcome.answers[1:]]


def test_stale_figures_and_unknown_baselines_refuse() -> None:
    """What is not known is no permission."""
    stage = losing(drawdown_max="1000", trailing_drawdown_max="1000")
    assert "refused baseline_missing" == entered(stage)
    equity(stage, "100000")
    assert "admitted" == entered(stage)
    stage.wait(20, fresh=False)
    stage.quote("BTCUSDT", "50000", "50001")

    assert "refused equity_stale" == entered(stage)


# --- transfers ------------------------------------------------------------------------------------


MOVES = st.lists(
    st.tuples(st.sampled_from(("trade", "transfer")), st.integers(-15, 15)), max_size=10
)


@settings(max_examples=40, deadline=None)
@given(moves=MOVES)
def test_transfers_change_no_loss(moves: list[tuple[str, int]]) -> None:
    """Whatever is paid in and out, the same trading trips the same rules and no other."""
    limits: dict[str, Any] = {
        "daily_loss_max": "2000",
        "drawdown_max": "2500",
        "trailing_drawdown_max": "3000",
    }
    tripped: list[list[LossRule]] = []
    for pays in (False, True):
        stage = losing(**limits)
        show(stage, "100000")
        equity(stage, "100000")
        balance, flows = D(100000), D(0)
        for kind, hundreds in moves:
            amount = D(hundreds) * 100
            if kind == "trade":
                traded(stage, amount)
                balance += amount
            elif pays and amount:
                stage.do(c.NoteTransfer(kind="transfer", amount=amount, **ASKED))
                flows += amount
                show(stage, str(balance + flows))
            equity(stage, str(balance + flows), balance=str(balance + flows))
        assert flows == (stage.state.cash["one"].flows if pays else D(0))
        tripped.append([x.rule for x in stage.records if isinstance(x, r.LossTripped)])

    assert tripped[0] == tripped[1]


def traded(stage: Stage, amount: Decimal) -> None:
    """Let a trade earn (or lose) just this: by what was told, whatever the limits say."""
    if not amount:
        return
    if not stage.state.positions:
        stage.fill(stage.entry("1"), "1", fee="0")
        stage.fill(stage.say("exit").orders[0], "1", fee="0")
    first = next(one for one in stage.state.orders.values() if one.purpose == "entry")
    stage.fill(first, "1", fee="0")  # more than was asked for: no limit stands in the way
    stage.fill(stage.say("exit").orders[0], "1", str(50000 + amount), fee="0")
