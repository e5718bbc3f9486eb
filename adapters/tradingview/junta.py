"""The alert connector of junta: an order, the position afterwards, and whether it turns.

Rules of this file
1. With ``reverse`` the size is that of one side: what is held on the other is closed first, and
   nothing is doubled. Without it the size is that of the order.
2. ``position`` is the position afterwards; ``flat`` closes all, whatever the size.
3. ``sizeByLeverage`` is a multiple of the account's equity, ``sizeUsd`` a value. ``price`` informs.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from adapters.tradingview.json_rows import OURS, flag, number, text, word
from adapters.tradingview.json_table import Table, Values, addressed, in_percent, read_by
from adapters.tradingview.positions import FLAGS, take_part
from adapters.tradingview.reading import Reading
from adapters.tradingview.terms import Terms, unsupported
from core.money import plain
from core.signals import Action, Effect, Hint, QuantityUnit

_ORDERS: Final = {"buy": Action.BUY, "sell": Action.SELL}
_UNITS: Final = {
    "size": QuantityUnit.UNITS,
    "sizeUsd": QuantityUnit.QUOTE,
    "sizeByLeverage": QuantityUnit.EQUITY_PERCENT,
}
_ALONG: Final = {(Action.BUY, Hint.LONG), (Action.SELL, Hint.SHORT)}

TABLE: Final = Table(
    "this connector",
    {
        "id": OURS["id"],
        "time": OURS["time"],
        "passphrase": text("token", '"passphrase": "the token of the route"'),
        "exchange": text("", '"exchange": "dydxv4"', like="symbol"),
        "strategy": OURS["strategy"],
        "market": text("symbol", '"market": "BTC_USD"'),
        "size": number("", '"size": "{{strategy.order.contracts}}"'),
        "sizeUsd": number("", '"sizeUsd": "100"'),
        "sizeByLeverage": number("", '"sizeByLeverage": "0.5"'),
        "order": word("action", _ORDERS, '"order": "{{strategy.order.action}}"'),
        "position": word("position", FLAGS, '"position": "{{strategy.market_position}}"'),
        "price": number("signal_price", '"price": "{{strategy.order.price}}"'),
        "reverse": flag('"reverse": false'),
    },
    refused={
        "collateral": "what secures a position is set at the venue",
        "slippagePercentage": "an order is at the market, within the limits of its account",
        "orderMode": "an order is traded by its size",
        "direction": "the side is said by order and position",
        "minProfit": "an order waits for no profit",
        "newPositionSize": "what is ordered is said by a size",
    },
    zeros=("newPositionSize",),
    made={"quantity": (*_UNITS,), "quantity_unit": (*_UNITS,)},
)
"""Its fields."""


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_by(TABLE, body, terms, _complete)


def _complete(native: Values, values: Values, terms: Terms) -> None:
    for path in ("market", "order", "position", "reverse"):
        if path not in values:
            raise TABLE.missing(path)
    addressed(values, "exchange", terms.exchange)
    _take_size(native, values)
    if native["position"] is Hint.FLAT:
        native["effect"] = Effect.CLOSE
        native.pop("quantity")
        native.pop("quantity_unit")
    elif values["reverse"] and (native["action"], native["position"]) in _ALONG:
        native["effect"] = Effect.OPEN
    else:
        take_part(native)


def _take_size(native: Values, values: Values) -> None:
    sizes = [path for path in _UNITS if path in values]
    if not sizes:
        raise TABLE.missing("size")
    if len(sizes) > 1:
        raise unsupported(sizes[1], plain(values[sizes[1]]), f"{sizes[0]} says the same")
    size: Decimal = values[sizes[0]]
    native["quantity_unit"] = _UNITS[sizes[0]]
    by_equity = sizes[0] == "sizeByLeverage"
    native["quantity"] = in_percent(sizes[0], size) if by_equity else size
