"""CrossTrade: ``name=value;`` with the commands of NinjaTrader.

Rules of this file
1. ``PLACE`` is a bare order: what it does follows from the strategy's position, or from the
   position that the alert carries. ``FLATPLACE`` and ``flatten_first`` want the position that the
   order alone would make: a target, and never a doubled quantity.
2. A price may be a distance from the market with a sign, above or below. It is taken as a distance
   from the entry for a market order, where both are one; else it is refused.
3. ``FLATTEN`` is two signals: a cancel, and an exit.
"""

from __future__ import annotations

import re
from typing import Any, Final

from adapters.tradingview import levels
from adapters.tradingview.fields import word
from adapters.tradingview.numbers import signed
from adapters.tradingview.pairs import pairs, pieces
from adapters.tradingview.reading import Fault, Reading
from adapters.tradingview.redaction import masked
from adapters.tradingview.terms import Terms, needed, unsupported
from adapters.tradingview.vocabulary import (
    Message,
    Read,
    Vocabulary,
    for_us,
    named,
    read_text,
)
from core.levels import LevelUnit
from core.money import ZERO
from core.orders import OrderType
from core.signals import Action, Hint, QuantityUnit

SEPARATOR: Final = re.compile(r";")
"""The documented one; a line end is white space round a piece."""

_BRACKET: Final = "the stop of a position is a stop order, with one price"
_MOMENT: Final = "whether an order is made is for the limits of the account, not for the alert"
_SYNC: Final = "prev_market_position shows a missed alert, and on_gap of the route acts on it"

VOCABULARY: Final = Vocabulary(
    dialect="crosstrade",
    fields={
        "key": "key=...;",
        "command": "command=PLACE;",
        "account": "account=Sim101;",
        "instrument": "instrument={{ticker}};",
        "action": "action={{strategy.order.action}};",
        "qty": "qty={{strategy.order.contracts}};",
        "order_type": "order_type=MARKET;",
        "tif": "tif=DAY;",
        "limit_price": "limit_price={{close}};",
        "stop_price": "stop_price={{plot_0}};",
        "take_profit": "take_profit=25 ticks;",
        "stop_loss": "stop_loss=-25 ticks;",
        "market_position": "market_position={{strategy.market_position}};",
        "prev_market_position": "prev_market_position={{strategy.prev_market_position}};",
        "flatten_first": "flatten_first=true;",
        "comment": "comment=Breakout;",
    },
    meant={
        "symbol": ("instrument",),
        "quantity": ("qty",),
        "target_position": ("qty",),
        "price": ("limit_price",),
        "trigger": ("stop_price",),
        "stop": ("stop_loss",),
        "stop_unit": ("stop_loss",),
        "targets": ("take_profit",),
        "target_unit": ("take_profit",),
        "position": ("market_position",),
        "prev_position": ("prev_market_position",),
    },
    refused={
        "stop_loss_limit": _BRACKET,
        "stop_loss_stop": _BRACKET,
        "strategy": "an ATM strategy lives in NinjaTrader; send stop_loss and take_profit",
        "append_atm": "an ATM strategy lives in NinjaTrader; send stop_loss and take_profit",
        "strategy_id": "an ATM strategy lives in NinjaTrader",
        "order_id": "an order is known by its signal here",
        "oco_id": "stop and target of one position cancel each other here anyhow",
        "sync_strategy": _SYNC,
        "out_of_sync": _SYNC,
        "strategy_exit_block": _MOMENT,
        "require_market_position": _MOMENT,
        "max_positions": _MOMENT,
        "max_position": _MOMENT,
        "delay": "an order waits for nothing",
    },
)

_ORDERS: Final = {
    "market": OrderType.MARKET,
    "limit": OrderType.LIMIT,
    "stop": OrderType.STOP,
    "stopmarket": OrderType.STOP,
    "stoplimit": OrderType.STOP_LIMIT,
}
_SIDES: Final = {"buy": Action.BUY, "sell": Action.SELL}
_FLAGS: Final = {"true": True, "false": False}
_COMMANDS: Final = ("PLACE", "FLATPLACE", "CLOSEPOSITION", "FLATTEN", "CANCELORDERS")
_NOT_DONE: Final = {
    "flatteneverything": "one alert acts for one symbol; a person has `bascule flatten`",
    "reverse": "a reversal is two alerts, or a FLATPLACE of the new side",
    "reverseposition": "a reversal is two alerts, or a FLATPLACE of the new side",
    "cancel": "an order is known by its signal here; send CANCELORDERS of the instrument",
    "cancelallorders": "one alert acts for one symbol; send CANCELORDERS of the instrument",
    "cancelreplace": "terms of a working order are changed by a person",
    "change": "terms of a working order are changed by a person",
    "cancelandbracket": "levels come with what opens a position",
    "closestrategy": "an ATM strategy lives in NinjaTrader; send CLOSEPOSITION",
}
_RELATIVE: Final = re.compile(r"([+-]?[0-9.]{1,24})\s?(%|ticks?|points?)", re.IGNORECASE)
_DOLLARS: Final = re.compile(r"\$|dollar", re.IGNORECASE)
_RELATIVE_UNITS: Final = {"%": LevelUnit.PERCENT, "t": LevelUnit.TICKS, "p": LevelUnit.OFFSET}
_BESIDE: Final = frozenset({"key", "command", "account", "instrument", "tif", "comment"})
_HINT: Final = word(Hint)
_UNREAD: Final = (("tif", "tif"), ("stop_loss", "stop"), ("take_profit", "targets"))
"""What may stand in an order without being read: a life of a market order, levels of an exit."""


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_text(
        body, terms, token=lambda text: named(text.split(";", 80), "key"), signals=_signals
    )


def _signals(text: str, terms: Terms) -> Read:
    message = pairs(pieces(text, SEPARATOR), VOCABULARY.example, fold=True)
    command = VOCABULARY.required(message, "command").lower()
    if command in _NOT_DONE:
        raise unsupported("command", masked(message["command"]), _NOT_DONE[command])
    VOCABULARY.known(message)
    account = needed(terms, "account", 'account = "Sim101"')
    for_us(message, "account", account, end=";")
    base = {"symbol": VOCABULARY.required(message, "instrument")}
    if command in ("place", "flatplace"):
        made = [_placed(message, base, flat=command == "flatplace")]
    elif command == "closeposition":
        made = [_closed(message, base)]
    elif command in ("flatten", "cancelorders"):
        _refuse_others(command, message, _BESIDE)
        made = [{"action": Action.CANCEL} | base]
        made += [{"action": Action.EXIT} | base] if command == "flatten" else []
    else:
        said, known = masked(message["command"]), ", ".join(_COMMANDS)
        raise Fault("word_unknown", "command", said, known)
    ignored = tuple(name for name, ours in _UNREAD if name in message and ours not in made[0])
    return tuple(VOCABULARY.signal(message, one, terms) for one in made), ignored


def _placed(message: Message, base: dict[str, str], *, flat: bool) -> dict[str, Any]:
    """Return the values of an order."""
    side: Action = VOCABULARY.word(message, "action", _SIDES)
    order_type: OrderType = VOCABULARY.word(message, "order_type", _ORDERS)
    quantity = VOCABULARY.number(message, "qty")
    if quantity != quantity.to_integral_value():
        raise unsupported("qty", message["qty"], "contracts are whole")
    values: dict[str, Any] = base | {"quantity_unit": QuantityUnit.UNITS}
    first = "flatten_first" in message and VOCABULARY.word(message, "flatten_first", _FLAGS)
    if flat or first:
        if order_type is not OrderType.MARKET:
            why = "a position is made flat and opened anew by market orders only"
            raise unsupported("order_type", message["order_type"], why)
        wanted = quantity if side is Action.BUY else -quantity
        values |= {"action": Action.TARGET, "target_position": wanted}
    else:
        values |= {"action": side, "quantity": quantity, "order_type": order_type}
    _price(message, values, order_type)
    _lives(message, order_type)
    for name, native in (
        ("market_position", "position"),
        ("prev_market_position", "prev_position"),
    ):
        if name in message:
            values[native] = _HINT(name, message[name], VOCABULARY.fields[name])
    if not levels.reduces({"action": side, "position": values.get("position", "")}):
        _protected(message, values, side, order_type)
        values["own_levels"] = True
    if "comment" in message:
        values["comment"] = message["comment"]
    return values


def _price(message: Message, values: dict[str, Any], order_type: OrderType) -> None:
    """Take the prices that an order waits for; a distance from the market is refused."""
    wants = {
        OrderType.LIMIT: ("limit_price",),
        OrderType.STOP: ("stop_price",),
        OrderType.STOP_LIMIT: ("limit_price", "stop_price"),
    }.get(order_type, ())
    for name, native in (("limit_price", "price"), ("stop_price", "trigger")):
        if name not in wants:
            if name in message:
                raise unsupported(name, masked(message[name]), f"a {order_type} order has none")
            continue
        said = VOCABULARY.required(message, name)
        if _RELATIVE.fullmatch(said) is not None or _DOLLARS.search(said) is not None:
            why = "an order waits at a price, not at a distance from the market of that moment"
            raise unsupported(name, said, why)
        values[native] = VOCABULARY.number(message, name)


def _lives(message: Message, order_type: OrderType) -> None:
    """Refuse a life of a waiting order that the route does not give it."""
    if "tif" not in message and order_type is not OrderType.MARKET:
        raise Fault("field_missing", "tif", limit="tif=GTC;")
    tif = VOCABULARY.word(message, "tif", {"day": "day", "gtc": "gtc"})
    if tif == "day" and order_type is not OrderType.MARKET:
        why = "how long an order lives is set on the route; write tif=GTC and set it there"
        raise unsupported("tif", message["tif"], why)


def _protected(
    message: Message, values: dict[str, Any], side: Action, order_type: OrderType
) -> None:
    """Take stop and target. A plus is above the market and a minus below it."""
    loss = -1 if side is Action.BUY else 1
    for name, native, unit_name, sign in (
        ("stop_loss", "stop", "stop_unit", loss),
        ("take_profit", "targets", "target_unit", -loss),
    ):
        if name not in message:
            continue
        said = message[name]
        found = _RELATIVE.fullmatch(said)
        if _DOLLARS.search(said) is not None:
            raise unsupported(name, said, "a distance in money is not known; write ticks or points")
        if found is None:
            number, unit = VOCABULARY.number(message, name), LevelUnit.PRICE
        else:
            if order_type is not OrderType.MARKET:
                why = "it counts from the market of that moment, and the order waits elsewhere"
                raise unsupported(name, said, why)
            offset = signed(name, found[1], VOCABULARY.fields[name]) * sign
            if offset <= ZERO:
                code = "stop_contradicts_price" if native == "stop" else "target_contradicts_price"
                raise Fault(
                    code, name, said, "of that moment: write its sign, + above and - below it"
                )
            number, unit = offset, _RELATIVE_UNITS[found[2][0].lower()]
        values[native] = number if native == "stop" else ((number, None),)
        values[unit_name] = unit


def _closed(message: Message, base: dict[str, str]) -> dict[str, Any]:
    _refuse_others("closeposition", message, _BESIDE | {"qty"})
    values: dict[str, Any] = {"action": Action.EXIT} | base
    if "qty" in message:
        values["quantity"] = VOCABULARY.number(message, "qty")
        values["quantity_unit"] = QuantityUnit.UNITS
    return values


def _refuse_others(command: str, message: Message, allowed: frozenset[str]) -> None:
    for name, value in message.items():
        if name not in allowed:
            raise unsupported(name, masked(value) or "empty", f"{command.upper()} has none")
