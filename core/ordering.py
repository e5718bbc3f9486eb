"""Ordering: from what was sized to a verdict of the risk engine, and to an order.

Rules of this file
1. An order is intended from an ``Approved`` or a ``Held`` of the risk engine, from nothing else.
2. Every refusal is a record with its code, its facts and its checks.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final

import msgspec

from core import records as r
from core.answers import Effect, Send
from core.attached import stop_price
from core.contracts import chosen
from core.copies import Lead, continuous_of
from core.ids import order_id
from core.instruments import Instrument
from core.money import ZERO, plain
from core.opposed import closes_opposed
from core.orders import PRICED, TRIGGERED, Order, OrderState, Purpose, Side
from core.risk.case import Case
from core.risk.check import Check
from core.risk.controls import Control
from core.risk.engine import Approved, Held, Refused, judge
from core.risk.match_checks import clear_way
from core.routing import Declined, Intent
from core.setup import EXIT_LIFE_NS, Account, Route
from core.signals import Signal
from core.sizing import Sized
from core.state import State
from core.tickets import leg_word
from core.view import View

Step = r.Record | Effect
Steps = Generator[Step, None, None]


_ENTRY: Final = Purpose.ENTRY
_INTENDED: Final = OrderState.INTENDED
_DUPLICATE: Final = Control.DUPLICATE.value
"""Named once: Python 3.11 takes long to look up a member of an enum, and each order asks."""


class Intake(msgspec.Struct, frozen=True, gc=False):
    """What all accounts of one message share. ``withheld``: the refusal that its entries in one
    account meet, whatever they are; what makes a position smaller goes."""

    view: View
    now: int
    signal: str
    content: Signal
    route: Route
    key: str
    rate_ok: bool
    age_ns: int | None
    age_max_ns: int
    lead: Lead | Declined | None = None
    withheld: r.SignalRefused | None = None


def refusal(intake: Intake, account: str, declined: Declined, where: str = "") -> r.SignalRefused:
    """Record why an account makes no order of a message. ``where``: the instrument, if known."""
    return r.SignalRefused(
        at_ns=intake.now,
        signal=intake.signal,
        account=account,
        verdict=declined.verdict,
        code=declined.code,
        value=declined.value,
        limit=declined.limit,
        where=where or account,
        instrument=where,
    )


def case_of(
    state: State,
    intake: Intake,
    account: Account,
    instrument: Instrument,
    *,
    intent: Intent,
    sized: Sized,
) -> Case:
    """Put an order that is meant and sized before the risk engine."""
    content = intake.content
    return Case(
        state,
        intake.view,
        intake.now,
        account=account,
        instrument=instrument,
        strategy=content.strategy,
        purpose=intent.purpose,
        side=intent.side,
        quantity=sized.quantity,
        order_type=content.order_type,
        price=content.price if content.order_type in PRICED else None,
        trigger=content.trigger if content.order_type in TRIGGERED else None,
        age_ns=intake.age_ns,
        age_max_ns=intake.age_max_ns,
        rate_ok=intake.rate_ok,
        origin=intake.signal,
    )


def judged(intake: Intake, case: Case, sized: Sized, *, waits: str = "", closes: str = "") -> Steps:
    """Ask the risk engine, and record the order or the refusal. ``waits``: for what an approved
    entry waits. ``closes``: the ticket of an exit on a hedging account."""
    where = f"route:{intake.route.name}"
    verdict = judge(case, Check(_DUPLICATE, "duplicate", "", intake.key[:80], "", where))
    held: Check | None = None
    if not isinstance(verdict, Approved):
        held = verdict.check
        if isinstance(verdict, Refused):
            yield r.SignalRefused(
                at_ns=intake.now,
                signal=intake.signal,
                account=case.account.name,
                verdict="refused",
                code=held.code,
                value=held.value,
                limit=held.limit,
                where=held.scope or where,
                checks=verdict.checks,
                instrument=case.instrument.name,
            )
            return
    entry = case.purpose is _ENTRY
    if not entry and not waits and held is None and case.state.resting:
        yield from clear_way(case)
    if entry and case.state.facts.setup.futures:
        yield from _choice(intake, case)
    order = _intended(verdict, intake, sized, waits, closes=closes)
    yield r.OrderIntended(
        at_ns=intake.now,
        order=order,
        checks=verdict.checks,
        sizing=sized.how,
        value=held.value if held is not None else "",
        limit=held.limit if held is not None else "",
        where=held.scope if held is not None else "",
    )
    if order.state is _INTENDED:
        yield Send(order.order)


def _choice(intake: Intake, case: Case) -> Steps:
    """Remember the contract that an entry chose by a continuous symbol."""
    route, symbol = intake.route, intake.content.symbol
    continuous = continuous_of(case.state, route, case.account, symbol)
    if continuous is not None:
        record = chosen(
            case.state,
            case.account.name,
            continuous.place,
            strategy=case.strategy,
            instrument=case.instrument.name,
            now=intake.now,
        )
        if record is not None:
            yield record


def turned(
    intake: Intake, case: Case, sized: Sized, closes: Decimal
) -> Generator[Step, None, bool]:
    """Turn a position in one order, judged for the part that opens; say whether it goes. What may
    not go at once, or carries a stop of its venue, is for two orders."""
    buy, sell = (closes, ZERO) if case.side is Side.BUY else (ZERO, closes)
    exposure = case.exposure
    case.exposure = msgspec.structs.replace(
        exposure, buy=exposure.buy + buy, sell=exposure.sell + sell
    )
    where = f"route:{intake.route.name}"
    verdict = judge(case, Check(_DUPLICATE, "duplicate", "", intake.key[:80], "", where))
    if not isinstance(verdict, Approved):
        return False
    opens = _intended(verdict, intake, sized, "", closes="")
    if opens.attached_stop is not None:
        return False
    yield from clear_way(case)
    yield from _choice(intake, case)
    order = msgspec.structs.replace(opens, quantity=opens.quantity + closes, turns=closes)
    how = f"{sized.how}, and {plain(closes)} to close"
    yield r.OrderIntended(at_ns=intake.now, order=order, checks=verdict.checks, sizing=how)
    yield Send(order.order)
    return True


def _intended(
    verdict: Approved | Held, intake: Intake, sized: Sized, waits: str, *, closes: str
) -> Order:
    """Make an approved order, which may be sent once its record is committed, or a held one."""
    case, now = verdict.case, intake.now
    entry = case.purpose is _ENTRY
    held_for = waits if isinstance(verdict, Approved) else verdict.check.code
    if waits and not entry:  # for whatever else it waits: that is over first
        held_for = waits
    attaches = entry and case.account.attached_stop_percent is not None
    order = Order(
        order=order_id(case.account.name, intake.signal, leg_word(str(case.purpose), closes)),
        origin=intake.signal,
        account=case.account.name,
        instrument=case.instrument.name,
        strategy=case.strategy,
        purpose=case.purpose,
        side=case.side,
        quantity=case.quantity,
        order_type=case.type,
        intended_ns=now,
        expires_ns=now + (intake.route.order_life_ns if entry else EXIT_LIFE_NS),
        price=case.price,
        trigger=case.trigger,
        reference=case.mid,
        worst_price=case.worst_price(),
    )
    # Set apart: Python makes a call with more than 15 names by way of a dict, five times as slow.
    return msgspec.structs.replace(
        order,
        state=OrderState.HELD if held_for else _INTENDED,
        held_for=held_for,
        opposed=not entry and closes_opposed(case),
        closes=closes,
        route=intake.route.name,
        protection=sized.protection,
        clear_first=entry and bool(waits),
        attached_stop=_attached(case, sized) if attaches else None,
    )


def _attached(case: Case, sized: Sized) -> Decimal | None:
    return stop_price(
        case.state,
        case.account,
        case.instrument,
        side=case.side,
        entry=case.expected,
        stop=sized.stop,
    )
