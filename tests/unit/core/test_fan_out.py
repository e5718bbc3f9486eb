"""One signal for several accounts: each judged by itself, or all or none."""

from __future__ import annotations

from decimal import Decimal

from core import commands as c
from tests.unit.core.setups import SIGNALS, WIDE, replaced, setup_of
from tests.unit.core.stage import Stage, codes

D = Decimal


def test_each_account_has_its_own_verdict_in_the_configured_order() -> None:
    """One refuses for its own limit, the others go on."""
    names = ("two", "one", "three")
    tight = replaced(WIDE, quantity_max=D("0.5"))
    stage = Stage(setup_of(*names, limits={"account:one": tight}))
    answer = stage.say(effect="open")

    assert [("two", "admitted"), ("one", "refused"), ("three", "admitted")] == [
        (verdict.account, verdict.verdict) for verdict in answer.accounts
    ]
    assert ("admitted", "") == (answer.verdict, answer.code)
    assert 2 == len(set(answer.orders))


def test_an_account_that_is_listed_twice_is_served_once() -> None:
    """One verdict and one order an account."""
    setup = setup_of()
    twice = replaced(setup.routes["door"], accounts=("one", "one"))
    stage = Stage(replaced(setup, routes={"door": twice}))
    answer = stage.say(effect="open")

    assert 1 == len(answer.accounts) == len(stage.sent)


def test_an_exit_is_each_accounts_own_position() -> None:
    """Every account closes what it holds; one that holds nothing says so."""
    stage = Stage(setup_of("one", "two"))
    first = stage.say(effect="open", quantity="2")
    stage.fill(first.orders[0], "1.5")
    stage.report(first.orders[0], "cancelled")
    stage.report(first.orders[1], "cancelled")
    answer = stage.say("exit")

    assert ["admitted", "no_action"] == [verdict.verdict for verdict in answer.accounts]
    assert D("1.5") == stage.order(answer.orders[0]).quantity


def test_all_or_none_reserves_nothing_when_one_refuses() -> None:
    """One refusal refuses all: no order, no reservation, and each account says why."""
    names = ("one", "two", "three")
    tight = replaced(WIDE, quantity_max=D("0.5"))
    stage = Stage(setup_of(*names, limits={"account:two": tight}, route={"all_or_none": True}))
    answer = stage.say(effect="open")

    assert ["all_or_none", "quantity_over_limit", "all_or_none"] == [
        verdict.code for verdict in answer.accounts
    ]
    assert "two" == answer.accounts[0].value
    assert ({}, {}, []) == (stage.state.exposures, stage.state.orders, stage.sent)
    assert "admitted" == codes(stage.send(effect="open", quantity="0.5"))
    assert 3 == len(stage.sent)


def test_all_or_none_holds_for_a_limit_that_the_accounts_share() -> None:
    """Refused because of what the first reserved: it stays refused when that is taken back."""
    names = ("one", "two")
    shared = replaced(SIGNALS, signals_per_minute=None, signals_burst=None, open_orders_max=1)
    stage = Stage(setup_of(*names, limits={"global": shared}, route={"all_or_none": True}))
    answer = stage.say(effect="open")

    assert ["all_or_none", "open_orders_over_limit"] == [v.code for v in answer.accounts]
    assert [] == stage.sent


def test_all_or_none_never_stops_an_exit() -> None:
    """An exit is no part of the bargain: one account has nothing to close, the other closes."""
    stage = Stage(setup_of("one", "two", route={"all_or_none": True}))
    first = stage.say(effect="open")
    stage.fill(first.orders[0], "1")
    stage.report(first.orders[1], "cancelled")
    assert ["admitted", "no_action"] == [v.verdict for v in stage.say("exit").accounts]
    stage.report(stage.last.effects[0].order, "cancelled")
    stage.do(c.Halt(scope="account:two", by="anna", reason="test"))
    answer = stage.say("sell")

    assert [("admitted", ""), ("refused", "halted")] == [
        (v.verdict, v.code) for v in answer.accounts
    ]
