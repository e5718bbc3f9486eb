"""Frames of public streams."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ccxt.frames.ticks import READERS, Tick, quote_of
from core.reports import Quote
from tests.unit.ccxt.samples import AT_MS, AT_NS, anything

BOOK = {"u": 7488717758, "s": "BTCUSDT", "b": "28621.74", "B": "1", "a": "28621.75", "A": "2"}
BYBIT = {
    "topic": "tickers.BTCUSDT",
    "type": "snapshot",
    "data": {
        "symbol": "BTCUSDT",
        "lastPrice": "17216.00",
        "bid1Price": "17215.50",
        "ask1Price": "17216.00",
    },
    "cs": 24987956059,
    "ts": AT_MS,
}


def test_binance_book() -> None:
    """The best prices of Binance spot come without a time, those of futures with one."""
    prices = {"bid": Decimal("28621.74"), "ask": Decimal("28621.75"), "number": 7488717758}
    futures = {**BOOK, "e": "bookTicker", "E": AT_MS + 1, "T": AT_MS}

    assert Tick(market="BTCUSDT", **prices) == READERS["binance"](BOOK)
    assert Tick(market="BTCUSDT", at_ns=AT_NS, **prices) == READERS["binanceusdm"](futures)


def test_bybit_deltas() -> None:
    """Bybit says what changed; what did not stays as it was."""
    read = READERS["bybit"]
    whole = read(BYBIT)
    delta = read({**BYBIT, "type": "delta", "data": {"symbol": "BTCUSDT", "bid1Price": "17215"}})
    assert whole is not None
    assert delta is not None
    merged = delta.over(whole)

    assert Quote(
        instrument="BTC",
        bid=Decimal(17215),
        ask=Decimal(17216),
        last=Decimal(17216),
        at_ns=AT_NS,
    ) == quote_of("BTC", merged, AT_NS)


def test_a_snapshot_forgets_what_was() -> None:
    """A snapshot says everything: a side that it lacks is not there any more."""
    empty = Tick(market="B", ask=Decimal(2), reset=True)

    assert quote_of("B", empty.over(Tick(market="B", bid=Decimal(1))), 5) is None


def test_without_a_trade_the_middle_stands_for_it() -> None:
    """A market without a last price is quoted at its middle, at our time when it has none."""
    tick = Tick(market="B", bid=Decimal(1), ask=Decimal(3))

    assert Quote(
        instrument="B", bid=Decimal(1), ask=Decimal(3), last=Decimal(2), at_ns=5
    ) == quote_of("B", tick, 5)


@pytest.mark.parametrize(
    ("ahead", "dated"),
    [
        (0, 93),  # the clocks agree, and the frame was seven on its way
        (-30, 100),  # the venue is behind: the time that it tells is long ago here
        (30, 93),  # our clock was set since it was measured
    ],
)
def test_a_quote_is_dated_by_our_clock(ahead: int, dated: int) -> None:
    """Never in the future, and never as old as two clocks are apart."""
    tick = Tick(market="B", bid=Decimal(1), ask=Decimal(3), at_ns=93)
    found, later = quote_of("B", tick, 100, ahead), quote_of("B", tick, 60, ahead)

    assert found is not None
    assert later is not None
    assert (dated, 60) == (found.at_ns, later.at_ns)


@pytest.mark.parametrize("venue", READERS)
@given(frame=anything)
def test_any_frame_is_read(venue: str, frame: object) -> None:
    """Whatever a public stream sends gives a tick or nothing; never an exception."""
    tick = READERS[venue](frame)

    assert tick is None or tick.market


@pytest.mark.parametrize("venue", READERS)
@given(data=st.data())
def test_prices_are_above_zero(venue: str, data: st.DataObject) -> None:
    """No price of zero or less ever becomes part of a quote."""
    price = st.sampled_from(["0", "-1", "NaN", "1.5", "", None])
    if venue == "bybit":
        row = {"symbol": "B", "bid1Price": data.draw(price), "ask1Price": data.draw(price)}
        frame: dict[str, object] = {**BYBIT, "data": row}
    else:
        frame = {**BOOK, "b": data.draw(price), "a": data.draw(price)}
    tick = READERS[venue](frame)

    assert tick is None or all(one is None or one > 0 for one in (tick.bid, tick.ask))
