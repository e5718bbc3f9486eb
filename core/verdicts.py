"""Verdicts: what one account does with a message, from symbol to order.

Rules of this file
1. An exit is cut to what there is to close, and no control refuses it.
2. Every way out leaves a record with a code; there is no silent one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Final

import msgspec

from core import records as r
from core.amounts import at_market, part_of, size_leading, size_opening, sized_for
from core.cancels import cancel_orders
from core.contracts import cancelled_names, found
from core.copies import (
    Lead,
    continuous_of,
    copied,
    held_before,
    instrument_of,
)
from core.followups import drop_followups
from core.gaps import find_gap, gap_of, policy_of
from core.instruments import Instrument
from core.money import plain
from core.ordering import Intake, Step, Steps, case_of, judged, refusal, turned
from core.orders import Purpose
from core.overruled import ON_ITS_WAY, REASON, once_filled, overruled, wants_out
from core.pricing import note_price
from core.reversal import as_reversal, fits_one_order, waits_for, ways_back
from core.route_policies import OnGap, Reversal
from core.routing import Declined, Holding, Intent, holding_of, meant
from core.setup import Account
from core.signals import Action
from core.sizing import Sized
from core.smallest import tradable
from core.state import State
from core.tickets import parts_to_close
from core.turned import once_heard
from core.unsure_turns import FILLS_FIRST

_CANCEL: Final = Action.CANCEL
_ENTRY: Final = Purpose.ENTRY
_EXIT: Final = Purpose.EXIT
"""Named once: Python 3.11 takes long to look up a member of an enum, and each order asks."""


def led(state: State, intake: Intake) -> Intake:
    """Say what the leader makes of a message on a route with copies, before any account is
    judged."""
    content, route = intake.content, intake.route
    if content.action is _CANCEL:
        return intake
    account = state.facts.setup.accounts[route.leading]
    instrument = found(state, account, content.symbol, strategy=content.strategy, now=intake.now)
    if isinstance(instrument, Declined):
        return msgspec.structs.replace(intake, lead=instrument)
    holding = holding_of(state, account.name, instrument.name, content.strategy)
    intent = meant(content, holding)
    sized: Sized | Declined
    if isinstance(intent, Intent):
        intent = as_reversal(content, intent, holding.closable(intent.side))
    if isinstance(intent, Declined):
        sized = intent
    elif intent.purpose is Purpose.EXIT:
        least = tradable(state, account.name, instrument.name) or instrument
        sized = size_leading(content, least, intent, holding)
    else:
        moved = at_market(intake, account, instrument, intent)
        sized = (
            moved
            if isinstance(moved, Declined)
            else size_opening(moved, account, instrument, intent=intent, holding=holding)
        )
    before, missed = held_before(intent, holding), bool(gap_of(content, holding, instrument))
    lead = Lead(account.name, instrument, intent, before, sized, missed)
    return msgspec.structs.replace(intake, lead=lead)


def at_account(state: State, intake: Intake, name: str) -> Iterable[Step]:
    """Judge a message at one account."""
    account = state.facts.setup.accounts[name]
    if intake.content.action is _CANCEL:
        instruments = _cancelled(state, intake, account)
        if isinstance(instruments, Declined):
            return (refusal(intake, name, instruments),)
        return _cancel(state, intake, account, instruments)
    instrument = traded(state, intake, name)
    if isinstance(instrument, Instrument):
        return _order(state, intake, account, instrument)
    return (refusal(intake, name, instrument),)


def _cancelled(state: State, intake: Intake, account: Account) -> frozenset[str] | Declined | None:
    """Say in which instruments a message ends entries; ``None``: in all."""
    content, route = intake.content, intake.route
    if content.strategy in route.strategies:
        if not content.symbol:
            return None
        continuous = continuous_of(state, route, account, content.symbol)
        if continuous is not None:
            place, names = continuous
            return cancelled_names(
                state, account.name, place, strategy=content.strategy, traded=names
            )
    instrument = traded(state, intake, account.name)
    return instrument if isinstance(instrument, Declined) else frozenset({instrument.name})


def traded(state: State, intake: Intake, name: str) -> Instrument | Declined:
    """Find what an account trades by a message, if its strategy may speak here."""
    content, route = intake.content, intake.route
    if content.strategy not in route.strategies:
        return Declined("refused", "strategy_not_on_route", content.strategy, route.name)
    account = state.facts.setup.accounts[name]
    return instrument_of(
        state, route, account, content.symbol, strategy=content.strategy, now=intake.now
    )


def _cancel(
    state: State, intake: Intake, account: Account, instruments: frozenset[str] | None
) -> Steps:
    """Ask for the end of the strategy's own working entries, in some instruments or in all."""
    strategy = intake.content.strategy
    orders = [
        state.orders[order]
        for (owner, what, whose), listed in state.working.items()
        if owner == account.name and whose == strategy
        if instruments is None or what in instruments
        for order in listed
    ]
    entries = sorted((o for o in orders if not o.reduce_only), key=lambda o: o.number)
    if not entries:
        where = min(instruments) if instruments else ""
        yield refusal(intake, account.name, Declined("no_action", "nothing_to_cancel"), where)
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
    if account.spot:
        yield from note_price(state, intake.view, (account.name, instrument.name), intake.now)
    holding = holding_of(state, account.name, instrument.name, intake.content.strategy)
    if intake.content.prev_position is not None:
        intake = yield from gap_withheld(state, intake, account, instrument, holding=holding)
    ended: tuple[str, ...] = ()
    out = wants_out(intake.content)
    if out:  # after the gap: what is on its way is the sender's position
        ended = yield from _overrule(state, intake, account, instrument)
    intent = meant(intake.content, holding)
    part = part_of(intake, account, instrument)
    if part is not None:
        intent = copied(intent, part.lead, holding)
    elif isinstance(intent, Intent) and intent.strict:
        intent = as_reversal(intake.content, intent, holding.closable(intent.side))
    if isinstance(intent, Intent):
        if intent.flips:
            yield from _reverse(state, intake, account, instrument, intent=intent, holding=holding)
            return
        if intake.withheld is not None and intent.purpose is _ENTRY:
            yield intake.withheld
            return
        intent = yield from made(state, intake, account, instrument, intent=intent, holding=holding)
    elif state.turns:
        intent = yield from _in_doubt(state, intake, account, instrument, declined=intent)
    if out and intent is not None and intent.code == "nothing_to_close":
        parts = (state, intake, account, instrument)
        intent = yield from _once_filled(*parts, declined=intent, holding=holding)
        if intent is not None and ended:
            yield r.SignalServed(
                at_ns=intake.now, signal=intake.signal, account=account.name, orders=ended
            )
            return
    if intent is not None:
        yield refusal(intake, account.name, intent, instrument.name)


def _overrule(
    state: State, intake: Intake, account: Account, instrument: Instrument
) -> Generator[Step, None, tuple[str, ...]]:
    """End the strategy's own entries that have not left and that an exit comes after; return
    them."""
    key = (account.name, instrument.name, intake.content.strategy)
    orders = overruled(state, key, intake.content, intake.now)
    yield from cancel_orders(orders, intake.now, by=f"signal {intake.signal}", reason=REASON)
    return tuple([order.order for order in orders])


def _once_filled(
    state: State,
    intake: Intake,
    account: Account,
    instrument: Instrument,
    *,
    declined: Declined,
    holding: Holding,
) -> Generator[Step, None, Declined | None]:
    """Let an exit wait that closes nothing yet, while entries before it have left and are not
    over. Copies follow what their leader really does."""
    key = account.name, instrument.name, intake.content.strategy
    more = once_filled(state, key, intake.content, intake.now, holding=holding)
    intent = meant(intake.content, more) if more is not None and intake.lead is None else declined
    if more is None or not isinstance(intent, Intent) or intent.purpose is not _EXIT:
        return declined
    parts = (state, intake, account, instrument)
    return (yield from made(*parts, intent=intent, holding=more, waits=ON_ITS_WAY))


def _in_doubt(
    state: State, intake: Intake, account: Account, instrument: Instrument, *, declined: Declined
) -> Generator[Step, None, Declined | None]:
    """Let an exit wait that closes nothing that is known, but what entries may hold of which the
    fills are not heard yet."""
    key = account.name, instrument.name, intake.content.strategy
    holding = once_heard(state, key, holding_of(state, *key))
    if holding is None:
        return declined
    intent = meant(intake.content, holding)
    if isinstance(intent, Intent) and intent.strict:
        intent = as_reversal(intake.content, intent, holding.closable(intent.side))
    if not isinstance(intent, Intent) or intent.purpose is not _EXIT:
        return declined
    return (
        yield from made(
            state, intake, account, instrument, intent=intent, holding=holding, waits=FILLS_FIRST
        )
    )


def gap_withheld(
    state: State, intake: Intake, account: Account, instrument: Instrument, *, holding: Holding
) -> Generator[Step, None, Intake]:
    """Look for an alert that never came, and withhold the entry where the route says so. A follower
    does as its leader."""
    key = account.name, instrument.name, intake.content.strategy
    part = part_of(intake, account, instrument)
    if part is None:
        declined = yield from find_gap(state, intake, key, holding=holding, instrument=instrument)
    else:
        skips = policy_of(intake) is OnGap.SKIP
        what = ("refused", "leader_declined", "alert_missed", part.lead.account)
        declined = Declined(*what) if skips and part.lead.missed else None
    if declined is None or intake.withheld is not None:
        return intake
    withheld = refusal(intake, account.name, declined, instrument.name)
    return msgspec.structs.replace(intake, withheld=withheld)


def made(
    state: State,
    intake: Intake,
    account: Account,
    instrument: Instrument,
    *,
    intent: Intent,
    holding: Holding,
    waits: str = "",
) -> Generator[Step, None, Declined | None]:
    """Size what is meant and let it be judged; return why nothing could be sized."""
    moved = at_market(intake, account, instrument, intent)
    if not isinstance(moved, Intake):
        return moved
    sized = sized_for(state, moved, account, instrument, intent=intent, holding=holding)
    if not isinstance(sized, Sized):
        return sized
    if intent.purpose is not _EXIT or not account.hedging:
        case = case_of(state, moved, account, instrument, intent=intent, sized=sized)
        yield from judged(moved, case, sized, waits=waits)
        return None
    parts = parts_to_close(
        state, account.name, instrument,
        strategy=intake.content.strategy, side=intent.side, quantity=sized.quantity,
    )  # fmt: skip
    for part in parts:
        one = msgspec.structs.replace(sized, quantity=part.quantity)
        case = case_of(state, moved, account, instrument, intent=intent, sized=one)
        yield from judged(moved, case, one, waits=waits, closes=part.ticket)
    return None if parts else Declined("no_action", "nothing_to_close", plain(holding.share))


def _reverse(
    state: State,
    intake: Intake,
    account: Account,
    instrument: Instrument,
    *,
    intent: Intent,
    holding: Holding,
) -> Steps:
    """Close what is held, end what would open it again, and let the other side wait for that."""
    key = account.name, instrument.name, intake.content.strategy
    if intake.route.reversal is Reversal.ONE_ORDER and intake.withheld is None:
        parts = (state, intake, account, instrument)
        if (yield from _at_once(*parts, intent=intent, holding=holding)):
            return
    back = [one for one in ways_back(state, key, intent.side) if not one.pending_cancel]
    by = f"signal {intake.signal}"
    yield from cancel_orders(back, intake.now, by=by, reason="reversal")
    yield from drop_followups(
        state, key, intake.now, code="position_turned", side=intent.side.opposite
    )
    out = Intent(Purpose.EXIT, intent.side, whole=True)
    yield from made(state, intake, account, instrument, intent=out, holding=holding)
    if intake.withheld is not None:
        yield intake.withheld
        return
    waits = waits_for(state, key, intent.side, instrument)
    declined = yield from made(
        state, intake, account, instrument, intent=intent, holding=holding, waits=waits
    )
    if declined is not None:
        yield refusal(intake, account.name, declined, instrument.name)


def _at_once(
    state: State,
    intake: Intake,
    account: Account,
    instrument: Instrument,
    *,
    intent: Intent,
    holding: Holding,
) -> Generator[Step, None, bool]:
    """Turn a position in one order where that is safe; say whether it goes."""
    key = account.name, instrument.name, intake.content.strategy
    if not fits_one_order(state, key, account, content=intake.content, holding=holding):
        return False
    sized = sized_for(state, intake, account, instrument, intent=intent, holding=holding)
    if isinstance(sized, Declined):
        return False
    case = case_of(state, intake, account, instrument, intent=intent, sized=sized)
    return (yield from turned(intake, case, sized, abs(holding.share)))
