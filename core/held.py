"""Held orders: released by a new decision, cut to what is still there, or ended.

Rules of this file
1. A held order is judged again on everything but when and how often it came.
2. An exit is cut to what there is to close at its release; an entry is not released into a
   reversal.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal

from core import records as r
from core.answers import Send
from core.instruments import Instrument
from core.opposed import closes_opposed
from core.orders import Order, OrderEvent, OrderState
from core.risk.case import Case
from core.risk.engine import Approved, Refused, judge
from core.routing import holding_of, opposed_by
from core.setup import Account
from core.state import State
from core.tracking import change
from core.view import View

Steps = Generator[r.Record | Send, None, None]


def release_all(state: State, view: View, account: str, now: int) -> Steps:
    """Judge what an account holds anew: what makes a position smaller first, then the oldest."""
    waiting = [state.orders[name] for name in state.held]
    for order in sorted(waiting, key=lambda order: (not order.reduce_only, order.number)):
        if order.account == account:
            yield from _release(state, view, order, now)


def expire(state: State, now: int) -> Steps:
    """End what was held for too long."""
    for name, expires_ns in sorted(state.held.items()):
        if now >= expires_ns:
            yield from _expired(state.orders[name], now)


def _expired(order: Order, now: int) -> Steps:
    yield from change(
        order, OrderEvent.EXPIRED, now, code="held_too_long", reason=f"held for {order.held_for}"
    )


def _ended(order: Order, now: int, code: str, refused: Refused | None = None) -> r.OrderChanged:
    return r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=OrderEvent.CANCELLED,
        to=OrderState.CANCELLED,
        reason=code,
        checks=refused.checks if refused is not None else r.NO_CHECKS,
    )


def _release(state: State, view: View, order: Order, now: int) -> Steps:
    """Judge a held order anew: send it, end it, or go on holding it."""
    setup = state.facts.setup
    account, instrument = setup.accounts.get(order.account), setup.instruments.get(order.instrument)
    if now >= order.expires_ns:
        yield from _expired(order, now)
        return
    if account is None or instrument is None:
        yield _ended(order, now, "symbol_unknown")
        return
    quantity = order.quantity
    if order.reduce_only:
        quantity = _left(state, order, instrument)
        code = "" if quantity else "nothing_to_close"
    else:
        code = in_the_way(state, account, order)
    if code:
        yield _ended(order, now, code)
        return
    case = Case(
        state,
        view,
        now,
        account=account,
        instrument=instrument,
        strategy=order.strategy,
        purpose=order.purpose,
        side=order.side,
        quantity=quantity,
        order_type=order.order_type,
        price=order.price,
        trigger=order.trigger,
        own=order,
    )
    verdict = judge(case)
    if isinstance(verdict, Approved):
        yield r.OrderChanged(
            at_ns=now,
            order=order.order,
            event=OrderEvent.RELEASED,
            to=OrderState.INTENDED,
            quantity=quantity,
            reference=case.mid,
            worst_price=case.worst_price(),
            opposed=closes_opposed(case),
            checks=verdict.checks,
        )
        yield Send(order.order)
    elif isinstance(verdict, Refused):
        yield _ended(order, now, verdict.check.code, verdict)


def _left(state: State, order: Order, instrument: Instrument) -> Decimal:
    """Return what a held exit may close now; its own reservation is not in its way."""
    holding = holding_of(state, order.account, order.instrument, order.strategy)
    most = holding.closable(order.side, own=order.leaves)
    return instrument.quantity_cut(min(order.quantity, most))


def in_the_way(state: State, account: Account, order: Order) -> str:
    """Return the code for what came in the way of an entry since it was judged, or nothing."""
    holding = holding_of(state, order.account, order.instrument, order.strategy)
    if holding.is_against(order.side):
        return "reversal_not_available"
    other = opposed_by(state, account, order.instrument, side=order.side, strategy=order.strategy)
    return "strategies_opposed" if other else ""
