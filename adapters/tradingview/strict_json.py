"""JSON as every JSON dialect reads it: strict, capped, each number kept as the text that was sent.

Rules of this file
1. Size, depth and number of keys are capped before or while parsing; no number is converted here.
2. A key that stands twice, NaN and Infinity are faults: senders and parsers disagree about what
   they mean.
3. What the parser refuses is explained by ``json_faults``, which never runs for a good message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from adapters.tradingview import json_faults
from adapters.tradingview.placeholders import fault_of_left_over, left_over
from adapters.tradingview.reading import BODY_BYTES_MAX, Fault
from adapters.tradingview.redaction import masked

DEPTH_MAX: Final = 8
"""Levels of nesting: the deepest public alert format has four (strategy, order, bracket, list)."""

KEYS_MAX: Final = 64
"""Keys of one object: the richest public format has under forty."""

_NESTED: Final = (dict, list)
_NAMELESS: Final = '""'
"""Stands in a path for a key without a character, which is a level of its own."""

_BOM: Final = b"\xef\xbb\xbf"
_NESTING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)


class Number(str):
    """A number of the message, exactly as its sender wrote it. A quoted number is a plain
    ``str``.
    """

    __slots__ = ()


Value = str | Number | bool | None | list[Any] | dict[str, Any]
"""What stands behind a key. Numbers are ``Number``; nothing in here is an int or a float."""


def text_of(body: bytes) -> str:
    """Decode a body: UTF-8, without a byte-order mark and outer white space."""
    if len(body) > BODY_BYTES_MAX:
        raise Fault("body_too_large", value=f"{len(body)} bytes", limit=f"{BODY_BYTES_MAX} bytes")
    try:
        text = (body[3:] if body.startswith(_BOM) else body).decode()
    except UnicodeDecodeError as error:
        raise Fault("body_not_utf8", value=f"byte {error.start + 1}") from None
    text = text.strip()
    if not text:
        raise Fault("body_empty")
    return text


def object_of(text: str, example: Callable[[str], str]) -> dict[str, Value]:
    """Parse one JSON object. ``example`` gives a field's right piece of template."""
    message = _parsed(text, example)
    if isinstance(message, list):
        raise Fault("body_array")
    return message


def objects_of(text: str, example: Callable[[str], str]) -> list[dict[str, Value]]:
    """Parse one JSON object, or a list of them."""
    message = _parsed(text, example)
    if not isinstance(message, list):
        return [message]
    objects = [one for one in message if isinstance(one, dict)]
    if len(objects) != len(message):
        raise Fault("body_array")
    return objects


def _parsed(text: str, example: Callable[[str], str]) -> dict[str, Value] | list[Value]:
    if text.count("{") + text.count("[") > DEPTH_MAX and _too_deep(text):
        raise Fault("json_too_deep", limit=str(DEPTH_MAX))
    try:
        message = _DECODER.decode(text)
    except (ValueError, _NotFinite):
        raise json_faults.fault_of(text, example) from None
    if not isinstance(message, dict | list):
        if type(message) is str and message.lstrip()[:1] == "{":
            raise Fault("json_in_string", value="the whole message")
        raise Fault("body_not_object", value=kind_of(message))
    if "{{" in text or "%" in text:
        _refuse_left_over("", message, example)
    return message


def leaves(path: str, value: Value) -> Iterator[tuple[str, Value]]:
    """Walk through JSON: every value with its path; a list counts its entries from 0. What is empty
    is a value: a quantity that is an empty list is not one that nobody sent."""
    if isinstance(value, dict) and (value or not path):
        for key, inner in value.items():
            name = key or _NAMELESS
            below = f"{path}.{name}" if path else name
            if type(inner) in _NESTED:
                yield from leaves(below, inner)
            else:
                yield below, inner
    elif isinstance(value, list) and (value or not path):
        for place, inner in enumerate(value):
            yield from leaves(f"{path}.{place}", inner)
    else:
        yield path, value


def kind_of(value: object) -> str:
    """Name the JSON type of a value in the words of its sender."""
    if isinstance(value, Number):
        return "a number"
    if isinstance(value, bool):
        return "true" if value else "false"
    kinds = {str: "a text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "null")


class _NotFinite(Exception):
    """The parser met NaN or Infinity."""


def _object(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    if len(pairs) > KEYS_MAX:
        raise Fault("json_too_many_keys", value=str(len(pairs)), limit=str(KEYS_MAX))
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise Fault("json_duplicate_key", masked(twice))
    return made


def _constant(_: str) -> Value:
    raise _NotFinite


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=_constant
)


def _too_deep(text: str) -> bool:
    depth = 0
    for found in _NESTING.finditer(text):
        mark = found[0]
        if mark in "{[":
            depth += 1
            if depth > DEPTH_MAX:
                return True
        elif mark in "}]":
            depth -= 1
    return False


def _refuse_left_over(field: str, value: Value, example: Callable[[str], str]) -> None:
    if isinstance(value, str):
        left = left_over(value)
        if left is not None:
            raise fault_of_left_over(masked(field), left, example)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _refuse_left_over(field or key, key, example)
            _refuse_left_over(field or key, inner, example)
    elif isinstance(value, list):
        for inner in value:
            _refuse_left_over(field, inner, example)
