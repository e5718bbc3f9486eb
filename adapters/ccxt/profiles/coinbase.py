"""Coinbase Advanced, spot.

ccxt drops our id unless it goes by the venue's own name, and asks for orders by the venue's id
alone: ours are found in lists. A market buy is told in money there, ours in coins: not offered.
"""

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

CODES: Final = Codes(
    paths=(
        "error_response.preview_failure_reason",
        "error_response.error",
        "results.0.failure_reason",
        "errors.0.id",
        "error",
    ),
    texts=("error_response.message", "errors.0.message", "error_details", "message"),
    fine=frozenset({"UNKNOWN_CANCEL_FAILURE_REASON"}),
    duplicate=frozenset({"DUPLICATE_CLIENT_ORDER_ID"}),
    refused=frozenset(
        {
            "INSUFFICIENT_FUND",
            "INVALID_LIMIT_PRICE",
            "INVALID_LIMIT_PRICE_POST_ONLY",
            "INVALID_PRODUCT_ID",
            "INVALID_SIZE_PRECISION",
            "INVALID_PRICE_PRECISION",
            "ORDER_ENTRY_DISABLED",
            "UNSUPPORTED_ORDER_CONFIGURATION",
            "INVALID_ARGUMENT",
            "PREVIEW_INSUFFICIENT_FUND",
            "PREVIEW_INVALID_LIMIT_PRICE",
            "PREVIEW_INVALID_PRICE_PRECISION",
            "PREVIEW_INVALID_SIZE_PRECISION",
            "PREVIEW_INVALID_BASE_SIZE_TOO_SMALL",
            "PREVIEW_INVALID_BASE_SIZE_TOO_LARGE",
            "PREVIEW_INVALID_QUOTE_SIZE_TOO_SMALL",
            "PREVIEW_INVALID_QUOTE_SIZE_TOO_LARGE",
            "PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE",
            "PREVIEW_STOP_PRICE_BELOW_LAST_TRADE_PRICE",
            "PREVIEW_LIMIT_PRICE_TOO_FAR_FROM_MARKET",
            "PREVIEW_BREACHED_PRICE_LIMIT",
        }
    ),
    throttled=frozenset({"rate_limit_exceeded", "resource_exhausted"}),
    nonce=frozenset({"authentication_error request timestamp expired"}),
    fatal=frozenset(
        {"authentication_error", "unauthorized", "invalid_token", "revoked_token", "expired_token"}
        | {"invalid_scope", "PERMISSION_DENIED", "invalid_authentication_method"}
    ),
    absent=frozenset({"UNKNOWN_CANCEL_ORDER", "NOT_FOUND", "DUPLICATE_CANCEL_REQUEST"}),
    unknown=frozenset(
        {"UNKNOWN_FAILURE_REASON", "internal_server_error", "unknown", "INTERNAL", "UNKNOWN"}
        | {"COMMANDER_REJECTED_CANCEL_ORDER"}
    ),
)
"""https://docs.cdp.coinbase.com/api-reference/advanced-trade-api"""

WORKING: Final = Call(method="fetch_open_orders", args=("{symbol}",), many=True)
FIND: Final = (
    WORKING,
    Call(method="fetch_orders", args=("{symbol}",), many=True, closed=True),
)
FETCH: Final = Call(method="fetch_order", args=("{venue_order}", "{symbol}"), closed=True)
CANCEL: Final = Call(method="cancel_order", args=("{venue_order}", "{symbol}"))

PROFILE: Final = Profile(
    venue="coinbase",
    name="Coinbase Advanced spot",
    kind="spot",
    client_id=ClientId(pattern=r"[ -~]{1,128}", reuse=IdReuse.UNSAID),
    plain=Way(
        types={OrderType.LIMIT: "limit"},
        id_param="client_order_id",
        find=FIND,
        fetch=FETCH,
        cancel=CANCEL,
        working=WORKING,
    ),
    stop=Way(
        types={OrderType.STOP_LIMIT: "limit"},
        id_param="client_order_id",
        params={"stopLossPrice": "{trigger}"},
        find=FIND,
        fetch=FETCH,
        cancel=CANCEL,
        working=WORKING,
    ),
    codes=CODES,
    hosts=("api.coinbase.com", "advanced-trade-ws.coinbase.com"),
    clock=Clock.NONE,
    limits=Limits(window_s=1, weight=30),
    reads=("/api/v3/brokerage/orders/preview",),
    time_in_force=("GTC", "FOK", "IOC"),
    snapshot_at_subscribe=True,
    side_effects=(
        SideEffect(
            code="broker_id",
            text="An order without an id of its own would carry `ccxt-` and a random one.",
            off="always",
        ),
    ),
)
