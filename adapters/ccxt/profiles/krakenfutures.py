"""Kraken Futures, linear perpetual swaps of a multi-collateral account."""

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
    Way,
)
from core.orders import OrderType

CODES: Final = Codes(
    paths=("sendStatus.status", "cancelStatus.status", "batchStatus.0.status", "error"),
    texts=("errors.0.message",),
    fine=frozenset({"placed", "cancelled", "success", "edited"}),
    duplicate=frozenset({"clientOrderIdAlreadyExist"}),
    refused=frozenset(
        {
            "invalidOrderType",
            "invalidSide",
            "invalidSize",
            "invalidPrice",
            "insufficientAvailableFunds",
            "insufficientFunds",
            "selfFill",
            "maxPositionViolation",
            "wouldCauseLiquidation",
            "wouldExecute",
            "wouldNotReducePosition",
            "postWouldExecute",
            "iocWouldNotExecute",
            "outsidePriceCollar",
            "contractNotFound",
            "invalidArgument",
            "requiredArgumentMissing",
            "clientOrderIdTooLong",
            "orderLimitViolation",
        }
    ),
    passing=frozenset({"tooManySmallOrders", "tooManyOrders", "marketSuspended", "marketInactive"}),
    throttled=frozenset({"apiLimitExceeded"}),
    nonce=frozenset({"nonceBelowThreshold", "nonceDuplicate"}),
    fatal=frozenset({"authenticationError", "accountInactive", "userLocked", "permissionDenied"}),
    maintenance=frozenset({"marketUnavailable"}),
    absent=frozenset({"notFound", "orderForEditNotFound"}),
    unknown=frozenset({"Server Error", "unknownError", "unavailable", "Unavailable"}),
)
"""https://docs.kraken.com/api/docs/futures-api/trading/send-order"""

WORKING: Final = Call(method="fetch_open_orders", args=("{symbol}",), many=True)
# the order's own look-up shows what is open and what ended in the last 5 seconds
FIND: Final = (
    Call(
        method="fetch_orders",
        args=("{symbol}", None, None),
        params={"cliOrdIds": "{id}"},
        many=True,
    ),
    WORKING,
    Call(method="fetch_closed_orders", args=("{symbol}",), many=True, closed=True),
    Call(method="fetch_canceled_orders", args=("{symbol}",), many=True, closed=True),
)
FETCH: Final = Call(
    method="fetch_orders",
    args=("{symbol}", None, None),
    params={"orderIds": "{venue_order}"},
    many=True,
)
CANCEL: Final = Call(
    method="cancel_orders", args=((), "{symbol}"), params={"clientOrderIds": ("{id}",)}
)

PROFILE: Final = Profile(
    venue="krakenfutures",
    name="Kraken Futures",
    kind="swap",
    client_id=ClientId(pattern=r"[ -~]{1,100}", reuse=IdReuse.UNSAID),
    plain=Way(
        types={OrderType.MARKET: "market", OrderType.LIMIT: "limit"},
        find=FIND,
        fetch=FETCH,
        cancel=CANCEL,
        working=WORKING,
    ),
    stop=Way(
        types={OrderType.STOP: "market", OrderType.STOP_LIMIT: "limit"},
        params={"triggerPrice": "{trigger}"},
        find=FIND,
        fetch=FETCH,
        cancel=CANCEL,
        working=WORKING,
    ),
    codes=CODES,
    hosts=("futures.kraken.com",),
    clock=Clock.NONCE,
    limits=Limits(
        window_s=10,
        weight=500,
        calls={"create_order": 10, "cancel_orders": 10, "fetch_open_orders": 2},
    ),
    reduce_only="reduceOnly",
    sandbox={"sandbox": "set_sandbox_mode"},
    snapshot_at_subscribe=True,
)
