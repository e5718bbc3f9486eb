"""PineConnector: ``LicenceID,command,SYMBOL,name=value,...``.

Rules of this file
1. What ``risk=``, ``sl=``, ``tp=`` and ``price=`` count is set in the sender's terminal: the route
   says it, or the alert is refused. The newer names carry their unit.
2. A size in money or in percent of the balance is another one here: it is taken when the route
   says that it is meant so, and else refused.
3. A close closes one side and can open nothing.
"""

from __future__ import annotations

from typing import Any, Final

from adapters.tradingview import comma
from adapters.tradingview.comma import LICENCE
from adapters.tradingview.numbers import signed
from adapters.tradingview.reading import Fault, Reading
from adapters.tradingview.terms import Terms, needed, unsupported
from adapters.tradingview.vocabulary import Message, Read, Vocabulary, closing, named, read_text
from core.levels import LevelUnit
from core.signals import Action, QuantityUnit

HEADS: Final = ("licence", "command", "symbol")

_BALANCE: Final = "a percent is of the equity here, not of the balance; write vol_pct_eq_loss"
_ATR: Final = "nothing is worked out from bars here; send the distance"
_PART: Final = "a part of a position is closed by the native alert: an exit with its quantity"
_FILTER: Final = "an order is not made to depend on it"

VOCABULARY: Final = Vocabulary(
    dialect="pineconnector",
    fields={
        "licence": "60123456789,buy,EURUSD,vol_lots=0.1",
        "command": "60123456789,buy,EURUSD,vol_lots=0.1",
        "symbol": "60123456789,buy,EURUSD,vol_lots=0.1",
        "vol_lots": "vol_lots=0.1",
        "risk": "risk=1",
        "vol_dollar": "vol_dollar=50",
        "vol_pct_eq_loss": "vol_pct_eq_loss=1",
        "sl": "sl=20",
        "sl_pips": "sl_pips=20",
        "sl_price": "sl_price=1.0850",
        "sl_pct": "sl_pct=1",
        "tp": "tp=40",
        "tp_pips": "tp_pips=40",
        "tp_price": "tp_price=1.0950",
        "tp_pct": "tp_pct=2",
        "entry_price": "entry_price=1.0900",
        "entry_pips": "entry_price=1.0900",
        "entry_pct": "entry_price=1.0900",
        "price": "price=1.0900",
        "betrigger": "betrigger=15",
        "beoffset": "beoffset=1",
        "trailtrig": "trailtrig=15",
        "traildist": "traildist=10",
        "comment": "comment=Breakout",
        "secret": "secret=...",
    },
    meant={
        "action": ("command",),
        "quantity": ("vol_lots", "risk", "vol_dollar", "vol_pct_eq_loss"),
        "quantity_unit": ("risk", "vol_dollar", "vol_pct_eq_loss"),
        "price": ("entry_price", "price"),
        "trigger": ("entry_price", "price"),
        "stop": ("sl_pips", "sl_price", "sl_pct", "sl"),
        "stop_unit": ("sl",),
        "targets": ("tp_pips", "tp_price", "tp_pct", "tp"),
        "target_unit": ("tp",),
        "trail": ("traildist",),
        "trail_after": ("trailtrig",),
        "break_even": ("betrigger",),
        "break_even_offset": ("beoffset",),
    },
    refused={
        "vol_pct_bal_loss": _BALANCE,
        "vol_pct_bal_margin": "no size is counted in margin here",
        "vol_pct_bal_lots": "no size is counted in lots for each money of the balance here",
        "trailstep": "a trailing stop follows every tick here, without steps",
        **dict.fromkeys(
            ("atrtimeframe", "atrperiod", "atrmultiplier", "atrshift", "atrtrigger"), _ATR
        ),
        "spread": _FILTER,
        "accfilter": _FILTER,
    },
)

_ENTRIES: Final = {
    **{name: name for name in comma.ENTRIES},
    **dict.fromkeys(("long", "bull", "bullish"), "buy"),
    **dict.fromkeys(("short", "bear", "bearish"), "sell"),
}
_CLOSES: Final = {"closelong": Action.SELL, "closeshort": Action.BUY}
_CANCELS: Final = {"cancellong": "long", "cancelshort": "short"}
_NOT_DONE: Final = {
    "closeall": "how far it reaches is not said; send closelong and closeshort of the symbol",
    **dict.fromkeys(
        ("newsltplong", "newsltpshort"), "levels come with the entry and are changed by a person"
    ),
    **dict.fromkeys(("eaon", "eaoff", "closealleaoff"), "a person has `bascule halt`"),
}
_PIPS: Final = LevelUnit.PIPS
_PRICES: Final = {
    "entry_price": LevelUnit.PRICE,
    "entry_pips": _PIPS,
    "entry_pct": LevelUnit.PERCENT,
    "price": None,
}
_SIZES: Final = {
    "vol_lots": QuantityUnit.UNITS,
    "risk": None,
    "vol_dollar": QuantityUnit.RISK_QUOTE,
    "vol_pct_eq_loss": QuantityUnit.RISK_PERCENT,
}
_STOPS: Final = {
    "sl": None,
    "sl_pips": _PIPS,
    "sl_price": LevelUnit.PRICE,
    "sl_pct": LevelUnit.PERCENT,
}
_TARGETS: Final = {
    "tp": None,
    "tp_pips": _PIPS,
    "tp_price": LevelUnit.PRICE,
    "tp_pct": LevelUnit.PERCENT,
}


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_text(body, terms, token=_token, signals=_signals)


def _token(text: str) -> str | None:
    """Take the secret, or else the licence number, for the sender's token."""
    return named(text.split(",", 80), "secret") or comma.licence(text)


def _signals(text: str, terms: Terms) -> Read:
    (licence, command, symbol), message = comma.headed(text, HEADS, VOCABULARY.example)
    comma.must_be_licence("licence", licence, VOCABULARY.fields["licence"])
    word = command.lower()
    if word in _NOT_DONE or _turns(word):
        part = word.endswith(("pct", "vol"))
        why = _PART if part else "a reversal is two alerts, a close and then an entry"
        why = _NOT_DONE.get(word, why)
        raise unsupported("command", comma.shown(command), why)
    VOCABULARY.known(message)
    if LICENCE.fullmatch(symbol) is not None or symbol.lower() in (*_ENTRIES, *_CLOSES, *_CANCELS):
        raise Fault("piece_misplaced", "symbol", comma.shown(symbol), VOCABULARY.fields["symbol"])
    if word in _ENTRIES:
        values = _entry(_ENTRIES[word], message, terms)
    elif word in _CLOSES:
        _refuse_beside(word, message)
        values = closing(_CLOSES[word])
    elif word in _CANCELS:
        _refuse_beside(word, message)
        values = _cancel(command, terms)
    else:
        known = ", ".join((*comma.ENTRIES, *_CLOSES, *_CANCELS))
        raise Fault("word_unknown", "command", comma.shown(command), known)
    values["symbol"] = symbol
    return (VOCABULARY.signal(message, values, terms),), ()


def _turns(word: str) -> bool:
    """Say whether a command does two things, or one thing to a part."""
    return "+" in word or (word not in _CLOSES and word.startswith(("closelong", "closeshort")))


def _entry(command: str, message: Message, terms: Terms) -> dict[str, Any]:
    values = comma.entry(VOCABULARY, message, terms, command, prices=_PRICES)
    if "vol_dollar" in message and terms.risk_unit is not QuantityUnit.RISK_QUOTE:
        line = 'risk_unit = "risk_quote", if its dollars are the currency of the instrument,'
        raise Fault("dialect_setting_missing", "risk_unit", limit=line)
    side = "long" if values["action"] is Action.BUY else "short"
    if terms.sides not in ("", "both", side):
        raise unsupported("command", command, f"the route says that only {terms.sides} is traded")
    values |= comma.size(VOCABULARY, message, terms, _SIZES)
    stop = comma.level(VOCABULARY, message, terms, _STOPS)
    target = comma.level(VOCABULARY, message, terms, _TARGETS)
    comma.protect(values, stop, target)
    for name, native, unit in (
        ("traildist", "trail", "trail_unit"),
        ("trailtrig", "trail_after", "trail_unit"),
        ("betrigger", "break_even", "break_even_unit"),
    ):
        if name in message:
            values[native], values[unit] = VOCABULARY.number(message, name), _PIPS
    if "beoffset" in message:
        offset = signed("beoffset", message["beoffset"], VOCABULARY.fields["beoffset"])
        if offset or "betrigger" not in message:
            values["break_even_offset"] = VOCABULARY.number(message, "beoffset")
    if "comment" in message:
        values["comment"] = message["comment"]
    return values


def _refuse_beside(command: str, message: Message) -> None:
    """Refuse what would narrow a close or a cancel, or belongs to an entry."""
    for name, value in message.items():
        if name != "secret":
            why = f"{command} takes all of its side, and nothing beside"
            raise unsupported(name, comma.shown(value) or "empty", why)


def _cancel(command: str, terms: Terms) -> dict[str, Any]:
    """Cancel one side of the orders: only where the strategy trades that side alone."""
    side = _CANCELS[command.lower()]
    if needed(terms, "sides", f'sides = "{side}"') != side:
        why = "a cancel takes every working order of the strategy, of both sides"
        raise unsupported("command", command, why)
    return {"action": Action.CANCEL}
