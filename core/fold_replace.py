"""How a replace changes an order: what was asked for, what the venue showed, what it got.

Rules of this file
1. An order keeps its old terms until the venue has said the new ones; what was asked for stands
   beside them.
2. Only the terms that were asked for answer a replace. Others are followed, and it goes on waiting.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from core import records as r
from core.orders import Order, OrderEvent, Terms
from core.state import State

_replace: Final = msgspec.structs.replace

CLEARED: Final[dict[str, Any]] = {"asked": None, "asked_ns": 0, "unseen": 0, "unseen_ns": 0}
"""What an order has when nothing is asked of its terms."""


def told_terms(record: r.OrderChanged) -> dict[str, Any]:
    """Return the terms that a record carries, and when the venue says they began."""
    terms = (("quantity", record.quantity), ("price", record.price), ("trigger", record.trigger))
    changes = {name: value for name, value in terms if value is not None}
    return {**changes, "replaced_ns": record.venue_ns}


def asked_terms(before: Order, record: r.OrderChanged) -> dict[str, Any]:
    """Say what a record leaves of what was asked of an order that stays alive."""
    if record.event is OrderEvent.REPLACE_ASKED:
        assert record.quantity is not None, "a replace is asked for with all its terms"
        asked = Terms(quantity=record.quantity, price=record.price, trigger=record.trigger)
        return {**CLEARED, "asked": asked, "asked_ns": record.at_ns}
    if record.event is OrderEvent.REPLACED and before.asked is not None:
        got = _replace(before, **told_terms(record)).terms
        if got != before.asked:
            return {"pending_replace": True}
    return {} if before.asked is None else CLEARED


def terms_seen(state: State, record: r.TermsSeen) -> None:
    """Count a look-up that showed other terms than those that were asked for."""
    before = state.orders.get(record.order)
    if before is not None and before.asked is not None:
        since_ns = before.unseen_ns or record.at_ns
        after = _replace(before, unseen=before.unseen + 1, unseen_ns=since_ns)
        state.put(state.orders, record.order, after)
