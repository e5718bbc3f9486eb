"""Asking for the end of orders. Only the venue ends what may be there.

Rules of this file
1. What a venue refused to end is not asked again at once; each refusal in a row doubles the wait.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Final

from core import records as r
from core.answers import AskCancel
from core.orders import Order, OrderEvent, OrderState
from core.setup import SECOND_NS
from core.transitions import next_state

Steps = Generator[r.OrderChanged | AskCancel, None, None]

CANCEL_AGAIN_NS: Final = 5 * SECOND_NS
"""Before the end of an order is asked for again that its venue refused to end: a refusal is often
the fill that is on its way."""

CANCEL_AGAIN_MAX_NS: Final = 60 * SECOND_NS
"""The longest such wait: a venue that refused for a minute does so for a reason, and one message a
minute bans nobody. It is reached with the fifth refusal in a row."""

_DOUBLED_MAX: Final = 4
"""Doublings that are counted: the longest wait is reached by then."""


def again_ns(order: Order) -> int:
    """Return from when on the end of an order may be asked for; 0: it was never refused."""
    if not order.end_refused:
        return 0
    doubled = min(order.end_refused - 1, _DOUBLED_MAX)
    return order.end_asked_ns + min(CANCEL_AGAIN_NS << doubled, CANCEL_AGAIN_MAX_NS)


def cancel_orders(orders: Iterable[Order], now: int, *, by: str, reason: str) -> Steps:
    """Record that the end of each order was asked for, and ask its venue if it may be there."""
    for order in orders:
        move = next_state(order, OrderEvent.CANCEL_ASKED)
        assert move is not None, "only an order alive is cancelled"
        yield r.OrderChanged(
            at_ns=now,
            order=order.order,
            event=OrderEvent.CANCEL_ASKED,
            to=move.to,
            by=by,
            reason=reason,
        )
        if move.to is not OrderState.CANCELLED:
            yield AskCancel(order.order)
