"""A person says what became of an order in doubt: the one way out of it beside evidence.

Rules of this file
1. It is for orders of which nobody knows: unknown, or handed over for a minute without any outcome.
2. What the person says is recorded with name and reason, by the events that evidence would make;
   fills are marked as inferred.
3. The venue's own word wins over it whenever it comes, with an alarm.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final

from core import records as r
from core.answers import Denied, Done, Effect
from core.commands import Resolution, ResolveOrder
from core.doubt import IN_DOUBT
from core.inferred import infer
from core.late import follow
from core.money import ZERO, plain
from core.orders import Order, OrderEvent, OrderState
from core.setup import SECOND_NS
from core.state import State
from core.transitions import next_state

Decision = Generator[r.Record | Effect, None, Done | Denied]

SILENT_NS: Final = 60 * SECOND_NS
"""How long an order that was handed over has no outcome before a person may give it one: the
bridge's own first minute of asking."""

_EVENTS: Final = {
    Resolution.NOT_PLACED: OrderEvent.ABSENT,
    Resolution.WORKING: OrderEvent.FOUND,
    Resolution.CANCELLED: OrderEvent.CANCELLED,
}


def resolve_order(state: State, command: ResolveOrder, now: int) -> Decision:
    """Settle an order by a person's word."""
    order = state.orders.get(command.order)
    if order is None:
        return Denied(code="order_unknown", value=command.order)
    if not _is_in_doubt(order, now):
        return Denied(code="order_not_in_doubt", value=order.order, limit=order.state)
    if not command.reason.strip():
        return Denied(code="reason_missing", value=order.order)
    total = _filled(command, order)
    wrong = _contradiction(command, order, total)
    if wrong:
        return Denied(
            code="resolve_impossible", value=command.outcome, limit=wrong, where=order.order
        )
    missing, price = total - order.filled, command.price
    if missing > ZERO:
        assert price is not None, "asked for above"
        yield from infer(
            state, order, now, quantity=missing, price=price, reason=command.reason, by=command.by
        )
    event = _EVENTS.get(command.outcome)
    if event is not None:
        yield _said(state.orders[order.order], event, command, now)
    yield from follow(state, order, event or OrderEvent.FILL, now)
    return Done()


def _is_in_doubt(order: Order, now: int) -> bool:
    if order.state is OrderState.UNKNOWN:
        return True
    since = order.sent_ns or order.intended_ns
    return order.state in IN_DOUBT and now - since >= SILENT_NS


def _filled(command: ResolveOrder, order: Order) -> Decimal:
    """Return what is filled of the order in all, by the person's word."""
    if command.quantity is not None:
        return command.quantity
    return order.quantity if command.outcome is Resolution.FILLED else order.filled


def _contradiction(command: ResolveOrder, order: Order, total: Decimal) -> str:
    """Say what cannot be, or nothing."""
    known, asked = plain(order.filled), plain(order.quantity)
    if total < order.filled:
        return f"{known} of it is filled"
    if total > order.quantity:
        return f"it is for {asked}"
    if total > order.filled and (command.price is None or command.price <= ZERO):
        return "the price of what was filled is missing"
    match command.outcome:
        case Resolution.NOT_PLACED if total > ZERO:
            return f"{plain(total)} of it is filled"
        case Resolution.FILLED if total < order.quantity:
            return f"only {plain(total)} of {asked} is filled; say working or cancelled"
        case Resolution.WORKING | Resolution.CANCELLED if total == order.quantity:
            return "all of it is filled"
        case _:
            return ""


def _said(order: Order, event: OrderEvent, command: ResolveOrder, now: int) -> r.OrderChanged:
    move = next_state(order, event)
    assert move is not None, "an order in doubt takes what a person may say"
    return r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=event,
        to=move.to,
        reason=command.reason,
        by=command.by,
    )
