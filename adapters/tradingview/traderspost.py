"""TradersPost: one JSON object, a ticker and an action that may turn the position.

Rules of this file
1. ``buy`` closes a short position whole and then opens a long one, ``sell`` the other way round;
   on a side that the route's ``sides`` leaves out it only closes.
2. ``sentiment`` is the position afterwards: ``flat`` closes all, whatever the quantity, and one
   against the action closes a part.
3. ``price`` and ``signalPrice`` inform; a limit is ``limitPrice``, and only there. A quantity
   without its type counts units.
4. Options are not traded: for a put option the action would be the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from adapters.tradingview.json_rows import OURS, Row, flag, number, text, time, word
from adapters.tradingview.json_table import Table, Values, read_by
from adapters.tradingview.numbers import positive
from adapters.tradingview.pairs import safe
from adapters.tradingview.reading import Fault, Reading
from adapters.tradingview.strict_json import Value
from adapters.tradingview.terms import Terms, unsupported
from core.levels import LevelUnit
from core.money import plain
from core.orders import OrderType
from core.signals import Action, Effect, Hint, QuantityUnit

_ACTIONS: Final = {
    "buy": Action.BUY,
    "sell": Action.SELL,
    "exit": Action.EXIT,
    "cancel": Action.CANCEL,
    "add": "add",
}
_SENTIMENTS: Final = {
    "bullish": Hint.LONG,
    "long": Hint.LONG,
    "bearish": Hint.SHORT,
    "short": Hint.SHORT,
    "flat": Hint.FLAT,
}
_TYPES: Final = {
    "fixed_quantity": QuantityUnit.UNITS,
    "dollar_amount": QuantityUnit.QUOTE,
    "risk_dollar_amount": QuantityUnit.RISK_QUOTE,
    "risk_percent": QuantityUnit.RISK_PERCENT,
    "percent_of_equity": QuantityUnit.EQUITY_PERCENT,
    "percent_of_position": QuantityUnit.POSITION_PERCENT,
}
_TARGETS: Final = {
    "takeProfit.limitPrice": LevelUnit.PRICE,
    "takeProfit.percent": LevelUnit.PERCENT,
    "takeProfit.amount": LevelUnit.OFFSET,
}
_STOPS: Final = {
    "stopLoss.stopPrice": LevelUnit.PRICE,
    "stopLoss.percent": LevelUnit.PERCENT,
    "stopLoss.amount": LevelUnit.OFFSET,
}
_TRAILS: Final = {
    "stopLoss.trailPercent": LevelUnit.PERCENT,
    "stopLoss.trailAmount": LevelUnit.OFFSET,
}
_LEVELS: Final = ("takeProfit", "stopLoss")
_OPENS: Final = {Action.BUY: Hint.LONG, Action.SELL: Hint.SHORT}

_OPTION: Final = re.compile(
    r"(?:[A-Z_]{1,16}:)?\.?[A-Z.]{1,6}[ _]{0,6}\d{6}[CP][\d.]{1,9}", re.IGNORECASE
)
"""A ticker of an option: ``SPY 240510C68``, also with its exchange, or filled up with spaces."""

_NO_OPTIONS: Final = "options are not traded, and for a put the action would be turned round"
_LIVES: Final = ("opg", "cls", "ioc", "fok")
_WHILE_OPEN: Final = "what else works is cancelled by an alert of its own"


def _unread(found: Mapping[str, Value]) -> Collection[str]:
    """Leave out the levels of an alert that only closes: what is plotted may be NaN by then, and
    the quantity of one that leaves everything may be 0."""
    action, sentiment = (str(found.get(name)).lower() for name in ("action", "sentiment"))
    after = _SENTIMENTS.get(sentiment)
    closes = after is Hint.FLAT or action in ("exit", "cancel")
    if after is Hint.FLAT and action in ("buy", "sell"):
        return (*_LEVELS, "quantity", "quantityType")
    against = (action, after) in (("buy", Hint.SHORT), ("sell", Hint.LONG))
    return _LEVELS if closes or against else ()


def _level(path: str) -> Row:
    above, _, name = path.partition(".")
    return Row("", positive, f'"{above}": {{"{name}": "{{{{plot_0}}}}"}}', number=True)


TABLE: Final = Table(
    "TradersPost",
    {
        **OURS,
        "ticker": text("symbol", '"ticker": "{{ticker}}"'),
        "action": word("", _ACTIONS, '"action": "{{strategy.order.action}}"', refused=("add",)),
        "sentiment": word("", _SENTIMENTS, '"sentiment": "{{strategy.market_position}}"'),
        "quantity": number("quantity", '"quantity": "{{strategy.order.contracts}}"'),
        "quantityType": word("quantity_unit", _TYPES, '"quantityType": "fixed_quantity"'),
        "signalPrice": number("", '"signalPrice": "{{close}}"'),
        "price": number("", '"price": "{{close}}"'),
        "orderType": word(
            "order_type",
            {**{str(one): one for one in OrderType}, "trailing_stop": "trailing_stop"},
            '"orderType": "market"',
            refused=("trailing_stop",),
        ),
        "limitPrice": number("price", '"limitPrice": "{{plot_0}}"'),
        "stopPrice": number("trigger", '"stopPrice": "{{plot_0}}"'),
        "timeInForce": word(
            "",
            {one: one for one in ("day", "gtc", *_LIVES)},
            '"timeInForce": "day"',
            refused=_LIVES,
        ),
        "cancel": flag('"cancel": false'),
        "stopLoss.type": word(
            "",
            {one: one for one in ("stop", "stop_limit", "trailing_stop")},
            '"type": "stop"',
            refused=("stop_limit",),
        ),
        "stopLoss.limitPrice": _level("stopLoss.limitPrice"),
        **{path: _level(path) for path in (*_TARGETS, *_STOPS, *_TRAILS)},
        "time": time('"time": "{{timenow}}"'),
    },
    refused={
        "trailAmount": "an order that trails into the market is not done",
        "trailPercent": "an order that trails into the market is not done",
        "extendedHours": "an order trades in the hours of its account",
        "cancelOrderType": _WHILE_OPEN,
        "delay": "an order waits for nothing",
        "ignoreTradingWindows": "when a strategy may trade is set on the route",
        "optionType": _NO_OPTIONS,
        "expiration": _NO_OPTIONS,
        "strikePrice": _NO_OPTIONS,
        "strikesAway": _NO_OPTIONS,
        "intrinsicValue": _NO_OPTIONS,
        "takeProfit": "one of limitPrice, percent and amount says where the target is",
        "stopLoss": "one of stopPrice, percent and amount says where the stop is",
    },
    zeros=("optionType", "expiration", "strikePrice", "strikesAway", "intrinsicValue"),
    silent=("interval", "extras"),
    unread=_unread,
    made={
        "action": ("action",),
        "position": ("sentiment",),
        "signal_price": ("signalPrice", "price"),
        "stop": (*_STOPS,),
        "stop_unit": (*_STOPS,),
        "targets": (*_TARGETS,),
        "target_unit": (*_TARGETS,),
        "trail": (*_TRAILS,),
        "trail_unit": (*_TRAILS,),
    },
)
"""Its fields; the vendor publishes them as an OpenAPI file."""


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_by(TABLE, body, terms, _complete)


def _complete(native: Values, values: Values, terms: Terms) -> None:
    for path in ("ticker", "action"):
        if path not in values:
            raise TABLE.missing(path)
    if _OPTION.fullmatch(values["ticker"]) is not None:
        raise unsupported("ticker", safe("ticker", values["ticker"]), _NO_OPTIONS)
    if values["action"] == "add":
        why = "it takes its side from a position that nobody named; send buy or sell"
        raise unsupported("action", "add", why)
    native["action"] = values["action"]
    if "quantity" in native:
        native.setdefault("quantity_unit", QuantityUnit.UNITS)  # its default, whatever the route's
    _take_price(native, values)
    _check_order(native, values)
    if "sentiment" in values and native["action"] not in _OPENS:
        why = f"an {native['action']} has no sentiment" if native["action"] is Action.EXIT else ""
        raise unsupported("sentiment", values["sentiment"], why or "it goes with buy and sell only")
    if native["action"] in _OPENS:
        _take_side(native, values, terms)
    if native.get("effect") is Effect.OPEN:
        if native.get("quantity_unit") is QuantityUnit.POSITION_PERCENT:
            why = "what opens a position is no part of one"
            raise unsupported("quantityType", "percent_of_position", why)
        _take_target(native, values)
        _take_stop(native, values)


def _take_price(native: Values, values: Values) -> None:
    """Two names for one price inform; two prices under them contradict each other."""
    prices = [values[name] for name in ("signalPrice", "price") if name in values]
    if len(prices) == 2 and prices[0] != prices[1]:
        why = f"signalPrice is the same field, and is {plain(prices[0])}"
        raise unsupported("price", plain(prices[1]), why)
    if prices:
        native["signal_price"] = prices[0]


def _check_order(native: Values, values: Values) -> None:
    """Refuse what an order of this type has not, and ways of working that are not done."""
    kind: Any = native.get("order_type", OrderType.MARKET)
    if kind == "trailing_stop":
        why = "an order that trails into the market is not done; stopLoss may be a trailing_stop"
        raise unsupported("orderType", kind, why)
    if "limitPrice" in values and kind not in (OrderType.LIMIT, OrderType.STOP_LIMIT):
        raise Fault("trigger_not_allowed", "limitPrice", kind, '"orderType": "limit"')
    if values.get("cancel"):
        raise unsupported("cancel", "true", _WHILE_OPEN)
    life = values.get("timeInForce")
    if life is not None and not (kind is OrderType.MARKET and life in ("day", "gtc")):
        raise unsupported("timeInForce", life, "how long an order lives is set on the route")


def _take_side(native: Values, values: Values, terms: Terms) -> None:
    """Say what a buy or a sell may do, by the position afterwards and the sides of the route."""
    opens = _OPENS[native["action"]]
    after = values.get("sentiment")
    allowed = terms.sides in ("", "both", str(opens))
    if after is Hint.FLAT or (after in (None, opens) and not allowed):
        native["effect"] = Effect.CLOSE
        native["position"] = Hint.FLAT
        native.pop("quantity", None)
        native.pop("quantity_unit", None)
    elif after in (None, opens):
        native["effect"] = Effect.OPEN
        if after is not None:
            native["position"] = after
    else:
        if "quantity" not in native:
            raise TABLE.missing("quantity")
        native["effect"] = Effect.CLOSE
        native["position"] = after


def _one_of(values: Values, paths: Mapping[str, LevelUnit]) -> str:
    """Return which of several ways to say one level a message has; none is an empty text."""
    there = [path for path in paths if path in values]
    if len(there) > 1:
        why = f"{there[0].rpartition('.')[2]} says the same level in another way"
        raise unsupported(there[1], plain(values[there[1]]), why)
    return there[0] if there else ""


def _take_target(native: Values, values: Values) -> None:
    path = _one_of(values, _TARGETS)
    if path:
        native["targets"] = ((values[path], None),)
        native["target_unit"] = _TARGETS[path]


def _take_stop(native: Values, values: Values) -> None:
    kind = values.get("stopLoss.type", "stop")
    if kind == "stop_limit" or "stopLoss.limitPrice" in values:
        path = "stopLoss.type" if kind == "stop_limit" else "stopLoss.limitPrice"
        why = "a stop with a limit may leave the position open; a stop is a market order"
        raise unsupported(path, "stop_limit" if kind == "stop_limit" else "a price", why)
    paths, others = (_TRAILS, _STOPS) if kind == "trailing_stop" else (_STOPS, _TRAILS)
    wrong = next((path for path in others if path in values), "")
    if wrong:
        raise unsupported(wrong, plain(values[wrong]), f"a stopLoss of type {kind} has none")
    path = _one_of(values, paths)
    if not path:
        if "stopLoss.type" in values:
            raise TABLE.missing(next(iter(paths)))
        return
    name = "trail" if kind == "trailing_stop" else "stop"
    native[name], native[f"{name}_unit"] = values[path], paths[path]
