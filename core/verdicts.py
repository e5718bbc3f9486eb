"""Verdicts: what one account does with a message, from symbol to order.

Rules of this file
1. An order is intended from an ``Approved`` or a ``Held`` of the risk engine, and from nothing else.
2. An exit is cut to what there is to close, and no control refuses it.
3. Every way out leaves a record with a code; there is no silent one.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from decimal import Decimal

from core import records as r
from core.answers import AskCancel, Effect, Send
from core.ids import order_id
from core.instruments import Instrument
from core.money import ZERO, plain
from core.orders import Order, OrderEvent, OrderState, OrderType, Purpose, next_state
from core.risk.case import Case, fresh_quote, fresh_standing
from core.risk.checks import Check
from core.risk.controls import Control
from core.risk.engine import Approved, Held, Refused, judge
from core.routing import Declined, Holding, Intent, closable, holding_of, meant
from core.setup import Account, Route, resolve
from core.signals import Action, Effect as PositionEffect, QuantityUnit, Signal
from core.sizing import Unsized, cut, size
from core.state import State
from core.view import View

Step = r.Record | Effect
Steps = Generator[Step, None, None]
_Quantity = tuple[Decimal, str]


@dataclass(frozen=True, slots=True)
class Intake:
    """What all accounts of one message share."""

    view: View
    now: int
    signal: str
    content: Signal
    route: Route
    key: str
    rate_ok: bool

    @property
    def age_ns(self) -> int | None:
        return None if self.content.time_ns is None else self.now - self.content.time_ns


def at_account(
    state: State, intake: Intake, name: str
) -> Steps:
    """Judge a message at one account."""
    account = state.facts.setup.accounts[name]
    content = intake.content
    if content.action is Action.CANCEL and not content.symbol:
        yield from _cancel(state, intake, account, None)
        return
    instrument = resolve(state.facts.setup, account, content.symbol)
    if instrument is None:
        yield _refusal(intake, name, Declined("refused", "symbol_unknown", content.symbol))
        return
    if content.action is Action.CANCEL:
        yield from _cancel(state, intake, account, instrument)
        return
    if content.strategy not in intake.route.strategies:
        declined = Declined("refused", "strategy_not_on_route", content.strategy, intake.route.name)
        yield _refusal(intake, name, declined)
        return
    yield from _order(state, intake, account, instrument)


def _refusal(
    intake: Intake, account: str, declined: Declined, where: str = ""
) -> r.SignalRefused:
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


def _cancel(
    state: State, intake: Intake, account: Account, instrument: Instrument | None
) -> Steps:
    """Ask for the end of the strategy's own working entries, in one instrument or in all."""
    strategy = intake.content.strategy
    orders = [
        state.orders[order]
        for (owner, what, whose), listed in sorted(state.working.items())
        if owner == account.name and whose == strategy
        if instrument is None or what == instrument.name
        for order in listed
    ]
    entries = sorted((o for o in orders if not o.reduce_only), key=lambda o: o.number)
    if not entries:
        yield _refusal(intake, account.name, Declined("no_action", "nothing_to_cancel"))
        return
    for order in entries:
        yield from ask_cancel(order, intake.now, by=f"signal {intake.signal}", reason="cancel signal")
    yield r.SignalServed(
        at_ns=intake.now,
        signal=intake.signal,
        account=account.name,
        orders=tuple(order.order for order in entries),
    )


def ask_cancel(
    order: Order, now: int, *, by: str, reason: str
) -> Steps:
    """Record that the end of an order was asked for, and ask its venue if it may be there."""
    step = next_state(order, OrderEvent.CANCEL_ASKED)
    assert step is not None and isinstance(step.to, OrderState), "only an order alive is cancelled"
    yield r.OrderChanged(
        at_ns=now,
        order=order.order,
        event=OrderEvent.CANCEL_ASKED,
        to=step.to,
        by=by,
        reason=reason,
    )
    if step.to is not OrderState.CANCELLED:
        yield AskCancel(order.order)


def _order(state: State, intake: Intake, account: Account, instrument: Instrument) -> Steps:
    """Say what is meant, size it, judge it and intend it."""
    holding = holding_of(state, account.name, instrument.name, intake.content.strategy)
    intent = meant(intake.content, holding)
    if not isinstance(intent, Declined):
        intent = _possible(state, intake, account, instrument, intent)
    sized = intent
    if isinstance(intent, Intent):
        if intent.purpose is Purpose.EXIT:
            sized = _size_exit(intake, instrument, intent, holding)
        else:
            sized = _size_entry(intake, account, instrument, intent)
    if isinstance(sized, Declined) or isinstance(intent, Declined):
        assert isinstance(sized, Declined), "what is not meant is not sized"
        yield _refusal(intake, account.name, sized, instrument.name)
        return
    assert isinstance(sized, tuple), "an intent is sized or declined"
    quantity, how = sized
    verdict = judge(_case(state, intake, account, instrument, intent, quantity), (_fresh(intake),))
    if not isinstance(verdict, Refused):
        yield from _intended(verdict, intake, how)
        return
    check = verdict.check
    yield r.SignalRefused(
        at_ns=intake.now,
        signal=intake.signal,
        account=account.name,
        verdict="refused",
        code=check.code,
        value=check.value,
        limit=check.limit,
        where=check.scope or f"account:{account.name}",
        checks=verdict.checks,
    )


def _fresh(intake: Intake) -> Check:
    where = f"route:{intake.route.name}"
    return Check(Control.DUPLICATE, "duplicate", "", intake.key[:80], "", where)


def _case(
    state: State,
    intake: Intake,
    account: Account,
    instrument: Instrument,
    intent: Intent,
    quantity: Decimal,
) -> Case:
    content = intake.content
    has_limit = content.order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    return Case(
        state,
        intake.view,
        intake.now,
        account=account,
        instrument=instrument,
        strategy=content.strategy,
        purpose=intent.purpose,
        side=intent.side,
        quantity=quantity,
        order_type=content.order_type,
        price=content.price if has_limit else None,
        trigger=content.trigger,
        age_ns=intake.age_ns,
        age_max_ns=intake.route.signal_age_max_ns,
        rate_ok=intake.rate_ok,
    )


def _possible(
    state: State, intake: Intake, account: Account, instrument: Instrument, intent: Intent
) -> Intent | Declined:
    """Refuse what the instrument or the account cannot do, whatever the limits are."""
    content = intake.content
    if intent.purpose is Purpose.ENTRY and _opposed(state, account, instrument, intent, content):
        return Declined("refused", "strategies_opposed", str(intent.side), account.name)
    if content.order_type is OrderType.MARKET:
        return intent
    prices = (content.trigger,) if content.order_type is OrderType.STOP else (content.price, content.trigger)
    for price in prices:
        if price is not None and not instrument.is_price(price):
            return Declined("refused", "price_off_tick", plain(price), plain(instrument.tick))
    return intent


def _opposed(
    state: State, account: Account, instrument: Instrument, intent: Intent, content: Signal
) -> bool:
    """Say whether another strategy holds the other side of this instrument in this netting account."""
    if account.allow_opposed:
        return False
    return any(
        position.quantity * intent.side.sign < ZERO
        for (owner, what, whose), position in state.positions.items()
        if owner == account.name and what == instrument.name and whose != content.strategy
    )



def _size_exit(
    intake: Intake, instrument: Instrument, intent: Intent, holding: Holding
) -> _Quantity | Declined:
    """Cut an exit to what there is to close. A number in another unit cannot be compared with a position."""
    most = closable(holding, intent.side)
    if most <= ZERO:
        return Declined("no_action", "nothing_to_close", plain(holding.share))
    content = intake.content
    asked = most if intent.whole or content.quantity is None else content.quantity
    if not intent.whole and content.quantity is not None:
        if content.quantity_unit not in (None, QuantityUnit.UNITS):
            return Declined("refused", "exit_unit", str(content.quantity_unit), "units")
        plainly = content.action is Action.EXIT or content.effect is PositionEffect.CLOSE
        if asked > most and not plainly and content.position is None:
            # Nobody said "close": the rest would be a position on the other side.
            return Declined("refused", "reversal_not_available", plain(asked), plain(most))
        asked = min(asked, most)
    sized = cut(asked, instrument, f"{plain(asked)} of {plain(most)} to close")
    if isinstance(sized, Unsized):
        return Declined("no_action", sized.code, sized.value, sized.limit)
    return sized.quantity, sized.how


def _size_entry(
    intake: Intake, account: Account, instrument: Instrument, intent: Intent
) -> _Quantity | Declined:
    content, route = intake.content, intake.route
    asked, unit = content.quantity, content.quantity_unit or QuantityUnit.UNITS
    if asked is None:
        asked, unit = route.quantity, route.quantity_unit
    if asked is None:
        return Declined("refused", "quantity_missing", "", route.name)
    has_limit = content.order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
    sized = size(
        asked,
        unit,
        instrument=instrument,
        side=intent.side,
        price=content.price if has_limit else content.trigger,
        quote=fresh_quote(intake.view, account, instrument.name, intake.now),
        standing=fresh_standing(intake.view, account, intake.now),
    )
    if isinstance(sized, Unsized):
        return Declined("refused", sized.code, sized.value, sized.limit)
    return sized.quantity, sized.how


def _intended(verdict: Approved | Held, intake: Intake, how: str) -> Steps:
    """Record an approved or a held order; the approved one may be sent once the record is committed."""
    case = verdict.case
    order = Order(
        order=order_id(case.account.name, intake.signal, str(case.purpose)),
        origin=intake.signal,
        account=case.account.name,
        instrument=case.instrument.name,
        strategy=case.strategy,
        purpose=case.purpose,
        side=case.side,
        quantity=case.quantity,
        order_type=case.type,
        intended_ns=intake.now,
        expires_ns=intake.now + intake.route.order_life_ns,
        price=case.price,
        trigger=case.trigger,
        reference=case.quote.mid if case.quote is not None else None,
        worst_price=case.worst_price(),
        state=OrderState.HELD if isinstance(verdict, Held) else OrderState.INTENDED,
        held_for=verdict.check.code if isinstance(verdict, Held) else "",
    )
    yield r.OrderIntended(at_ns=intake.now, order=order, checks=verdict.checks, sizing=how)
    if isinstance(verdict, Approved):
        yield Send(order.order)
