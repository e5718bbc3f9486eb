"""What a customer asks for, what an order is, and why one is not taken.

Rules of this file
1. Nothing here is of one venue: words, codes and numbers of a venue are in its dialect.
2. An ``Order`` is changed by the engine alone. Whoever hears of a change gets a copy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

ZERO: Final = Decimal(0)


class Side(StrEnum):
    """Who gives money for coins, and who coins for money."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """Return +1 for a purchase, -1 for a sale."""
        return 1 if self is Side.BUY else -1

    @property
    def other(self) -> Side:
        """Return the side that it trades with."""
        return Side.SELL if self is Side.BUY else Side.BUY


class TimeInForce(StrEnum):
    """How long an order may rest."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"


class TriggerBy(StrEnum):
    """Which price wakes a stop order."""

    LAST = "last"
    MARK = "mark"


class Status(StrEnum):
    """Where an order stands. The last four are ends."""

    UNTRIGGERED = "untriggered"
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"

    @property
    def open(self) -> bool:
        """Say whether an order of this status can still trade."""
        return self in {Status.UNTRIGGERED, Status.NEW, Status.PARTIALLY_FILLED}


class Origin(StrEnum):
    """Who made an order."""

    CLIENT = "client"
    HAND = "hand"
    LIQUIDATION = "liquidation"


class Reason(StrEnum):
    """Why an order was not taken, or why it ended before it was filled."""

    UNKNOWN_MARKET = "unknown_market"
    MARKET_HALTED = "market_halted"
    TICK = "tick"
    LOT = "lot"
    QUANTITY_MIN = "quantity_min"
    QUANTITY_MAX = "quantity_max"
    NOTIONAL_MIN = "notional_min"
    DUPLICATE_ID = "duplicate_id"
    FUNDS = "funds"
    REDUCE_ONLY = "reduce_only"
    POST_ONLY = "post_only"
    WOULD_TRIGGER = "would_trigger"
    UNKNOWN_ORDER = "unknown_order"
    ORDER_ENDED = "order_ended"
    NOTHING_CHANGED = "nothing_changed"
    ORDERS_MAX = "orders_max"
    NO_LIQUIDITY = "no_liquidity"
    TIME_IN_FORCE = "time_in_force"
    SELF_TRADE = "self_trade"
    ASKED = "asked"
    LIQUIDATION = "liquidation"
    BY_VENUE = "by_venue"


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing was done, and why."""

    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """What a customer asks for.

    ``price`` ``None``: a market order. ``quote_quantity``: spend or earn so much money instead of
    trading ``quantity`` (spot market orders). ``trigger``: sleeps until the price of
    ``trigger_by`` is at or above it (``rising``) or at or below it (not ``rising``).
    ``closes``: a stop that takes all that is held when it wakes, and ends when nothing is.
    ``words``: what the dialect wants to find again in its answers, untouched.
    """

    symbol: str
    side: Side
    quantity: Decimal = ZERO
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    trigger: Decimal | None = None
    rising: bool = True
    trigger_by: TriggerBy = TriggerBy.LAST
    client_id: str = ""
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    closes: bool = False
    origin: Origin = Origin.CLIENT
    words: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True, kw_only=True)
class Order:
    """One order of one account, as the exchange knows it.

    ``spent``: money of all its trades. ``hidden_reads``: so many queries do not see it yet.
    ``keeper``: of the market maker; nobody hears of it and no list holds it.
    """

    id: int
    account: str
    new: NewOrder
    quantity: Decimal
    price: Decimal | None
    trigger: Decimal | None
    status: Status
    created_ns: int
    updated_ns: int
    filled: Decimal = ZERO
    spent: Decimal = ZERO
    fees: dict[str, Decimal] = field(default_factory=dict)
    reason: Reason | None = None
    triggered: bool = False
    locked: Decimal = ZERO
    hidden_reads: int = 0
    keeper: bool = False

    @property
    def symbol(self) -> str:
        """Return its market."""
        return self.new.symbol

    @property
    def side(self) -> Side:
        """Return its side."""
        return self.new.side

    @property
    def client_id(self) -> str:
        """Return the name that its owner gave it."""
        return self.new.client_id

    @property
    def left(self) -> Decimal:
        """Return what has not traded yet."""
        return self.quantity - self.filled

    @property
    def average(self) -> Decimal:
        """Return the average price of its trades, 0 without any."""
        return self.spent / self.filled if self.filled else ZERO

    @property
    def words(self) -> dict[str, str]:
        """Return what the dialect wanted to find again."""
        return dict(self.new.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One execution, as one of its two sides sees it. ``match``: the same for both sides."""

    id: int
    match: int
    order: int
    client_id: str
    account: str
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    spent: Decimal
    fee: Decimal
    fee_asset: str
    maker: bool
    realised: Decimal
    origin: Origin
    time_ns: int
