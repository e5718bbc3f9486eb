"""A signal: what a strategy asks for, in the words of the domain and of no platform.

Rules of this file
1. A signal says what is wanted. It does not know accounts, quantities in lots or prices of today.
2. What the message did not carry is ``None``; nothing is filled in from a default here.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from core.levels import Protection
from core.money import must_be_finite
from core.orders import OrderType


class Action(StrEnum):
    """What the strategy asks for."""

    BUY = "buy"
    SELL = "sell"
    EXIT = "exit"
    CANCEL = "cancel"
    TARGET = "target"
    HEARTBEAT = "heartbeat"


class Effect(StrEnum):
    """What a buy or a sell may do to the position of its strategy.

    ``auto``: read from the position hints where the message has them, else from the position that
    the strategy has.
    """

    OPEN = "open"
    CLOSE = "close"
    AUTO = "auto"


class QuantityUnit(StrEnum):
    """What the number in ``quantity`` counts."""

    UNITS = "units"  # of the instrument: coins, contracts, lots
    QUOTE = "quote"  # value in the instrument's currency
    EQUITY_PERCENT = "equity_percent"  # percent of the account's equity, 5 = 5 %
    RISK_QUOTE = "risk_quote"  # money of the instrument's currency that is lost at the stop
    RISK_PERCENT = "risk_percent"  # percent of the account's equity that is lost at the stop
    POSITION_PERCENT = "position_percent"  # percent of the own position; exits only


class Hint(StrEnum):
    """A position as the sender sees its own: before the order (``prev_position``) or after it
    (``position``)."""

    LONG = "long"
    SHORT = "short"
    FLAT = "flat"


class Signal(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """One instruction of one strategy. Times are UTC nanoseconds.

    ``symbol`` is as the sender wrote it, case and all. ``price`` is the limit of a limit or
    stop-limit order; on a market or stop order it is the sender's own price, kept to measure
    slippage and never used as an order price. ``trigger`` is the price at which a stop or
    stop-limit order becomes active. ``quantity`` is ``None`` when the message has none: the route's
    own quantity, or for an exit everything. ``protection``: stop and targets of the position that
    it opens or holds. ``target_position``: the signed position that is wanted, in the unit of
    ``quantity_unit``; it is what a ``target`` carries instead of a quantity. ``position_size``,
    ``prev_position_size``: the sender's own position after and before, without a sign.
    ``signal_price``: the price that the sender saw, where ``price`` is that of the order.
    ``max_age_ns``: the largest age at which the sender wants it served; the route's own holds too.
    ``sequence``: the number that its script counts its alerts with, from 1. ``stream``: a word of
    the sender's own by which one script is told from another of the same strategy and symbol.
    """

    strategy: str
    action: Action
    symbol: str = ""
    id: str | None = None
    effect: Effect = Effect.AUTO
    quantity: Decimal | None = None
    quantity_unit: QuantityUnit | None = None
    order_type: OrderType = OrderType.MARKET
    price: Decimal | None = None
    trigger: Decimal | None = None
    time_ns: int | None = None
    position: Hint | None = None
    prev_position: Hint | None = None
    comment: str = ""
    protection: Protection | None = None
    target_position: Decimal | None = None
    position_size: Decimal | None = None
    prev_position_size: Decimal | None = None
    signal_price: Decimal | None = None
    max_age_ns: int | None = None
    sequence: int | None = None
    stream: str = ""

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(
            self.quantity,
            self.price,
            self.trigger,
            self.target_position,
            self.position_size,
            self.prev_position_size,
            self.signal_price,
        )


class Misread(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A message that is no signal, as a value: its code, the field, and the facts for the sentence.

    ``field`` is the name in the sender's own message, empty when it is the message as a whole.
    ``like``: the dialect that the message plainly is of, where it was read in another one: a word
    for the fix, and nothing else.
    """

    code: str
    field: str = ""
    value: str = ""
    limit: str = ""
    like: str = ""
