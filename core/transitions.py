"""The one table that says what each report of the real world does to an order.

Rules of this file
1. Everything about which state follows which is in ``TRANSITIONS``; no ``if state ==`` elsewhere.
2. The table follows the venue: what it proves wins over what we believed, and a contradiction
   raises an alarm.
3. A pair that is not in the table cannot happen to an honest order; it is recorded and changes
   nothing.
4. Quantities are the sum of fills by execution id. A state is read off the quantities, never the
   other way round.
5. ``unknown`` is left by evidence or by a person, never by time.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from core.orders import ALIVE, Order, OrderEvent, OrderState


class Rule(StrEnum):
    """A target that is read off the order instead of being named."""

    SAME = "same"
    BY_QUANTITY = "by_quantity"
    """``filled`` when nothing is left, ``partially_filled`` when something is filled, else
    ``accepted``."""
    DONE_BY_QUANTITY = "done_by_quantity"
    """``filled`` when nothing is left, else as it was: it is over and comes not back to life."""
    ENDED_BY_QUANTITY = "ended_by_quantity"
    """``filled`` when nothing is left, else ``cancelled``: what a trade gave back is not traded
    again."""


class Step(NamedTuple):
    """One cell: where it leads, and the alarm that it raises (empty: none)."""

    to: OrderState | Rule
    alarm: str = ""


class Move(msgspec.Struct, frozen=True, gc=False):
    """A cell read for one order: the state it is in afterwards, and the alarm (empty: none)."""

    to: OrderState
    alarm: str


_I, _H, _S, _A, _P, _F, _C, _R, _E, _U, _N = OrderState
_SAME, _BY, _DONE, _ENDED = Rule
_EV = OrderEvent
_FILL, _CANCELLED = OrderEvent.FILL, OrderEvent.CANCELLED

_Cells = dict[OrderState, Step]


def _row(event: OrderEvent, cells: _Cells) -> dict[tuple[OrderState, OrderEvent], Step]:
    return {(state, event): step for state, step in cells.items()}


def _all(states: tuple[OrderState, ...], to: OrderState | Rule, alarm: str = "") -> _Cells:
    return dict.fromkeys(states, Step(to, alarm))


TRANSITIONS: Final[dict[tuple[OrderState, OrderEvent], Step]] = {
    **_row(_EV.RELEASED, {_H: Step(_I)}),
    # The wire took it. An acknowledgement or a fill may have overtaken this news.
    **_row(_EV.SENT, {_I: Step(_S), **_all((_S, _A, _P, _F, _C, _R, _E, _U, _N), _SAME)}),
    # No answer that proves anything. What is already proven stays proven.
    **_row(_EV.TIMED_OUT, {**_all((_I, _S, _U), _U), **_all((_A, _P, _F, _C, _R, _E, _N), _SAME)}),
    **_row(
        _EV.ACCEPTED,
        {
            **_all((_I, _S, _U), _A),
            **_all((_A, _P, _F, _C, _E), _SAME),  # duplicate, or overtaken by a later report
            _H: Step(_A, "order_live_while_held"),
            _R: Step(_BY, "accept_after_reject"),
            _N: Step(_A, "late_arrival"),
        },
    ),
    **_row(
        _EV.FILL,
        {
            **_all((_I, _S, _A, _P, _U), _BY),  # fill before acknowledgement is ordinary
            _F: Step(_F, "overfill"),
            _C: Step(_DONE, "fill_after_cancel"),
            _E: Step(_DONE, "fill_after_expiry"),
            _R: Step(_BY, "fill_after_reject"),
            _N: Step(_BY, "late_arrival"),
            _H: Step(_BY, "order_live_while_held"),
        },
    ),
    # A held order was never sent, so asking is enough. Elsewhere only the venue ends an order.
    **_row(_EV.CANCEL_ASKED, {_H: Step(_C), **_all((_I, _S, _A, _P, _U), _SAME)}),
    **_row(
        _EV.CANCELLED,
        {**_all((_I, _H, _S, _A, _P, _U, _N), _C), **_all((_F, _C, _R, _E), _SAME)},
    ),
    **_row(_EV.CANCEL_REJECTED, _all((_I, _S, _A, _P, _F, _C, _R, _E, _U, _N), _SAME)),
    **_row(_EV.REPLACE_ASKED, _all((_A, _P), _SAME)),
    # A fill of the old terms may have overtaken a replace to more: then it is filled no longer.
    **_row(
        _EV.REPLACED,
        {
            **_all((_I, _S, _A, _P, _F, _U), _BY),
            **_all((_C, _E), _DONE),
            _H: Step(_BY, "order_live_while_held"),
            _R: Step(_BY, "accept_after_reject"),
            _N: Step(_BY, "late_arrival"),
        },
    ),
    # Fills up to its old quantity did not end it while more was asked for: now they do.
    **_row(
        _EV.REPLACE_REJECTED,
        {**_all((_A, _P), _BY), **_all((_I, _S, _F, _C, _R, _E, _U, _N), _SAME)},
    ),
    **_row(
        _EV.REJECTED,
        {
            **_all((_I, _S, _U, _N), _R),
            _A: Step(_R, "reject_after_accept"),
            _P: Step(_C, "reject_after_fill"),  # what is filled is filled; the rest is over
            _F: Step(_SAME, "reject_after_fill"),
            **_all((_C, _R, _E), _SAME),
        },
    ),
    **_row(
        _EV.EXPIRED,
        {**_all((_I, _H, _S, _A, _P, _U, _N), _E), **_all((_F, _C, _R, _E), _SAME)},
    ),
    # It rests at the venue until the next session: that it exists is the news.
    **_row(
        _EV.DONE_FOR_DAY,
        {
            **_all((_I, _S, _U), _A),
            **_all((_A, _P, _F, _C, _E), _SAME),
            _H: Step(_A, "order_live_while_held"),
            _R: Step(_BY, "accept_after_reject"),
            _N: Step(_A, "late_arrival"),
        },
    ),
    # Asked for by its id, and the venue showed it.
    **_row(
        _EV.FOUND,
        {
            **_all((_I, _S, _U), _BY),
            **_all((_A, _P, _F, _C, _E), _SAME),
            _H: Step(_BY, "order_live_while_held"),
            _R: Step(_BY, "accept_after_reject"),
            _N: Step(_BY, "late_arrival"),
        },
    ),
    # Asked for often enough, by calls that would have shown it. A working order that is not shown
    # is a contradiction and no proof: it stays, and someone is called.
    **_row(
        _EV.ABSENT,
        {
            **_all((_I, _S, _U), _N),
            **_all((_A, _P), _SAME, "working_order_not_shown"),
            **_all((_F, _C, _R, _E, _N), _SAME),
        },
    ),
    # A trade was taken back. The order does not come alive again; what is left of it is over.
    # It may be told before the trade itself, which then counts for nothing.
    **_row(
        _EV.BUST,
        {
            **_all((_A, _P), _BY, "fill_busted"),
            _F: Step(_ENDED, "fill_busted"),
            **_all((_I, _S, _C, _R, _E, _U), _SAME, "fill_busted"),
            _H: Step(_BY, "order_live_while_held"),
            _N: Step(_BY, "late_arrival"),  # whatever was taken back, the order had been there
        },
    ),
    # Told before the trade itself it is the trade.
    **_row(
        _EV.CORRECTED,
        {
            **_all((_I, _S, _A, _P, _R, _U), _BY, "fill_corrected"),
            _H: Step(_BY, "order_live_while_held"),
            _N: Step(_BY, "late_arrival"),
            _F: Step(_ENDED, "fill_corrected"),
            **_all((_C, _E), _DONE, "fill_corrected"),
        },
    ),
}
"""What each event does in each state. The diagram of the documentation is drawn from it."""

AFTER_A_PERSON: Final[dict[tuple[OrderState, OrderEvent], Step]] = {
    **_row(_EV.ACCEPTED, {_C: Step(_BY, "person_contradicted")}),
    **_row(_EV.DONE_FOR_DAY, {_C: Step(_BY, "person_contradicted")}),
    **_row(_EV.FOUND, {_C: Step(_BY, "person_contradicted")}),
    **_row(_EV.FILL, {_C: Step(_BY, "person_contradicted")}),
    **_row(_EV.ABSENT, {_A: Step(_N, "person_contradicted")}),
}
"""Cells that hold instead while an order's state rests on a person's word: the venue's own wins."""

_MAY_BE_OUT: Final = ALIVE - {OrderState.HELD}

UNSOLICITED: Final = "cancel_unsolicited"
"""Alarm for a cancel that nobody of ours asked for."""

FLAGS: Final[dict[OrderEvent, tuple[bool | None, bool | None]]] = {
    OrderEvent.CANCEL_ASKED: (True, None),
    OrderEvent.CANCEL_REJECTED: (False, None),
    OrderEvent.REPLACE_ASKED: (None, True),
    OrderEvent.REPLACED: (None, False),
    OrderEvent.REPLACE_REJECTED: (None, False),
}
"""What an event does to (pending_cancel, pending_replace): set, clear, or leave. A done order has
neither."""


def next_state(
    order: Order,
    event: OrderEvent,
    *,
    filled: Decimal | None = None,
    quantity: Decimal | None = None,
) -> Move | None:
    """Read the table for an order; ``None``: the pair is not in it.

    ``filled`` and ``quantity``: as ``event`` leaves them, when it changes them. While a replace is
    pending, what ends an order is the larger quantity: nobody knows yet which one it has.
    """
    cell = (order.state, event)
    step = (order.resolved and AFTER_A_PERSON.get(cell)) or TRANSITIONS.get(cell)
    if step is None:
        return None
    to, alarm = step
    if event is _CANCELLED and order.state in _MAY_BE_OUT and not order.pending_cancel:
        alarm = alarm or UNSOLICITED
    if to is _SAME:
        return Move(order.state, alarm)
    filled = order.filled if filled is None else filled
    quantity = order.ceiling if quantity is None else quantity
    # Of two things that are wrong with a fill, the surplus is the one that costs money.
    if filled > quantity and (event is _FILL or not alarm):
        alarm = "overfill"
    if isinstance(to, OrderState):
        return Move(to, alarm)
    if filled >= quantity:
        return Move(_F, alarm)
    if to is _BY:
        return Move(_P if filled else _A, alarm)
    return Move(order.state if to is _DONE else _C, alarm)
