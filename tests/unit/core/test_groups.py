"""Groups: no opposite positions across accounts, and limits over copies and equivalents."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core.copy_setup import Copy
from core.setup import Group as Rule
from tests.unit.core.books import Books
from tests.unit.core.copying import MICROS, Group, copied_setup, copy
from tests.unit.core.setups import WIDE, replaced, setup_of
from tests.unit.core.stage import Stage, codes, replay

D = Decimal


def forbidding(copies: dict[str, Copy] | None = None, **setup: Any) -> Stage:
    """Two accounts, each on a route of its own, in a group that forbids opposite positions."""
    if copies is None:
        made = setup_of("one", "two", account={"groups": ("firm",)}, **setup)
    else:
        made = copied_setup(copies, account={"groups": ("firm",)}, **setup)
    door = made.routes["door"]
    routes = {"door": door}
    routes |= {
        name: replaced(door, name=name, accounts=(name,), copies={}, leader="")
        for name in door.accounts
    }
    groups = {"firm": Rule(name="firm", no_opposite=True)}
    stage = Stage(replaced(made, routes=routes, groups=groups))
    for name in ("NQ", "MNQ"):
        if name in made.instruments:
            stage.quote(name, "20000", "20000.25")
    return stage


def ask(stage: Stage, account: str, action: str, **fields: Any) -> str:
    """Send a signal to one account alone."""
    known: dict[str, Any] = {"effect": "open"} | fields
    return codes(stage.hear(replaced(stage.signal(action, **known), route=account)))


def test_nobody_enters_against_a_position_of_the_group() -> None:
    """One is long, so the other may go long and not short; the refusal says who and where."""
    stage = forbidding()
    stage.hear(replaced(stage.signal("buy", effect="open"), route="one"))
    stage.fill(next(iter(stage.state.alive)), "1")

    assert "refused opposite_in_group" == ask(stage, "two", "sell")
    refused = list(stage.state.signals.values())[-1].verdicts[0]
    assert ("1 BTCUSDT in one", "firm") == (refused.value, refused.limit)
    assert "admitted" == ask(stage, "two", "buy")
    assert "admitted" == ask(stage, "two", "sell", symbol="ETHUSDT")


def test_an_account_is_not_its_own_opposite() -> None:
    """It may turn round: what it holds itself is closed first."""
    stage = forbidding()
    ask(stage, "one", "buy")
    stage.fill(next(iter(stage.state.alive)), "1")

    assert "admitted flat_first" == ask(stage, "one", "sell")


def test_two_accounts_in_one_batch_do_not_pass_each_other() -> None:
    """The first entry is reserved before the second is judged."""
    stage = forbidding()
    both = [
        replaced(stage.signal(side, effect="open"), route=account)
        for side, account in (("buy", "one"), ("sell", "two"))
    ]
    answers = stage.do(*both).answers

    assert ["admitted", "refused opposite_in_group"] == [codes(answer) for answer in answers]
    refused = list(stage.state.signals.values())[-1].verdicts[0]
    assert "buy of 1 BTCUSDT in one" == refused.value


def test_a_rule_survives_a_restart() -> None:
    """Folded anew, it still knows both positions and entries on their way."""
    stage = forbidding()
    assert "admitted" == ask(stage, "one", "buy")
    stage.state = replay(stage.records)

    assert "refused opposite_in_group" == ask(stage, "two", "sell")


def test_exits_are_no_opposite_positions() -> None:
    """Closing a long is no short: neither refused, nor in the way of another account's long."""
    stage = forbidding()
    for account in ("one", "two"):
        ask(stage, account, "buy")
        stage.fill(next(iter(stage.state.alive)), "1")

    assert "admitted" == ask(stage, "one", "exit", effect="auto")
    assert "admitted" == ask(stage, "two", "buy")


def test_dust_is_no_position() -> None:
    """What is too little to be sold stands in nobody's way; the smallest order does."""
    stage = forbidding()
    books = Books(stage)
    books.show()
    for there, verdict in (("0.0009", "admitted"), ("0.001", "refused opposite_in_group")):
        books.net["BTCUSDT"] = D(there)
        books.show_twice()
        assert D(there) == stage.exposure().net
        assert verdict == ask(stage, "two", "sell")


def test_an_equivalent_is_the_same_market() -> None:
    """Long one contract at one account, short micros at another or at the same: refused."""
    stage = forbidding({"micro": copy(equivalents=MICROS)})
    assert "admitted" == ask(stage, "lead", "buy", symbol="NQ")

    assert "refused opposite_in_group" == ask(stage, "micro", "sell", symbol="MNQ")
    assert "refused opposite_in_group" == ask(stage, "lead", "sell", symbol="MNQ")
    assert "admitted" == ask(stage, "micro", "buy", symbol="MNQ")


def test_a_held_entry_is_not_released_against_the_group() -> None:
    """What waited for its link ends when somebody else took the other side meanwhile."""
    stage = forbidding()
    stage.do(c.NoteLink(account="two", up=False, reason="cut"))
    waiting = stage.hear(replaced(stage.signal("sell", effect="open"), route="two"))
    assert "held link_down" == codes(waiting)
    assert "refused opposite_in_group" == ask(stage, "one", "buy")
    stage.do(c.CancelOrder(order=waiting.orders[0], by="anna", reason="test"))
    again = stage.hear(replaced(stage.signal("sell", effect="open"), route="two"))
    stage.setup = replaced(stage.setup, groups={})
    stage.load(stage.setup)
    stage.recover("one")
    assert "admitted" == ask(stage, "one", "buy")
    rule = {"firm": Rule(name="firm", no_opposite=True)}
    stage.load(replaced(stage.setup, groups=rule))
    stage.recover("two")

    order = stage.order(again.orders[0])
    assert ("cancelled", "opposite_in_group") == (order.state, order.reason)


def test_a_group_without_the_rule_forbids_nothing() -> None:
    """Opposite positions across accounts are allowed unless somebody forbids them."""
    stage = forbidding()
    stage.load(replaced(stage.setup, groups={}))
    for account in ("one", "two"):
        stage.recover(account)
    ask(stage, "one", "buy")

    assert "admitted" == ask(stage, "two", "sell")


@pytest.mark.parametrize(("ratio", "verdict"), [("1", "admitted"), ("1.1", "gross_over_limit")])
def test_the_worth_of_a_group_counts_equivalents(ratio: str, verdict: str) -> None:
    """Two contracts and twenty micros are worth 1,600,020; one micro pair more is too much."""
    most = replaced(type(WIDE)(), gross_max=D("1600050"))
    group = Group(
        {"micro": copy(ratio, equivalents=MICROS)},
        limits={"group:all": most},
        account={"groups": ("all",)},
    )
    verdicts = group.trade("buy", "2", effect="open")

    assert ["admitted", verdict if verdict == "admitted" else f"refused {verdict}"] == verdicts


def test_copies_share_the_position_limit_of_their_group() -> None:
    """Five and two are seven: the follower that would be the eighth contract is refused."""
    most = replaced(type(WIDE)(), position_max=D(7))
    group = Group(
        {"half": copy("0.5"), "fifth": copy("0.2")},
        limits={"group:all": most},
        account={"groups": ("all",)},
    )

    assert ["admitted", "admitted", "refused position_over_limit"] == group.trade(
        "buy", "5", effect="open"
    )
    assert ["5", "2", "0"] == group.held("lead", "half", "fifth")
