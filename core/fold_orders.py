"""How the records of an order change the state: the order, what it holds, its fills.

Rules of this file
1. A record names the state that it led to, so that an old journal reads the same under a newer
   table of transitions.
2. A done order has no flags, a time of its end and nothing at stake; one that turns out to be alive
   loses the marks of its end.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from core import fold_doubts
from core import records as r
from core.breaker import count_outcome
from core.buckets import take_message
from core.cycles import count_entry, count_filled
from core.doubt import IN_DOUBT
from core.drift import note_fill
from core.exposure import count_order
from core.fills import execute
from core.fold_attached import forget_attached, list_attached
from core.fold_doubts import note_doubt
from core.fold_flattens import note_attempt, note_end
from core.fold_followups import forget_followup, list_followup, marks, note_revision
from core.fold_plans import note_leg, note_made, note_share
from core.fold_replace import CLEARED, asked_terms, told_terms
from core.fold_signals import judged
from core.fold_targets import overtaken
from core.fold_turns import note_turn
from core.money import ZERO
from core.orders import ALIVE, Order, OrderEvent, OrderState, Purpose
from core.quality import count_order as count_quality
from core.resting import note_resting
from core.state import AccountVerdict, State
from core.transitions import FLAGS

_replace: Final = msgspec.structs.replace

_TIMES: Final = {
    OrderEvent.SENT: "sent_ns",
    OrderEvent.ACCEPTED: "accepted_ns",
    OrderEvent.FOUND: "accepted_ns",
}

_REFERENCES: Final = {
    OrderEvent.SENT: "sent_reference",
    OrderEvent.ACCEPTED: "accepted_reference",
}
"""Where the market's middle of an event is kept."""

_ASKED: Final = frozenset({OrderEvent.CANCEL_ASKED, OrderEvent.REPLACE_ASKED})
"""What costs the account a message to its venue."""

_ON_ITS_WAY: Final = frozenset({OrderState.INTENDED, OrderState.SENT, OrderState.ACCEPTED})
"""States between which nothing changes of what is at stake: from making an order to its rest."""

_REPLACES: Final = frozenset(
    {OrderEvent.REPLACE_ASKED, OrderEvent.REPLACED, OrderEvent.REPLACE_REJECTED}
)

_ENDED: Final = (OrderState.CANCELLED, OrderState.EXPIRED)
"""Over while a replace was pending: the answer, and fills within what was asked, may still come."""
_RESOLVES: Final = frozenset(
    {OrderEvent.ABSENT, OrderEvent.FOUND, OrderEvent.CANCELLED, OrderEvent.FILL}
)
"""Events that a person can vouch for."""

_OF_VENUES: Final = frozenset(OrderEvent) - {
    OrderEvent.RELEASED,
    OrderEvent.SENT,
    OrderEvent.TIMED_OUT,
    OrderEvent.CANCEL_ASKED,
    OrderEvent.REPLACE_ASKED,
}
"""Events that are a venue's own word."""

_EXECUTIONS: Final = frozenset({OrderEvent.FILL, OrderEvent.BUST, OrderEvent.CORRECTED})

_LEG: Final = Purpose.LEG
_FLATTEN: Final = Purpose.FLATTEN
_HELD: Final = OrderState.HELD
_SENT: Final = OrderEvent.SENT
_FILL: Final = OrderEvent.FILL
"""Named once: Python 3.11 takes long to look up a member of an enum, and each record asks."""


def order_intended(state: State, record: r.OrderIntended) -> None:
    """Keep an order that was approved or held, and reserve what it asks for."""
    order = _replace(record.order, number=state.number)
    state.put(state.orders, order.order, order)
    count_order(state, None, order)
    note_resting(state, None, order)
    state.put(state.touched, (order.account, order.instrument), record.at_ns)
    list_attached(state, order)
    if order.purpose is not _LEG:
        overtaken(state, order)
        count_entry(state, order, record.at_ns)
    if order.state is not _HELD and not order.attached_to:  # the venue made that itself
        take_message(state, order.account, record.at_ns)
    if order.purpose is _FLATTEN:
        note_attempt(state, order)
    if order.purpose is _LEG:
        note_made(state, order)
        return
    if order.revision:
        note_revision(state, order)
        return
    verdict = AccountVerdict(
        account=order.account,
        verdict="held" if order.held_for else "admitted",
        code=order.held_for,
        value=record.value,
        limit=record.limit,
        where=record.where,
        orders=(order.order,),
    )
    judged(state, order.origin, verdict)


def order_changed(state: State, record: r.OrderChanged) -> None:
    """Take an order to where the record says."""
    before = state.orders.get(record.order)
    if before is None:
        return
    event, to = record.event, record.to
    changes: dict[str, Any] = {"state": to}
    moved = ZERO
    stamp = _TIMES.get(event)
    if stamp is not None:
        if not getattr(before, stamp):
            entered = event is _SENT and record.venue_ns
            changes[stamp] = record.venue_ns if entered else record.at_ns
            if record.reference is not None and event in _REFERENCES:
                changes[_REFERENCES[event]] = record.reference
    elif event in _EXECUTIONS:
        executed, moved = execute(state, before, record)
        changes |= executed
        if event is _FILL:
            count_filled(state, before)
    elif event is OrderEvent.REPLACED:
        changes |= told_terms(record)
    elif event in _ASKED and to in ALIVE:
        take_message(state, before.account, record.at_ns)
        if before.purpose is _FLATTEN and event is OrderEvent.CANCEL_ASKED:
            note_end(state, before, record.at_ns)
    elif event is OrderEvent.RELEASED:
        changes |= _released(state, record)
        take_message(state, before.account, record.at_ns)
    if record.by and event in _RESOLVES:
        changes["resolved"] = record.by
    elif before.resolved and not record.inferred and event in _OF_VENUES:
        changes["resolved"] = ""
    if record.venue_order:
        changes["venue_order"] = record.venue_order
    on_its_way = goes_on(before, record)
    if not on_its_way:
        if to not in ALIVE:
            changes |= _over(before, record)
        elif event in FLAGS or before.done_ns:
            changes |= _alive_again(before, record)
        changes |= marks(before, record)
    after = _replace(before, **changes)
    state.put(state.orders, record.order, after)
    if not on_its_way:
        count_order(state, before, after, moved=moved)
        if moved:
            note_fill(state, after, record)
        count_quality(state, before, after, record.at_ns)
        note_resting(state, before, after)
        list_followup(state, after)
    state.put(state.touched, (before.account, before.instrument), record.at_ns)
    if moved:
        note_share(state, (before.account, before.instrument, before.strategy), moved)
        note_turn(state, before, moved)
    if before.purpose is _LEG:
        note_leg(state, before, after, record)
    note_doubt(state, before, after, record)
    if to is not before.state:
        count_outcome(state, before, to, record.at_ns)


def goes_on(before: Order, record: r.OrderChanged) -> bool:
    """Say whether a record tells only how far an order is on its way to where it rests: nothing of
    what is at stake changes by it."""
    return record.event in _TIMES and record.to in _ON_ITS_WAY and before.state in _ON_ITS_WAY


def _released(state: State, record: r.OrderChanged) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "held_for": "",
        "number": state.number,
        "reference": record.reference,
        "worst_price": record.worst_price,
        "opposed": record.opposed,
    }
    return changes if record.quantity is None else {**changes, "quantity": record.quantity}


def _alive_again(before: Order, record: r.OrderChanged) -> dict[str, Any]:
    """Set or clear the flags; whoever was over and is not any more loses the marks of its end."""
    changes: dict[str, Any] = {}
    event = record.event
    flags = FLAGS.get(event)
    if event is OrderEvent.CANCEL_REJECTED and before.state in IN_DOUBT:
        flags = None  # it may not have been there yet: its end is wanted all the same
    if flags is not None:
        names = ("pending_cancel", "pending_replace")
        changes = {name: flag for name, flag in zip(names, flags, strict=True) if flag is not None}
    if before.done_ns:
        changes |= {"done_ns": 0, "reason": ""}
    if event in _REPLACES:
        changes |= asked_terms(before, record)
    return changes


def _over(before: Order, record: r.OrderChanged) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if before.pending_cancel or before.pending_replace:
        changes |= {"pending_cancel": False, "pending_replace": False}
    if before.asked is not None and (record.to not in _ENDED or record.event in _REPLACES):
        changes |= CLEARED
    if not before.done_ns:
        changes["done_ns"] = record.at_ns
    if record.reason and not record.inferred:  # why a fill is inferred is not why its order ended
        changes["reason"] = record.reason
    return changes


def forget_order(state: State, name: str) -> None:
    """Drop a done order with its fills."""
    order = state.orders[name]
    forget_followup(state, name)
    for exec_id in state.order_fills.get(name, ()):
        state.drop(state.fills, (order.account, exec_id))
    state.drop(state.order_fills, name)
    forget_attached(state, order)
    state.drop(state.orders, name)
    fold_doubts.forget(state, name)
