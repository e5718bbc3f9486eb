"""Replace, asked for: new terms of a working order, judged and sent to its venue.

Rules of this file
1. One replace of an order is pending at a time. Its old terms hold until the venue has said the new
   ones, and at stake is the larger of both.
2. An entry is judged anew as a whole, unless it only becomes smaller. An exit may become smaller or
   move its price, and no control refuses that.
3. What becomes of it is in ``core.replaced``.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import msgspec

from core import records as r
from core.answers import Denied, Done, Effect
from core.commands import ReplaceOrder
from core.held import in_the_way
from core.instruments import Instrument
from core.money import plain
from core.new_terms import ask_new_terms
from core.orders import ALIVE, PRICED, TRIGGERED, Order, OrderEvent, OrderState, Terms
from core.risk.case import Case
from core.risk.engine import Approved, Verdict, judge
from core.risk.gate_checks import message_rate
from core.risk.match_checks import clear_way
from core.setup import SECOND_NS, Account
from core.state import State
from core.view import View

Decision = Generator[r.Record | Effect, None, Done | Denied]

REPLACE_LIFE_NS: Final = 30 * SECOND_NS
"""How long a replace may wait for its link: as long as an order by default. A price that is moved
later than that was meant for another market."""

_WORKING: Final = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)


def replace_order(state: State, view: View, command: ReplaceOrder, now: int) -> Decision:
    """Ask for new terms of a working order."""
    order = state.orders.get(command.order)
    if order is None:
        return Denied(code="order_unknown", value=command.order)
    terms = Terms(
        quantity=order.quantity if command.quantity is None else command.quantity,
        price=order.price if command.price is None else command.price,
        trigger=order.trigger if command.trigger is None else command.trigger,
    )
    account = state.facts.setup.accounts.get(order.account)
    instrument = state.facts.setup.instruments.get(order.instrument)
    denied = _not_now(order, command)
    if denied is not None:
        return denied
    if account is None or instrument is None:
        return Denied(code="symbol_unknown", value=order.instrument, where=order.account)
    denied = _impossible(order, terms, instrument)
    if denied is not None:
        return denied
    checks = r.NO_CHECKS
    if not _adds_nothing(order, terms):
        code = in_the_way(state, account, order) if view.durable else "store_unavailable"
        if code:
            return Denied(code=code, value=order.strategy, limit=account.name, where=order.account)
        verdict = _judged(
            state, view, order, terms, now=now, account=account, instrument=instrument
        )
        if not isinstance(verdict, Approved):
            yield _refused(order, verdict.check.code, command, now, checks=verdict.checks)
            check = verdict.check
            return Denied(code=check.code, value=check.value, limit=check.limit, where=check.scope)
        checks = verdict.checks
    elif order.reduce_only:
        yield from clear_way(
            _case(state, view, order, terms, now=now, account=account, instrument=instrument)
        )
    yield from ask_new_terms(order, terms, now, by=command.by, reason=command.reason, checks=checks)
    return Done(orders=(order.order,))


def _not_now(order: Order, command: ReplaceOrder) -> Denied | None:
    """Refuse what no order in this state can have."""
    if not command.reason.strip():
        return Denied(code="reason_missing", value=order.order)
    if order.state not in ALIVE:
        return Denied(code="order_done", value=order.order, limit=order.state)
    if order.state not in _WORKING:
        return Denied(code="order_not_working", value=order.order, limit=order.state)
    if order.pending_cancel or order.pending_replace:
        pending = "cancel" if order.pending_cancel else "replace"
        return Denied(code="order_pending", value=order.order, limit=pending)
    if not command.offered:
        return Denied(code="replace_not_offered", value=order.order, where=order.account)
    return None


def _impossible(order: Order, terms: Terms, instrument: Instrument) -> Denied | None:
    """Refuse terms that no venue could take, or that change nothing."""
    prices = (
        ("price", order.order_type in PRICED, order.price, terms.price),
        ("trigger", order.order_type in TRIGGERED, order.trigger, terms.trigger),
    )
    for name, has, old, new in prices:
        if new is None or new == old:
            continue
        if not has:
            return Denied(code="replace_price_unused", value=str(order.order_type), limit=name)
        if not instrument.is_price(new):
            tick = plain(instrument.tick)
            return Denied(
                code="price_off_tick", value=plain(new), limit=tick, where=instrument.name
            )
    if terms == order.terms:
        return Denied(code="replace_same", value=order.order)
    asked, filled = terms.quantity, order.filled
    if asked <= filled:
        return Denied(code="replace_filled", value=plain(asked), limit=plain(filled))
    if asked != order.quantity and instrument.quantity_cut(asked) != asked:
        step = plain(max(instrument.quantity_min, instrument.lot_step))
        return Denied(
            code="quantity_off_step", value=plain(asked), limit=step, where=instrument.name
        )
    if order.reduce_only and asked > order.quantity:
        return Denied(code="exit_may_not_grow", value=plain(asked), limit=plain(order.quantity))
    return None


def _adds_nothing(order: Order, terms: Terms) -> bool:
    """Say whether nothing more is at stake under the new terms than was approved."""
    moved = (terms.price, terms.trigger) != (order.price, order.trigger)
    return order.reduce_only or not (moved or terms.quantity > order.quantity)


def _judged(
    state: State,
    view: View,
    order: Order,
    terms: Terms,
    *,
    now: int,
    account: Account,
    instrument: Instrument,
) -> Verdict:
    case = _case(state, view, order, terms, now=now, account=account, instrument=instrument)
    return judge(case, message_rate(case))


def _case(
    state: State,
    view: View,
    order: Order,
    terms: Terms,
    *,
    now: int,
    account: Account,
    instrument: Instrument,
) -> Case:
    return Case(
        state,
        view,
        now,
        account=account,
        instrument=instrument,
        strategy=order.strategy,
        purpose=order.purpose,
        side=order.side,
        quantity=max(terms.quantity, order.quantity),  # until the venue has said which
        order_type=order.order_type,
        price=terms.price,
        trigger=terms.trigger,
        own=order,
    )


def _refused(
    order: Order, code: str, command: ReplaceOrder, now: int, *, checks: msgspec.Raw
) -> r.OrderChanged:
    """Record that an order keeps its terms because the risk engine said no."""
    return r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=OrderEvent.REPLACE_REJECTED,
        to=order.state,
        reason=code,
        by=command.by,
        raw=command.reason,
        checks=checks,
    )
