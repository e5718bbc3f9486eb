"""What a simulated exchange keeps: its rules, its orders, its trades.

Rules of this file
1. Rows only; what happens to them is in ``exchange``.
2. Every change has its time, so that the books can be shown as they were a moment ago.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from core.money import ZERO
from core.orders import OrderEvent, OrderType, Side


class Ids(StrEnum):
    """How a venue treats a client's order id that comes again."""

    FOR_EVER = "for_ever"  # the same order, also after years
    OPEN = "open"  # unique among open orders only
    IGNORED = "ignored"  # never compared


class Search(StrEnum):
    """What a venue shows of one order that is asked for."""

    BOOKS = "books"  # everything, at once: absence is proven
    CLOSED = "closed"  # open and closed orders, a while late
    OPEN = "open"  # open orders alone, a while late


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What one simulated venue can do, and how it behaves on a good day.

    ``lag_ns``: how old its pictures are. ``lists_fills``: it shows fills in its pictures.
    ``chunks_max``: pieces in which an order fills at most. ``heartbeat_ms``: 0 for none.
    ``linked_legs``: what one order of a group fills, the others lose. ``attached_stop``: it keeps
    the stop that an entry brings with it. ``spot``: what is sold must be owned. ``fee_in_base``:
    the fee of a buy is taken in the coin. ``hedging``: each entry is a position of its own, named
    after the order that opened it. ``stops``: it takes orders that wait for a price.
    """

    ids: Ids = Ids.FOR_EVER
    search: Search = Search.BOOKS
    lag_ns: int = 0
    lists_fills: bool = True
    replace: bool = True
    reduce_only: bool = True
    chunks_max: int = 3
    heartbeat_ms: int = 0
    currency: str = "USDT"
    balance: Decimal = Decimal(1_000_000)
    fee_percent: Decimal = Decimal("0.05")
    linked_legs: bool = False
    attached_stop: bool = False
    spot: bool = False
    fee_in_base: bool = False
    hedging: bool = False
    stops: bool = True


@dataclass(slots=True)
class Deal:
    """One execution, as it counts now. ``told``: every version of it, with its event and time.
    ``base``: its fee, where that is taken in the coin itself; ``fee`` is its worth."""

    exec_id: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    at_ns: int
    told: list[tuple[int, OrderEvent, Decimal, Decimal]] = field(default_factory=list)
    base: Decimal = ZERO


@dataclass(slots=True)
class Ticket:
    """An order at the exchange. ``order``: the client's id, empty for somebody else's order.

    ``closes``: the position that it closes, on a hedging account. ``book``: the position that it
    trades in: an instrument, or where each entry has its own the name of that.
    ``ended``: how it ended, ``None`` while it works; ``ended_ns``: when. ``group``: the legs that
    it belongs to; ``attached``: where the stop is that comes with its fills.
    """

    venue_order: str
    order: str
    instrument: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    price: Decimal | None
    trigger: Decimal | None
    worst_price: Decimal | None
    reduce_only: bool
    placed_ns: int
    filled: Decimal = ZERO
    resting: bool = True
    ended_ns: int = 0
    ended: OrderEvent | None = None
    reason: str = ""
    deals: list[Deal] = field(default_factory=list[Deal])
    closes: str = ""
    book: str = ""
    group: str = ""
    attached: Decimal | None = None

    @property
    def works(self) -> bool:
        """Say whether it is in the book."""
        return self.ended is None

    @property
    def left(self) -> Decimal:
        """Return what may still be filled."""
        return max(ZERO, self.quantity - self.filled) if self.works else ZERO
