"""Held orders: released by a new decision, cut to what is still there, or ended.

Rules of this file
1. A held order is judged again on everything but when and how often it came.
2. An exit is cut to what there is to close at its release; an entry is not released into a
   position on the other side. The entry of a reversal waits until that is closed, and an exit of
   what entries may have opened unheard until that is known.
3. While the store takes no appends exits go and entries wait, whatever they waited for before.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final

from core import records as r
from core.answers import AskCancel, Send
from core.instruments import Instrument
from core.links import BANNED, HELD_FOR, REFUSED, THROTTLED
from core.opposed import closes_opposed
from core.opposite import opposite_in_group
from core.orders import Order, OrderEvent, OrderState
from core.overruled import ON_ITS_WAY, is_on_its_way
from core.reversal import given_up, waits_for
from core.risk.case import Case
from core.risk.engine import Approved, Refused, judge
from core.risk.leg_checks import OTHERS_FIRST
from core.risk.match_checks import clear_way
from core.routing import holding_of, opposed_by
from core.schedules import HOLDABLE, Hours, hours
from core.setup import SECOND_NS, Account
from core.smallest import tradable
from core.state import State
from core.targets import lacking, row_of, still_waits
from core.tickets import within_ticket
from core.tracking import change
from core.unsure_turns import FILLS_FIRST
from core.unsure_turns import waits as waits_for_fills
from core.view import View

Steps = Generator[r.Record | Send | AskCancel, None, None]

AGAIN_NS: Final = SECOND_NS
"""How long an entry whose way is clear, and which nothing lets go now (the store or the link is
away), waits for the next look."""

_WAITED: Final = frozenset(
    {
        *HOLDABLE,
        *HELD_FOR.values(),
        THROTTLED,
        BANNED,
        REFUSED,
        OTHERS_FIRST,
        FILLS_FIRST,
        ON_ITS_WAY,
    }
    - {""}
)
"""What an order was held for first that may now wait for its market to open, for the legs of
another strategy or for the store: the calendar itself, a link, such legs."""


def release_all(state: State, view: View, account: str, now: int) -> Steps:
    """Judge what an account holds anew: what makes a position smaller first, then the oldest."""
    waiting = [state.orders[name] for name in state.held]
    for order in sorted(waiting, key=lambda order: (not order.reduce_only, order.number)):
        if order.account == account and _may_go(view, order):
            yield from release(state, view, order, now)


def _may_go(view: View, order: Order) -> bool:
    """Say whether an order may leave now as far as the store is concerned: what adds exposure is
    decided when it can be remembered."""
    return view.durable or order.reduce_only


def release_turned(state: State, view: View, now: int) -> Steps:
    """Let the entries go that waited for their way to be clear, the oldest first."""
    if not view.durable:
        return  # it can be decided when it can be remembered
    for order in sorted((state.orders[name] for name in state.turning), key=lambda one: one.number):
        if now < order.expires_ns:
            yield from release(state, view, order, now)


def release_exits(state: State, view: View, now: int) -> Steps:
    """Let the exits go that waited for entries before them, once these are over."""
    waiting = [state.orders[name] for name in state.held]
    for order in sorted(waiting, key=lambda one: one.number):
        ready = order.held_for == ON_ITS_WAY and order.account in state.facts.setup.accounts
        if ready and state.accounts[order.account].recovered:
            yield from release(state, view, order, now)


def turns_due(state: State, now: int) -> int | None:
    """Return when an entry whose way is clear is looked at again; ``None`` for never."""
    clear = any(not _blocked(state, state.orders[name]) for name in state.turning)
    return now + AGAIN_NS if clear else None


def _blocked(state: State, order: Order) -> str:
    """Return what the entry of a reversal, or an exit of what is in doubt, waits for, or
    nothing."""
    instrument = state.facts.setup.instruments.get(order.instrument)
    if order.reduce_only:
        unheard = state.turns and waits_for_fills(state, order)
        if not unheard and order.held_for == ON_ITS_WAY and is_on_its_way(state, order):
            return ON_ITS_WAY
        return FILLS_FIRST if unheard else ""
    if not order.clear_first or instrument is None:
        return ""
    key = order.account, order.instrument, order.strategy
    row = row_of(state, order)
    waits = waits_for(state, key, order.side, instrument)
    return waits or (still_waits(state, order, row) if row is not None else "")


def release_opened(state: State, view: View, now: int) -> Steps:
    """Judge anew what may have waited for a session, for the end of news or for the store, once
    that is there."""
    for order in _waiting(state):
        if _may_go(view, order) and not _hours(state, order, now).code:
            yield from release(state, view, order, now)


def opening_due(state: State, now: int) -> int | None:
    """Return when ``release_opened`` has something to do by time alone. What could go by its hours
    waits for something that no time names: it is looked at again in a moment."""
    found = [_hours(state, order, now) for order in _waiting(state)]
    times = [one.until_ns if one.code else now + AGAIN_NS for one in found]
    return min((at_ns for at_ns in times if at_ns > now), default=None)


def _hours(state: State, order: Order, now: int) -> Hours:
    return hours(state, state.facts.setup.instruments[order.instrument], now)


def _waiting(state: State) -> list[Order]:
    """List held orders of accounts that are ready, oldest first: those that waited for a link were
    judged when it came back, and have waited since for their market, or for the store."""
    setup, accounts = state.facts.setup, state.accounts
    orders = [state.orders[name] for name in state.held]
    found = [
        order
        for order in orders
        if order.held_for in _WAITED
        if order.account in setup.accounts and accounts[order.account].recovered
        if order.instrument in setup.instruments
    ]
    return sorted(found, key=lambda order: order.number)


def release_beside(state: State, view: View, key: tuple[str, str, str], now: int) -> Steps:
    """Judge anew the entries that may have waited for the legs of somebody else's share, the oldest
    first."""
    account, name, strategy = key
    instrument = state.facts.setup.instruments.get(name)
    if not view.durable or instrument is None or hours(state, instrument, now).code:
        return
    waiting: list[Order] = []
    for other in state.strategies_at.get((account, name), ()):
        if other != strategy:
            working = state.working.get((account, name, other), ())
            waiting += [state.orders[one] for one in working if one in state.held]
    for order in sorted(waiting, key=lambda one: one.number):
        if order.held_for in _WAITED and not order.reduce_only:
            yield from release(state, view, order, now)


def expire(state: State, now: int) -> Steps:
    """End what was held for too long."""
    for name, expires_ns in sorted(state.held.items()):
        if now >= expires_ns:
            yield from _expired(state.orders[name], now)


def _expired(order: Order, now: int) -> Steps:
    yield from change(
        order, OrderEvent.EXPIRED, now, code="held_too_long", reason=f"held for {order.held_for}"
    )
    yield from given_up(order, now, "held_too_long")


def _ended(order: Order, now: int, code: str, refused: Refused | None = None) -> Steps:
    yield r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=OrderEvent.CANCELLED,
        to=OrderState.CANCELLED,
        reason=code,
        checks=refused.checks if refused is not None else r.NO_CHECKS,
    )
    if code != "target_reached":
        yield from given_up(order, now, code)


def release(state: State, view: View, order: Order, now: int) -> Steps:
    """Judge a held order anew: send it, end it, or go on holding it."""
    setup = state.facts.setup
    account, instrument = setup.accounts.get(order.account), setup.instruments.get(order.instrument)
    if now >= order.expires_ns:
        yield from _expired(order, now)
        return
    if account is None or instrument is None:
        yield from _ended(order, now, "symbol_unknown")
        return
    if _blocked(state, order):
        return
    quantity = order.quantity
    if order.reduce_only:
        quantity = _left(state, order, instrument)
        code = "" if quantity else "nothing_to_close"
    else:
        code = in_the_way(state, account, order)
        row = row_of(state, order) if order.clear_first else None
        if row is not None:
            quantity = lacking(state, order, row, instrument)
            code = code if quantity else "target_reached"
    if code:
        yield from _ended(order, now, code)
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
        yield from clear_way(case)
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
        yield from _ended(order, now, verdict.check.code, verdict)


def _left(state: State, order: Order, instrument: Instrument) -> Decimal:
    """Return what a held exit may close now; its own reservation is not in its way."""
    holding = holding_of(state, order.account, order.instrument, order.strategy)
    most = holding.closable(order.side, own=order.leaves)
    most = within_ticket(state, order, most)
    least = tradable(state, order.account, instrument.name) or instrument
    return least.quantity_cut(min(order.quantity, most))


def in_the_way(state: State, account: Account, order: Order) -> str:
    """Return the code for what came in the way of an entry since it was judged, or nothing."""
    holding = holding_of(state, order.account, order.instrument, order.strategy)
    if holding.is_against(order.side) and not order.clear_first:  # that one saw it flat, but dust
        return "position_turned"
    other = opposed_by(state, account, order.instrument, side=order.side, strategy=order.strategy)
    if other:
        return "strategies_opposed"
    whose, _ = opposite_in_group(state, account, order.instrument, order.side)
    return "opposite_in_group" if whose else ""
