"""The kinds of values that the configuration knows: how each is read, and how it is described.

Rules of this file
1. Numbers are exact: a TOML number keeps the text in which it was written, and text is read the
   same way.
2. What is wrong with a value is a code of ``bridge.config.codes`` with what was expected; the value
   is not in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, PlainValidator
from pydantic_core import PydanticCustomError

from core.money import ZERO, NumberError, decimal_of, plain

DAY_S: Final = 86_400
"""Seconds of the longest age and life: keys of duplicates are kept for a day, and an older signal
or order must not outlive them.
"""

LIST_MAX: Final = 1_000
"""Entries of a list in the file: a strategy that trades more instruments than this is a mistake of
a script.
"""

TEXT_MAX: Final = 200
"""Characters of a text in the file that has no closer bound of its own: an address with credentials
fits.
"""

COUNT_MAX: Final = 1_000_000_000
"""Largest whole number of a limit: stands for `as good as none` in a benchmark, and fits every
counter.
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a kind of value is described: ``name`` in the reference, ``expected`` in a problem."""

    name: str
    expected: str


def _number_reader(accepts: Callable[[Decimal], bool], expected: str) -> PlainValidator:
    def read(value: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise PydanticCustomError("config_type_wrong", "type", {"expected": expected})
        try:
            number = decimal_of(value)
        except (NumberError, ValueError) as error:
            raise PydanticCustomError(
                "config_number_invalid", "number", {"expected": expected}
            ) from error
        if not accepts(number):
            raise PydanticCustomError("config_out_of_range", "range", {"expected": expected})
        return number

    return PlainValidator(read)


def _text_reader(pattern: str, expected: str) -> PlainValidator:
    form = re.compile(pattern)

    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise PydanticCustomError("config_type_wrong", "type", {"expected": "text in quotes"})
        if form.fullmatch(value) is None:
            raise PydanticCustomError("config_text_invalid", "form", {"expected": expected})
        return value

    return PlainValidator(read)


def number_within(low: str, high: str) -> PlainValidator:
    """Read a number between two bounds, both allowed."""
    least, most = Decimal(low), Decimal(high)
    expected = f"a number from {plain(least)} to {plain(most)}"
    return _number_reader(lambda number: least <= number <= most, expected)


def _above_zero(expected: str, most: Decimal | None = None) -> PlainValidator:
    return _number_reader(
        lambda number: number > ZERO and (most is None or number <= most), expected
    )


_POSITIVE: Final = "a number above 0"
_AMOUNT: Final = "a number of 0 or more"
_PERCENT: Final = "a number above 0, at most 100"
_SECONDS: Final = f"a number of seconds above 0, at most {DAY_S} (a day)"

Positive = Annotated[Decimal, _above_zero(_POSITIVE), Kind("number", _POSITIVE)]
"""A number above zero."""

Amount = Annotated[
    Decimal, _number_reader(lambda number: number >= ZERO, _AMOUNT), Kind("number", _AMOUNT)
]
"""A number of zero or more."""

Percent = Annotated[Decimal, _above_zero(_PERCENT, Decimal(100)), Kind("number", _PERCENT)]
"""A share of a whole."""

Seconds = Annotated[Decimal, _above_zero(_SECONDS, Decimal(DAY_S)), Kind("number", _SECONDS)]
"""A time span of at most a day."""

_TEXT: Final = "text of 1 to 200 printable characters"
_CURRENCY: Final = "a currency such as USD or USDT"
_NAME: Final = "lower-case letters, digits, - and _, at most 32, beginning with a letter or digit"

Text = Annotated[
    str, _text_reader(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,200}", _TEXT), Kind("text", _TEXT)
]
"""One line of text."""

Currency = Annotated[str, _text_reader(r"[A-Z][A-Z0-9]{1,11}", _CURRENCY), Kind("text", _CURRENCY)]
"""The name of a currency, as venues write it."""

PartName = Annotated[str, _text_reader(r"[a-z0-9][a-z0-9_-]{0,31}", _NAME), Kind("text", _NAME)]
"""A name that becomes part of an address or of a key in a store."""

_TIME_OF_DAY: Final = "a time of day such as 23:30"

TimeOfDay = Annotated[
    str, _text_reader(r"([01][0-9]|2[0-3]):[0-5][0-9]", _TIME_OF_DAY), Kind("text", _TIME_OF_DAY)
]
"""Hour and minute of a day."""

_DAY: Final = "a day such as 2026-12-25"


def _is_day(value: Any) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()  # TOML has days of its own
    if not isinstance(value, str):
        raise PydanticCustomError("config_type_wrong", "type", {"expected": _DAY})
    try:
        if _DAY_FORM.fullmatch(value) is not None:
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise PydanticCustomError("config_text_invalid", "form", {"expected": _DAY})


_DAY_FORM: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Day = Annotated[str, PlainValidator(_is_day), Kind("text", _DAY)]
"""A day of the calendar."""

_TIME_SERVER: Final = "a host name or an IPv4 address, perhaps with a port"

TimeServer = Annotated[
    str,
    _text_reader(
        r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
        r"(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?",
        _TIME_SERVER,
    ),
    Kind("text", _TIME_SERVER),
]
"""A server that is asked for the time."""

Port = Annotated[int, Field(ge=1, le=65535), Kind("whole number", "a whole number from 1 to 65535")]
"""A TCP port."""

Count = Annotated[
    int,
    Field(ge=1, le=COUNT_MAX),
    Kind("whole number", f"a whole number from 1 to {COUNT_MAX}"),
]
"""A whole number of things, at least one."""

CountOrNone = Annotated[
    int,
    Field(ge=0, le=COUNT_MAX),
    Kind("whole number", f"a whole number from 0 to {COUNT_MAX}"),
]
"""A whole number of things, perhaps none."""

Texts = Annotated[
    tuple[Text, ...],
    Field(strict=False, max_length=LIST_MAX),
    Kind("list of text", "a list of text"),
]
"""A list of texts."""


class Section(BaseModel):
    """A table of the file: nothing unknown in it, nothing guessed, nothing changed afterwards."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, defer_build=True, hide_input_in_errors=True
    )


def required(meaning: str, *, unit: str = "") -> Any:
    """Describe a key that must stand in the file."""
    return Field(description=meaning, json_schema_extra={"unit": unit})


def optional(default: Any, meaning: str, *, unit: str = "", shown: str = "") -> Any:
    """Describe a key that may be left out. ``shown``: its default in words, where the value says
    too little.
    """
    return Field(
        default=default,
        description=meaning,
        json_schema_extra={"unit": unit, "shown": shown},
    )
