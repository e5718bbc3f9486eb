"""Names that no table knows, and the words in them by which they change an order."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from adapters.tradingview import DIALECTS, Terms
from adapters.tradingview.name_words import INFORMS, STEMS, TELLING, WORDS, why_of

LEVELS: Final = (
    *("trailing_stop_loss", "trailingStopLoss", "tsl", "stop_loss_pct", "stopLossPct", "sl_ticks"),
    *("slTriggerPx", "stop_distance", "hard_stop", "tp1_pct", "tpTriggerPx", "targetPrice"),
    *("s/l", "T-P", "stopkurs", "slpoints", "tplevel", "SLVALUE"),
    *("takeprofitpct", "callbackRate", "tp_levels", "move_sl_to_be", "TPPrice"),
)
SIZES: Final = (
    *("qty_percent", "qtyPct", "position_percent", "sizePct", "tradeAmount", "num_contracts"),
    *("riskusd", "usdqty", "Ordersize"),
    *("riskPerTrade", "stake_amount", "lotsize", "capital_pct", "close_percent"),
)
WAYS: Final = (
    *("exit_only", "onlyClose", "posSide", "trade_side", "buySell", "limitPx", "price_offset"),
    *("expirationTime", "entryExpirationTime", "close_after", "cancelOpenOrders", "leverage_x"),
    *("isIsolated", "hedge_mode", "max_open_trades", "maxSpread", "validate_only", "what_if"),
    *("partial_close", "flat_first", "accountName", "putCall", "tdMode", "slippage_tolerance"),
)
INFORMING: Final = (
    *("stop_reason", "targetName", "exit_comment", "tick_size", "net_profit", "price_change"),
    *("prev_close", "timeframe", "confidence", "macd", "session", "outside", "topping", "slope"),
)

ALERTS: Final[dict[str, dict[str, Any]]] = {
    "native": {"strategy": "trend", "symbol": "X", "action": "buy", "effect": "open"},
    "traderspost": {"ticker": "X", "action": "buy"},
    "order_action": {
        "ticker": "X",
        "strategy": {"order_action": "buy", "order_contracts": 1, "position_size": 1},
    },
    "3commas": {"tv_instrument": "X", "action": "enter_long"},
    "openalgo": {"symbol": "X", "action": "BUY", "quantity": "1"},
    "okx": {"instrument": "X", "action": "ENTER_LONG"},
    "metaapi": {"symbol": "X", "type": "POSITION_TYPE_BUY", "volume": 1},
    "junta": {"market": "X", "order": "buy", "position": "long", "reverse": False, "size": "1"},
    "wundertrading_json": {"code": "ENTER-LONG_B_X_bot_4H_abc"},
}
TERMS: Final = Terms(strategy="trend", exchange="B")


def code(dialect: str, message: dict[str, Any]) -> str:
    """Read a message; return the code of its refusal, or nothing."""
    misread = DIALECTS[dialect].read(json.dumps(message).encode(), TERMS).misread
    return "" if misread is None else misread.code


@pytest.mark.parametrize("dialect", ALERTS)
@pytest.mark.parametrize("name", [*LEVELS, *SIZES, *WAYS])
def test_refuses_what_speaks_of_an_order(dialect: str, name: str) -> None:
    """A name that somebody made up still says what it is for: without it another order is made."""
    assert not code(dialect, ALERTS[dialect])

    assert code(dialect, {**ALERTS[dialect], name: "1.5"}) in (
        *("field_unknown", "option_unsupported"),
    )


@pytest.mark.parametrize("dialect", ALERTS)
@pytest.mark.parametrize("name", INFORMING)
def test_lets_what_informs_through(dialect: str, name: str) -> None:
    """A word of telling at the end, a number of the market, part of a longer word: no order."""
    assert not code(dialect, {**ALERTS[dialect], name: "1.5"})


@pytest.mark.parametrize("name", ["stop_loss_pct", "trailingDistance", "qty", "leverage", "action"])
def test_looks_inside(name: str) -> None:
    """A piece of an order inside of an object is one too; a bar inside of one is not."""
    alert = ALERTS["native"]

    assert "field_unknown" == code("native", {**alert, "manage": {name: "1"}})
    assert not code("native", {**alert, "bar": {"close": 1, "volume": 2}, "macd": {"signal": 1}})


def test_the_table_is_plain() -> None:
    """Each word stands once, in lower case, and none takes back what another says."""
    words = [word for group in WORDS.values() for word in group]

    assert len(words) == len(set(words))
    assert words == [word.lower() for word in words]
    assert not set(words) & TELLING
    assert all(why_of(name) is None for name in INFORMS)
    assert set(STEMS.values()) <= set(WORDS)
