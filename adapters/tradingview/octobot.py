r"""OctoBot: ``NAME=value`` on lines, between semicolons or between a written ``\n``.

Rules of this file
1. Names are in capitals, as documented. A line without ``=`` is refused; there it is dropped.
2. A bare number is a price or an amount of the base. A distance (``-5%``, ``10d``) counts from the
   market; it is taken as one from the entry for a market order, where both are one.
3. A stop order is a stop loss there: it closes, and opens nothing.
4. Ratios of targets become percent; the last target takes what the others leave, so that nothing
   is lost by rounding.
"""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, Decimal
from typing import Any, Final

from adapters.tradingview.numbers import positive, signed
from adapters.tradingview.pairs import pairs, pieces
from adapters.tradingview.reading import Fault, Reading
from adapters.tradingview.redaction import masked
from adapters.tradingview.terms import Terms, needed, unsupported
from adapters.tradingview.vocabulary import Message, Read, Vocabulary, for_us, named, read_text
from core.levels import TARGETS_MAX, LevelUnit
from core.money import ZERO
from core.orders import OrderType
from core.signals import Action, Effect, QuantityUnit

SEPARATOR: Final = re.compile(r"[\n;]|\\n")
"""A literal ``\\n`` is what a script sends that meant a line end."""

SHARE: Final = Decimal("0.000001")
"""Shares of targets are cut here, far below the step of any quantity."""

_PRICE_NAME: Final = "TAKE_PROFIT_PRICE"
_RATIO_NAME: Final = "TAKE_PROFIT_VOLUME_RATIO"
_VENUE: Final = "how a venue takes an order is set on the route and at the venue"

VOCABULARY: Final = Vocabulary(
    dialect="octobot",
    fields={
        "EXCHANGE": "EXCHANGE={{exchange}}",
        "SYMBOL": "SYMBOL={{ticker}}",
        "SIGNAL": "SIGNAL={{strategy.order.action}}",
        "ORDER_TYPE": "ORDER_TYPE=MARKET",
        "VOLUME": "VOLUME={{strategy.order.contracts}}",
        "PRICE": "PRICE={{close}}",
        "STOP_PRICE": "STOP_PRICE={{plot_0}}",
        _PRICE_NAME: "TAKE_PROFIT_PRICE={{plot_1}}",
        _RATIO_NAME: "TAKE_PROFIT_VOLUME_RATIO=1",
        "REDUCE_ONLY": "REDUCE_ONLY=true",
        "TAG": "TAG=exit1",
        "TOKEN": "TOKEN=...",
        **{
            f"{name}_{place}": f"{name}_{place}={value}"
            for name, value in ((_PRICE_NAME, "{{plot_1}}"), (_RATIO_NAME, "1"))
            for place in range(1, TARGETS_MAX + 1)
        },
    },
    meant={
        "symbol": ("SYMBOL",),
        "action": ("SIGNAL",),
        "order_type": ("ORDER_TYPE",),
        "quantity": ("VOLUME",),
        "quantity_unit": ("VOLUME",),
        "price": ("PRICE",),
        "trigger": ("STOP_PRICE",),
        "stop": ("STOP_PRICE",),
        "stop_unit": ("STOP_PRICE",),
        "targets": (_PRICE_NAME, f"{_PRICE_NAME}_1"),
        "target_unit": (_PRICE_NAME, f"{_PRICE_NAME}_1"),
        "reduce_only": ("REDUCE_ONLY",),
        "comment": ("TAG",),
    },
    refused={
        "LEVERAGE": "leverage is set at the venue",
        "TRADING_TYPE": "the route names the accounts, and so spot or futures",
        "CANCEL_POLICY": "how long an order lives is set on the route",
        "CANCEL_POLICY_PARAMS": "how long an order lives is set on the route",
        "TRAILING_PROFILE": "a stop does not move by steps of targets",
        "ALLOW_HOLDINGS_ADAPTATION": "a quantity is not fitted to what is there",
        "EXCHANGE_ORDER_IDS": "an order is known by its signal here",
        "PARAM_SIDE": "a cancel takes every working order of the strategy, of both sides",
    },
)

_SIGNALS: Final = {"buy": Action.BUY, "sell": Action.SELL, "cancel": Action.CANCEL}
_ORDERS: Final = {
    "market": OrderType.MARKET,
    "limit": OrderType.LIMIT,
    "stop": OrderType.STOP,
}
_FLAGS: Final = {"true": True, "false": False}
_DISTANCE: Final = re.compile(r"([+-]?[0-9.]{1,24})(%|d)")
_AMOUNT: Final = re.compile(r"[0-9.]{1,24}(%|[a-z]%|q)")
_UNITS: Final = {"%": LevelUnit.PERCENT, "d": LevelUnit.OFFSET}
_OF_CANCEL: Final = frozenset({"EXCHANGE", "SYMBOL", "SIGNAL", "TOKEN"})


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_text(
        body,
        terms,
        token=lambda text: named(SEPARATOR.split(text, maxsplit=80), "token"),
        signals=_signals,
    )


def _signals(text: str, terms: Terms) -> Read:
    message = pairs(pieces(text, SEPARATOR), VOCABULARY.example)
    for name, value in message.items():
        if name.startswith("PARAM_") and name not in VOCABULARY.refused:
            raise unsupported(name, masked(value) or "empty", _VENUE)
    VOCABULARY.known(message)
    exchange = needed(terms, "exchange", 'exchange = "binance"')
    for_us(message, "EXCHANGE", exchange)
    values: dict[str, Any] = {"symbol": VOCABULARY.required(message, "SYMBOL")}
    values["action"] = VOCABULARY.word(message, "SIGNAL", _SIGNALS)
    if values["action"] is Action.CANCEL:
        for name, value in message.items():
            if name not in _OF_CANCEL:
                why = "a cancel takes every working order of the strategy at the symbol"
                raise unsupported(name, masked(value) or "empty", why)
    else:
        _order(message, values)
    return (VOCABULARY.signal(message, values, terms),), ()


def _order(message: Message, values: dict[str, Any]) -> None:
    """Put what a buy or a sell says into its values."""
    order_type = OrderType.MARKET
    if "ORDER_TYPE" in message or "PRICE" in message:
        order_type = VOCABULARY.word(message, "ORDER_TYPE", _ORDERS)
        values["order_type"] = order_type
    if "VOLUME" in message:
        _volume(message["VOLUME"], values)
    if "REDUCE_ONLY" in message:
        only = VOCABULARY.word(message, "REDUCE_ONLY", _FLAGS)
        if only:
            values["reduce_only"] = True
    if "TAG" in message:
        values["comment"] = message["TAG"]
    if order_type is OrderType.LIMIT:
        values["price"] = _price("PRICE", message)
    elif "PRICE" in message:
        raise unsupported("PRICE", masked(message["PRICE"]), f"a {order_type} order has no limit")
    if order_type is OrderType.STOP:
        values["trigger"] = _price("STOP_PRICE", message)
        values["effect"] = Effect.CLOSE
    elif "STOP_PRICE" in message:
        values["stop"], values["stop_unit"] = _level("STOP_PRICE", message, values, loss=True)
    _targets(message, values)
    values["own_levels"] = True


def _volume(said: str, values: dict[str, Any]) -> None:
    """Take an amount of the base, or of the quote (``100q``)."""
    found = _AMOUNT.fullmatch(said)
    unit = QuantityUnit.UNITS
    if found is not None and found[1] == "q":
        unit, said = QuantityUnit.QUOTE, said[:-1]
    elif found is not None:
        why = "a percent is of the account's equity here, and not of what it holds of one asset"
        raise unsupported("VOLUME", said, why)
    values["quantity"] = positive("VOLUME", said, VOCABULARY.fields["VOLUME"])
    values["quantity_unit"] = unit


def _price(name: str, message: Message) -> Decimal:
    """Read the price at which an order waits."""
    said = VOCABULARY.required(message, name)
    if _DISTANCE.fullmatch(said) is not None or said.endswith("@"):
        why = "an order waits at a price, not at a distance from the market of that moment"
        raise unsupported(name, said, why)
    return positive(name, said, VOCABULARY.fields[name])


def _level(
    name: str, message: Message, values: dict[str, Any], *, loss: bool
) -> tuple[Decimal, LevelUnit]:
    """Read a stop or a target: a price, or a distance from the market with its sign."""
    said = message[name]
    found = _DISTANCE.fullmatch(said)
    if said.endswith("@"):
        raise unsupported(name, said, "what it counts from is not known")
    if found is None:
        return positive(name, said, VOCABULARY.fields[name]), LevelUnit.PRICE
    if values.get("order_type", OrderType.MARKET) is not OrderType.MARKET:
        why = "it counts from the market of that moment, and the order waits elsewhere"
        raise unsupported(name, said, why)
    sign = 1 if (values["action"] is Action.BUY) is not loss else -1
    offset = signed(name, found[1], VOCABULARY.fields[name]) * sign
    if offset <= ZERO:
        code = "stop_contradicts_price" if loss else "target_contradicts_price"
        raise Fault(code, name, said, "of that moment: write its sign, + above and - below it")
    return offset, _UNITS[found[2]]


def _targets(message: Message, values: dict[str, Any]) -> None:
    """Take the targets, in the order of their numbers, each with its share."""
    places = ["", *(f"_{place}" for place in range(1, TARGETS_MAX + 1))]
    there = [place for place in places if _PRICE_NAME + place in message]
    ratios = [place for place in places if _RATIO_NAME + place in message]
    if not there:
        if ratios:
            raise Fault(
                "level_missing", _RATIO_NAME + ratios[0], limit=VOCABULARY.example("targets")
            )
        return
    if len(there) > TARGETS_MAX:
        raise Fault("targets_many", _PRICE_NAME, str(len(there)), str(TARGETS_MAX))
    if ratios and ratios != there:
        odd = next(place for place in places if (place in there) is not (place in ratios))
        missing = _RATIO_NAME if odd in there else _PRICE_NAME
        raise Fault("field_missing", missing + odd, limit=VOCABULARY.fields[missing + odd])
    levels = [_level(_PRICE_NAME + place, message, values, loss=False) for place in there]
    if len({unit for _, unit in levels}) > 1:
        why = "all targets of one alert count the same"
        raise unsupported(_PRICE_NAME + there[-1], message[_PRICE_NAME + there[-1]], why)
    shares = _shares([VOCABULARY.number(message, _RATIO_NAME + place) for place in ratios])
    if not shares:
        shares = [None] * len(levels)
    values["targets"] = tuple((one[0], share) for one, share in zip(levels, shares, strict=True))
    values["target_unit"] = levels[0][1]


def _shares(ratios: list[Decimal]) -> list[Decimal | None]:
    """Make percent of ratios; the last has none, and takes what the others leave."""
    total = sum(ratios, ZERO)
    cut = [(100 * one / total).quantize(SHARE, ROUND_DOWN) for one in ratios[:-1]]
    for one in cut:
        if one <= ZERO:
            raise Fault("number_not_positive", _RATIO_NAME, "a share of nothing", "1")
    return [*cut, None] if ratios else []
