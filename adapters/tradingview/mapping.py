"""Alerts of the user's own: read by a mapping in the configuration into the native fields.

Rules of this file
1. A mapping only renames: which place of the message is which native field, and which of its words
   is which of ours. The native dialect then reads and judges, so nothing is looser here.
2. A field that is mapped must be there, unless it is called optional: a missing quantity would
   otherwise be the route's own.
3. What is not mapped and looks as if it changed the order is refused, unless the mapping ignores
   it by name.
4. A pattern fits the whole message or not at all.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import msgspec

from adapters.tradingview import lookalikes, name_words, native
from adapters.tradingview.mapped import Mapping, Source
from adapters.tradingview.pairs import refuse_left_over, safe
from adapters.tradingview.reading import Fault, Reading, shown
from adapters.tradingview.recognised import recognised
from adapters.tradingview.redaction import masked
from adapters.tradingview.repairs import opened
from adapters.tradingview.strict_json import Value, leaves, object_of
from adapters.tradingview.terms import Terms, needed
from core.signals import Misread, Signal

PATTERN_TEXT_MAX: Final = 4096
"""Characters of a message that a pattern is tried on: ten long alerts."""

UNREAD_MAX: Final = 256
"""Values that a mapping neither reads nor ignores: each name is compared with all that are known,
and whoever knows a route's name may send a message full of them."""

SLIP_RATIO: Final = 0.6
"""Two names of three letters, two of them in their order; less is another word."""

_COUNTS: Final = {
    "quantity_unit": {"quantity", "target_position"},
    "stop_unit": {"stop"},
    "target_unit": {"targets"},
    "trail_unit": {"trail"},
    "break_even_unit": {"break_even"},
}
"""Units, and the numbers that they count."""

_NAMED: Final = re.compile(r'"([a-z_]{1,32})":')


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    token: str | None = None
    try:
        mapping: Mapping = needed(terms, "mapping", 'mapping = "NAME"')
        text, repaired = opened(body, terms.repair)
        found = found_in(mapping, text)
        token = _token(mapping, found)
        message, ignored = renamed(mapping, found)
        if terms.strategy:
            message.setdefault("strategy", terms.strategy)
        signals = _signals(mapping, message)
        return Reading(signals=signals, token=token, ignored=ignored, repaired=repaired)
    except Fault as fault:
        return Reading(misread=fault.misread, token=token)


def found_in(mapping: Mapping, text: str) -> dict[str, Value]:
    """Find every value of a message by its path. Errors: ``Fault``."""
    found: dict[str, Value] = {}
    for path, value in _found(mapping, text):
        if path in found:  # "a.b" beside "a" with "b" inside
            raise Fault("json_duplicate_key", masked(path))
        found[path] = value
    return found


def renamed(mapping: Mapping, found: dict[str, Value]) -> tuple[dict[str, Value], tuple[str, ...]]:
    """Put a message into native names and words; return the names that mean nothing here too.
    Errors: ``Fault``."""
    message: dict[str, Value] = {}
    for name, source in mapping.fields:
        value = _value(mapping, name, source, found)
        if value is not None:
            message[name] = value
    for name, source in mapping.fields:
        if source.constant is not None and name in _COUNTS and not _COUNTS[name] & message.keys():
            del message[name]  # what a number counts means nothing without the number
    ignored: list[str] = []
    lost = [one.path for name, one in mapping.fields if one.path and name not in message]
    judged = 0
    for path, value in found.items():
        if path not in mapping.paths:
            if not _is_ignored(mapping, path):
                judged += 1
                if judged > UNREAD_MAX:
                    raise Fault(
                        "json_too_many_keys", value=f"over {UNREAD_MAX}", limit=f"{UNREAD_MAX}"
                    )
                if lost and any(_is_slip(path, one) for one in lost):
                    raise Fault("field_unmapped", masked(path), limit=mapping.name)
                _refuse_if_it_matters(mapping, path, value)
            ignored.append(shown(masked(path), 64))
    return message, tuple(ignored[: native.IGNORED_MAX])


def _token(mapping: Mapping, found: dict[str, Value]) -> str | None:
    """Return the token of a message whose other values may still be at fault."""
    source = dict(mapping.fields).get("token")
    return None if source is None else native.token_of([{"token": found.get(source.path)}])


def _signals(mapping: Mapping, message: dict[str, Value]) -> tuple[Signal, ...]:
    """Let the native dialect judge, and tell what is wrong under the sender's names."""
    try:
        signals, _ = native.signals_of([message])
    except Fault as fault:
        fault.misread = _in_their_words(mapping, fault.misread)
        raise
    return signals


def _in_their_words(mapping: Mapping, misread: Misread) -> Misread:
    paths = {name: source.path for name, source in mapping.fields if source.path}
    limit = _NAMED.sub(lambda one: f'"{paths.get(one[1], one[1])}":', misread.limit)
    where = paths.get(misread.field, misread.field)
    return msgspec.structs.replace(misread, field=where, limit=limit)


def _found(mapping: Mapping, text: str) -> Iterator[tuple[str, Value]]:
    """Find every value of a message, with its path."""
    if mapping.pattern is None:
        yield from leaves("", object_of(text, lambda _: ""))
        return
    refuse_left_over("", text, lambda _: "")
    if len(text) > PATTERN_TEXT_MAX:
        size = f"{len(text)} characters"
        raise Fault("body_too_large", value=size, limit=f"{PATTERN_TEXT_MAX} characters")
    fits = mapping.pattern.fullmatch(text)
    if fits is None:
        unmatched = Fault("pattern_unmatched", value=masked(text), limit=mapping.name)
        raise recognised(text) or unmatched
    yield from fits.groupdict().items()


def _value(mapping: Mapping, name: str, source: Source, found: dict[str, Value]) -> Value:
    """Return the value of one native field; ``None``: the message has none."""
    if source.constant is not None:
        return source.constant
    value = found.get(source.path)
    if value is None:
        if not source.optional:
            raise Fault("mapped_missing", source.path, name, mapping.name)
        return None
    if not source.values:
        return value
    word = str(value).lower() if isinstance(value, bool) else str(value)
    ours = dict(source.values).get(word)
    if ours is None:
        known = ", ".join(theirs for theirs, _ in source.values)
        raise Fault("value_unmapped", source.path, safe(source.path, word), shown(known, 160))
    return ours


def _is_slip(path: str, lost: str) -> bool:
    """Say whether a value is probably that of a path which the message lacks: ``tqy`` beside no
    ``qty``, in the same object."""
    above, _, name = path.rpartition(".")
    there, _, known = lost.rpartition(".")
    ours, theirs = lookalikes.plain(known), lookalikes.plain(name)
    like = ours == theirs or difflib.SequenceMatcher(None, ours, theirs).ratio() >= SLIP_RATIO
    return above == there and like


def _is_beside(paths: frozenset[str], path: str) -> bool:
    known, above = _entries(paths), ""
    for part in path.split(".")[:-1]:
        entries = known.get(above)
        if entries and part.isdigit() and part not in entries:
            return True
        if f"{above}{part}" in paths:
            return True
        above = f"{above}{part}."
    return False


@lru_cache(maxsize=64)
def _entries(paths: frozenset[str]) -> dict[str, frozenset[str]]:
    """Say which entries of each list a mapping reads from: of ``legs.0.sl`` it is 0 below
    ``legs.``."""
    found: dict[str, frozenset[str]] = {}
    for path in paths:
        above = ""
        for part in path.split("."):
            if part.isdigit():
                found[above] = found.get(above, _NONE) | {part}
            above = f"{above}{part}."
    return found


_NONE: Final = frozenset[str]()


def _is_ignored(mapping: Mapping, path: str) -> bool:
    return any(path == one or path.startswith(f"{one}.") for one in mapping.ignore)


def _refuse_if_it_matters(mapping: Mapping, path: str, value: Value) -> None:
    """Refuse a value that nobody reads if dropping it could change the order, or if it stands where
    the mapping reads: inside of a value of its own, or in another entry of the same list."""
    if _is_beside(mapping.paths, path):
        raise Fault("field_unmapped", masked(path), limit=mapping.name)
    parts = [part for part in path.split(".") if not part.isdigit()]
    last = masked(parts[-1]) if parts else ""
    meant = lookalikes.meant_by(last, native.FIELDS)
    inside = any(lookalikes.protects(part) for part in parts)
    known = lookalikes.why_not_here(last) is not None or meant not in (None, "comment")
    said = meant is None and any(name_words.why_of(part) is not None for part in parts)
    if inside or known or said:
        raise Fault("field_unmapped", masked(path), limit=mapping.name)
    if isinstance(value, str) and value.strip()[:1] in ("{", "[") and value.strip()[-1:] in "}]":
        raise Fault("json_in_string", masked(path), f"in `{shown(masked(path), 40)}`")
