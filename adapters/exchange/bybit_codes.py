"""Bybit's documented error codes, as far as this exchange can say them.

Rules of this file
1. Bybit answers errors with HTTP 200 and a ``retCode``; the sentences are its own (V5 error page).
"""

from __future__ import annotations

from typing import Final

from adapters.exchange.orders import Reason, Rejected

CODES: Final = {
    "10000": "Server Timeout",
    "10001": "params error",
    "10002": "invalid request, please check your server timestamp or recv_window param",
    "10003": "API key is invalid.",
    "10004": "error sign!",
    "10005": "Permission denied, please check your API key permissions.",
    "10006": "Too many visits. Exceeded the API Rate Limit.",
    "10007": "User authentication failed.",
    "10010": "Unmatched IP, please check your API key's bound IP addresses.",
    "10016": "Server error.",
    "10018": "Exceeded the IP Rate Limit.",
    "10024": "Compliance rules triggered",
    "10027": "Transactions are banned.",
    "33004": "Your api key has expired.",
    "110001": "order not exists or too late to cancel",
    "110003": "Order price exceeds the allowable range.",
    "110004": "Wallet balance is insufficient",
    "110007": "ab not enough for new order",
    "110010": "The order has been cancelled",
    "110017": "current position is zero, cannot fix reduce-only order qty",
    "110020": "Not allowed to have more than 500 active orders",
    "110025": "Position mode is not modified",
    "110043": "leverage not modified",
    "110072": "OrderLinkedID is duplicate",
    "110074": "closed symbol error, this contract is not live",
    "110079": "The order is processing and can not be operated, please try again later",
    "110092": "expect Rising, but trigger_price is not above the current price",
    "110093": "expect Falling, but trigger_price is not below the current price",
    "110094": "Order does not meet minimum order value 5USDT",
    "10404": "invalid category or endpoint",
}
"""Code -> sentence."""

REASONS: Final = {
    Reason.UNKNOWN_MARKET: "10001",
    Reason.MARKET_HALTED: "110074",
    Reason.TICK: "110003",
    Reason.LOT: "10001",
    Reason.QUANTITY_MIN: "10001",
    Reason.QUANTITY_MAX: "10001",
    Reason.NOTIONAL_MIN: "110094",
    Reason.DUPLICATE_ID: "110072",
    Reason.FUNDS: "110007",
    Reason.REDUCE_ONLY: "110017",
    Reason.UNKNOWN_ORDER: "110001",
    Reason.ORDER_ENDED: "110001",
    Reason.NOTHING_CHANGED: "10001",
    Reason.ORDERS_MAX: "110020",
}
"""What the engine refuses, in Bybit's codes. ``WOULD_TRIGGER`` depends on the direction."""

SENTENCES: Final = {
    Reason.UNKNOWN_MARKET: "params error: symbol invalid",
    Reason.LOT: "Qty invalid",
    Reason.QUANTITY_MIN: "The number of contracts exceeds minimum limit allowed",
    Reason.QUANTITY_MAX: "The number of contracts exceeds maximum limit allowed",
    Reason.NOTHING_CHANGED: "order not modified",
}
"""Where the same code has several sentences."""


def code_of(rejected: Rejected, *, rising: bool = True) -> tuple[str, str]:
    """Return code and sentence of what the engine refused."""
    if rejected.reason is Reason.WOULD_TRIGGER:
        code = "110092" if rising else "110093"
    else:
        code = REASONS[rejected.reason]
    return code, SENTENCES.get(rejected.reason, CODES[code])
