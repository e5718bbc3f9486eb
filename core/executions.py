"""Executions: fills, busts and corrections as a venue reports them.

Rules of this file
1. A fill is known by its execution id in its account. Told again it changes nothing; told again
   with other facts it is an alarm, for only a correction changes a fill.
2. A fee that was not known with its fill is taken from whoever tells it first.
3. A bust or a correction may be told before its fill, which then changes nothing: whatever the
   order of the reports, the sums are the same.
4. An execution takes the place of what was inferred for want of it.
5. A fee in another currency than the account's is not known: nothing is converted here. One that a
   spot account pays in the coin itself makes the share smaller (``core.spot``).
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final

from core import records as r
from core.inferred import replace_inferred
from core.money import ZERO
from core.orders import Order, OrderEvent
from core.reports import Report
from core.spot import fees_of
from core.state import FillRow, State
from core.transitions import next_state

Steps = Generator[r.OrderChanged | r.AlarmRaised, None, None]

_FILL: Final = OrderEvent.FILL
_BUST: Final = OrderEvent.BUST
_CORRECTED: Final = OrderEvent.CORRECTED
"""Named once: Python 3.11 takes long to look up a member of an enum, and each fill asks."""

EXECUTIONS: Final = frozenset({_FILL, _BUST, _CORRECTED})
"""Events that change what is filled."""


def take_execution(state: State, order: Order, report: Report, now: int) -> Steps:
    """Apply one execution report to its order."""
    known = state.fills.get((order.account, report.exec_id))
    wrong = _contradiction(order, report, known)
    if wrong:
        yield r.AlarmRaised(
            at_ns=now,
            code="report_impossible",
            value=f"{report.event} {report.exec_id} {wrong}",
            where=order.order,
            raw=report.raw,
        )
        return
    fees = fees_of(state, order, report, known)
    if known is not None and _says_nothing(known, report, fees.fee):
        return
    total = order.filled
    filled = total - _counted(known) + _claimed(report)
    event = report.event
    replaced = ZERO
    if total and filled > total:
        replaced = yield from replace_inferred(state, order, report, now, grows=filled - total)
        order, filled = state.orders[order.order], filled - replaced
    quiet = event is _FILL and (known is not None or (ZERO < replaced and filled <= total))
    move = None if quiet else next_state(order, event, filled=filled)
    if move is None and not quiet:
        value = f"{event} while {order.state}"
        yield r.AlarmRaised(at_ns=now, code="report_impossible", value=value, where=order.order)
        return
    yield r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=event,
        to=order.state if move is None else move.to,
        venue_ns=report.at_ns,
        venue_order=report.venue_order,
        exec_id=report.exec_id,
        quantity=report.quantity,
        price=report.price,
        fee=fees.fee,
        base_fee=fees.base,
        position=report.position,
        reason=report.reason,
        raw=report.raw,
    )
    if move is not None and move.alarm:
        yield r.AlarmRaised(at_ns=now, code=move.alarm, value=report.exec_id, where=order.order)


def _contradiction(order: Order, report: Report, known: FillRow | None) -> str:
    """Say what is wrong with a report, or nothing."""
    if not report.exec_id:
        return "has no execution id"
    if known is not None and known.order != order.order:
        return "belongs to another order"
    if known is not None and known.inferred and known.quantity:
        return "is an id of ours"
    if report.event is _BUST:
        return ""
    if report.quantity is None or report.quantity <= ZERO or report.price is None:
        return "lacks quantity or price"
    if report.event is _CORRECTED:
        return ""
    # After a correction the first story may come again, and is known to be wrong.
    if known is None or known.corrected or _facts(known) == (report.quantity, report.price):
        return ""
    return "was told before with other facts"


def _facts(known: FillRow) -> tuple[Decimal, Decimal]:
    return known.quantity, known.price


def _says_nothing(known: FillRow, report: Report, fee: Decimal | None) -> bool:
    """Say whether a report of a known execution tells nothing new."""
    if report.event is _BUST:
        return not known.quantity
    if report.event is _FILL:
        # A fill that was taken back or corrected may be told again as it was: that changes nothing.
        return known.corrected or known.fee is not None or fee is None
    same = (report.quantity, report.price) == _facts(known)
    return same and (fee is None or fee == known.fee)


def _counted(known: FillRow | None) -> Decimal:
    return known.quantity if known is not None else ZERO


def _claimed(report: Report) -> Decimal:
    return ZERO if report.event is _BUST else report.quantity or ZERO
