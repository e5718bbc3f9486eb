"""Turned: positions that were opened by what should only close, and what follows.

Rules of this file
1. A leg or an exit that is filled when there is nothing left to close opens a position. Nobody
   wants it: the bridge closes what was opened, each fill once, and calls a person.
2. Where a stranger seemed to have closed the same, and the fill is told late, it may explain what
   the stranger did: then nothing was opened, and only a person is called.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from core import records as r
from core.attached import overtakes
from core.legs import share_of
from core.mismatches import Kind
from core.money import ZERO, plain
from core.orders import Order, OrderEvent
from core.setup import SECOND_NS
from core.state import State

Steps = Generator[r.Record, None, None]

FRESH_NS: Final = 5 * SECOND_NS
"""A fill that is younger was told before a comparison could have taken it for a stranger's: those
need two pictures so far apart."""


def close_opened(state: State, record: r.OrderChanged, now: int) -> Steps:
    """Note what a fill of a leg or an exit opened, so that it is closed."""
    order = state.orders.get(record.order)
    if record.event is not OrderEvent.FILL or order is None or not order.reduce_only:
        return
    key = (order.account, order.instrument, order.strategy)
    share = share_of(state, key)
    if share * order.side.sign <= ZERO or not _is_new(state, record, order):
        return
    if overtakes(state, key):  # a fill of the entry is on its way, and the share is larger
        return
    where = f"{order.instrument} of {order.strategy} in account:{order.account}"
    yield r.AlarmRaised(
        at_ns=now, code="leg_opened", value=plain(share), limit=order.order, where=where
    )
    if _is_doubtful(state, order, record, now):
        return
    row = state.plans.get(key)
    if row is not None and row.side is not order.side:
        yield r.ProtectionEnded(
            at_ns=now, account=key[0], instrument=key[1], strategy=key[2], reason="turned"
        )
    yield r.LegOpened(
        at_ns=now,
        account=order.account,
        instrument=order.instrument,
        strategy=order.strategy,
        side=order.side,
        origin=order.origin,
        order=order.order,
        quantity=min(record.quantity or ZERO, abs(share)),
        price=record.price or ZERO,
        route=order.route,
    )


def _is_new(state: State, record: r.OrderChanged, order: Order) -> bool:
    """Say whether a fill moved the position now, and is not one whose fee became known."""
    fill = state.fills.get((order.account, record.exec_id))
    return fill is not None and fill.first == fill.number


def _is_doubtful(state: State, order: Order, record: r.OrderChanged, now: int) -> bool:
    """Say whether the position may not be there although our books have it."""
    account, instrument = order.account, order.instrument
    if record.inferred or (account, Kind.POSITION, instrument) in state.mismatches:
        return True
    return now - record.venue_ns > FRESH_NS and _was_cut(state, order)


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
