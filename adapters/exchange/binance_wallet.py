"""The wallet paths of Binance (``/sapi``): status, what a key may do, money that came and went.

Rules of this file
1. Transfers of the exchange's own count are deposits when they brought money in and withdrawals
   when they took it out, finished at once.
2. What a connector asks for while it loads, and the play exchange does not have, is an empty list.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from adapters.exchange.accounts import Cause, Movement
from adapters.exchange.binance_dialect import PUBLIC, READING, Door
from adapters.exchange.binance_errors import BinanceRefused
from adapters.exchange.binance_quotes import Form
from adapters.exchange.binance_request import BinanceRequest
from adapters.exchange.binance_spot_forms import eight, millis
from adapters.exchange.keys import READ, TRADE, WITHDRAW

if TYPE_CHECKING:
    from adapters.exchange.binance_spot import BinanceSpot

DEPOSITED: Final = 1
"""The venue's number for a deposit that has arrived."""

WITHDRAWN: Final = 6
"""The venue's number for a withdrawal that is done."""


def status(dialect: BinanceSpot, _: BinanceRequest) -> Form:
    """Tell whether the venue is up."""
    announced = dialect.maintenance
    if announced is not None and announced[0] <= dialect.clock.now_ms() < announced[1]:
        return {"status": 1, "msg": "system_maintenance"}
    return {"status": 0, "msg": "normal"}


def restrictions(dialect: BinanceSpot, request: BinanceRequest) -> Form:
    """Tell what the key of a request may do, until when and from where."""
    key = dialect.keys.find(request.key)
    if key is None:
        raise BinanceRefused(-2015)
    told: Form = {
        "ipRestrict": bool(key.ips),
        "createTime": millis(key.created_ns),
        "enableReading": READ in key.permissions,
        "enableWithdrawals": WITHDRAW in key.permissions,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableFutures": TRADE in key.permissions,
        "permitsUniversalTransfer": WITHDRAW in key.permissions,
        "enableVanillaOptions": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
        "enableSpotAndMarginTrading": TRADE in key.permissions,
        "enablePortfolioMarginTrading": False,
    }
    if key.expires_ns is not None:
        told["tradingAuthorityExpirationTime"] = millis(key.expires_ns)
    return told


def account_status(_: BinanceSpot, __: BinanceRequest) -> Form:
    """Tell that the account is in order."""
    return {"data": "Normal"}


def fees(dialect: BinanceSpot, request: BinanceRequest) -> object:
    """Tell what trading costs in each market."""
    rules = dialect.engine.rules
    return [
        {
            "symbol": one.symbol,
            "makerCommission": f"{rules.maker_rate:f}",
            "takerCommission": f"{rules.taker_rate:f}",
        }
        for one in dialect.markets(request)
    ]


def _transfers(dialect: BinanceSpot, request: BinanceRequest, *, inwards: bool) -> list[Movement]:
    coin = request.optional("coin")
    start, end = request.integer("startTime"), request.integer("endTime")
    return [
        one
        for one in reversed(dialect.holder(request).movements)
        if one.cause is Cause.TRANSFER
        if (one.amount > 0) == inwards and coin in {"", one.asset}
        if start is None or millis(one.time_ns) >= start
        if end is None or millis(one.time_ns) <= end
    ]


def deposits(dialect: BinanceSpot, request: BinanceRequest) -> object:
    """Tell the money that came in, the newest first."""
    return [
        {
            "id": str(one.id),
            "amount": eight(one.amount),
            "coin": one.asset,
            "network": one.asset,
            "status": DEPOSITED,
            "address": f"local-{one.account}",
            "addressTag": "",
            "txId": f"local-{one.id}",
            "insertTime": millis(one.time_ns),
            "completeTime": millis(one.time_ns),
            "transferType": 0,
            "confirmTimes": "1/1",
            "unlockConfirm": 0,
            "walletType": 0,
        }
        for one in _transfers(dialect, request, inwards=True)
    ]


def withdrawals(dialect: BinanceSpot, request: BinanceRequest) -> object:
    """Tell the money that went out, the newest first."""
    return [
        {
            "id": str(one.id),
            "amount": eight(-one.amount),
            "transactionFee": "0",
            "coin": one.asset,
            "network": one.asset,
            "status": WITHDRAWN,
            "address": f"local-{one.account}",
            "txId": f"local-{one.id}",
            "applyTime": _clock_text(one.time_ns),
            "completeTime": _clock_text(one.time_ns),
            "transferType": 0,
            "confirmNo": 1,
            "walletType": 0,
            "txKey": "",
        }
        for one in _transfers(dialect, request, inwards=False)
    ]


def _clock_text(nanoseconds: int) -> str:
    moment = datetime.fromtimestamp(nanoseconds // 1_000_000_000, UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def _no_transfers(_: BinanceSpot, __: BinanceRequest) -> Form:
    return {"total": 0, "rows": []}


def _empty(_: BinanceSpot, __: BinanceRequest) -> object:
    return []


Answer = Callable[["BinanceSpot", BinanceRequest], object]

WALLET: Final[tuple[tuple[str, str, Door, Answer], ...]] = (
    ("GET /sapi/v1/system/status", "status", PUBLIC, status),
    ("GET /sapi/v1/account/apiRestrictions", "key", READING, restrictions),
    ("GET /sapi/v1/account/status", "account", READING, account_status),
    ("GET /sapi/v1/asset/tradeFee", "account", READING, fees),
    ("GET /sapi/v1/capital/deposit/hisrec", "ledger", READING, deposits),
    ("GET /sapi/v1/capital/withdraw/history", "ledger", READING, withdrawals),
    ("GET /sapi/v1/asset/transfer", "ledger", READING, _no_transfers),
    ("GET /sapi/v1/capital/config/getall", "markets", READING, _empty),
    ("GET /sapi/v1/margin/allPairs", "markets", READING, _empty),
    ("GET /sapi/v1/margin/isolated/allPairs", "markets", READING, _empty),
)
"""Every wallet path: what it is for, who may ask, who answers."""
