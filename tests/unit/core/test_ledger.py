"""Days, losses and marks of an account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import records as r
from core.reports import AccountMark, Quote
from core.setup import SECOND_NS, Limits
from tests.unit.core.setups import NOW, setup_of
from tests.unit.core.stage import Stage, codes, replay

D = Decimal
HOUR_NS = 3600 * SECOND_NS
MIDNIGHTS = (NOW - 14 * HOUR_NS, NOW + 10 * HOUR_NS, NOW + 34 * HOUR_NS)


def kinds(stage: Stage) -> list[str]:
    """Name the records of the last step."""
    return [type(record).__name__ for record in stage.last.records]


def with_calendar(stage: Stage) -> Stage:
    """Give the account its days."""
    stage.do(
        c.LoadCalendar(
            account="one", days_ns=MIDNIGHTS, valid_until_ns=MIDNIGHTS[-1], source_hash="h"
        )
    )
    stage.tick()
    return stage


@pytest.mark.parametrize(
    ("equity", "verdict"),
    [("99000.01", "admitted"), ("99000", "refused daily_loss_reached"),
     ("98999.99", "refused daily_loss_reached")],
)  # fmt: skip
def test_the_daily_loss_is_reached_at_its_limit(equity: str, verdict: str) -> None:
    """1000 of 100000: one cent less passes, the limit itself does not, and an exit always does."""
    stage = Stage()
    stage.position("1")
    stage.equity("one", equity, observe=False)

    assert verdict == codes(stage.send(effect="open"))
    assert "admitted" == codes(stage.send("exit"))


def test_one_bad_tick_refuses_and_does_not_latch() -> None:
    """The newest reading alone refuses the entry; the next good one lets it pass again."""
    stage = Stage()
    stage.equity("one", "100000", "100000", "50")
    assert "refused daily_loss_reached" == codes(stage.send(effect="open"))
    stage.equity("one", "100000")

    assert "admitted" == codes(stage.send(effect="open"))
    assert 0 == stage.state.accounts["one"].tripped_ns


def test_three_readings_latch_until_the_next_day() -> None:
    """Then no recovery of the equity, and no restart, lifts it: the account's next day does."""
    stage = with_calendar(Stage())
    stage.equity("one", "98000", "98000")
    assert [] == stage.alarms
    stage.equity("one", "98000")
    assert ["daily_loss_warning", "daily_loss_reached"] == stage.alarms
    stage.equity("one", "100000", "100000", "100000", "100000")
    assert "refused daily_loss_reached" == codes(stage.send(effect="open"))

    stage.state = replay(stage.records)
    stage.start()
    stage.recover("one")
    assert "refused daily_loss_reached" == codes(stage.send(effect="open"))
    stage.wait(10 * 3600 - 1)
    stage.tick()
    assert "refused daily_loss_reached" == codes(stage.send(effect="open"))
    stage.wait(1)
    stage.tick()

    assert ["DayStarted"] == kinds(stage)
    assert "admitted" == codes(stage.send(effect="open"))


def test_a_limit_that_is_reached_again_is_not_reached_twice() -> None:
    """One record and one alarm a day, exactly at the limit."""
    stage = Stage()
    stage.equity("one", "99000", "99000", "99000")
    assert ["daily_loss_warning", "daily_loss_reached"] == stage.alarms
    stage.equity("one", "99000", "98000", "98000", "98000")

    assert 1 == sum(isinstance(record, r.LossTripped) for record in stage.records)
    assert 1 == sum(isinstance(record, r.LossWarned) for record in stage.records)


def test_a_new_configuration_forgets_no_loss() -> None:
    """What was lost today stays lost, whatever the file says now."""
    stage = Stage()
    stage.equity("one", "98000", "98000", "98000")
    stage.setup = setup_of("one", strategies=("trend",))
    stage.start()
    stage.recover("one")

    assert "refused daily_loss_reached" == codes(stage.send(effect="open"))


def test_the_best_of_three_readings_counts() -> None:
    """As long as one of the last three is above the limit, nothing latches."""
    stage = Stage()
    stage.equity("one", "98000", "98000", "99001", "98000", "98000")
    assert 0 == stage.state.accounts["one"].tripped_ns
    stage.equity("one", "98000")

    assert stage.now == stage.state.accounts["one"].tripped_ns


def test_a_warning_comes_once_a_day() -> None:
    """At its limit, once; trading goes on."""
    stage = Stage()
    stage.equity("one", "99500", "99500", "99500")
    assert ["daily_loss_warning"] == stage.alarms
    stage.equity("one", "99400", "99400", "99400")

    assert [] == stage.alarms
    assert "admitted" == codes(stage.send(effect="open"))


def test_open_losses_count_without_a_trade() -> None:
    """The account's own equity is what is looked at: a falling market alone trips it."""
    stage = Stage()
    stage.position("1")
    stage.wait(1)
    stage.equity("one", "98999", "98999", "98999")

    assert "daily_loss_reached" in stage.alarms


def test_a_day_starts_from_the_middle_reading() -> None:
    """One bad tick at midnight is not what the day's losses are counted from."""
    for bad in ("1", "900000"):
        stage = with_calendar(Stage())
        stage.equity("one", "100000", "100500", bad, observe=False)
        stage.wait(10 * 3600)
        stage.tick()
        started = next(x for x in stage.last.records if isinstance(x, r.DayStarted))

        assert started.equity in (D(100000), D(100500))
        assert MIDNIGHTS[1] == started.day_ns


def test_a_day_needs_fresh_figures_to_start() -> None:
    """Without figures at midnight the day starts when they come; meanwhile nothing is entered."""
    stage = with_calendar(Stage())
    stage.wait(10 * 3600, fresh=False)
    stage.quote("BTCUSDT", "50000", "50001")
    assert [] == stage.tick().records
    assert "refused equity_stale" == codes(stage.send(effect="open"))
    stage.equity("one", "90000", "90000", "90000", observe=False)
    stage.tick()

    assert ["DayStarted"] == kinds(stage)
    assert "admitted" == codes(stage.send(effect="open"))


def test_days_that_were_slept_through_start_once() -> None:
    """After two days the newest boundary counts."""
    stage = with_calendar(Stage())
    stage.wait(34 * 3600 - 1)
    stage.tick()

    assert ["DayStarted"] == [kind for kind in kinds(stage) if kind == "DayStarted"]
    assert MIDNIGHTS[1] == stage.state.accounts["one"].day_ns


def test_a_calendar_that_ended_lets_nothing_in() -> None:
    """When the days ahead are not known, a daily loss cannot be counted: entries are refused."""
    stage = with_calendar(Stage())
    stage.wait(34 * 3600)
    stage.tick()
    answer = stage.say(effect="open")

    assert ("refused day_not_started", "its calendar has ended") == (codes(answer), answer.value)
    later = tuple(day + 48 * HOUR_NS for day in MIDNIGHTS)
    stage.do(
        c.LoadCalendar(account="one", days_ns=later, valid_until_ns=later[-1], source_hash="i")
    )
    assert "admitted" == codes(stage.send(effect="open"))


def test_without_a_calendar_the_first_day_begins_with_the_first_figure() -> None:
    """Until then there is nothing to count from, and no entry."""
    stage = Stage(recovered=False)
    stage.standings.clear()
    stage.recover("one")
    assert "refused equity_stale" == codes(stage.send(effect="open"))
    stage.equity("one", "100000", observe=False)
    assert "refused day_not_started" == codes(stage.send(effect="open"))
    stage.do(c.ObserveAccount(account="one"))

    assert "admitted" == codes(stage.send(effect="open"))


def test_an_exposed_account_is_marked_every_minute() -> None:
    """While something is at stake its figures are recorded, not more often than each minute."""
    stage = Stage()
    stage.wait(120)
    assert [] == stage.tick().records
    stage.position("1")
    stage.tick()
    marks = [len(kinds(stage))]
    for _ in range(12):
        stage.wait(10)
        stage.tick()
        marks.append(kinds(stage).count("Marked"))

    assert [1] + [0, 0, 0, 0, 0, 1] * 2 == marks


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "-Infinity"])
def test_no_figure_of_the_view_is_nan(number: str) -> None:
    """A venue's NaN is refused where it would come in, so that it cannot pass a limit."""
    good: dict[str, Any] = {"account": "one", "balance": D(1), "equity": D(1), "at_ns": 1}
    quote: dict[str, Any] = {
        "instrument": "x", "bid": D(1), "ask": D(1), "last": D(1), "at_ns": 1,
    }  # fmt: skip
    for kind, fields, names in (
        (AccountMark, good, ("balance", "equity")),
        (Quote, quote, ("bid", "ask", "last")),
    ):
        for name in names:
            bad: dict[str, Any] = {**fields, name: D(number)}
            with pytest.raises(ValueError, match="number_invalid"):
                kind(**bad)
    with pytest.raises(ValueError, match="number_invalid"):
        Limits(daily_loss_max=D(number))


def test_another_accounts_loss_is_its_own() -> None:
    """A tripped account refuses; the account beside it trades."""
    stage = Stage(setup_of("one", "two"))
    stage.equity("one", "98000", "98000", "98000")

    assert ["daily_loss_reached", ""] == [v.code for v in stage.say(effect="open").accounts]


def test_figures_of_an_account_that_is_gone_are_nobodys() -> None:
    """An account that left the configuration is not observed."""
    stage = Stage(setup_of("one", "two"))
    stage.setup = setup_of("one")
    stage.start()

    assert [] == stage.do(c.ObserveAccount(account="two")).records
    assert [] == stage.do(c.ObserveAccount(account="three")).records
