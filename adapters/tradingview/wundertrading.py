"""WunderTrading's code, ``ACTION_EXCHANGE_SYMBOL_Bot name_TF_code``: all of a text alert, and a
field of a JSON one.

Rules of this file
1. It is read from both ends: a bot's name may hold ``_`` and spaces. The exchange is the one that
   the route names.
2. The last piece makes an alert valid there, and so it is the sender's token here.
3. An exit takes everything.
4. One alert is one code: a second one is refused, never taken for the name of a bot.
"""

from __future__ import annotations

import re
from typing import Any, Final

from adapters.tradingview.reading import Fault
from adapters.tradingview.redaction import masked
from adapters.tradingview.terms import Terms, needed, unsupported
from adapters.tradingview.vocabulary import closing, opening
from core.signals import Action

EXAMPLE: Final = "ENTER-LONG_BINANCE_BTCUSDT_My bot_4H_code"
"""A right code."""

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

_QUOTES: Final = frozenset(
    [
        *("USDT", "USDC", "BUSD", "FDUSD", "TUSD", "DAI", "USD", "EUR", "GBP", "TRY", "BRL"),
        *("BTC", "XBT", "ETH", "BNB", "PERP", "SWAP", "P"),
    ]
)
"""What follows an underscore inside of a symbol and is hardly the name of a bot: ``BTC_USDT``."""

_MARKETS: Final = ("FUTURES", "SPOT", "MARGIN", "PERPETUAL", "SWAP", "INVERSE", "COIN")
"""What follows an underscore inside of an exchange, and is no symbol."""

_NO_PAIR: Final = ("NONE", "MULTIPLE-PAIRS")
_TOKEN: Final = re.compile(r"[A-Za-z0-9-]{1,200}")


def token_of(code: str) -> str | None:
    """Take the last piece of a code that begins with one of its words."""
    token = code.rpartition("_")[2]
    begins = code.partition("_")[0] in ACTIONS
    return token if begins and _TOKEN.fullmatch(token) is not None else None


def values_of(
    code: str, terms: Terms, *, field: str = "", example: str = EXAMPLE
) -> dict[str, Any]:
    """Cut a code into the native values that it says. Errors: ``Fault``.

    ``field``: the code is the secret value of this field, and nothing of it but its symbol is told.
    """
    begin, _, rest = code.partition("_")
    if begin not in ACTIONS:
        limit = f"{', '.join(ACTIONS)}, as in {example}"
        raise Fault("word_unknown", field or "action", _told(begin, field), limit)
    exchange = needed(terms, "exchange", 'exchange = "BINANCE"')
    if not rest.startswith(f"{exchange}_"):
        why = f"the alerts of this route name the exchange {exchange}"
        raise unsupported(field or "exchange", _told(rest.partition("_")[0], field) or "empty", why)
    parts = rest[len(exchange) + 1 :].split("_")
    if not rest.isprintable() or any(word in rest for word in ACTIONS):
        raise unsupported(field or "action", _told(begin, field), "one alert is one order")
    if len(parts) < PARTS_MIN or not all(part.strip() for part in parts):
        missing = "symbol" if not parts[0].strip() else "code"
        raise Fault("field_missing", field or missing, limit=example)
    if _TOKEN.fullmatch(parts[-1]) is None:
        raise Fault("field_missing", field or "code", limit=example)
    if parts[0] in _MARKETS:
        why = f"the alerts of this route name the exchange {exchange}, and this one goes on"
        raise unsupported(field or "exchange", _told(f"{exchange}_{parts[0]}", field), why)
    if parts[1].strip().upper() in _QUOTES:
        why = "where the symbol ends is not certain; write it without _"
        raise unsupported(field or "symbol", f"{parts[0]}_{parts[1]}", why)
    if parts[0] in _NO_PAIR:
        raise unsupported(field or "symbol", parts[0], "an alert names the symbol that it trades")
    return ACTIONS[begin] | {"symbol": parts[0]}


def _told(text: str, field: str) -> str:
    return "hidden" if field else masked(text)
