"""Stops in doubt: what stands for a stop of which nobody knows whether it is at its venue.

Rules of this file
1. To close twice what may only be closed is harmless where the venue keeps reduce-only and nothing
   else is held there; to have no stop is not. So there, and only there, a stop in doubt is no
   reason to do without one.
2. At once the bridge keeps the level as well. When answers of a minute have not shown the stop,
   another one goes to the venue beside it, as an order of its own.
3. The doubt itself is not ended by that: the stop counts in full, and leaves by evidence. The one
   beside it is of the same kind, and so the canary that the first stop of an account lacks.
4. Elsewhere nothing stands for it. A person is called in every case in which the first answers did
   not end the doubt.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Final

from core import records as r
from core.doubt import NEGATIVES_MIN, SPAN_NS
from core.legs import is_free, leaves_of, legs_of, share_of, stops_in
from core.money import ZERO
from core.orders import Order, OrderState, Purpose
from core.plan_rows import STOP, Key
from core.setup import SECOND_NS
from core.state import DoubtRow, State

Steps = Generator[r.AlarmRaised, None, None]

BESIDE_MAX: Final = 2
"""Stops in doubt of one share beside which another one is placed: where three in a row get lost a
fourth one does too, and three orders in doubt stop the whole account anyway."""

CALLED_AFTER_NS: Final = 5 * SECOND_NS
"""How long a stop is in doubt before a person is called: most doubts end with the look-ups at 0 and
2 s, and a call that is over when it is read is soon not read any more. Nobody acts within five
seconds, and the status shows it at once."""

_AT_VENUE: Final = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)
_EXPECTED: Final = (*_AT_VENUE, OrderState.INTENDED, OrderState.SENT)
"""What will be there in a moment; if it gets lost it is in doubt itself."""

CODE: Final = "stop_in_doubt"
"""Code of the alarm."""

KEEPS: Final = "the bridge closes it at its level meanwhile"
NOTHING_STANDS: Final = "nothing closes it at its level unless it is there"


def is_unsure(order: Order) -> bool:
    """Say whether an order is a stop that waits at its venue or is nowhere."""
    waits = order.purpose is Purpose.LEG and order.leg == STOP and order.rests
    return waits and order.state is OrderState.UNKNOWN


def sure(state: State, key: Key, stops: Iterable[Order]) -> list[Order]:
    """Return the stops without those in doubt, where the bridge may close beside them."""
    listed = list(stops)
    if not any(map(is_unsure, listed)) or not is_free(state, key):
        return listed
    return [one for one in listed if not is_unsure(one)]


def not_shown(state: State, key: Key, stops: Iterable[Order], now: int) -> list[Order]:
    """Return the stops in doubt beside which another one may stand, the oldest first."""
    found = [one for one in stops if is_unsure(one) and _is_asked_for(state, one, now)]
    return found[:BESIDE_MAX] if found and is_free(state, key) else []


def _is_asked_for(state: State, order: Order, now: int) -> bool:
    """Say whether answers of a minute have not shown an order, whatever these prove."""
    row = state.doubts.get(order.order)
    asked = row is not None and row.asked >= NEGATIVES_MIN
    return asked and row is not None and now - row.since_ns >= SPAN_NS


def in_doubt(
    state: State, name: str, *, covers: tuple[OrderState, ...] = _AT_VENUE
) -> tuple[str, str] | None:
    """Say what stands for a stop in doubt, and whose it is; ``None``: it is none, nothing is open
    that it closes, or others, by default those at the venue, cover all of it."""
    order = state.orders.get(name)
    if order is None or not is_unsure(order):
        return None
    key = (order.account, order.instrument, order.strategy)
    share = share_of(state, key)
    stops = [one for one in stops_in(legs_of(state, key)) if one.state in covers]
    if share * order.side.sign >= ZERO or leaves_of(stops) >= abs(share):
        return None
    stands = KEEPS if key in state.plans and is_free(state, key) else NOTHING_STANDS
    return stands, f"{order.instrument} of {order.strategy} in account:{order.account}"


def due(state: State, now: int) -> Steps:
    """Call a person, once, for each stop that leaves a position open and is in doubt for long."""
    for name, row in sorted(state.doubts.items()):
        facts = _uncalled(state, row) if now >= row.since_ns + CALLED_AFTER_NS else None
        if facts is not None:
            value, where = facts
            yield r.AlarmRaised(at_ns=now, code=CODE, value=value, limit=name, where=where)


def next_call(state: State) -> int | None:
    """Return when ``due`` has something to do; ``None``: no stop is in doubt."""
    waits = [row.since_ns for row in state.doubts.values() if _uncalled(state, row) is not None]
    return min(waits) + CALLED_AFTER_NS if waits else None


def _uncalled(state: State, row: DoubtRow) -> tuple[str, str] | None:
    return None if row.called else in_doubt(state, row.order, covers=_EXPECTED)


def placed_beside(state: State, order: Order, now: int) -> Steps:
    """Tell that a stop was placed beside one in doubt."""
    key = (order.account, order.instrument, order.strategy)
    stops = stops_in(legs_of(state, key))
    others = not_shown(state, key, stops, now)
    if order.rests and order.leg == STOP and others:
        names = ", ".join(one.order for one in others)
        where = f"{order.instrument} of {order.strategy} in account:{order.account}"
        yield r.AlarmRaised(
            at_ns=now, code="stop_beside", value=order.order, limit=names, where=where
        )
