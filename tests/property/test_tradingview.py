from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from adapters.tradingview import BODY_BYTES_MAX, CODES, read, redact
from adapters.tradingview.json_breaks import first_break
from adapters.tradingview.native import FIELDS
from adapters.tradingview.reading import SHOWN_MAX
from core.signals import Signal

TOKEN = "Zq7-kP_x2Wm9vT4s"

GOOD = (
    '{"version": 1, "token": "' + TOKEN + '", "id": "BTC-1", "strategy": "Trend 4h", '
    '"symbol": "BTCUSDT.P", "action": "buy", "effect": "open", "quantity": 0.5, '
    '"quantity_unit": "units", "order_type": "stop_limit", "price": "27455.3", '
    '"trigger": 27450.1, "time": "2026-01-20T14:30:00Z", "position": "long", '
    '"prev_position": "flat", "comment": "Long", "bar": {"o": [1, 2.5]}}'
)

PIECES = st.sampled_from(
    [
        *('"', "'", ",", ":", "{", "}", "[", "]", "\\", "\n", " ", "=", ";", "//", "...", "“", "”"),
        *("{{", "}}", "{{close}}", "%x%", "NaN", "null", "-", "1e999", "*2", "\x00", "\ufeff", "é"),
        *("true", "0", "9" * 40, '""', '\\"', "\ud800", "buy", "sell"),
    ]
)


@st.composite
def broken(draw: st.DrawFn, text: str = GOOD) -> str:
    """A good alert with a few pieces put in, taken out or written over."""
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        out = draw(st.integers(0, 12))
        text = text[:at] + draw(st.one_of(st.just(""), PIECES)) + text[at + out :]
    return text


def encoded(text: str) -> bytes:
    """Return a text as bytes, lone surrogates included: they arrive as bytes that are no UTF-8."""
    return text.encode("utf-8", "surrogatepass")


def assert_read(body: bytes) -> None:
    """What holds for each reading, whatever the body."""
    reading = read(body)

    assert (reading.signal is None) != (reading.misread is None)
    if reading.misread is not None:
        misread = reading.misread
        assert misread.code in CODES
        assert len(misread.value) <= SHOWN_MAX * 10 and misread.value.isprintable()
        assert misread.field.isprintable()
    if reading.signal is not None:
        assert_nothing_invented(body, reading.signal)
    assert isinstance(redact(body), str)


def assert_nothing_invented(body: bytes, signal: Signal) -> None:
    """Every part of a signal stands in its message, numbers to the last digit."""
    message: dict[str, Any] = json.loads(
        body.decode("utf-8-sig"), parse_float=Decimal, parse_int=Decimal
    )
    for name in ("quantity", "price", "trigger"):
        found: Decimal | None = getattr(signal, name)
        sent = message.get(name)
        assert (found is None) == (sent is None)
        if found is not None:
            assert sent is not None
            assert Decimal(sent).as_tuple() == found.as_tuple()
    for name in ("id", "strategy", "symbol", "comment"):
        assert (getattr(signal, name) or None) == (message.get(name) or None)
    for name in ("action", "effect", "quantity_unit", "order_type", "position", "prev_position"):
        if message.get(name) is not None:
            assert getattr(signal, name) == message[name].lower()
        else:
            assert getattr(signal, name) == getattr(Signal(strategy="", action=signal.action), name)
    assert (signal.time_ns is None) == (message.get("time") is None)


@given(st.binary(max_size=300))
@example(b"")
@example(b"\xef\xbb\xbf{}")
@example(b'"' * 300)
def test_no_bytes_raise(body: bytes) -> None:
    """Whatever bytes arrive, reading ends in a signal or in a refusal of the table."""
    assert_read(body)


@given(st.text(max_size=300))
def test_no_text_raises(text: str) -> None:
    """Whatever text arrives, reading ends in a signal or in a refusal of the table."""
    assert_read(encoded(text))


@given(broken())
def test_no_broken_alert_raises(text: str) -> None:
    """A damaged alert is refused, or what is left of it is read exactly."""
    assert_read(encoded(text))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(list(FIELDS)) | st.text(max_size=8), JSON))
def test_no_json_raises(message: dict[str, Any]) -> None:
    """Any JSON under our field names is read or refused."""
    assert_read(encoded(json.dumps(message)))


NUMBERS = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(1, 10**28 - 1),
    st.integers(0, 28),
)


@given(NUMBERS, NUMBERS, st.booleans())
def test_decimals_round_trip(quantity: Decimal, price: Decimal, quoted: bool) -> None:
    """A number that is read is the number that was sent, digit for digit."""
    quote = '"' if quoted else ""
    body = (
        '{"strategy": "s", "symbol": "x", "action": "buy", '
        f'"quantity": {quote}{quantity}{quote}, "price": {quote}{price}{quote}}}'
    )
    signal = read(body.encode()).signal
    assert signal is not None
    assert signal.quantity is not None
    assert signal.price is not None

    assert quantity.as_tuple() == signal.quantity.as_tuple()
    assert price.as_tuple() == signal.price.as_tuple()


@given(broken() | st.text(max_size=60))
def test_the_walk_agrees_with_the_parser(text: str) -> None:
    """The walk that explains faults finds one exactly where the strict parser refuses the text."""

    def refuse(_: str) -> None:
        raise ValueError

    try:
        json.loads(text.strip(), parse_constant=refuse)
        good = True
    except ValueError:
        good = False

    assert good == (first_break(text.strip()) is None)


@st.composite
def broken_round_the_token(draw: st.DrawFn) -> str:
    """A damaged alert in which the name and the value of the token stand as they were, in order."""
    name = GOOD.index("token")
    value = GOOD.index(TOKEN)
    before = draw(broken(GOOD[:name]))
    between = draw(
        st.lists(st.sampled_from(['"', "'", ":", "=", " ", "\n", "\t", '"": "', "“"]), min_size=1)
    )
    after = draw(broken(GOOD[value + len(TOKEN) :]))
    return before + "token" + "".join(between) + TOKEN + after


@given(broken_round_the_token())
def test_redaction_never_leaks(text: str) -> None:
    """However the message is broken, what stands under the name of the token is not shown."""
    body = encoded(text)

    assert TOKEN not in redact(body)
    misread = read(body).misread
    assert TOKEN not in str(misread)


@given(st.integers(0, len(GOOD)), st.sampled_from([b"", b"\xff", b'"', b"\x00"]))
def test_redaction_of_a_cut_message(at: int, end: bytes) -> None:
    """A message that was cut on its way, also within the token, shows no part of it."""
    text = redact(GOOD[:at].encode() + end)

    assert not any(TOKEN[:n] in text for n in range(3, len(TOKEN)))


@given(st.text(alphabet='"\\{}[]:,ntoken ', max_size=2000))
@example("\\" * 2000)
@example('"\\' * 1000)
@example('"token' * 300)
@example("key" * 600)
def test_bounds_what_it_shows(text: str) -> None:
    """However hostile the text, what is shown of it stays short."""
    assert len(redact(encoded(text * 20))) < 4200
    assert_read(encoded(text * 20)[:BODY_BYTES_MAX])
