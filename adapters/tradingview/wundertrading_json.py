"""WunderTrading, as JSON: the text of its alerts under ``code``, and a size beside it.

Rules of this file
1. ``code`` is ``ACTION_EXCHANGE_SYMBOL_Bot name_TF_code``, read from both ends: a bot's name may
   hold ``_`` and spaces. The exchange is the one that the route names.
2. All of ``code`` is a secret: nothing of it but its first word and its symbol is told. Its last
   piece is the sender's token.
3. ``percents`` is a ratio of the portfolio: 1.0 is 100 % of it. An exit takes everything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from adapters.tradingview.json_rows import OURS, number, text, word
from adapters.tradingview.json_table import Table, Values, in_percent, read_by
from adapters.tradingview.reading import Fault, Reading
from adapters.tradingview.strict_json import Value
from adapters.tradingview.terms import Terms, needed, unsupported
from core.orders import OrderType
from core.signals import Action, Effect, QuantityUnit

_ACTIONS: Final = {
    "ENTER-LONG": (Action.BUY, Effect.OPEN),
    "ENTER-SHORT": (Action.SELL, Effect.OPEN),
    "EXIT-LONG": (Action.SELL, Effect.CLOSE),
    "EXIT-SHORT": (Action.BUY, Effect.CLOSE),
    "EXIT-ALL": (Action.EXIT, Effect.AUTO),
}
_TYPES: Final = {
    "quote": QuantityUnit.QUOTE,
    "base": QuantityUnit.UNITS,
    "percents": QuantityUnit.EQUITY_PERCENT,
    "contracts": "contracts",
}
_NO_PAIR: Final = ("NONE", "MULTIPLE-PAIRS")
_LEVELS: Final = "its numbers are settings of a bot; send levels in the native alert"
_CODE: Final = re.compile(r"[A-Za-z0-9-]{1,200}")
_PARTS_MIN: Final = 4
"""Parts behind the exchange: symbol, name of the bot, timeframe and code."""


def _sender(found: Mapping[str, Value]) -> str | None:
    """Take the code at the end of a ``code`` that begins with one of its words."""
    said = found.get("code")
    if type(said) is not str or said.partition("_")[0] not in _ACTIONS:
        return None
    last = said.rpartition("_")[2]
    return last if _CODE.fullmatch(last) is not None else None


TABLE: Final = Table(
    "WunderTrading",
    {
        **OURS,
        "code": text("", '"code": "ENTER-LONG_BINANCE_BTCUSDT_My bot_4H_code"', like="comment"),
        "orderType": word(
            "order_type",
            {"market": OrderType.MARKET, "limit": OrderType.LIMIT},
            '"orderType": "market"',
        ),
        "amountPerTradeType": word("quantity_unit", _TYPES, '"amountPerTradeType": "quote"'),
        "amountPerTrade": number("quantity", '"amountPerTrade": "100"'),
    },
    refused={
        "stopLoss": _LEVELS,
        "takeProfits": _LEVELS,
        "trailingStop": _LEVELS,
        "moveToBreakeven": _LEVELS,
    },
    sender=_sender,
)
"""Its fields."""


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_by(TABLE, body, terms, _complete)


def _complete(native: Values, values: Values, terms: Terms) -> None:
    if "code" not in values:
        raise TABLE.missing("code")
    native["action"], native["effect"], native["symbol"] = _parts(values["code"], terms)
    if native.pop("order_type", None) is OrderType.LIMIT:
        raise unsupported("orderType", "limit", "its price is not said in the message")
    if native["effect"] is not Effect.OPEN:
        if "quantity" in native or "quantity_unit" in native:
            path = "amountPerTrade" if "quantity" in native else "amountPerTradeType"
            raise unsupported(path, "set", "an exit takes everything")
        return
    _check_size(native)


def _parts(code: str, terms: Terms) -> tuple[Action, Effect, str]:
    """Cut the code into what it asks for and the symbol."""
    example = TABLE.example("code")
    begin, _, rest = code.partition("_")
    if begin not in _ACTIONS:
        raise Fault("word_unknown", "code", "hidden", f"{', '.join(_ACTIONS)}, as in {example}")
    exchange = needed(terms, "exchange", 'exchange = "BINANCE"')
    if not rest.startswith(f"{exchange}_"):
        why = f"the alerts of this route name the exchange {exchange}"
        raise unsupported("code", "hidden", why)
    parts = rest[len(exchange) + 1 :].split("_")
    complete = len(parts) >= _PARTS_MIN and all(part.strip() for part in parts)
    if not complete or _CODE.fullmatch(parts[-1]) is None:
        raise Fault("text_pair_form", "code", "hidden", "_")
    if parts[0] in _NO_PAIR:
        raise unsupported("code", parts[0], "an alert names the symbol that it trades")
    return (*_ACTIONS[begin], parts[0])


def _check_size(native: Values) -> None:
    amount: Decimal | None = native.get("quantity")
    unit = native.get("quantity_unit")
    if unit == "contracts":
        why = "how much a contract is differs from the units of an account"
        raise unsupported("amountPerTradeType", "contracts", why)
    if amount is None:
        return
    if unit is None:
        raise TABLE.missing("amountPerTradeType")
    if unit is QuantityUnit.EQUITY_PERCENT:
        if amount > 1:
            why = "it is a ratio, and 1.0 is all of the portfolio"
            raise unsupported("amountPerTrade", str(amount), why)
        native["quantity"] = in_percent("amountPerTrade", amount)
