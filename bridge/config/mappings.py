"""The tables `[mappings.NAME]`: alerts of the user's own, by path or pattern, tried on a sample.

Rules of this file
1. A mapping is tried on its own sample before the bridge starts, and must read it as expected.
2. A pattern must be certain to run in linear time.
3. What a sample says of a secret is not told: only names of fields, and values of no secret field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from adapters.tradingview import linear, native
from adapters.tradingview.codes import CODES
from adapters.tradingview.mapped import Mapping as Mapped
from adapters.tradingview.mapped import Source
from adapters.tradingview.mapping import found_in, read, renamed
from adapters.tradingview.reading import Fault
from adapters.tradingview.redaction import is_secret
from adapters.tradingview.repairs import opened
from adapters.tradingview.terms import Terms
from bridge.config.fields import Kind, Section, Text, Texts, optional, required
from bridge.config.problems import Finding, PathKey, choices, meant, shown
from core.codes import fill
from core.money import NumberError, decimal_of, plain

SAMPLE_CHARS_MAX: Final = 8192
"""Characters of a sample or a pattern: twice the longest alert that a pattern is tried on."""

_LONG: Final = f"text of 1 to {SAMPLE_CHARS_MAX} characters"
_SCALAR: Final = "text, a number, true or false"


def _long(value: Any) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("config_type_wrong", "type", {"expected": "text in quotes"})
    if not 1 <= len(value) <= SAMPLE_CHARS_MAX:
        raise PydanticCustomError("config_text_invalid", "form", {"expected": _LONG})
    return value


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    if not isinstance(value, str | int):
        raise PydanticCustomError("config_type_wrong", "type", {"expected": _SCALAR})
    return str(value)


Long = Annotated[str, PlainValidator(_long), Kind("text", _LONG)]
Scalar = Annotated[str, PlainValidator(_scalar), Kind("text or number", _SCALAR)]


class MappedFieldSection(Section):
    """Where one field of the native alert comes from; NAME is the field's native name, such as
    `action` or `quantity_unit`.
    """

    path: Text | None = optional(
        None,
        "Where it stands in the message: `strategy.order_action` in JSON, a list counts from 0; "
        "or the name of a group of the pattern.",
    )
    value: Scalar | None = optional(None, "What it always is, such as `units`.")
    values: dict[str, Scalar] = optional(
        {},
        'The sender\'s words, and ours: `{ long = "buy", short = "sell" }`. Another word is '
        "refused.",
    )
    optional: bool = optional(
        False, "A message without it is read all the same; else it is refused."
    )


class MappingSection(Section):
    """How alerts of your own are read, by a route with the dialect `mapping`: JSON by paths, or
    text by a pattern.
    """

    pattern: Long | None = optional(
        None,
        "A regular expression that fits the whole message, with a named group `(?P<name>...)` for "
        "each value. Without one the message is JSON.",
    )
    ignore: Texts = optional(
        (), "Paths of the JSON that do not matter, with all below them, though they look like it."
    )
    sample: Long = required("One message as it really comes. It is read before the bridge starts.")
    expected: dict[str, Scalar] = required(
        "What the sample must be read as: every native field that it has, and its value."
    )
    fields: dict[str, MappedFieldSection] = required(
        "Where each field comes from; see its own table."
    )


def mapping_of(name: str, section: MappingSection) -> Mapped:
    """Make a mapping as its dialect reads by it."""
    fields = tuple(
        (
            native_name,
            Source(
                path=one.path or "",
                constant=one.value,
                values=tuple(one.values.items()),
                optional=one.optional,
            ),
        )
        for native_name, one in section.fields.items()
    )
    return Mapped(
        name=name,
        fields=fields,
        pattern=None if section.pattern is None else re.compile(section.pattern),
        ignore=section.ignore,
        paths=frozenset(source.path for _, source in fields if source.path),
        sample=section.sample,
    )


def mapping_findings(sections: Mapping[str, MappingSection]) -> Iterator[Finding]:
    """Judge every mapping, and try it on its sample."""
    for name, section in sections.items():
        path: PathKey = ("mappings", name)
        found = [*_fields(path, section), *_pattern(path, section)]
        yield from found
        if not found:
            yield from _sample(path, section, mapping_of(name, section))


def _fields(path: PathKey, section: MappingSection) -> Iterator[Finding]:
    for name, one in section.fields.items():
        place = (*path, "fields", name)
        field = native.FIELDS.get(name)
        if field is None:
            known = list(native.FIELDS)
            suggestion = meant(name, known)
            yield Finding(place, "config_key_unknown", shown(name), choices(known), suggestion)
            continue
        if (one.path is None) == (one.value is None):
            said = "none" if one.path is None else "both"
            yield Finding(place, "config_mapping_source", said)
        ours = {"value": one.value} if one.value is not None else one.values
        for key, value in ours.items():
            try:
                field.read(name, value, field.example)
            except Fault as fault:
                below = (*place, "value") if one.value is not None else (*place, "values", key)
                known = fault.misread.limit or field.example
                yield Finding(below, "config_value_unknown", shown(value), known)


def _pattern(path: PathKey, section: MappingSection) -> Iterator[Finding]:
    if section.pattern is None:
        return
    place = (*path, "pattern")
    why = linear.fault_of(section.pattern)
    if why:
        example = r"(?P<action>buy|sell) (?P<symbol>\S++) (?P<quantity>[\d.]++)"
        yield Finding(place, "config_pattern_slow", why, example)
        return
    groups = re.compile(section.pattern).groupindex
    read_by = {one.path for one in section.fields.values() if one.path is not None}
    for name, one in section.fields.items():
        if one.path is not None and one.path not in groups:
            below = (*path, "fields", name, "path")
            suggestion = meant(one.path, list(groups))
            noun = "group of the pattern"
            yield Finding(below, "config_name_unknown", shown(one.path), noun, suggestion)
    for group in groups:
        if group not in read_by:
            yield Finding(place, "config_pattern_group", group)


def _sample(path: PathKey, section: MappingSection, mapping: Mapped) -> Iterator[Finding]:
    """Read the sample as a route would, and compare it with what is expected of it."""
    body = section.sample.encode()
    named = "strategy" in section.fields
    misread = read(body, Terms(strategy="" if named else "sample", mapping=mapping)).misread
    if misread is not None:
        code = CODES[misread.code]
        facts = misread.value, misread.limit, misread.field
        sentence, fix = fill(code.sentence, *facts), fill(code.fix, *facts)
        yield Finding((*path, "sample"), "config_sample_unread", sentence, fix)
        return
    message, _ = renamed(mapping, found_in(mapping, opened(body, frozenset())[0]))
    told = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in message.items()
        if not is_secret(name)
    }
    for name in sorted({*told, *section.expected}):
        was, wanted = told.get(name), section.expected.get(name)
        if was is None or wanted is None or not _same(was, wanted):
            line = "nothing" if was is None else f"{name} = {was}"
            place = (*path, "expected") if wanted is None else (*path, "expected", name)
            yield Finding(place, "config_sample_differs", shown(line), shown(line))


def _same(one: str, other: str) -> bool:
    try:
        return one == other or decimal_of(one) == decimal_of(other)
    except NumberError:
        return False
