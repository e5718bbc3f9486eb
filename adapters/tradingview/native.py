"""The native alert, version 1: one flat JSON object, read into one signal.

Rules of this file
1. Every field is in ``FIELDS``. Another one is refused if it may change an order, else told.
2. What the message did not carry stays unset: nothing is filled in. ``null`` is absent.
3. What one field says is checked first, then what the fields say together.
"""

from __future__ import annotations

import re
from typing import Any, Final

from adapters.tradingview import fields, lookalikes
from adapters.tradingview.agreement import check
from adapters.tradingview.fields import Field, word
from adapters.tradingview.numbers import positive
from adapters.tradingview.reading import Fault, Reading, shown
from adapters.tradingview.redaction import masked
from adapters.tradingview.strict_json import Number, Value, kind_of, object_of, text_of
from adapters.tradingview.times import instant
from core.orders import OrderType
from core.signals import Action, Effect, Hint, QuantityUnit, Signal

IGNORED_MAX: Final = 16
"""Names of ignored fields that a trace shows; a message with more was not written for us."""

FIELDS: Final[dict[str, Field]] = {
    "version": Field(fields.version, '"version": 1', number=True),
    "token": Field(fields.text, '"token": "the token of the route"'),
    "id": Field(fields.text, '"id": "{{ticker}}-{{timenow}}-{{strategy.order.id}}"'),
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
    "position": Field(word(Hint), '"position": "{{strategy.market_position}}"'),
    "prev_position": Field(word(Hint), '"prev_position": "{{strategy.prev_market_position}}"'),
    "comment": Field(fields.comment, '"comment": "{{strategy.order.comment}}"'),
}
"""Every field of version 1."""

_TOKEN: Final = re.compile(r'"token"\s*+:\s*+"([^"\\\r\n]{1,200})"')


def read(body: bytes) -> Reading:
    """Read one alert. Never raises."""
    token: str | None = None
    text = ""
    try:
        text = text_of(body)
        message = object_of(text, example_of)
        token = _token_of(message)
        values, ignored = _values(message)
        check(values, example_of)
        return Reading(signal=_signal(values), token=token, ignored=ignored)
    except Fault as fault:
        return Reading(misread=fault.misread, token=token or _token_in(text))


def example_of(name: str) -> str:
    """Return the piece of template that is right for a field, also under its name elsewhere."""
    field = FIELDS.get(name) or FIELDS.get(lookalikes.meant_by(name, FIELDS) or "")
    return field.example if field is not None else ""


def _token_of(message: dict[str, Value]) -> str | None:
    """Return the token of a message whose other fields may still be at fault."""
    token = message.get("token")
    if isinstance(token, str) and type(token) is not Number:
        return token if 0 < len(token) <= fields.TEXT_MAX["token"] else None
    return None


def _token_in(text: str) -> str | None:
    """Find the token of a text that is not JSON, if there is one only and its end is certain."""
    found = _TOKEN.findall(text)
    return found[0] if len(found) == 1 else None


def _values(message: dict[str, Value]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read each field by itself; return the values, and the names that mean nothing here."""
    values: dict[str, Any] = {}
    ignored: list[str] = []
    for name, value in message.items():
        field = FIELDS.get(name)
        if field is None:
            safe = masked(name)
            _refuse_if_it_matters(safe, value)
            ignored.append(safe)
        elif value is not None:
            if not isinstance(value, str) or (type(value) is Number and not field.number):
                raise _wrong_kind(name, value, field)
            if not value and name != "comment":
                raise Fault("field_empty", name, limit=field.example)
            values[name] = field.read(name, value, field.example)
    return values, tuple(shown(name, 64) for name in ignored[:IGNORED_MAX])


def _wrong_kind(name: str, value: Value, field: Field) -> Fault:
    if name == "version":
        return Fault("version_unknown", name, kind_of(value))
    code = "number_expected" if field.number else "text_expected"
    return Fault(code, name, kind_of(value), field.example)


def _refuse_if_it_matters(name: str, value: Value) -> None:
    """Refuse a field that is not ours if dropping it could change the order."""
    feature = lookalikes.feature_of(name)
    if feature is not None:
        if value is None or value == "" or value == []:
            return
        raise Fault("feature_not_available", name, feature)
    why = lookalikes.why_not_here(name)
    if why is not None:
        raise Fault("field_unknown", name, limit=f"Delete it: {why}.")
    meant = lookalikes.meant_by(name, FIELDS)
    if meant is not None and meant != "comment":
        raise Fault("field_unknown", name, limit=f"Write {FIELDS[meant].example} instead of it.")
    if type(value) is str and value.strip()[:1] in ("{", "[") and value.strip()[-1:] in ("}", "]"):
        raise Fault("json_in_string", name, f"in `{shown(name, 40)}`")


def _signal(values: dict[str, Any]) -> Signal:
    get = values.get
    return Signal(
        strategy=values["strategy"],
        action=values["action"],
        symbol=get("symbol", ""),
        id=get("id"),
        effect=get("effect", Effect.AUTO),
        quantity=get("quantity"),
        quantity_unit=get("quantity_unit"),
        order_type=get("order_type", OrderType.MARKET),
        price=get("price"),
        trigger=get("trigger"),
        time_ns=get("time"),
        position=get("position"),
        prev_position=get("prev_position"),
        comment=get("comment", ""),
    )
