from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from adapters.tradingview import DIALECTS, read
from adapters.tradingview.native import FIELDS
from core.orders import OrderType
from core.signals import Action, Effect, Hint, QuantityUnit, Signal
from tests.unit.tradingview.cases import alert

SECOND_NS = 1_000_000_000


def signal(text: str) -> Signal:
    """Read a text that is good."""
    reading = read(text.encode())
    assert reading.misread is None, reading
    assert reading.signal is not None
    return reading.signal


def test_reads_every_field() -> None:
    """A message with every field becomes a signal with the same content, the token kept apart."""
    message = {
        "version": 1,
        "token": "s3cr3t",
        "id": "BTC 2026-01-20T14:30:00Z",
        "strategy": "Trend 4h",
        "symbol": "BTCUSDT.P",
        "action": "buy",
        "effect": "open",
        "quantity": "0.50",
        "quantity_unit": "equity_percent",
        "order_type": "stop_limit",
        "price": "27455.3",
        "trigger": "27450",
        "time": "2026-01-20T14:30:00Z",
        "position": "long",
        "prev_position": "flat",
        "comment": "Close entry(s) order Long",
    }
    reading = read(json.dumps(message).encode())

    assert set(FIELDS) == set(message)
    assert reading.misread is None
    assert "s3cr3t" == reading.token
    assert () == reading.ignored
    assert reading.signal == Signal(
        strategy="Trend 4h",
        action=Action.BUY,
        symbol="BTCUSDT.P",
        id="BTC 2026-01-20T14:30:00Z",
        effect=Effect.OPEN,
        quantity=Decimal("0.50"),
        quantity_unit=QuantityUnit.EQUITY_PERCENT,
        order_type=OrderType.STOP_LIMIT,
        price=Decimal("27455.3"),
        trigger=Decimal(27450),
        time_ns=1_768_919_400 * SECOND_NS,
        position=Hint.LONG,
        prev_position=Hint.FLAT,
        comment="Close entry(s) order Long",
    )


def test_fills_nothing_in() -> None:
    """What the message has not, or has as null, stays unset."""
    bare = '{"strategy": "s", "symbol": "ES1!", "action": "sell"}'
    nulls = {name: None for name in FIELDS if name not in {"strategy", "symbol", "action"}}
    expected = Signal(strategy="s", action=Action.SELL, symbol="ES1!")

    assert expected == signal(bare)
    assert expected == signal(json.dumps({**json.loads(bare), **nulls}))


@pytest.mark.parametrize(
    "symbol",
    [
        *("BTCUSDT.P", "CME_MINI:ES1!", "ESM2026", "MNQ 06-25", "FX:EURUSD", "US100.cash", "BRK.B"),
        *("SPY 240510C68", "NIFTY25JAN21500CE", "005930", "ETH-PERP", "BTC/USDT:USDT", "eurusd.M"),
    ],
)
def test_keeps_a_symbol_as_it_is(symbol: str) -> None:
    """A symbol is text: no zero, suffix, case or space of it changes."""
    assert symbol == signal(alert(symbol=f'"{symbol}"')).symbol


@pytest.mark.parametrize(
    "text",
    [
        *("0.1", "27455.3", "37774.433333333334", "0.00000001", "1e2", "2.50", "1E-8"),
        *('"0.1"', '"2355.0"', '"3."', '".5"', '"+5"', '"007"', '"1e-8"'),
    ],
)
def test_reads_numbers_from_their_text(text: str) -> None:
    """A number, quoted or not, is the decimal that its sender wrote, to the last digit."""
    expected = Decimal(text.strip('"'))
    quantity = signal(alert(quantity=text)).quantity
    assert quantity is not None

    assert expected.as_tuple() == quantity.as_tuple()


@pytest.mark.parametrize(
    ("text", "expected_ns"),
    [
        ('"2026-01-20T14:30:00Z"', 1_768_919_400 * SECOND_NS),
        ('"2026-01-20T16:30:00+02:00"', 1_768_919_400 * SECOND_NS),
        ('"2026-01-20T09:00:00-05:30"', 1_768_919_400 * SECOND_NS),
        ('"2026-01-20T14:30:00.123456789Z"', 1_768_919_400 * SECOND_NS + 123_456_789),
        ('"2026-01-20T14:30:00.5Z"', 1_768_919_400 * SECOND_NS + 500_000_000),
        ("1768919400", 1_768_919_400 * SECOND_NS),
        ('"1768919400"', 1_768_919_400 * SECOND_NS),
        ("1768919400123", 1_768_919_400 * SECOND_NS + 123_000_000),
    ],
)
def test_reads_times(text: str, expected_ns: int) -> None:
    """A time with its zone, or in whole seconds or milliseconds, is one instant in UTC."""
    assert expected_ns == signal(alert(time=text)).time_ns


@pytest.mark.parametrize("word", ["buy", "Buy", "BUY"])
def test_reads_words_in_any_case(word: str) -> None:
    """Upper and lower case of a word mean the same."""
    assert signal(alert(action=f'"{word}"')).action is Action.BUY
    assert signal(alert(position='"LONG"')).position is Hint.LONG


def test_reads_whatever_stands_round_the_object() -> None:
    """A byte-order mark, white space and foreign line ends change nothing."""
    body = b"\xef\xbb\xbf\r\n " + alert().replace(", ", ",\r\n\t").encode() + b"\r\n\r\n"
    reading = read(body)

    assert signal(alert()) == reading.signal


def test_reads_text_beyond_ascii() -> None:
    """A comment may be in any language, and have several lines."""
    assert "Größe – 買い\n2" == signal(alert(comment='"Größe – 買い\\n2"')).comment
    assert "" == signal(alert(comment='""')).comment


def test_a_cancel_needs_no_symbol() -> None:
    """A cancel is for a strategy, and may be for one of its symbols."""
    assert "" == signal(alert(action='"cancel"', symbol="", quantity="")).symbol
    assert "ES1!" == signal(alert(action='"cancel"', symbol='"ES1!"', quantity="")).symbol


def test_tells_which_fields_it_ignored() -> None:
    """Fields that only inform are let through and told; names are made fit to be shown."""
    known = alert(interval='"15"', exchange='"BINANCE"', bar='{"open": 1}')
    hostile = alert(**{"\\u001b[2J": "1", "n" * 100: "2"})
    many = alert(**{f"info {number}": "1" for number in range(30)})

    assert ("interval", "exchange", "bar") == read(known.encode()).ignored
    assert ("\\x1b[2J", "n" * 64 + "…") == read(hostile.encode()).ignored
    assert 16 == len(read(many.encode()).ignored)


@pytest.mark.parametrize("value", ["null", '""', "[]"])
def test_an_empty_stop_asks_for_nothing(value: str) -> None:
    """A template with a field for what is not built may be sent while the field is empty."""
    assert signal(alert()) == signal(alert(stop_loss=value, targets=value, target_position=value))


def test_offers_the_native_dialect_by_name() -> None:
    """A route names its dialect; the table knows it."""
    native: Any = DIALECTS["native"]

    assert signal(alert()) == native(alert().encode()).signal
