"""KuCoin spot, of a classic account."""

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
    fine=frozenset({"200000"}),
    duplicate=frozenset({"126044", "126033", "400100 clientOid", "102411"}),
    refused=frozenset(
        {"200004", "230003", "210021", "260100", "400200", "400330", "400350", "400370"}
        | {"400600", "400760", "600100", "600101", "126003", "126013", "126022", "126027"}
        | {"126028", "126029", "126030", "900001", "400000", "102427", "102428"}
        | {"400100 Order size", "400100 The quantity is", "400100 Unsupported trading pair"}
        | {"400100 account.available.amount", "400100 price not in", "400100 The amount increment"}
    ),
    passing=frozenset({"126007", "126009", "126011", "200002", "200003"}),
    throttled=frozenset({"429", "429000", "1015"}),
    nonce=frozenset({"400002"}),
    fatal=frozenset(
        {"400001", "400003", "400004", "400005", "400006", "400007", "400401", "411100"}
        | {"400303", "400500", "126005", "126047", "130201"}
    ),
    absent=frozenset(
        {"100001", "126043", "order_not_exist", "100004"}
        | {"400100 order_not_exist", "400100 The order does not exist"}
    ),
    changed=frozenset({"404000", "401000"}),
    unknown=frozenset({"500000", "408000", "500", "503", "300000", "126038", "126039", "400100"}),
)
"""https://www.kucoin.com/docs-new/error-code"""

WORKING: Final = Call(method="fetch_open_orders", args=("{symbol}",), many=True)
WORKING_STOPS: Final = Call(
    method="fetch_open_orders",
    args=("{symbol}", None, None),
    params={"trigger": True},
    many=True,
)

PROFILE: Final = Profile(
    venue="kucoin",
    name="KuCoin spot",
    kind="spot",
    client_id=ClientId(pattern=r"[A-Za-z0-9_-]{1,40}", reuse=IdReuse.UNSAID),
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
        params={"stopLossPrice": "{trigger}"},
        find=(
            Call(
                method="fetch_order",
                args=("", "{symbol}"),
                params={"trigger": True, "clientOrderId": "{id}"},
            ),
            WORKING_STOPS,
        ),
        fetch=Call(
            method="fetch_order",
            args=("{venue_order}", "{symbol}"),
            params={"trigger": True},
        ),
        cancel=Call(
            method="cancel_order",
            args=("", "{symbol}"),
            params={"trigger": True, "clientOrderId": "{id}"},
        ),
        working=WORKING_STOPS,
    ),
    codes=CODES,
    hosts=("api.kucoin.com", "ws-api-spot.kucoin.com", "ws-api.kucoin.com"),
    clock=Clock.WINDOW,
    limits=Limits(
        window_s=30,
        weight=4_000,
        left="gw-ratelimit-remaining",
        reset_in_ms="gw-ratelimit-reset",
        calls={"create_order": 1, "cancel_order": 1, "fetch_order": 2, "fetch_open_orders": 2},
    ),
    # "uta": what the account is would be asked before the first order
    options={"defaultType": "spot", "fetchMarkets": {"types": ["spot"]}, "uta": False},
    reads=("/api/v1/bullet-private", "/api/v1/bullet-public"),
    status="fetch_status",
    tags=("KC-API-PARTNER", "KC-API-PARTNER-SIGN", "KC-API-PARTNER-VERIFY", "KC-BROKER-NAME"),
    side_effects=(
        SideEffect(
            code="broker_id",
            text="Every request would carry ccxt's partner name, signed.",
            off="KC-API-PARTNER",
        ),
        SideEffect(
            code="account_mode",
            text="ccxt would ask before the first order whether the account is a unified one;"
            " a classic account is taken for granted.",
            off="uta",
        ),
    ),
)
