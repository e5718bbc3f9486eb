"""WunderTrading, as JSON: the text of its alerts under ``code``, and a size beside it.

Rules of this file
1. What ``code`` says stands in ``wundertrading``.
2. All of ``code`` is a secret: nothing of it but its symbol is told.
3. ``percents`` is a ratio of the portfolio: 1.0 is 100 % of it. An exit takes everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from adapters.tradingview.json_rows import OURS, number, text, word
from adapters.tradingview.json_table import Table, Values, in_percent, read_by
from adapters.tradingview.reading import Reading
from adapters.tradingview.strict_json import Value
from adapters.tradingview.terms import Terms, unsupported
from adapters.tradingview.wundertrading import EXAMPLE, token_of, values_of
from core.orders import OrderType
from core.signals import Effect, QuantityUnit

_TYPES: Final = {
    "quote": QuantityUnit.QUOTE,
    "base": QuantityUnit.UNITS,
    "percents": QuantityUnit.EQUITY_PERCENT,
    "contracts": "contracts",
}
_LEVELS: Final = "its numbers are settings of a bot; send levels in the native alert"


def _sender(found: Mapping[str, Value]) -> str | None:
    said = found.get("code")
    return token_of(said) if type(said) is str else None


TABLE: Final = Table(
    "WunderTrading",
    {
        **OURS,
        "code": text("", f'"code": "{EXAMPLE}"', like="comment"),
        "orderType": word(
            "order_type",
            {"market": OrderType.MARKET, "limit": OrderType.LIMIT},
            '"orderType": "market"',
            refused=("limit",),
        ),
        "amountPerTradeType": word(
            "quantity_unit", _TYPES, '"amountPerTradeType": "quote"', refused=("contracts",)
        ),
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
    native |= values_of(values["code"], terms, field="code", example=TABLE.example("code"))
    if native.pop("order_type", None) is OrderType.LIMIT:
        raise unsupported("orderType", "limit", "its price is not said in the message")
    if native.get("effect") is not Effect.OPEN:
        if "quantity" in native or "quantity_unit" in native:
            path = "amountPerTrade" if "quantity" in native else "amountPerTradeType"
            raise unsupported(path, "set", "an exit takes everything")
        return
    _check_size(native)


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
