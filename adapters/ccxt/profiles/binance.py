"""Binance spot."""

from __future__ import annotations

from typing import Final

from adapters.ccxt.profile import (
    Call,
    ClientId,
    Clock,
    Codes,
    IdReuse,
    Limits,
    Profile,
    SideEffect,
    Way,
)
from core.orders import OrderType

ID: Final = ClientId(pattern=r"[.A-Z:/a-z0-9_-]{1,36}", reuse=IdReuse.AFTER_FILL)

CODES: Final = Codes(
    paths=("code",),
    texts=("msg",),
    fine=frozenset({"200"}),
    duplicate=frozenset({"-2010 Duplicate order sent", "-4116"}),
    refused=frozenset(
        {
            "-1013",  # a filter: price, lot, notional
            "-1100",
            "-1101",
            "-1102",
            "-1103",
            "-1104",
            "-1105",
            "-1106",
            "-1111",  # too many decimals
            "-1114",
            "-1115",
            "-1116",
            "-1117",
            "-1118",
            "-1119",
            "-1121",  # no such symbol
            "-1128",
            "-1130",
            "-2010 Account has insufficient balance",
            "-2010 Balance insufficient",
            "-2010 Order would immediately match and take",
            "-2010 Order would trigger immediately",
            "-2010 Stop price would trigger immediately",
            "-2010 Filter failure",
            "-2010 Price * QTY is zero or less",
            "-2010 IcebergQty exceeds QTY",
            "-2010 Market orders are not supported for this symbol",
            "-2010 Stop loss orders are not supported for this symbol",
            "-2010 Stop loss limit orders are not supported for this symbol",
            "-2010 This symbol is not permitted for this account",
            "-2010 This symbol is restricted for this account",
            "-2010 This action is disabled on this account",
            "-2010 Unsupported order combination",
        }
    ),
    passing=frozenset(
        {
            "-1013 Filter failure: MAX_NUM_ORDERS",
            "-1013 Filter failure: EXCHANGE_MAX_NUM_ORDERS",
            "-1013 Filter failure: PERCENT_PRICE",
            "-2010 Market is closed",
            "-2010 Account has too many open orders",
        }
    ),
    throttled=frozenset({"-1003", "-1034"}),
    crowded=frozenset({"-1015"}),
    banned=frozenset(
        # futures name the address before the word: "IP(1.2.3.4) banned until ..."
        {"-1003 Way too many requests", "-1003 Way too much request weight"}
    ),
    nonce=frozenset({"-1021"}),
    fatal=frozenset({"-1002", "-1022", "-2014", "-2015", "-1109"}),
    absent=frozenset({"-2011", "-2013", "-2026"}),
    changed=frozenset({"-5000", "-1020"}),
    unknown=frozenset({"-1000", "-1001", "-1004", "-1006", "-1007", "-1008", "-1016", "-2010"}),
    ban_statuses=frozenset({418, 403}),
)
"""https://developers.binance.com/docs/binance-spot-api-docs/errors"""

WEIGHTS: Final = {
    "create_order": 1,
    "cancel_order": 1,
    "fetch_order": 4,
    "fetch_open_orders": 6,
    "fetch_orders": 20,
    "fetch_my_trades": 20,
    "fetch_balance": 20,
    "fetch_time": 1,
    "fetch_ticker": 2,
    "fetch_bids_asks": 4,
    "fetch_markets": 20,
}
"""Weights of the calls, from Binance's pages. Open orders are always asked for one symbol: without
one they would weigh 80."""

FETCH: Final = Call(method="fetch_order", args=("{venue_order}", "{symbol}"), closed=True)
WORKING: Final = Call(method="fetch_open_orders", args=("{symbol}",), many=True)
CANCEL: Final = Call(method="cancel_order", args=("", "{symbol}"), params={"clientOrderId": "{id}"})
FIND: Final = (
    Call(
        method="fetch_order",
        args=("", "{symbol}"),
        params={"origClientOrderId": "{id}"},
        closed=True,
    ),
    WORKING,
    Call(method="fetch_orders", args=("{symbol}",), many=True, closed=True),
)

PROFILE: Final = Profile(
    venue="binance",
    name="Binance spot",
    kind="spot",
    proven=True,
    client_id=ID,
    plain=Way(
        types={OrderType.MARKET: "market", OrderType.LIMIT: "limit"},
        find=FIND,
        fetch=FETCH,
        cancel=CANCEL,
        working=WORKING,
    ),
    # stop loss on either side of the market: a buy above it, a sell below it
    stop=Way(
        types={OrderType.STOP: "market", OrderType.STOP_LIMIT: "limit"},
        params={"stopLossPrice": "{trigger}"},
        find=FIND,
        fetch=FETCH,
        cancel=CANCEL,
        working=WORKING,
    ),
    codes=CODES,
    hosts=(
        "api.binance.com",
        "sapi.binance.com",
        "stream.binance.com",
        "ws-api.binance.com",
    ),
    clock=Clock.WINDOW,
    limits=Limits(
        window_s=60,
        weight=6_000,
        calls=WEIGHTS,
        used="x-mbx-used-weight-1m",
        orders=100,
        orders_window_s=10,
        orders_used="x-mbx-order-count-10s",
    ),
    options={
        "defaultType": "spot",
        "fetchMarkets": {"types": ["spot"]},
        "fetchMargins": False,
        "warnOnFetchOpenOrdersWithoutSymbol": False,
    },
    keep_alive_ms=5_000,
    sandbox={"sandbox": "set_sandbox_mode", "demo": "enable_demo_trading"},
    status="fetch_status",
    side_effects=(
        SideEffect(
            code="broker_id",
            text="An order without an id of its own would carry ccxt's broker tag; ours always"
            " have one.",
            off="always",
        ),
    ),
)
