"""What is not set, not known or not fresh refuses an entry."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.signals import Effect as PositionEffect
from tests.unit.core.setups import limited, replaced
from tests.unit.core.stage import Stage, codes

D = Decimal


def opened(stage: Stage, quantity: str, **fields: Any) -> str:
    """Ask for an entry and return verdict and code."""
    return codes(stage.send(quantity=quantity, effect=PositionEffect.OPEN, **fields))


@pytest.mark.parametrize(
    "name",
    [
        "quantity_max", "value_max", "collar_percent", "position_max", "gross_max",
        "open_orders_max", "daily_loss_max", "messages_per_minute", "messages_burst",
    ],
)  # fmt: skip
def test_without_a_limit_there_is_no_entry(name: str) -> None:
    """Whatever limit nobody set refuses, and names itself; an exit passes."""
    stage = Stage()
    stage.position("2")
    stage.load(limited(**{name: None}))
    stage.recover("one")
    answer = stage.say(effect="open")

    assert "refused limit_missing" == codes(answer)
    assert name.partition("_burst")[0] in answer.value.replace("messages_per_minute", name)
    assert "not set" == answer.limit
    assert "admitted" == codes(stage.send("exit"))


@pytest.mark.parametrize("name", ["signals_per_minute", "signals_burst"])
def test_without_a_signal_rate_there_is_no_entry(name: str) -> None:
    """A strategy without its own rate may not enter."""
    stage = Stage(limited("strategy:trend", **{name: None}))

    assert "refused limit_missing" == opened(stage, "1")


@pytest.mark.parametrize(
    ("bid", "ask", "wait"), [("50000", "50001", 3), ("0", "1", 0), ("2", "1", 0), ("-1", "1", 0)]
)
def test_a_price_that_is_stale_zero_or_crossed_is_none(bid: str, ask: str, wait: int) -> None:
    """An entry without a price to trust is refused, and says what is wrong with it."""
    stage = Stage()
    stage.quote("BTCUSDT", bid, ask)
    stage.wait(wait, fresh=False)
    for name in stage.setup.accounts:
        stage.equity(name, "100000", observe=False)

    assert "refused reference_stale" == opened(stage, "1")
    stage.quotes.pop("BTCUSDT")
    assert "refused reference_stale" == opened(stage, "1")


def test_a_refusal_says_what_is_wrong_with_the_price() -> None:
    """No quote, too old, or a quote that cannot be: each in its own words."""
    stage = Stage()
    stage.wait(3, fresh=False)
    stage.equity("one", "100000", observe=False)
    old = stage.say(effect="open")
    stage.quote("BTCUSDT", "2", "1")
    crossed = stage.say(effect="open")
    stage.quotes.clear()
    none = stage.say(effect="open")

    assert [("3000 ms old", "2000 ms"), ("a quote that is zero or crossed", "2000 ms"),
            ("no quote", "2000 ms")] == [
        (answer.value, answer.limit) for answer in (old, crossed, none)
    ]  # fmt: skip


def test_a_quote_is_fresh_up_to_its_age() -> None:
    """Two seconds old is fresh, a nanosecond more is not."""
    stage = Stage()
    stage.wait(2, fresh=False)
    assert "admitted" == opened(stage, "1")
    stage.now += 1

    assert "refused reference_stale" == opened(stage, "1")


def test_equity_that_is_stale_or_never_came_refuses() -> None:
    """Without the account's own figures nothing is entered."""
    stage = Stage()
    stage.wait(11, fresh=False)
    stage.quote("BTCUSDT", "50000", "50001")
    assert "refused equity_stale" == opened(stage, "1")
    stage.standings.clear()

    assert "refused equity_stale" == opened(stage, "1")


def test_a_position_without_any_price_cannot_be_added_up() -> None:
    """Gross exposure with an unknown part is not known, so it is refused; an old price counts."""
    stage = Stage()
    stage.position("1", symbol="ETHUSDT")
    stage.wait(3600, fresh=False)
    stage.quote("BTCUSDT", "50000", "50001")
    stage.equity("one", "100000")
    assert "admitted" == opened(stage, "1")
    stage.quotes.pop("ETHUSDT")
    answer = stage.say(effect="open")

    assert ("refused reference_stale", "no price of ETHUSDT") == (codes(answer), answer.value)


def test_accounts_of_other_money_are_not_added_up() -> None:
    """A shared limit over two currencies would be a number of nothing."""
    setup = limited("global", "one", "two", gross_max="1e9")
    dollars = replaced(setup.accounts["two"], currency="USD")
    setup = replaced(setup, accounts=setup.accounts | {"two": dollars})
    stage = Stage(setup)
    answers = stage.say(effect="open", symbol="ETHUSDT").accounts

    assert ["", "currency_mixed"] == [answer.code for answer in answers]
