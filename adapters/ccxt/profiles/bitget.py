"""Bitget, linear perpetual swaps of a classic account."""

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
    paths=("code",),
    texts=("msg",),
    fine=frozenset({"00000"}),
    duplicate=frozenset({"40786", "43118", "40757"}),
    refused=frozenset(
        {"40017", "40019", "40020", "40034", "40762", "40754", "43011", "43012", "43027"}
        | {"45110", "45111", "45112", "45113", "45115", "45116", "45117", "22001", "22002"}
        | {"40774", "40804", "40815", "40836", "43006", "43007", "43008", "43009"}
    ),
    passing=frozenset({"40305", "40308", "45034"}),
    throttled=frozenset({"429", "30007"}),
    nonce=frozenset({"40004", "40005", "40008"}),
    fatal=frozenset(
        {"40001", "40002", "40003", "40006", "40009", "40010", "40011", "40012", "40014"}
        | {"40016", "40018", "40031", "40037", "40038"}
    ),
    maintenance=frozenset({"40808"}),
    absent=frozenset({"43001", "43025", "40109", "40768", "25206", "31007"}),
    unknown=frozenset({"40010 Request timed out", "40015", "40725", "45001", "40200", "41114"}),
)
"""https://www.bitget.com/api-doc/contract/error-code/restapi"""

WORKING: Final = Call(method="fetch_open_orders", args=("{symbol}",), many=True)
WORKING_STOPS: Final = Call(
    method="fetch_open_orders",
    args=("{symbol}", None, None),
    params={"trigger": True},
    many=True,
)

PROFILE: Final = Profile(
    venue="bitget",
    name="Bitget linear swaps",
    kind="swap",
    client_id=ClientId(pattern=r"[.A-Z:/a-z0-9_-]{1,40}", reuse=IdReuse.AFTER_HOURS),
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
        ),
        fetch=Call(method="fetch_order", args=("{venue_order}", "{symbol}"), closed=True),
        cancel=Call(method="cancel_order", args=("", "{symbol}"), params={"clientOrderId": "{id}"}),
        working=WORKING,
    ),
    stop=Way(
        types={OrderType.STOP: "market", OrderType.STOP_LIMIT: "limit"},
        params={"triggerPrice": "{trigger}", "triggerType": "fill_price"},
        find=(
            Call(
                method="fetch_open_orders",
                args=("{symbol}", None, None),
                params={"trigger": True, "planType": "normal_plan", "clientOrderId": "{id}"},
                many=True,
            ),
            Call(
                method="fetch_canceled_and_closed_orders",
                args=("{symbol}", None, None),
                params={"trigger": True, "planType": "normal_plan", "clientOrderId": "{id}"},
                many=True,
                closed=True,
            ),
        ),
        fetch=Call(
            method="fetch_open_orders",
            args=("{symbol}", None, None),
            params={"trigger": True, "planType": "normal_plan", "orderId": "{venue_order}"},
            many=True,
        ),
        cancel=Call(
            method="cancel_order",
            args=("", "{symbol}"),
            params={"trigger": True, "planType": "normal_plan", "clientOrderId": "{id}"},
        ),
        working=WORKING_STOPS,
    ),
    codes=CODES,
    hosts=("api.bitget.com", "ws.bitget.com"),
    clock=Clock.WINDOW,
    limits=Limits(window_s=1, weight=10),
    # "uta": what the account is would be asked before the first order
    options={"defaultType": "swap", "fetchMarkets": {"types": ["swap"]}, "uta": False},
    reduce_only="reduceOnly",
    position_mode=Call(method="fetch_position_mode", args=("{symbol}",)),
    tags=("X-CHANNEL-API-CODE",),
    side_effects=(
        SideEffect(
            code="broker_id",
            text="Every request would carry ccxt's channel code.",
            off="X-CHANNEL-API-CODE",
        ),
        SideEffect(
            code="account_mode",
            text="ccxt would ask before the first order whether the account is a unified one;"
            " a classic account is taken for granted.",
            off="uta",
        ),
    ),
)
