"""Trades: what a position earned between flat and flat, whatever the order of the news."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core import snapshot, trades
from core.money import ZERO
from core.trade_rows import TradeRow
from tests.unit.core.setups import setup_of
from tests.unit.core.stage import Stage, picture, replay

D = Decimal
KEY = ("one", "BTCUSDT", "trend")


def closed(stage: Stage) -> list[TradeRow]:
    """Return the closed trades, oldest first."""
    return [stage.state.closed_trades[name] for _, name in stage.state.trade_line]


def trade(stage: Stage, side: str, quantity: str, price: str, **facts: str | None) -> str:
    """Trade at the market, whatever it opens or closes; return the order."""
    held = stage.share()
    reduces = held and (held > 0) != (side == "buy")
    answer = stage.say("exit", quantity=quantity) if reduces else stage.say(side, quantity=quantity)
    stage.fill(answer.orders[0], quantity, price, **facts)
    return answer.orders[0]


def test_a_trade_is_from_flat_to_flat() -> None:
    """Scaled in and out: one trade with its largest quantity, its profit and its fees."""
    stage = Stage()
    first = trade(stage, "buy", "1", "50000")
    opened = stage.state.number
    stage.wait(60)
    trade(stage, "buy", "1", "50100")
    trade(stage, "sell", "0.5", "50200")
    assert [] == closed(stage)
    assert (D("2"), D("75.0")) == (
        stage.state.trades[KEY].peak, stage.state.trades[KEY].realized,
    )  # fmt: skip
    stage.wait(60)
    trade(stage, "sell", "1.5", "50300")
    (row,) = closed(stage)

    assert {} == stage.state.trades
    assert (first, "buy", opened, D(2)) == (row.order, row.side, row.opened, row.peak)
    assert (D("450.0"), D("0.4"), D("449.6")) == (row.realized, row.fees, row.result)
    assert (120 * 10**9, stage.state.number) == (row.closed_ns - row.opened_ns, row.closed)


def test_a_fill_that_turns_a_position_ends_one_trade_and_begins_the_next() -> None:
    """A late fill of an exit that was thought gone: the money is the ended trade's, the rest is
    open."""
    stage = Stage(setup_of(route={"require_id": False}))
    stage.position("1")
    out = stage.say("exit").orders[0]
    stage.fill(out, "1.5", "50100")
    (row,), after = closed(stage), stage.state.trades[KEY]

    assert (D("100.0"), D("0.2")) == (row.realized, row.fees)
    assert ("sell", D("0.5"), ZERO, ZERO) == (
        after.side, after.peak, after.realized, after.fees,
    )  # fmt: skip
    assert row.closed == after.opened


def test_a_fee_that_is_told_late_goes_to_the_trade_of_its_fill() -> None:
    """Also when that trade is closed, and the next one is open."""
    stage = Stage()
    trade(stage, "buy", "1", "50000", exec_id="in", fee=None)
    out = trade(stage, "sell", "1", "50100", exec_id="out", fee=None)
    trade(stage, "buy", "1", "50000", fee="1")
    assert (2, ZERO) == (closed(stage)[0].unpriced, closed(stage)[0].fees)
    stage.fill(out, "1", "50100", exec_id="out", fee="7")

    (row,) = closed(stage)
    assert (1, D(7), D(1)) == (row.unpriced, row.fees, stage.state.trades[KEY].fees)


def test_a_corrected_fill_of_a_closed_trade_corrects_its_result() -> None:
    """No trade is invented for it."""
    stage = Stage()
    trade(stage, "buy", "1", "50000")
    out = trade(stage, "sell", "1", "50100", exec_id="out")
    stage.report(out, "corrected", exec_id="out", quantity="1", price="50040", fee="0.1")
    (row,) = closed(stage)

    assert (D("40"), D("0.2")) == (row.realized, row.fees)
    assert {} == stage.state.trades


def test_what_others_close_ends_a_trade_and_says_so() -> None:
    """Its result is of the rest alone, and nobody's position is nobody's trade."""
    stage = Stage()
    stage.position("1")
    stage.do(
        c.AssignPosition(
            account="one", instrument="BTCUSDT", source="trend", target="", by="anna", reason="mine"
        )
    )
    (row,) = closed(stage)

    assert (True, ZERO, {}) == (row.moved, row.realized, stage.state.trades)
    stage.do(
        c.AdoptPosition(
            account="one", instrument="BTCUSDT", strategy="fade", by="anna", reason="yours"
        )
    )
    assert [("fade", "", True)] == [
        (row.strategy, row.order, row.moved) for row in stage.state.trades.values()
    ]


def test_only_the_newest_trades_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bounded line: the oldest leaves the state, not the journal."""
    monkeypatch.setattr(trades, "CLOSED_TRADES_MAX", 2)
    stage = Stage()
    for price in ("50010", "50020", "50030"):
        trade(stage, "buy", "1", "50000")
        trade(stage, "sell", "1", price)

    assert [D(20), D(30)] == [row.realized for row in closed(stage)]
    assert 2 == len(stage.state.closed_trades)


STEP = st.tuples(st.sampled_from(("buy", "sell")), st.integers(1, 4), st.integers(-9, 9))


@settings(max_examples=40, deadline=None)
@given(steps=st.lists(STEP, max_size=12), cut=st.integers(0, 12))
def test_all_money_is_in_exactly_one_trade(steps: list[tuple[str, int, int]], cut: int) -> None:
    """Realized profit and fees of the trades sum to those of the position, over a snapshot and a
    replay."""
    stage = Stage()
    for index, (side, quantity, away) in enumerate(steps):
        held = stage.share()
        reduces = held and (held > 0) != (side == "buy")
        most = min(D(quantity), abs(held)) if reduces else D(quantity)
        trade(stage, side, str(most), str(50000 + away))
        if index == cut:
            stage.state = snapshot.load(picture(stage.state))
    rows = [*closed(stage), *stage.state.trades.values()]
    position = stage.state.positions.get(KEY)

    assert picture(replay(stage.records)) == picture(stage.state)
    assert (position is not None) is bool(steps)
    if position is not None:
        assert position.realized == sum((row.realized for row in rows), ZERO)
        assert position.fees == sum((row.fees for row in rows), ZERO)
        assert bool(position.quantity) is (KEY in stage.state.trades)
