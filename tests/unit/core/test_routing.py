"""What a signal means: every cell of effect, hints and holding; exits; several accounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import pytest

from core import commands as c
from core.money import ZERO
from core.orders import Purpose, Side
from core.route_policies import OnGap
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, codes

D = Decimal

MEANINGS: Final = """
effect prev   after  holding  buy            sell
open   -      -      flat     entry          entry
open   -      -      long     entry          reversal
open   -      -      short    reversal       entry
close  -      -      flat     nothing        nothing
close  -      -      long     nothing        exit
close  -      -      short    exit           nothing
auto   -      -      flat     entry          entry
auto   -      -      long     entry          exit
auto   -      -      short    exit           entry
auto   flat   long   flat     entry          entry
auto   flat   long   long     entry          reversal
auto   flat   short  short    reversal       entry
auto   flat   -      flat     entry          entry
auto   long   flat   flat     nothing        nothing
auto   long   flat   long     nothing        exit
auto   short  flat   short    exit           nothing
auto   -      flat   long     nothing        exit
auto   -      flat   short    exit           nothing
auto   long   long   flat     entry          nothing
auto   long   long   long     entry          exit
auto   short  short  flat     nothing        entry
auto   short  short  short    exit           entry
auto   long   short  long     contradiction  unclear
auto   short  long   short    unclear        contradiction
auto   long   long   short    reversal       nothing
auto   long   -      flat     entry          entry
auto   long   -      long     entry          exit
auto   -      long   long     entry          exit
auto   -      short  flat     nothing        entry
auto   -      short  long     nothing        exit
auto   -      long   flat     entry          nothing
"""
"""What a buy and a sell mean, by effect, the sender's position before and after, and ours."""

WORDS: Final = {
    "nothing": "no_action nothing_to_close",
    "contradiction": "refused hints_contradict",
}


def _cells() -> list[tuple[str, str, str, str, str, str]]:
    lines = [line.split() for line in MEANINGS.strip().splitlines()[1:]]
    return [
        (effect, prev, after, holding, side, meaning)
        for effect, prev, after, holding, *meanings in lines
        for side, meaning in zip(("buy", "sell"), meanings, strict=True)
    ]


@pytest.mark.parametrize(("effect", "prev", "after", "holding", "side", "meaning"), _cells())
def test_every_meaning(
    effect: str, prev: str, after: str, holding: str, side: str, meaning: str
) -> None:
    """Hints come first, then what we hold; a position is turned by two orders, never by one."""
    stage = Stage(setup_of(route={"on_gap": OnGap.FOLLOW}))
    if holding != "flat":
        stage.position("2", "buy" if holding == "long" else "sell")
    hints = {"prev_position": prev, "position": after}
    answer = stage.say(
        side, effect=effect, quantity="1", **{k: v for k, v in hints.items() if v != "-"}
    )

    if meaning in WORDS:
        assert WORDS[meaning] == codes(answer)
        assert [] == stage.sent
        return
    order = stage.order(answer.orders[0])
    if meaning in ("reversal", "unclear"):
        entries = [stage.order(name) for name in answer.orders[1:]]
        assert (Purpose.EXIT, Side(side), D(2)) == (order.purpose, order.side, order.quantity)
        assert [order.order] == stage.sent
        kind = ("held", "flat_first", D(1))
        assert ([kind] if meaning == "reversal" else []) == [
            (entry.state, entry.held_for, entry.quantity) for entry in entries
        ]
        code = "flat_first" if meaning == "reversal" else "reversal_size_unclear"
        assert f"admitted {code}" == codes(answer)
        return
    assert (meaning, Side(side)) == (order.purpose, order.side)
    whole = after == "flat" and meaning == "exit"
    assert (D(2) if whole else D(1)) == order.quantity


@pytest.mark.parametrize(("side", "closing"), [("buy", "sell"), ("sell", "buy")])
def test_an_exit_closes_what_is_held(side: str, closing: str) -> None:
    """An exit without a number closes all of it, whichever side it is on."""
    stage = Stage()
    assert "no_action nothing_to_close" == codes(stage.send("exit"))
    stage.position("2", side)
    order = stage.order(stage.say("exit").orders[0])

    assert (Purpose.EXIT, Side(closing), D(2)) == (order.purpose, order.side, order.quantity)


def test_a_late_exit_finds_nothing() -> None:
    """The same exit after the first has filled: no action, nothing opened, nothing refused."""
    stage = Stage()
    stage.position("2")
    stage.fill(stage.say("exit").orders[0], "2")

    assert "no_action nothing_to_close" == codes(stage.send("exit"))
    assert "no_action nothing_to_close" == codes(stage.send("sell", effect="close"))
    assert ZERO == stage.share()


def test_exits_on_the_way_are_not_closed_twice() -> None:
    """An exit is cut to what no other exit is closing; when all is on its way, nothing is left."""
    stage = Stage()
    stage.position("3")
    first = stage.order(stage.say("exit", quantity="1").orders[0])
    second = stage.order(stage.say("exit", quantity="5").orders[0])

    assert (D(1), D(2)) == (first.quantity, second.quantity)
    assert "no_action nothing_to_close" == codes(stage.send("exit"))
    stage.report(second, "cancelled")
    assert D(2) == stage.order(stage.say("exit").orders[0]).quantity


def test_more_than_there_is_to_close_is_a_reversal_unless_somebody_said_close() -> None:
    """A bare sell of 5 over a long of 2 closes 2 and opens 3. Said as a close, it closes 2."""
    stage = Stage()
    stage.position("2")
    orders = [stage.order(name) for name in stage.say("sell", quantity="5").orders]
    assert [("exit", D(2)), ("entry", D(3))] == [(one.purpose, one.quantity) for one in orders]
    stage.report(orders[0], "rejected")
    stage.do(c.CancelOrder(order=orders[1].order, by="anna", reason="test"))

    order = stage.say("sell", quantity="5", position="long").orders[0]
    assert D(2) == stage.order(order).quantity
    stage.report(order, "cancelled")
    order = stage.say("sell", quantity="5", effect="close").orders[0]
    assert D(2) == stage.order(order).quantity


def test_an_exit_is_counted_in_units() -> None:
    """A share of the equity cannot be compared with a position: the fix says so."""
    stage = Stage()
    stage.position("2")
    for unit in ("quote", "equity_percent"):
        answer = stage.say("exit", quantity="5", quantity_unit=unit)

        assert ("refused exit_unit", unit) == (codes(answer), answer.value)


def test_what_is_smaller_than_the_smallest_order_cannot_be_closed() -> None:
    """Dust is no action, with the smallest order in the answer."""
    stage = Stage()
    order = stage.entry("0.02", symbol="ETHUSDT")
    stage.fill(order, "0.01")
    stage.report(order, "cancelled")
    answer = stage.say("exit", symbol="ETHUSDT")

    assert ("no_action quantity_below_step", "0.01", "0.02") == (
        codes(answer), answer.value, answer.limit,
    )  # fmt: skip


def test_an_entry_that_still_works_makes_the_other_side_unclear() -> None:
    """A sell over a working buy may mean either: refused until somebody says which."""
    stage = Stage()
    order = stage.entry("2")
    answer = stage.say("sell", quantity="1")

    assert ("refused entry_still_working", "2", "buy") == (
        codes(answer), answer.value, answer.limit,
    )  # fmt: skip
    assert "admitted" == codes(stage.send("sell", quantity="1", effect="open"))
    stage.fill(order, "1")
    assert "admitted" == codes(stage.send("sell", quantity="1"))


def test_one_account_holds_one_direction() -> None:
    """A strategy is refused while another holds, or enters, the other side; unless allowed."""
    stage = Stage()
    order = stage.entry("2")
    answer = stage.say("sell", effect="open", strategy="fade")
    assert ("refused strategies_opposed", "trend") == (codes(answer), answer.value)
    stage.fill(order, "2")
    assert "refused strategies_opposed" == codes(stage.send("sell", effect="open", strategy="fade"))
    assert "admitted" == codes(stage.send("buy", effect="open", strategy="fade"))
    assert "admitted" == codes(stage.send("sell", effect="open", strategy="fade", symbol="ETHUSDT"))

    free = Stage(setup_of(account={"allow_opposed": True}))
    free.position("2")
    assert "admitted" == codes(free.send("sell", effect="open", strategy="fade"))


def test_a_cancel_ends_the_own_working_entries() -> None:
    """By symbol or everywhere; entries of this strategy alone, never exits."""
    stage = Stage()
    stage.position("1")
    exit_order = stage.say("exit").orders[0]
    btc, eth = stage.entry("1"), stage.entry("1", symbol="ETHUSDT")
    foreign = stage.entry("1", strategy="fade")

    assert (btc.order,) == stage.say("cancel").orders
    assert [btc.order] == stage.asked_to_end
    assert {btc.order, eth.order} == set(stage.say("cancel", symbol="").orders)
    stage.report(btc, "cancelled")
    stage.report(eth, "cancelled")
    assert "no_action nothing_to_cancel" == codes(stage.send("cancel", symbol=""))
    assert not stage.order(exit_order).pending_cancel
    assert not stage.order(foreign).pending_cancel


def test_a_route_speaks_for_its_own_strategies() -> None:
    """Whoever has a route's address can neither trade nor cancel for another strategy."""
    stage = Stage(setup_of(strategies=("trend",)))
    stage.position("1")
    stage.entry("1")
    for action in ("buy", "sell", "exit", "cancel"):
        answer = stage.say(action, strategy="fade")

        assert ("refused strategy_not_on_route", "fade", "door") == (
            codes(answer), answer.value, answer.limit,
        )  # fmt: skip
