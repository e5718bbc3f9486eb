"""Turned: positions that were opened by what should only close, and what follows.

Rules of this file
1. A leg or an exit that is filled when there is nothing left to close opens a position. Nobody
   wants it: the bridge closes what was opened, each fill once, and calls a person.
2. Where a stranger seemed to have closed the same, and the fill is told late, it may explain what
   the stranger did: then nothing was opened, and only a person is called.
3. Where entries may have been filled unheard, they may be what it closed: then nothing is closed
   and nobody is called until that is known (``core.unsure_turns``), or has been in doubt for long.
   What they cannot explain, and what they turn out not to, is closed as under 1.
4. An exit for what such entries may hold beyond flat waits for the end of the doubt, and is cut
   then to what is there.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final

import msgspec

from core import records as r
from core.answers import AskLookup, Effect
from core.attached import overtakes
from core.held import release
from core.legs import abilities_of, leaves_of, share_of
from core.mismatches import Kind
from core.money import ZERO, plain
from core.orders import Order, OrderEvent
from core.plan_rows import Key
from core.routing import Holding
from core.setup import SECOND_NS
from core.state import State
from core.turn_rows import TurnRow
from core.unsure_turns import (
    AT_VENUE,
    beyond_flat,
    entries_in_doubt,
    explaining,
    may_hold,
    still_turned,
)
from core.view import View

Steps = Generator[r.Record | Effect, None, None]

FRESH_NS: Final = 5 * SECOND_NS
"""A fill that is younger was told before a comparison could have taken it for a stranger's: those
need two pictures so far apart."""

CALLED_AFTER_NS: Final = 120 * SECOND_NS
"""How long a turn is in doubt before a person is called: twice what a healthy venue needs to prove
that an order was never placed, and four comparisons with its pictures."""

ASKED_MAX: Final = 10
"""Entries at their venue that are asked for at once when an exit was heard before them: each is a
call, and the next picture tells of the others."""

CODE: Final = "turn_in_doubt"
"""Code of the alarm."""


def close_opened(state: State, view: View, record: r.OrderChanged, now: int) -> Steps:
    """Note what a fill of a leg or an exit opened, so that it is closed; or that it may have."""
    order = state.orders.get(record.order)
    if record.event is not OrderEvent.FILL or order is None or not order.reduce_only:
        return
    key = (order.account, order.instrument, order.strategy)
    room = beyond_flat(state, key, order.side) - _doubted(state, key, order)
    if room <= ZERO or not _is_new(state, record, order):
        return
    if overtakes(state, key):  # a fill of the entry is on its way, and the share is larger
        return
    kept = abilities_of(state, order.account).reduce_only and order.venue_reduce_only
    doubtful = entries_in_doubt(state, key, order.side, before=state.number, kept=kept)
    quantity = min(record.quantity or ZERO, room)
    one = r.TurnDoubted(
        at_ns=now,
        account=order.account,
        instrument=order.instrument,
        strategy=order.strategy,
        side=order.side,
        origin=order.origin,
        order=order.order,
        quantity=quantity,
        price=record.price or ZERO,
        route=order.route,
        kept=kept,
        cut=_is_doubtful(state, order, record, now),
    )
    if not doubtful:
        yield from _opened(state, one, quantity, now)
        return
    yield one
    working = [entry for entry in doubtful if entry.state in AT_VENUE]
    for entry in working[:ASKED_MAX]:  # of the others their venue is asked anyway
        yield AskLookup(entry.order)
    yield from _settle(state, view, state.turns[key], now)


def _doubted(state: State, key: Key, order: Order) -> Decimal:
    """Return how much of what seems to be opened on an order's side is in doubt already."""
    row = state.turns.get(key)
    return row.quantity if row is not None and row.side is order.side else ZERO


def _opened(state: State, one: TurnRow | r.TurnDoubted, quantity: Decimal, now: int) -> Steps:
    """Call a person, and let what was opened for certain be closed, unless others may have closed
    the same before."""
    key = (one.account, one.instrument, one.strategy)
    share = plain(share_of(state, key))
    yield r.AlarmRaised(
        at_ns=now, code="leg_opened", value=share, limit=one.order, where=_where(one)
    )
    if one.cut:
        return
    plan = state.plans.get(key)
    if plan is not None and plan.side is not one.side:
        yield r.ProtectionEnded(
            at_ns=now, account=key[0], instrument=key[1], strategy=key[2], reason="turned"
        )
    yield r.LegOpened(
        at_ns=now,
        account=one.account,
        instrument=one.instrument,
        strategy=one.strategy,
        side=one.side,
        origin=one.origin,
        order=one.order,
        quantity=quantity,
        price=one.price,
        route=one.route,
    )


def _where(one: TurnRow | r.TurnDoubted) -> str:
    return f"{one.instrument} of {one.strategy} in account:{one.account}"


# --- while it is in doubt, and after --------------------------------------------------------------


def settle_turns(state: State, view: View, now: int) -> Steps:
    """Do for every turn in doubt what its doubt leaves certain."""
    for key in sorted(state.turns):
        yield from _settle(state, view, state.turns[key], now)


def _settle(state: State, view: View, row: TurnRow, now: int) -> Steps:
    """Close what no entry can explain any more, end the doubt that is over, and call a person when
    it takes too long. While the venue seems to hold something else nothing is certain."""
    left = still_turned(state, row)
    certain = max(ZERO, left - leaves_of(explaining(state, row)))
    if not left:
        yield _told(row, "explained", row.whole, now)
    elif certain and not _differs(state, row.account, row.instrument):
        outcome = "left_to_person" if row.cut else "opened"
        yield _told(row, outcome, certain, now, left=left - certain)
        yield from _opened(state, row, certain, now)
    elif now >= row.since_ns + CALLED_AFTER_NS and not row.called:
        yield r.AlarmRaised(
            at_ns=now, code=CODE, value=plain(left), limit=row.order, where=_where(row)
        )
    if row.key not in state.turns:
        names = [name for name in state.working.get(row.key, ()) if name in state.held]
        for order in sorted((state.orders[name] for name in names), key=lambda one: one.number):
            if order.reduce_only and order.side is row.side:
                yield from release(state, view, order, now)


def _told(
    row: TurnRow, outcome: str, quantity: Decimal, now: int, *, left: Decimal = ZERO
) -> r.TurnSettled:
    return r.TurnSettled(
        at_ns=now,
        account=row.account,
        instrument=row.instrument,
        strategy=row.strategy,
        outcome=outcome,
        quantity=quantity,
        left=left,
    )


def turn_due(state: State) -> int | None:
    """Return when a person is called for a turn in doubt; ``None``: for none."""
    since = (row.since_ns for row in state.turns.values() if not row.called)
    first = min(since, default=None)
    return None if first is None else first + CALLED_AFTER_NS


def once_heard(state: State, key: Key, holding: Holding) -> Holding | None:
    """Return what a strategy holds at most once all is heard; ``None``: no more than is known."""
    found = may_hold(state, key)
    if found is None:
        return None
    side, most = found
    turned = still_turned(state, state.turns[key])
    net = holding.net - side.sign * (most + turned)
    return msgspec.structs.replace(holding, share=-side.sign * most, net=net)


# --- what a fill proves ---------------------------------------------------------------------------


def _is_new(state: State, record: r.OrderChanged, order: Order) -> bool:
    """Say whether a fill moved the position now, and is not one whose fee became known."""
    fill = state.fills.get((order.account, record.exec_id))
    return fill is not None and fill.first == fill.number


def _is_doubtful(state: State, order: Order, record: r.OrderChanged, now: int) -> bool:
    """Say whether the position may not be there although our books have it."""
    if record.inferred or _differs(state, order.account, order.instrument):
        return True
    return now - record.venue_ns > FRESH_NS and _was_cut(state, order)


def _differs(state: State, account: str, instrument: str) -> bool:
    """Say whether the venue shows another position than our books have."""
    return (account, Kind.POSITION, instrument) in state.mismatches


def _was_cut(state: State, order: Order) -> bool:
    """Say whether others changed the trade that was over, or turned, while the order was alive."""
    for closed_ns, name in reversed(state.trade_line):
        if closed_ns < order.intended_ns:
            return False
        row = state.closed_trades[name]
        if (row.account, row.instrument) != (order.account, order.instrument):
            continue
        if row.strategy == order.strategy and row.moved:
            return True
    return False
