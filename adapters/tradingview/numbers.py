"""Numbers of an alert: their text becomes a ``Decimal``, or the fault is named as its sender would
name it.

Rules of this file
1. A number is never mended. ``27,455`` may be 27455 or 27.455, and only its sender knows.
2. The text is matched against faults only after ``core.money`` refused it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from adapters.tradingview.reading import Fault
from adapters.tradingview.redaction import masked
from core.money import ZERO, NumberError, decimal_of

NOT_FINITE: Final = re.compile(
    r"[+-]?(?:nan|na|n/a|inf(?:inity)?|undefined|none|null)", re.IGNORECASE
)
"""How Pine, JavaScript and Python write a number that is none."""

ARITHMETIC: Final = re.compile(
    r"[(\s]*[+-]?[\d.]{1,40}(?:[eE][+-]?\d{1,9})?[)\s]*[-+*/^×][-+*/^×(\s]*[\d.].{0,80}"
)
"""Two numbers with a sign of arithmetic between them: ``{{close}}*0.98`` after the replacement."""

SEQUENCE_MAX: Final = 10**15
"""The largest number of a sequence: Pine counts exactly that far, and nobody sends so many."""

_FAULTS: Final = (
    ("number_not_finite", NOT_FINITE),
    (
        "number_separator",
        re.compile(r"[+-]?\d{1,3}(?:[,'’ \u00a0\u202f]\d{3}){1,12}(?:\.\d{0,40})?"),
    ),
    ("number_separator", re.compile(r"[+-]?\d{1,3}(?:\.\d{3}){2,12}(?:,\d{0,40})?")),
    ("number_decimal_comma", re.compile(r"[+-]?\d{0,40},\d{1,40}")),
    ("number_percent", re.compile(r"[+-]?[\d.,]{1,40}\s?%")),
    ("number_suffix", re.compile(r"[+-]?[\d.,]{1,40}\s?[KMBTkmbt]")),
    ("number_arithmetic", ARITHMETIC),
)
"""In the order in which they are tried; ``1,234`` is a separator, though it could be a decimal
comma."""


def code_of(text: str) -> str | None:
    """Name what is wrong with a text that should be a number; ``None``: nothing that is known."""
    if len(text) > 200:
        return None
    return next((code for code, form in _FAULTS if form.fullmatch(text)), None)


def signed(field: str, text: str, example: str) -> Decimal:
    """Read a number exactly; it may be zero, or below it."""
    try:
        return decimal_of(text)
    except NumberError as error:
        raise Fault(code_of(text) or error.code, field, masked(text), example) from None


def positive(field: str, text: str, example: str) -> Decimal:
    """Read a number above zero exactly."""
    number = signed(field, text, example)
    if number <= ZERO:
        raise Fault("number_not_positive", field, masked(text), example)
    return number


def counting(field: str, text: str, example: str) -> int:
    """Read a whole number from 1 on, as a script counts: ``12``, also ``12.0``."""
    number = positive(field, text, example)
    if number > SEQUENCE_MAX or number != int(number):
        raise Fault("number_not_whole", field, masked(text), example)
    return int(number)
