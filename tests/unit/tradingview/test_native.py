from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final

import pytest

from adapters.tradingview import DIALECTS, read
from adapters.tradingview.native import FIELDS
from adapters.tradingview.terms import PLAIN
from core.levels import BreakEven, Level, LevelUnit, Protection, Target, Trail
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


def level(value: str, unit: LevelUnit = LevelUnit.PRICE) -> Level:
    """Make a level."""
    return Level(value=Decimal(value), unit=unit)


EVERYTHING: Final = {
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
    "sequence": "12",
    "stream": "4h, fast",
    "position": "long",
    "prev_position": "flat",
    "comment": "Close entry(s) order Long",
    "signal_price": "27452.1",
    "stop": "27300",
    "stop_unit": "price",
    "targets": "2:50;3",
    "target_unit": "risk",
    "trail": 1.5,
    "trail_after": "27600",
    "trail_unit": "price",
    "break_even": "1",
    "break_even_offset": "0.1",
    "break_even_unit": "percent",
    "reduce_only": False,
    "position_size": "2",
    "prev_position_size": "0",
}
"""A message with every field that can stand beside the others."""


def test_reads_every_field() -> None:
    """A message with every field becomes a signal with the same content, the token kept apart."""
    reading = read(json.dumps(EVERYTHING).encode())

    assert set(FIELDS) - {"target_position"} == set(EVERYTHING)
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
        signal_price=Decimal("27452.1"),
        protection=Protection(
            stop=level("27300"),
            targets=(
                Target(level=level("2", LevelUnit.RISK), share=Decimal(50)),
                Target(level=level("3", LevelUnit.RISK)),
            ),
            trail=Trail(distance=level("1.5", LevelUnit.OFFSET), after=level("27600")),
            break_even=BreakEven(
                after=level("1", LevelUnit.PERCENT), offset=level("0.1", LevelUnit.PERCENT)
            ),
        ),
        position_size=Decimal(2),
        prev_position_size=Decimal(0),
        sequence=12,
        stream="4h, fast",
    )


@pytest.mark.parametrize(
    ("written", "number"),
    [('"1"', 1), ("7", 7), ('"12.0"', 12), ("1e3", 1000), (str(10**15), 10**15)],
)
def test_counts_its_alerts(written: str, number: int) -> None:
    """A sequence is a whole number, as a text or bare, as Pine may write it."""
    body = f'{{"strategy": "s", "symbol": "X", "action": "buy", "sequence": {written}}}'
    signal = read(body.encode()).signal

    assert signal is not None
    assert number == signal.sequence


@pytest.mark.parametrize("more", ["", ', "symbol": "ES1!"', ', "position": "long", "price": "5"'])
def test_a_heartbeat_needs_no_symbol(more: str) -> None:
    """It says that the script is alive, and may say what it holds; nothing of it is an order."""
    body = f'{{"strategy": "s", "action": "heartbeat", "sequence": 4{more}}}'
    signal = read(body.encode()).signal

    assert signal is not None
    assert (Action.HEARTBEAT, 4, None) == (signal.action, signal.sequence, signal.quantity)


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"102"', [("102", None)]),
        ("102.5", [("102.5", None)]),
        ('"102;104"', [("102", None), ("104", None)]),
        ('"102:30;104:70"', [("102", "30"), ("104", "70")]),
        ('"102:30;104"', [("102", "30"), ("104", None)]),
    ],
)
def test_reads_targets(text: str, expected: list[tuple[str, str | None]]) -> None:
    """Targets are one text: numbers with a semicolon between them, each perhaps with its share."""
    protection = signal(alert(targets=text)).protection
    assert protection is not None
    found = [
        (str(target.level.value), None if target.share is None else str(target.share))
        for target in protection.targets
    ]

    assert expected == found


def test_a_stop_that_is_no_price_says_its_unit() -> None:
    """A bare number is a price; anything else names its unit."""
    ticks = signal(alert(stop="20", stop_unit='"Ticks"')).protection
    assert Protection(stop=level("20", LevelUnit.TICKS)) == ticks
    assert Protection(stop=level("20")) == signal(alert(stop="20")).protection


@pytest.mark.parametrize("text", ["true", '"True"', '"TRUE"'])
def test_reduce_only_is_another_word_for_close(text: str) -> None:
    """A buy or a sell that may only reduce closes, and opens nothing."""
    assert signal(alert(reduce_only=text)).effect is Effect.CLOSE
    assert signal(alert(reduce_only="false")).effect is Effect.AUTO
    assert signal(alert(action='"exit"', reduce_only=text)).effect is Effect.AUTO


@pytest.mark.parametrize(
    ("wanted", "expected"), [('"-2"', "-2"), ("0", "0"), ('"0"', "0"), ('"1.5"', "1.5")]
)
def test_reads_the_position_that_is_wanted(wanted: str, expected: str) -> None:
    """A target says what position it wants: short below zero, flat at zero."""
    fields = {"action": '"target"', "quantity": "", "target_position": wanted}
    found = signal(alert(**fields, quantity_unit='"units"'))

    assert (Action.TARGET, Decimal(expected)) == (found.action, found.target_position)


def test_a_target_may_be_said_by_the_position_alone() -> None:
    """Direction and size of the sender's own position say it as well; the sign may be theirs."""
    fields = {"action": '"target"', "quantity": "", "position": '"short"'}
    for size in ("2", "-2"):
        found = signal(alert(**fields, position_size=size))

        assert (Hint.SHORT, Decimal(2)) == (found.position, found.position_size)


def test_levels_are_compared_with_the_price_only_where_a_position_opens_for_certain() -> None:
    """One message serves entries and exits of a strategy: the stop of an exit protects nothing."""
    levels = {"price": "100", "stop": "99", "targets": '"101;102"'}
    out = {"action": '"sell"', "prev_position": '"long"', "position": '"flat"'}

    assert signal(alert(**levels, **out)).protection is None
    assert signal(alert(**levels, action='"sell"')).protection is not None
    assert signal(alert(**levels, effect='"open"')).protection is not None


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [("sell", "long", "flat"), ("buy", "short", "flat"), ("sell", "long", "long")],
)
def test_no_level_is_a_reason_to_refuse_an_exit(action: str, before: str, after: str) -> None:
    """What a strategy plots as its stop is NaN once it is out; its exit is read without it."""
    hints = {"prev_position": f'"{before}"', "position": f'"{after}"'}
    text = alert(action=f'"{action}"', **hints, stop='"NaN"', targets='"NaN:50;NaN"', trail="0")
    reading = read(text.encode())

    assert reading.signal == signal(alert(action=f'"{action}"', **hints))
    assert ("stop", "targets", "trail") == reading.ignored


def test_offers_the_native_dialect_by_name() -> None:
    """A route names its dialect; the table knows it."""
    native: Any = DIALECTS["native"].read

    assert signal(alert()) == native(alert().encode(), PLAIN).signal
