"""Frames as the venues document them, with what a test changes put in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from adapters.ccxt.frames.reading import Eyes
from core.ids import is_ours

OURS: Final = "0123456789abcdef0123456789"
THEIRS: Final = "web_4fX1kq"
AT_MS: Final = 1_732_300_000_000
AT_NS: Final = AT_MS * 1_000_000


def eyes(owners: Mapping[str, str] | None = None) -> Eyes:
    """Read for the account `acct`, which knows our own form of ids."""
    return Eyes(
        account="acct",
        ours=lambda name: name if is_ours(name) else "",
        clean=lambda row: "raw",
        settles=lambda market: "USDT",
        owners=owners if owners is not None else {},
    )


def spot(**changes: Any) -> dict[str, Any]:
    """Return an ``executionReport`` of Binance spot, as ws-api sends it."""
    event: dict[str, Any] = {
        "e": "executionReport",
        "E": AT_MS + 1,
        "s": "BTCUSDT",
        "c": OURS,
        "S": "BUY",
        "o": "LIMIT",
        "f": "GTC",
        "q": "1.00000000",
        "p": "50000.00000000",
        "P": "0.00000000",
        "F": "0.00000000",
        "g": -1,
        "C": "",
        "x": "NEW",
        "X": "NEW",
        "r": "NONE",
        "i": 4293153,
        "l": "0.00000000",
        "z": "0.00000000",
        "L": "0.00000000",
        "n": "0",
        "N": None,
        "T": AT_MS,
        "t": -1,
        "w": True,
        "m": False,
        "O": AT_MS,
        "Z": "0.00000000",
        "Y": "0.00000000",
        "Q": "0.00000000",
        "V": "NONE",
    }
    return {"subscriptionId": 0, "event": {**event, **changes}}


def spot_trade(number: int, quantity: str, filled: str, **changes: Any) -> dict[str, Any]:
    """Return a fill of Binance spot."""
    told: dict[str, Any] = {
        "x": "TRADE",
        "X": "PARTIALLY_FILLED",
        "l": quantity,
        "z": filled,
        "L": "50000.10",
        "n": "0.00010000",
        "N": "BNB",
        "t": number,
    }
    return spot(**{**told, **changes})


def usdm(**changes: Any) -> dict[str, Any]:
    """Return an ``ORDER_TRADE_UPDATE`` of Binance USD-M."""
    order: dict[str, Any] = {
        "s": "BTCUSDT",
        "c": OURS,
        "S": "SELL",
        "o": "LIMIT",
        "f": "GTC",
        "q": "0.010",
        "p": "50000",
        "ap": "0",
        "sp": "0",
        "x": "NEW",
        "X": "NEW",
        "i": 8886774,
        "l": "0",
        "z": "0",
        "L": "0",
        "n": "0",
        "N": "USDT",
        "T": AT_MS,
        "t": 0,
        "b": "0",
        "a": "9.91",
        "m": False,
        "R": False,
        "wt": "CONTRACT_PRICE",
        "ot": "LIMIT",
        "ps": "BOTH",
        "cp": False,
        "rp": "0",
        "V": "EXPIRE_TAKER",
        "pm": "NONE",
        "gtd": 0,
    }
    return {"e": "ORDER_TRADE_UPDATE", "E": AT_MS + 1, "T": AT_MS, "o": {**order, **changes}}


def algo(**changes: Any) -> dict[str, Any]:
    """Return an ``ALGO_UPDATE`` of Binance USD-M: an order that waits for a trigger."""
    order: dict[str, Any] = {
        "caid": OURS,
        "aid": 2148719,
        "at": "CONDITIONAL",
        "o": "STOP_MARKET",
        "s": "BTCUSDT",
        "S": "SELL",
        "ps": "BOTH",
        "f": "GTC",
        "q": "0.01",
        "X": "NEW",
        "ai": "",
        "ap": "0.00000",
        "aq": "0.00000",
        "act": "0",
        "tp": "49000",
        "p": "0",
        "V": "EXPIRE_MAKER",
        "wt": "CONTRACT_PRICE",
        "pm": "NONE",
        "cp": False,
        "pP": False,
        "R": True,
        "tt": 0,
        "gtd": 0,
        "rm": "",
    }
    return {"e": "ALGO_UPDATE", "T": AT_MS, "E": AT_MS + 1, "o": {**order, **changes}}


def bybit_order(**changes: Any) -> dict[str, Any]:
    """Return a frame of Bybit's topic ``order``."""
    order: dict[str, Any] = {
        "category": "linear",
        "symbol": "BTCUSDT",
        "orderId": "5cf98598-39a7-459e-97bf-76ca765ee020",
        "orderLinkId": OURS,
        "side": "Buy",
        "orderType": "Limit",
        "cancelType": "UNKNOWN",
        "price": "50000",
        "qty": "0.020",
        "timeInForce": "GTC",
        "orderStatus": "New",
        "reduceOnly": False,
        "leavesQty": "0.020",
        "cumExecQty": "0",
        "cumExecValue": "0",
        "cumExecFee": "0",
        "avgPrice": "",
        "createdTime": str(AT_MS),
        "updatedTime": str(AT_MS),
        "rejectReason": "EC_NoError",
        "stopOrderType": "",
        "triggerPrice": "",
        "triggerDirection": 0,
        "positionIdx": 0,
    }
    return _bybit("order", {**order, **changes})


def bybit_execution(name: str = "e-1", **changes: Any) -> dict[str, Any]:
    """Return a frame of Bybit's topic ``execution``."""
    execution: dict[str, Any] = {
        "category": "linear",
        "symbol": "BTCUSDT",
        "execFee": "0.0275",
        "execId": name,
        "execPrice": "50000.5",
        "execQty": "0.010",
        "execType": "Trade",
        "execValue": "500.005",
        "isMaker": False,
        "feeRate": "0.00055",
        "leavesQty": "0.010",
        "orderId": "5cf98598-39a7-459e-97bf-76ca765ee020",
        "orderLinkId": OURS,
        "orderPrice": "50000",
        "orderQty": "0.020",
        "orderType": "Limit",
        "stopOrderType": "UNKNOWN",
        "side": "Buy",
        "execTime": str(AT_MS),
        "closedSize": "0",
        "seq": 140612148849382,
    }
    return _bybit("execution", {**execution, **changes})


def _bybit(topic: str, *rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "5923240c6880ab-c59f-420b-9adb-3639adc9dd90",
        "topic": topic,
        "creationTime": AT_MS + 1,
        "data": list(rows),
    }


anything: Final = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["NaN", "1e999999999", "-1", "0", "Infinity", "\ud800", "9" * 5000, OURS]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*"eEosxXiqlLTCc", "data", "topic", "op"]), inner)
    ),
    max_leaves=12,
)
"""Anything that JSON can say, and some that it should not."""
