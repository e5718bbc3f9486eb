"""Asked: what may go out under one signal, and what has (control 12).

Rules of this file
1. Under one signal an account makes one entry, an exit, and one exit more that puts right what
   ending orders filled. Later revisions of an intent are no intents of their own.
2. What was filled of an intent and what may still be filled of it is never more than its first
   order asked for. An order that is over counts with what it filled.
3. It looks at the orders as they stand, whoever made them: a defect that sends twice is found by
   what it did.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from core.money import ZERO, plain
from core.orders import ALIVE, Order, Purpose
from core.state import State

INTENTS_MAX: Final = {Purpose.ENTRY: 1, Purpose.EXIT: 2}
"""Intents of a kind that one signal may have in one account. Legs and flattens have no signal that
asks for each of them: what they may stand for is what is held."""


def made_for(state: State, origin: str, account: str, purpose: Purpose) -> list[Order]:
    """Return the orders of a kind that were made for a signal in an account."""
    row = state.signals.get(origin)
    made: list[Order] = []
    for verdict in row.verdicts if row is not None else ():
        if verdict.account != account:
            continue
        for name in verdict.orders:
            one = state.orders.get(name)
            if one is not None and one.origin == origin and one.purpose is purpose:
                made.append(one)
    return made


def committed(orders: list[Order]) -> Decimal:
    """Return what is filled of orders, and what may still be."""
    total = ZERO
    for one in orders:
        total += max(one.ceiling, one.filled) if one.state in ALIVE else one.filled
    return total


def over_asked(state: State, order: Order) -> str:
    """Say what goes beyond what was asked with this order; empty: nothing does."""
    most = INTENTS_MAX.get(order.purpose)
    if most is None:
        return ""
    orders = made_for(state, order.origin, order.account, order.purpose)
    if len(orders) == 1 and orders[0].order == order.order and not order.revision:
        one = orders[0]
        if one.asked is None and one.filled <= one.quantity:
            return ""  # the first of its kind asks for what it asks for
    if len(orders) > most:
        beside = (one for one in orders if one.closes == order.closes)  # each ticket but once
        intents = dict.fromkeys(one.first or one.order for one in beside)
        if len(intents) > most:
            return f"{len(intents)} orders to {order.purpose} of {most}"
    first = order.first or order.order
    same = [one for one in orders if (one.first or one.order) == first]
    asked = max((one.quantity for one in same if not one.revision), default=None)
    total = committed(same)
    if asked is None or total <= asked:
        return ""
    return f"{plain(total)} of {plain(asked)}"
