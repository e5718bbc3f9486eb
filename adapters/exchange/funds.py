"""What an order needs, and whether its account has it.

Rules of this file
1. Spot: a buyer sets money aside, a seller coins; nobody sells what he does not have.
2. Swaps: the worst side of what is held and what works, at the mark, divided by the leverage, must
   be covered by the equity. What reduces is always covered.
3. The market maker is never asked: his orders do not come this way.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from adapters.exchange.orders import ZERO, NewOrder, Order, Side

if TYPE_CHECKING:
    from adapters.exchange.engine import Engine


def priced(engine: Engine, new: NewOrder) -> tuple[Decimal, Decimal | None]:
    """Return quantity and price of an order: one that names money gets the quantity it buys."""
    if new.quote_quantity is None:
        return new.quantity, new.price
    market = engine.markets[new.symbol]
    left, quantity = new.quote_quantity, ZERO
    for resting in engine.matching.books[new.symbol].crossing(new.side, None):
        assert resting.price is not None, "a market order never rests"
        taken = min(resting.left, left / resting.price)
        quantity += taken
        left -= taken * resting.price
        if left <= 0:
            break
    return quantity - quantity % market.lot, new.price


def lack(engine: Engine, order: Order) -> str:
    """Say what an account lacks for an order, empty when it can pay."""
    market = engine.markets[order.symbol]
    account = engine.account(order.account)
    if order.new.reduce_only:
        return ""
    if not market.linear:
        asset = market.quote if order.side is Side.BUY else market.base
        missing = _spot_need(engine, order) - account.free.get(asset, ZERO)
        return f"{missing} {asset}" if missing > 0 else ""
    need = ZERO
    for symbol, one in engine.markets.items():
        if one.quote == market.quote:
            leverage = account.leverage.get(symbol, engine.rules.leverage)
            need += exposure(engine, order.account, symbol, order) * engine.mark(symbol) / leverage
    held = account.held(order.symbol) * order.side.sign
    if held < 0 and order.left <= -held:
        return ""
    missing = need - engine.equity(order.account, market.quote)
    return f"{missing} {market.quote}" if missing > 0 else ""


def exposure(engine: Engine, account: str, symbol: str, more: Order | None = None) -> Decimal:
    """Return the worst quantity that an account could come to hold in a swap."""
    held = engine.account(account).held(symbol)
    sides = {Side.BUY: held, Side.SELL: -held}
    working = [
        one
        for one in engine.register.open.values()
        if one.account == account and not (more and one.id == more.id)
    ]
    for one in [*working, *([more] if more else [])]:
        sleeps = engine.asleep_unchecked(one) and one is not more
        if one.symbol == symbol and not one.new.reduce_only and not sleeps:
            sides[one.side] += one.left
    return max(ZERO, *sides.values())


def lock_of(engine: Engine, order: Order) -> None:
    """Set aside what a resting spot order could spend."""
    market = engine.markets[order.symbol]
    if market.linear or (order.side is Side.BUY and order.price is None):
        return
    asset = market.quote if order.side is Side.BUY else market.base
    order.locked = _spot_need(engine, order)
    engine.account(order.account).lock(asset, order.locked)


def _spot_need(engine: Engine, order: Order) -> Decimal:
    if order.side is Side.SELL:
        return order.left
    if order.price is not None:
        return order.left * order.price
    need, left = ZERO, order.left
    for resting in engine.matching.books[order.symbol].crossing(order.side, None):
        assert resting.price is not None, "a market order never rests"
        taken = min(left, resting.left)
        need += taken * resting.price
        left -= taken
    return need
