"""Wallets, positions and the money that moves between them.

Rules of this file
1. Money and coins are never made or lost by a trade: what one side pays, the other side and the
   house get. Only ``Bank.deposit`` brings in new ones, and counts them.
2. A position's ``cost`` is exact: what is closed takes a rounded share of it along, the rest stays.
3. A spot order locks what it could spend; a swap's margin is worked out anew each time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from adapters.exchange.markets import Market
from adapters.exchange.orders import ZERO, Side

ATOM: Final = Decimal("1e-8")
"""The smallest money of the exchange, as on the real ones."""

MOVEMENTS_MAX: Final = 10_000
"""Bookings kept per account: more than a week of funding in every market, three times a day."""

HOUSE: Final = "house"
"""The account that gets the fees and the dust of rounding."""

MAKER: Final = "market maker"
"""The account on the other side. It may owe: that is how it never runs dry."""


class Cause(StrEnum):
    """Why money moved."""

    TRADE = "trade"
    FEE = "fee"
    FUNDING = "funding"
    TRANSFER = "transfer"
    ADJUSTMENT = "adjustment"


@dataclass(slots=True)
class Position:
    """What an account holds of one swap: ``quantity`` is negative for a short one.

    ``cost``: money that was given for it (negative: got).
    """

    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    updated_ns: int = 0

    @property
    def entry(self) -> Decimal:
        """Return the average price at which it was opened, 0 when flat."""
        if not self.quantity:
            return ZERO
        return (self.cost / self.quantity).quantize(ATOM, ROUND_HALF_UP)

    def unrealised(self, mark: Decimal) -> Decimal:
        """Return what closing it at a price would earn."""
        return self.quantity * mark - self.cost

    def trade(self, signed: Decimal, price: Decimal) -> Decimal:
        """Change it by a trade and return the profit that this realised."""
        realised = ZERO
        if self.quantity * signed < 0:
            closed = min(abs(signed), abs(self.quantity)).copy_sign(self.quantity)
            share = (self.cost * closed / self.quantity).quantize(ATOM, ROUND_HALF_UP)
            if closed == self.quantity:
                share = self.cost
            realised = closed * price - share
            self.quantity -= closed
            self.cost -= share
            self.realised += realised
            signed += closed
        self.quantity += signed
        self.cost += signed * price
        return realised


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Money of one account that moved beside trades, or by one; ``after``: what it then had."""

    id: int
    account: str
    cause: Cause
    asset: str
    amount: Decimal
    after: Decimal
    symbol: str
    time_ns: int
    trade: int = 0
    rate: Decimal = ZERO
    quantity: Decimal = ZERO
    price: Decimal = ZERO


@dataclass(slots=True)
class Account:
    """One customer's wallet and positions. ``free`` and ``locked`` are by asset."""

    name: str
    free: dict[str, Decimal] = field(default_factory=dict)
    locked: dict[str, Decimal] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    leverage: dict[str, Decimal] = field(default_factory=dict)
    hedge: bool = False
    isolated: bool = False
    movements: deque[Movement] = field(default_factory=lambda: deque(maxlen=MOVEMENTS_MAX))

    def total(self, asset: str) -> Decimal:
        """Return free and locked together."""
        return self.free.get(asset, ZERO) + self.locked.get(asset, ZERO)

    def position(self, symbol: str) -> Position:
        """Return the position in a market, a flat one if there was none."""
        return self.positions.setdefault(symbol, Position())

    def held(self, symbol: str) -> Decimal:
        """Return the signed quantity held in a market."""
        position = self.positions.get(symbol)
        return position.quantity if position else ZERO

    def room(self, symbol: str, side: Side) -> Decimal:
        """Return how much an order of a side could reduce."""
        return max(ZERO, -self.held(symbol) * side.sign)

    def lock(self, asset: str, amount: Decimal) -> None:
        """Set free money aside for an order; a negative amount gives it back."""
        self.free[asset] = self.free.get(asset, ZERO) - amount
        self.locked[asset] = self.locked.get(asset, ZERO) + amount


class Bank:
    """All accounts of one venue, and every way in which money moves."""

    def __init__(self, markets: Mapping[str, Market], *, number: Callable[[], int]) -> None:
        self.markets = markets
        self.number = number
        self.accounts: dict[str, Account] = {}
        self.deposited: dict[str, Decimal] = {}

    def account(self, name: str) -> Account:
        """Return an account; a name that is not known yet gets an empty one."""
        return self.accounts.setdefault(name, Account(name))

    def deposit(self, name: str, asset: str, amount: Decimal, now_ns: int) -> Movement:
        """Bring money into an account, or out of it."""
        self.deposited[asset] = self.deposited.get(asset, ZERO) + amount
        return self._move(self.account(name), Cause.TRANSFER, asset, amount=amount, now_ns=now_ns)

    def adjust(self, name: str, asset: str, amount: Decimal, now_ns: int) -> Movement:
        """Move money between an account and the house."""
        self._give(self.account(HOUSE), asset, -amount)
        return self._move(self.account(name), Cause.ADJUSTMENT, asset, amount=amount, now_ns=now_ns)

    def settle(
        self,
        name: str,
        market: Market,
        side: Side,
        *,
        quantity: Decimal,
        price: Decimal,
        fee: tuple[str, Decimal],
        now_ns: int,
    ) -> Decimal:
        """Book one side of a trade and its fee; return the profit that it realised."""
        account = self.account(name)
        worth = quantity * price
        realised = ZERO
        if market.linear:
            position = account.position(market.symbol)
            realised = position.trade(quantity * side.sign, price)
            position.updated_ns = now_ns
            self._give(account, market.quote, realised)
        else:
            self._give(account, market.base, quantity * side.sign)
            self._give(account, market.quote, -worth * side.sign)
        asset, amount = fee
        self._give(account, asset, -amount)
        self._give(self.account(HOUSE), asset, amount)
        return realised

    def fund(self, market: Market, rate: Decimal, mark: Decimal, now_ns: int) -> list[Movement]:
        """Let the holders of a swap pay each other: the long ones pay when ``rate`` is positive."""
        made: list[Movement] = []
        paid = ZERO
        for account in list(self.accounts.values()):
            held = account.held(market.symbol)
            if not held or account.name == HOUSE:
                continue
            amount = (-held * mark * rate).quantize(ATOM, ROUND_HALF_UP)
            paid += amount
            facts = {"symbol": market.symbol, "rate": rate, "quantity": held, "price": mark}
            made.append(
                self._move(
                    account, Cause.FUNDING, market.quote, amount=amount, now_ns=now_ns, **facts
                )
            )
        self._give(self.account(HOUSE), market.quote, -paid)
        return made

    def total(self, asset: str) -> Decimal:
        """Return what all accounts have of an asset together."""
        return sum((one.total(asset) for one in self.accounts.values()), ZERO)

    def _move(
        self,
        account: Account,
        cause: Cause,
        asset: str,
        *,
        amount: Decimal,
        now_ns: int,
        symbol: str = "",
        rate: Decimal = ZERO,
        quantity: Decimal = ZERO,
        price: Decimal = ZERO,
    ) -> Movement:
        self._give(account, asset, amount)
        movement = Movement(
            id=self.number(),
            account=account.name,
            cause=cause,
            asset=asset,
            amount=amount,
            after=account.total(asset),
            symbol=symbol,
            time_ns=now_ns,
            rate=rate,
            quantity=quantity,
            price=price,
        )
        account.movements.append(movement)
        return movement

    def _give(self, account: Account, asset: str, amount: Decimal) -> None:
        account.free[asset] = account.free.get(asset, ZERO) + amount
