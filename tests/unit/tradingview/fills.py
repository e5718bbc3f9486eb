"""What TradingView puts into a message: its values on one chart, for an entry, an exit, a flip."""

from __future__ import annotations

from typing import Final

CHART: Final = {
    "ticker": "BTCUSDT",
    "exchange": "BINANCE",
    "interval": "60",
    "open": "27400",
    "high": "27500",
    "low": "27390.5",
    "close": "27455.31",
    "volume": "12.5",
    "time": "2026-01-20T14:00:00Z",
    "timenow": "2026-01-20T14:30:00Z",
    "plot_0": "27300.433333333334",
    "plot_1": "27600",
    "plot_2": "27700.5",
    "plot_3": "27800",
}
"""The values that every alert has; stop and targets of a long position are plotted."""

SHORT_PLOTS: Final = {
    "plot_0": "27600.1",
    "plot_1": "27300",
    "plot_2": "27200.5",
    "plot_3": "27100",
}
"""Stop and targets of a short position."""


def _order(action: str, contracts: str, name: str, before: str, after: str) -> dict[str, str]:
    words = {True: "short", False: "long"}
    side = {size: "flat" if size == "0" else words[size[0] == "-"] for size in (before, after)}
    return {
        **CHART,
        **(SHORT_PLOTS if side[after] == "short" else {}),
        "strategy.order.action": action,
        "strategy.order.contracts": contracts,
        "strategy.order.price": "27455.3",
        "strategy.order.id": name,
        "strategy.order.comment": name,
        "strategy.market_position": side[after],
        "strategy.market_position_size": after.lstrip("-"),
        "strategy.position_size": after,
        "strategy.prev_market_position": side[before],
        "strategy.prev_market_position_size": before.lstrip("-"),
    }


LONG: Final = _order("buy", "2", "Long", "0", "2")
"""From flat to long."""

OUT: Final = _order("sell", "2", "Close entry(s) order Long", "2", "0")
"""From long to flat."""

FLIP: Final = _order("sell", "4", "Short", "2", "-2")
"""From long to short: the contracts are those that close and those that open."""
