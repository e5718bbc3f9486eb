"""Tables: the fields of a JSON dialect as data, and the way from its message to its signal.

Rules of this file
1. Every field that a dialect reads is a row under its path (``order.amount``). Another one that
   looks as if it changed the order is refused; what only informs is told as ignored.
2. An option that is not done is refused unless it is switched off: it is never dropped.
3. What is wrong is told under the sender's own names, with a right piece of the sender's template.
4. What the message did not carry stays unset: nothing is filled in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec

from adapters.tradingview import fields, lookalikes, name_words
from adapters.tradingview.assembly import signal_of
from adapters.tradingview.json_rows import Row
from adapters.tradingview.native import FIELDS
from adapters.tradingview.pairs import safe
from adapters.tradingview.reading import REDACTED, Fault, Reading, shown
from adapters.tradingview.redaction import is_secret, masked
from adapters.tradingview.repairs import opened
from adapters.tradingview.strict_json import Number, Value, kind_of, leaves, objects_of
from adapters.tradingview.terms import Terms, needed, unsupported
from core.money import NumberError, decimal_of, plain
from core.signals import Signal

IGNORED_MAX: Final = 16
"""Names of ignored fields that a trace shows, as for the native alert."""

FIELDS_MAX: Final = 256
"""Values of one message, with all lists and objects in it: the richest template has under sixty."""

STRATEGY: Final = 'strategy = "My strategy"'
"""The line for a dialect whose message names no strategy."""

_NAME_MAX: Final = 64
"""Characters of a name that are compared: names that are longer are like none."""

_OFF: Final = frozenset({"", "0", "0.0", "false", "no", "none", "off", "{}", "[]"})
"""Words and numbers that switch an option off that is not done."""

_NAMED: Final = re.compile(r'"(order_type)":')
"""A native name in a piece of template that the native rules propose."""

_INFORMS: Final = (None, "comment", "version")
"""Native fields that change no order."""

Values = dict[str, Any]


def _nothing(_: Mapping[str, Value]) -> Collection[str]:
    return ()


@dataclass(frozen=True, slots=True)
class Table:
    """The fields of one dialect, by their paths.

    ``refused``: options that are not done, and why; ``zeros``: those whose 0 says something, with
    all below them. ``silent``: what only informs, with all below it. ``unread``: says which paths
    of a message are not even looked at, because it needs none of them. ``made``: native fields that
    no row says alone, and the paths that they are made of. ``sender``: finds the secret where no
    field is one by itself.
    """

    dialect: str
    fields: Mapping[str, Row]
    refused: Mapping[str, str] = field(default_factory=dict[str, str])
    zeros: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    unread: Callable[[Mapping[str, Value]], Collection[str]] = _nothing
    made: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    sender: Callable[[Mapping[str, Value]], str | None] | None = None
    names: frozenset[str] = field(init=False)
    above: frozenset[str] = field(init=False)
    tokens: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Take the names with which others are compared, the dialect's own and the native ones;
        those that fields stand below; and the paths of the secret."""
        own = {path.rpartition(".")[2] for path in self.fields}
        object.__setattr__(self, "names", frozenset(own | FIELDS.keys()))
        above = {part for path in self.fields for part in path.split(".")[:-1]}
        object.__setattr__(self, "above", frozenset(above))
        object.__setattr__(self, "tokens", self.paths("token"))

    def example(self, path: str) -> str:
        """Return the right piece of a field, by its path or by its last name."""
        row = self.fields.get(path)
        if row is None:
            like = (one for name, one in self.fields.items() if name.rpartition(".")[2] == path)
            row = next(like, None)
        return row.example if row is not None else ""

    def paths(self, native: str) -> tuple[str, ...]:
        """Return the sender's names of a native field."""
        said = tuple(path for path, row in self.fields.items() if row.native == native)
        return said or self.made.get(native, ())

    def native_example(self, native: str) -> str:
        """Return the right piece of the field that says a native one."""
        return next((self.fields[path].example for path in self.paths(native)), "")

    def path(self, native: str, found: Mapping[str, Value]) -> str:
        """Return the sender's name of a native field: the one that is there, else the first."""
        paths = self.paths(native)
        return next((path for path in paths if path in found), paths[0] if paths else native)

    def values(self, found: Mapping[str, Value]) -> tuple[Values, tuple[str, ...]]:
        """Read each field by itself; return the values by path, and the names that say nothing."""
        values: Values = {}
        ignored: list[str] = []
        passed = (*self.unread(found), *self.silent)
        below = tuple(f"{path}." for path in passed)
        for path, value in found.items():
            row = self.fields.get(path)
            if path in passed or path.startswith(below):
                ignored.append(path)
            elif value is None or (value == "" and path in self.tokens):
                continue  # templates write a passphrase that nobody has set as an empty text
            elif row is not None:
                values[path] = self._value(path, row, value)
            else:
                self._refuse_if_it_matters(path, value)
                ignored.append(path)
        return values, tuple(shown(masked(path), 64) for path in ignored[:IGNORED_MAX])

    def missing(self, path: str) -> Fault:
        """Refuse a message without a field that it needs."""
        return Fault("field_missing", path, limit=self.fields[path].example)

    def _value(self, path: str, row: Row, value: Value) -> Any:
        said = str(value).lower() if isinstance(value, bool) and row.boolean else value
        if not isinstance(said, str) or (type(said) is Number and not row.number):
            raise _wrong_kind(path, row, value)
        if not said.strip() and row.native != "comment":
            raise Fault("field_empty", path, limit=row.example)
        return row.read(path, said, row.example)

    def _refuse_if_it_matters(self, path: str, value: Value) -> None:
        """Refuse a field that nobody reads if dropping it could change the order."""
        last = next((part for part in reversed(path.split(".")) if not part.isdigit()), "")
        why = next((why for name, why in self.refused.items() if _below(path, (name,))), None)
        is_off = value is False
        if _is_switch(path):  # of the whole alert
            is_off = not is_off and str(value).strip().lower() not in _OFF
        if why is None:
            why = self._why_it_matters(path)
        elif _below(path, self.zeros):
            is_off = is_off or not str(value).strip() or value in ({}, [])
        elif not (_is_blank(value) and name_words.is_level(last)):  # that is one which got lost
            is_off = is_off or str(value).strip().lower() in _OFF
        if why is not None and not is_off:
            said = REDACTED if is_secret(last) else masked(str(value)).strip() or "empty"
            raise unsupported(masked(path), said, why)
        text = value.strip() if isinstance(value, str) else ""
        if text[:1] in ("{", "[") and text[-1:] in ("}", "]"):
            raise Fault("json_in_string", masked(path), f"in `{shown(masked(path), 40)}`")

    def _why_it_matters(self, path: str) -> str | None:
        """Say why a field that nobody reads may change the order: by its own name, or by one that
        it stands below. ``None``: it only informs."""
        for part in reversed(path.split(".")):
            inner = part != path and _is_switch(part)  # of what it stands below
            if not part.isdigit() and part not in self.above and not inner:
                why, meant = _meaning(part[:_NAME_MAX], self.names)
                if meant or why in name_words.NATIVE:
                    return self._no_such(meant or name_words.NATIVE[why or ""])
                if why is not None:
                    return why
        return None

    def _no_such(self, meant: str) -> str:
        """Say that there is no such field, and what is written for the one that is ``meant``."""
        right = self.example(meant) or self.native_example(meant)
        told = f"; what it has is {right}" if right else ""
        return f"{self.dialect} has no such field{told}"


def _wrong_kind(path: str, row: Row, value: Value) -> Fault:
    if row.boolean:
        right = f"true, false, as in {row.example}"
        return Fault("word_unknown", path, kind_of(value), right)
    code = "number_expected" if row.number else "text_expected"
    return Fault(code, path, kind_of(value), row.example)


def _is_blank(value: Value) -> bool:
    return value == {} or (isinstance(value, str) and not value.strip())


def _is_switch(name: str) -> bool:
    return lookalikes.plain(name) in lookalikes.SWITCHES


@lru_cache(maxsize=1024)
def _meaning(name: str, known: frozenset[str]) -> tuple[str | None, str]:
    """Say why a name has no place in an alert, or else which field that changes orders it is like.
    A template sends the same few names each time."""
    why = lookalikes.why_not_here(name)
    if why is not None:
        return why, ""
    meant = lookalikes.meant_by(name, sorted(known))
    if meant not in _INFORMS:
        return None, str(meant)
    return name_words.why_of(name) if meant is None else None, ""


Make = Callable[[Values, Values, Terms], None]
"""Takes the native values that rows say, all values by path, and the terms; completes the first."""


def read_by(table: Table, body: bytes, terms: Terms, make: Make) -> Reading:
    """Read one alert of a dialect. Never raises."""
    token: str | None = None
    found: dict[str, Value] = {}
    try:
        text, repaired = opened(body, terms.repair)
        found = found_in(text, table)
        token = _token(found, table)
        values, ignored = table.values(found)
        native = {row.native: values[path] for path, row in table.fields.items() if path in values}
        native.pop("", None)
        native.pop("token", None)
        make(native, values, terms)
        if "strategy" not in native:
            native["strategy"] = needed(terms, "strategy", STRATEGY)
        signal = _signal(native, table, found)
        return Reading(signals=(signal,), token=token, ignored=ignored, repaired=repaired)
    except Fault as fault:
        return Reading(misread=fault.misread, token=token)


def found_in(text: str, table: Table) -> dict[str, Value]:
    """Find every value of a message by its path. Errors: ``Fault``."""
    messages = objects_of(text, table.example)
    if any(_is_deal(message) for message in messages):
        raise Fault("text_deal")
    if text[:1] == "[":
        raise Fault("body_array")
    found: dict[str, Value] = {}
    for path, value in leaves("", messages[0]):
        if path in found:  # "a.b" beside "a" with "b" inside
            raise Fault("json_duplicate_key", masked(path))
        if len(found) == FIELDS_MAX:
            raise Fault("json_too_many_keys", value=f"over {FIELDS_MAX}", limit=str(FIELDS_MAX))
        found[path] = value
    return found


def _is_deal(message: Mapping[str, Value]) -> bool:
    """Recognise a message of 3Commas that starts, feeds or closes a deal of a DCA bot."""
    return "bot_id" in message or (message.get("message_type") == "bot" and "pair" in message)


def _token(found: Mapping[str, Value], table: Table) -> str | None:
    """Return the secret of a message whose other fields may still be at fault; several that differ
    are none."""
    if table.sender is not None:
        return table.sender(found)
    said = {str(found[path]) for path in table.tokens if type(found.get(path)) is str}
    one = said.pop() if len(said) == 1 else ""
    return one if 0 < len(one) <= fields.TEXT_MAX["token"] else None


def _signal(native: Values, table: Table, found: Mapping[str, Value]) -> Signal:
    """Let the native rules judge, and tell what is wrong under the sender's names."""
    max_age_ns: int | None = native.pop("max_age", None)
    try:
        made = signal_of(native, table.native_example)
    except Fault as fault:
        where = table.path(fault.misread.field, found)
        limit = _NAMED.sub(lambda one: f'"{table.path(one[1], found)}":', fault.misread.limit)
        fault.misread = msgspec.structs.replace(fault.misread, field=where, limit=limit)
        raise
    return made if max_age_ns is None else msgspec.structs.replace(made, max_age_ns=max_age_ns)


def in_percent(path: str, ratio: Decimal) -> Decimal:
    """Turn a ratio into percent: 0.5 is 50."""
    try:
        return decimal_of(plain(ratio.scaleb(2)))
    except NumberError as error:
        raise Fault(error.code, path, plain(ratio)) from None


def _below(path: str, above: Collection[str]) -> bool:
    return any(path == one or path.startswith(f"{one}.") for one in above)


def addressed(values: Mapping[str, Any], path: str, wanted: str) -> None:
    """Refuse an alert for another exchange, account or bot than the one that the route names."""
    if wanted and values.get(path, wanted) != wanted:
        why = f"the alerts of this route name {wanted}"
        raise unsupported(path, safe(path, values[path]), why)
