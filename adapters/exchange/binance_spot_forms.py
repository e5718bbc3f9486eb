"""How Binance spot writes orders, trades, wallets and markets, in answers and in its user stream.

Rules of this file
1. Fields, their kinds and their spelling (``cummulativeQuoteQty``) are the venue's; a model of its
   own SDK accepts each form.
2. Money, prices and quantities are text with eight digits behind the point; times are
   milliseconds.
3. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from adapters.exchange.accounts import Account
from adapters.exchange.markets import Market, Rules
from adapters.exchange.orders import ZERO, Order, Reason, Side, Status, Trade

Form = dict[str, object]

STATUS: Final[dict[Status, str]] = {
    Status.UNTRIGGERED: "NEW",
    Status.NEW: "NEW",
    Status.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    Status.FILLED: "FILLED",
    Status.CANCELLED: "CANCELED",
    Status.EXPIRED: "EXPIRED",
    Status.REJECTED: "REJECTED",
}

ORDER_TYPES: Final = (
    "LIMIT",
    "LIMIT_MAKER",
    "MARKET",
    "STOP_LOSS",
    "STOP_LOSS_LIMIT",
    "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
)

SELF_TRADE: Final = "EXPIRE_MAKER"
"""What the venue does when an account would trade with itself, unless told otherwise."""


def eight(value: Decimal) -> str:
    """Write an amount as spot does."""
    return f"{value:.8f}"


def millis(nanoseconds: int) -> int:
    """Return the venue's milliseconds."""
    return nanoseconds // 1_000_000


def name_of(order: Order) -> str:
    """Return an order's client id; one made by hand gets a name from the venue's own pages."""
    return order.client_id or f"web_{order.id}"


def status(order: Order) -> str:
    """Return the venue's word for where an order stands."""
    if order.status is Status.EXPIRED and order.reason is Reason.SELF_TRADE:
        return "EXPIRED_IN_MATCH"
    return STATUS[order.status]


def _terms(order: Order) -> Form:
    """Return what every form of an order has in common."""
    words = order.words
    terms: Form = {
        "symbol": order.symbol,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": name_of(order),
        "price": eight(order.price or ZERO),
        "origQty": eight(order.quantity),
        "executedQty": eight(order.filled),
        "origQuoteOrderQty": eight(order.new.quote_quantity or ZERO),
        "cummulativeQuoteQty": eight(order.spent),
        "status": status(order),
        "timeInForce": words.get("timeInForce", "GTC"),
        "type": words.get("type", "LIMIT"),
        "side": order.side.name,
        "selfTradePreventionMode": SELF_TRADE,
    }
    if order.trigger is not None:
        terms["stopPrice"] = eight(order.trigger)
    return terms


def acknowledged(order: Order) -> Form:
    """Return the answer to a new order that asked for an acknowledgement alone."""
    return {
        "symbol": order.symbol,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": name_of(order),
        "transactTime": millis(order.updated_ns),
    }


def placed(order: Order, trades: Iterable[Trade] | None = None) -> Form:
    """Return the answer to a new order, with its trades where they were asked for."""
    form = _terms(order)
    form["transactTime"] = millis(order.updated_ns)
    if order.status is not Status.UNTRIGGERED:
        form["workingTime"] = millis(order.created_ns)
    if trades is not None:
        form["fills"] = [
            {
                "price": eight(one.price),
                "qty": eight(one.quantity),
                "commission": eight(one.fee),
                "commissionAsset": one.fee_asset,
                "tradeId": one.match,
            }
            for one in trades
        ]
    return form


def queried(order: Order) -> Form:
    """Return an order as the queries tell it."""
    resting = order.status is not Status.UNTRIGGERED
    return _terms(order) | {
        "stopPrice": eight(order.trigger or ZERO),
        "icebergQty": eight(ZERO),
        "time": millis(order.created_ns),
        "updateTime": millis(order.updated_ns),
        "isWorking": resting,
        "workingTime": millis(order.created_ns) if resting else -1,
    }


def cancelled(order: Order, cancel_id: str) -> Form:
    """Return the answer to a cancel, which has a client id of its own."""
    return _terms(order) | {
        "origClientOrderId": name_of(order),
        "clientOrderId": cancel_id,
        "transactTime": millis(order.updated_ns),
    }


def traded(trade: Trade) -> Form:
    """Return an execution as the account's list of trades tells it."""
    return {
        "symbol": trade.symbol,
        "id": trade.match,
        "orderId": trade.order,
        "orderListId": -1,
        "price": eight(trade.price),
        "qty": eight(trade.quantity),
        "quoteQty": eight(trade.spent),
        "commission": eight(trade.fee),
        "commissionAsset": trade.fee_asset,
        "time": millis(trade.time_ns),
        "isBuyer": trade.side is Side.BUY,
        "isMaker": trade.maker,
        "isBestMatch": True,
    }


def wallet(account: Account, assets: Iterable[str]) -> list[Form]:
    """Return what an account has of each asset."""
    return [
        {
            "asset": asset,
            "free": eight(account.free.get(asset, ZERO)),
            "locked": eight(account.locked.get(asset, ZERO)),
        }
        for asset in assets
    ]


def account_form(
    account: Account, *, rules: Rules, assets: Sequence[str], now_ms: int, may_trade: bool
) -> Form:
    """Return the answer to the question what an account has and may do."""
    maker, taker = rules.maker_rate, rules.taker_rate
    return {
        "makerCommission": int(maker * 10_000),
        "takerCommission": int(taker * 10_000),
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": eight(maker),
            "taker": eight(taker),
            "buyer": eight(ZERO),
            "seller": eight(ZERO),
        },
        "canTrade": may_trade,
        "canWithdraw": True,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": now_ms,
        "accountType": "SPOT",
        "balances": wallet(account, assets),
        "permissions": ["SPOT"],
        "uid": 1,
    }


def report(
    order: Order,
    kind: str,
    *,
    trade: Trade | None = None,
    cancel_id: str = "",
    now_ms: int,
    number: int,
) -> Form:
    """Return an ``executionReport``. ``kind``: NEW, TRADE, CANCELED, REPLACED, EXPIRED ..."""
    words = order.words
    fills = {
        "l": eight(trade.quantity if trade else ZERO),
        "L": eight(trade.price if trade else ZERO),
        "n": eight(trade.fee) if trade else "0",
        "N": trade.fee_asset if trade else None,
        "t": trade.match if trade else -1,
        "m": trade.maker if trade else False,
        "Y": eight(trade.spent if trade else ZERO),
    }
    resting = order.status in {Status.NEW, Status.PARTIALLY_FILLED}
    told: Form = {
        "e": "executionReport",
        "E": now_ms,
        "s": order.symbol,
        # A cancel has a client id of its own: the order's then stands in C.
        "c": cancel_id or name_of(order),
        "S": order.side.name,
        "o": words.get("type", "LIMIT"),
        "f": words.get("timeInForce", "GTC"),
        "q": eight(order.quantity),
        "p": eight(order.price or ZERO),
        "P": eight(order.trigger or ZERO),
        "F": eight(ZERO),
        "g": -1,
        "C": name_of(order) if cancel_id else "",
        "x": kind,
        "X": status(order),
        "r": "NONE",
        "i": order.id,
        "z": eight(order.filled),
        "T": millis(trade.time_ns if trade else order.updated_ns),
        "I": number,
        "w": resting,
        "M": False,
        "O": millis(order.created_ns),
        "Z": eight(order.spent),
        "Q": eight(order.new.quote_quantity or ZERO),
        "V": SELF_TRADE,
    } | fills
    if order.status is not Status.UNTRIGGERED:
        told["W"] = millis(order.created_ns)
    return told


def filters(market: Market) -> list[Form]:
    """Return the filters of a market, as exchangeInfo tells them."""
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": eight(market.tick),
            "maxPrice": eight(Decimal(1_000_000)),
            "tickSize": eight(market.tick),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": eight(market.quantity_min),
            "maxQty": eight(market.quantity_max),
            "stepSize": eight(market.lot),
        },
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": eight(ZERO),
            "maxQty": eight(market.quantity_max),
            "stepSize": eight(ZERO),
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": eight(market.notional_min),
            "applyMinToMarket": True,
            "maxNotional": eight(Decimal(9_000_000)),
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 200},
    ]


def market_form(market: Market) -> Form:
    """Return a market as exchangeInfo tells it."""
    return {
        "symbol": market.symbol,
        "status": "TRADING" if market.trading else "BREAK",
        "baseAsset": market.base,
        "baseAssetPrecision": 8,
        "quoteAsset": market.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": list(ORDER_TYPES),
        "icebergAllowed": False,
        "ocoAllowed": False,
        "otoAllowed": False,
        "opoAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": True,
        "amendAllowed": False,
        "pegInstructionsAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": filters(market),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": SELF_TRADE,
        "allowedSelfTradePreventionModes": ["NONE", SELF_TRADE, "EXPIRE_TAKER", "EXPIRE_BOTH"],
    }
