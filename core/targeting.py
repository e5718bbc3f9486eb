"""Targeting: what one account does with a message that says what position is wanted.

Rules of this file
1. What is wanted is worked out first and remembered, also when the way there is refused.
2. What makes the position smaller goes, whatever stands against the rest.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from decimal import Decimal
from typing import Final

import msgspec

from core import records as r
from core.amounts import part_of, size_asked, stop_of
from core.cancels import cancel_orders
from core.contracts import found
from core.copies import Lead
from core.followups import drop_followups
from core.gaps import gap_of
from core.instruments import Instrument
from core.money import ZERO, plain
from core.ordering import Intake, Step, Steps, refusal
from core.orders import Purpose, Side
from core.pricing import note_price
from core.routing import Declined, Intent, holding_of
from core.setup import Account
from core.signals import Action, QuantityUnit
from core.sizing import Sized
from core.state import State
from core.targets import Aim, Asked, Key, aim, asked_of, known, superseded
from core.verdicts import at_account as judge_order
from core.verdicts import gap_withheld, made, traded
from core.verdicts import led as led_order

_TARGET: Final = Action.TARGET
"""Named once: Python 3.11 takes long to look up a member of an enum, and each order asks."""


def led(state: State, intake: Intake) -> Intake:
    """Say what the leader makes of a message, before any account is judged."""
    content, route = intake.content, intake.route
    if not route.copies:
        return intake
    if content.action is not _TARGET:
        return led_order(state, intake)
    account = state.facts.setup.accounts[route.leading]
    instrument = found(state, account, content.symbol, strategy=content.strategy, now=intake.now)
    if isinstance(instrument, Declined):
        lead: Lead | Declined = instrument
    else:
        wanted = _wanted(state, intake, account, instrument)
        sized: Sized | Declined = wanted if isinstance(wanted, Declined) else Sized(abs(wanted), "")
        side = _side(wanted) if isinstance(wanted, Decimal) else Side.BUY
        holding = holding_of(state, account.name, instrument.name, content.strategy)
        missed = bool(gap_of(content, holding, instrument))
        lead = Lead(account.name, instrument, Intent(Purpose.ENTRY, side), ZERO, sized, missed)
    return msgspec.structs.replace(intake, lead=lead)


def at_account(state: State, intake: Intake, name: str) -> Iterable[Step]:
    """Judge a message at one account."""
    is_target = intake.content.action is _TARGET
    return (_at_account if is_target else judge_order)(state, intake, name)


def _at_account(state: State, intake: Intake, name: str) -> Steps:
    instrument = traded(state, intake, name)
    if isinstance(instrument, Declined):
        yield refusal(intake, name, instrument)
        return
    key = name, instrument.name, intake.content.strategy
    declined = superseded(state.targets.get(key), intake.content)
    if declined is not None:
        yield refusal(intake, name, declined, instrument.name)
        return
    account = state.facts.setup.accounts[name]
    yield from note_price(state, intake.view, key[:2], intake.now)
    holding = holding_of(state, *key)
    intake = yield from gap_withheld(state, intake, account, instrument, holding=holding)
    yield from _lead_there(state, intake, account, instrument)


def _side(wanted: Decimal) -> Side:
    return Side.SELL if wanted < ZERO else Side.BUY


def _lead_there(state: State, intake: Intake, account: Account, instrument: Instrument) -> Steps:
    """Remember what is wanted, and do what leads there."""
    key = account.name, instrument.name, intake.content.strategy
    asked = asked_of(intake.content, intake.route)
    wanted = _wanted_here(state, intake, account, instrument)
    stops = wanted if isinstance(wanted, Declined) else None
    if stops is not None:
        share = holding_of(state, *key).share
        leaves = isinstance(asked, Asked) and asked.number * share < ZERO
        if not leaves:
            yield refusal(intake, account.name, stops, instrument.name)
            return
        wanted = ZERO  # how far beyond flat is not known; that it is beyond is
    assert isinstance(wanted, Decimal), "known, or flat"
    way = aim(state, key, wanted, instrument)
    yield _set(intake, key, wanted, asked=asked if stops is None else None, way=way)
    yield from drop_followups(state, key, intake.now, code="target_superseded")
    by = f"signal {intake.signal}"
    yield from cancel_orders(way.ends, intake.now, by=by, reason="target")
    done = bool(way.ends)
    done |= yield from _carry_out(state, intake, account, instrument, way=way)
    if stops is not None:
        yield refusal(intake, account.name, stops, instrument.name)
    elif not done:
        reached = Declined("no_action", "target_reached", plain(wanted))
        yield refusal(intake, account.name, reached, instrument.name)
    elif way.ends and not (way.closes or way.opens):
        names = tuple(one.order for one in way.ends)
        yield r.SignalServed(
            at_ns=intake.now, signal=intake.signal, account=account.name, orders=names
        )


def _set(
    intake: Intake, key: Key, wanted: Decimal, *, asked: Asked | Declined | None, way: Aim
) -> r.TargetSet:
    account, instrument, strategy = key
    number = asked if isinstance(asked, Asked) else None
    return r.TargetSet(
        at_ns=intake.now,
        signal=intake.signal,
        account=account,
        instrument=instrument,
        strategy=strategy,
        wanted=wanted,
        asked=number.number if number is not None else None,
        unit=number.unit if number is not None else QuantityUnit.UNITS,
        time_ns=intake.content.time_ns,
        ending=way.ending,
    )


def _carry_out(
    state: State, intake: Intake, account: Account, instrument: Instrument, *, way: Aim
) -> Generator[Step, None, bool]:
    """Send what closes, and let what opens be judged; say whether there was anything to do."""
    for quantity, purpose, side, waits in (
        (way.closes, Purpose.EXIT, way.out, ""),
        (way.opens, Purpose.ENTRY, way.into, way.waits),
    ):
        if not quantity:
            continue
        if purpose is Purpose.ENTRY and intake.withheld is not None:
            yield intake.withheld
            continue
        one = _counted(intake, quantity)
        holding = holding_of(state, account.name, instrument.name, intake.content.strategy)
        declined = yield from made(
            state,
            one,
            account,
            instrument,
            intent=Intent(purpose, side),
            holding=holding,
            waits=waits,
        )
        if declined is not None:
            yield refusal(intake, account.name, declined, instrument.name)
    return bool(way.closes or way.opens)


def _counted(intake: Intake, quantity: Decimal) -> Intake:
    """Make the message ask for so many units, whoever leads."""
    content = msgspec.structs.replace(
        intake.content,
        quantity=quantity,
        quantity_unit=QuantityUnit.UNITS,
        position_size=None,
        prev_position_size=None,
    )
    return msgspec.structs.replace(intake, content=content, lead=None)


def _wanted_here(
    state: State, intake: Intake, account: Account, instrument: Instrument
) -> Decimal | Declined:
    """Work out the wanted position: of a follower its part of the leader's."""
    part = part_of(intake, account, instrument)
    if part is not None:
        sized, lead = part.lead.sized, part.lead
        if isinstance(sized, Declined):
            return Declined(sized.verdict, "leader_declined", sized.code, lead.account)
        assert isinstance(lead.intent, Intent), "a target has a side"
        return part.position(part.exact(sized.quantity)) * lead.intent.side.sign
    if isinstance(intake.lead, Declined):
        return Declined("refused", "leader_declined", intake.lead.code, intake.route.leading)
    return _wanted(state, intake, account, instrument)


def _wanted(
    state: State, intake: Intake, account: Account, instrument: Instrument
) -> Decimal | Declined:
    """Work out the wanted position of an account that judges for itself."""
    asked = asked_of(intake.content, intake.route)
    if isinstance(asked, Declined):
        return asked
    row = state.targets.get((account.name, instrument.name, intake.content.strategy))
    before = known(row, asked)
    if before is not None or not asked.number:
        return before or ZERO
    side = _side(asked.number)
    if asked.unit is QuantityUnit.UNITS:
        return instrument.quantity_cut(abs(asked.number)) * side.sign
    content = msgspec.structs.replace(
        intake.content, quantity=abs(asked.number), quantity_unit=asked.unit
    )
    one = msgspec.structs.replace(intake, content=content)
    stop = stop_of(one, account, instrument, side)
    if isinstance(stop, Declined):
        return stop
    sized = size_asked(one, account, instrument, Intent(Purpose.ENTRY, side), stop=stop)
    if not isinstance(sized, Declined):
        return sized.quantity * side.sign
    return ZERO if sized.code == "quantity_below_step" else sized
