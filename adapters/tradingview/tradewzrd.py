"""TradeWzrd: ``ACTION, SYMBOL, NAME=value, ...``: no licence, and units in the message.

Rules of this file
1. Levels count what ``TPSLType`` says, and without it nothing is guessed.
2. ``SIDE`` of a close is the side of the position: ``SIDE=BUY`` closes the long one.
3. ``RISK`` is in percent of the balance there and of the equity here: the route has to say that it
   is meant so.
"""

from __future__ import annotations

from typing import Any, Final

from adapters.tradingview import comma
from adapters.tradingview.reading import Fault, Reading
from adapters.tradingview.redaction import masked
from adapters.tradingview.terms import Terms, unsupported
from adapters.tradingview.vocabulary import Message, Read, Vocabulary, closing, read_text
from core.levels import LevelUnit
from core.signals import Action, QuantityUnit

HEADS: Final = ("action", "symbol")

_WHOLE: Final = "BUY, EURUSD, VOL=0.1"

VOCABULARY: Final = Vocabulary(
    dialect="tradewzrd",
    fields={
        "action": _WHOLE,
        "symbol": _WHOLE,
        "vol": "VOL=0.1",
        "risk": "RISK=2",
        "sl": "SL=30",
        "tp": "TP=60",
        "tpsltype": "TPSLType=PIPS",
        "side": "SIDE=BUY",
        "percent": "PERCENT=50",
        "price": "PRICE=1.0850",
        "comment": "COMMENT=Breakout",
    },
    meant={
        "quantity": ("vol", "risk", "percent"),
        "quantity_unit": ("risk",),
        "price": ("price",),
        "trigger": ("price",),
        "stop": ("sl",),
        "stop_unit": ("tpsltype",),
        "targets": ("tp",),
        "target_unit": ("tpsltype",),
    },
    refused={
        "slip": "an order is not made to depend on slippage",
        "ticket": "a position is known by its strategy and symbol, and not by a number",
        "magic": "whose position it is follows from the strategy of the route",
    },
)

_UNITS: Final = {"pips": LevelUnit.PIPS, "price": LevelUnit.PRICE}
_SIZES: Final = {"vol": QuantityUnit.UNITS, "risk": QuantityUnit.RISK_PERCENT}
_SIDES: Final = {
    "buy": closing(Action.SELL),
    "sell": closing(Action.BUY),
    "all": {"action": Action.EXIT},
}
_OF_ENTRIES: Final = frozenset({"vol", "risk", "sl", "tp", "tpsltype", "price", "comment"})
_OF_CLOSES: Final = frozenset({"side", "percent"})


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_text(body, terms, token=lambda _: None, signals=_signals)


def _signals(text: str, terms: Terms) -> Read:
    (action, symbol), message = comma.headed(text, HEADS, VOCABULARY.example)
    word = action.lower()
    VOCABULARY.known(message)
    if word in comma.ENTRIES:
        _refuse_others(word, message, _OF_ENTRIES)
        values = _entry(word, message, terms)
    elif word == "close":
        _refuse_others(word, message, _OF_CLOSES)
        values = _close(message)
    else:
        known = ", ".join((*comma.ENTRIES, "close")).upper()
        raise Fault("word_unknown", "action", comma.shown(action), f"{known}, as in {_WHOLE}")
    values["symbol"] = symbol
    return (VOCABULARY.signal(message, values, terms),), ()


def _entry(word: str, message: Message, terms: Terms) -> dict[str, Any]:
    prices = {"price": LevelUnit.PRICE}
    values = comma.entry(VOCABULARY, message, terms, word, prices=prices)
    if "risk" in message and terms.risk_unit is not QuantityUnit.RISK_PERCENT:
        line = 'risk_unit = "risk_percent", if percent of the equity is meant,'
        raise Fault("dialect_setting_missing", "risk_unit", limit=line)
    values |= comma.size(VOCABULARY, message, terms, _SIZES)
    if "sl" in message or "tp" in message or "tpsltype" in message:
        unit = VOCABULARY.word(message, "tpsltype", _UNITS)
        stop = comma.level(VOCABULARY, message, terms, {"sl": unit})
        comma.protect(values, stop, comma.level(VOCABULARY, message, terms, {"tp": unit}))
    if "comment" in message:
        values["comment"] = message["comment"]
    return values


def _close(message: Message) -> dict[str, Any]:
    side = VOCABULARY.word(message, "side", _SIDES) if "side" in message else _SIDES["all"]
    values = dict(side)
    if "percent" in message:
        percent = VOCABULARY.number(message, "percent")
        if percent > 100:
            raise unsupported("percent", message["percent"], "a close takes 100 % at most")
        values |= {"quantity": percent, "quantity_unit": QuantityUnit.POSITION_PERCENT}
    return values


def _refuse_others(word: str, message: Message, allowed: frozenset[str]) -> None:
    for name, value in message.items():
        if name not in allowed:
            why = f"{word.upper()} has no {name.upper()}"
            raise unsupported(name, masked(value) or "empty", why)
