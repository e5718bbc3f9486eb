"""Bybit's rows of money and markets: positions, wallets, transaction log, contracts, books.

Rules of this file
1. As in ``bybit_rows.py``: numbers are text, times milliseconds as text.
"""

from __future__ import annotations

from typing import Any

from adapters.exchange.accounts import ATOM, Cause, Movement
from adapters.exchange.bybit_rows import SIDES, id_text, ms
from adapters.exchange.clock import MS_NS
from adapters.exchange.engine import Engine
from adapters.exchange.funds import exposure
from adapters.exchange.markets import Market
from adapters.exchange.orders import ZERO, Origin, Side, Trade
from adapters.exchange.wire import text


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


def book_row(engine: Engine, symbol: str, levels: int, stamp_ms: int) -> dict[str, Any]:
    """Write a book: every one of ours is a whole one."""
    depth = engine.depth(symbol, levels)
    bids, asks = (
        [[text(price), text(quantity)] for price, quantity in depth[side]]
        for side in (Side.BUY, Side.SELL)
    )
    number = engine.number()
    times = {"ts": stamp_ms, "cts": stamp_ms}
    return {"s": symbol, "b": bids, "a": asks, "u": number, "seq": number, **times}


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
