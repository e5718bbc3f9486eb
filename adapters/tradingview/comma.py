"""Comma dialects of MetaTrader bridges: bare pieces first, then ``name=value``.

Rules of this file
1. The bare pieces are known by their place only; a number in the place of a command is a licence
   that stands wrong, and is never shown.
2. A bare number behind a value is a decimal comma, and told as one.
3. What a bare size, a level or a price of a pending order counts is told by the route, or refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from adapters.tradingview.numbers import code_of, positive
from adapters.tradingview.pairs import Example, pairs, pieces, refuse_left_over
from adapters.tradingview.reading import REDACTED, Fault
from adapters.tradingview.redaction import masked
from adapters.tradingview.terms import Terms, needed, unsupported
from adapters.tradingview.vocabulary import Message, Vocabulary, opening
from core.levels import LevelUnit
from core.orders import OrderType
from core.signals import Action, QuantityUnit

COMMA: Final = re.compile(",")
LICENCE: Final = re.compile(r"[0-9]{8,20}")
"""A licence number: long, and with digits only."""

_NUMBER: Final = re.compile(r"[0-9]{1,20}")
_REST: Final = re.compile(r"[0-9]{1,20}(?:\.[0-9]{0,20})?")

ENTRIES: Final[dict[str, tuple[Action, OrderType]]] = {
    "buy": (Action.BUY, OrderType.MARKET),
    "sell": (Action.SELL, OrderType.MARKET),
    "buystop": (Action.BUY, OrderType.STOP),
    "sellstop": (Action.SELL, OrderType.STOP),
    "buylimit": (Action.BUY, OrderType.LIMIT),
    "selllimit": (Action.SELL, OrderType.LIMIT),
}
"""Commands that open a position, and the order that they place."""

EXAMPLES: Final = {
    "risk_unit": 'risk_unit = "risk_percent", or the unit that the sender has set',
    "target_unit": 'target_unit = "pips", or the unit that the sender has set',
    "pending_unit": 'pending_unit = "price", or the unit that the sender has set',
}
"""The line of the route for each term."""


def headed(text: str, heads: tuple[str, ...], example: Example) -> tuple[list[str], Message]:
    """Cut a message into its bare pieces, called ``heads``, and its names and values."""
    parts = pieces(text, COMMA)
    bare = parts[: len(heads)]
    for name, piece in zip(heads, bare, strict=False):
        refuse_left_over(name, piece, example)
        if "=" in piece:
            raise Fault("field_missing", name, limit=example(name))
    if len(bare) < len(heads):
        name = heads[len(bare)]
        raise Fault("field_missing", name, limit=example(name))
    rest = parts[len(heads) :]
    refuse_decimal_comma(rest)
    for piece in rest:
        if LICENCE.fullmatch(piece) is not None:
            raise Fault("text_pair_form", value=REDACTED, limit="=")
    return bare, pairs(rest, example, fold=True)


def refuse_decimal_comma(parts: list[str]) -> None:
    """Refuse a number that a comma has cut in two: ``risk=0`` and ``5``."""
    for before, piece in pairwise(parts):
        if "=" in before and _REST.fullmatch(piece) is not None:
            name, _, value = before.partition("=")
            if _NUMBER.fullmatch(value.strip()) is not None:
                said = f"{value.strip()},{piece}"
                raise Fault(code_of(said) or "number_decimal_comma", masked(name.strip()), said)


def licence(text: str) -> str | None:
    """Find the licence number with which a message begins."""
    first = text.partition(",")[0].strip()
    return first if LICENCE.fullmatch(first) is not None else None


def must_be_licence(name: str, piece: str, example: str) -> None:
    """Refuse a first piece that is no licence number; one with a slip in it is not shown."""
    if LICENCE.fullmatch(piece) is None:
        said = masked(piece) if piece.isalpha() else REDACTED
        raise Fault("piece_misplaced", name, said, example)


def shown(piece: str) -> str:
    """Return a bare piece as it may be told."""
    return REDACTED if LICENCE.fullmatch(piece) is not None else masked(piece)


def entry(
    vocabulary: Vocabulary,
    message: Message,
    terms: Terms,
    command: str,
    *,
    prices: Mapping[str, LevelUnit | None],
) -> dict[str, Any]:
    """Return the values of what opens a position: side, type and price. ``prices``: the names for
    the price of a pending order, and what each counts; ``None``: the route says it."""
    side, order_type = ENTRIES[command]
    values = opening(side)
    name = vocabulary.one_of(message, tuple(prices))
    if order_type is OrderType.MARKET:
        if name:
            why = f"{command} has no price, only a pending order has"
            raise unsupported(name, masked(message[name]), why)
        return values
    if not name:
        first = next(iter(prices))
        raise Fault("field_missing", first, limit=vocabulary.fields[first])
    unit = prices[name] or needed(terms, "pending_unit", EXAMPLES["pending_unit"])
    if unit is not LevelUnit.PRICE:
        why = "an order waits at a price, not at a distance from the market of that moment"
        raise unsupported(name, masked(message[name]), why)
    values["order_type"] = order_type
    price = vocabulary.number(message, name)
    values["price" if order_type is OrderType.LIMIT else "trigger"] = price
    return values


def size(
    vocabulary: Vocabulary,
    message: Message,
    terms: Terms,
    names: Mapping[str, QuantityUnit | None],
) -> dict[str, Any]:
    """Return quantity and unit. ``names``: the names for a size, and what each counts; ``None``:
    the route says it."""
    name = vocabulary.one_of(message, tuple(names))
    if not name:
        first = next(iter(names))
        raise Fault("field_missing", first, limit=vocabulary.fields[first])
    unit = names[name] or needed(terms, "risk_unit", EXAMPLES["risk_unit"])
    return {"quantity": vocabulary.number(message, name), "quantity_unit": unit}


def level(
    vocabulary: Vocabulary,
    message: Message,
    terms: Terms,
    names: Mapping[str, LevelUnit | None],
) -> tuple[Any, LevelUnit] | None:
    """Return the number and the unit of a stop or a target; ``None``: the message has none."""
    name = vocabulary.one_of(message, tuple(names))
    if not name:
        return None
    unit = names[name] or needed(terms, "target_unit", EXAMPLES["target_unit"])
    return positive(name, message[name], vocabulary.fields[name]), unit


def protect(
    values: dict[str, Any],
    stop: tuple[Any, LevelUnit] | None,
    target: tuple[Any, LevelUnit] | None,
) -> None:
    """Put a stop and a target into the values of an order."""
    if stop is not None:
        values["stop"], values["stop_unit"] = stop
    if target is not None:
        number, values["target_unit"] = target
        values["targets"] = ((number, None),)
