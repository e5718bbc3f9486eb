"""How Binance USD-M writes orders, trades, wallets, positions and markets in its answers.

Rules of this file
1. Fields, their kinds and their spelling (``unRealizedProfit`` beside ``unrealizedProfit``) are the
   venue's; a model of its own SDK accepts each form.
2. Prices have the digits of the tick, quantities those of the lot, money eight; times are
   milliseconds.
3. A conditional order is told in its own form until it wakes; then the order that it became is told
   as any other, under the same client id.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from adapters.exchange.accounts import Movement
from adapters.exchange.binance_spot_forms import Form, eight, millis
from adapters.exchange.markets import Market
from adapters.exchange.orders import Order, Origin, Reason, Side, Status, Trade

STATUS: Final[dict[Status, str]] = {
    Status.UNTRIGGERED: "NEW",
    Status.NEW: "NEW",
    Status.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    Status.FILLED: "FILLED",
    Status.CANCELLED: "CANCELED",
    Status.EXPIRED: "EXPIRED",
    Status.REJECTED: "REJECTED",
}

MISSES: Final = frozenset({Reason.FUNDS, Reason.REDUCE_ONLY})
"""Why a conditional order that woke is not let into the matching engine."""

BY_SYSTEM: Final = frozenset({Reason.REDUCE_ONLY, Reason.BY_VENUE, Reason.LIQUIDATION})
"""Ends that the venue brought about: it calls them EXPIRED."""

ORDER_TYPES: Final = ("LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET")

WORKED: Final[dict[str, str]] = {
    "STOP": "LIMIT",
    "TAKE_PROFIT": "LIMIT",
    "STOP_MARKET": "MARKET",
    "TAKE_PROFIT_MARKET": "MARKET",
}
"""Conditional type -> type of the order that it becomes."""

SELF_TRADE: Final = "EXPIRE_MAKER"
"""What the venue does when an account would trade with itself, unless told otherwise."""

INCOMES: Final[dict[str, str]] = {
    "funding": "FUNDING_FEE",
    "transfer": "TRANSFER",
    "adjustment": "INSURANCE_CLEAR",
    "fee": "COMMISSION",
    "trade": "REALIZED_PNL",
}
"""Why money moved -> the venue's type of income."""

ALGO_IDS: Final = 1_000_000_000_000_000
"""How far the algo service's numbers lie from those of orders, so that none is taken for another;
both stay below 2**53."""

PERPETUAL_END_MS: Final = 4133404800000
"""The venue's delivery date of what is never delivered."""


def in_steps(value: Decimal | None, step: Decimal) -> str:
    """Write a price or a quantity with the digits of its step; nothing is ``0``."""
    return f"{value.quantize(step, ROUND_HALF_UP):f}" if value else "0"


def algo_id(order: Order) -> int:
    """Return the algo service's id of a conditional order: another count than that of orders."""
    return order.id + ALGO_IDS


def conditional(order: Order) -> bool:
    """Say whether an order came through the algo service."""
    return order.trigger is not None


def missed(order: Order) -> bool:
    """Say whether a conditional order woke and was not let into the matching engine."""
    ended = not order.status.open and not order.filled
    return order.triggered and ended and order.reason in MISSES


def worked(order: Order) -> bool:
    """Say whether an order is, or was, in the matching engine: the plain paths see it."""
    return not conditional(order) or (order.triggered and not missed(order))


def name_of(order: Order) -> str:
    """Return an order's client id; what the venue itself does has a name of its own."""
    if order.client_id:
        return order.client_id
    made = "autoclose" if order.new.origin is Origin.LIQUIDATION else "web"
    return f"{made}-{order.id}"


def status(order: Order) -> str:
    """Return the venue's word for where an order stands."""
    if order.reason is Reason.SELF_TRADE:
        return "EXPIRED_IN_MATCH"
    if order.status is Status.CANCELLED and order.reason in BY_SYSTEM:
        return "EXPIRED"
    return STATUS[order.status]


def average(order: Order) -> str:
    """Write the average price; the venue has at least five digits."""
    return f"{order.average:.5f}" if order.filled else "0.00"


def type_of(order: Order) -> str:
    """Return the type of an order in the matching engine."""
    word = order.words.get("type", "MARKET" if order.price is None else "LIMIT")
    return WORKED.get(word, word)


def _order(order: Order, market: Market) -> Form:
    words = order.words
    return {
        "orderId": order.id,
        "symbol": order.symbol,
        "status": status(order),
        "clientOrderId": name_of(order),
        "price": in_steps(order.price, market.tick),
        "avgPrice": average(order),
        "origQty": in_steps(order.quantity, market.lot),
        "executedQty": in_steps(order.filled, market.lot),
        "cumQuote": eight(order.spent),
        "timeInForce": words.get("timeInForce", "GTC"),
        "type": type_of(order),
        "reduceOnly": order.new.reduce_only,
        "closePosition": words.get("closePosition") == "true",
        "side": order.side.name,
        "positionSide": "BOTH",
        "stopPrice": "0",
        "workingType": words.get("workingType", "CONTRACT_PRICE"),
        "priceProtect": False,
        "origType": words.get("type", type_of(order)),
        "priceMatch": "NONE",
        "selfTradePreventionMode": SELF_TRADE,
        "goodTillDate": 0,
        "updateTime": millis(order.updated_ns),
    }


def acted(order: Order, market: Market) -> Form:
    """Return the answer to a new order, a cancel or an amendment."""
    return _order(order, market) | {"cumQty": in_steps(order.filled, market.lot)}


def queried(order: Order, market: Market) -> Form:
    """Return an order as the queries tell it."""
    return _order(order, market) | {"time": millis(order.created_ns)}


def algo_status(order: Order) -> str:
    """Return where a conditional order stands in the algo service."""
    if order.status is Status.UNTRIGGERED:
        return "NEW"
    if not order.triggered:
        return status(order)
    if missed(order):
        return "REJECTED"
    return "TRIGGERED" if order.status.open else "FINISHED"


def algo_form(order: Order, market: Market) -> Form:
    """Return a conditional order as the algo service tells it."""
    words = order.words
    closes = words.get("closePosition") == "true"
    return {
        "algoId": algo_id(order),
        "clientAlgoId": name_of(order),
        "algoType": "CONDITIONAL",
        "orderType": words.get("type", "STOP_MARKET"),
        "symbol": order.symbol,
        "side": order.side.name,
        "positionSide": "BOTH",
        "timeInForce": words.get("timeInForce", "GTC"),
        "quantity": "0" if closes else in_steps(order.quantity, market.lot),
        "algoStatus": algo_status(order),
        "actualOrderId": str(order.id) if worked(order) else "",
        "actualPrice": f"{order.average:.5f}" if order.filled else "0.00000",
        "triggerPrice": in_steps(order.trigger, market.tick),
        "price": in_steps(order.price, market.tick),
        "icebergQuantity": None,
        "tpTriggerPrice": "0.000",
        "tpPrice": "0.000",
        "slTriggerPrice": "0.000",
        "slPrice": "0.000",
        "tpOrderType": "",
        "selfTradePreventionMode": SELF_TRADE,
        "workingType": words.get("workingType", "CONTRACT_PRICE"),
        "priceMatch": "NONE",
        "closePosition": closes,
        "priceProtect": False,
        "reduceOnly": order.new.reduce_only,
        "createTime": millis(order.created_ns),
        "updateTime": millis(order.updated_ns),
        "triggerTime": millis(order.updated_ns) if order.triggered else 0,
        "goodTillDate": 0,
    }


def traded(trade: Trade, market: Market) -> Form:
    """Return an execution as the account's list of trades tells it."""
    return {
        "symbol": trade.symbol,
        "id": trade.match,
        "orderId": trade.order,
        "side": trade.side.name,
        "price": in_steps(trade.price, market.tick),
        "qty": in_steps(trade.quantity, market.lot),
        "realizedPnl": eight(trade.realised),
        "quoteQty": eight(trade.spent),
        "commission": eight(trade.fee),
        "commissionAsset": trade.fee_asset,
        "time": millis(trade.time_ns),
        "positionSide": "BOTH",
        "buyer": trade.side is Side.BUY,
        "maker": trade.maker,
    }


def income(movement: Movement) -> Form:
    """Return a booking as the income history tells it."""
    kind = INCOMES[movement.cause]
    return {
        "symbol": movement.symbol,
        "incomeType": kind,
        "income": eight(movement.amount),
        "asset": movement.asset,
        "time": millis(movement.time_ns),
        "info": kind,
        "tranId": movement.id,
        "tradeId": str(movement.trade) if movement.trade else "",
    }


def income_of(trade: Trade, market: Market) -> list[Form]:
    """Return what a trade booked: the profit that it realised, and its fee."""
    booked = (
        ("REALIZED_PNL", market.quote, trade.realised),
        ("COMMISSION", trade.fee_asset, -trade.fee),
    )
    return [
        {
            "symbol": trade.symbol,
            "incomeType": kind,
            "income": eight(amount),
            "asset": asset,
            "time": millis(trade.time_ns),
            "info": kind,
            "tranId": trade.id,
            "tradeId": str(trade.match),
        }
        for kind, asset, amount in booked
        if amount
    ]


def _filters(market: Market) -> list[Form]:
    highest = Decimal(1_000_000)
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": f"{market.tick:f}",
            "maxPrice": f"{highest:f}",
            "tickSize": f"{market.tick:f}",
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": f"{market.quantity_min:f}",
            "maxQty": f"{market.quantity_max:f}",
            "stepSize": f"{market.lot:f}",
        },
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": f"{market.quantity_min:f}",
            "maxQty": f"{market.quantity_max:f}",
            "stepSize": f"{market.lot:f}",
        },
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 200},
        {"filterType": "MIN_NOTIONAL", "notional": f"{market.notional_min:f}"},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": "1.0500",
            "multiplierDown": "0.9500",
            "multiplierDecimal": "4",
        },
    ]


def _digits(step: Decimal) -> int:
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def market_form(market: Market) -> Form:
    """Return a market as exchangeInfo tells it."""
    return {
        "symbol": market.symbol,
        "pair": market.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": PERPETUAL_END_MS,
        "onboardDate": 1569398400000,
        "status": "TRADING" if market.trading else "BREAK",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": market.base,
        "quoteAsset": market.quote,
        "marginAsset": market.quote,
        "pricePrecision": _digits(market.tick),
        "quantityPrecision": _digits(market.lot),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": ["PoW"],
        "triggerProtect": "0.0500",
        "liquidationFee": "0.012500",
        "marketTakeBound": "0.05",
        "orderTypes": list(ORDER_TYPES),
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
        "filters": _filters(market),
    }
