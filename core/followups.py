"""Follow-ups: what is left of an order that fills in part, what was rejected for a moment, and
exits that were lost on their way.

Rules of this file
1. A route says what becomes of them. Whether something is due is read off the state, so that a
   restart neither forgets a follow-up nor makes it twice.
2. The next revision of an intent is made only after the former is proven over, for what is left of
   it: a look-up after its end must show the fills that we know, for one of them may have been lost.
   It is judged anew. Its id follows from the former's, so there is never a second of it.
3. A person's cancel, and a halt, take a follow-up back. An entry that could not follow within its
   time to live does not follow.
4. An exit that was proven never to be placed goes again whatever its route says.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from core import lost_exits
from core import records as r
from core.answers import AskLookup, Effect, Send
from core.cancels import again_ns, cancel_orders
from core.executions import EXECUTIONS
from core.held import in_the_way
from core.ids import order_id
from core.instruments import Instrument
from core.lapses import unspent
from core.lost_exits import is_lost
from core.money import ZERO, plain
from core.opposed import closes_opposed
from core.orders import ALIVE, POLICY, Order, OrderState, OrderType, Purpose, Side
from core.risk.case import Case
from core.risk.engine import Approved, Held, Refused, judge
from core.risk.match_checks import clear_way
from core.routing import holding_of
from core.setup import EXIT_LIFE_NS, SECOND_NS, Account, OnPartial, Route
from core.smallest import tradable
from core.state import State
from core.tickets import within_ticket
from core.view import View

Steps = Generator[r.Record | Effect, None, None]

REVISIONS_MAX: Final = 10
"""Revisions of one intent at most: what ten orders could not do, an eleventh will not."""

RETRY_AFTER_NS: Final = SECOND_NS
"""Wait before what was rejected for a moment goes again; it doubles with each revision."""

AGAIN_NS: Final = SECOND_NS
"""How long a follow-up that cannot be made now (the store is away) waits for the next look."""

_KINDS: Final = (Purpose.ENTRY, Purpose.EXIT)
"""What policies of a route are about. Legs and flattens have rules of their own."""

BRIDGE: Final = "bridge"
"""Who asks for the end of a revision that is one too many: nothing follows such a cancel."""


# --- what is due --------------------------------------------------------------------------------


def follow_up(state: State, view: View, now: int) -> Steps:
    """Do what the policies of the routes make due, oldest first."""
    for order in _in_order(state, state.partly):
        due_ns = _rest_due_ns(state, order)
        if due_ns is not None and now >= due_ns:
            seconds = plain(Decimal(now - order.partial_ns) / SECOND_NS)
            words = f"partly filled for {seconds.partition('.')[0]} s"
            yield from cancel_orders([order], now, by=POLICY, reason=words)
    for order in _in_order(state, state.followups):
        due_ns = _next_due_ns(state, order)
        if due_ns is not None and now >= due_ns:
            yield from _follow(state, view, order, now)


def followup_due(state: State, now: int) -> int | None:
    """Return when ``follow_up`` has something to do, ``None`` for never."""
    rests = (_rest_due_ns(state, state.orders[name]) for name in state.partly)
    nexts = (_next_due_ns(state, state.orders[name]) for name in state.followups)
    due = [due_ns for due_ns in (*rests, *nexts) if due_ns is not None]
    # What is due already and still here waits for the store.
    return min((now + AGAIN_NS if due_ns <= now else due_ns for due_ns in due), default=None)


def _in_order(state: State, names: dict[str, None]) -> list[Order]:
    return sorted((state.orders[name] for name in names), key=lambda order: order.number)


def _route(state: State, order: Order) -> Route | None:
    return state.facts.setup.routes.get(order.route) if order.purpose in _KINDS else None


def _rest_due_ns(state: State, order: Order) -> int | None:
    """Return when a partly filled order is asked to end."""
    route = _route(state, order)
    if route is None or route.on_partial is OnPartial.WAIT or order.pending_cancel:
        return None
    return max(order.partial_ns, order.end_asked_ns) + route.partial_after_ns


def _next_due_ns(state: State, order: Order) -> int | None:
    """Return when the next revision of an order that is over is due; ``None``: none follows."""
    route = _route(state, order)
    if route is None:
        return None
    if is_lost(order):
        return order.done_ns
    if order.transient:
        retried = order.revision < route.reject_retries_max
        return order.done_ns + RETRY_AFTER_NS * 2**order.revision if retried else None
    certain = order.end_shown and route.on_partial is OnPartial.MARKET
    return order.done_ns if certain else None


def to_be_shown(state: State) -> list[Order]:
    """Return the orders that are over and whose fills have to be looked up before they are
    followed, oldest first."""
    orders = _in_order(state, state.followups)
    return [order for order in orders if wants_look(state, order)]


def wants_look(state: State, order: Order) -> bool:
    """Say whether something follows an order once a look-up has shown what is left of it."""
    known = order.transient or order.end_shown or is_lost(order)
    if order.order not in state.followups or known:
        return False
    route = _route(state, order)
    return route is not None and route.on_partial is OnPartial.MARKET


# --- the next revision --------------------------------------------------------------------------


def _follow(state: State, view: View, order: Order, now: int) -> Steps:
    """Make the next revision, or say why there is none."""
    account = state.facts.setup.accounts.get(order.account)
    instrument = state.facts.setup.instruments.get(order.instrument)
    route = state.facts.setup.routes[order.route]
    if account is None or instrument is None:
        yield _declined(order, now, "symbol_unknown", order.instrument)
        return
    if not order.reduce_only and not view.durable:
        return  # it can be decided when it can be remembered
    if order.reduce_only and (order.account, order.instrument, order.strategy) in state.turns:
        return  # what is there to close is known when the doubt is over
    left = _left(state, order, instrument)
    code = _hindrance(state, order, account, route, left=left, now=now)
    if code:
        yield _declined(order, now, code, plain(left))
        if is_lost(order):
            yield from lost_exits.told(state, order, now, by="", code=code)
        return
    yield from _judged(state, view, order, left, now=now, account=account, instrument=instrument)


def _left(state: State, order: Order, instrument: Instrument) -> Decimal:
    """Return what is left of an order that is over: of an exit no more than there is to close."""
    left = order.quantity - order.filled
    if order.reduce_only:
        holding = holding_of(state, order.account, order.instrument, order.strategy)
        left = within_ticket(state, order, min(left, holding.closable(order.side)))
        instrument = tradable(state, order.account, instrument.name) or instrument
    return instrument.quantity_cut(left) if left > ZERO else ZERO


def _hindrance(
    state: State, order: Order, account: Account, route: Route, *, left: Decimal, now: int
) -> str:
    """Return the code for what stands against another revision, or nothing."""
    if not left:
        return "nothing_left"
    if is_lost(order):
        return lost_exits.hindrance(state, order, now)
    if order.revision >= REVISIONS_MAX:
        return "revisions_over_limit"
    if now >= _until_ns(order, route):
        return "followup_too_late"
    return "" if order.reduce_only else in_the_way(state, account, order)


def _until_ns(order: Order, route: Route) -> int:
    """Return until when an order may be followed: a retry lives as long as the first try."""
    if order.transient:
        return order.expires_ns
    return order.done_ns + (EXIT_LIFE_NS if order.reduce_only else route.order_life_ns)


def _judged(
    state: State,
    view: View,
    order: Order,
    left: Decimal,
    *,
    now: int,
    account: Account,
    instrument: Instrument,
) -> Steps:
    again = order.transient or is_lost(order)
    case = Case(
        state,
        view,
        now,
        account=account,
        instrument=instrument,
        strategy=order.strategy,
        purpose=order.purpose,
        side=order.side,
        quantity=left,
        order_type=order.order_type if again else OrderType.MARKET,
        price=order.price if again else None,
        trigger=order.trigger if again else None,
        origin=order.origin,
    )
    verdict = judge(case)
    if isinstance(verdict, Refused):
        check = verdict.check
        yield _declined(
            order,
            now,
            check.code,
            check.value,
            limit=check.limit,
            where=check.scope,
            checks=verdict.checks,
        )
        return
    if isinstance(verdict, Approved):
        yield from clear_way(case)
    made = _revised(order, verdict, now, state.facts.setup.routes[order.route])
    how = f"{plain(left)} left of {plain(order.quantity)}, revision {made.revision}"
    yield r.OrderIntended(at_ns=now, order=made, checks=verdict.checks, sizing=how)
    if isinstance(verdict, Approved):
        yield Send(made.order)
    if is_lost(order):
        yield from lost_exits.told(state, order, now, by=made.order)


def _revised(order: Order, verdict: Approved | Held, now: int, route: Route) -> Order:
    """Make the next revision of an intent."""
    case = verdict.case
    return Order(
        order=next_id(case.state, order),
        origin=order.origin,
        account=order.account,
        instrument=order.instrument,
        strategy=order.strategy,
        purpose=order.purpose,
        side=order.side,
        quantity=case.quantity,
        order_type=case.type,
        intended_ns=now,
        expires_ns=_until_ns(order, route),
        price=case.price,
        trigger=case.trigger,
        reference=case.mid,
        worst_price=case.worst_price(),
        state=OrderState.HELD if isinstance(verdict, Held) else OrderState.INTENDED,
        held_for=verdict.check.code if isinstance(verdict, Held) else "",
        opposed=closes_opposed(case),
        closes=order.closes,
        route=order.route,
        revision=order.revision + 1,
        first=order.first or order.order,
        leg=order.leg,
        protection=order.protection,
        attached_stop=order.attached_stop,
    )


def drop_followups(
    state: State, key: tuple[str, str, str], now: int, *, code: str, side: Side | None = None
) -> Steps:
    """Let nothing follow orders of a strategy that is wanted no more: all of them, or its entries
    on one side."""
    for order in _in_order(state, state.followups):
        entry = side is None or (order.side is side and not order.reduce_only)
        if entry and (order.account, order.instrument, order.strategy) == key:
            yield _declined(order, now, code, str(order.side))


def next_id(state: State, order: Order) -> str:
    """Name the revision that follows this one."""
    word = unspent(state, order.word)
    return order_id(order.account, order.origin, word, order.revision + 1)


def _declined(
    order: Order,
    now: int,
    code: str,
    value: str,
    *,
    limit: str = "",
    where: str = "",
    checks: msgspec.Raw = r.NO_CHECKS,
) -> r.FollowUpDeclined:
    return r.FollowUpDeclined(
        at_ns=now,
        order=order.order,
        code=code,
        value=value,
        limit=limit,
        where=where or order.account,
        checks=checks,
    )


# --- after every command ------------------------------------------------------------------------


def aftermath(
    state: State, view: View, changes: Sequence[r.OrderChanged], now: int, *, shown: bool
) -> Generator[Steps, None, None]:
    """Name what follows from the changes of one command, to be done one after the other.
    ``shown``: it was shown that what is left of an order is certain."""
    for record in changes:
        order = state.orders.get(record.order)
        if order is not None and order.followed in state.orders:
            yield _late_story(state, order, record, now)
    if state.followups:
        yield _asks(state, dict.fromkeys(record.order for record in changes))
    if not (state.followups or state.partly):
        return
    if shown or any(record.to not in ALIVE for record in changes):
        yield follow_up(state, view, now)


def _asks(state: State, names: Iterable[str]) -> Steps:
    """Ask for what has just ended, or was filled late: what is left must be certain."""
    for name in names:
        order = state.orders.get(name)
        if order is not None and wants_look(state, order):
            yield AskLookup(name)


def _late_story(state: State, order: Order, record: r.OrderChanged, now: int) -> Steps:
    """Take news of an order that has a later revision: it does not live beside it, and what it
    filled late is taken off the later one."""
    if order.state in ALIVE and not order.pending_cancel and now >= again_ns(order):
        yield r.AlarmRaised(
            at_ns=now, code="revision_revived", value=order.followed, where=order.order
        )
        yield from cancel_orders([order], now, by=BRIDGE, reason="a later revision exists")
    later = state.orders[order.followed]
    surplus = order.filled + later.quantity - order.quantity
    if record.event not in EXECUTIONS or surplus <= ZERO:
        return
    yield r.AlarmRaised(
        at_ns=now, code="revision_overfill", value=plain(surplus), where=order.order
    )
    while later.followed in state.orders:
        later = state.orders[later.followed]
    if later.state in ALIVE and later.end_by != BRIDGE:
        yield from cancel_orders([later], now, by=BRIDGE, reason="an earlier revision was filled")
