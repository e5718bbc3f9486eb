"""Hyperliquid, perpetual swaps in USDC.

It has no market orders: one is a limit order that fills at once up to its worst price, or not.
"""

from __future__ import annotations

from typing import Final

from adapters.ccxt.profile import (
    Call,
    ClientId,
    Clock,
    Codes,
    IdForm,
    IdReuse,
    Limits,
    Profile,
    SideEffect,
    Way,
)
from core.orders import OrderType

CODES: Final = Codes(
    paths=("response.data.statuses.0.error", "response"),
    texts=(),
    refused=frozenset(
        {
            "Price must be divisible by tick size",
            "Order must have minimum value of",
            "Insufficient margin to place order",
            "Insufficient spot balance",
            "Reduce only order would increase position",
            "Post only order would have immediately matched",
            "Order could not immediately match against any resting orders",
            "Invalid TP/SL price",
            "No liquidity available for market order",
            "Order has invalid size",
            "Order has zero size",
            "Order has invalid price",
            "Order price cannot be more than 80% away",
        }
    ),
    throttled=frozenset({"Too many cumulative requests sent"}),
    fatal=frozenset({"User or API Wallet", "L1 error: User or API Wallet"}),
    absent=frozenset({"Order was never placed, already canceled, or filled"}),
    unknown=frozenset({"Duplicate nonce", "Invalid nonce"}),
)
"""https://hyperliquid.gitbook.io/hyperliquid-docs/for-developers/api/error-responses"""

WORKING: Final = Call(method="fetch_open_orders", args=("{symbol}",), many=True)
FIND: Final = (
    Call(
        method="fetch_order",
        args=("", "{symbol}"),
        params={"clientOrderId": "{id}"},
        closed=True,
    ),
    WORKING,
)
FETCH: Final = Call(method="fetch_order", args=("{venue_order}", "{symbol}"), closed=True)
CANCEL: Final = Call(method="cancel_order", args=("", "{symbol}"), params={"clientOrderId": "{id}"})

PROFILE: Final = Profile(
    venue="hyperliquid",
    name="Hyperliquid swaps",
    kind="swap",
    client_id=ClientId(
        pattern=r"0x[0-9a-f]{32}", reuse=IdReuse.UNSAID, form=IdForm.HEX, prefix="0x"
    ),
    plain=Way(
        types={OrderType.MARKET: "limit", OrderType.LIMIT: "limit"},
        find=FIND,
        fetch=FETCH,
        cancel=CANCEL,
        working=WORKING,
    ),
    stop=Way(
        types={OrderType.STOP_LIMIT: "limit"},
        params={"stopLossPrice": "{trigger}"},
        find=FIND,
        fetch=FETCH,
        cancel=CANCEL,
        working=WORKING,
    ),
    codes=CODES,
    hosts=("api.hyperliquid.xyz", "api-ui.hyperliquid.xyz"),
    clock=Clock.NONE,
    limits=Limits(
        window_s=60,
        weight=1_200,
        calls={"fetch_order": 2, "fetch_open_orders": 20, "fetch_tickers": 20},
    ),
    reads=("/info",),
    options={"defaultType": "swap", "fetchMarkets": {"types": ["swap"]}, "builderFee": False},
    reduce_only="reduceOnly",
    market_by_limit="IOC",
    sandbox={"sandbox": "set_sandbox_mode"},
    snapshot_at_subscribe=True,
    silenced=("initialize_client",),
    side_effects=(
        SideEffect(
            code="builder_fee",
            text="ccxt would sign `approveBuilderFee` (0.01 %) and `setReferrer` for its own"
            " address before the first order.",
            off="initialize_client",
        ),
    ),
)
