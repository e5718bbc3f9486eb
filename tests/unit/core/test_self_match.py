"""Control 15: no own order trades with another one of the same account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core import snapshot
from core.orders import Order, OrderState
from core.setup import Setup
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, codes, picture, replay

D = Decimal


def both_ways(*accounts: str) -> Setup:
    """Make a setup in which strategies may stand on both sides."""
    return setup_of(*accounts, account={"allow_opposed": True})


def resting(stage: Stage, side: str = "buy", price: str = "49990", **fields: Any) -> Order:
    """Let an entry of ``fade`` rest in the book."""
    order = stage.entry("1", side, strategy="fade", order_type="limit", price=price, **fields)
    stage.report(order, "accepted")
    return stage.order(order.order)


def ask(stage: Stage, side: str = "sell", kind: str = "limit", price: str = "") -> str:
    """Ask for an entry of ``trend``, and return the verdict."""
    fields: dict[str, Any] = {"effect": "open", "order_type": kind}
    if kind in ("limit", "stop_limit"):
        fields["price"] = price
    if kind in ("stop", "stop_limit"):
        fields["trigger"] = price
    return codes(stage.send(side, **fields))


@pytest.mark.parametrize(
    ("side", "rests", "price", "refused"),
    [
        ("sell", "49990", "49989.99", True),
        ("sell", "49990", "49990", True),
        ("sell", "49990", "49990.01", False),
        ("buy", "50010", "50010.01", True),
        ("buy", "50010", "50010", True),
        ("buy", "50010", "50009.99", False),
    ],
)
def test_a_limit_meets_what_rests_at_its_price(
    side: str, rests: str, price: str, refused: bool
) -> None:
    """At the price or beyond it is refused, a tick short of it it passes; the newer one stays."""
    stage = Stage(both_ways())
    first = resting(stage, "buy" if side == "sell" else "sell", rests)
    verdict = ask(stage, side, "limit", price)

    assert ("refused self_match" if refused else "admitted") == verdict
    assert not stage.order(first.order).pending_cancel


def test_the_answer_names_price_and_strategy() -> None:
    """Who is in the way, and where."""
    stage = Stage(both_ways())
    resting(stage)
    answer = stage.say("sell", effect="open", order_type="limit", price="49980")

    assert ("self_match", "49990 of fade", "49980", "account:one") == (
        answer.code, answer.value, answer.limit, answer.where,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("price", "refused"), [("50000", True), ("50000.01", True), ("49999.99", False)]
)
def test_a_market_order_meets_what_rests_at_the_best_price(price: str, refused: bool) -> None:
    """The bid is 50000: an own buy at it, or above, would be the other side of a market sell."""
    stage = Stage(both_ways())
    resting(stage, "buy", price)

    assert ("refused self_match" if refused else "admitted") == ask(stage, "sell", "market")


@pytest.mark.parametrize(
    ("kind", "price", "refused"),
    [
        ("stop", "49000", False),
        ("stop", "50000", True),
        ("stop_limit", "49000", True),
        ("stop_limit", "50000.5", False),
    ],
)
def test_a_stop_meets_nothing_before_its_price(kind: str, price: str, refused: bool) -> None:
    """A sell stop below the market waits; one that is reached already is a market order. A
    stop-limit order is held against its limit."""
    stage = Stage(both_ways())
    resting(stage, "buy", "50000")

    assert ("refused self_match" if refused else "admitted") == ask(stage, "sell", kind, price)


def test_without_a_quote_a_market_order_is_refused() -> None:
    """What is not known refuses, where an own order rests on the other side."""
    stage = Stage(both_ways())
    resting(stage)
    stage.wait(10, fresh=False)
    stage.equity("one", "100000")
    answer = stage.say("sell", effect="open", order_type="market")
    checks = stage.last.records[-1]

    assert "refused" == answer.verdict
    assert b'"self_match","reference_stale"' in bytes(getattr(checks, "checks", b""))


@pytest.mark.parametrize("event", ["cancelled", "rejected", "expired"])
def test_what_is_over_is_in_nobodys_way(event: str) -> None:
    """Neither is what is held, nor a stop, nor an order of another account or instrument."""
    stage = Stage(both_ways())
    first = stage.entry("1", strategy="fade", order_type="limit", price="49990")
    stage.report(first, event)
    stage.entry("1", strategy="fade", order_type="limit", price="2000", symbol="ETHUSDT")
    stage.entry("1", strategy="fade", order_type="stop", trigger="50500")

    assert "admitted" == ask(stage, "sell", "limit", "49980")


def test_an_unknown_order_is_in_the_way() -> None:
    """Until its venue says otherwise it may rest there."""
    stage = Stage(both_ways())
    first = stage.entry("1", strategy="fade", order_type="limit", price="49990")
    stage.do(c.NoteTrouble(order=first.order, proven=False, code="timeout", text=""))
    answer = stage.say("sell", effect="open", order_type="limit", price="49980")

    checks = bytes(getattr(stage.last.records[-1], "checks", b""))
    assert "refused" == answer.verdict and b'"self_match","self_match"' in checks


def test_two_in_one_batch() -> None:
    """Of two orders that came together the second one sees the first."""
    stage = Stage(both_ways())
    first = stage.signal("buy", effect="open", order_type="limit", price="49990")
    fields = {"order_type": "limit", "price": "49990", "strategy": "fade"}
    second = stage.signal("sell", effect="open", **fields)
    answers = stage.do(first, second).answers

    assert ["admitted", "refused self_match"] == [codes(answer) for answer in answers]


@pytest.mark.parametrize("load", [False, True])
def test_it_survives_a_restart(load: bool) -> None:
    """From the journal or a snapshot, the same orders stand in the way."""
    stage = Stage(both_ways())
    resting(stage)
    if load:
        stage.state = snapshot.load(picture(stage.state))
    else:
        stage.state = replay(stage.records)
    stage.start()
    stage.recover("one")

    assert "refused self_match" == ask(stage, "sell", "limit", "49980")


def test_a_held_entry_is_judged_at_its_release() -> None:
    """It is in nobody's way while it waits, and what came meanwhile stands in its own."""
    stage = Stage(both_ways())
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    fields: dict[str, Any] = {"effect": "open", "order_type": "limit"}
    waits = [
        stage.order(stage.say("buy", price="49990", **fields).orders[0]),
        stage.order(stage.say("sell", price="49980", strategy="fade", **fields).orders[0]),
    ]
    assert [OrderState.HELD] * 2 == [order.state for order in waits]
    stage.recover("one")

    assert ["intended", "cancelled"] == [str(stage.order(one.order).state) for one in waits]
    assert "self_match" == stage.order(waits[1].order).reason


def test_a_replace_into_a_cross_is_refused() -> None:
    """New terms are an order of their own; until they are answered both prices count."""
    stage = Stage(both_ways())
    first = resting(stage, "buy", "49990")
    second = stage.entry("1", "sell", order_type="limit", price="50020")
    stage.report(second, "accepted")

    def moved(order: Order, price: str) -> str:
        asked = c.ReplaceOrder(order=order.order, by="anna", reason="test", price=D(price))
        return getattr(stage.do(asked).answers[0], "code", "")

    assert "self_match" == moved(second, "49990")
    assert "" == moved(second, "49995")
    assert "self_match" == moved(first, "49995")


# --- exits and legs -------------------------------------------------------------------------------


def test_an_exit_is_never_refused_and_its_way_is_cleared() -> None:
    """The own entry at the bid is asked to end before the exit goes; what rests deeper stays."""
    stage = Stage(both_ways())
    stage.position("2")
    deep, near = resting(stage, "buy", "49990"), resting(stage, "buy", "50000")
    answer = stage.say("exit")

    assert "admitted" == codes(answer)
    assert [near.order] == stage.asked_to_end
    assert not stage.order(deep.order).pending_cancel
    kinds = [type(effect).__name__ for effect in stage.last.effects]
    assert ["AskCancel", "Send"] == kinds


def test_a_flatten_clears_its_way_beyond_its_scope() -> None:
    """The entry of another strategy that it would trade with is asked to end."""
    stage = Stage(both_ways())
    stage.position("2")
    near = resting(stage, "buy", "50000")
    stage.do(c.Flatten(scope="strategy:trend", whose="ours", by="anna", reason="test"))

    assert stage.order(near.order).pending_cancel


def test_a_held_exit_clears_its_way_when_it_goes() -> None:
    """While it waits nothing is asked to end."""
    stage = Stage(both_ways())
    stage.position("2")
    near = resting(stage, "buy", "50000")
    stage.do(c.NoteLink(account="one", up=False, reason="cut"))
    stage.say("exit")
    assert not stage.order(near.order).pending_cancel
    stage.recover("one")

    assert stage.order(near.order).pending_cancel


def test_an_exit_that_is_moved_clears_its_way() -> None:
    """A limit exit that gets a price at which an own entry rests."""
    stage = Stage(both_ways())
    stage.position("2")
    near = resting(stage, "buy", "49990")
    way_out = stage.say("exit", order_type="limit", price="50020").orders[0]
    stage.report(way_out, "accepted")
    assert not stage.order(near.order).pending_cancel
    stage.do(c.ReplaceOrder(order=way_out, by="anna", reason="test", price=D("49990")))

    assert stage.order(near.order).pending_cancel


def test_two_exits_may_meet() -> None:
    """An exit that rests is no entry: it stays, and the other exit goes."""
    stage = Stage(both_ways())
    stage.position("2")
    stage.position("1", "sell", strategy="fade")
    cover = stage.say("exit", strategy="fade", order_type="limit", price="50000").orders[0]
    stage.report(cover, "accepted")

    assert "admitted" == codes(stage.send("exit"))
    assert not stage.order(cover).pending_cancel


def test_an_entry_does_not_take_an_exit_that_rests() -> None:
    """The newer one is refused, whatever the older one is for."""
    stage = Stage(both_ways())
    stage.position("2")
    stage.report(stage.say("exit", order_type="limit", price="50010").orders[0], "accepted")

    assert "refused self_match" == codes(
        stage.send("buy", effect="open", strategy="fade", order_type="limit", price="50010")
    )
