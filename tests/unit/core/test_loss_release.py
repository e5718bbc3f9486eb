"""The act that lets a reached loss limit go: a day whose limit was wrong, beside the drawdowns."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.answers import Denied, Done
from core.loss_rows import LossRule
from core.setup import SECOND_NS
from tests.unit.core.losing import equity, losing, restarted, show
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal
ASKED: dict[str, Any] = {"account": "one", "by": "anna", "reason": "one nought was missing"}
RELEASE = c.ReleaseLoss(**ASKED)


def lost(*, down_to: str = "98900", **limits: Any) -> Stage:
    """Begin with an account whose day of 100000 is over: its limit of 1000 was reached."""
    wanted: dict[str, Any] = {"daily_loss_max": "1000", **limits}
    stage = losing(**wanted)
    equity(stage, "100000")
    assert "daily_loss_reached" in equity(stage, down_to)
    return stage


def allow(stage: Stage, most: str, name: str = "daily_loss_max") -> None:
    """Set a limit of the account."""
    said: dict[str, Any] = {"by": "anna", "reason": "wrong", "confirmed": True}
    done = stage.do(c.SetLimit(scope="account:one", name=name, value=D(most), **said)).answers
    assert [Done] == [type(one) for one in done]


def released(stage: Stage) -> str:
    """Ask for the release; return the rules that were let go, or the code of the refusal."""
    (answer,) = stage.do(RELEASE).answers
    return answer.code if isinstance(answer, Denied) else getattr(answer, "act", "")


def entered(stage: Stage) -> str:
    """Ask for an entry, and return what became of it."""
    return codes(stage.send(effect="open", quantity="0.001"))


def test_a_day_whose_limit_was_raised_is_let_go() -> None:
    """By a person, with a reason, in the journal; nothing but the act does it."""
    stage = lost()
    allow(stage, "2000")
    equity(stage, "98900")
    assert "refused daily_loss_reached" == entered(stage)

    assert "daily" == released(stage)
    assert "admitted" == entered(stage)
    (record,) = [one for one in stage.records if isinstance(one, r.LossReleased)]
    assert ((LossRule.DAILY,), "anna", ASKED["reason"]) == (record.rules, record.by, record.reason)


@pytest.mark.parametrize(
    ("raised", "now", "code"),
    [
        ("", "98900", "loss_still_reached"),
        ("", "99500", "daily_loss_holds"),  # it came back: the day is over all the same
        ("900", "99500", "daily_loss_holds"),
        ("1100", "98900", "loss_still_reached"),  # the limit itself is reached
        ("1100.01", "98900", "daily"),
        ("1000.01", "99500", "daily"),
    ],
)
def test_a_day_is_let_go_only_if_more_is_allowed_and_less_is_lost(
    raised: str, now: str, code: str
) -> None:
    """A limit that nobody raised ends the day, wherever the equity goes."""
    stage = lost()
    if raised:
        allow(stage, raised)
    equity(stage, now)

    assert code == released(stage)
    assert ("admitted" if code == "daily" else "refused daily_loss_reached") == entered(stage)


def test_a_limit_that_was_raised_and_put_back_allows_nothing() -> None:
    """What holds now is what counts."""
    stage = lost()
    allow(stage, "2000")
    allow(stage, "1000")
    equity(stage, "99500")

    assert "daily_loss_holds" == released(stage)


def test_at_the_new_limit_the_day_is_over_again() -> None:
    """And a release takes another raise then."""
    stage = lost()
    allow(stage, "2000")
    assert "daily" == released(stage)
    assert ["daily_loss_warning"] == equity(stage, "98000.01")
    assert ["daily_loss_reached"] == equity(stage, "98000")
    equity(stage, "99500")

    assert "daily_loss_holds" == released(stage)


@pytest.mark.parametrize(("value", "code"), [("99000", "daily"), ("100500", "daily_loss_holds")])
def test_a_day_whose_baseline_was_lowered_is_let_go(value: str, code: str) -> None:
    """Also the firm's number may have been the one that was wrong; a higher one allows nothing."""
    stage = lost()
    stage.do(c.SetBaseline(what="day", value=D(value), confirmed=True, **ASKED))
    equity(stage, "99600")

    assert code == released(stage)


def test_a_percentage_that_was_raised_counts_like_an_amount() -> None:
    """Of both the smaller one holds: raising the other one changes nothing."""
    stage = lost(daily_loss_max="5000", daily_loss_percent_max="1")
    allow(stage, "9000")
    equity(stage, "99500")
    assert "daily_loss_holds" == released(stage)
    allow(stage, "2", "daily_loss_percent_max")

    assert "daily" == released(stage)


def test_a_release_holds_through_a_restart_and_until_the_next_day() -> None:
    """Before it too: what a person allowed is in the journal. The next day begins anew."""
    stage = lost()
    allow(stage, "2000")
    restarted(stage)
    assert "daily" == released(stage)
    restarted(stage)
    assert "admitted" == entered(stage)
    day = stage.now + 10 * SECOND_NS
    stage.do(c.LoadCalendar(account="one", days_ns=(day,), valid_until_ns=day * 2, source_hash="h"))
    equity(stage, "97900")
    stage.wait(10)
    stage.tick()
    assert None is stage.state.losses["one"].day_most
    assert ["daily_loss_warning"] == equity(stage, "97000")

    assert "loss_not_reached" == released(stage)
    assert picture(replay(stage.records)) == picture(stage.state)


def test_each_is_let_go_by_itself() -> None:
    """A drawdown that is reached no more does not wait for the day, nor the day for it."""
    stage = lost(drawdown_max="1050", daily_loss_max="1000")
    equity(stage, "99500")
    assert "drawdown" == released(stage)
    assert "refused daily_loss_reached" == entered(stage)
    stage = lost(drawdown_max="1050", daily_loss_max="1000")
    allow(stage, "2000")
    assert "daily" == released(stage)
    assert "refused drawdown_reached" == entered(stage)
    equity(stage, "99500")

    assert "drawdown" == released(stage)


def test_a_drawdown_whose_limit_is_gone_refuses_until_it_is_let_go() -> None:
    """Nothing measures it any more; the refusal, and the release, hold for the very next entry."""
    stage = losing(drawdown_max="1000", daily_loss_max="90000")
    assert "drawdown_reached" in equity(stage, "98900")
    stage.load(losing(daily_loss_max="90000").setup)
    stage.recover("one")
    assert "refused drawdown_reached" == entered(stage)
    assert "refused drawdown_reached" == entered(stage)
    assert "drawdown" == released(stage)

    assert "admitted" == entered(stage)


def test_a_deposit_that_nobody_explained_lets_nothing_go() -> None:
    """It may hide the loss that is still there."""
    stage = losing(daily_loss_max="1000", daily_loss_warn="900")
    show(stage, "100000")
    equity(stage, "100000", "98900")
    allow(stage, "1050")
    equity(stage, "103900", balance="105000")

    assert "loss_still_reached" == released(stage)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"account": "two"}, "account_unknown"), ({"reason": " "}, "reason_missing")],
)
def test_a_release_names_its_account_and_a_reason(change: dict[str, Any], code: str) -> None:
    """As every act does."""
    stage = lost()
    allow(stage, "2000")
    (answer,) = stage.do(c.ReleaseLoss(**{**ASKED, **change})).answers

    assert isinstance(answer, Denied)
    assert code == answer.code


def test_nothing_is_let_go_on_stale_figures() -> None:
    """What is lost now is not known."""
    stage = lost()
    allow(stage, "2000")
    stage.wait(20, fresh=False)

    assert "equity_stale" == released(stage)
