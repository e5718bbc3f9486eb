"""Legs: which protective orders are out for a share, and what they leave for others.

Rules of this file
1. A leg counts while it may trade: asked for, working, in doubt, asked to end.
2. Where a venue never lets an order marked so open a position, and nobody else holds the same, an
   exit may go beside the legs. Elsewhere what works never sums above the share.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from core.abilities import NONE, Abilities
from core.money import ZERO
from core.orders import Order, OrderType, Purpose, Side
from core.plan_rows import STOP, Key
from core.state import FLAT, NOTHING, State
from core.tickets import is_hedging


def abilities_of(state: State, account: str) -> Abilities:
    """Return what the venue of an account can do."""
    row = state.accounts.get(account)
    return row.abilities if row is not None else NONE


def share_of(state: State, key: Key) -> Decimal:
    """Return what a strategy holds, negative when short."""
    position = state.positions.get(key)
    return position.quantity if position is not None else ZERO


def legs_of(state: State, key: Key, side: Side | None = None) -> list[Order]:
    """List the legs of a share that are alive, oldest first. ``side``: those that close on it;
    a leg of a former position may be alive on the other one."""
    names = state.legs_at.get(key)
    if not names:
        return []
    legs = [order for order in (state.orders[name] for name in names) if order.leg]
    if side is not None:
        legs = [order for order in legs if order.side is side]
    return sorted(legs, key=lambda order: order.number)


def stops_in(legs: Iterable[Order]) -> list[Order]:
    """Pick the stops that wait at the venue."""
    return [order for order in legs if order.rests and order.leg == STOP]


def targets_in(legs: Iterable[Order]) -> list[Order]:
    """Pick the targets that wait at the venue."""
    return [order for order in legs if order.rests and order.leg != STOP]


def leaves_of(orders: Iterable[Order]) -> Decimal:
    """Add up what orders may still fill."""
    return sum((order.leaves for order in orders), ZERO)


def at_rest(state: State, key: Key, legs: list[Order]) -> Decimal:
    """Return what waiting legs may close together. Linked ones close one share between them."""
    stops, targets = leaves_of(stops_in(legs)), leaves_of(targets_in(legs))
    linked = abilities_of(state, key[0]).linked_legs
    return max(stops, targets) if linked else stops + targets


def exits_of(state: State, key: Key, side: Side) -> Decimal:
    """Return what exits on their way, and legs at the market, may still close."""
    stake = state.stakes.get(key, NOTHING)
    return stake.buy_exits if side is Side.BUY else stake.sell_exits


def waiting_exits(state: State, key: Key, side: Side) -> list[Order]:
    """List the exits that wait for a price of their own, oldest first: they may never trade."""
    orders = [state.orders[name] for name in state.working.get(key, ())]
    found = [
        order
        for order in orders
        if order.purpose is Purpose.EXIT
        and order.side is side
        and order.order_type is not OrderType.MARKET
    ]
    return sorted(found, key=lambda order: order.number)


def is_free(state: State, key: Key) -> bool:
    """Say whether an exit may go beside the legs of a share: the venue sees to it that nothing is
    turned, and what it holds there is this share and nothing else."""
    account, instrument, strategy = key
    if not abilities_of(state, account).reduce_only:
        return False
    if state.exposures.get((account, instrument), FLAT).net != share_of(state, key):
        return False
    if any(state.orders[name].opposed for name in state.working.get(key, ())):
        return False  # made while others stood against it: the venue was not told to keep it
    others = state.strategies_at.get((account, instrument), ())
    return not any(
        _is_there(state, (account, instrument, other)) for other in others if other != strategy
    )


def _is_there(state: State, key: Key) -> bool:
    """Say whether a strategy holds something, or is about to: an entry may fill at any moment."""
    stake = state.stakes.get(key, NOTHING)
    return bool(share_of(state, key) or stake.buy_entries or stake.sell_entries)


def in_the_way(
    state: State, key: Key, side: Side, *, quantity: Decimal, own: Decimal = ZERO
) -> Decimal:
    """Return how much of an exit would meet legs that could close the same. ``own``: what it has
    reserved already."""
    legs = legs_of(state, key)
    if not any(order.rests for order in legs) or is_free(state, key):
        return ZERO
    taken = at_rest(state, key, legs) + exits_of(state, key, side) - own
    return max(ZERO, min(quantity, taken + quantity - abs(share_of(state, key))))


def _held_back(state: State, key: Key, side: Side) -> Decimal:
    """Return how much of a share held exits would close: they are judged again before they go."""
    orders = (state.orders[name] for name in state.working.get(key, ()) if name in state.held)
    return leaves_of(order for order in orders if order.reduce_only and order.side is side)


def beyond_shares(
    state: State, account: str, instrument: str, *, strategy: str, side: Side
) -> Decimal:
    """Return how much of what a strategy opens on ``side`` the orders of another one may close.

    An exit that went beside legs, as nobody else was there, sums above its share with them. A venue
    that keeps reduce-only knows the account's net alone: of that it would fill both.
    """
    most = ZERO
    for other in state.strategies_at.get((account, instrument), ()):
        key = (account, instrument, other)
        if other == strategy or not state.legs_at.get(key):
            continue
        closing = side.opposite
        out = at_rest(state, key, legs_of(state, key, closing)) + exits_of(state, key, closing)
        over = out - max(ZERO, share_of(state, key) * side.sign)
        if over > most:
            most = max(most, over - _held_back(state, key, closing))
    if not most or is_hedging(state, account):
        return ZERO
    return most if abilities_of(state, account).reduce_only else ZERO


def is_market(order: Order) -> bool:
    """Say whether a leg closes at once."""
    return order.order_type is OrderType.MARKET
