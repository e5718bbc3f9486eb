"""Tracking: what each report, outcome and look-up does to an order.

Rules of this file
1. A fill is known by its execution id; one that is known already changes nothing.
2. What the table of orders does not know is recorded as an alarm and changes nothing.
3. ``not_placed`` needs proof from the venue's own books. Time proves nothing.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from msgspec.structs import replace

from core import records as r
from core.answers import AskLookup, Effect, Send
from core.commands import NoteSent, NoteTrouble, TakeLookup, TakeReport
from core.money import ZERO
from core.orders import ALIVE, Order, OrderEvent, OrderState, next_state
from core.reports import Report
from core.risk.controls import Mode
from core.risk.case import mode_of
from core.state import State

Steps = Generator[r.Record | Effect, None, None]

_EXECUTIONS: Final = (OrderEvent.FILL, OrderEvent.BUST, OrderEvent.CORRECTED)

_NO_NEWS: Final = frozenset(
    {OrderEvent.SENT, OrderEvent.ACCEPTED, OrderEvent.FOUND, OrderEvent.TIMED_OUT, OrderEvent.CANCELLED,
     OrderEvent.EXPIRED, OrderEvent.REJECTED, OrderEvent.ABSENT, OrderEvent.DONE_FOR_DAY}
)  # fmt: skip
"""Events that say nothing new when the order is already where they lead: duplicates, not worth a record."""


def change(
    order: Order,
    event: OrderEvent,
    now: int,
    *,
    report: Report | None = None,
    reason: str = "",
    by: str = "",
    code: str = "",
) -> Steps:
    """Take an order through one cell of the table: its record, and the alarm of the cell if it has one."""
    after = order if report is None else _with_execution(order, event, report)
    step = next_state(after, event)
    if step is None:
        yield r.AlarmRaised(
            at_ns=now, code="report_impossible", value=f"{event} while {order.state}", where=order.order
        )
        return
    assert isinstance(step.to, OrderState), "next_state resolves every rule"
    nothing = step.to is order.state and event in _NO_NEWS and not step.alarm
    known = not (report is not None and report.venue_order and not order.venue_order)
    first = event is OrderEvent.SENT and not order.sent_ns
    if nothing and known and not first:
        return
    if report is None:
        yield r.OrderChanged(
            at_ns=now, order=order.order, event=event, to=step.to, reason=code or reason, by=by,
            raw=reason if code else "",
        )  # fmt: skip
    else:
        yield r.OrderChanged(
            at_ns=now,
            order=order.order,
            event=event,
            to=step.to,
            venue_ns=report.at_ns,
            venue_order=report.venue_order,
            exec_id=report.exec_id,
            quantity=report.quantity,
            price=report.price,
            trigger=report.trigger,
            fee=report.fee,
            reason=report.reason,
            raw=report.raw,
            by=by,
        )
    if step.alarm:
        yield r.AlarmRaised(at_ns=now, code=step.alarm, value=str(event), where=order.order)


def _with_execution(order: Order, event: OrderEvent, report: Report) -> Order:
    """Return the order as it will be counted, so that the table can read its quantities."""
    if event is OrderEvent.FILL and report.quantity is not None:
        return replace(order, filled=order.filled + report.quantity)
    if event is OrderEvent.REPLACED and report.quantity is not None:
        return replace(order, quantity=report.quantity)
    return order


def take_report(state: State, command: TakeReport, now: int) -> Steps:
    """Apply what a venue said."""
    report = command.report
    order = state.orders.get(report.order)
    if order is None:
        yield r.AlarmRaised(
            at_ns=now,
            code="report_unmatched",
            value=f"{report.event} {report.exec_id}".strip(),
            where=f"account:{report.account}",
            raw=report.raw,
        )
        return
    if report.event in _EXECUTIONS:
        yield from _execution(state, order, report, now)
        return
    yield from change(order, report.event, now, report=report)


def _execution(state: State, order: Order, report: Report, now: int) -> Steps:
    known = state.fills.get((order.account, report.exec_id))
    valid = report.exec_id and (
        report.event is OrderEvent.BUST
        or (report.quantity is not None and report.quantity > ZERO and report.price is not None)
    )
    if not valid:
        yield r.AlarmRaised(
            at_ns=now, code="report_impossible", value=f"{report.event} without its facts",
            where=order.order, raw=report.raw,
        )  # fmt: skip
        return
    if report.event is OrderEvent.FILL:
        if known is not None:
            return  # told before, by the stream or by a look-up
        yield from change(order, report.event, now, report=report)
        return
    if known is None or (report.event is OrderEvent.BUST and known.quantity == ZERO):
        if known is None:
            yield r.AlarmRaised(
                at_ns=now, code="report_impossible", value=f"{report.event} of {report.exec_id}, never seen",
                where=order.order, raw=report.raw,
            )  # fmt: skip
        return
    gone = known.quantity
    left = ZERO if report.event is OrderEvent.BUST else report.quantity or ZERO
    counted = replace(order, filled=order.filled - gone + left)
    step = next_state(counted, report.event)
    assert step is not None and isinstance(step.to, OrderState), "only a held order has no executions"
    yield r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=report.event,
        to=step.to,
        venue_ns=report.at_ns,
        exec_id=report.exec_id,
        quantity=report.quantity,
        price=report.price,
        fee=report.fee,
        reason=report.reason,
        raw=report.raw,
    )
    yield r.AlarmRaised(at_ns=now, code=step.alarm, value=report.exec_id, where=order.order)


def note_sent(state: State, command: NoteSent, now: int) -> Steps:
    """Note that the venue's ``submit`` took an order over."""
    order = state.orders.get(command.order)
    if order is not None:
        yield from change(order, OrderEvent.SENT, now)


def note_trouble(state: State, command: NoteTrouble, now: int) -> Steps:
    """Apply the outcome of a call that did not end well."""
    order = state.orders.get(command.order)
    if order is None:
        return
    if not command.proven:
        yield from change(order, OrderEvent.TIMED_OUT, now, code=command.code, reason=command.text)
        yield AskLookup(order.order)
    elif command.expired:
        cancelled = order.pending_cancel
        event = OrderEvent.CANCELLED if cancelled else OrderEvent.EXPIRED
        yield from change(order, event, now, code=command.code, reason=command.text)
    else:
        yield from change(order, OrderEvent.REJECTED, now, code=command.code, reason=command.text)
    if command.fatal:
        scope = f"account:{order.account}"
        if scope not in state.halts:
            yield r.AlarmRaised(at_ns=now, code="venue_fatal", value=command.code, where=scope)
            yield r.Halted(at_ns=now, scope=scope, by="bridge", reason=f"{command.code}: {command.text}")


def take_lookup(state: State, command: TakeLookup, now: int) -> Steps:
    """Settle an order by what its venue shows of it."""
    order = state.orders.get(command.order)
    if order is None:
        return
    found = command.found
    if found is None:
        if order.state not in ALIVE or not command.conclusive:
            return
        young = now < order.expires_ns and not order.pending_cancel
        halted = mode_of(state, state.facts.setup.accounts[order.account], order.strategy)
        blocked = halted is Mode.HALTED and not order.reduce_only
        if command.may_resend and young and not blocked and not order.filled:
            yield Send(order.order)
            return
        yield from change(order, OrderEvent.ABSENT, now, reason="the venue's books do not have it")
        return
    for fill in found.fills:
        current = state.orders[order.order]
        if (current.account, fill.exec_id) not in state.fills:
            yield from _execution(state, current, fill, now)
    current = state.orders[order.order]
    event = OrderEvent.FOUND if found.event in (OrderEvent.ACCEPTED, OrderEvent.FILL) else found.event
    if event is OrderEvent.FOUND and current.state not in (
        OrderState.INTENDED,
        OrderState.SENT,
        OrderState.UNKNOWN,
        OrderState.NOT_PLACED,
        OrderState.REJECTED,
    ):
        return
    report = Report(
        account=order.account,
        order=order.order,
        event=event,
        at_ns=found.at_ns,
        venue_order=found.venue_order,
        reason=found.reason,
    )
    yield from change(current, event, now, report=report)
