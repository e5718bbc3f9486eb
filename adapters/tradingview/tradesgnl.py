"""TradeSgnl: ``LicenceID,SYMBOL,action,risk=...``: the symbol stands before the action.

Rules of this file
1. What ``risk=``, ``sl=``, ``tp=`` and ``pending=`` count is set in the sender's terminal: the
   route says it, or the alert is refused.
2. What its terminal does with a position later (parts, trailing, pyramids) is not done here, and
   refused by name.
3. A close closes one side and can open nothing.
"""

from __future__ import annotations

from typing import Final

from adapters.tradingview import comma
from adapters.tradingview.reading import Fault, Reading
from adapters.tradingview.redaction import masked
from adapters.tradingview.terms import Terms, unsupported
from adapters.tradingview.vocabulary import Read, Vocabulary, closing, read_text
from core.signals import Action

HEADS: Final = ("licence", "symbol", "action")

_WHOLE: Final = "60123456789,EURUSD,buy,risk=0.1"
_MANAGED: Final = "what becomes of the position later is set in its terminal, and not known here"

VOCABULARY: Final = Vocabulary(
    dialect="tradesgnl",
    fields={
        "licence": _WHOLE,
        "symbol": _WHOLE,
        "action": _WHOLE,
        "risk": "risk=0.1",
        "sl": "sl=20",
        "tp": "tp=40",
        "pending": "pending=1.0900",
        "comment": "comment=Breakout",
    },
    meant={
        "quantity": ("risk",),
        "quantity_unit": ("risk",),
        "price": ("pending",),
        "trigger": ("pending",),
        "stop": ("sl",),
        "stop_unit": ("sl",),
        "targets": ("tp",),
        "target_unit": ("tp",),
    },
    refused=dict.fromkeys(
        (
            *("pct", "pct1", "pct2", "pct3", "tp1", "tp2", "tp3", "tp4", "tp5"),
            *("trtrig", "trdist", "trstep", "betrig", "bedist", "py", "re", "exent"),
        ),
        _MANAGED,
    ),
)

_CLOSES: Final = {"closebuy": Action.SELL, "closesell": Action.BUY}
_CANCELS: Final = ("cancellong", "cancelshort")


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_text(body, terms, token=comma.licence, signals=_signals)


def _signals(text: str, terms: Terms) -> Read:
    (licence, symbol, action), message = comma.headed(text, HEADS, VOCABULARY.example)
    comma.must_be_licence("licence", licence, _WHOLE)
    word = action.lower()
    if symbol.lower() in (*comma.ENTRIES, *_CLOSES, "closeall", *_CANCELS):
        raise Fault("piece_misplaced", "symbol", masked(symbol), _WHOLE)
    VOCABULARY.known(message)
    if word in comma.ENTRIES:
        prices = {"pending": None}
        values = comma.entry(VOCABULARY, message, terms, word, prices=prices)
        values |= comma.size(VOCABULARY, message, terms, {"risk": None})
        stop = comma.level(VOCABULARY, message, terms, {"sl": None})
        comma.protect(values, stop, comma.level(VOCABULARY, message, terms, {"tp": None}))
        if "comment" in message:
            values["comment"] = message["comment"]
    elif word in _CLOSES:
        for name, value in message.items():
            why = f"{word} takes all of its side, and nothing beside"
            raise unsupported(name, masked(value) or "empty", why)
        values = closing(_CLOSES[word])
    elif word == "closeall":
        why = "how far it reaches is not said; send closebuy and closesell of the symbol"
        raise unsupported("action", word, why)
    elif word in _CANCELS:
        why = "a cancel takes every working order of the strategy, of both sides"
        raise unsupported("action", word, why)
    else:
        known = ", ".join((*comma.ENTRIES, *_CLOSES))
        raise Fault("word_unknown", "action", comma.shown(action), known)
    values["symbol"] = symbol
    return (VOCABULARY.signal(message, values, terms),), ()
