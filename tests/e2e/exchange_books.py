"""The books after a storm at the local exchange: in what the bridge's and the exchange's differ.

Rules of this file
1. The exchange's own engine is the truth: nothing is asked over the wire.
2. A difference is a sentence. Nobody differs at the end of a storm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from adapters.exchange.bybit_rows import id_text
from adapters.exchange.exchange import CUSTOMER, Exchange
from adapters.exchange.orders import Order as Theirs
from adapters.exchange.orders import Trade
from core.money import ZERO
from core.orders import DONE, Order, OrderState, Purpose
from core.positions import Position
from core.smallest import is_worth, tradable
from core.state import State

ACCOUNT: Final = "paper"
"""The bridge's name of the account."""


CENT: Final = Decimal("0.01")
"""By which money may differ: the exchange rounds each booking."""


def differences(state: State, exchange: Exchange, venue: str) -> list[str]:
    """List in what the books differ."""
    return [
        *_of_orders(state, exchange, venue),
        *_of_fills(state, exchange, venue),
        *_of_holdings(state, exchange, venue),
        *_of_cash(state, exchange, venue),
        *_of_protection(state),
    ]


def _of_orders(state: State, exchange: Exchange, venue: str) -> Iterator[str]:
    """One order for each intent, the same state at both, none that lives and is called dead."""
    theirs: dict[str, list[Theirs]] = {}
    for one in exchange.control.orders(venue, CUSTOMER):
        if one.client_id and one.client_id in state.orders:
            theirs.setdefault(one.client_id, []).append(one)
        elif one.client_id:
            yield f"the exchange has {one.client_id}, which nobody here knows"
    for name, times in exchange.control.arrivals(venue).items():
        if times > 1:
            yield f"{name} arrived {times} times"
    for name, order in state.orders.items():
        found = theirs.get(name, [])
        if len(found) > 1:
            yield f"{name} is there {len(found)} times"
        yield from _of_order(order, found[-1] if found else None)


def _of_order(order: Order, there: Theirs | None) -> Iterator[str]:
    named = f"{order.purpose} {order.order} ({order.state})"
    if there is None:
        if order.state not in DONE or order.filled:
            yield f"{named}: the exchange never had it"
        return
    if order.filled != there.filled:
        yield f"{named}: filled {order.filled}, there {there.filled}"
    if there.status.open and order.state not in {
        OrderState.ACCEPTED,
        OrderState.PARTIALLY_FILLED,
    }:
        yield f"{named}: works there"
    if not there.status.open and order.state not in DONE:
        yield f"{named}: there it is {there.status}"
    if order.state in {OrderState.REJECTED, OrderState.NOT_PLACED} and there.filled:
        yield f"{named}: lives there"


def _of_fills(state: State, exchange: Exchange, venue: str) -> Iterator[str]:
    """Every execution of our orders, and no other, down to the last one."""
    every = exchange.control.trades(venue, CUSTOMER)
    theirs = {execution(venue, one): one for one in every if one.client_id}
    ours = {fill.exec_id: fill for fill in state.fills.values()}
    for name in sorted(theirs.keys() - ours.keys()):
        yield f"execution {name} of {theirs[name].client_id} is not told here"
    for name in sorted(ours.keys() - theirs.keys()):
        yield f"execution {name} of {ours[name].order} never was there"
    for name in sorted(theirs.keys() & ours.keys()):
        mine, one = ours[name], theirs[name]
        if (mine.quantity, mine.price) != (one.quantity, one.price):
            yield f"execution {name}: {mine.quantity} at {mine.price}, there {one}"


def execution(venue: str, trade: Trade) -> str:
    """Return the id by which we know an execution of the exchange."""
    return id_text(trade.id) if venue == "bybit" else f"{trade.symbol}:{trade.match}"


def _of_holdings(state: State, exchange: Exchange, venue: str) -> Iterator[str]:
    held: Counter[str] = Counter()
    for position in state.positions.values():
        held[position.instrument] += position.quantity  # type: ignore[assignment]
    theirs = exchange.control.account(venue, CUSTOMER)
    for symbol, market in exchange.engine(venue).markets.items():
        there = theirs.held(symbol) if market.linear else theirs.total(market.base)
        if held[symbol] != there:
            yield f"{symbol}: {held[symbol]} here, {there} there"


def _of_cash(state: State, exchange: Exchange, venue: str) -> Iterator[str]:
    """The money there is what our fills and bookings explain, and nothing waits for a name."""
    row = state.cash.get(ACCOUNT)
    if row is None:
        yield "cash was never compared"
        return
    if row.unnamed:
        yield f"money moved that nobody explained: {[one.amount for one in row.unnamed]}"
    theirs = exchange.control.account(venue, CUSTOMER)
    balance = (row.known or ZERO) + state.earned.get(ACCOUNT, ZERO) + row.booked
    linear = all(one.linear for one in exchange.engine(venue).markets.values())
    flat = not any(one.quantity for one in state.positions.values())
    # while something is held the venue rounds what a close realizes, and we do not
    if linear and flat and abs(balance - theirs.total("USDT")) > CENT:
        yield f"{balance} by our sums, {theirs.total('USDT')} there"


def _of_protection(state: State) -> Iterator[str]:
    """Whatever is held is covered by exactly as much; no leg outlives its position."""
    for (account, instrument, strategy), position in state.positions.items():
        legs = [
            order
            for order in map(state.orders.__getitem__, state.alive)
            if (order.account, order.instrument, order.strategy) == (account, instrument, strategy)
            and order.purpose is Purpose.LEG
        ]
        covered = sum((order.quantity - order.filled for order in legs), ZERO)
        if covered != _coverable(state, position) and strategy:
            yield f"{instrument}: {position.quantity} held, {covered} covered"
    for name in state.alive:
        if state.orders[name].state is OrderState.UNKNOWN:
            yield f"{name} is in doubt"


def _coverable(state: State, position: Position) -> Decimal:
    """Return what of a position an order can close: what is below the smallest order, or worth
    less, is dust."""
    account, name = position.account, position.instrument
    instrument = tradable(state, account, name)
    assert instrument is not None, "every instrument is configured"
    held = instrument.quantity_cut(abs(position.quantity))
    row = state.plans.get((account, name, position.strategy))
    at = row.stop if row is not None else None
    short = at is not None and not is_worth(state, account, instrument, instrument.value(held, at))
    return ZERO if short else held
