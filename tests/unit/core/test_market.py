"""Whether quotes are believed: zero, crossed, wide, jumping; and when they are believed again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.market import CALM_QUOTES, MOVES_MAX, MOVES_MIN, UNSEEN, Market, judge_quote
from core.reports import Quote
from core.view import NETWORK, ClockReading
from tests.unit.core.setups import BTC, NOW, replaced, setup_of
from tests.unit.core.stage import Stage, codes

D = Decimal
MS_NS = 1_000_000


def quote(bid: str, ask: str | None = None) -> Quote:
    """Make a quote; without an ask it has no spread."""
    return Quote(instrument="BTCUSDT", bid=D(bid), ask=D(ask or bid), last=D(bid), at_ns=NOW)


def after(*bids: str, market: Market = UNSEEN) -> Market:
    """Judge quotes one after another."""
    for bid in bids:
        market = judge_quote(market, quote(bid), BTC)
    return market


def calm(moves: int = MOVES_MIN) -> Market:
    """Make a market that moved by 1 each time, up and down."""
    return after(*["10000" if turn % 2 else "10001" for turn in range(moves + 1)])


@pytest.mark.parametrize(
    ("bid", "ask", "code"),
    [
        ("0", "1", "zero"),
        ("-1", "1", "zero"),
        ("0.01", "0.01", ""),
        ("100", "99.99", "crossed"),
        ("100", "100", ""),
        ("99", "101", ""),
        ("99", "101.01", "spread"),
        ("99", "100.99", ""),
    ],
)
def test_a_quote_by_itself(bid: str, ask: str, code: str) -> None:
    """Not positive, crossed, or wider than two percent of its middle: at the limit it passes."""
    assert code == judge_quote(UNSEEN, quote(bid, ask), BTC).code


@pytest.mark.parametrize(
    ("usual", "bid", "code"),
    [
        (3, "10015", ""),  # five times the usual move
        (3, "10015.01", "jump"),
        (3, "9984.99", "jump"),
        (3, "10014.99", ""),
        (1, "10010", ""),  # ten times, and no more than a thousandth of the price
        (1, "10010.01", "jump"),
    ],
)
def test_a_jump_is_far_beyond_the_usual_and_no_small_change(
    usual: int, bid: str, code: str
) -> None:
    """More than five times the median of the moves and more than a thousandth of the price."""
    market = after(*["10000" if turn % 2 else str(10000 + usual) for turn in range(21)])
    market = after("10000", market=market)

    assert code == judge_quote(market, quote(bid), BTC).code


@pytest.mark.parametrize(("moves", "code"), [(19, ""), (20, "jump"), (21, "jump")])
def test_without_twenty_moves_nothing_is_a_jump(moves: int, code: str) -> None:
    """A market that was just connected has no usual move yet."""
    assert code == after("20000", market=calm(moves)).code


def test_a_quiet_market_forgets_no_move() -> None:
    """A hundred quotes that stand still do not make the next tick a jump."""
    market = after(*["10000"] * 100, market=calm())

    assert MOVES_MIN <= len(market.moves) <= MOVES_MIN + 1
    assert "" == after("10004", market=market).code


def test_it_takes_three_calm_quotes_in_a_row() -> None:
    """A bad tick and its way back are both jumps; one more fault begins the count anew."""
    market = after("20000", "10000", market=calm())
    assert "jump" == market.code
    market = after("10000", "10001", market=market)
    assert "jump" == market.code
    market = judge_quote(market, quote("10000", "9000"), BTC)
    assert "crossed" == market.code
    market = after("10000", "10001", market=market)
    assert "crossed" == market.code

    assert ("", "") == (after("10000", market=market).code, after("10000", market=market).value)


def test_a_market_that_became_wild_is_believed_again() -> None:
    """Its moves are remembered, so that they are the usual ones at last."""
    wild = ["10000" if turn % 2 else "10300" for turn in range(MOVES_MAX)]
    market = calm()
    assert "jump" == after(*wild[:3], market=market).code
    assert "" == after(*wild, market=market).code


@given(
    st.lists(
        st.tuples(st.decimals("-1", "3", places=2), st.decimals("-0.5", "0.5", places=2)),
        max_size=200,
    )
)
def test_whatever_comes_it_stays_bounded_and_recovers(prices: list[tuple[D, D]]) -> None:
    """No story fills the memory, and calm quotes after it make any market trusted again."""
    market = UNSEEN
    for bid, spread in prices:
        market = judge_quote(market, quote(str(bid), str(bid + spread)), BTC)
    assert len(market.moves) <= MOVES_MAX
    market = after(*["2"] * (CALM_QUOTES + 1), market=market)

    assert "" == market.code


def test_an_entry_waits_for_calm_and_an_exit_does_not() -> None:
    """The refusal names what was seen and what is allowed; three calm quotes end it."""
    stage = Stage()
    stage.position("1")
    stage.quote("BTCUSDT", "48000", "50000")
    answer = stage.say(effect="open", order_type="limit", price="49000")

    assert "refused market_untrusted" == codes(answer)
    assert ("spread 4.082 %", "2 %", "instrument:BTCUSDT") == (
        answer.value, answer.limit, answer.accounts[0].where,
    )  # fmt: skip
    assert "admitted" == codes(stage.send(effect="open", symbol="ETHUSDT"))
    assert "admitted" == codes(stage.send("exit"))
    for _ in range(3):
        assert "refused market_untrusted" == codes(stage.send(effect="open"))
        stage.quote("BTCUSDT", "50000", "50001")
    assert "admitted" == codes(stage.send(effect="open"))


def test_a_first_quote_is_judged_by_itself() -> None:
    """A view that brings quotes alone is looked at for what one quote shows."""
    stage = Stage()
    stage.markets.clear()
    assert "admitted" == codes(stage.send(effect="open"))
    stage.quote("BTCUSDT", "50000", "60000")
    stage.markets.clear()
    assert "refused market_untrusted" == codes(
        stage.send(effect="open", order_type="limit", price="55000")
    )


# --- our own clock


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("off_ms", "code"), [(999, ""), (1000, ""), (1001, "clock_off")])
def test_a_clock_that_is_off_stops_entries(off_ms: int, code: str, sign: int) -> None:
    """More than a second ahead or behind refuses entries, and nothing else."""
    stage = Stage()
    stage.position("1")
    stage.clocks["one"] = ClockReading(sign * off_ms * MS_NS, stage.now)
    answer = stage.say(effect="open")

    assert code == answer.code
    if code:
        assert (f"{sign * off_ms:+} ms", "1000 ms") == (answer.value, answer.limit)
    assert "admitted" == codes(stage.send("exit"))


def test_one_source_that_agrees_is_enough() -> None:
    """The venue's clock is wrong and the time servers agree with ours; and the other way round."""
    stage = Stage(setup_of("one", "two"))
    far, near = ClockReading(9000 * MS_NS, stage.now), ClockReading(20 * MS_NS, stage.now)
    stage.clocks |= {"one": far, NETWORK: near}
    assert "admitted" == codes(stage.send(effect="open"))
    stage.clocks |= {"one": near, NETWORK: far}

    assert ["", "clock_off"] == [one.code for one in stage.say(effect="open").accounts]


def test_what_a_source_said_long_ago_is_forgotten() -> None:
    """Three minutes without a word: it says neither yes nor no."""
    stage = Stage()
    stage.clocks["one"] = ClockReading(9000 * MS_NS, stage.now)
    stage.wait(180)
    assert "refused clock_off" == codes(stage.send(effect="open"))
    stage.wait("0.000000001")
    assert "admitted" == codes(stage.send(effect="open"))


def test_the_limit_is_the_files() -> None:
    """Who trades with a slow clock says so."""
    stage = Stage(replaced(setup_of(), clock_off_max_ns=5000 * MS_NS))
    stage.clocks["one"] = ClockReading(4000 * MS_NS, stage.now)

    assert "admitted" == codes(stage.send(effect="open"))


@pytest.mark.parametrize(
    ("wait", "code"), [("9.999999999", "clock_off"), ("10", ""), ("10.000000001", "")]
)
def test_a_clock_that_was_set_is_doubted_for_a_while(wait: str, code: str) -> None:
    """Until then entries wait; it ends by itself."""
    stage = Stage()
    stage.clock_until_ns = stage.now + 10_000 * MS_NS
    stage.wait(wait)

    assert code == stage.say(effect="open").code
