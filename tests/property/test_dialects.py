"""Every dialect on any bytes: it reads, or it refuses in words; it never raises or invents."""

from __future__ import annotations

import re
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from adapters.tradingview import CODES, DIALECTS, Terms, redact
from adapters.tradingview.assembly import BATCH_MAX
from adapters.tradingview.repairs import opened
from adapters.tradingview.terms import REPAIRS
from core.levels import LevelUnit
from core.signals import QuantityUnit, Signal
from tests.unit.tradingview.golden import Golden, goldens

GOLDEN = goldens()
TERMS = [
    Terms(),
    Terms(
        strategy="demo",
        quantity_unit=QuantityUnit.UNITS,
        risk_unit=QuantityUnit.UNITS,
        target_unit=LevelUnit.PIPS,
        pending_unit=LevelUnit.PRICE,
        sides="both",
        repair=frozenset(REPAIRS),
    ),
]
PIECES = st.sampled_from(
    [
        *("", '"', ",", ":", "{", "}", "[", "]", "\\", "\n", " ", "=", ";", "|", "_", "%", "#"),
        *("{{", "}}", "{{close}}", "NaN", "na", "null", "-", "1e999", "*2", "\x00", "\ufeff", "é"),
        *("true", "0", "9" * 40, "buy", "sell", "long", "close", "1,000", "0,5", "5%", "\\n"),
    ]
)
OURS = (
    *("native", "native_text", "mapping"),
    *("traderspost", "order_action", "3commas", "openalgo", "okx", "metaapi", "wundertrading_json"),
    "junta",
)
"""Dialects that write every number and text as the message has it."""

RATIOS = ("wundertrading_json", "junta")
"""Of these, dialects that write a share of the equity as a ratio, where ours is in percent."""


@st.composite
def damaged(draw: st.DrawFn) -> tuple[Golden, bytes]:
    """A golden alert with a few pieces put in, taken out or written over."""
    golden = draw(st.sampled_from(GOLDEN))
    text = golden.body.decode("utf-8", "replace")
    for _ in range(draw(st.integers(1, 4))):
        at, out = draw(st.integers(0, len(text))), draw(st.integers(0, 12))
        text = text[:at] + draw(PIECES) + text[at + out :]
    return golden, text.encode("utf-8", "replace")


def assert_read(dialect: str, body: bytes, terms: Terms) -> None:
    """What holds for each reading, whatever the body."""
    reading = DIALECTS[dialect].read(body, terms)

    assert bool(reading.signals) != (reading.misread is not None)
    assert len(reading.signals) <= BATCH_MAX
    if reading.misread is not None:
        assert reading.misread.code in CODES
        assert reading.misread.value.isprintable() and reading.misread.field.isprintable()
    if dialect in OURS:
        for signal in reading.signals:
            assert_nothing_invented(signal, body, terms, ratios=dialect in RATIOS)
    assert isinstance(redact(body), str)


def assert_nothing_invented(signal: Signal, body: bytes, terms: Terms, *, ratios: bool) -> None:
    """Every number and text of a signal stands in its message, in its route, or in its mapping."""
    text = opened(body, terms.repair)[0]
    numbers = {
        Decimal(one) for one in re.findall(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", text)
    }
    numbers |= {100 * one for one in numbers} if ratios else set()
    for name in ("quantity", "price", "trigger", "target_position", "signal_price"):
        number: Decimal | None = getattr(signal, name)
        assert number is None or {number, abs(number), -number} & numbers, name
    constants = [] if terms.mapping is None else [one.constant for _, one in terms.mapping.fields]
    if "\\" not in text:
        known = (text, terms.strategy, *(one for one in constants if one))
        for said in (signal.symbol, signal.strategy, re.sub(r"#\d+$", "", signal.id or "")):
            assert any(said in one for one in known)


@given(st.sampled_from(sorted(DIALECTS)), st.sampled_from(TERMS), st.binary(max_size=200))
def test_no_bytes_raise(dialect: str, terms: Terms, body: bytes) -> None:
    """Whatever bytes arrive, each dialect ends in signals or in a refusal of the table."""
    assert_read(dialect, body, terms)


@given(st.sampled_from(sorted(DIALECTS)), st.sampled_from(TERMS), st.text(max_size=200))
def test_no_text_raises(dialect: str, terms: Terms, text: str) -> None:
    """Whatever text arrives, each dialect ends in signals or in a refusal of the table."""
    assert_read(dialect, text.encode("utf-8", "replace"), terms)


@given(damaged())
def test_no_damaged_alert_raises(case: tuple[Golden, bytes]) -> None:
    """A damaged alert is refused, or what is left of it is read exactly."""
    golden, body = case
    assert_read(golden.dialect, body, golden.terms)


@given(damaged(), st.sampled_from(sorted(DIALECTS)))
def test_no_alert_of_another_dialect_raises(case: tuple[Golden, bytes], dialect: str) -> None:
    """An alert that comes to the wrong route is refused, or means what that dialect says."""
    golden, body = case
    assert_read(dialect, body, golden.terms)
