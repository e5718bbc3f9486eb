"""Autoview: ``name=value`` between spaces, one command a line. Read is what places plain orders.

Rules of this file
1. What is left out there has a default (a limit order, all of the balance, the chart's symbol):
   none of them is taken, the field is asked for.
2. ``p`` is a distance from the best price and refused; ``fp`` is a price.
3. Several commands are a batch, read all or not at all.
"""

from __future__ import annotations

import re
from typing import Any, Final

from adapters.tradingview.assembly import BATCH_MAX
from adapters.tradingview.pairs import pairs, pieces
from adapters.tradingview.reading import Fault, Reading
from adapters.tradingview.redaction import masked
from adapters.tradingview.terms import Terms, needed, unsupported
from adapters.tradingview.vocabulary import (
    Message,
    Read,
    Vocabulary,
    closing,
    for_us,
    read_text,
)
from core.orders import OrderType
from core.signals import Action, QuantityUnit, Signal

LINES: Final = re.compile(r"[\n|]")
SPACE: Final = re.compile(r"[ \t]")

_CHANCE: Final = re.compile(r"[0-9.]{1,24}%?-[0-9.]{1,24}%?")
_LEVELS: Final = "its number counts differently at each exchange; send the native stop and targets"

VOCABULARY: Final = Vocabulary(
    dialect="autoview",
    fields={
        "e": "e=BINANCE",
        "s": "s=BTCUSDT",
        "b": "b=buy",
        "q": "q=0.1",
        "t": "t=market",
        "fp": "fp={{close}}",
        "c": "c=position",
        "a": "a=main",
        "d": "d=0",
    },
    meant={
        "symbol": ("s",),
        "action": ("b", "c"),
        "quantity": ("q",),
        "quantity_unit": ("q",),
        "price": ("fp",),
        "order_type": ("t",),
    },
    refused={
        "p": "it counts from the best price of that moment; write fp",
        "u": "what a size counts is said by the route, in quantity_unit",
        "l": "leverage is set at the venue",
        **dict.fromkeys(("sl", "tp", "ts"), _LEVELS),
        "delay": "an order waits for nothing",
        "y": "a size is not a part of a balance",
        "cm": "a cancel or a close takes everything",
        "cmo": "a cancel or a close takes everything",
    },
)

_SIDES: Final = {
    "buy": Action.BUY,
    "long": Action.BUY,
    "sell": Action.SELL,
    "short": Action.SELL,
}
_ORDERS: Final = {"market": OrderType.MARKET, "limit": OrderType.LIMIT}
_CLOSES: Final = {"long": closing(Action.SELL), "short": closing(Action.BUY)}
_HEEDED: Final = {
    "order": frozenset({"e", "s", "c", "a", "d"}),
    "position": frozenset({"e", "s", "c", "a", "d", "b", "t"}),
}


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_text(body, terms, token=lambda _: None, signals=_signals)


def _signals(text: str, terms: Terms) -> Read:
    lines = pieces(text, LINES)
    if not 1 <= len(lines) <= BATCH_MAX:
        raise Fault("batch_size", value=str(len(lines)), limit=str(BATCH_MAX))
    made: list[Signal] = []
    for place, line in enumerate(lines, 1):
        try:
            made.append(_command(line, terms))
        except Fault as fault:
            raise fault if len(lines) == 1 else fault.inside(place) from None
    return tuple(made), ()


def _command(line: str, terms: Terms) -> Signal:
    if "&" in line:
        raise unsupported("&", masked(line), "an alert is one order, with native stop and targets")
    message = pairs(pieces(line, SPACE), VOCABULARY.example, fold=True)
    VOCABULARY.known(message)
    for name, value in message.items():
        if _CHANCE.fullmatch(value) is not None:
            raise unsupported(name, value, "no number is drawn by chance")
    if message.get("d", "0") != "0":
        raise unsupported("d", masked(message["d"]), "the sender has switched the command off")
    for_us(message, "e", needed(terms, "exchange", 'exchange = "BINANCE"'))
    if "a" in message:
        for_us(message, "a", needed(terms, "account", 'account = "main"'))
    values: dict[str, Any] = {"symbol": VOCABULARY.required(message, "s")}
    if "c" in message:
        values |= _cleared(message)
    else:
        values |= _order(message, terms)
    return VOCABULARY.signal(message, values, terms)


def _order(message: Message, terms: Terms) -> dict[str, Any]:
    """Return the values of an order."""
    order_type = VOCABULARY.word(message, "t", _ORDERS)
    values = {"action": VOCABULARY.word(message, "b", _SIDES), "order_type": order_type}
    if VOCABULARY.required(message, "q").endswith("%"):
        raise unsupported("q", masked(message["q"]), "a size is not a part of a balance")
    values["quantity"] = VOCABULARY.number(message, "q")
    unit: QuantityUnit = needed(terms, "quantity_unit", 'quantity_unit = "units"')
    values["quantity_unit"] = unit
    if order_type is OrderType.LIMIT:
        values["price"] = VOCABULARY.number(message, "fp")
    elif "fp" in message:
        raise unsupported("fp", masked(message["fp"]), "a market order has no price")
    return values


def _cleared(message: Message) -> dict[str, Any]:
    """Return the values of a cancel (``c=order``) or of a close (``c=position``)."""
    what = VOCABULARY.word(message, "c", {"order": "order", "position": "position"})
    for name, value in message.items():
        if name not in _HEEDED[what]:
            raise unsupported(name, masked(value), f"c={what} takes everything")
    if what == "order":
        return {"action": Action.CANCEL}
    VOCABULARY.word(message, "t", {"market": OrderType.MARKET})
    if "b" in message:
        return dict(VOCABULARY.word(message, "b", _CLOSES, "b=long"))
    return {"action": Action.EXIT}
