"""Kraken spot."""

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
    Way,
)
from core.orders import OrderType

CODES: Final = Codes(
    paths=("error.0",),
    texts=(),
    duplicate=frozenset({"EOrder:Duplicate cl_ord_id", "EGeneral:Invalid arguments:cl_ord_id"}),
    refused=frozenset(
        {
            "EOrder:Insufficient funds",
            "EOrder:Insufficient margin",
            "EOrder:Order minimum not met",
            "EOrder:Cost minimum not met",
            "EOrder:Tick size check failed",
            "EOrder:Invalid price",
            "EOrder:Invalid price:Invalid price argument",
            "EOrder:Post only order",
            "EOrder:Reduce only:No position exists",
            "EOrder:Trading agreement required",
            "EGeneral:Invalid arguments",
            "EGeneral:Invalid arguments:price",
            "EGeneral:Invalid arguments:volume",
            "EGeneral:Invalid arguments:ordertype",
            "EQuery:Unknown asset pair",
            "EQuery:Invalid asset pair",
        }
    ),
    passing=frozenset({"EOrder:Orders limit exceeded", "EOrder:Positions limit exceeded"}),
    throttled=frozenset(
        {"EAPI:Rate limit exceeded", "EOrder:Rate limit exceeded", "EGeneral:Too many requests"}
    ),
    banned=frozenset({"EGeneral:Temporary lockout"}),
    nonce=frozenset({"EAPI:Invalid nonce"}),
    fatal=frozenset(
        {"EAPI:Invalid key", "EAPI:Invalid signature", "EGeneral:Permission denied"}
        | {"ETrade:User Locked", "EAccount:Invalid permissions", "EAuth:Account temporary disabled"}
    ),
    maintenance=frozenset(
        {"EService:Market in cancel_only mode", "EService:Market in post_only mode"}
    ),
    absent=frozenset({"EOrder:Unknown order", "EOrder:Invalid order"}),
    unknown=frozenset(
        {"EService:Unavailable", "EService:Busy", "EService:Timeout", "EService:Deadline elapsed"}
        | {"EGeneral:Internal error", "EDatabase:Internal error", "EGeneral:Unknown error"}
    ),
)
"""https://docs.kraken.com/api/docs/guides/general-errors"""

WORKING: Final = Call(method="fetch_open_orders", args=("{symbol}",), many=True)
FETCH: Final = Call(method="fetch_order", args=("{venue_order}", "{symbol}"), closed=True)
CANCEL: Final = Call(
    method="cancel_order", args=(None, "{symbol}"), params={"clientOrderId": "{id}"}
)
# fetch_order would send our id as `userref`, which is another field
FIND: Final = (
    Call(
        method="fetch_open_orders",
        args=("{symbol}", None, None),
        params={"clientOrderId": "{id}"},
        many=True,
    ),
    Call(
        method="fetch_closed_orders",
        args=("{symbol}", None, None),
        params={"clientOrderId": "{id}"},
        many=True,
        closed=True,
    ),
)

PROFILE: Final = Profile(
    venue="kraken",
    name="Kraken spot",
    kind="spot",
    # our 26 characters are too long for its free text (18), and too short for a UUID
    client_id=ClientId(
        pattern=r"[0-9a-f]{32}|[ -~]{1,18}", reuse=IdReuse.AFTER_FILL, form=IdForm.HEX
    ),
    plain=Way(
        types={OrderType.MARKET: "market", OrderType.LIMIT: "limit"},
        find=FIND,
        fetch=FETCH,
        cancel=CANCEL,
        working=WORKING,
    ),
    stop=Way(
        types={OrderType.STOP: "market", OrderType.STOP_LIMIT: "limit"},
        params={"stopLossPrice": "{trigger}"},
        find=FIND,
        fetch=FETCH,
        cancel=CANCEL,
        working=WORKING,
    ),
    codes=CODES,
    hosts=("api.kraken.com", "ws.kraken.com", "ws-auth.kraken.com"),
    clock=Clock.NONCE,
    # prices are public: they are counted by address, about one a second, and not by this counter
    limits=Limits(
        window_s=45,
        weight=15,
        calls={"create_order": 0, "cancel_order": 0, "fetch_ticker": 0, "fetch_tickers": 0},
    ),
    reads=tuple(
        f"/0/private/{name}"
        for name in (
            "Balance",
            "BalanceEx",
            "TradeBalance",
            "OpenOrders",
            "ClosedOrders",
            "QueryOrders",
            "TradesHistory",
            "QueryTrades",
            "Ledgers",
            "GetWebSocketsToken",
            "GetApiKeyInfo",
        )
    ),
    snapshot_at_subscribe=True,
    status="fetch_status",
)
