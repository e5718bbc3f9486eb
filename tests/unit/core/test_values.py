"""Numbers, names, instruments, sizes and positions."""

from __future__ import annotations

import hashlib
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import ids, money
from core.codes import Code, fill, table
from core.money import (
    NumberError,
    ceil_to,
    decimal_of,
    floor_to,
    is_step,
    plain,
    round_to,
    shown,
    to_places,
)
from core.orders import Side
from core.positions import Position, after_fill
from core.reports import Quote
from core.risk.check import within
from core.risk.controls import Control
from core.risk.limits import Limit
from core.setup import scopes_of
from core.signals import Action, QuantityUnit, Signal
from core.sizing import Sized, Unsized, cut, size
from tests.unit.core.setups import BTC, ETH, setup_of

D = Decimal

NUMBERS = st.decimals(
    min_value=D("1e-12"), max_value=D("1e15"), allow_nan=False, allow_infinity=False
).filter(lambda number: len(number.as_tuple().digits) <= money.DIGITS_MAX)
STEPS = st.sampled_from([D(x) for x in ("1", "0.5", "0.25", "0.01", "1e-8", "3", "0.003", "7e-7")])


# --- numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", "1"), ("-1.50", "-1.50"), ("+.5", "0.5"), ("5.", "5"), ("1e3", "1000"),
        ("1E-3", "0.001"), ("0", "0"), ("9" * 28, "9" * 28), ("1e28", "1e28"), ("1e-28", "1e-28"),
        ("0.1234567890123456789012345678", "0.1234567890123456789012345678"),
    ],
)  # fmt: skip
def test_a_number_is_read_exactly(text: str, number: str) -> None:
    """Every digit that was written is kept."""
    assert D(number) == decimal_of(text)
    assert D(text).as_tuple() == decimal_of(text).as_tuple()


@pytest.mark.parametrize(
    "text",
    ["", " ", "1 ", " 1", "1,5", "1_000", "0x1", "NaN", "nan", "sNaN", "Infinity", "-inf", "1e",
     "e5", ".", "--1", "1.2.3", "one", "١٢", "1\n", "1e0x1", "+-1"],
)  # fmt: skip
def test_what_is_no_number_is_refused(text: str) -> None:
    """Commas, blanks, other alphabets, NaN and infinity are no numbers."""
    with pytest.raises(NumberError) as caught:
        decimal_of(text)
    assert "number_invalid" == caught.value.code


@pytest.mark.parametrize(
    "text", ["9" * 29, "1e29", "1e-29", "1e999999", "0." + "0" * 28 + "1", "1" * 65, "1e-999999"]
)
def test_a_number_that_no_market_has_is_refused(text: str) -> None:
    """Twelve bytes cannot become a megabyte."""
    with pytest.raises(NumberError) as caught:
        decimal_of(text)
    assert "number_too_long" == caught.value.code


@pytest.mark.parametrize("value", [1.5, True, None, b"1", D("NaN"), D("Infinity"), D("sNaN")])
def test_a_float_is_a_defect_and_nan_is_no_number(value: Any) -> None:
    """A binary float has lost what the sender wrote; NaN passes every limit."""
    with pytest.raises((TypeError, NumberError)):
        decimal_of(value)


@given(NUMBERS, STEPS)
def test_cutting_never_goes_up(value: Decimal, step: Decimal) -> None:
    """Cut to steps: at most the value, less than a step below it, and a whole number of steps."""
    cut_down, raised, near = floor_to(value, step), ceil_to(value, step), round_to(value, step)

    assert cut_down <= value < cut_down + step
    assert raised - step < value <= raised
    assert near in (cut_down, raised)
    assert is_step(cut_down, step)
    assert is_step(raised, step)
    assert is_step(value, step) is (cut_down == value)


@given(NUMBERS, st.sampled_from([0, 4, 8, 28]))
def test_places_and_steps_round_alike(value: Decimal, places: int) -> None:
    """To so many digits is to a step of that size, to the last digit that is written."""
    assert str(round_to(value, D(1).scaleb(-places))) == str(to_places(value, places))


def test_cutting_is_exact_where_a_context_would_round() -> None:
    """28 digits over a step that makes 29 of them: down, although the quotient rounds up."""
    value = D("9.999999999999999999999999999")

    assert D("7.5") == floor_to(value, D("2.5"))
    assert -D("7.5") == floor_to(-value, D("2.5"))
    assert not is_step(value, D("2.5"))
    assert is_step(D("1e28"), D("1e-28"))
    assert D("1e28") == floor_to(D("1e28"), D("1e-28"))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
def test_a_number_for_people_is_the_number(value: Decimal) -> None:
    """No exponent, no empty zeros, no minus zero; read again it is the same number."""
    text = plain(value)

    assert value == D(text)
    assert re.fullmatch(r"-?\d+(\.\d*[1-9])?", text)
    assert "-0" != text


def test_what_is_shown_shorter_is_cut_or_rounded_away() -> None:
    """A measured number above its limit is never shown as equal to it."""
    assert ("1.2345", "1.2346") == (
        shown(D("1.23450001"), 4), shown(D("1.23450001"), 4, up=True),
    )  # fmt: skip
    assert "1" == shown(D("1.0000"), 4, up=True)


def test_no_number_of_a_signal_is_nan() -> None:
    """What is not a number is refused where a signal is made."""
    for name in ("quantity", "price", "trigger"):
        fields: dict[str, Any] = {name: D("NaN")}
        with pytest.raises(NumberError):
            Signal(strategy="s", action=Action.BUY, **fields)


@pytest.mark.parametrize(
    ("measured", "passed", "failed"),
    [("1", "1", "1"), ("1.50", "1.5", "1.5"), ("0.123456", "0.123456", "0.123456"),
     ("0.1234561", "0.123456", "0.123457"), ("100.1234569", "100.123456", "100.123457"),
     ("1E+3", "1000", "1000")],
)  # fmt: skip
def test_a_measure_is_shown_with_six_digits(measured: str, passed: str, failed: str) -> None:
    """Cut when it is within its limit, rounded away from it when it is beyond."""
    shown_as = [
        within(Control.VALUE, "v", "over", D(measured), limit=Limit(D(at), "s", at)).value
        for at in ("100000", "0")
    ]

    assert [passed, failed] == shown_as


# --- names


@given(st.lists(st.text(st.characters(exclude_characters="\x1f", codec="utf-8")), min_size=1))
def test_a_name_is_made_from_what_it_names(parts: list[str]) -> None:
    """The same parts give the same 26 characters in every process, of digits and small letters."""
    name = ids.name_of(*parts)

    assert hashlib.sha256("\x1f".join(parts).encode()).hexdigest().startswith(name)
    assert re.fullmatch(r"[0-9a-z]{26}", name)
    assert ids.LENGTH == len(name)


def test_names_differ_in_every_part() -> None:
    """Account, origin, leg and revision each make another order; parts do not run together."""
    names = {
        ids.order_id("a", "b"), ids.order_id("a", "c"), ids.order_id("b", "b"),
        ids.order_id("a", "b", "exit"), ids.order_id("a", "b", "entry", 1), ids.order_id("ab", ""),
        ids.signal_id("a", "b", 1), ids.signal_id("a", "b", 2), ids.signal_id("a", "b\x1f", 1),
    }  # fmt: skip

    assert 9 == len(names)
    assert ids.order_id("a", "b") == ids.order_id("a", "b", "entry", 0)
    with pytest.raises(AssertionError):
        ids.name_of("a\x1fb")


# --- sizes


@given(
    asked=NUMBERS,
    unit=st.sampled_from([QuantityUnit.UNITS, QuantityUnit.QUOTE, QuantityUnit.RISK_QUOTE]),
    bid=st.decimals("0.01", "100000", places=2),
    spread=st.decimals("0", "10", places=2),
    side=st.sampled_from(Side),
)
def test_a_size_is_never_more_than_was_asked_for(
    asked: Decimal, unit: QuantityUnit, bid: Decimal, spread: Decimal, side: Side
) -> None:
    """By units, value or risk: whole steps, and worth at most what was asked for."""
    quote = Quote(instrument="ETHUSDT", bid=bid, ask=bid + spread, last=bid, at_ns=1)
    price = quote.ask if side is Side.BUY else quote.bid
    stop = price - side.sign * D("0.01")
    per_unit = {
        QuantityUnit.UNITS: D(1),
        QuantityUnit.QUOTE: price * ETH.multiplier,
        QuantityUnit.RISK_QUOTE: abs(price - stop) * ETH.multiplier,
    }[unit]
    sized = size(
        asked,
        unit,
        instrument=ETH,
        side=side,
        price=None,
        quote=quote,
        standing=None,
        stop=stop,
    )

    if isinstance(sized, Unsized):
        assert "quantity_below_step" == sized.code
        assert asked < ETH.quantity_min * per_unit
    else:
        assert isinstance(sized, Sized)
        assert is_step(sized.quantity, ETH.lot_step)
        assert sized.quantity >= ETH.quantity_min
        with_room = money.floor_to(asked, D("1e-40"))
        assert sized.quantity * per_unit <= with_room


def test_a_cut_is_shown() -> None:
    """What was asked for and what is left of it stand beside each other."""
    whole, less = cut(D("1.5"), BTC, "1.5"), cut(D("1.23456"), BTC, "x")

    assert Sized(D("1.5"), "1.5") == whole
    assert Sized(D("1.234"), "x = 1.23456 cut down to 1.234") == less
    assert Unsized("quantity_below_step", "0.0001", "0.001") == cut(D("0.0001"), BTC, "")
    assert Unsized("quantity_below_step", "0.01", "0.02") == cut(D("0.01"), ETH, "")
    assert Unsized("quantity_below_step", "-1", "0.001") == cut(D(-1), BTC, "")


# --- positions


FILLS = st.lists(
    st.tuples(
        st.sampled_from(Side),
        st.decimals("0.01", "100", places=2),
        st.decimals("1", "1000", places=2),
        st.decimals("0", "1", places=2),
    ),
    max_size=30,
)


@given(FILLS, st.decimals("1", "1000", places=2))
def test_profit_is_the_cash_that_moved_and_what_is_held(
    fills: list[tuple[Side, Decimal, Decimal, Decimal]], price: Decimal
) -> None:
    """Realized and open profit together are cash plus worth, whatever the order of the fills."""
    position = Position(account="a", instrument="i", strategy="s", multiplier=D(5))
    cash = quantity = fees = D(0)
    for side, size_, at, fee in fills:
        position = after_fill(position, side, quantity=size_, price=at, fee=fee)
        quantity += side.sign * size_
        cash -= side.sign * size_ * at * 5
        fees += fee

    assert (quantity, fees) == (position.quantity, position.fees)
    worth = cash + quantity * price * 5
    assert abs(position.realized + position.open_profit(price) - worth) < D("1e-15")
    assert (position.average_price == 0) is (quantity == 0)


def test_through_flat_the_rest_is_opened_at_the_price_of_the_fill() -> None:
    """Long 2 at 100, sold 3 at 110: 20 realized, short 1 at 110."""
    position = Position(account="a", instrument="i", strategy="s")
    position = after_fill(position, Side.BUY, quantity=D(2), price=D(100))
    position = after_fill(position, Side.SELL, quantity=D(3), price=D(110))

    assert (D(-1), D(110), D(20)) == (
        position.quantity, position.average_price, position.realized,
    )  # fmt: skip
    assert D(5) == position.open_profit(D(105))


# --- codes and scopes


def test_a_sentence_takes_its_facts_and_nothing_else() -> None:
    """Braces inside a fact stay what they are, and a flood is cut."""
    assert "{limit} of 2 at {value}" == fill(
        "{value} of {limit} at {where}", "{limit}", "2", "{value}"
    )
    assert "say {{timenow}}" == fill("say {{timenow}}", "1", "2", "3")
    assert 202 > len(fill("{value}", "y" * 500, "", ""))


def test_a_fact_that_ends_a_sentence_brings_no_second_stop() -> None:
    """What a venue says ends with a stop of its own; a number and a name keep theirs."""
    assert "It said: API key is invalid." == fill(
        "It said: {value}.", "API key is invalid..", "", ""
    )
    assert "v1. is old" == fill("{value} is old", "v1.", "", "")


def test_a_code_stands_once_in_its_table() -> None:
    """Two rows of one name are a defect."""
    with pytest.raises(AssertionError, match="twice"):
        table(Code("a", "b", "c"), Code("a", "d", "e"))


def test_scopes_go_from_wide_to_narrow() -> None:
    """The scopes of an order, as limits are written."""
    account = setup_of(account={"groups": ("g", "h")}).accounts["one"]

    assert (
        "global", "group:g", "group:h", "account:one", "strategy:trend", "instrument:X",
        "account:one/instrument:X",
    ) == scopes_of(account, "trend", "X")  # fmt: skip
