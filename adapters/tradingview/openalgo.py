"""OpenAlgo: a plain order, or, with ``position_size``, the position that is wanted.

Rules of this file
1. ``position_size`` has a sign and is the target; the action and the quantity beside it are not
   read, because what is ordered follows from the position that is held.
2. Without it the order is a plain one: what it closes or opens follows from what is held.
3. ``product`` says at the broker how a position is financed, and here the account does. But what
   is delivered (``CNC``) cannot be sold short: a sale of it only closes.
"""

from __future__ import annotations

from typing import Final

from adapters.tradingview.json_rows import OURS, number, text, word
from adapters.tradingview.json_table import Table, Values, addressed, read_by
from adapters.tradingview.reading import Fault, Reading
from adapters.tradingview.terms import Terms, unsupported
from core.money import ZERO, plain
from core.orders import OrderType
from core.signals import Action, Effect, QuantityUnit

_ORDERS: Final = {"BUY": Action.BUY, "SELL": Action.SELL}
_TYPES: Final = {
    "MARKET": OrderType.MARKET,
    "LIMIT": OrderType.LIMIT,
    "SL": OrderType.STOP_LIMIT,
    "SL-M": OrderType.STOP,
}
_PRICED: Final = (OrderType.LIMIT, OrderType.STOP_LIMIT)
_TRIGGERED: Final = (OrderType.STOP, OrderType.STOP_LIMIT)

TABLE: Final = Table(
    "OpenAlgo",
    {
        "id": OURS["id"],
        "time": OURS["time"],
        "apikey": text("token", '"apikey": "the token of the route"'),
        "strategy": OURS["strategy"],
        "symbol": text("symbol", '"symbol": "{{ticker}}"'),
        "exchange": text("", '"exchange": "NSE"', like="symbol"),
        "action": word("", _ORDERS, '"action": "{{strategy.order.action}}"'),
        "quantity": number("", '"quantity": "{{strategy.order.contracts}}"', any_sign=True),
        "position_size": number(
            "target_position", '"position_size": "{{strategy.position_size}}"', any_sign=True
        ),
        "pricetype": word("order_type", _TYPES, '"pricetype": "MARKET"'),
        "product": word("", {one: one for one in ("MIS", "CNC", "NRML")}, '"product": "MIS"'),
        "price": number("", '"price": "{{plot_0}}"', any_sign=True),
        "trigger_price": number("", '"trigger_price": "{{plot_0}}"', any_sign=True),
    },
    refused={"disclosed_quantity": "an order shows its whole size"},
    made={
        "action": ("action",),
        "quantity": ("quantity",),
        "price": ("price",),
        "trigger": ("trigger_price",),
    },
)
"""Its fields. A price of 0 is none: the templates write it for a market order."""


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_by(TABLE, body, terms, _complete)


def _complete(native: Values, values: Values, terms: Terms) -> None:
    for path in ("symbol", "action"):
        if path not in values:
            raise TABLE.missing(path)
    addressed(values, "exchange", terms.exchange)
    _take_prices(native, values)
    native["quantity_unit"] = QuantityUnit.UNITS
    delivered = values.get("product") == "CNC"
    if "target_position" in native:
        native["action"] = Action.TARGET
        if delivered and native["target_position"] < ZERO:
            size = plain(native["target_position"])
            raise unsupported("position_size", size, "what is delivered cannot be sold short")
        return
    if "quantity" not in values:
        raise TABLE.missing("quantity")
    native["action"], native["quantity"] = values["action"], values["quantity"]
    if delivered and native["action"] is Action.SELL:
        native["effect"] = Effect.CLOSE
    if native["quantity"] <= ZERO:
        raise Fault(
            "number_not_positive", "quantity", str(native["quantity"]), TABLE.example("quantity")
        )


def _take_prices(native: Values, values: Values) -> None:
    """Take the prices that an order of this type has. Zero is none, and another price informs where
    it is not the order's own."""
    kind = native.get("order_type", OrderType.MARKET)
    price, trigger = values.get("price", ZERO), values.get("trigger_price", ZERO)
    for path, number_ in (("price", price), ("trigger_price", trigger)):
        if number_ < ZERO:
            raise Fault("number_not_positive", path, str(number_), TABLE.example(path))
    if price and kind in _PRICED:
        native["price"] = price
    elif price:
        native["signal_price"] = price
    if trigger and kind not in _TRIGGERED:
        raise Fault("trigger_not_allowed", "trigger_price", kind, '"pricetype": "SL-M"')
    if trigger:
        native["trigger"] = trigger
