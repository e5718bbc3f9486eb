"""How records change what is known of follow-ups.

Rules of this file
1. An order is in ``partly`` while it works and is filled in part, and in ``followups`` from its end
   until its next revision is made or declined. Both are read off the order, so that a snapshot
   need not carry them.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from core import records as r
from core.fold_refused import list_refused
from core.fold_signals import revised
from core.ids import order_id
from core.lost_exits import is_lost
from core.orders import POLICY, Order, OrderEvent, OrderState
from core.state import State

_replace: Final = msgspec.structs.replace

_ENDS: Final = (OrderState.CANCELLED, OrderState.EXPIRED)

_CANCEL_ASKED: Final = OrderEvent.CANCEL_ASKED
_CANCEL_REJECTED: Final = OrderEvent.CANCEL_REJECTED
_PARTIALLY_FILLED: Final = OrderState.PARTIALLY_FILLED
_REJECTED: Final = OrderState.REJECTED
_NOT_PLACED: Final = OrderState.NOT_PLACED
"""Named once: Python 3.11 takes long to look up a member of an enum, and each record asks."""


def marks(before: Order, record: r.OrderChanged) -> dict[str, Any]:
    """Return what a change says about who ends an order, since when it is partly filled, and
    whether its reject is known to pass."""
    changes: dict[str, Any] = {}
    if record.event is _CANCEL_ASKED:
        changes = {"end_by": record.by, "end_asked_ns": record.at_ns}
    elif record.event is _CANCEL_REJECTED:
        changes = {"end_by": "", "end_refused": before.end_refused + 1}
    if record.to is _PARTIALLY_FILLED and not before.partial_ns:
        changes["partial_ns"] = record.at_ns
    if before.end_shown:
        changes["end_shown"] = False  # it was not all
    if record.to is not before.state and (record.transient or before.transient):
        changes["transient"] = record.transient and record.to is _REJECTED
    return changes


def list_followup(state: State, order: Order) -> None:
    """Keep the two lists up to date with an order, and that of refused cancels."""
    name, now = order.order, order.state
    if now is _PARTIALLY_FILLED:
        if name not in state.partly:
            state.put(state.partly, name, None)
    elif name in state.partly:
        state.drop(state.partly, name)
    left = now in _ENDS and order.end_by == POLICY and order.filled < order.quantity
    again = now is _REJECTED and order.transient
    again = again or (now is _NOT_PLACED and is_lost(order))
    if (left or again) and order.route and not order.followed:
        if name not in state.followups:
            state.put(state.followups, name, None)
    elif name in state.followups:
        state.drop(state.followups, name)
    if order.end_refused:
        list_refused(state, order)


def forget_followup(state: State, name: str) -> None:
    """Drop an order that leaves the state."""
    state.drop(state.partly, name)
    state.drop(state.followups, name)


def note_revision(state: State, order: Order) -> None:
    """Tie a new revision to the one before it, and to its signal."""
    former = _former(state, order)
    if former is not None:
        _followed(state, former, order.order)
    revised(state, order.origin, order.account, order.order)


def _former(state: State, order: Order) -> Order | None:
    """Find the revision before an order: by its name, or from the first one on, since names after a
    lapse of the journal are others."""
    name = order_id(order.account, order.origin, order.word, order.revision - 1)
    former = state.orders.get(name) or state.orders.get(order.first)
    while former is not None and former.revision < order.revision - 1:
        former = state.orders.get(former.followed)
    return former


def end_shown(state: State, record: r.EndShown) -> None:
    """Note that what is left of an order is certain."""
    order = state.orders.get(record.order)
    if order is not None:
        state.put(state.orders, order.order, _replace(order, end_shown=True))


def followup_declined(state: State, record: r.FollowUpDeclined) -> None:
    """Note that nothing follows an order."""
    order = state.orders.get(record.order)
    if order is not None:
        _followed(state, order, record.code)


def _followed(state: State, former: Order, by: str) -> None:
    after = _replace(former, followed=by)
    state.put(state.orders, former.order, after)
    list_followup(state, after)
