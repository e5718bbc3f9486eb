"""Two accounts in two markets: what one venue quotes says nothing of the other."""

from __future__ import annotations

from decimal import Decimal

from core import commands as c
from core.market import Market
from core.reports import Quote
from core.risk.case import fresh_quote
from core.view import Prices
from tests.unit.core.guarded import KEPT, plan
from tests.unit.core.setups import WIDE, replaced, setup_of
from tests.unit.core.stage import Stage

D = Decimal


def beside(stage: Stage, bid: str, code: str = "") -> None:
    """Give the account ``two`` a market of its own; all others stay where they were."""
    quotes = {
        "BTCUSDT": Quote(
            instrument="BTCUSDT", bid=D(bid), ask=D(bid) + 1, last=D(bid), at_ns=stage.now
        )
    }
    markets = {"BTCUSDT": Market(mid=D(bid), code=code, value="9 %", limit="5")}
    stage.own = {"two": Prices(quotes=quotes, markets=markets)}


def test_an_entry_is_valued_at_the_price_of_its_own_venue() -> None:
    """The same order is worth half as much where the price is half as high."""
    limits = {f"account:{name}": replaced(WIDE, value_max=D(40_000)) for name in ("one", "two")}
    stage = Stage(setup_of("one", "two", limits=limits))
    beside(stage, "25000")
    answer = stage.say(effect="open", quantity="1")

    assert [("one", "value_over_limit"), ("two", "")] == [
        (verdict.account, verdict.code) for verdict in answer.accounts
    ]
    assert D(25_000) < (stage.order(answer.orders[0]).worst_price or D(0)) < D(30_000)


def test_quotes_that_cannot_be_believed_stop_the_accounts_of_that_market_alone() -> None:
    """A jump at one venue refuses no entry at another."""
    stage = Stage(setup_of("one", "two"))
    beside(stage, "25000", "jump")
    answer = stage.say(effect="open")

    assert ["", "market_untrusted"] == [verdict.code for verdict in answer.accounts]


def test_a_kept_stop_looks_at_its_own_venue() -> None:
    """A stop is reached where the position is, and nowhere else."""
    stage = Stage(setup_of("one", "two"))
    for name in ("one", "two"):
        stage.do(c.DescribeVenue(account=name, abilities=KEPT))
    beside(stage, "50000")
    answer = stage.say(effect="open", protection=plan("49000"))
    for order in answer.orders:
        stage.fill(order, "1")
    before = len(stage.sent)
    beside(stage, "48000")
    stage.do(c.ObserveMarket(instrument="BTCUSDT"))
    legs = [stage.order(order) for order in stage.sent[before:]]

    assert ["two"] == [leg.account for leg in legs]


def test_an_account_without_quotes_of_its_own_market_borrows_none() -> None:
    """Before its venue has told a price there is none, whatever others tell."""
    stage = Stage(setup_of("one", "two"))
    stage.own = {"two": Prices()}
    accounts = stage.setup.accounts
    answer = stage.say(effect="open")

    assert ["", "reference_stale"] == [verdict.code for verdict in answer.accounts]
    assert fresh_quote(stage.view, accounts["two"], "BTCUSDT", stage.now) is None


def test_what_all_hold_together_is_worth_what_each_venue_says() -> None:
    """The global gross value adds each position at the price where it stands."""
    limits = {"global": replaced(WIDE, gross_max=D(130_000))}
    stage = Stage(setup_of("one", "two", limits=limits, route={"all_or_none": False}))
    beside(stage, "25000")
    for order in stage.say(effect="open").orders:
        stage.fill(order, "1")
    answer = stage.say(effect="open", id="next")

    assert ["", "gross_over_limit"] == [verdict.code for verdict in answer.accounts]


def test_a_price_in_doubt_is_confirmed_by_its_own_market_alone() -> None:
    """What another venue quoted before is no second word for a price that nobody believes."""
    stage = Stage(setup_of("one", "two"))
    for name in ("one", "two"):
        stage.do(c.DescribeVenue(account=name, abilities=KEPT))
    beside(stage, "50000")
    for order in stage.say(effect="open", protection=plan("49000")).orders:
        stage.fill(order, "1")
    before = len(stage.sent)
    low = replaced(stage.quotes["BTCUSDT"], bid=D(47_000), ask=D(47_001))
    stage.earlier = {"BTCUSDT": low}
    beside(stage, "48000", "jump")
    stage.do(c.ObserveMarket(instrument="BTCUSDT"))

    assert [] == stage.sent[before:]
