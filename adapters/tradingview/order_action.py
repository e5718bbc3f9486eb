"""The shape that most open programs copy: a ``strategy`` object with an order action and the
position, beside a passphrase and a bar.

Rules of this file
1. It is the order of a strategy: the positions before and after say what it does, and on a turn how
   much it opens. ``position_size`` has a sign, ``market_position_size`` has none.
2. ``order_price`` is the fill in TradingView's simulator: it informs, and is never a limit.
3. Without any position the same words may mean an entry or an exit: refused.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from adapters.tradingview.json_rows import OURS, Row, number, text, time, word
from adapters.tradingview.json_table import Table, Values, addressed, read_by
from adapters.tradingview.numbers import signed
from adapters.tradingview.positions import FLAGS, take_part
from adapters.tradingview.reading import Fault, Reading
from adapters.tradingview.terms import Terms
from core.money import ZERO, plain
from core.signals import Action, Hint, QuantityUnit

_ORDERS: Final = {"buy": Action.BUY, "sell": Action.SELL}
_AFTER: Final = "strategy.market_position"
_SIZE: Final = "strategy.market_position_size"
_SIGNED: Final = "strategy.position_size"


def _placeholder(name: str, source: str) -> str:
    return f'"{name}": "{{{{strategy.{source}}}}}"'


TABLE: Final = Table(
    "this shape",
    {
        "id": OURS["id"],
        "token": OURS["token"],
        "passphrase": text("token", '"passphrase": "the token of the route"'),
        "time": time('"time": "{{timenow}}"'),
        "exchange": text("", '"exchange": "{{exchange}}"', like="symbol"),
        "ticker": text("symbol", '"ticker": "{{ticker}}"'),
        "strategy.order_action": word(
            "action", _ORDERS, _placeholder("order_action", "order.action")
        ),
        "strategy.order_contracts": number(
            "quantity", _placeholder("order_contracts", "order.contracts")
        ),
        "strategy.order_price": number("signal_price", _placeholder("order_price", "order.price")),
        "strategy.order_id": text("comment", _placeholder("order_id", "order.id")),
        _SIGNED: Row("", signed, _placeholder("position_size", "position_size"), number=True),
        _AFTER: word("position", FLAGS, _placeholder("market_position", "market_position")),
        _SIZE: number(
            "position_size",
            _placeholder("market_position_size", "market_position_size"),
            any_sign=True,
        ),
        "strategy.prev_market_position": word(
            "prev_position", FLAGS, _placeholder("prev_market_position", "prev_market_position")
        ),
        "strategy.prev_market_position_size": number(
            "prev_position_size",
            _placeholder("prev_market_position_size", "prev_market_position_size"),
            any_sign=True,
        ),
    },
    silent=("bar", "interval", "strategy.order_comment", "strategy.order_alert_message"),
)
"""Its fields."""


def read(body: bytes, terms: Terms) -> Reading:
    """Read one alert. Never raises."""
    return read_by(TABLE, body, terms, _complete)


def _complete(native: Values, values: Values, terms: Terms) -> None:
    for path in ("ticker", "strategy.order_action", "strategy.order_contracts"):
        if path not in values:
            raise TABLE.missing(path)
    addressed(values, "exchange", terms.exchange)
    native["quantity_unit"] = QuantityUnit.UNITS
    if _SIGNED in values:
        _take_signed(native, values)
    elif _AFTER not in values:
        raise TABLE.missing(_SIGNED)
    take_part(native)


def _take_signed(native: Values, values: Values) -> None:
    """Take the position afterwards from the number with a sign, and the one before from it and the
    order: nothing but the order lies between them."""
    after = values[_SIGNED]
    hint, size = native.setdefault("position", _hint(after)), abs(after)
    if hint is not _hint(after):
        raise Fault("position_size_contradicts", _SIGNED, plain(after), f"market_position {hint}")
    if abs(native.setdefault("position_size", size)) != size:
        other = f"market_position_size {plain(values[_SIZE])}"
        raise Fault("position_size_contradicts", _SIGNED, plain(after), other)
    if "prev_position" not in native and "prev_position_size" not in native:
        change = native["quantity"] if native["action"] is Action.BUY else -native["quantity"]
        before = after - change
        native["prev_position"], native["prev_position_size"] = _hint(before), abs(before)


def _hint(size: Decimal) -> Hint:
    if size == ZERO:
        return Hint.FLAT
    return Hint.LONG if size > ZERO else Hint.SHORT
