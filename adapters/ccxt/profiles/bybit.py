"""Bybit v5, linear perpetual swaps of a unified account."""

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
    paths=("retCode",),
    texts=("retMsg",),
    fine=frozenset({"0"}),
    duplicate=frozenset({"110072", "110030", "170141", "12141"}),
    refused=frozenset(
        {
            "10001",  # a parameter
            "10029",
            "110003",  # price out of range
            "110004",  # wallet
            "110005",
            "110006",
            "110007",
            "110011",
            "110012",
            "110013",
            "110014",
            "110016",
            "110017",  # reduce-only
            "110021",
            "110022",
            "110023",
            "110025",
            "110026",
            "110037",
            "110040",
            "110042",
            "110043",
            "110044",
            "110045",
            "110049",
            "110051",
            "110052",
            "110053",
            "110057",
            "110058",
            "110070",
            "110090",
            "110092",  # trigger on the wrong side
            "110093",
            "110094",  # notional below the minimum
            "110095",
            "110096",
            "130006",
            "130021",
            "130074",
            "131001",
        }
    ),
    passing=frozenset({"110009", "110020", "110063", "110066"}),
    throttled=frozenset({"10006", "10018", "170222"}),
    nonce=frozenset({"10002"}),
    fatal=frozenset(
        {"10003", "10004", "10005", "10007", "10008", "10009", "10010", "10020", "10024"}
        | {"10027", "10028", "33004", "100028", "110065", "110067", "110068", "110069", "131004"}
    ),
    absent=frozenset({"110001", "110008", "110010", "170213"}),
    changed=frozenset({"10017", "10404"}),
    unknown=frozenset(
        {"10000", "10014", "10016", "10019", "110071", "131200", "131201", "131203"}
        | {"170001", "170007", "170032", "170035", "170146", "170147", "170149", "170150"}
        | {"170234", "170210", "170191"}
    ),
    ban_statuses=frozenset({403}),
)
"""https://bybit-exchange.github.io/docs/v5/error"""

WORKING: Final = Call(
    method="fetch_open_orders", args=("{symbol}", None, None), params={"limit": 50}, many=True
)
FIND: Final = (
    Call(
        method="fetch_open_orders",
        args=("{symbol}", None, None),
        params={"orderLinkId": "{id}"},
        many=True,
    ),
    Call(
        method="fetch_canceled_and_closed_orders",
        args=("{symbol}", None, None),
        params={"orderLinkId": "{id}"},
        many=True,
        closed=True,
    ),
)
FETCH: Final = Call(
    method="fetch_open_orders",
    args=("{symbol}", None, None),
    params={"orderId": "{venue_order}"},
    many=True,
)
CANCEL: Final = Call(method="cancel_order", args=(None, "{symbol}"), params={"orderLinkId": "{id}"})

PROFILE: Final = Profile(
    venue="bybit",
    name="Bybit linear swaps",
    kind="swap",
    proven=True,
    client_id=ClientId(pattern=r"[A-Za-z0-9_-]{1,36}", reuse=IdReuse.NEVER),
    plain=Way(
        types={OrderType.MARKET: "market", OrderType.LIMIT: "limit"},
        find=FIND,
        fetch=FETCH,
        cancel=CANCEL,
        working=WORKING,
    ),
    stop=Way(
        types={OrderType.STOP: "market", OrderType.STOP_LIMIT: "limit"},
        params={"triggerPrice": "{trigger}", "triggerDirection": "{direction}"},
        rising="ascending",
        falling="descending",
        find=FIND,
        fetch=FETCH,
        cancel=CANCEL,
        working=WORKING,
    ),
    codes=CODES,
    hosts=("api.bybit.com", "stream.bybit.com"),
    clock=Clock.WINDOW,
    limits=Limits(
        window_s=5,
        weight=600,
        left="x-bapi-limit-status",
        reset_ms="x-bapi-limit-reset-timestamp",
        orders=10,
        orders_window_s=1,
        ban_s=600,  # its documents ask for at least ten minutes after "access too frequent"
    ),
    options={
        "defaultType": "swap",
        "defaultSubType": "linear",
        "fetchMarkets": {"types": ["linear"]},
    },
    keep_alive_ms=5_000,
    reduce_only="reduceOnly",
    replace=True,
    sandbox={"sandbox": "set_sandbox_mode", "demo": "enable_demo_trading"},
    status="fetch_status",
    position_mode=Call(method="fetch_position_mode", args=("{symbol}",)),
    tags=("Referer",),
    probes=(Call(method="is_unified_enabled"),),
    side_effects=(
        SideEffect(code="broker_id", text="Orders would carry `Referer: CCXT`.", off="Referer"),
    ),
)
