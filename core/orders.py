"""An order: its states, and the one table that says what each report of the real world does to it.

Rules of this file
1. Everything about which state follows which is in ``TRANSITIONS``; no ``if state ==`` anywhere else.
2. The table follows the venue: what it proves wins over what we believed, and a contradiction raises an alarm.
3. A pair that is not in the table cannot happen to an honest order; it is recorded and changes nothing.
4. Quantities are the sum of fills by execution id. A state is read off the quantities, never the other way round.
5. ``unknown`` is left by evidence or by a person, never by time.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from core.money import ZERO


class Side(StrEnum):
    """The side of an order."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """Return +1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> Side:
        """Return the other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """How an order meets the market."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"


class Purpose(StrEnum):
    """What an order is for: the *kind* of the control table. Only an entry raises exposure."""

    ENTRY = "entry"
    EXIT = "exit"
    LEG = "leg"
    CANCEL = "cancel"
    FLATTEN = "flatten"


class OrderState(StrEnum):
    """Where an order stands. ``pending_cancel`` and ``pending_replace`` are flags beside it."""

    INTENDED = "intended"
    HELD = "held"
    SENT = "sent"
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    NOT_PLACED = "not_placed"


ALIVE: Final = frozenset(
    {
        OrderState.INTENDED,
        OrderState.HELD,
        OrderState.SENT,
        OrderState.ACCEPTED,
        OrderState.PARTIALLY_FILLED,
        OrderState.UNKNOWN,
    }
)
"""States in which what is not filled counts as exposure at full size."""

DONE: Final = frozenset(OrderState) - ALIVE
"""States that hold no exposure. A fill can still arrive, and is then followed."""


class OrderEvent(StrEnum):
    """What can happen to an order."""

    RELEASED = "released"
    SENT = "sent"
    TIMED_OUT = "timed_out"
    ACCEPTED = "accepted"
    FILL = "fill"
    CANCEL_ASKED = "cancel_asked"
    CANCELLED = "cancelled"
    CANCEL_REJECTED = "cancel_rejected"
    REPLACE_ASKED = "replace_asked"
    REPLACED = "replaced"
    REPLACE_REJECTED = "replace_rejected"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DONE_FOR_DAY = "done_for_day"
    FOUND = "found"
    ABSENT = "absent"
    BUST = "bust"
    CORRECTED = "corrected"


class Rule(StrEnum):
    """A target that is read off the order instead of being named."""

    SAME = "same"
    BY_QUANTITY = "by_quantity"
    """``filled`` when nothing is left, ``partially_filled`` when something is filled, else ``accepted``."""
    DONE_BY_QUANTITY = "done_by_quantity"
    """``filled`` when nothing is left, else as it was: the order is over and does not come back to life."""


class Step(NamedTuple):
    """One cell: where it leads, and the alarm that it raises (empty: none)."""

    to: OrderState | Rule
    alarm: str = ""


_I, _H, _S, _A, _P, _F, _C, _R, _E, _U, _N = OrderState
_SAME, _BY, _DONE = Rule.SAME, Rule.BY_QUANTITY, Rule.DONE_BY_QUANTITY
_EV = OrderEvent


def _row(event: OrderEvent, cells: dict[OrderState, Step]) -> dict[tuple[OrderState, OrderEvent], Step]:
    return {(state, event): step for state, step in cells.items()}


def _all(states: tuple[OrderState, ...], to: OrderState | Rule, alarm: str = "") -> dict[OrderState, Step]:
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
            _R: Step(_A, "accept_after_reject"),
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
    **_row(
        _EV.REPLACED,
        {**_all((_I, _S, _A, _P, _U), _BY), **_all((_F, _C, _R, _E, _N), _DONE)},
    ),
    **_row(_EV.REPLACE_REJECTED, _all((_I, _S, _A, _P, _F, _C, _R, _E, _U, _N), _SAME)),
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
        {**_all((_I, _S, _U), _A), **_all((_A, _P, _F, _C, _R, _E), _SAME), _N: Step(_A, "late_arrival")},
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
    # Asked for often enough, by calls that would have shown it. A working order that is not shown is a
    # contradiction and no proof: it stays, and someone is called.
    **_row(
        _EV.ABSENT,
        {
            **_all((_I, _S, _U), _N),
            **_all((_A, _P), _SAME, "working_order_not_shown"),
            **_all((_F, _C, _R, _E, _N), _SAME),
        },
    ),
    # A trade was taken back. The order does not come alive again; what is left of it is over.
    **_row(
        _EV.BUST,
        {
            _P: Step(_BY, "fill_busted"),
            _F: Step(_C, "fill_busted"),
            **_all((_C, _E, _U, _N, _R, _A, _S, _I), _SAME, "fill_busted"),
        },
    ),
    **_row(
        _EV.CORRECTED,
        {
            **_all((_A, _P), _BY, "fill_corrected"),
            _F: Step(_F, "fill_corrected"),
            **_all((_C, _E, _U, _N, _R, _S, _I), _SAME, "fill_corrected"),
        },
    ),
}
"""What each event does in each state. The diagram of the documentation is drawn from it."""

_AT_VENUE: Final = ALIVE - {OrderState.INTENDED, OrderState.HELD}

UNSOLICITED: Final = "cancel_unsolicited"
"""Alarm for a cancel that nobody of ours asked for."""

FLAGS: Final[dict[OrderEvent, tuple[bool | None, bool | None]]] = {
    OrderEvent.CANCEL_ASKED: (True, None),
    OrderEvent.CANCEL_REJECTED: (False, None),
    OrderEvent.REPLACE_ASKED: (None, True),
    OrderEvent.REPLACED: (None, False),
    OrderEvent.REPLACE_REJECTED: (None, False),
}
"""What an event does to (pending_cancel, pending_replace): set, clear, or leave. A done order has neither."""


class Order(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One order as the journal knows it. Times are UTC nanoseconds, quantities in units of the instrument.

    ``order``: our id, the same at the venue. ``origin``: the signal or the operator's act that asked for it.
    ``notional``: sum of price x quantity of its fills. ``fee``: in the account's currency; ``None`` while a fill's
    fee is not known yet. ``expires_ns``: after this an order that was not sent is not sent any more.
    ``reference``: the middle of the market when it was judged. ``worst_price``: the collar, beyond which a market
    order is not to be filled. ``number``: of the journal record that is the permission to send it. ``reason``: the venue's words for its end.
    """

    order: str
    origin: str
    account: str
    instrument: str
    strategy: str
    purpose: Purpose
    side: Side
    quantity: Decimal
    order_type: OrderType
    intended_ns: int
    expires_ns: int
    price: Decimal | None = None
    trigger: Decimal | None = None
    reference: Decimal | None = None
    worst_price: Decimal | None = None
    state: OrderState = OrderState.INTENDED
    pending_cancel: bool = False
    pending_replace: bool = False
    filled: Decimal = ZERO
    notional: Decimal = ZERO
    fee: Decimal | None = ZERO
    held_for: str = ""
    number: int = 0
    sent_ns: int = 0
    accepted_ns: int = 0
    done_ns: int = 0
    venue_order: str = ""
    reason: str = ""

    @property
    def leaves(self) -> Decimal:
        """Return what may still be filled: the exposure that is reserved for it. Zero once done."""
        if self.state not in ALIVE:
            return ZERO
        left = self.quantity - self.filled
        return left if left > ZERO else ZERO

    @property
    def average_price(self) -> Decimal | None:
        """Return the average price of its fills, ``None`` without any."""
        return self.notional / self.filled if self.filled else None

    @property
    def reduce_only(self) -> bool:
        """Say whether it may only make a position smaller."""
        return self.purpose is not Purpose.ENTRY


def next_state(order: Order, event: OrderEvent) -> Step | None:
    """Read the table for an order whose quantities already include ``event``; ``None``: the pair is not in it."""
    step = TRANSITIONS.get((order.state, event))
    if step is None:
        return None
    to, alarm = step
    if event is OrderEvent.CANCELLED and order.state in _AT_VENUE and not order.pending_cancel:
        alarm = alarm or UNSOLICITED
    if to is Rule.SAME:
        return Step(order.state, alarm)
    if order.filled >= order.quantity and to in (Rule.BY_QUANTITY, Rule.DONE_BY_QUANTITY):
        over = order.filled > order.quantity
        return Step(OrderState.FILLED, alarm or ("overfill" if over else ""))
    if to is Rule.BY_QUANTITY:
        partial = OrderState.PARTIALLY_FILLED if order.filled else OrderState.ACCEPTED
        return Step(partial, alarm)
    if to is Rule.DONE_BY_QUANTITY:
        return Step(order.state, alarm)
    return Step(to, alarm)
