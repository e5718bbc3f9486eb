"""Controls 8 and 28: margin, and the cool-down after losing trades."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import commands as c
from core import records as r
from core.setup import SECOND_NS
from tests.unit.core.setups import SIGNALS, WIDE, replaced, setup_of
from tests.unit.core.stage import Stage, codes, replay

D = Decimal


def margined(least: str | None = None, /, **instrument: str) -> Stage:
    """Begin with an instrument that needs margin; 100000 of equity, prices near 50000."""
    changes = {name: D(value) for name, value in instrument.items()}
    limits = replaced(WIDE, margin_free_percent_min=D(least) if least is not None else None)
    setup = setup_of(limits={"account:one": limits})
    setup.instruments["BTCUSDT"] = replaced(setup.instruments["BTCUSDT"], **changes)
    return Stage(setup)


def asked(stage: Stage, quantity: str, side: str = "buy", **fields: Any) -> str:
    """Ask for an entry, and return what became of it."""
    return codes(stage.send(side, effect="open", quantity=quantity, **fields))


@pytest.mark.parametrize(
    ("least", "quantity", "verdict"),
    [
        (None, "10", "admitted"), (None, "10.001", "refused margin_short"),
        ("0", "10", "admitted"), ("0", "10.001", "refused margin_short"),
        ("25", "8", "admitted"), ("25", "8.001", "refused margin_short"),
    ],
)  # fmt: skip
def test_what_is_free_after_the_order_is_compared(
    least: str | None, quantity: str, verdict: str
) -> None:
    """10000 a unit: ten units need all of it, and with a quarter of it free eight are most."""
    assert verdict == asked(margined(least, margin_per_unit="10000"), quantity)


def test_margin_in_percent_is_of_the_value_at_the_dearer_price() -> None:
    """A tenth of 50001 a unit: not quite twenty."""
    stage = margined(margin_percent="10")
    assert "admitted" == asked(stage, "19.999")

    assert "refused margin_short" == asked(margined(margin_percent="10"), "20")


def test_two_strategies_of_one_batch_do_not_both_get_the_last_margin() -> None:
    """The first one's order is counted before it is sent."""
    stage = margined(margin_per_unit="10000")
    orders = [
        stage.signal(effect="open", quantity="6", strategy=name) for name in ("trend", "fade")
    ]

    assert ["admitted", "refused margin_short"] == [codes(x) for x in stage.do(*orders).answers]


def test_working_and_unknown_orders_need_their_margin_through_a_restart() -> None:
    """What may still fill counts as filled."""
    stage = margined(margin_per_unit="10000")
    stage.entry("4", order_type="limit", price="49000")
    lost = stage.entry("4")
    stage.do(c.NoteTrouble(order=lost.order, proven=False, code="timeout", text="no answer"))
    stage.state = replay(stage.records)
    stage.start()
    stage.recover("one")

    assert "refused margin_short" == asked(stage, "3", symbol="BTCUSDT")


def test_exits_pass_without_margin() -> None:
    """What makes a position smaller is no question of margin."""
    stage = margined(margin_per_unit="10000")
    stage.position("10")
    stage.equity("one", "1", observe=False)

    assert "admitted" == codes(stage.send("exit", quantity="1"))


def test_the_venues_own_free_margin_counts_where_it_is_less() -> None:
    """It knows of what we do not: positions elsewhere, its own rates."""
    stage = margined(margin_per_unit="10000")
    standing = stage.standings["one"]
    told = replaced(standing.mark, free_margin=D(20000))
    stage.standings["one"] = replaced(standing, mark=told)

    assert "refused margin_short" == asked(stage, "2.001")
    assert "admitted" == asked(stage, "2")
    assert "refused margin_short" == asked(stage, "0.001", strategy="fade")


def test_a_margin_that_nobody_knows_refuses_only_where_one_was_asked_for() -> None:
    """Without a minimum an account without leverage trades on."""
    assert "admitted" == asked(margined(), "1")

    assert "refused margin_unknown" == asked(margined("10"), "1")


def test_unknown_figures_and_prices_refuse() -> None:
    """What another instrument needs is not known without its price."""
    stage = margined(margin_percent="1")
    instruments = dict(stage.setup.instruments)
    instruments["ETHUSDT"] = replaced(instruments["ETHUSDT"], margin_percent=D(1))
    stage.load(replaced(stage.setup, instruments=instruments))
    stage.recover("one")
    stage.position("1", symbol="ETHUSDT")
    del stage.quotes["ETHUSDT"]
    answer = stage.say(effect="open", quantity="1")
    checks = next(one for one in stage.last.records if isinstance(one, r.SignalRefused)).checks

    assert "refused reference_stale" == codes(answer)
    assert b'[8,"margin_free_percent_min","reference_stale"' in bytes(checks)


@settings(max_examples=40, deadline=None)
@given(
    orders=st.lists(
        st.tuples(st.sampled_from(("buy", "sell")), st.integers(1, 40), st.booleans()), max_size=8
    )
)
def test_no_order_of_orders_needs_more_than_there_is(orders: list[tuple[str, int, bool]]) -> None:
    """Whatever fills, the worst that can come of it is carried by the equity."""
    stage = margined("10", margin_per_unit="1000")
    for side, quantity, fills in orders:
        answer = stage.say(side, effect="open", quantity=str(quantity))
        for name in answer.orders if fills else ():
            if not stage.order(name).held_for:
                stage.fill(name, str(stage.order(name).quantity))

    assert stage.exposure().worst * 1000 * D("1.1") <= D(100000)


# --- the cool-down --------------------------------------------------------------------------------


def cooling(scope: str = "strategy:trend", most: int = 2, seconds: int | None = 600) -> Stage:
    """Begin where so many losses in a row stop entries for so long."""
    base = WIDE if scope.startswith("account") else SIGNALS
    limits = {scope: replaced(base, losses_in_row_max=most, cooldown_s=seconds)}
    return Stage(setup_of(limits=limits))


def trade(stage: Stage, result: int, strategy: str = "trend", fee: str = "0") -> None:
    """Let a trade earn this, before its fee."""
    stage.fill(stage.entry("1", strategy=strategy), "1", "50000", fee="0")
    out = stage.say("exit", strategy=strategy).orders[0]
    stage.fill(out, "1", str(50000 + result), fee=fee)


def test_losses_in_a_row_stop_entries_for_a_time() -> None:
    """At the last of them, not before; to the second; exits pass."""
    stage = cooling()
    stage.position("1", strategy="fade")
    trade(stage, -1)
    assert "admitted" == asked(stage, "0.001")
    stage.report(next(iter(stage.state.alive)), "cancelled")
    trade(stage, -1)
    assert ["cooldown_started"] == stage.alarms
    answer = stage.say(effect="open")
    assert ("refused cooldown", "600 s") == (codes(answer), answer.value)
    assert "admitted" == asked(stage, "0.001", strategy="fade")
    assert "admitted" == codes(stage.send("exit", strategy="fade", quantity="0.5"))
    stage.wait(599)
    assert "refused cooldown" == asked(stage, "0.001")
    stage.wait(1)

    assert "admitted" == asked(stage, "0.001")


def test_a_trade_that_lost_nothing_ends_the_row() -> None:
    """A profit does, and so does a trade that came out even; one that lost its fee is a loss."""
    for result, fee, verdict in ((5, "0", "admitted"), (0, "0", "admitted"),
                                 (0, "0.1", "refused cooldown")):  # fmt: skip
        stage = cooling()
        trade(stage, -1)
        trade(stage, result, fee=fee)
        if verdict == "admitted":
            trade(stage, -1)

        assert verdict == asked(stage, "0.001"), (result, fee)


def test_parts_of_a_trade_are_one_trade() -> None:
    """Three losing exits of one position are one loss."""
    stage = cooling()
    stage.fill(stage.entry("3"), "3", "50000")
    for _ in range(3):
        stage.fill(stage.say("exit", quantity="1").orders[0], "1", "49990")

    assert "admitted" == asked(stage, "0.001")


def test_an_account_counts_the_trades_of_all_its_strategies() -> None:
    """And stops all of them."""
    stage = cooling("account:one")
    trade(stage, -1, "trend")
    trade(stage, -1, "fade")

    assert ["refused cooldown"] * 2 == [
        asked(stage, "0.001", strategy=name) for name in ("trend", "fade")
    ]


def test_a_restart_inside_a_cool_down_ends_nothing() -> None:
    """Its end is a time in the journal."""
    stage = cooling()
    trade(stage, -1)
    stage.state = replay(stage.records)
    stage.start()
    stage.recover("one")
    trade(stage, -1)
    stage.state = replay(stage.records)
    stage.wait(300)
    stage.start()
    stage.recover("one")
    assert "refused cooldown" == asked(stage, "0.001")
    stage.wait(300)

    assert "admitted" == asked(stage, "0.001")


def test_after_a_cool_down_the_row_begins_anew() -> None:
    """One more loss is the first again; without a time the default holds."""
    stage = cooling(seconds=None)
    trade(stage, -1)
    trade(stage, -1)
    (row,) = stage.state.cooldowns.values()
    assert 1800 * SECOND_NS == row.until_ns - stage.now
    stage.wait(1800)
    trade(stage, -1)
    assert "admitted" == asked(stage, "0.001")
    stage.report(next(iter(stage.state.alive)), "cancelled")
    trade(stage, -1)

    assert "refused cooldown" == asked(stage, "0.001")


def test_two_entries_behind_the_last_loss_in_one_batch_are_both_refused() -> None:
    """The cool-down begins with the fill, before the next command is judged."""
    stage = cooling(most=1)
    stage.fill(stage.entry("1"), "1", "50000")
    out = stage.say("exit").orders[0]
    fill = stage.told(out, "fill", exec_id="last", quantity="1", price="49990", fee="0")
    entries = [stage.signal(effect="open", quantity="0.001") for _ in range(2)]

    assert ["refused cooldown"] * 2 == [codes(x) for x in stage.do(fill, *entries).answers[1:]]


def test_a_cool_down_is_set_while_it_runs() -> None:
    """A longer one by a person is tighter, and needs no second word."""
    stage = cooling()
    said: dict[str, Any] = {"by": "anna", "reason": "calm", "confirmed": False}
    said |= {"scope": "strategy:trend", "name": "cooldown_s"}
    answers = [stage.do(c.SetLimit(value=D(n), **said)).answers[0] for n in (900, 60)]

    assert ["", "confirm_missing"] == [getattr(answer, "code", "") for answer in answers]


@settings(max_examples=40, deadline=None)
@given(
    story=st.lists(st.sampled_from(("win", "even", "lose", "lose", "wait", "restart")), max_size=14)
)
def test_entries_pass_exactly_when_no_cool_down_runs(story: list[str]) -> None:
    """Whatever the order of trades, pauses and restarts: counted by hand here; exits pass."""
    stage = cooling(most=2, seconds=600)
    lost, until_ns = 0, 0
    stage.position("1", strategy="fade")
    for act in story:
        if act == "wait":
            stage.wait(250)
        elif act == "restart":
            stage.state = replay(stage.records)
            stage.start()
            stage.recover("one")
        elif stage.now >= until_ns:
            trade(stage, {"win": 1, "even": 0, "lose": -1}[act])
            lost = lost + 1 if act == "lose" else 0
            if lost == 2:
                lost, until_ns = 0, stage.now + 600 * SECOND_NS
        verdict = asked(stage, "0.001")
        assert ("refused cooldown" if stage.now < until_ns else "admitted") == verdict
        for name in list(stage.state.alive):
            stage.report(name, "cancelled")

    assert "admitted" == codes(stage.send("exit", strategy="fade"))
