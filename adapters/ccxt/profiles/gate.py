"""Gate, linear perpetual swaps.

Its orders with a trigger are a family without a searchable id of ours: not offered.
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
    paths=("label",),
    texts=("message", "detail"),
    duplicate=frozenset({"REPEATED_CREATION", "DUPLICATE_CLIENT_ORDER_ID"}),
    refused=frozenset(
        {
            "INVALID_PARAM_VALUE",
            "INVALID_ARGUMENT",
            "INVALID_REQUEST_BODY",
            "MISSING_REQUIRED_PARAM",
            "BAD_REQUEST",
            "INVALID_PRECISION",
            "INVALID_CURRENCY",
            "INVALID_CURRENCY_PAIR",
            "CONTRACT_NOT_FOUND",
            "POC_FILL_IMMEDIATELY",
            "ORDER_POC_IMMEDIATE",
            "BALANCE_NOT_ENOUGH",
            "FUTURES_BALANCE_NOT_ENOUGH",
            "INSUFFICIENT_AVAILABLE",
            "MARGIN_BALANCE_NOT_ENOUGH",
            "QUANTITY_NOT_ENOUGH",
            "AMOUNT_TOO_LITTLE",
            "AMOUNT_TOO_MUCH",
            "SIZE_TOO_LARGE",
            "SIZE_TOO_SMALL",
            "PRICE_TOO_DEVIATED",
            "PRICE_THRESHOLD_EXCEEDED",
            "PRICE_OVER_LIQUIDATION",
            "PRICE_OVER_BANKRUPT",
            "LIQUIDATE_IMMEDIATELY",
            "INCREASE_POSITION",
            "POSITION_EMPTY",
            "RISK_LIMIT_EXCEEDED",
        }
    ),
    passing=frozenset({"TOO_MANY_ORDERS", "CONTRACT_IN_DELISTING", "CONTRACT_NO_COUNTER"}),
    throttled=frozenset({"TOO_MANY_REQUESTS", "TOO_FAST"}),
    nonce=frozenset({"REQUEST_EXPIRED"}),
    fatal=frozenset(
        {"AUTHENTICATION_FAILED", "INVALID_CREDENTIALS", "INVALID_KEY", "IP_FORBIDDEN"}
        | {"READ_ONLY", "INVALID_SIGNATURE", "ACCOUNT_LOCKED", "FORBIDDEN", "SUB_ACCOUNT_LOCKED"}
        | {"USER_NOT_FOUND", "MISSING_REQUIRED_HEADER"}
    ),
    absent=frozenset(
        {"ORDER_NOT_FOUND", "CLIENT_ID_NOT_FOUND", "ORDER_CLOSED", "ORDER_CANCELLED"}
        | {"ORDER_FINISHED"}
    ),
    changed=frozenset({"METHOD_NOT_ALLOWED"}),
    unknown=frozenset({"INTERNAL", "SERVER_ERROR", "TOO_BUSY", "NOT_FOUND"}),
)
"""https://www.gate.com/docs/developers/apiv4/#label-list"""

WORKING: Final = Call(method="fetch_open_orders", args=("{symbol}",), many=True)

PROFILE: Final = Profile(
    venue="gate",
    name="Gate linear swaps",
    kind="swap",
    client_id=ClientId(pattern=r"t-[0-9A-Za-z_.-]{1,28}", reuse=IdReuse.UNSAID, prefix="t-"),
    plain=Way(
        types={OrderType.MARKET: "market", OrderType.LIMIT: "limit"},
        find=(
            Call(
                method="fetch_order",
                args=("", "{symbol}"),
                params={"clientOrderId": "{id}"},
                closed=True,
            ),
            WORKING,
            Call(method="fetch_closed_orders", args=("{symbol}",), many=True, closed=True),
        ),
        fetch=Call(method="fetch_order", args=("{venue_order}", "{symbol}"), closed=True),
        # our id goes in the place of the venue's: as a parameter ccxt would send an empty one
        cancel=Call(method="cancel_order", args=("{id}", "{symbol}")),
        working=WORKING,
    ),
    codes=CODES,
    hosts=("api.gateio.ws", "fx-ws.gateio.ws"),
    clock=Clock.WINDOW,
    limits=Limits(
        window_s=10,
        weight=200,
        left="x-gate-ratelimit-requests-remain",
        reset_ms="x-gate-ratelimit-reset-timestamp",
    ),
    options={"defaultType": "swap", "fetchMarkets": {"types": ["swap"]}, "unifiedAccount": False},
    reduce_only="reduceOnly",
    sandbox={"sandbox": "set_sandbox_mode"},
    tags=("X-Gate-Channel-Id",),
    side_effects=(
        SideEffect(
            code="broker_id",
            text="Every request would carry `X-Gate-Channel-Id: ccxt`.",
            off="X-Gate-Channel-Id",
        ),
        SideEffect(
            code="account_mode",
            text="ccxt would ask before the first order whether the account is a unified one;"
            " a classic account is taken for granted.",
            off="unifiedAccount",
        ),
    ),
)
