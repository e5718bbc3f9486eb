"""What Binance answers when it does not do what it was asked, spot and USD-M.

Rules of this file
1. Code, HTTP status and text are the venue's documented ones: a connector's tables know them.
2. One reason of the engine is one code per product; where the two products differ, both stand here.
3. An unknown outcome is never made here: those are faults, and ``faults`` has them.
"""

from __future__ import annotations

from typing import Final

from adapters.exchange.orders import Reason, Rejected


class BinanceRefused(Exception):
    """The request was not done. ``status`` is that of HTTP; ``code`` and ``message`` the body."""

    def __init__(
        self, code: int, message: str = "", *, status: int = 0, retry_after_s: int = 0
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message or MESSAGES.get(code, "An unknown error occurred.")
        self.status = status or STATUSES.get(code, 400)
        self.retry_after_s = retry_after_s
        self.data: dict[str, object] | None = None
        """What a request of two parts adds: which of them was done."""

    @property
    def body(self) -> dict[str, object]:
        """Return the JSON that the venue sends."""
        body: dict[str, object] = {"code": self.code, "msg": self.message}
        return body if self.data is None else body | {"data": self.data}


STATUSES: Final[dict[int, int]] = {
    -1000: 500,
    -1001: 500,
    -1002: 401,
    -1003: 429,
    -1006: 503,
    -1007: 408,
    -1008: 503,
    -1015: 429,
    -2014: 401,
    -2015: 401,
}
"""HTTP status of a code where it is not 400."""

MESSAGES: Final[dict[int, str]] = {
    -1000: "An unknown error occurred while processing the request.",
    -1001: "Internal error; unable to process your request. Please try again.",
    -1002: "You are not authorized to execute this request.",
    -1003: "Too much request weight used; please use WebSocket Streams for live updates to avoid"
    " polling the API.",
    -1006: "An unexpected response was received from the message bus. Execution status unknown.",
    -1007: "Timeout waiting for response from backend server. Send status unknown; execution"
    " status unknown.",
    -1008: "Server is currently overloaded with other requests. Please try again in a few minutes.",
    -1013: "Filter failure: LOT_SIZE",
    -1015: "Too many new orders.",
    -1021: "Timestamp for this request is outside of the recvWindow.",
    -1022: "Signature for this request is not valid.",
    -1100: "Illegal characters found in a parameter.",
    -1101: "Too many parameters sent for this endpoint.",
    -1102: "A mandatory parameter was not sent, was empty/null, or malformed.",
    -1106: "A parameter was sent when not required.",
    -1111: "Precision is over the maximum defined for this asset.",
    -1115: "Invalid timeInForce.",
    -1116: "Invalid orderType.",
    -1117: "Invalid side.",
    -1121: "Invalid symbol.",
    -1125: "This listenKey does not exist.",
    -1131: "'recvWindow' must be less than 60000",
    -2010: "NEW_ORDER_REJECTED",
    -2011: "Unknown order sent.",
    -2013: "Order does not exist.",
    -2014: "API-key format invalid.",
    -2015: "Invalid API-key, IP, or permissions for action.",
    -2018: "Balance is insufficient.",
    -2019: "Margin is insufficient.",
    -2021: "Order would immediately trigger.",
    -2022: "ReduceOnly Order is rejected.",
    -2025: "Reach max open order limit.",
    -2026: "This OrderType is not supported when reduceOnly.",
    -4003: "Quantity less than or equal to zero.",
    -4004: "Quantity less than min quantity.",
    -4005: "Quantity greater than max quantity.",
    -4014: "Price not increased by tick size.",
    -4015: "Client order id is not valid.",
    -4028: "Leverage is not valid.",
    -4046: "No need to change margin type.",
    -4047: "Margin type cannot be changed if there exists open orders.",
    -4048: "Margin type cannot be changed if there exists position.",
    -4059: "No need to change position side.",
    -4061: "Order's position side does not match user's setting.",
    -4067: "Position side cannot be changed if there exists open orders.",
    -4068: "Position side cannot be changed if there exists position.",
    -4116: "ClientOrderId is duplicated.",
    -4120: "Order type not supported for this endpoint. Please use the Algo Order API endpoints"
    " instead.",
    -4141: "Symbol is closed.",
    -4164: "Order's notional must be no smaller than 5 (unless you choose reduce only).",
    -4171: "No need to change asset mode.",
    -5021: "Due to the order could not be filled immediately, the FOK order has been rejected. The"
    " order will not be recorded in the order history.",
    -5022: "Due to the order could not be executed as maker, the Post Only order will be rejected."
    " The order will not be recorded in the order history.",
    -5025: "Only limit order is supported.",
    -5027: "No need to modify the order.",
}
"""The text of a code where the venue has one text for it."""

SPOT: Final[dict[Reason, tuple[int, str]]] = {
    Reason.UNKNOWN_MARKET: (-1121, ""),
    Reason.MARKET_HALTED: (-1013, "Market is closed."),
    Reason.TICK: (-1013, "Filter failure: PRICE_FILTER"),
    Reason.LOT: (-1013, "Filter failure: LOT_SIZE"),
    Reason.QUANTITY_MIN: (-1013, "Filter failure: LOT_SIZE"),
    Reason.QUANTITY_MAX: (-1013, "Filter failure: LOT_SIZE"),
    Reason.NOTIONAL_MIN: (-1013, "Filter failure: NOTIONAL"),
    Reason.ORDERS_MAX: (-1013, "Filter failure: MAX_NUM_ORDERS"),
    Reason.DUPLICATE_ID: (-2010, "Duplicate order sent."),
    Reason.FUNDS: (-2010, "Account has insufficient balance for requested action."),
    Reason.POST_ONLY: (-2010, "Order would immediately match and take."),
    Reason.WOULD_TRIGGER: (-2010, "Stop price would trigger immediately."),
    Reason.UNKNOWN_ORDER: (-2011, ""),
    Reason.ORDER_ENDED: (-2011, ""),
}
"""What spot says for a reason of the engine."""

USDM: Final[dict[Reason, tuple[int, str]]] = {
    Reason.UNKNOWN_MARKET: (-1121, ""),
    Reason.MARKET_HALTED: (-4141, ""),
    Reason.TICK: (-4014, ""),
    Reason.LOT: (-1111, ""),
    Reason.QUANTITY_MIN: (-4004, ""),
    Reason.QUANTITY_MAX: (-4005, ""),
    Reason.NOTIONAL_MIN: (-4164, ""),
    Reason.ORDERS_MAX: (-2025, ""),
    Reason.DUPLICATE_ID: (-4116, ""),
    Reason.FUNDS: (-2019, ""),
    Reason.REDUCE_ONLY: (-2022, ""),
    Reason.POST_ONLY: (-5022, ""),
    Reason.TIME_IN_FORCE: (-5021, ""),
    Reason.WOULD_TRIGGER: (-2021, ""),
    Reason.NOTHING_CHANGED: (-5027, ""),
    Reason.UNKNOWN_ORDER: (-2011, ""),
    Reason.ORDER_ENDED: (-2011, ""),
}
"""What USD-M says for a reason of the engine."""


def refused(words: dict[Reason, tuple[int, str]], rejected: Rejected) -> BinanceRefused:
    """Put a reason of the engine into the venue's words."""
    code, message = words.get(rejected.reason, (-2010, rejected.reason.value))
    return BinanceRefused(code, message)


def malformed(name: str) -> BinanceRefused:
    """Say that a mandatory parameter is missing or no value of its kind."""
    return BinanceRefused(
        -1102,
        f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.",
    )
