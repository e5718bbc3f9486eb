"""Binance USD-M futures: perpetual swaps in USDT and USDC.

Since 2025 orders with a trigger are a family of their own there ("algo orders"), with their own
ids, their own look-up and their own cancel.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from adapters.ccxt.profile import Call, Clock, Limits, Profile, SideEffect, Way
from adapters.ccxt.profiles import binance
from core.orders import OrderType

CODES: Final = replace(
    binance.CODES,
    duplicate=frozenset({"-4116", "-4115", "-2010 Duplicate order sent"}),
    refused=binance.CODES.refused
    | {
        "-2018",  # balance
        "-2019",  # margin
        "-2021",  # would trigger at once
        "-2022",  # reduce-only rejected
        "-2024",  # position not sufficient
        "-2027",  # beyond the leverage's limit
        "-2028",
        "-4001",
        "-4002",
        "-4003",
        "-4004",
        "-4005",
        "-4014",  # tick
        "-4015",  # form of the id
        "-4023",  # lot
        "-4061",  # position side does not match the mode
        "-4062",
        "-4118",
        "-4120",  # this type goes to the algo orders
        "-4164",  # notional below the minimum
        "-4183",
        "-4192",
        "-5028",
    },
    passing=frozenset(
        {
            "-2020",  # unable to fill
            "-2025",  # most open orders
            "-4045",  # most stop orders
            "-4067",
            "-4131",  # the best price is too far away
            "-4140",  # the symbol is not trading
            "-5021",  # fill or kill not filled
            "-5022",  # post only would take
        }
    ),
)

FETCH: Final = Call(method="fetch_order", args=("{venue_order}", "{symbol}"), closed=True)
WORKING: Final = Call(method="fetch_open_orders", args=("{symbol}",), many=True)
WORKING_STOPS: Final = Call(
    method="fetch_open_orders",
    args=("{symbol}", None, None),
    params={"trigger": True},
    many=True,
)

PROFILE: Final = Profile(
    venue="binanceusdm",
    name="Binance USD-M futures",
    kind="swap",
    proven=True,
    client_id=binance.ID,
    plain=Way(
        types={OrderType.MARKET: "market", OrderType.LIMIT: "limit"},
        find=(
            Call(
                method="fetch_order",
                args=("", "{symbol}"),
                params={"origClientOrderId": "{id}"},
                closed=True,
            ),
            WORKING,
            Call(method="fetch_orders", args=("{symbol}",), many=True, closed=True),
        ),
        fetch=FETCH,
        cancel=binance.CANCEL,
        working=WORKING,
    ),
    stop=Way(
        types={OrderType.STOP: "market", OrderType.STOP_LIMIT: "limit"},
        params={"stopLossPrice": "{trigger}"},
        find=(
            Call(
                method="fetch_order",
                args=("", "{symbol}"),
                params={"trigger": True, "clientAlgoId": "{id}"},
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
            params={"trigger": True, "clientAlgoId": "{id}"},
        ),
        working=WORKING_STOPS,
    ),
    codes=CODES,
    hosts=("fapi.binance.com", "api.binance.com", "fstream.binance.com", "ws-fapi.binance.com"),
    clock=Clock.WINDOW,
    limits=Limits(
        window_s=60,
        weight=2_400,
        calls={
            "create_order": 1,
            "cancel_order": 1,
            "edit_order": 1,
            "fetch_order": 1,
            "fetch_open_orders": 1,
            "fetch_orders": 5,
            "fetch_my_trades": 5,
            "fetch_balance": 5,
            "fetch_positions": 5,
            "fetch_positions_risk": 5,
            "fetch_ledger": 30,
            "fetch_ticker": 2,
            "fetch_bids_asks": 5,
        },
        used="x-mbx-used-weight-1m",
        orders=300,
        orders_window_s=10,
        orders_used="x-mbx-order-count-10s",
    ),
    options={
        "defaultType": "swap",
        "fetchMarkets": {"types": ["linear"]},
        "fetchMargins": False,
        "warnOnFetchOpenOrdersWithoutSymbol": False,
        # ccxt would read positions beside the stream, and cannot while numbers stay text
        "watchPositions": {"fetchPositionsSnapshot": False, "awaitPositionsSnapshot": False},
    },
    keep_alive_ms=5_000,
    reduce_only="reduceOnly",
    replace=True,
    sandbox={"sandbox": "set_sandbox_mode", "demo": "enable_demo_trading"},
    status="fetch_status",
    position_mode=Call(method="fetch_position_mode", args=("{symbol}",)),
    margin_mode=Call(method="fetch_margin_mode", args=("{symbol}",)),
    side_effects=(
        SideEffect(
            code="broker_id",
            text="An order without an id of its own would carry ccxt's broker tag; ours always"
            " have one.",
            off="always",
        ),
    ),
)
