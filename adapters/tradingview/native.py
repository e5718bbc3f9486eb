"""The native alert, version 1: one flat JSON object, read into one signal.

Rules of this file
1. Every field is in ``FIELDS``. Another one is refused if it may change an order, else told.
2. What the message did not carry stays unset: nothing is filled in. ``null`` is absent.
3. What one field says is checked first, then what the fields say together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from adapters.tradingview import fields, levels, lookalikes, name_words
from adapters.tradingview.assembly import BATCH_MAX, batch, signal_of
from adapters.tradingview.fields import Field, word
from adapters.tradingview.numbers import counting, positive, signed
from adapters.tradingview.reading import Fault, Reading, shown
from adapters.tradingview.redaction import masked
from adapters.tradingview.repairs import opened
from adapters.tradingview.strict_json import Number, Value, kind_of, leaves, objects_of
from adapters.tradingview.terms import PLAIN, Terms
from adapters.tradingview.times import instant
from core.levels import LevelUnit
from core.orders import OrderType
from core.signals import Action, Effect, Hint, QuantityUnit, Signal

IGNORED_MAX: Final = 16
"""Names of ignored fields that a trace shows; a message with more was not written for us."""

FIELDS: Final[dict[str, Field]] = {
    "version": Field(fields.version, '"version": 1', number=True),
    "token": Field(fields.text, '"token": "the token of the route"'),
    "id": Field(fields.text, fields.ID),
    "strategy": Field(fields.strategy, '"strategy": "My strategy"'),
    "symbol": Field(fields.text, '"symbol": "{{ticker}}"'),
    "action": Field(word(Action), '"action": "{{strategy.order.action}}"'),
    "effect": Field(word(Effect), '"effect": "auto"'),
    "quantity": Field(positive, '"quantity": "{{strategy.order.contracts}}"', number=True),
    "quantity_unit": Field(word(QuantityUnit), '"quantity_unit": "units"'),
    "order_type": Field(word(OrderType), '"order_type": "market"'),
    "price": Field(positive, '"price": "{{close}}"', number=True),
    "trigger": Field(positive, '"trigger": "{{plot_0}}"', number=True),
    "time": Field(instant, '"time": "{{timenow}}"', number=True),
    "sequence": Field(counting, '"sequence": "12"', number=True),
    "stream": Field(fields.text, '"stream": "{{interval}}"'),
    "position": Field(word(Hint), '"position": "{{strategy.market_position}}"'),
    "prev_position": Field(word(Hint), '"prev_position": "{{strategy.prev_market_position}}"'),
    "comment": Field(fields.comment, '"comment": "{{strategy.order.comment}}"'),
    "signal_price": Field(positive, '"signal_price": "{{close}}"', number=True),
    "stop": Field(positive, '"stop": "{{plot_0}}"', number=True),
    "stop_unit": Field(word(LevelUnit), '"stop_unit": "price"'),
    "targets": Field(levels.aims, '"targets": "{{plot_1}}:50;{{plot_2}}:50"', number=True),
    "target_unit": Field(word(LevelUnit), '"target_unit": "price"'),
    "trail": Field(positive, '"trail": "{{plot_3}}"', number=True),
    "trail_after": Field(positive, '"trail_after": "{{plot_4}}"', number=True),
    "trail_unit": Field(word(LevelUnit), '"trail_unit": "ticks"'),
    "break_even": Field(positive, '"break_even": "{{plot_5}}"', number=True),
    "break_even_offset": Field(positive, '"break_even_offset": "1"', number=True),
    "break_even_unit": Field(word(LevelUnit), '"break_even_unit": "ticks"'),
    "reduce_only": Field(fields.yes_or_no, '"reduce_only": true', boolean=True),
    "target_position": Field(
        signed, '"target_position": "{{strategy.position_size}}"', number=True
    ),
    "position_size": Field(
        signed, '"position_size": "{{strategy.market_position_size}}"', number=True
    ),
    "prev_position_size": Field(
        signed, '"prev_position_size": "{{strategy.prev_market_position_size}}"', number=True
    ),
}
"""Every field of version 1."""

_NOTHING: Final = frozenset[str]()
_TOKEN: Final = re.compile(r'"token"\s*+:\s*+"([^"\\\r\n]{1,200})"')


def read(body: bytes, terms: Terms = PLAIN) -> Reading:
    """Read one alert, or a list of alerts that are taken together. Never raises."""
    token: str | None = None
    text = ""
    try:
        text, repaired = opened(body, terms.repair)
        messages = objects_of(text, example_of)
        token = token_of(messages)
        signals, ignored = signals_of(messages)
        return Reading(signals=signals, token=token, ignored=ignored, repaired=repaired)
    except Fault as fault:
        return Reading(misread=fault.misread, token=token or _token_in(text))


def signals_of(
    messages: Sequence[Mapping[str, Value]],
) -> tuple[tuple[Signal, ...], tuple[str, ...]]:
    """Make the signals of a message's objects, and the names that mean nothing here: all of them,
    or a fault that says in which it is."""
    if len(messages) == 1:
        values, unknown = _values(messages[0])
        return (signal_of(values, example_of),), unknown
    signals: list[Signal] = []
    ignored: dict[str, None] = {}
    for place, message in enumerate(messages[: BATCH_MAX + 1], 1):
        try:
            values, unknown = _values(message)
            signals.append(signal_of(values, example_of))
        except Fault as fault:
            raise fault.inside(place) from None
        ignored.update(dict.fromkeys(unknown))
    return batch(signals), tuple(ignored)[:IGNORED_MAX]


def example_of(name: str) -> str:
    """Return the piece of template that is right for a field, also under its name elsewhere."""
    field = FIELDS.get(name) or FIELDS.get(lookalikes.meant_by(name, FIELDS) or "")
    return field.example if field is not None else ""


def token_of(messages: Sequence[Mapping[str, Value]]) -> str | None:
    """Return the token of a message whose other fields may still be at fault; several that differ
    are none."""
    first = messages[0].get("token") if messages else None
    for message in messages[1:]:
        other = message.get("token")
        if first is None:
            first = other
        elif other is not None and other != first:
            return None
    if type(first) is not str:
        return None
    return first if 0 < len(first) <= fields.TEXT_MAX["token"] else None


def _token_in(text: str) -> str | None:
    """Find the token of a text that is not JSON, if there is one only and its end is certain."""
    found = _TOKEN.findall(text)
    return found[0] if len(found) == 1 else None


def _values(message: Mapping[str, Value]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read each field by itself; return the values, and the names that mean nothing here."""
    values: dict[str, Any] = {}
    ignored: list[str] = []
    unread = levels.NAMES if levels.reduces(message) else _NOTHING
    for name, value in message.items():
        field = FIELDS.get(name)
        if name in unread:
            ignored.append(name)
        elif field is not None and value and type(value) is str:
            values[name] = field.read(name, value, field.example)  # as nearly all of them are
        elif field is None:
            safe = masked(name)
            _refuse_if_it_matters(safe, value)
            ignored.append(safe)
        elif value is not None:
            said = str(value) if isinstance(value, bool) and field.boolean else value
            if not isinstance(said, str) or (type(said) is Number and not field.number):
                raise _wrong_kind(name, value, field)
            if not said and name != "comment":
                raise Fault("field_empty", name, limit=field.example)
            values[name] = field.read(name, said, field.example)
    return values, tuple(shown(name, 64) for name in ignored[:IGNORED_MAX])


def _wrong_kind(name: str, value: Value, field: Field) -> Fault:
    if name == "version":
        return Fault("version_unknown", name, kind_of(value))
    if field.boolean:
        return Fault("word_unknown", name, kind_of(value), f"true, false, as in {field.example}")
    code = "number_expected" if field.number else "text_expected"
    return Fault(code, name, kind_of(value), field.example)


def _refuse_if_it_matters(name: str, value: Value) -> None:
    """Refuse a field that is not ours if dropping it could change the order, also one that lies
    inside of another."""
    if isinstance(value, dict | list):
        for path, _ in leaves(name, value):
            parts = [part for part in path.split(".") if not part.isdigit()]
            last = parts[-1] if parts else ""
            if lookalikes.protects(last) or name_words.counts_inside(last):
                raise Fault("field_unknown", path, limit="Write it at the top of the alert.")
    why = lookalikes.why_not_here(name)
    if why is not None:
        raise Fault("field_unknown", name, limit=f"Delete it: {why}.")
    meant = lookalikes.meant_by(name, FIELDS)
    if meant is not None and meant != "comment":
        raise Fault("field_unknown", name, limit=f"Write {FIELDS[meant].example} instead of it.")
    why = None if meant == "comment" else name_words.why_of(name)
    if why is not None:
        raise Fault("field_unknown", name, limit=f"Delete it: {why}.")
    if type(value) is str and value.strip()[:1] in ("{", "[") and value.strip()[-1:] in ("}", "]"):
        raise Fault("json_in_string", name, f"in `{shown(name, 40)}`")
