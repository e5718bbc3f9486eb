"""Verdicts: what one account does with a message, from symbol to order.

Rules of this file
1. An order is intended from an ``Approved`` or a ``Held`` of the risk engine, from nothing else.
2. An exit is cut to what there is to close, and no control refuses it.
3. Every way out leaves a record with a code; there is no silent one.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal

import msgspec

from core import records as r
from core.answers import Effect, Send
from core.cancels import cancel_orders
from core.copies import (
    Lead,
    Part,
    copied,
    copy_of,
    held_before,
    instrument_of,
    size_copied_exit,
    size_copy,
    size_led_exit,
)
from core.entering import OFFSETS, Grounds, at_once, order_price, placed, shifted
from core.ids import order_id
from core.instruments import Instrument
from core.levels import has_stop
from core.orders import PRICED, TRIGGERED, Order, OrderState, OrderType, Purpose, Side
from core.risk.case import Case, fresh_quote, fresh_standing
from core.risk.check import Check
from core.risk.controls import Control
from core.risk.engine import Approved, Held, Refused, judge
from core.routing import Declined, Holding, Intent, found, holding_of, meant, opposed_by
from core.setup import EXIT_LIFE_NS, Account, Route
from core.signals import Action, QuantityUnit, Signal
from core.sizing import Sized, Unsized, impossible, size, size_exit
from core.state import State
from core.view import View

Step = r.Record | Effect
Steps = Generator[Step, None, None]


class Intake(msgspec.Struct, frozen=True):
    """What all accounts of one message share."""

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


def led(state: State, intake: Intake) -> Intake:
    """Say what the leader makes of a message, before any account is judged."""
    content, route = intake.content, intake.route
    if not route.copies or content.action is Action.CANCEL:
        return intake
    account = state.facts.setup.accounts[route.leading]
    instrument = found(state, account, content.symbol)
    if instrument is None:
        declined = Declined("refused", "symbol_unknown", content.symbol)
        return msgspec.structs.replace(intake, lead=declined)
    holding = holding_of(state, account.name, instrument.name, content.strategy)
    intent = meant(content, holding)
    sized: Sized | Declined
    if isinstance(intent, Declined):
        sized = intent
    elif intent.purpose is Purpose.EXIT:
        sized = _size_leading(content, instrument, intent, holding)
    else:
        sized = _size_entry(intake, account, instrument, intent)
    lead = Lead(account.name, instrument, intent, held_before(intent, holding), sized)
    return msgspec.structs.replace(intake, lead=lead)


def at_account(state: State, intake: Intake, name: str) -> Steps:
    """Judge a message at one account."""
    account = state.facts.setup.accounts[name]
    content = intake.content
    if content.strategy not in intake.route.strategies:
        declined = Declined("refused", "strategy_not_on_route", content.strategy, intake.route.name)
        yield _refusal(intake, name, declined)
        return
    if content.action is Action.CANCEL and not content.symbol:
        yield from _cancel(state, intake, account, None)
        return
    instrument = instrument_of(state, intake.route, account, content.symbol)
    if instrument is None:
        instrument = Declined("refused", "symbol_unknown", content.symbol)
    if isinstance(instrument, Declined):
        yield _refusal(intake, name, instrument)
    elif content.action is Action.CANCEL:
        yield from _cancel(state, intake, account, instrument)
    else:
        yield from _order(state, intake, account, instrument)


def _refusal(intake: Intake, account: str, declined: Declined, where: str = "") -> r.SignalRefused:
    return r.SignalRefused(
        at_ns=intake.now,
        signal=intake.signal,
        account=account,
        verdict=declined.verdict,
        code=declined.code,
        value=declined.value,
        limit=declined.limit,
        where=where or account,
    )


def _cancel(state: State, intake: Intake, account: Account, instrument: Instrument | None) -> Steps:
    """Ask for the end of the strategy's own working entries, in one instrument or in all."""
    strategy = intake.content.strategy
    orders = [
        state.orders[order]
        for (owner, what, whose), listed in state.working.items()
        if owner == account.name and whose == strategy
        if instrument is None or what == instrument.name
        for order in listed
    ]
    entries = sorted((o for o in orders if not o.reduce_only), key=lambda o: o.number)
    if not entries:
        where = instrument.name if instrument is not None else account.name
        yield _refusal(intake, account.name, Declined("no_action", "nothing_to_cancel"), where)
        return
    yield from cancel_orders(
        entries, intake.now, by=f"signal {intake.signal}", reason="cancel signal"
    )
    yield r.SignalServed(
        at_ns=intake.now,
        signal=intake.signal,
        account=account.name,
        orders=tuple(order.order for order in entries),
    )


def _order(state: State, intake: Intake, account: Account, instrument: Instrument) -> Steps:
    """Say what is meant, size it, judge it and intend it."""
    holding = holding_of(state, account.name, instrument.name, intake.content.strategy)
    intent = meant(intake.content, holding)
    part = _part(intake, account, instrument)
    if part is not None:
        intent = copied(intent, part.lead, holding)
    if isinstance(intent, Intent):
        sized = moved = _at_market(intake, account, instrument, intent)
        if isinstance(moved, Intake):
            intake = moved
            sized = _sized(state, intake, account, instrument, intent=intent, holding=holding)
        if isinstance(sized, Sized):
            case = _case(state, intake, account, instrument, intent=intent, sized=sized)
            yield from _judged(intake, case, sized)
            return
        assert isinstance(sized, Declined), "moved, and so sized or declined"
        intent = sized
    yield _refusal(intake, account.name, intent, instrument.name)


def _grounds(intake: Intake, account: Account, instrument: Instrument, side: Side) -> Grounds:
    quote = fresh_quote(intake.view, account, instrument.name, intake.now)
    return Grounds(intake.content, intake.route, instrument, side, quote)


def _at_market(
    intake: Intake, account: Account, instrument: Instrument, intent: Intent
) -> Intake | Declined:
    """Move the prices of the order to the traded instrument, where the route asks for it."""
    if intake.route.levels is not OFFSETS or intake.content.order_type is OrderType.MARKET:
        return intake
    content = shifted(_grounds(intake, account, instrument, intent.side))
    if isinstance(content, Declined):
        if intent.purpose is not Purpose.EXIT:
            return content
        content = at_once(intake.content)
    return msgspec.structs.replace(intake, content=content)


def _part(intake: Intake, account: Account, instrument: Instrument) -> Part | None:
    """Return what a follower has to go by; ``None``: it judges for itself."""
    copy = copy_of(intake.route, account.name)
    if copy is None or not isinstance(intake.lead, Lead):
        return None
    return Part(copy, instrument, intake.lead)


def _sized(
    state: State,
    intake: Intake,
    account: Account,
    instrument: Instrument,
    *,
    intent: Intent,
    holding: Holding,
) -> Sized | Declined:
    declined = impossible(intake.content, instrument)
    if declined is not None:
        return declined
    part = _part(intake, account, instrument)
    if intent.purpose is Purpose.EXIT:
        if part is not None:
            return size_copied_exit(intake.content, part, intent, holding)
        if intake.lead is not None:
            return _size_leading(intake.content, instrument, intent, holding)
        return size_exit(intake.content, instrument, intent, holding)
    if intake.route.require_stop and not has_stop(intake.content.protection):
        symbol, route = intake.content.symbol, intake.route.name
        return Declined("refused", "stop_missing", symbol, route)
    if not intake.view.durable:  # the exits of this message pass; what adds exposure does not
        return Declined("refused", "store_unavailable")
    strategy = intake.content.strategy
    other = opposed_by(state, account, instrument.name, side=intent.side, strategy=strategy)
    if other:
        return Declined("refused", "strategies_opposed", other, account.name)
    if isinstance(intake.lead, Declined):
        return Declined("refused", "leader_declined", intake.lead.code, intake.route.leading)
    copying = (part, holding) if part is not None else None
    return _size_entry(intake, account, instrument, intent, copying=copying)


def _size_leading(
    content: Signal, instrument: Instrument, intent: Intent, holding: Holding
) -> Sized | Declined:
    said = size_led_exit(content, instrument, intent, holding)
    return size_exit(content, instrument, intent, holding) if said is None else said


def _size_entry(
    intake: Intake,
    account: Account,
    instrument: Instrument,
    intent: Intent,
    *,
    copying: tuple[Part, Holding] | None = None,
) -> Sized | Declined:
    """Size an entry; its levels are those of the market that this account trades."""
    levels = placed(_grounds(intake, account, instrument, intent.side))
    if isinstance(levels, Declined):
        return levels
    if copying is not None:
        sized = size_copy(*copying, intent.side)
    else:
        sized = _size_asked(intake, account, instrument, intent, stop=levels.stop)
    return sized if isinstance(sized, Declined) else sized._replace(protection=levels.protection)


def _size_asked(
    intake: Intake,
    account: Account,
    instrument: Instrument,
    intent: Intent,
    *,
    stop: Decimal | None,
) -> Sized | Declined:
    content, route = intake.content, intake.route
    asked, unit = content.quantity, content.quantity_unit or QuantityUnit.UNITS
    if asked is None:
        asked, unit = route.quantity, route.quantity_unit
    if asked is None:
        return Declined("refused", "quantity_missing", "", route.name)
    sized = size(
        asked,
        unit,
        instrument=instrument,
        side=intent.side,
        price=order_price(content),
        quote=fresh_quote(intake.view, account, instrument.name, intake.now),
        standing=fresh_standing(intake.view, account, intake.now),
        stop=stop,
    )
    if isinstance(sized, Unsized):
        return Declined("refused", sized.code, sized.value, sized.limit)
    return sized


def _case(
    state: State,
    intake: Intake,
    account: Account,
    instrument: Instrument,
    *,
    intent: Intent,
    sized: Sized,
) -> Case:
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
    )


def _judged(intake: Intake, case: Case, sized: Sized) -> Steps:
    """Ask the risk engine, and record the order or the refusal."""
    where = f"route:{intake.route.name}"
    verdict = judge(case, Check(Control.DUPLICATE, "duplicate", "", intake.key[:80], "", where))
    if isinstance(verdict, Refused):
        check = verdict.check
        yield r.SignalRefused(
            at_ns=intake.now,
            signal=intake.signal,
            account=case.account.name,
            verdict="refused",
            code=check.code,
            value=check.value,
            limit=check.limit,
            where=check.scope or where,
            checks=verdict.checks,
        )
        return
    order = _intended(verdict, intake, sized)
    yield r.OrderIntended(at_ns=intake.now, order=order, checks=verdict.checks, sizing=sized.how)
    if isinstance(verdict, Approved):
        yield Send(order.order)


def _intended(verdict: Approved | Held, intake: Intake, sized: Sized) -> Order:
    """Make an approved order, which may be sent once its record is committed, or a held one."""
    case, now = verdict.case, intake.now
    entry = case.purpose is Purpose.ENTRY
    return Order(
        order=order_id(case.account.name, intake.signal, str(case.purpose)),
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
        state=OrderState.HELD if isinstance(verdict, Held) else OrderState.INTENDED,
        held_for=verdict.check.code if isinstance(verdict, Held) else "",
        route=intake.route.name,
        protection=sized.protection if entry else None,
    )
