"""The reject breaker (control 13): how a venue takes a strategy's orders, and when that is enough.

Rules of this file
1. An order counts once, when its venue first said yes or no. What never left says nothing.
2. While a pause lasts nothing is counted, and after it the count begins anew: what was still under
   way does not trip it again.
3. The third pause of a day is no accident: the strategy is halted, and a person resumes it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import msgspec

from core import records as r
from core.answers import Effect
from core.commands import Halt
from core.orders import Order, OrderState
from core.setup import KEPT_NS, Strategy
from core.state import BreakerRow, State
from core.switch import halt

Steps = Generator[r.Record | Effect, None, None]

ORDERS: Final = 50
"""How many outcomes are looked at: enough to see a share, few enough to forget a bad hour."""

PAUSES_MAX: Final = 3
"""The pause of a day at which a person is needed."""

_WINDOW: Final = (1 << ORDERS) - 1

_REJECTED: Final = OrderState.REJECTED
"""Named once: Python 3.11 takes long to look up a member of an enum, and each record asks."""

_UNDER_WAY: Final = frozenset({OrderState.INTENDED, OrderState.SENT, OrderState.UNKNOWN})
_TAKEN: Final = frozenset({OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED, OrderState.FILLED})

_replace: Final = msgspec.structs.replace


def count_outcome(state: State, before: Order, to: OrderState, at_ns: int) -> None:
    """Count what the venue said of an order. Called by the fold.

    A strategy whose orders are all taken has no row, so the usual order costs a look into an empty
    table.
    """
    rejected = to is _REJECTED
    if before.state not in _UNDER_WAY or not (rejected or (state.breakers and to in _TAKEN)):
        return
    key = (before.account, before.strategy)
    row = state.breakers.get(key)
    if row is None:
        if rejected:
            row = BreakerRow(account=before.account, strategy=before.strategy, recent=1)
            state.put(state.breakers, key, row)
        return
    if at_ns < row.until_ns:
        return
    recent = (row.recent << 1 | rejected) & _WINDOW
    if recent or at_ns - row.paused_ns < KEPT_NS:
        state.put(state.breakers, key, _replace(row, recent=recent))
    else:
        state.drop(state.breakers, key)


def is_tripped(row: BreakerRow, strategy: Strategy) -> bool:
    """Say whether the last outcomes are too many rejects, in a row or altogether."""
    in_row = (1 << strategy.rejects_row_max) - 1
    return row.recent & in_row == in_row or row.recent.bit_count() >= strategy.rejects_of_50_max


def watch_rejects(state: State, name: str, now: int) -> Steps:
    """After an order was rejected: pause its strategy's entries in that account if it must be."""
    order = state.orders.get(name)
    if order is None or order.state is not OrderState.REJECTED:
        return
    row = state.breakers.get((order.account, order.strategy))
    strategy = state.facts.setup.strategies.get(order.strategy, Strategy(name=order.strategy))
    if row is None or not is_tripped(row, strategy):
        return
    rejected, orders = row.recent.bit_count(), row.recent.bit_length()
    pauses = 1 + (row.pauses if now - row.paused_ns < KEPT_NS else 0)
    yield r.RejectsPaused(
        at_ns=now,
        account=order.account,
        strategy=order.strategy,
        until_ns=now + strategy.reject_pause_ns,
        rejected=rejected,
        orders=orders,
        pauses=pauses,
    )
    yield r.AlarmRaised(
        at_ns=now,
        code="rejects_paused",
        value=str(rejected),
        limit=str(orders),
        where=f"{order.strategy} in account:{order.account}",
    )
    scope = f"strategy:{order.strategy}"
    if pauses >= PAUSES_MAX and scope not in state.halts:
        reason = f"reject_breaker: pause {pauses} of a day in {order.account}"
        yield from halt(state, Halt(scope=scope, by="bridge", reason=reason), now)
