"""The words inside a name: ``stop_loss_pct`` and ``slTicks`` speak of a stop, whoever made them up.

Rules of this file
1. It is asked last, about a name that no table knows: it says why such a field may change the
   order.
2. A name is cut at its signs, its capitals and its numbers. A word counts when it is whole, a stem
   also inside of a name that is written in one.
3. A name that ends in a word of telling (``stop_reason``) informs.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

NAME_MAX: Final = 64
"""Characters of a name that are looked at; the longest of any product has under forty."""

STOP: Final = "a stop is stop with stop_unit"
TARGETS: Final = "targets are one text, targets with target_unit"
TRAIL: Final = "a trailing stop is trail with trail_unit"
BREAK_EVEN: Final = "a stop goes to the entry by break_even"
SIZE: Final = "the size comes from quantity and quantity_unit"
REDUCE: Final = "what only closes is effect or reduce_only"
SIDE: Final = "the side is action"
PRICE: Final = "prices are price and trigger"

NATIVE: Final = {
    STOP: "stop",
    TARGETS: "targets",
    TRAIL: "trail",
    BREAK_EVEN: "break_even",
    SIZE: "quantity",
    REDUCE: "reduce_only",
    SIDE: "action",
    PRICE: "price",
}
"""Reasons that name fields of the native alert, which are no advice in another dialect, and the
field that each is about."""

WORDS: Final[dict[str, tuple[str, ...]]] = {
    STOP: ("stop", "stops", "stoploss", "sl", "tsl", "protect", "protection"),
    TARGETS: ("tp", "takeprofit", "profit", "profits", "target", "targets", "tpsl"),
    TRAIL: ("trail", "trailing", "callback"),
    BREAK_EVEN: ("breakeven",),
    SIZE: (
        *("qty", "quantity", "size", "sizing", "amount", "lot", "lots", "contracts", "shares"),
        *("notional", "stake", "investment", "invest", "budget", "capital", "allocation"),
        *("weight", "weighting", "dollars", "dollar", "cash", "funds", "spend", "risk"),
        *("percent", "percentage", "pct", "multiplier", "exposure"),
    ),
    REDUCE: ("reduce", "only", "partial", "scale", "exit"),
    SIDE: ("side", "dir", "direction", "buysell"),
    PRICE: ("limit", "px", "offset", "activate", "activation"),
    "leverage is set at the venue": ("leverage", "lev", "margin", "isolated", "hedge"),
    "the route names the accounts": ("account", "acct", "subaccount", "portfolio", "wallet"),
    "an order waits for nothing": ("delay", "wait", "sleep", "schedule", "scheduled", "execute"),
    "an alert that comes is carried out; try one with `bascule signal read`": (
        *("dry", "demo", "paper", "sandbox", "test", "testing", "simulate", "simulated"),
        *("preview", "validate", "whatif", "backtest", "disable", "disabled", "pause", "paused"),
        "kill",
    ),
    "how long an order lives is set on the route": (
        *("expire", "expires", "expiry", "expiration", "valid", "ttl", "tif", "gtd", "timeout"),
        *("till", "until", "duration", "after"),
    ),
    "whether an order is made is for the limits of the account": (
        *("max", "maximum", "filter", "filters", "rth", "pyramid", "pyramiding"),
    ),
    "an order is plain": (
        "slippage",
        "slip",
        "iceberg",
        "twap",
        "slices",
        "chase",
        "exec",
        "execution",
    ),
    "a reversal is two alerts, an exit and then an entry": (
        *("reverse", "reversal", "flip", "flatten", "opposite"),
    ),
    "what else works is cancelled by an alert of its own": ("cancel",),
    "one alert is one order": ("leg", "legs", "basket", "grid", "dca"),
    "options are not traded": ("option", "options", "strike", "put", "puts"),
}
"""Why a field may change the order, and the words by which it is known. No word stands twice."""

STEMS: Final = {
    "stoploss": STOP,
    "takeprofit": TARGETS,
    "trailing": TRAIL,
    "breakeven": BREAK_EVEN,
    "quantity": SIZE,
    "percent": SIZE,
    "lotsize": SIZE,
    "ordersize": SIZE,
    "tradesize": SIZE,
    "positionsize": SIZE,
    "reduceonly": REDUCE,
    "closeonly": REDUCE,
    "leverage": "leverage is set at the venue",
    "expir": "how long an order lives is set on the route",
}
"""The same for names that are written in one, in lower case."""

BEGINS: Final = {
    "stop": STOP,
    "trail": TRAIL,
    "qty": SIZE,
    "risk": SIZE,
}
"""What a word begins with: ``stopkurs``, ``riskusd``."""

ENDS: Final = {"qty": SIZE, "size": SIZE}
"""What a word ends with: ``usdqty``."""

TELLING: Final = frozenset(
    [
        *("reason", "name", "label", "text", "comment", "note", "message", "msg", "url", "color"),
        *("colour", "change", "chg"),
    ]
)
"""Last words of names that tell something to people."""

INFORMS: Final = frozenset(
    [
        *("ticksize", "barsize", "netprofit", "openprofit", "grossprofit", "riskreward"),
        *("changepct", "changepercent", "percentchange", "pctchange"),
    ]
)
"""Names that have such a word and tell of the market or of the script."""

INSIDE: Final = frozenset(
    [
        *("quantity", "qty", "size", "contracts", "lots", "quantitytype", "side", "ordertype"),
        *("limitprice", "leverage", "action", "orderaction", "targetposition"),
    ]
)
"""Other names that no bar and no indicator has: an object with one of them is a piece of an
order."""

_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_ASSIGNED: Final = re.compile(r"([A-Za-z_]\w{0,63}+)\s{0,4}+=")
_SHORT: Final = re.compile(
    r"(sl|tp)(?:price|pips|points|ticks|level|value|perc|type|unit|dist|distance|offset|atr|usd)s?"
)
"""A stop or a target in two letters, and what it counts: ``slpoints``."""

_WHY: Final = {word: why for why, words in WORDS.items() for word in words}
_PROTECTING: Final = frozenset({STOP, TARGETS, TRAIL, BREAK_EVEN})


def why_of(name: str) -> str | None:
    """Say why a field of this name may change the order; ``None``: nothing in it says so."""
    return _why_of(name[:NAME_MAX])


@lru_cache(maxsize=1024)
def _why_of(name: str) -> str | None:
    words = [word.lower() for word in _WORD.findall(name)]
    run = "".join(words)
    if not words or words[-1] in TELLING or run in INFORMS:
        return None
    known = next((why for why in map(_of_word, words) if why is not None), None)
    if known is not None:
        return known
    if len(run) == len(words):  # written with points: "S.L."
        return _WHY.get(run)
    return next((why for stem, why in STEMS.items() if stem in run), None)


def _of_word(word: str) -> str | None:
    if word in _WHY:
        return _WHY[word]
    for part, why in BEGINS.items():
        if word.startswith(part):
            return why
    for part, why in ENDS.items():
        if word.endswith(part):
            return why
    short = _SHORT.fullmatch(word)
    return None if short is None else (STOP if short[1] == "sl" else TARGETS)


def assigns(text: str) -> bool:
    """Say whether a text for people has a field inside that changes an order: ``go sl=20``, where a
    separator was forgotten."""
    return any(why_of(name) is not None for name in _ASSIGNED.findall(text))


def is_level(name: str) -> bool:
    """Say whether a name speaks of a stop or a target."""
    return why_of(name) in _PROTECTING


def counts_inside(name: str) -> bool:
    """Say whether a name changes an order also inside of an object that nobody reads."""
    return is_level(name) or name.lower().replace("_", "") in INSIDE
