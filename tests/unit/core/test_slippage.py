"""Slippage: the reference prices of an order's way, and how what was lost is split between them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core.orders import Order
from core.slippage import Slippage, Unit, slippage_of
from tests.unit.core.guarded import able, guarded, legs, opened, plan
from tests.unit.core.setups import BTC, ETH, replaced
from tests.unit.core.stage import Stage, picture, replay

D = Decimal


def told(stage: Stage, order: Order) -> Slippage:
    """Return the slippage of an order as the state knows it."""
    row = stage.state.signals[order.origin]
    instrument = stage.setup.instruments[order.instrument]
    found = slippage_of(stage.order(order), row.content, instrument)
    assert found is not None
    return found


def travelled(stage: Stage, side: str = "buy", **fields: Any) -> Order:
    """Let an order go its way in a market that moves up by one at each step; it fills at 50007."""
    stage.quote("BTCUSDT", "50000", "50002")
    order = stage.entry("2", side, **fields)
    stage.quote("BTCUSDT", "50001", "50003")
    stage.do(c.NoteSent(order=order.order, entered_ns=stage.now))
    stage.quote("BTCUSDT", "50002", "50004")
    stage.report(order, "accepted")
    stage.fill(order, "1", "50006")
    stage.fill(order, "1", "50008")
    return stage.order(order)


def test_each_stage_of_a_buy() -> None:
    """The alert was at 49999; middle 50001 when judged, 50002 sent, 50003 accepted, 50007 paid."""
    stage = Stage()
    found = told(stage, travelled(stage, price="49999"))
    split = found.units[Unit.PRICE]

    assert (D(49999), D(50001), D(50002), D(50003), D(50007)) == found.points
    assert ((2, 1, 1, 4), 0, 8) == (split.stages, split.unsplit, split.total)
    assert (200, 100, 100, 400) == found.units[Unit.TICKS].stages
    assert (D(4), D(2), D(2), D(8), D(16)) == (
        *found.units[Unit.MONEY].stages, found.units[Unit.MONEY].total,
    )  # fmt: skip
    assert D("1.6") == found.units[Unit.BPS].total


def test_for_a_sell_more_is_better() -> None:
    """A sell into a market that rises gains what a buy would lose."""
    stage = Stage()
    split = told(stage, travelled(stage, "sell", price="49999")).units[Unit.PRICE]

    assert ((-2, -1, -1, -4), -8) == (split.stages, split.total)


def test_without_a_sender_price_the_alert_says_nothing() -> None:
    """The stage is unknown, not zero, and the total counts from the arrival."""
    stage = Stage()
    split = told(stage, travelled(stage)).units[Unit.PRICE]

    assert ((None, 1, 1, 4), 0, 6) == (split.stages, split.unsplit, split.total)


def test_a_fill_before_its_acceptance_leaves_wire_and_venue_unsplit() -> None:
    """What lies between two known points is told as one, and nothing is lost."""
    stage = Stage()
    order = stage.entry("1", price="50000")
    stage.do(c.NoteSent(order=order.order, entered_ns=stage.now))
    stage.fill(order, "1", "50010.5")
    stage.report(order, "accepted")
    split = told(stage, order).units[Unit.PRICE]

    assert ((D("0.5"), 0, None, None), 10, D("10.5")) == (
        split.stages, split.unsplit, split.total,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("bid", "ask", "late"),
    [("50001", "50003", 3), ("0", "1", 0), ("50003", "50001", 0), ("40000", "60000", 0)],
)
def test_only_a_fresh_and_believed_quote_is_a_reference(bid: str, ask: str, late: int) -> None:
    """A stale, zero, crossed or wild market is no reference; the stage stays unknown."""
    stage = Stage()
    order = stage.entry("1")
    stage.quote("BTCUSDT", bid, ask)
    stage.wait(late, fresh=False)
    stage.do(c.NoteSent(order=order.order, entered_ns=stage.now))

    assert None is stage.order(order).sent_reference


def test_what_is_heard_late_has_no_reference() -> None:
    """An acceptance of three seconds ago says nothing about the market of now; one of two does."""
    stage = Stage()
    first, second = stage.entry("1"), stage.entry("1")
    stage.wait(3)
    stage.report(first, "accepted", at_ns=stage.now - 2 * 10**9 - 1)
    stage.report(second, "accepted", at_ns=stage.now - 2 * 10**9)

    assert None is stage.order(first).accepted_reference
    assert D("50000.5") == stage.order(second).accepted_reference


def test_a_stop_is_meant_to_be_filled_at_its_trigger() -> None:
    """The market moved there on its own; what is lost is from the trigger on."""
    stage = Stage()
    order = stage.entry("1", order_type="stop", trigger="50100")
    stage.report(order, "accepted")
    stage.fill(order, "1", "50103")
    split = told(stage, order).units[Unit.PRICE]

    assert ((None, None, None, 3), 3) == (split.stages, split.total)


def test_a_target_is_meant_to_be_filled_at_its_price() -> None:
    """The way from the entry to the target is the profit of the trade, and no slippage."""
    stage = guarded(able(linked_legs=True))
    opened(stage, "10", protection=plan("49000", "51000"))
    (target,) = [order for order in legs(stage) if order.leg == "target 1"]
    stage.fill(target, "10", "51001")
    found = told(stage, target)

    assert D(51000) == found.points[3]
    assert D(-1) == found.units[Unit.PRICE].total


def test_a_limit_price_is_the_orders_own_not_the_senders() -> None:
    """A limit order is compared with the market, which it may beat."""
    stage = Stage()
    order = stage.entry("1", order_type="limit", price="49990")
    stage.report(order, "accepted")
    stage.fill(order, "1", "49990")
    found = told(stage, order)

    assert None is found.points[0]
    assert D("-10.5") == found.units[Unit.PRICE].total


def test_money_counts_the_multiplier_and_every_fill() -> None:
    """Two per point and unit: three units, a point too much each, cost six."""
    stage = Stage()
    order = stage.entry("3", symbol="ETHUSDT", price="2000")
    stage.fill(order, "1", "2000")
    stage.fill(order, "2", "2001.5")
    found = slippage_of(stage.order(order), stage.state.signals[order.origin].content, ETH)

    assert found is not None
    assert D(6) == found.units[Unit.MONEY].total


def test_nothing_filled_has_no_slippage() -> None:
    """And what is only half known is not invented."""
    stage = Stage()
    order = stage.entry("1")
    bare = replaced(order, reference=None, filled=D(1), notional=D(50000))

    assert None is slippage_of(order, None, BTC)
    assert None is slippage_of(bare, None, BTC)


def test_references_survive_a_restart() -> None:
    """The journal alone gives the same state, references included."""
    stage = Stage()
    order = travelled(stage, price="49999")
    again = replay(stage.records)

    assert picture(stage.state) == picture(again)
    assert D(50002) == again.orders[order.order].sent_reference
