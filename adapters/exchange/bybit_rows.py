"""Bybit's rows: orders, executions, positions, wallets, markets, as its documents show them.

Rules of this file
1. Numbers are text, times milliseconds as text. A price of a market order is empty or "0" where
   Bybit's is.
2. Ids are made of the exchange's own numbers, so that they are found again without a table.
"""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from adapters.exchange.accounts import ATOM, Movement
from adapters.exchange.clock import MS_NS
from adapters.exchange.orders import ZERO, Order, Origin, Reason, Side, Status, TimeInForce, Trade
from adapters.exchange.wire import text

SIDES: Final = {Side.BUY: "Buy", Side.SELL: "Sell"}
STATUSES: Final = {
    Status.UNTRIGGERED: "Untriggered",
    Status.NEW: "New",
    Status.PARTIALLY_FILLED: "PartiallyFilled",
    Status.FILLED: "Filled",
    Status.CANCELLED: "Cancelled",
    Status.EXPIRED: "Cancelled",
    Status.REJECTED: "Rejected",
}
"""A derivative that is cancelled after a part was filled is ``Cancelled`` as well."""

WHY: Final = {
    Reason.POST_ONLY: ("EC_PostOnlyWillTakeLiquidity", "UNKNOWN"),
    Reason.TIME_IN_FORCE: ("EC_NoImmediateQtyToFill", "UNKNOWN"),
    Reason.NO_LIQUIDITY: ("EC_NoEnoughQtyToFill", "UNKNOWN"),
    Reason.REDUCE_ONLY: ("EC_PerCancelRequest", "CancelByReduceOnly"),
    Reason.LIQUIDATION: ("EC_PerCancelRequest", "CancelAllBeforeLiq"),
    Reason.SELF_TRADE: ("EC_CancelByMaxSMP", "CancelBySmp"),
    Reason.FUNDS: ("EC_ReachMaxTradeNum", "CancelByPrepareLiq"),
    Reason.BY_VENUE: ("EC_PerCancelRequest", "CancelByAdmin"),
    Reason.ASKED: ("EC_PerCancelRequest", "CancelByUser"),
}
"""Why an order ended -> ``rejectReason``, ``cancelType``."""

CREATED: Final = {
    Origin.CLIENT: "CreateByUser",
    Origin.HAND: "CreateByUser",
    Origin.LIQUIDATION: "CreateByLiq",
}


def id_text(number: int) -> str:
    """Write a number in the form of Bybit's ids."""
    digits = f"{number:016x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:]}-8000-0000000ba5c0"


def id_number(written: str) -> int:
    """Read a number out of an id; 0 for one that is not ours."""
    try:
        return int(written.replace("-", "")[:16], 16)
    except ValueError:
        return 0


def ms(time_ns: int) -> str:
    """Write a time as milliseconds."""
    return str(time_ns // MS_NS)


def iso(time_ns: int) -> str:
    """Write a time as ISO 8601 of UTC."""
    return dt.datetime.fromtimestamp(time_ns // 1_000_000_000, dt.UTC).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )


def order_row(order: Order, fee_asset: str) -> dict[str, Any]:
    """Write an order as REST and the order topic show it."""
    words = order.words
    why, cancel = WHY.get(order.reason or Reason.UNKNOWN_MARKET, ("EC_NoError", "UNKNOWN"))
    ended = not order.status.open
    fees = order.fees.get(fee_asset, ZERO)
    asleep = ended and order.trigger is not None and not order.triggered
    return {
        "symbol": order.symbol,
        "orderId": id_text(order.id),
        "orderLinkId": order.client_id,
        "side": SIDES[order.side],
        "orderType": "Limit" if order.price is not None else "Market",
        "orderStatus": "Deactivated" if asleep else STATUSES[order.status],
        "price": text(order.price) if order.price is not None else "0",
        "qty": text(order.quantity),
        "leavesQty": "0" if ended else text(order.left),
        "leavesValue": "0" if ended else text(order.left * (order.price or order.average)),
        "cumExecQty": text(order.filled),
        "cumExecValue": text(order.spent),
        "cumExecFee": text(fees),
        "cumFeeDetail": {fee_asset: text(fees)} if order.filled else {},
        "avgPrice": text(order.average.quantize(ATOM, ROUND_HALF_UP)) if order.filled else "",
        "timeInForce": "PostOnly" if order.new.post_only else _time_in_force(order),
        "reduceOnly": order.new.reduce_only,
        "closeOnTrigger": words.get("closeOnTrigger") == "true",
        "positionIdx": int(words.get("positionIdx", "0")),
        "createType": CREATED[order.new.origin],
        "cancelType": cancel,
        "rejectReason": why,
        "stopOrderType": "Stop" if order.trigger is not None else "",
        "triggerPrice": text(order.trigger) if order.trigger is not None else "",
        "triggerDirection": int(words.get("triggerDirection", "0")),
        "triggerBy": words.get("triggerBy", ""),
        "takeProfit": "",
        "stopLoss": "",
        "tpTriggerBy": "",
        "slTriggerBy": "",
        "tpLimitPrice": "0",
        "slLimitPrice": "0",
        "tpslMode": "",
        "lastPriceOnCreated": "",
        "isLeverage": "",
        "orderIv": "",
        "blockTradeId": "",
        "placeType": "",
        "smpType": "None",
        "smpGroup": 0,
        "smpOrderId": "",
        "slippageToleranceType": "UNKNOWN",
        "slippageTolerance": "0",
        "extraFees": "",
        "createdTime": ms(order.created_ns),
        "updatedTime": ms(order.updated_ns),
    }


def _time_in_force(order: Order) -> str:
    if order.price is None and order.new.time_in_force is TimeInForce.GTC:
        return "IOC"
    return order.new.time_in_force.value.upper()


def trade_row(trade: Trade, order: Order | None, mark: Decimal) -> dict[str, Any]:
    """Write an execution."""
    priced = order is not None and order.price is not None
    return {
        "symbol": trade.symbol,
        "orderId": id_text(trade.order),
        "orderLinkId": trade.client_id,
        "side": SIDES[trade.side],
        "orderPrice": text(order.price) if order and order.price is not None else "0",
        "orderQty": text(order.quantity) if order else text(trade.quantity),
        "leavesQty": text(order.left) if order else "0",
        "createType": CREATED[trade.origin],
        "orderType": "Limit" if priced else "Market",
        "stopOrderType": "Stop" if order and order.trigger is not None else "UNKNOWN",
        "execFee": text(trade.fee),
        "feeCurrency": trade.fee_asset,
        "feeRate": text((trade.fee / trade.spent).quantize(ATOM)) if trade.spent else "0",
        "execId": id_text(trade.id),
        "execPrice": text(trade.price),
        "execQty": text(trade.quantity),
        "execValue": text(trade.spent),
        "execPnl": text(trade.realised),
        "execType": "BustTrade" if trade.origin is Origin.LIQUIDATION else "Trade",
        "execTime": ms(trade.time_ns),
        "isMaker": trade.maker,
        "isLeverage": "0",
        "markPrice": text(mark),
        "indexPrice": "",
        "underlyingPrice": "",
        "markIv": "",
        "tradeIv": "",
        "blockTradeId": "",
        "closedSize": "",
        "seq": trade.id,
    }


def funding_row(movement: Movement) -> dict[str, Any]:
    """Write a payment of funding as an execution: a fee that was paid is positive."""
    side = Side.BUY if movement.quantity > 0 else Side.SELL
    return {
        "symbol": movement.symbol,
        "orderId": id_text(movement.id),
        "orderLinkId": "",
        "side": SIDES[side],
        "orderPrice": "0",
        "orderQty": "0",
        "leavesQty": "0",
        "createType": "",
        "orderType": "UNKNOWN",
        "stopOrderType": "UNKNOWN",
        "execFee": text(-movement.amount),
        "feeCurrency": movement.asset,
        "feeRate": text(movement.rate),
        "execId": id_text(movement.id),
        "execPrice": text(movement.price),
        "execQty": text(abs(movement.quantity)),
        "execValue": text(abs(movement.quantity) * movement.price),
        "execPnl": "0",
        "execType": "Funding",
        "execTime": ms(movement.time_ns),
        "isMaker": False,
        "isLeverage": "0",
        "markPrice": text(movement.price),
        "indexPrice": "",
        "underlyingPrice": "",
        "markIv": "",
        "tradeIv": "",
        "blockTradeId": "",
        "closedSize": "",
        "seq": movement.id,
    }
