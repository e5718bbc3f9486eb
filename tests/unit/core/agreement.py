"""What the state keeps up to date, worked out anew and compared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.doubt import IN_DOUBT
from core.money import ZERO
from core.orders import ALIVE, Order, OrderState, OrderType, Purpose, Side
from core.state import FLAT, NOTHING, Exposure, Stake, State


def agreement(state: State) -> str:
    """Work out anew what the state keeps up to date, and say where the two differ."""
    for order in state.orders.values():
        wrong = _order_agrees(state, order)
        if wrong:
            return f"{order.order}: {wrong}"
    exposures = _exposures(state)
    if exposures != state.exposures:
        return f"exposures: {exposures} is not {state.exposures}"
    counted = {name: (row.orders, row.unknown) for name, row in state.alive_at.items()}
    if _alive(exposures) != counted:
        return f"alive: {_alive(exposures)} is not {counted}"
    stakes = _stakes(state)
    if stakes != {key: stake for key, stake in state.stakes.items() if stake != NOTHING}:
        return f"stakes: {stakes} is not {state.stakes}"
    resting = _resting(state)
    if resting != {key: {name: at for at, name in line} for key, line in state.resting.items()}:
        return f"resting: {resting} is not {state.resting}"
    if any(list(line) != sorted(line) for line in state.resting.values()):
        return "the order of what rests"
    alive = {name for name, order in state.orders.items() if order.state in ALIVE}
    if alive != set(state.alive) or set(state.done) != set(state.orders) - alive:
        return "the lists of alive and done orders"
    if {n for n in alive if state.orders[n].purpose is Purpose.LEG} != {
        name for names in state.legs_at.values() for name in names
    }:
        return "the lists of legs"
    refused = {n for n in alive if state.orders[n].end_refused}
    open_ends = {n for n in refused if not state.orders[n].pending_cancel}
    if {n for n in open_ends if state.orders[n].purpose is not Purpose.LEG} != set(state.refused):
        return "the list of refused cancels"
    if {n for n in alive if state.orders[n].state is OrderState.HELD} != set(state.held):
        return "the list of held orders"
    if {n for n in state.held if state.orders[n].clear_first} != set(state.turning):
        return "the list of entries that wait for their way"
    if {key for key, row in state.targets.items() if row.ending} != set(state.clearing):
        return "the list of targets that wait"
    placed = {n for n, o in state.orders.items() if o.state is OrderState.NOT_PLACED}
    if not set(state.watched) <= placed:
        return "the list of watched orders"
    unknown = {n for n in alive if state.orders[n].state is OrderState.UNKNOWN}
    doubtful = {n for n in alive if state.orders[n].state in IN_DOUBT}
    if not unknown <= set(state.doubts) <= doubtful:
        return "the list of doubts"
    return ""


def _order_agrees(state: State, order: Order) -> str:
    fills = [fill for fill in state.fills.values() if fill.order == order.order]
    if order.filled != sum((fill.quantity for fill in fills), ZERO):
        return "filled is not the sum of its fills"
    if order.notional != sum((fill.quantity * fill.price for fill in fills), ZERO):
        return "notional is not the sum of its fills"
    if order.filled and order.average_price != order.notional / order.filled:
        return "average price"
    done = order.state not in ALIVE
    if done and (order.leaves or order.pending_cancel or order.pending_replace):
        return "a done order has something pending"
    if done is not bool(order.done_ns):
        return "the time of its end"
    if order.state is OrderState.FILLED and order.filled < order.quantity:
        return "filled, and something is left"
    if order.state is OrderState.ACCEPTED and order.filled:
        return "accepted, and something is filled"
    if order.state is OrderState.PARTIALLY_FILLED and not 0 < order.filled < order.ceiling:
        return "partially filled"
    return ""


def _exposures(state: State) -> dict[tuple[str, str], Exposure]:
    sums: dict[tuple[str, str], list[Any]] = {}

    def row(account: str, instrument: str) -> list[Any]:
        return sums.setdefault((account, instrument), [ZERO, ZERO, ZERO, 0, 0])

    for position in state.positions.values():
        row(position.account, position.instrument)[0] += position.quantity
    for order in state.orders.values():
        if order.state in ALIVE:
            sums_here = row(order.account, order.instrument)
            sums_here[1 if order.side is Side.BUY else 2] += order.leaves
            sums_here[3] += 1
            sums_here[4] += order.state is OrderState.UNKNOWN
    for foreign in state.foreign.values():
        sums_here = row(foreign.account, foreign.instrument)
        sums_here[1 if foreign.side is Side.BUY else 2] += foreign.leaves
        sums_here[3] += 1
    made = {key: Exposure(*values) for key, values in sums.items()}
    return {key: exposure for key, exposure in made.items() if exposure != FLAT}


def _alive(exposures: dict[tuple[str, str], Exposure]) -> dict[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    for (account, _), row in exposures.items():
        orders, unknown = sums.get(account, (0, 0))
        sums[account] = (orders + row.orders, unknown + row.unknown)
    return {account: row for account, row in sums.items() if any(row)}


def _stakes(state: State) -> dict[tuple[str, str, str], Stake]:
    sums: dict[tuple[str, str, str], list[Decimal]] = {}
    for order in state.orders.values():
        key = (order.account, order.instrument, order.strategy)
        row = sums.setdefault(key, [ZERO] * 6)
        sells = order.side is Side.SELL
        row[sells + 2 * (order.reduce_only + order.rests)] += order.leaves - order.closing
        row[sells + 2] += order.closing
    return {key: Stake(*row) for key, row in sums.items() if any(row)}


def _resting(state: State) -> dict[Any, dict[str, Decimal]]:
    found: dict[Any, dict[str, Decimal]] = {}
    for order in state.orders.values():
        is_there = order.state in ALIVE and order.state is not OrderState.HELD
        if not is_there or order.order_type is not OrderType.LIMIT or order.price is None:
            continue
        prices = [order.price]
        if order.asked is not None and order.asked.price is not None:
            prices.append(order.asked.price)
        best = -max(prices) if order.side is Side.BUY else min(prices)
        found.setdefault((order.account, order.instrument, order.side), {})[order.order] = best
    return found
