"""Reversal in one order through flat: where it is safe, what it counts as, how it can end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core.levels import Level, Protection
from core.money import ZERO
from core.orders import Order
from core.route_policies import Reversal
from tests.unit.core.setups import WIDE, replaced, setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def stage_of(**fields: Any) -> Stage:
    """Begin with a route that turns in one order."""
    route = {"reversal": Reversal.ONE_ORDER} | fields.pop("route", {})
    return Stage(setup_of(route=route, **fields))


def turn(stage: Stage, **fields: Any) -> list[Order]:
    """Sell 3 to open."""
    answer = stage.say("sell", **({"effect": "open", "quantity": "3"} | fields))
    return [stage.order(name) for name in answer.orders]


def test_one_order_closes_and_opens() -> None:
    """Two are held, three are wanted on the other side: one sell of five, counted as both."""
    stage = stage_of()
    stage.position("2")
    (order,) = turn(stage)

    assert ("entry", "sell", D(5), D(2)) == (order.purpose, order.side, order.quantity, order.turns)
    assert [order.order] == stage.sent
    assert "no_action nothing_to_close" == codes(stage.send("exit"))
    stage.fill(order, "1")
    assert D(4) == stage.exposure().sell
    assert "no_action nothing_to_close" == codes(stage.send("exit"))
    stage.fill(order, "4")
    assert D(-3) == stage.share()
    assert picture(stage.state) == picture(replay(stage.records))


def test_it_is_judged_for_what_it_opens() -> None:
    """A limit of three on order and position: five go, of which three open."""
    tight = replaced(WIDE, quantity_max=D(3), position_max=D(3))
    stage = stage_of(limits={"account:one": tight})
    stage.position("2")
    assert [D(5)] == [one.quantity for one in turn(stage)]

    tighter = stage_of(limits={"account:one": replaced(tight, position_max=D("2.999"))})
    tighter.position("2")
    orders = turn(tighter)
    assert [("exit", D(2))] == [(one.purpose, one.quantity) for one in orders]


def works(stage: Stage) -> None:
    """Let an exit of the strategy work."""
    stage.say("exit", quantity="1")


def stranger(stage: Stage) -> None:
    """Let another strategy hold the same side."""
    stage.position("1", strategy="fade")


def away(stage: Stage) -> None:
    """Lose the link."""
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))


@pytest.mark.parametrize("obstacle", [works, stranger, away])
def test_where_it_is_not_safe_two_orders_go(obstacle: Any) -> None:
    """Something works, somebody else holds, or it cannot go at once: close first."""
    stage = stage_of(account={"allow_opposed": True})
    stage.position("2")
    obstacle(stage)
    orders = turn(stage)

    assert ["exit", "entry"] == [one.purpose for one in orders]
    assert [ZERO, ZERO] == [one.turns for one in orders]


@pytest.mark.parametrize(
    ("account", "fields"),
    [
        ({"hedging": True}, {}),
        ({}, {"order_type": "limit", "price": "50000"}),
        ({}, {"protection": Protection(stop=Level(value=D(50500)))}),
    ],
)
def test_what_needs_its_own_entry_has_one(account: dict[str, Any], fields: dict[str, Any]) -> None:
    """Accounts with tickets, priced orders, entries with a stop."""
    stage = stage_of(account=account)
    stage.position("2")
    orders = turn(stage, **fields)

    assert all(one.turns == ZERO for one in orders)
    assert "exit" == orders[0].purpose


@pytest.mark.parametrize("end", ["rejected", "cancelled", "expired"])
def test_a_turn_that_ends_half_way_calls_a_person(end: str) -> None:
    """What is filled counts; the rest is not sent again by itself."""
    stage = stage_of()
    stage.position("2")
    (order,) = turn(stage)
    if end != "rejected":
        stage.report(order, "accepted")
        stage.fill(order, "1")
    stage.report(order, end, reason="margin")

    assert "reversal_not_completed" in stage.alarms
    assert (D(2) if end == "rejected" else D(1)) == stage.share()
    assert ZERO == stage.exposure().sell
    assert "admitted" == codes(stage.send("exit"))


def test_a_halt_stops_the_whole_order() -> None:
    """It would open: so it is asked to end, and an exit passes."""
    stage = stage_of()
    stage.position("2")
    (order,) = turn(stage)
    stage.do(c.Halt(scope="global", by="anna", reason="news"))

    assert stage.order(order).pending_cancel
    stage.report(order, "cancelled")
    assert "admitted" == codes(stage.send("exit"))
