"""How records change what is known of doubt: answers counted, canaries, what is watched.

Rules of this file
1. An order is in ``doubts`` from the first sign of doubt until something is proven of it, and in
   ``watched`` for as long as it counts as not placed.
2. Only what the venue itself said proves an order: no person's word, and no inferred fill.
"""

from __future__ import annotations

from typing import Final

import msgspec

from core import records as r
from core.doubt import IN_DOUBT, WATCH_AFTER_NS, WATCH_AGAIN_NS
from core.orders import TRIGGERED, Order, OrderEvent, OrderState
from core.setup import SECOND_NS
from core.state import DoubtRow, State

_replace: Final = msgspec.structs.replace

_PROVES: Final = frozenset(
    {
        OrderEvent.ACCEPTED,
        OrderEvent.FILL,
        OrderEvent.FOUND,
        OrderEvent.DONE_FOR_DAY,
        OrderEvent.REPLACED,
    }
)
"""Events by which a venue shows that it has an order."""

_PROVEN_KEPT: Final = 2
"""Canaries kept for each account, of orders that wait for a price and of others: the newest, and
one more for when the newest itself is asked for."""

_SAME_NS: Final = 60 * SECOND_NS
"""A canary that is proven again within this time is not noted again: each fill would be."""

_UNKNOWN: Final = OrderState.UNKNOWN
_NOT_PLACED: Final = OrderState.NOT_PLACED
"""Named once: Python 3.11 takes long to look up a member of an enum, and each record asks."""


def note_doubt(state: State, before: Order, after: Order, record: r.OrderChanged) -> None:
    """Keep the canaries, the doubts and what is watched up to date with a change of an order."""
    if record.event in _PROVES and not record.by and not record.inferred:
        _prove(state, after, record.at_ns)
    name, was, now = after.order, before.state, after.state
    if now is _UNKNOWN:
        if name not in state.doubts:
            state.put(state.doubts, name, DoubtRow(order=name, since_ns=record.at_ns))
    elif now not in IN_DOUBT and name in state.doubts:
        state.drop(state.doubts, name)
    if was is now:
        return
    if now is _NOT_PLACED:
        state.put(state.watched, name, record.at_ns + WATCH_AFTER_NS[0])
    elif was is _NOT_PLACED:
        state.drop(state.watched, name)


def _prove(state: State, order: Order, at_ns: int) -> None:
    known = state.proven.get(order.account, ())
    if known and known[0][0] == order.order and at_ns - known[0][1] < _SAME_NS:
        return
    others = [row for row in known if row[0] != order.order]
    if len(others) >= _PROVEN_KEPT:
        waits = _waits(order)
        alike = [row for row in others if _waits(state.orders.get(row[0])) is waits]
        if len(alike) >= _PROVEN_KEPT:
            others.remove(alike[-1])
    state.put(state.proven, order.account, ((order.order, at_ns), *others))


def _waits(order: Order | None) -> bool:
    """Say whether an order waits for a price; one that is forgotten does not."""
    return order is not None and order.order_type in TRIGGERED


def looked_up(state: State, record: r.LookedUp) -> None:
    """Count an answer that did not show an order."""
    order = state.orders.get(record.order)
    if order is not None and record.order in state.watched:
        _watch_on(state, order, record.at_ns)
    if order is None or order.state not in IN_DOUBT:
        return
    row = state.doubts.get(order.order) or DoubtRow(order=order.order, since_ns=record.at_ns)
    counted = {
        "asked": row.asked + 1,
        "calls": record.calls,
        "canary": record.canary,
    }
    if record.qualified:
        counted |= {
            "negatives": row.negatives + 1,
            "first_ns": row.first_ns or record.at_ns,
            "last_ns": record.at_ns,
        }
    state.put(state.doubts, order.order, _replace(row, **counted))


def lookup_asked(state: State, record: r.LookupAsked) -> None:
    """Set when a watched order is asked for again if no answer comes: an answer sets it anew."""
    if record.order in state.watched:
        state.put(state.watched, record.order, record.at_ns + WATCH_AGAIN_NS)


def _watch_on(state: State, order: Order, at_ns: int) -> None:
    """Set when a watched order that an answer did not show is asked for next; after the last time
    it is no more."""
    waits = (order.done_ns + wait_ns for wait_ns in WATCH_AFTER_NS)
    later = next((due_ns for due_ns in waits if due_ns > at_ns), None)
    if later is None:
        state.drop(state.watched, order.order)
    else:
        state.put(state.watched, order.order, later)


def person_called(state: State, record: r.AlarmRaised) -> None:
    """Remember that a person was called for an order in doubt."""
    row = state.doubts.get(record.where)
    if row is not None:
        state.put(state.doubts, record.where, _replace(row, alarmed=True))


def stop_called(state: State, record: r.AlarmRaised) -> None:
    """Remember that a person was called for a stop in doubt."""
    row = state.doubts.get(record.limit)
    if row is not None:
        state.put(state.doubts, record.limit, _replace(row, called=True))


def forget(state: State, name: str) -> None:
    """Drop what is known of an order's doubt with the order."""
    state.drop(state.doubts, name)
    state.drop(state.watched, name)
