"""3Commas, the signal bot: an order of a strategy with its position, or an enter or exit by name.

Rules of this file
1. ``buy`` and ``sell`` are orders of a strategy; ``strategy_info`` says what they do. The custom
   words say it themselves, and an exit only closes.
2. ``trigger_price`` informs. ``max_lag`` is the age beyond which the alert is not served.
3. What a DCA bot is sent carries neither direction nor size, and is refused.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from adapters.tradingview.json_rows import OURS, lag, number, text, time, word
from adapters.tradingview.json_table import Table, Values, addressed, read_by
from adapters.tradingview.positions import ENTERS, FLAGS, take_action
from adapters.tradingview.reading import Reading
from adapters.tradingview.terms import Terms, unsupported
from core.signals import Action, Effect, QuantityUnit

_ACTIONS: Final = {
    "buy": (Action.BUY, Effect.AUTO),
    "sell": (Action.SELL, Effect.AUTO),
    **ENTERS,
}
_CURRENCIES: Final = {
    "base": QuantityUnit.UNITS,
    "quote": QuantityUnit.QUOTE,
    "position_percent": QuantityUnit.POSITION_PERCENT,
    "margin_percent": "margin_percent",
}
_INFO: Final = "strategy_info."

TABLE: Final = Table(
    "a signal bot",
    {
        "id": OURS["id"],
        "strategy": OURS["strategy"],
        "secret": text("token", '"secret": "the token of the route"'),
        "bot_uuid": text("", '"bot_uuid": "the id of the bot"', like="id"),
        "max_lag": lag('"max_lag": "300"'),
        "timestamp": time('"timestamp": "{{timenow}}"'),
        "trigger_price": number("signal_price", '"trigger_price": "{{close}}"'),
        "tv_exchange": text("", '"tv_exchange": "{{exchange}}"', like="symbol"),
        "tv_instrument": text("symbol", '"tv_instrument": "{{ticker}}"'),
        "action": word("", _ACTIONS, '"action": "{{strategy.order.action}}"'),
        f"{_INFO}market_position": word(
            "position", FLAGS, '"market_position": "{{strategy.market_position}}"'
        ),
        f"{_INFO}market_position_size": number(
            "position_size",
            '"market_position_size": "{{strategy.market_position_size}}"',
            any_sign=True,
        ),
        f"{_INFO}prev_market_position": word(
            "prev_position", FLAGS, '"prev_market_position": "{{strategy.prev_market_position}}"'
        ),
        f"{_INFO}prev_market_position_size": number(
            "prev_position_size",
            '"prev_market_position_size": "{{strategy.prev_market_position_size}}"',
            any_sign=True,
        ),
        "order.amount": number("quantity", '"amount": "{{strategy.order.contracts}}"'),
        "order.currency_type": word(
            "quantity_unit", _CURRENCIES, '"currency_type": "base"', refused=("margin_percent",)
        ),
    },
    refused={
        "order": "an order is at the market, with amount and currency_type",
        "strategy_info": "only the positions and their sizes are read",
    },
    zeros=("order", "strategy_info"),
    made={"action": ("action",)},
)
"""Its fields."""


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_by(TABLE, body, terms, _complete)


def _complete(native: Values, values: Values, terms: Terms) -> None:
    for path in ("tv_instrument", "action"):
        if path not in values:
            raise TABLE.missing(path)
    if "max_lag" in values and "timestamp" not in values:
        raise TABLE.missing("timestamp")
    addressed(values, "tv_exchange", terms.exchange)
    addressed(values, "bot_uuid", terms.account)
    _check_size(native, values)
    take_action(native, values["action"], TABLE)


def _check_size(native: Values, values: Values) -> None:
    """Refuse a size whose unit is not said or not done."""
    amount: Decimal | None = native.get("quantity")
    unit = native.get("quantity_unit")
    if amount is not None and unit is None:
        raise TABLE.missing("order.currency_type")
    if unit == "margin_percent":
        why = "how much margin there is depends on the leverage at the venue"
        raise unsupported("order.currency_type", "margin_percent", why)
    if unit is QuantityUnit.POSITION_PERCENT and values["action"][1] is not Effect.CLOSE:
        why = "only an exit is a part of the position"
        raise unsupported("order.currency_type", "position_percent", why)
