"""Inferred fills: what must have been filled, or was by a person's word, before any execution
tells it.

Rules of this file
1. An inferred fill is marked in its record and in its row, for ever: nothing invented passes for
   something told.
2. It stands in for executions that the venue has not told. Each that is told takes the place of
   the one that speaks for the earliest moment after it, so that in the end only real executions
   count, whatever the order in which they came.
3. An execution of after the moment that it speaks for is a new one, and takes the place of none,
   but where both together would be more than the order: then of the newest.
4. Whatever the venue shows later to be less wins over it, with an alarm.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final

from core import records as r
from core.money import ZERO
from core.orders import Order, OrderEvent, OrderState
from core.reports import Report
from core.setup import SECOND_NS
from core.state import FillRow, State
from core.transitions import next_state

Steps = Generator[r.OrderChanged | r.AlarmRaised, None, None]
Taking = Generator[r.OrderChanged, None, Decimal]

BY_BRIDGE: Final = "inferred"
BY_PERSON: Final = "person"
"""First words of the execution ids of inferred fills: who concluded it."""

REPLACED: Final = "inferred_replaced"
"""Reason of the record that takes an inferred fill back for an execution that was told."""

CONTRADICTED: Final = "inferred_contradicted"
"""Reason of the record that takes it back because the venue shows less; and the alarm's code."""

_BY_QUANTITY: Final = (OrderState.FILLED, OrderState.PARTIALLY_FILLED)

SLACK_NS: Final = SECOND_NS
"""How far the clocks of bridge and venue may be apart: what control 21 lets pass."""


def infer(
    state: State,
    order: Order,
    now: int,
    *,
    quantity: Decimal,
    price: Decimal,
    reason: str,
    by: str = "",
    at_ns: int = 0,
) -> Steps:
    """Book a fill of ``quantity`` that no execution tells.

    ``by``: the person who says so; nobody: the bridge concluded it, with an alarm. ``at_ns``: the
    moment of the venue's picture, by the venue's clock, that it speaks for; 0: now.
    """
    assert quantity > ZERO and price > ZERO, "an inferred fill has a quantity and a price"
    author = BY_PERSON if by else BY_BRIDGE
    ahead = f"{author}:{order.order}:"
    known = state.order_fills.get(order.order, ())
    exec_id = f"{ahead}{1 + sum(name.startswith(ahead) for name in known)}"
    move = next_state(order, OrderEvent.FILL, filled=order.filled + quantity)
    assert move is not None, "every state of an order takes a fill"
    yield r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=OrderEvent.FILL,
        to=move.to,
        venue_ns=at_ns or now,
        exec_id=exec_id,
        quantity=quantity,
        price=price,
        reason=reason,
        by=by,
        inferred=True,
    )
    if move.alarm:
        yield r.AlarmRaised(at_ns=now, code=move.alarm, value=exec_id, where=order.order)
    if not by:
        yield r.AlarmRaised(
            at_ns=now, code="fill_inferred", value=f"{quantity} at {price}", where=order.order
        )


def replace_inferred(
    state: State, order: Order, report: Report, now: int, *, grows: Decimal
) -> Taking:
    """Take back what an execution that makes an order's fills grow stands for; return how much."""
    taken = ZERO
    rows = _newest_first(state, order)
    if not rows:
        return taken
    left = {row.exec_id: row.quantity for row in rows}
    for row in sorted(rows, key=lambda row: row.venue_ns):
        if report.at_ns <= row.venue_ns + SLACK_NS:
            taken += _cut(left, row, grows - taken)
    for row in rows:
        taken += _cut(left, row, order.filled + grows - taken - order.quantity)
    for row in rows:
        if left[row.exec_id] != row.quantity:
            yield _corrected(
                order, row, now, left=left[row.exec_id], to=order.state, reason=REPLACED
            )
    return taken


def contradict(state: State, order: Order, now: int, *, filled: Decimal, at_ns: int) -> Steps:
    """Take back what is inferred beyond what the venue shows as filled at ``at_ns``.

    An order that was over by it alone is alive again: what became of it is for the venue to say.
    """
    left = order.filled - filled
    for row in _newest_first(state, order):
        if left <= ZERO:
            return
        part = min(row.quantity, left)
        if at_ns + SLACK_NS < row.venue_ns:  # an older picture says nothing of it
            continue
        left -= part
        current = state.orders[order.order]
        to = current.state
        if to in _BY_QUANTITY and current.filled - part < current.quantity:
            partly = current.filled > part
            to = OrderState.PARTIALLY_FILLED if partly else OrderState.ACCEPTED
        yield _corrected(current, row, now, left=row.quantity - part, to=to, reason=CONTRADICTED)
        yield r.AlarmRaised(
            at_ns=now,
            code=CONTRADICTED,
            value=str(row.quantity),
            limit=str(row.quantity - part),
            where=order.order,
        )


def _cut(left: dict[str, Decimal], row: FillRow, most: Decimal) -> Decimal:
    """Take up to ``most`` of what is left of an inferred fill; return how much."""
    part = max(ZERO, min(left[row.exec_id], most))
    left[row.exec_id] -= part
    return part


def is_by_person(row: FillRow) -> bool:
    """Say whether a fill rests on a person's word."""
    return row.inferred and row.exec_id.startswith(f"{BY_PERSON}:")


def inferred_of(state: State, order: Order) -> Decimal:
    """Return how much of an order's fills is inferred and not replaced."""
    return sum((row.quantity for row in _newest_first(state, order)), ZERO)


def _newest_first(state: State, order: Order) -> list[FillRow]:
    names = reversed(state.order_fills.get(order.order, ()))
    rows = [state.fills[order.account, name] for name in names]
    return [row for row in rows if row.inferred and row.quantity]


def _corrected(
    order: Order, row: FillRow, now: int, *, left: Decimal, to: OrderState, reason: str
) -> r.OrderChanged:
    """Make the record after which only ``left`` of an inferred fill counts."""
    return r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=OrderEvent.CORRECTED if left else OrderEvent.BUST,
        to=to,
        venue_ns=row.venue_ns,
        exec_id=row.exec_id,
        quantity=left or None,
        price=row.price if left else None,
        reason=reason,
        inferred=True,
    )
