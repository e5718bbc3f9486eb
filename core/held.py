"""Held orders: released by a new decision, cut to what is still there, or ended.

Rules of this file
1. A held order is judged again on everything but when and how often it came.
2. An exit is cut to what there is to close at its release; an entry is not released into a
   reversal.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final

from core import records as r
from core.answers import Send
from core.instruments import Instrument
from core.links import HELD_FOR, THROTTLED
from core.orders import Order, OrderEvent, OrderState
from core.risk.case import Case
from core.risk.engine import Approved, Refused, judge
from core.routing import holding_of, opposed_by
from core.schedules import HOLDABLE, hours
from core.setup import Account
from core.state import State
from core.tracking import change
from core.view import View

Steps = Generator[r.Record | Send, None, None]

_HOURS: Final = frozenset({*HOLDABLE, *HELD_FOR.values(), THROTTLED} - {""})
"""What an order was held for first that may now wait for its market to open: the calendar itself,
or a link."""


def release_all(state: State, view: View, account: str, now: int) -> Steps:
    """Judge what an account holds anew: what makes a position smaller first, then the oldest."""
    waiting = [state.orders[name] for name in state.held]
    for order in sorted(waiting, key=lambda order: (not order.reduce_only, order.number)):
        if order.account == account:
            yield from release(state, view, order, now)


def release_opened(state: State, view: View, now: int) -> Steps:
    """Judge anew what may have waited for a session or for the end of news, once that is there."""
    for order in _waiting_for_hours(state):
        if not hours(state, state.facts.setup.instruments[order.instrument], now).code:
            yield from release(state, view, order, now)


def opening_due(state: State, now: int) -> int | None:
    """Return when ``release_opened`` has something to do by time alone."""
    instruments = state.facts.setup.instruments
    times = [
        hours(state, instruments[order.instrument], now).until_ns
        for order in _waiting_for_hours(state)
    ]
    return min((at_ns for at_ns in times if at_ns > now), default=None)


def _waiting_for_hours(state: State) -> list[Order]:
    """List held entries of accounts that are ready, oldest first: those that waited for a link were
    judged when it came back, and have waited for their market since."""
    setup, accounts = state.facts.setup, state.accounts
    orders = [state.orders[name] for name in state.held]
    found = [
        order
        for order in orders
        if order.held_for in _HOURS
        if order.account in setup.accounts and accounts[order.account].recovered
        if (instrument := setup.instruments.get(order.instrument)) is not None
        if instrument.scheduled
    ]
    return sorted(found, key=lambda order: order.number)


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


def release(state: State, view: View, order: Order, now: int) -> Steps:
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
