"""Turns in doubt: shares that our books show on the wrong side because exits were heard before the
entries that they closed.

Rules of this file
1. An entry explains what an exit seems to have opened as long as it may have been filled without
   our knowing it: it was on its way before that exit was heard, and is alive. It explains no more
   than its leaves, and only on its own side.
2. An order that works at its venue with a price of its own may wait there for ever. It explains
   nothing once the venue has shown it, after the exit was heard, with no more filled than we know.
   One at the market does not wait: showing it says something only when it is old.
3. Where the venue takes no exit through flat, the entries of other strategies explain too: the exit
   can only have closed what was there. Elsewhere each owner answers for itself.
4. What is in doubt is nobody's position until the doubt is over: a message is read without it.
   Numbers and questions only; what is done about it is in ``core.turned``.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final

from core import records as r
from core.commands import TakeLookup, TakeSnapshot
from core.differences import Comparison
from core.legs import leaves_of, share_of
from core.mismatches import Kind
from core.money import ZERO
from core.orders import Order, OrderEvent, OrderState, OrderType, Purpose, Side
from core.plan_rows import Key
from core.setup import SECOND_NS
from core.state import State
from core.turn_rows import TurnRow

Steps = Generator[r.EntryShown, None, None]

FILLS_FIRST: Final = "fills_first"
"""Why an exit is held that would close what such an entry may have opened."""

LAG_NS: Final = 60 * SECOND_NS
"""How long a venue may lag behind its own fills: an order at the market that it shows at work so
long after the exit was heard really waits there (``core.reconcile`` waits as long)."""

AT_VENUE: Final = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)
"""States in which a venue has shown an order at work."""


def entries_in_doubt(
    state: State,
    key: Key,
    side: Side,
    *,
    before: int,
    shown: tuple[str, ...] = (),
    kept: bool = False,
) -> list[Order]:
    """List the entries, oldest first, that may have filled without our knowing it what exits on
    ``side`` closed. ``before``: they were on their way before that record; ``kept``: those of other
    strategies count too."""
    account, instrument, strategy = key
    owners = sorted(state.strategies_at.get((account, instrument), ())) if kept else [strategy]
    orders = [
        state.orders[name]
        for owner in owners
        for name in state.working.get((account, instrument, owner), ())
        if name not in shown
    ]
    found = [
        one
        for one in orders
        if one.purpose is Purpose.ENTRY and one.side is not side and one.number <= before
        if one.state is not OrderState.HELD
    ]
    return sorted(found, key=lambda one: one.number)


def explaining(state: State, row: TurnRow) -> list[Order]:
    """List the entries that may explain a turn."""
    return entries_in_doubt(
        state, row.key, row.side, before=row.number, shown=row.shown, kept=row.kept
    )


def beyond_flat(state: State, key: Key, side: Side) -> Decimal:
    """Return what a strategy holds on ``side`` and nothing is about to close as opened."""
    plan = state.plans.get(key)
    closing = plan.surplus if plan is not None and plan.side is side else ZERO
    return max(ZERO, share_of(state, key) * side.sign - closing)


def still_turned(state: State, row: TurnRow) -> Decimal:
    """Return how much of a turn is neither explained by now, nor gone from our books."""
    return min(row.quantity, beyond_flat(state, row.key, row.side))


def without_doubt(state: State, key: Key, share: Decimal) -> Decimal:
    """Return a share without what is in doubt of it."""
    row = state.turns.get(key)
    if row is None:
        return share
    return share - row.side.sign * min(row.quantity, max(ZERO, share * row.side.sign))


def in_doubt(state: State, key: Key) -> Decimal:
    """Return how much of a share is there by our books, and perhaps nowhere else."""
    share = share_of(state, key)
    return abs(share - without_doubt(state, key, share))


def may_hold(state: State, key: Key) -> tuple[Side, Decimal] | None:
    """Say what a strategy may hold beyond flat once all is heard, by the side on which an exit
    closes it; ``None``: nothing, or nothing of it is in doubt."""
    row = state.turns.get(key)
    if row is None:
        return None
    own = [one for one in explaining(state, row) if one.strategy == row.strategy]
    most = leaves_of(own) - still_turned(state, row)
    return (row.side, most) if most > ZERO else None


def waits(state: State, order: Order) -> bool:
    """Say whether a held exit waits for fills of the entries that it would close."""
    row = state.turns.get((order.account, order.instrument, order.strategy))
    return row is not None and order.reduce_only and order.side is row.side


# --- what a venue shows ---------------------------------------------------------------------------


def shown_by_lookup(state: State, command: TakeLookup, now: int) -> Steps:
    """Note that an answer that was asked for since shows an entry to wait."""
    found = command.found
    if found is None or found.event is not OrderEvent.ACCEPTED:
        return
    for row in _rows(state, command.asked_ns):
        for order in explaining(state, row):
            if order.order == found.order and _waits(order, found.filled, row, command.asked_ns):
                yield _shown(row, order, now)


def shown_by_picture(state: State, command: TakeSnapshot, found: Comparison, now: int) -> Steps:
    """Note which entries a picture shows to wait. Where the venue would have let an exit open
    something, and holds just what our books do, no entry has filled more than we know."""
    asked_ns = command.asked_ns
    counted = {one.order: one.filled for one in command.snapshot.orders}
    apart = {one.instrument for one in found.differences if one.kind is Kind.POSITION}
    for row in _rows(state, asked_ns):
        if row.account != command.snapshot.account or row.instrument in found.left_out:
            continue
        agrees = not row.kept and row.instrument not in (*found.unsure, *apart)
        for order in explaining(state, row):
            if agrees or _waits(order, counted.get(order.order), row, asked_ns):
                yield _shown(row, order, now)


def _rows(state: State, asked_ns: int) -> list[TurnRow]:
    rows = [state.turns[key] for key in sorted(state.turns)]
    return [row for row in rows if asked_ns > row.at_ns]


def _waits(order: Order, filled: Decimal | None, row: TurnRow, asked_ns: int) -> bool:
    """Say whether what was shown when it was asked for at ``asked_ns`` is all that was filled."""
    if order.state not in AT_VENUE or filled != order.filled:
        return False
    return order.order_type is not OrderType.MARKET or asked_ns - row.at_ns >= LAG_NS


def _shown(row: TurnRow, order: Order, now: int) -> r.EntryShown:
    return r.EntryShown(
        at_ns=now,
        account=row.account,
        instrument=row.instrument,
        strategy=row.strategy,
        order=order.order,
    )
