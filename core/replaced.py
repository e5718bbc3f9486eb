"""Replace, answered: what became of it, by the terms that the venue says or shows.

Rules of this file
1. What the venue says is followed; what was not asked for is followed with an alarm.
2. A reply that does not come proves nothing. Look-ups decide by the terms that they show; what they
   have not shown often and long enough is given up, and followed with an alarm if it comes after
   all.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from core import records as r
from core.answers import AskLookup, Effect
from core.commands import NoteTrouble
from core.money import ZERO, plain
from core.orders import Order, OrderEvent, OrderState, Terms
from core.reports import Report, VenueOrder
from core.setup import SECOND_NS
from core.state import State
from core.transitions import next_state

Steps = Generator[r.Record | Effect, None, None]

UNSEEN_NS: Final = 60 * SECOND_NS
"""How long look-ups must show other terms before a replace is given up: beyond the longest time
that a request was seen to hang at a venue, and as long as an order itself is searched for."""

UNSEEN_MIN: Final = 3
"""How many of them at least: one may have been asked before the request arrived, one may lag."""

_QUIET: Final = (OrderState.CANCELLED, OrderState.EXPIRED)
"""Over: which terms it had then is no news for anyone."""


def take_replaced(order: Order, report: Report, now: int) -> Steps:
    """Follow the terms that a venue says an order has now."""
    if report.at_ns < order.replaced_ns:
        return  # an old story, told again
    base = order.asked or order.terms
    got = Terms(
        quantity=base.quantity if report.quantity is None else report.quantity,
        price=base.price if report.price is None else report.price,
        trigger=base.trigger if report.trigger is None else report.trigger,
    )
    if got != order.terms or got == order.asked:
        yield from _replaced(order, got, report, now)


def take_replace_rejected(order: Order, report: Report, now: int) -> Steps:
    """Take a venue's no, unless it is the answer to another replace."""
    asked = order.asked
    if asked is None:
        return
    if report.quantity is not None and asked != _told(report):
        return
    yield from _rejected(order, now, report=report)


def replace_failed(order: Order, command: NoteTrouble, now: int) -> Steps:
    """Apply the outcome of a replace that did not end well: if proven it is over, else sought."""
    if order.asked is None or order.asked != command.terms:
        return
    if command.proven:
        yield from _rejected(order, now, code=command.code, text=command.text)
    else:
        yield AskLookup(order.order)


def settle(state: State, order: Order, found: VenueOrder, now: int) -> Steps:
    """Say what became of a pending replace by the terms that a look-up shows."""
    asked = order.asked
    if asked is None:
        if found.event is OrderEvent.FILL and found.quantity == order.filled < order.quantity:
            # Somebody else made it smaller, and then nothing was left of it.
            yield from take_replaced(order, _as_report(order, found), now)
        return
    old, new = _shows(found, order.terms), _shows(found, asked)
    if new and not old:
        yield from _replaced(order, asked, _as_report(order, found), now)
    elif found.event is OrderEvent.FILL:
        yield from _given_up(state, order, found, now, code="replace_too_late")
    elif found.event is OrderEvent.ACCEPTED and not new:
        yield r.TermsSeen(
            at_ns=now,
            order=order.order,
            quantity=found.quantity,
            price=found.price,
            trigger=found.trigger,
        )
        seen = state.orders[order.order]
        if seen.unseen >= UNSEEN_MIN and now - seen.unseen_ns >= UNSEEN_NS:
            yield from _given_up(state, seen, found, now, code="replace_not_seen")


def _given_up(state: State, order: Order, found: VenueOrder, now: int, *, code: str) -> Steps:
    """Stop waiting: the order has the terms that the venue shows."""
    if not _shows(found, order.terms):
        yield from take_replaced(order, _as_report(order, found), now)
    if order.order in state.alive:
        yield from _rejected(state.orders[order.order], now, code=code)


def _replaced(order: Order, got: Terms, report: Report, now: int) -> Steps:
    asked = order.asked
    ceiling = got.quantity if asked is None else max(got.quantity, asked.quantity)
    quantity = got.quantity if got == asked else ceiling
    move = next_state(order, OrderEvent.REPLACED, quantity=quantity)
    assert move is not None, "every state has a row for it"
    yield r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=OrderEvent.REPLACED,
        to=move.to,
        venue_ns=report.at_ns,
        venue_order=report.venue_order,
        quantity=got.quantity,
        price=got.price,
        trigger=got.trigger,
        reason=report.reason,
        raw=report.raw,
    )
    known = got == asked or order.state in _QUIET or _follows(order, got)
    alarm = move.alarm or ("" if known else "replaced_unasked")
    if alarm:
        yield r.AlarmRaised(
            at_ns=now, code=alarm, value=_words(got), where=order.order, raw=report.raw
        )


def _follows(order: Order, got: Terms) -> bool:
    """Say whether a venue does with an order what it is for: it links legs, and lets an attached
    stop grow with its entry."""
    same = (got.price, got.trigger) == (order.price, order.trigger)
    linked = bool(order.group) and got.quantity < order.quantity
    return same and (linked or bool(order.attached_to))


def _rejected(
    order: Order, now: int, *, report: Report | None = None, code: str = "", text: str = ""
) -> Steps:
    move = next_state(order, OrderEvent.REPLACE_REJECTED, quantity=order.quantity)
    assert move is not None, "only an order that may be at its venue has a replace pending"
    yield r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=OrderEvent.REPLACE_REJECTED,
        to=move.to,
        venue_ns=0 if report is None else report.at_ns,
        reason=code if report is None else report.reason,
        raw=text if report is None else report.raw,
    )
    if move.alarm:
        yield r.AlarmRaised(at_ns=now, code=move.alarm, value="replace_rejected", where=order.order)


def _told(report: Report) -> Terms:
    return Terms(quantity=report.quantity or ZERO, price=report.price, trigger=report.trigger)


def _shows(found: VenueOrder, terms: Terms) -> bool:
    """Say whether the venue shows these terms. A price that it does not show contradicts none."""
    return (
        found.quantity == terms.quantity
        and found.price in (None, terms.price)
        and found.trigger in (None, terms.trigger)
    )


def _as_report(order: Order, found: VenueOrder) -> Report:
    return Report(
        account=order.account,
        order=order.order,
        event=OrderEvent.REPLACED,
        at_ns=max(found.at_ns, order.replaced_ns),
        venue_order=found.venue_order,
        quantity=found.quantity,
        price=found.price,
        trigger=found.trigger,
        reason="shown by a look-up",
    )


def _words(terms: Terms) -> str:
    prices = (("at", terms.price), ("stop", terms.trigger))
    said = [f"{name} {plain(price)}" for name, price in prices if price is not None]
    return " ".join([plain(terms.quantity), *said])
