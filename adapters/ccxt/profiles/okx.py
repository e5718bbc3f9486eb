"""OKX, linear perpetual swaps."""

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
    # a batch of one: its own code stands inside, the outer one is 1 for "failed"
    paths=("data.0.sCode", "code"),
    texts=("data.0.sMsg", "msg"),
    fine=frozenset({"0"}),
    duplicate=frozenset({"51016", "51011", "51065"}),
    refused=frozenset(
        {"51000", "51001", "51004", "51005", "51006", "51007", "51008", "51020", "51023"}
        | {"51031", "51100", "51101", "51112", "51116", "51118", "51119", "51120", "51121"}
        | {"51122", "51127", "51131", "51134", "51135", "51136", "51137", "51138", "51169"}
        | {"51277", "51278", "51279", "51280", "50014", "50015", "50016"}
    ),
    passing=frozenset({"51021", "51022", "51028", "51029", "51030", "51174", "51102", "51103"}),
    throttled=frozenset({"50011", "50061"}),
    nonce=frozenset({"50102"}),
    fatal=frozenset(
        {"50007", "50008", "50009", "50027", "50100", "50101", "50103", "50104", "50105"}
        | {"50106", "50107", "50110", "50111", "50112", "50113", "50114", "51009", "51024"}
        | {"51010", "51155"}
    ),
    maintenance=frozenset({"50001"}),
    absent=frozenset({"51400", "51401", "51402", "51403", "51410", "51509", "51510", "51603"}),
    changed=frozenset({"50115"}),
    unknown=frozenset({"1", "2", "50004", "50005", "50013", "50026", "51149", "51054"}),
)
"""https://www.okx.com/docs-v5/en/#error-code"""

WORKING: Final = Call(method="fetch_open_orders", args=("{symbol}",), many=True)
WORKING_STOPS: Final = Call(
    method="fetch_open_orders",
    args=("{symbol}", None, None),
    params={"trigger": True},
    many=True,
)

PROFILE: Final = Profile(
    venue="okx",
    name="OKX linear swaps",
    kind="swap",
    client_id=ClientId(pattern=r"[A-Za-z0-9]{1,32}", reuse=IdReuse.UNSAID),
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
    # ccxt would send our id as clOrdId, which the endpoint of algo orders does not keep
    stop=Way(
        types={OrderType.STOP: "market", OrderType.STOP_LIMIT: "limit"},
        id_param="algoClOrdId",
        params={"triggerPrice": "{trigger}"},
        find=(
            Call(
                method="fetch_order",
                args=("", "{symbol}"),
                params={"trigger": True, "clientOrderId": "{id}"},
                closed=True,
            ),
            WORKING_STOPS,
        ),
        fetch=Call(
            method="fetch_order",
            args=("{venue_order}", "{symbol}"),
            params={"trigger": True},
            closed=True,
        ),
        cancel=Call(
            method="cancel_order",
            args=("", "{symbol}"),
            params={"trigger": True, "clientOrderId": "{id}"},
        ),
        working=WORKING_STOPS,
    ),
    codes=CODES,
    hosts=("www.okx.com", "ws.okx.com"),
    clock=Clock.WINDOW,
    limits=Limits(window_s=2, weight=60),
    options={
        "defaultType": "swap",
        "fetchMarkets": {"types": ["swap"]},
        "createOrder": "privatePostTradeOrder",
        "brokerId": None,
    },
    reduce_only="reduceOnly",
    sandbox={"sandbox": "set_sandbox_mode"},
    status="fetch_status",
    position_mode=Call(method="fetch_position_mode", args=("{symbol}",)),
    side_effects=(
        SideEffect(
            code="broker_id",
            text="An order without an id of its own would carry ccxt's broker tag.",
            off="brokerId",
        ),
    ),
)
