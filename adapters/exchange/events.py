"""What the engine tells those who listen: each event is a copy that nobody changes any more."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from adapters.exchange.accounts import Cause, Movement
from adapters.exchange.orders import Order, Side, Trade


class What(StrEnum):
    """What happened to an order."""

    NEW = "new"
    TRIGGERED = "triggered"
    TRADE = "trade"
    AMENDED = "amended"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """An order as it was right after something happened to it; ``trade`` with ``What.TRADE``."""

    what: What
    order: Order
    trade: Trade | None
    time_ns: int

    @property
    def account(self) -> str:
        """Return whose order it is."""
        return self.order.account


@dataclass(frozen=True, slots=True)
class MoneyChanged:
    """An account's money or positions changed; ``movement`` when it was a booking beside trades."""

    account: str
    cause: Cause
    assets: tuple[str, ...]
    symbols: tuple[str, ...]
    movement: Movement | None
    time_ns: int


@dataclass(frozen=True, slots=True)
class Printed:
    """A trade that the public sees. ``side``: who came to trade."""

    id: int
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    time_ns: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """The best prices of a market may have changed."""

    symbol: str
    time_ns: int


Event = OrderChanged | MoneyChanged | Printed | Quoted
