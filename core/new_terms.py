"""Asking for new terms of orders. The old ones hold until the venue has said the new ones."""

from __future__ import annotations

from collections.abc import Generator

import msgspec

from core import records as r
from core.answers import AskReplace
from core.orders import Order, OrderEvent, Terms

Steps = Generator[r.OrderChanged | AskReplace, None, None]


def ask_new_terms(
    order: Order,
    terms: Terms,
    now: int,
    *,
    by: str,
    reason: str,
    checks: msgspec.Raw = r.NO_CHECKS,
) -> Steps:
    """Record that new terms of an order were asked for, and ask its venue."""
    yield r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=OrderEvent.REPLACE_ASKED,
        to=order.state,
        quantity=terms.quantity,
        price=terms.price,
        trigger=terms.trigger,
        by=by,
        reason=reason,
        checks=checks,
    )
    yield AskReplace(order.order, terms)
