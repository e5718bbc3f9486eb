"""Tracking: what each report, outcome and look-up does to an order.

Rules of this file
1. A fill is known by its execution id; one that is known already changes nothing.
2. What the table of orders does not know is recorded as an alarm and changes nothing.
3. ``not_placed`` needs proof (``core.doubt``). Time proves nothing.
4. What a venue tells of an order that is ours and that the journal does not know stops the account:
   the journal is an old copy, or somebody else sends under our name.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final

from core import records as r
from core.answers import AskLookup, Effect, Send
from core.attached import meet, meet_found
from core.busts import take_back_unlisted
from core.commands import NoteCancelRefused, NoteSent, NoteTrouble, TakeLookup, TakeReport
from core.doubt import IN_DOUBT, evidence, is_proven_absent, qualifies
from core.executions import EXECUTIONS, take_execution
from core.fold_attached import is_awaited
from core.incomplete import counted
from core.inferred import contradict
from core.late import follow
from core.money import ZERO
from core.orders import ALIVE, Order, OrderEvent, OrderState
from core.references import MARKED, middle_for
from core.replaced import replace_failed, settle, take_replace_rejected, take_replaced
from core.reports import Report, VenueOrder
from core.risk.case import mode_of
from core.risk.controls import Mode
from core.setup import KEPT_NS
from core.state import State
from core.transitions import next_state
from core.unsure_turns import shown_by_lookup
from core.view import View

Steps = Generator[r.Record | Effect, None, None]

_OF_VENUES: Final = EXECUTIONS | {
    OrderEvent.ACCEPTED,
    OrderEvent.CANCELLED,
    OrderEvent.CANCEL_REJECTED,
    OrderEvent.REPLACED,
    OrderEvent.REPLACE_REJECTED,
    OrderEvent.REJECTED,
    OrderEvent.EXPIRED,
    OrderEvent.DONE_FOR_DAY,
}
"""What a venue can say. The other events are ours."""

_SENT: Final = OrderEvent.SENT
_ACCEPTED: Final = OrderEvent.ACCEPTED
_REPLACED: Final = OrderEvent.REPLACED
_REPLACE_REJECTED: Final = OrderEvent.REPLACE_REJECTED
"""Named once: Python 3.11 takes long to look up a member of an enum, and each report asks."""

_LOOKED_FOR: Final = (ALIVE - {OrderState.HELD}) | {OrderState.NOT_PLACED}
"""States in which it says something that a venue does not show an order."""
_AT_VENUE: Final = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)
_ENDS: Final = (OrderEvent.CANCELLED, OrderEvent.REJECTED, OrderEvent.EXPIRED)

_PROVES_LIFE: Final = EXECUTIONS | {
    OrderEvent.ACCEPTED,
    OrderEvent.REPLACED,
    OrderEvent.DONE_FOR_DAY,
}


def _is_news(order: Order, event: OrderEvent, to: OrderState) -> bool:
    """Say whether an event that leaves an order where it is tells something worth a record."""
    if to is not order.state:
        return True
    match event:
        case OrderEvent.SENT:
            return not order.sent_ns
        case OrderEvent.ACCEPTED | OrderEvent.FOUND:
            return not order.accepted_ns
        case OrderEvent.CANCEL_REJECTED:
            return order.pending_cancel
        case OrderEvent.CANCEL_ASKED:
            return True
        case _:
            return False


def change(
    order: Order,
    event: OrderEvent,
    now: int,
    *,
    report: Report | None = None,
    reason: str = "",
    code: str = "",
    venue_ns: int = 0,
    raw: str = "",
    transient: bool = False,
    reference: Decimal | None = None,
) -> Generator[r.OrderChanged | r.AlarmRaised, None, None]:
    """Take an order through one cell of the table: its record, and the cell's alarm if it has one.

    ``code`` is ours and becomes the reason; ``reason`` then is what a person or a venue said.
    ``reference``: the middle of the market, where the event marks an order's way.
    """
    move = next_state(order, event)
    if move is None:
        value = f"{event} while {order.state}"
        yield r.AlarmRaised(at_ns=now, code="report_impossible", value=value, where=order.order)
        return
    named = report is not None and bool(report.venue_order) and not order.venue_order
    if named or move.alarm or _is_news(order, event, move.to):
        if report is None:
            yield r.OrderChanged(
                at_ns=now,
                order=order.order,
                event=event,
                to=move.to,
                reason=code or reason,
                raw=raw or (reason if code else ""),
                venue_ns=venue_ns,
                reference=reference,
                transient=transient,
            )
        else:
            yield _told(order, event, now, to=move.to, report=report, reference=reference)
    if move.alarm:
        yield r.AlarmRaised(at_ns=now, code=move.alarm, value=str(event), where=order.order)


def _told(
    order: Order,
    event: OrderEvent,
    now: int,
    *,
    to: OrderState,
    report: Report,
    reference: Decimal | None,
) -> r.OrderChanged:
    return r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=event,
        to=to,
        venue_ns=report.at_ns,
        venue_order=report.venue_order,
        quantity=report.quantity,
        price=report.price,
        trigger=report.trigger,
        reason=report.reason,
        raw=report.raw,
        reference=reference,
        transient=report.transient,
    )


def take_report(state: State, command: TakeReport, now: int, view: View | None = None) -> Steps:
    """Apply what a venue said. ``view``: not needed where it is nothing but executions."""
    report = command.report
    order = state.orders.get(report.order)
    if order is None and is_awaited(state, report.account, report.order):
        quantity = None if report.event is _ACCEPTED else report.quantity
        traded = report.event is OrderEvent.FILL
        yield from meet(state, report.account, report.order, now, quantity=quantity, traded=traded)
        order = state.orders.get(report.order)
        if order is None:
            return
    if order is None or order.account != report.account:
        yield from _unmatched(state, report, now)
        return
    yield from _apply(state, order, report, now, view=view)
    yield from follow(state, order, report.event, now)


def _apply(state: State, order: Order, report: Report, now: int, *, view: View | None) -> Steps:
    event = report.event
    if event in EXECUTIONS:
        yield from take_execution(state, order, report, now)
    elif event in _OF_VENUES and (report.quantity is None or report.quantity > ZERO):
        if event is _REPLACED:
            yield from take_replaced(order, report, now)
        elif event is _REPLACE_REJECTED:
            yield from take_replace_rejected(order, report, now)
        else:
            reference = None
            if event in MARKED and view is not None:
                reference = middle_for(state, view, order, now, at_ns=report.at_ns)
            yield from change(order, event, now, report=report, reference=reference)
    else:
        value = f"{event} of {report.quantity} from a venue"
        yield r.AlarmRaised(
            at_ns=now, code="report_impossible", value=value, where=order.order, raw=report.raw
        )


def _unmatched(state: State, report: Report, now: int) -> Steps:
    """Call a person; and stop the account when it is news of an order under our name."""
    scope = f"account:{report.account}"
    value = f"{report.event} {report.exec_id or report.order}".strip()
    yield r.AlarmRaised(
        at_ns=now, code="report_unmatched", value=value, where=scope, raw=report.raw
    )
    # Venues tell old stories again after a reconnect; what is older than the state proves nothing.
    recent = now - report.at_ns < KEPT_NS
    if report.order and recent and report.event in _PROVES_LIFE:
        yield from _stop(state, report.account, f"report_unmatched: {value}", now)


def _stop(state: State, account: str, reason: str, now: int) -> Steps:
    """Halt an account on the bridge's own account; a halt that stands keeps its reason."""
    scope = f"account:{account}"
    if account in state.facts.setup.accounts and scope not in state.halts:
        yield r.Halted(at_ns=now, scope=scope, by="bridge", reason=reason)


def note_sent(state: State, command: NoteSent, now: int, view: View) -> Steps:
    """Note that the venue's ``submit`` took an order over."""
    order, at_ns = state.orders.get(command.order), command.entered_ns
    if order is not None:
        reference = middle_for(state, view, order, now, at_ns=at_ns)
        yield from change(order, _SENT, now, venue_ns=at_ns, reference=reference)


def note_trouble(state: State, command: NoteTrouble, now: int) -> Steps:
    """Apply the outcome of a call that did not end well."""
    order = state.orders.get(command.order)
    if order is None:
        return
    if command.terms is not None:
        yield from replace_failed(order, command, now)
    else:
        yield from _not_handed_over(state, order, command, now)
    if command.fatal:
        yield from _fatal(state, order.account, command, now)


def _fatal(state: State, account: str, command: NoteTrouble | NoteCancelRefused, now: int) -> Steps:
    """Stop an account that cannot be worked with; a cancel that goes again calls nobody again."""
    scope = f"account:{account}"
    if isinstance(command, NoteCancelRefused) and _is_told(state, scope, command.code):
        return
    yield r.AlarmRaised(at_ns=now, code="venue_fatal", value=command.code, where=scope)
    yield from _stop(state, account, f"{command.code}: {command.text}", now)


def _is_told(state: State, scope: str, code: str) -> bool:
    """Say whether a person was called for this since the account was halted. A halt by itself says
    nothing: it may be the one whose cancels the venue does not take."""
    stopped = state.halts.get(scope)
    return stopped is not None and any(
        (one.code, one.value, one.where) == ("venue_fatal", code, scope)
        and one.at_ns >= stopped.at_ns
        for one in state.alarms.values()
    )


def _not_handed_over(state: State, order: Order, command: NoteTrouble, now: int) -> Steps:
    event = OrderEvent.REJECTED
    if command.proven and order.state in _AT_VENUE:
        # Its venue has shown it meanwhile: what was refused was a second try under the same id.
        yield AskLookup(order.order)
        return
    if not command.proven:
        event = OrderEvent.TIMED_OUT
    elif order.order in state.doubts:
        # It was handed over before, and of that nothing is proven: it is watched, not rejected.
        event = OrderEvent.ABSENT
    elif command.expired:
        event = OrderEvent.CANCELLED if order.pending_cancel else OrderEvent.EXPIRED
    yield from change(
        order, event, now, code=command.code, reason=command.text, transient=command.transient
    )
    if not command.proven and state.orders[order.order].state in ALIVE:
        yield AskLookup(order.order)


def cancel_refused(state: State, command: NoteCancelRefused, now: int) -> Steps:
    """Note that a venue refuses to cancel an order that it has; what became of it is asked."""
    order = state.orders.get(command.order)
    if order is None or order.state not in ALIVE or not order.pending_cancel:
        return
    if command.changed:
        yield from _fatal(state, order.account, command, now)
        return
    if order.state not in IN_DOUBT:
        yield from change(
            order, OrderEvent.CANCEL_REJECTED, now, code=command.code, reason=command.text
        )
        yield r.AlarmRaised(at_ns=now, code="cancel_refused", value=command.code, where=order.order)
    yield AskLookup(order.order)


def take_lookup(state: State, command: TakeLookup, now: int) -> Steps:
    """Settle an order by what its venue shows of it."""
    yield from meet_found(state, command, now)
    order = state.orders.get(command.order)
    if order is None:
        return
    found = command.found
    if found is None:
        yield from _not_found(state, command, order, now)
        return
    if found.order == order.order:
        yield from take_back_unlisted(state, found, found.fills, now)
    for fill in found.fills:
        yield from take_execution(state, state.orders[order.order], fill, now)
    current = state.orders[order.order]
    yield from contradict(state, current, now, filled=found.filled, at_ns=found.at_ns)
    yield from settle(state, state.orders[order.order], found, now)
    current = state.orders[order.order]
    yield from counted(state, current, found, now)
    current = state.orders[order.order]
    shows = found.event
    report = Report(
        account=order.account,
        order=order.order,
        event=OrderEvent.FOUND if shows in (OrderEvent.ACCEPTED, OrderEvent.FILL) else shows,
        at_ns=found.at_ns,
        venue_order=found.venue_order,
        reason=found.reason,
    )
    over = shows is OrderEvent.FILL and current.state is OrderState.CANCELLED
    if not over:  # an order that is over by both books is not alive for being found
        yield from change(current, report.event, now, report=report)
    yield from follow(state, order, shows, now)
    yield from _certain(state, state.orders[order.order], found, now)
    if state.turns:
        yield from shown_by_lookup(state, command, now)


def _certain(state: State, order: Order, found: VenueOrder, now: int) -> Steps:
    """Say that what is left of an order is certain, when something waits for that."""
    waits = order.order in state.followups and not order.end_shown
    if waits and found.event in _ENDS and found.filled == order.filled:
        yield r.EndShown(at_ns=now, order=order.order, filled=found.filled)


def _not_found(state: State, command: TakeLookup, order: Order, now: int) -> Steps:
    """Send once more where that is safe, else conclude that it was never placed."""
    if order.state not in _LOOKED_FOR:
        return
    yield r.LookedUp(
        at_ns=now,
        order=order.order,
        calls=command.calls,
        covers_closed=command.covers_closed,
        canary=command.canary,
        qualified=qualifies(state, order, command, now),
        conclusive=command.conclusive,
    )
    if not command.conclusive and not is_proven_absent(state.doubts.get(order.order)):
        if order.state in (OrderState.INTENDED, OrderState.SENT):
            yield from change(order, OrderEvent.TIMED_OUT, now, code="not_shown")
            yield AskLookup(order.order)
        return
    if command.may_resend and order.state in IN_DOUBT and _may_go(state, order, now):
        yield Send(order.order)
        return
    words, raw = evidence(state, order, command)
    yield from change(order, OrderEvent.ABSENT, now, reason=words, raw=raw)


def _may_go(state: State, order: Order, now: int) -> bool:
    """Say whether an order that is not at its venue may still go there."""
    account = state.facts.setup.accounts.get(order.account)
    if account is None or now >= order.expires_ns or order.pending_cancel:
        return False
    mode = mode_of(state, account, order.strategy, order.purpose)
    return order.reduce_only or mode not in (Mode.HALTED, Mode.REDUCING)
