from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.tradingview import BODY_BYTES_MAX, DIALECTS, redact
from adapters.tradingview.terms import Terms
from core.levels import LevelUnit
from core.signals import QuantityUnit, Signal
from tests.unit.tradingview.golden import Golden, goldens

TEXTS: Final = (
    *("pineconnector", "tradesgnl", "tradewzrd", "crosstrade", "octobot"),
    *("wundertrading_text", "autoview"),
)

TERMS: Final = Terms(
    strategy="demo",
    quantity_unit=QuantityUnit.UNITS,
    risk_unit=QuantityUnit.RISK_PERCENT,
    target_unit=LevelUnit.PIPS,
    pending_unit=LevelUnit.PRICE,
    sides="both",
    account="Sim101",
    exchange="binance",
)

KNOWN: Final = (
    ("Trend (14): order buy @ 1 filled on BTCUSDT. New strategy position is 1", "text_default"),
    ("BTCUSD Greater Than 9000", "text_default_price"),
    ("bot(BTCUSDT) { market(side=buy, amount=50%); stopOrder(offset=2%); } #bot", "text_program"),
    ("Key One(XBTUSD) {\n  # enter\n  limit(side=buy, amount=10);\n}\n#bot", "text_program"),
    ("ELITE signal: it is time to go long now!", "text_prose"),
)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("text", "code"), KNOWN)
def test_tells_what_is_never_traded(dialect: str, text: str, code: str) -> None:
    """Texts that are no alert are told for what they are, on a route of any dialect."""
    if dialect == "mapping":
        return  # a mapping of its own reads JSON or a pattern: in the golden alerts
    misread = DIALECTS[dialect].read(text.encode(), TERMS).misread

    assert misread is not None
    assert misread.code.startswith(code)


SECRETS: Final = (
    ("pineconnector", "60987654321, hold, EURUSD, risk=1", "60987654321"),
    ("pineconnector", "buy,60987654321,EURUSD,risk=1", "60987654321"),
    ("pineconnector", "60987654321,buy,60987654321,risk=1", "60987654321"),
    ("pineconnector", "6012345678x,buy,EURUSD,risk=1", "6012345678x"),
    ("pineconnector", "60987654321,buy,EURUSD,risk=1,secret=Happy501,spread=1", "Happy501"),
    ("pineconnector", "60987654321,closelong,EURUSD,secret={{Happy501}}", "Happy501"),
    ("tradesgnl", "60987654321,60987654321,buy,risk=x", "60987654321"),
    ("tradewzrd", "60987654321,buy,EURUSD,risk=1", "60987654321"),
    ("crosstrade", "key=my-secret-key;command=PLACED;", "my-secret-key"),
    ("crosstrade", "KEY=my-secret-key;command=PLACE;key=my-secret-key;", "my-secret-key"),
    ("octobot", "EXCHANGE=a\\nTOKEN=my-secret-token\\nSIGNAL", "my-secret-token"),
    ("octobot", "TOKEN my-secret-token;SIGNAL=BUY", "my-secret-token"),
    ("wundertrading_text", "ENTER-LONG_binance_NONE_Bot_5M_c0de5fab", "c0de5fab"),
    ("wundertrading_text", "ENTER_LONG_binance_BTC_Bot_5M_c0de5fab", "c0de5fab"),
    ("wundertrading_text", "ENTER-LONG_bybit_c0de5fab", "c0de5fab"),
)


@pytest.mark.parametrize(("dialect", "text", "secret"), SECRETS)
def test_shows_no_secret(dialect: str, text: str, secret: str) -> None:
    """Neither the refusal nor what is kept of the message has the sender's secret."""
    reading = DIALECTS[dialect].read(text.encode(), TERMS)

    assert reading.misread is not None
    assert secret not in str(msgspec.to_builtins(reading.misread))
    assert secret not in redact(text.encode())


@pytest.mark.parametrize("dialect", TEXTS)
def test_says_whose_the_strategy_is(dialect: str) -> None:
    """None of these dialects names a strategy: every alert is refused when the route does not."""
    row = DIALECTS[dialect]
    good = [one for one in goldens() if one.dialect == dialect and one.expected]

    assert "strategy" in row.needs
    assert ("id", "time") == row.lacks
    for golden in good:
        misread = row.read(golden.body, _nameless(golden.terms)).misread
        assert misread is not None
        assert "dialect_setting_missing" == misread.code
        assert "strategy" == misread.field.partition(" of ")[0]


def _nameless(terms: Terms) -> Terms:
    kept = {name: getattr(terms, name) for name in Terms.__slots__ if name != "strategy"}
    return Terms(**kept)


VALUES: Final = st.sampled_from(
    [
        *("1", "0.1", "20", "1.0900", "-5%", "5%", "10d", "-25 ticks", "+2 points", "1,5", "NaN"),
        *("true", "market", "limit", "stop", "buy", "sell", "BUY", "day", "gtc", "PIPS", "price"),
        *("binance", "Sim101", "EURUSD", "ES1!", "PLACE", "FLATTEN", "order", "position", "long"),
        *("flat", "short", "{{close}}", "", "60123456789", "1e3", "a=b", "0", "-1", "100q", "2%"),
    ]
)
HEADS: Final = st.sampled_from(
    [
        *("60123456789", "buy", "EURUSD", "closelong", "closebuy", "CLOSE", "sellstop", "é", "\n"),
        *("ENTER-LONG", "EXIT-ALL", "binance", "BTCUSDT", "Bot", "5M", "c0de", "&", "{", "{{a}}"),
    ]
)
NAMES: Final = st.sampled_from(
    [
        *("risk", "sl", "tp", "price", "vol_lots", "sl_price", "pending", "comment", "key"),
        *("command", "account", "instrument", "action", "qty", "order_type", "tif", "limit_price"),
        *("stop_price", "stop_loss", "take_profit", "market_position", "flatten_first"),
        *("EXCHANGE", "SYMBOL", "SIGNAL", "ORDER_TYPE", "VOLUME", "PRICE", "STOP_PRICE", "TOKEN"),
        *("TAKE_PROFIT_PRICE_1", "TAKE_PROFIT_VOLUME_RATIO_1", "e", "s", "b", "q", "t", "fp", "c"),
    ]
)
PAIRS: Final = st.tuples(NAMES, VALUES).map("=".join)
MADE: Final = st.builds(
    lambda heads, rest, sign: sign.join([*heads, *rest]),
    st.lists(HEADS, max_size=4),
    st.lists(PAIRS, max_size=9),
    st.sampled_from([",", ";", "\n", " ", "_", "\\n", ", ", "|"]),
)


GOOD: Final = [one for one in goldens() if one.dialect in TEXTS and one.expected]
CUT: Final = re.compile(r"([,;|_ =]|\n|\\n)")
"""Every separator of these dialects, kept among the pieces."""


@st.composite
def altered(draw: st.DrawFn) -> tuple[Golden, str]:
    """Take a good alert, and put something else into the place of one or two of its pieces."""
    golden = draw(st.sampled_from(GOOD))
    parts = CUT.split(golden.body.decode())
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.integers(0, len(parts) - 1))
        parts[place] = draw(st.one_of(VALUES, HEADS, NAMES, PAIRS, st.just("")))
    return golden, "".join(parts)


def numbers(value: Any) -> list[Decimal]:
    """Collect every number of a signal but shares, which are worked out."""
    if isinstance(value, Decimal):
        return [value]
    if isinstance(value, tuple):
        return [one for inner in value for one in numbers(inner)]
    if isinstance(value, msgspec.Struct):
        fields = (name for name in value.__struct_fields__ if name != "share")
        return [one for name in fields for one in numbers(getattr(value, name))]
    return []


def invented(signal: Signal, text: str) -> list[str]:
    """Name what a signal has and its message has not."""
    made = [str(one) for one in numbers(signal) if str(abs(one)) not in text]
    made += [one for one in (signal.symbol, signal.comment) if one not in text]
    return made if signal.strategy == "demo" else [signal.strategy]


@given(altered())
def test_makes_nothing_up_of_what_was_good(case: tuple[Golden, str]) -> None:
    """An alert that was altered is read with what it says now, or refused."""
    golden, text = case
    reading = DIALECTS[golden.dialect].read(text.encode(), golden.terms)

    assert bool(reading.signals) != (reading.misread is not None)
    for signal in reading.signals:
        assert [] == invented(signal, f"{text} 1000 1E+3")


@pytest.mark.parametrize("dialect", TEXTS)
@given(text=st.one_of(MADE, st.text(max_size=60)))
def test_makes_nothing_up(dialect: str, text: str) -> None:
    """No text makes a fault in the reader, nor an order with what neither it nor its route says."""
    reading = DIALECTS[dialect].read(text.encode(), TERMS)

    assert bool(reading.signals) != (reading.misread is not None)
    for signal in reading.signals:
        sent = f"{text} 1000 1E+3"
        assert [] == invented(signal, sent)


@pytest.mark.parametrize("dialect", TEXTS)
@pytest.mark.parametrize("body", ["a", "a=1,", "a ", "a b ", "1,", "_", "x(y){", "%", ";=", "\n"])
def test_reads_the_longest_text(dialect: str, body: str) -> None:
    """The longest body that is taken is refused, whatever it repeats."""
    whole = (body * BODY_BYTES_MAX)[:BODY_BYTES_MAX].encode()
    reading = DIALECTS[dialect].read(whole, TERMS)

    assert reading.misread is not None
    assert redact(whole)
