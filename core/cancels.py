"""Asking for the end of orders. Only the venue ends what may be there."""

from __future__ import annotations

from collections.abc import Generator, Iterable

from core import records as r
from core.answers import AskCancel
from core.orders import Order, OrderEvent, OrderState
from core.transitions import next_state

Steps = Generator[r.OrderChanged | AskCancel, None, None]


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
