"""MetaApi CopyFactory: a position or a pending order of MetaTrader.

Rules of this file
1. ``POSITION_TYPE_BUY`` is a buy at the market and ``openPrice`` beside it informs; the
   ``ORDER_TYPE_`` words are pending orders at ``openPrice``.
2. What it closes or opens follows from what is held, as on an account that nets.
3. ``volume`` is in lots, which are the units of an instrument on such an account. Stop and target
   are prices, on the side of their order.
"""

from __future__ import annotations

from typing import Final

from adapters.tradingview.json_rows import OURS, number, text, time, word
from adapters.tradingview.json_table import Table, Values, read_by
from adapters.tradingview.reading import Reading
from adapters.tradingview.terms import Terms
from core.orders import OrderType
from core.signals import Action, QuantityUnit

_TYPES: Final = {
    "POSITION_TYPE_BUY": (Action.BUY, OrderType.MARKET),
    "POSITION_TYPE_SELL": (Action.SELL, OrderType.MARKET),
    "ORDER_TYPE_BUY_LIMIT": (Action.BUY, OrderType.LIMIT),
    "ORDER_TYPE_SELL_LIMIT": (Action.SELL, OrderType.LIMIT),
    "ORDER_TYPE_BUY_STOP": (Action.BUY, OrderType.STOP),
    "ORDER_TYPE_SELL_STOP": (Action.SELL, OrderType.STOP),
}
_PRICE: Final = {
    OrderType.MARKET: "signal_price",
    OrderType.LIMIT: "price",
    OrderType.STOP: "trigger",
}

TABLE: Final = Table(
    "MetaApi",
    {
        **OURS,
        "symbol": text("symbol", '"symbol": "{{ticker}}"'),
        "type": word("", _TYPES, '"type": "POSITION_TYPE_BUY"'),
        "time": time('"time": "{{timenow}}"'),
        "volume": number("quantity", '"volume": "0.01"'),
        "openPrice": number("", '"openPrice": "{{plot_0}}"'),
        "stopLoss": number("stop", '"stopLoss": "{{plot_1}}"'),
        "takeProfit": number("", '"takeProfit": "{{plot_2}}"'),
    },
    made={
        "action": ("type",),
        "order_type": ("type",),
        "price": ("openPrice",),
        "trigger": ("openPrice",),
        "targets": ("takeProfit",),
    },
)
"""Its fields."""


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_by(TABLE, body, terms, _complete)


def _complete(native: Values, values: Values, _: Terms) -> None:
    for path in ("symbol", "type", "volume"):
        if path not in values:
            raise TABLE.missing(path)
    native["action"], native["order_type"] = values["type"]
    native["quantity_unit"] = QuantityUnit.UNITS
    native["own_levels"] = True
    if "openPrice" in values:
        native[_PRICE[native["order_type"]]] = values["openPrice"]
    if "takeProfit" in values:
        native["targets"] = ((values["takeProfit"], None),)
