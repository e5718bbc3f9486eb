"""Numbers of the domain: exact decimals, read strictly.

Rules of this file
1. A number enters the domain through ``decimal_of`` and nowhere else; the values that carry numbers
   refuse what did not (``must_be_finite``).
2. A binary float never becomes money: it has already lost what the sender wrote.
3. NaN and infinity compare false to every limit, so they never get in.
4. Steps are counted in a context so wide that no number of the domain is rounded or refused in it.
"""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Context, Decimal
from typing import Final

ZERO: Final = Decimal(0)

DIGITS_MAX: Final = 28
"""Significant digits kept of one number: the precision of Python's decimal context, so that reading
never rounds. The longest number seen on a venue has 18 fraction digits and 10 before the point."""

EXPONENT_MAX: Final = 28
"""Largest absolute decimal exponent: ``1e999999`` is twelve bytes long and a megabyte once written
out."""

_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,6})?", re.ASCII)

_WIDE: Final = Context(prec=256)
"""The largest quotient of two numbers that get in has 57 digits, and products of three have 142."""

_SCALES: Final = [(Decimal((0, (1,), n)), Decimal((0, (1,), -n))) for n in range(DIGITS_MAX + 1)]
"""``1e+n`` and ``1e-n``: multiplying by them moves the point, three times as fast as ``scaleb``."""

plus: Final = _WIDE.add
minus: Final = _WIDE.subtract
"""Two numbers, exactly: a sum that is rounded depends on the order of what was added."""

_CUTTING: Final = Context(prec=84, rounding=ROUND_DOWN)


class NumberError(ValueError):
    """What was read is not a number of this domain. ``code`` names which rule it broke."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text[:60]!r}")
        self.code = code
        self.text = text[:60]


def decimal_of(value: str | int | Decimal) -> Decimal:
    """Read a number exactly.

    Errors: ``NumberError`` with ``number_invalid`` (not a number, NaN, infinity, a comma),
    ``number_too_long`` (more than ``DIGITS_MAX`` digits or an exponent beyond ``EXPONENT_MAX``);
    ``TypeError`` for a float, which is a defect of the caller and not of the sender.
    """
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, str):
        if len(value) > 64:  # 28 digits, a sign, a point and an exponent fit twice
            raise NumberError("number_too_long", value)
        if _NUMBER.fullmatch(value) is None:
            raise NumberError("number_invalid", value)
        number = Decimal(value)
        # Written out in so few characters it has neither too many digits nor too many zeros.
        if len(value) <= DIGITS_MAX and "e" not in value and "E" not in value:
            return number
    elif isinstance(value, int) and not isinstance(value, bool):  # pyright: ignore[reportUnnecessaryIsInstance]
        number = Decimal(value)
    else:
        raise TypeError(f"a {type(value).__name__} is not an exact number")
    sign_digits_exponent = number.as_tuple()
    exponent = sign_digits_exponent.exponent
    if not isinstance(exponent, int):
        raise NumberError("number_invalid", str(value))
    too_wide = number.adjusted() > EXPONENT_MAX or exponent < -EXPONENT_MAX
    if too_wide or len(sign_digits_exponent.digits) > DIGITS_MAX:
        raise NumberError("number_too_long", str(value))
    return number


def must_be_finite(*numbers: Decimal | None) -> None:
    """Refuse NaN and infinity. Errors: ``NumberError`` with ``number_invalid``."""
    for number in numbers:
        if number is not None and not number.is_finite():
            raise NumberError("number_invalid", str(number))


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Cut ``value`` down, towards zero, to a whole number of steps. Never up: up is more risk."""
    assert step > ZERO, "a step is positive"
    return _WIDE.multiply(_WIDE.divide_int(value, step), step)


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """Raise a positive ``value`` to the next whole number of steps."""
    floor = floor_to(value, step)
    return floor if floor == value else floor + step


def ratio(number: Decimal, by: Decimal) -> Decimal:
    """Divide, cutting towards zero after more digits than any step has."""
    return _CUTTING.divide(number, by)


def product(*numbers: Decimal) -> Decimal:
    """Multiply exactly: a product that is rounded could reach the next step."""
    made = Decimal(1)
    for number in numbers:
        made = _WIDE.multiply(made, number)
    return made


def total(*numbers: Decimal) -> Decimal:
    """Add exactly: a sum that is rounded depends on the order of what was added."""
    made = ZERO
    for number in numbers:
        made = _WIDE.add(made, number)
    return made


def round_to(value: Decimal, step: Decimal) -> Decimal:
    """Bring ``value`` to the nearest whole number of steps (half to even)."""
    assert step > 0, "a step is positive"
    steps = _WIDE.divide(value, step).to_integral_value(ROUND_HALF_EVEN)
    return _WIDE.multiply(steps, step)


def to_places(value: Decimal, places: int) -> Decimal:
    """Do what ``round_to`` does with ``1e-places``, without its division of 256 digits: each fill
    is measured. ``value``: has at most ``DIGITS_MAX`` digits, as the result of any sum or quotient
    that is not made by this module."""
    up, down = _SCALES[places]
    return (value * up).to_integral_value(ROUND_HALF_EVEN) * down


def is_step(value: Decimal, step: Decimal) -> bool:
    """Say whether ``value`` is a whole number of steps."""
    assert step > 0, "a step is positive"
    return _WIDE.remainder(value, step) == 0


def shown(value: Decimal, places: int, *, up: bool = False) -> str:
    """Write a number for people with at most ``places`` fraction digits; cut, or rounded away."""
    cut = value.quantize(Decimal(1).scaleb(-places), ROUND_UP if up else ROUND_DOWN, _WIDE)
    return plain(cut)


def plain(value: Decimal) -> str:
    """Write a number as people do: no exponent, no zeros behind that say nothing."""
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    if text[-1] != "0":
        return text
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
