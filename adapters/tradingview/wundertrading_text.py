"""WunderTrading, as text: ``ACTION_EXCHANGE_SYMBOL_Bot name_TF_code``.

Rules of this file
1. It is read from both ends: a bot's name may hold ``_`` and spaces. The exchange is the one that
   the route names.
2. How much is traded is set in the bot there, and on the route here. An exit takes everything.
3. The code at the end makes the message valid there, and so it is the sender's token here.
"""

from __future__ import annotations

import re
from typing import Any, Final

from adapters.tradingview.pairs import refuse_left_over
from adapters.tradingview.reading import Fault, Reading
from adapters.tradingview.recognised import recognised
from adapters.tradingview.redaction import masked
from adapters.tradingview.terms import Terms, needed, unsupported
from adapters.tradingview.vocabulary import Read, Vocabulary, closing, opening, read_text
from core.signals import Action

_WHOLE: Final = "ENTER-LONG_BINANCE_BTCUSDT_My bot_4H_code"

VOCABULARY: Final = Vocabulary(
    dialect="wundertrading_text",
    fields={"action": _WHOLE, "exchange": _WHOLE, "symbol": _WHOLE, "code": _WHOLE},
    meant={},
)

ACTIONS: Final[dict[str, dict[str, Any]]] = {
    "ENTER-LONG": opening(Action.BUY),
    "ENTER-SHORT": opening(Action.SELL),
    "EXIT-LONG": closing(Action.SELL),
    "EXIT-SHORT": closing(Action.BUY),
    "EXIT-ALL": {"action": Action.EXIT},
}
"""The words at the beginning, and what each asks for."""

PARTS_MIN: Final = 4
"""Parts behind the exchange: symbol, name of the bot, timeframe and code."""

_CODE: Final = re.compile(r"[A-Za-z0-9-]{1,200}")


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_text(body, terms, token=_token, signals=_signals)


def _token(text: str) -> str | None:
    """Take the code at the end of a message that begins with one of its words."""
    code = text.rpartition("_")[2]
    begins = text.partition("_")[0] in ACTIONS
    return code if begins and _CODE.fullmatch(code) is not None else None


def _signals(text: str, terms: Terms) -> Read:
    if text[:1] in ("{", "[") and text[:2] != "{{":
        raise Fault("text_is_json", value=masked(text))
    refuse_left_over("", text, VOCABULARY.example)
    action, _, rest = text.partition("_")
    if action not in ACTIONS:
        known = recognised(text)
        if known is not None:
            raise known
        limit = f"{', '.join(ACTIONS)}, as in {_WHOLE}"
        raise Fault("word_unknown", "action", masked(action), limit)
    exchange = needed(terms, "exchange", 'exchange = "BINANCE"')
    if not rest.startswith(f"{exchange}_"):
        why = f"the alerts of this route name {exchange}"
        raise unsupported("exchange", masked(rest.partition("_")[0]) or "empty", why)
    parts = rest[len(exchange) + 1 :].split("_")
    if len(parts) < PARTS_MIN or not all(part.strip() for part in parts):
        raise Fault("text_pair_form", value=masked(action), limit="_")
    if _CODE.fullmatch(parts[-1]) is None:
        raise Fault("field_missing", "code", limit=_WHOLE)
    if parts[0] in ("NONE", "MULTIPLE-PAIRS"):
        raise unsupported("symbol", parts[0], "an alert names the symbol that it trades")
    values = ACTIONS[action] | {"symbol": parts[0]}
    return (VOCABULARY.signal({}, values, terms),), ()
