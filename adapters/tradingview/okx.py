"""OKX, the signal bot: an order of a strategy with its position, or an enter or exit by name.

Rules of this file
1. ``buy`` and ``sell`` are orders of a strategy; ``marketPosition`` and ``prevMarketPosition`` say
   what they do. ``ENTER_LONG`` and the like say it themselves, and an exit only closes.
2. ``id`` is the name of the order in the script, the same on every trade: it identifies nothing.
3. Without ``maxLag`` an alert is good for a minute, as it is there.
4. Only amounts are read that need no knowledge of the bot's investment or of its leverage.
"""

from __future__ import annotations

from typing import Final

from adapters.tradingview.json_rows import OURS, lag, number, text, time, word
from adapters.tradingview.json_table import Table, Values, read_by
from adapters.tradingview.positions import ENTERS, FLAGS, take_action
from adapters.tradingview.reading import Reading
from adapters.tradingview.terms import Terms, unsupported
from core.orders import OrderType
from core.signals import Action, Effect, QuantityUnit

LAG_NS: Final = 60_000_000_000
"""The age to which an alert without ``maxLag`` is served: OKX's own minute."""

_ACTIONS: Final = {
    "buy": (Action.BUY, Effect.AUTO),
    "sell": (Action.SELL, Effect.AUTO),
    **{name.upper(): meant for name, meant in ENTERS.items()},
}
_TYPES: Final = {
    "base": QuantityUnit.UNITS,
    "percentage_position": QuantityUnit.POSITION_PERCENT,
    **{
        name: name for name in ("margin", "contract", "percentage_balance", "percentage_investment")
    },
}
_WHY: Final = {
    "margin": "what margin buys depends on the leverage at the venue",
    "contract": "how much a contract is differs from the units of an account",
    "percentage_balance": "the balance of a bot is not that of an account",
    "percentage_investment": "the investment of a bot is not known here",
}

TABLE: Final = Table(
    "a signal bot",
    {
        "strategy": OURS["strategy"],
        "id": text("comment", '"id": "{{strategy.order.id}}"'),
        "signalToken": text("token", '"signalToken": "the token of the route"'),
        "action": word("", _ACTIONS, '"action": "{{strategy.order.action}}"'),
        "marketPosition": word(
            "position", FLAGS, '"marketPosition": "{{strategy.market_position}}"'
        ),
        "prevMarketPosition": word(
            "prev_position", FLAGS, '"prevMarketPosition": "{{strategy.prev_market_position}}"'
        ),
        "instrument": text("symbol", '"instrument": "{{ticker}}"'),
        "timestamp": time('"timestamp": "{{timenow}}"'),
        "maxLag": lag('"maxLag": "60"'),
        "orderType": word(
            "order_type",
            {"market": OrderType.MARKET, "limit": OrderType.LIMIT},
            '"orderType": "market"',
            refused=("limit",),
        ),
        "investmentType": word("quantity_unit", _TYPES, '"investmentType": "base"', refused=_WHY),
        "amount": number("quantity", '"amount": "{{strategy.order.contracts}}"'),
    },
    refused={"orderPriceOffset": "a limit away from the last price is not worked out here"},
    made={"action": ("action",)},
)
"""Its fields, those of a strategy's alerts and those of all others."""


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_by(TABLE, body, terms, _complete)


def _complete(native: Values, values: Values, _: Terms) -> None:
    for path in ("instrument", "action"):
        if path not in values:
            raise TABLE.missing(path)
    if "maxLag" in values and "timestamp" not in values:
        raise TABLE.missing("timestamp")
    native.setdefault("max_age", LAG_NS)
    if native.pop("order_type", None) is OrderType.LIMIT:
        why = "its limit is an offset from the last price, which is not worked out here"
        raise unsupported("orderType", "limit", why)
    unit = native.get("quantity_unit")
    if "quantity" in native and unit is None:
        raise TABLE.missing("investmentType")
    if unit in _WHY:
        raise unsupported("investmentType", unit, _WHY[unit])
    if unit is QuantityUnit.POSITION_PERCENT and values["action"][1] is not Effect.CLOSE:
        why = "only an exit is a part of the position"
        raise unsupported("investmentType", "percentage_position", why)
    take_action(native, values["action"], TABLE)
