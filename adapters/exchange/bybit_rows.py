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

from adapters.exchange.accounts import ATOM, Cause, Movement
from adapters.exchange.clock import MS_NS
from adapters.exchange.engine import Engine
from adapters.exchange.funds import exposure
from adapters.exchange.markets import Market
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


def position_row(engine: Engine, account: str, symbol: str, index: int = 0) -> dict[str, Any]:
    """Write a position; a flat one has an empty side."""
    one = engine.account(account)
    position, mark = one.position(symbol), engine.mark(symbol)
    size = position.quantity if index == 0 else ZERO
    leverage = one.leverage.get(symbol, engine.rules.leverage)
    worth = abs(size) * mark
    side = "Buy" if size > 0 else "Sell" if size < 0 else ""
    return {
        "symbol": symbol,
        "side": side,
        "size": text(abs(size)),
        "avgPrice": text(position.entry) if size else "0",
        "entryPrice": text(position.entry) if size else "0",
        "positionValue": text(abs(position.cost)) if size else "",
        "markPrice": text(mark),
        "leverage": text(leverage),
        "positionIdx": index,
        "positionIM": text((worth / leverage).quantize(ATOM)) if size else "0",
        "positionMM": text((worth / 200).quantize(ATOM)) if size else "0",
        "unrealisedPnl": text(position.unrealised(mark)) if size else "",
        "curRealisedPnl": text(position.realised),
        "cumRealisedPnl": text(position.realised),
        "liqPrice": "",
        "bustPrice": "",
        "positionStatus": "Normal",
        "positionBalance": "0",
        "tradeMode": 0,
        "autoAddMargin": 0,
        "adlRankIndicator": 0,
        "riskId": 1,
        "riskLimitValue": "2000000",
        "takeProfit": "",
        "stopLoss": "",
        "trailingStop": "0",
        "tpslMode": "Full",
        "sessionAvgPrice": "",
        "isReduceOnly": False,
        "leverageSysUpdatedTime": "",
        "mmrSysUpdatedTime": "",
        "seq": position.updated_ns // MS_NS,
        "createdTime": ms(position.updated_ns),
        "updatedTime": ms(position.updated_ns),
    }


def wallet_row(engine: Engine, account: str) -> dict[str, Any]:
    """Write the unified wallet."""
    one = engine.account(account)
    coins: list[dict[str, Any]] = []
    total = used = ZERO
    for asset in sorted(one.free):
        balance, equity = one.total(asset), engine.equity(account, asset)
        worth = equity if asset in {"USDT", "USDC"} else ZERO
        margin = ZERO
        for symbol, market in engine.markets.items():
            if market.quote == asset:
                leverage = one.leverage.get(symbol, engine.rules.leverage)
                margin += exposure(engine, account, symbol) * engine.mark(symbol) / leverage
        total, used = total + worth, used + margin
        coins.append(
            {
                "coin": asset,
                "equity": text(equity),
                "usdValue": text(worth),
                "walletBalance": text(balance),
                "free": "",
                "locked": "0",
                "spotHedgingQty": "0",
                "borrowAmount": "0",
                "accruedInterest": "0",
                "totalOrderIM": "0",
                "totalPositionIM": text(margin.quantize(ATOM)),
                "totalPositionMM": "0",
                "unrealisedPnl": text(equity - balance),
                "cumRealisedPnl": text(
                    sum((position.realised for position in one.positions.values()), ZERO)
                ),
                "bonus": "0",
                "marginCollateral": True,
                "collateralSwitch": True,
                "availableToWithdraw": "",
                "availableToBorrow": "",
            }
        )
    return {
        "accountType": "UNIFIED",
        "accountIMRate": "0",
        "accountMMRate": "0",
        "accountLTV": "0",
        "totalEquity": text(total),
        "totalWalletBalance": text(total),
        "totalMarginBalance": text(total),
        "totalAvailableBalance": text(max(ZERO, total - used).quantize(ATOM)),
        "totalPerpUPL": "0",
        "totalInitialMargin": text(used.quantize(ATOM)),
        "totalMaintenanceMargin": "0",
        "coin": coins,
    }


def market_row(market: Market) -> dict[str, Any]:
    """Write a contract's specification."""
    return {
        "symbol": market.symbol,
        "contractType": "LinearPerpetual",
        "status": "Trading" if market.trading else "Closed",
        "baseCoin": market.base,
        "quoteCoin": market.quote,
        "settleCoin": market.quote,
        "launchTime": "1584230400000",
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(max(0, -int(market.tick.normalize().as_tuple().exponent))),
        "leverageFilter": {"minLeverage": "1", "maxLeverage": "100.00", "leverageStep": "0.01"},
        "priceFilter": {
            "minPrice": text(market.tick),
            "maxPrice": text(market.tick * 19_999_980),
            "tickSize": text(market.tick),
        },
        "lotSizeFilter": {
            "maxOrderQty": text(market.quantity_max),
            "minOrderQty": text(market.quantity_min),
            "qtyStep": text(market.lot),
            "postOnlyMaxOrderQty": text(market.quantity_max),
            "maxMktOrderQty": text(market.quantity_max),
            "minNotionalValue": text(market.notional_min),
        },
        "unifiedMarginTrade": True,
        "fundingInterval": 480,
        "copyTrading": "none",
        "upperFundingRate": "0.00375",
        "lowerFundingRate": "-0.00375",
        "isPreListing": False,
        "preListingInfo": None,
        "displayName": "",
    }


def ticker_row(engine: Engine, symbol: str) -> dict[str, Any]:
    """Write a ticker."""
    depth = engine.depth(symbol, 1)
    bid, ask = (depth[side][0] if depth[side] else None for side in (Side.BUY, Side.SELL))
    last, mark = text(engine.last(symbol)), text(engine.mark(symbol))
    return {
        "symbol": symbol,
        "tickDirection": "PlusTick",
        "lastPrice": last,
        "indexPrice": mark,
        "markPrice": mark,
        "prevPrice24h": last,
        "price24hPcnt": "0",
        "highPrice24h": last,
        "lowPrice24h": last,
        "prevPrice1h": last,
        "openInterest": "0",
        "openInterestValue": "0",
        "turnover24h": "0",
        "volume24h": "0",
        "fundingRate": "0.0001",
        "nextFundingTime": "0",
        "bid1Price": text(bid[0]) if bid else "",
        "bid1Size": text(bid[1]) if bid else "",
        "ask1Price": text(ask[0]) if ask else "",
        "ask1Size": text(ask[1]) if ask else "",
    }


def log_rows(trades: list[Trade], movements: list[Movement]) -> list[dict[str, Any]]:
    """Write the transaction log, the newest first."""
    rows = [(one.time_ns, one.id, _trade_log(one)) for one in trades]
    rows += [(one.time_ns, one.id, _movement_log(one)) for one in movements]
    return [row for _, _, row in sorted(rows, key=lambda one: one[:2], reverse=True)]


def _trade_log(trade: Trade) -> dict[str, Any]:
    return {
        "id": id_text(trade.id),
        "symbol": trade.symbol,
        "category": "linear",
        "side": SIDES[trade.side],
        "transactionTime": ms(trade.time_ns),
        "type": "LIQUIDATION" if trade.origin is Origin.LIQUIDATION else "TRADE",
        "qty": text(trade.quantity),
        "size": "",
        "currency": trade.fee_asset,
        "tradePrice": text(trade.price),
        "funding": "",
        "fee": text(trade.fee),
        "cashFlow": text(trade.realised),
        "change": text(trade.realised - trade.fee),
        "cashBalance": "",
        "feeRate": "",
        "bonusChange": "",
        "tradeId": id_text(trade.id),
        "orderId": id_text(trade.order),
        "orderLinkId": trade.client_id,
    }


def _movement_log(movement: Movement) -> dict[str, Any]:
    inward = movement.amount >= 0
    types = {
        Cause.FUNDING: "SETTLEMENT",
        Cause.TRANSFER: "TRANSFER_IN" if inward else "TRANSFER_OUT",
        Cause.ADJUSTMENT: "BONUS" if inward else "BONUS_RECOLLECT",
    }
    funding = movement.cause is Cause.FUNDING
    side = "None"
    if funding:
        side = "Buy" if movement.quantity > 0 else "Sell"
    return {
        "id": id_text(movement.id),
        "symbol": movement.symbol,
        "category": "linear" if funding else "",
        "side": side,
        "transactionTime": ms(movement.time_ns),
        "type": types[movement.cause],
        "qty": text(abs(movement.quantity)),
        "size": text(movement.quantity),
        "currency": movement.asset,
        "tradePrice": text(movement.price) if funding else "",
        "funding": text(movement.amount) if funding else "",
        "fee": "0",
        "cashFlow": "0" if funding else text(movement.amount),
        "change": text(movement.amount),
        "cashBalance": text(movement.after),
        "feeRate": text(movement.rate) if funding else "",
        "bonusChange": "",
        "tradeId": id_text(movement.id) if funding else "",
        "orderId": id_text(movement.id) if funding else "",
        "orderLinkId": "",
    }
