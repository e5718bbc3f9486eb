"""What a venue showed, in our words but under the venue's names: orders, trades, holdings, money.

Rules of this file
1. Every number was read from the text that the venue sent; none of them ever was a float.
2. ``name`` is the venue's form of an id, ``symbol`` is ccxt's; both are turned into ours where the
   port is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from core.cash_rows import CashKind
from core.money import ZERO
from core.orders import OrderEvent, OrderType, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """One order as a venue shows it. ``event``: what that proves of it now. ``child``: the venue's
    name of the order that a triggered one became, where it makes a second one."""

    name: str
    venue_order: str
    symbol: str
    side: Side
    order_type: OrderType
    amount: Decimal
    filled: Decimal
    event: OrderEvent
    at_ns: int
    price: Decimal | None = None
    trigger: Decimal | None = None
    reason: str = ""
    child: str = ""
    raw: str = ""

    @property
    def working(self) -> bool:
        """Say whether it may still trade."""
        return self.event is OrderEvent.ACCEPTED


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRow:
    """One execution in our account. ``name``: the id that its order was given, empty when it has
    none; ``None``: the venue does not tell it here."""

    exec_id: str
    venue_order: str
    symbol: str
    amount: Decimal
    price: Decimal
    at_ns: int
    name: str | None = None
    fee: Decimal | None = None
    fee_currency: str = ""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """A position of a swap; ``amount`` is negative when short. ``side``: where the venue keeps the
    two sides apart."""

    symbol: str
    amount: Decimal
    average_price: Decimal
    side: str = ""


@dataclass(frozen=True, slots=True)
class Coin:
    """What a wallet has of one coin."""

    free: Decimal
    locked: Decimal

    @property
    def total(self) -> Decimal:
        """Return all of it."""
        return self.free + self.locked


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """The money of an account. ``balance``: with all realized profit and loss, in the account's
    currency; ``open_profit``: what positions would earn now; ``free_margin`` where it is told."""

    coins: Mapping[str, Coin] = field(default_factory=dict[str, Coin])
    balance: Decimal = ZERO
    open_profit: Decimal = ZERO
    free_margin: Decimal | None = None
    at_ns: int = 0

    def total(self, coin: str) -> Decimal:
        """Return what there is of a coin, free and locked."""
        held = self.coins.get(coin)
        return ZERO if held is None else held.total


@dataclass(frozen=True, slots=True)
class MoveRow:
    """Money that the venue moved beside trades."""

    id: str
    kind: CashKind
    amount: Decimal
    currency: str
    at_ns: int
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """What a venue tells of a key. ``None``: it does not tell."""

    trade: bool | None = None
    withdraw: bool | None = None
    transfer: bool | None = None
    ip_bound: bool | None = None
    expires_ns: int | None = None
    read_only: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """How positions of one market stand at a venue. ``None``: it does not tell."""

    hedged: bool | None = None
    margin_mode: str | None = None
    leverage: Decimal | None = None
