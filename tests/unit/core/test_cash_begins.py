"""From where an account counts at its very beginning: before and at the first comparison of its
balance, over restarts, new days and a store that went back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.loss_setup import DayFrom, PeakAt
from core.setup import SECOND_NS
from tests.unit.core.losing import equity, losing, restarted, show
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal
LIMITS: dict[str, Any] = {
    "daily_loss_max": "1000",
    "drawdown_max": "1000",
    "trailing_drawdown_max": "1000",
}


def told(stage: Stage, kind: type[r.Record]) -> list[Any]:
    """Return the records of a kind."""
    return [one for one in stage.records if isinstance(one, kind)]


def begun(**limits: Any) -> Stage:
    """Begin with an account whose first picture, of 100000, is not judged: an entry came while it
    was made."""
    stage = losing(recovered=False, **(LIMITS | limits))
    stage.entry("0.001")
    show(stage, "100000", asked_ns=stage.now)
    stage.send("cancel")
    assert {} == stage.state.held
    stage.recover("one")
    equity(stage, "100000")
    assert (D(100000), None) == (stage.state.cash["one"].first, stage.state.cash["one"].level)
    return stage


def agree(stage: Stage, balance: str) -> None:
    """Show a picture that agrees but for the balance, and two more."""
    for _ in range(3):
        show(stage, balance)


def test_nothing_is_counted_from_a_figure_before_the_first_picture() -> None:
    """Whatever was told before it, and was gone by then, is no start of a day and no loss."""
    stage = losing(recovered=False, **LIMITS)
    stage.equity("one", "100000", "100000")
    stage.tick()
    assert [] == told(stage, r.DayStarted) + told(stage, r.BaselineSet)
    stage.equity("one", "95000")
    show(stage, "95000")
    stage.recover("one")
    equity(stage, "95000", balance="95000")

    assert [D(95000)] == [one.equity for one in told(stage, r.DayStarted)]
    assert [D(95000)] == [one.value for one in told(stage, r.BaselineSet)]
    assert [D(95000)] == [one.equity for one in told(stage, r.EquityPeaked)]
    assert [] == told(stage, r.LossTripped)
    assert "admitted" == codes(stage.send(effect="open", quantity="0.001"))


def test_a_withdrawal_before_the_first_agreement_is_no_loss() -> None:
    """It is in doubt from its first second, and booked like any other."""
    stage = begun()
    assert [] == equity(stage, "95000", balance="95000")
    assert "refused balance_in_doubt" == codes(stage.send(effect="open", quantity="0.001"))
    agree(stage, "95000")
    equity(stage, "95000", balance="95000")

    assert [("unexplained", D(-5000))] == [(x.kind, x.amount) for x in told(stage, r.CashBooked)]
    assert ([], D(100000)) == (told(stage, r.LossTripped), stage.state.cash["one"].level)
    assert "admitted" == codes(stage.send(effect="open", quantity="0.001"))
    assert "daily_loss_reached" in equity(stage, "94000", balance="95000")


def test_a_deposit_before_the_first_agreement_is_no_profit() -> None:
    """It hides no loss, and is no peak."""
    stage = begun(drawdown_max="9000")
    equity(stage, "105000", balance="105000")
    agree(stage, "105000")

    assert [D(100000)] == [one.equity for one in told(stage, r.EquityPeaked)]
    assert "daily_loss_reached" in equity(stage, "104000", balance="105000")


def test_a_loss_before_the_first_agreement_is_one() -> None:
    """What is open, and what was traded, counts at once: nobody waits for a comparison."""
    stage = begun()
    assert "daily_loss_reached" in equity(stage, "99000")
    stage = begun()
    stage.fill(stage.entry("0.1"), "0.1", "50000", fee="500")
    stage.fill(stage.say("exit").orders[0], "0.1", "45000", fee="0")

    assert "drawdown_reached" in equity(stage, "99000", balance="99000")


def test_what_a_venue_tells_before_the_first_agreement_is_booked() -> None:
    """By its own word, so that nobody has to name it; what is older is in the first balance."""
    stage = begun()
    said: dict[str, Any] = {"account": "one", "kind": "funding", "currency": "USDT"}
    stage.do(c.TakeBooking(id="f-0", amount=D(-7), venue_ns=stage.now - 60 * SECOND_NS, **said))
    stage.do(c.TakeBooking(id="f-1", amount=D(-300), venue_ns=stage.now + 1, **said))
    agree(stage, "99700")

    assert [("funding", D(-300))] == [(x.kind, x.amount) for x in told(stage, r.CashBooked)]
    assert ([], D(100000)) == (stage.alarms, stage.state.cash["one"].level)


def test_a_transfer_of_the_first_seconds_is_no_loss_after_a_restart() -> None:
    """The first balance is in the journal: what moved while the bridge was down is told by it."""
    stage = begun()
    restarted(stage)
    assert [] == equity(stage, "95000", balance="95000")
    agree(stage, "95000")
    equity(stage, "95000", balance="95000")

    assert [] == told(stage, r.LossTripped)
    assert picture(replay(stage.records)) == picture(stage.state)


@pytest.mark.parametrize("day_from", list(DayFrom))
@pytest.mark.parametrize("readings", [("95000",) * 3, ("100000", "100000", "95000")])
def test_a_day_that_begins_before_the_first_agreement_begins_without_what_is_in_doubt(
    day_from: DayFrom, readings: tuple[str, ...]
) -> None:
    """Also when the newest reading alone shows it: each is looked at by itself."""
    stage = begun(loss={"day_from": day_from, "peak": PeakAt.END_OF_DAY})
    day = stage.now + 10 * SECOND_NS
    stage.do(c.LoadCalendar(account="one", days_ns=(day,), valid_until_ns=day * 2, source_hash="h"))
    stage.equity("one", *readings, observe=False)
    stage.wait(10)
    stage.tick()
    assert D(100000) == stage.state.accounts["one"].day_equity
    agree(stage, "95000")
    equity(stage, "95000", balance="95000")

    assert [] == told(stage, r.LossTripped)
    assert "daily_loss_reached" in equity(stage, "94000", balance="95000")


def test_a_store_that_went_back_invents_no_loss() -> None:
    """To whichever record it went back: the transfer is found again, or was before all counting."""
    whole = begun()
    agree(whole, "95000")
    equity(whole, "95000", balance="95000")
    first = next(n for n, one in enumerate(whole.records) if isinstance(one, r.CashBegun))
    for kept in range(first + 1, len(whole.records) + 1):
        stage = losing(recovered=False, **LIMITS)
        stage.now, stage.count, stage.records = whole.now, whole.count, whole.records[:kept]
        stage.equity("one", "95000", "95000", "95000", observe=False)
        restarted(stage)
        for _ in range(3):
            show(stage, "95000")
            equity(stage, "95000", balance="95000")

        assert ([], "admitted") == (
            told(stage, r.LossTripped),
            codes(stage.send(effect="open", quantity="0.001")),
        )


def test_where_others_hold_what_cannot_be_valued_losses_count_by_the_balance() -> None:
    """Its balance can never be compared, and what is lost there is a loss."""
    stage = losing(recovered=False, **LIMITS)
    show(stage, "100000", GOLD="1")
    stage.recover("one")
    show(stage, "100000", GOLD="1")
    equity(stage, "100000")
    assert None is stage.state.cash["one"].level

    assert "daily_loss_reached" in equity(stage, "99000", balance="99000")


def test_without_any_picture_every_change_of_the_balance_counts() -> None:
    """Nothing tells a transfer from a loss there, so nothing is doubted."""
    stage = losing(**LIMITS)
    equity(stage, "100000")

    assert "daily_loss_reached" in equity(stage, "99000", balance="99000")
