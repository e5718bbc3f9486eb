"""Verdicts: what one account does with a message, from symbol to order.

Rules of this file
1. An exit is cut to what there is to close, and no control refuses it.
2. Every way out leaves a record with a code; there is no silent one.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from decimal import Decimal

import msgspec

from core import records as r
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
from core.entering import (
    NO_LEVELS,
    OFFSETS,
    Grounds,
    Placed,
    at_once,
    is_plain,
    order_price,
    placed,
    shifted,
)
from core.followups import drop_followups
from core.gaps import find_gap, gap_of, policy_of
from core.instruments import Instrument
from core.levels import has_stop
from core.money import plain
from core.opposite import opposite_in_group
from core.ordering import Intake, Step, Steps, case_of, judged, refusal, turned
from core.orders import OrderType, Purpose, Side
from core.reversal import as_reversal, fits_one_order, opened, waits_for, ways_back
from core.risk.case import fresh_quote, fresh_standing
from core.route_policies import OnGap, Reversal
from core.routing import Declined, Holding, Intent, found, holding_of, meant, opposed_by
from core.setup import Account
from core.signals import Action, QuantityUnit, Signal
from core.sizing import Sized, Unsized, impossible, size, size_exit
from core.state import State
from core.tickets import TicketPart, parts_to_close


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
    if isinstance(intent, Intent):
        intent = as_reversal(content, intent, holding.closable(intent.side))
    if isinstance(intent, Declined):
        sized = intent
    elif intent.purpose is Purpose.EXIT:
        sized = _size_leading(content, instrument, intent, holding)
    else:
        moved = _at_market(intake, account, instrument, intent)
        sized = (
            moved
            if isinstance(moved, Declined)
            else _size_opening(moved, account, instrument, intent=intent, holding=holding)
        )
    lead = Lead(account.name, instrument, intent, held_before(intent, holding), sized)
    return msgspec.structs.replace(intake, lead=lead)


def at_account(state: State, intake: Intake, name: str) -> Steps:
    """Judge a message at one account."""
    account = state.facts.setup.accounts[name]
    content = intake.content
    instrument = traded(state, intake, name)
    everywhere = content.action is Action.CANCEL and not content.symbol
    if isinstance(instrument, Declined):
        if everywhere and instrument.code == "symbol_unknown":
            yield from _cancel(state, intake, account, None)
        else:
            yield refusal(intake, name, instrument)
    elif content.action is Action.CANCEL:
        yield from _cancel(state, intake, account, instrument)
    else:
        yield from _order(state, intake, account, instrument)


def traded(state: State, intake: Intake, name: str) -> Instrument | Declined:
    """Find what an account trades by a message, if its strategy may speak here."""
    content, route = intake.content, intake.route
    if content.strategy not in route.strategies:
        return Declined("refused", "strategy_not_on_route", content.strategy, route.name)
    account = state.facts.setup.accounts[name]
    instrument = instrument_of(state, route, account, content.symbol)
    if instrument is None:
        return Declined("refused", "symbol_unknown", content.symbol)
    return instrument


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
    holding = holding_of(state, account.name, instrument.name, intake.content.strategy)
    if intake.content.prev_position is not None:
        intake = yield from gap_withheld(state, intake, account, instrument, holding=holding)
    intent = meant(intake.content, holding)
    part = part_of(intake, account, instrument)
    if part is not None:
        intent = copied(intent, part.lead, holding)
    elif isinstance(intent, Intent):
        intent = as_reversal(intake.content, intent, holding.closable(intent.side))
    if isinstance(intent, Intent):
        if intent.flips:
            yield from _reverse(state, intake, account, instrument, intent=intent, holding=holding)
            return
        if intent.purpose is Purpose.ENTRY and intake.withheld is not None:
            yield intake.withheld
            return
        intent = yield from made(state, intake, account, instrument, intent=intent, holding=holding)
    if intent is not None:
        yield refusal(intake, account.name, intent, instrument.name)


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
        lead = part.lead
        theirs = holding_of(state, lead.account, lead.instrument.name, key[2])
        skips = policy_of(intake) is OnGap.SKIP
        missed = skips and gap_of(intake.content, theirs, lead.instrument)
        what = ("refused", "leader_declined", "alert_missed", lead.account)
        declined = Declined(*what) if missed else None
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
    moved = _at_market(intake, account, instrument, intent)
    if isinstance(moved, Declined):
        return moved
    sized = _sized(state, moved, account, instrument, intent=intent, holding=holding)
    if isinstance(sized, Declined):
        return sized
    parts: Sequence[TicketPart] = (TicketPart("", sized.quantity),)
    if intent.purpose is Purpose.EXIT and account.hedging:
        parts = parts_to_close(
            state, account.name, instrument,
            strategy=intake.content.strategy, side=intent.side, quantity=sized.quantity,
        )  # fmt: skip
    for part in parts:
        whole = part.quantity is sized.quantity
        one = sized if whole else sized._replace(quantity=part.quantity)
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
    sized = _sized(state, intake, account, instrument, intent=intent, holding=holding)
    if isinstance(sized, Declined):
        return False
    case = case_of(state, intake, account, instrument, intent=intent, sized=sized)
    return (yield from turned(intake, case, sized, abs(holding.share)))


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


def part_of(intake: Intake, account: Account, instrument: Instrument) -> Part | None:
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
    part = part_of(intake, account, instrument)
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
    whose, group = opposite_in_group(state, account, instrument.name, intent.side)
    if whose:
        return Declined("refused", "opposite_in_group", whose, group)
    if isinstance(intake.lead, Declined):
        return Declined("refused", "leader_declined", intake.lead.code, intake.route.leading)
    if part is None:
        return _size_opening(intake, account, instrument, intent=intent, holding=holding)
    return _size_entry(intake, account, instrument, intent, copying=(part, holding))


def _size_opening(
    intake: Intake,
    account: Account,
    instrument: Instrument,
    *,
    intent: Intent,
    holding: Holding,
) -> Sized | Declined:
    """Size what an entry opens; one through flat opens less than its number."""
    opens = opened(intake.content, intent, holding)
    if isinstance(opens, Declined):
        return opens
    if opens is not None:
        content = msgspec.structs.replace(intake.content, quantity=opens)
        intake = msgspec.structs.replace(intake, content=content)
    return _size_entry(intake, account, instrument, intent)


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
    levels: Placed | Declined = NO_LEVELS
    if not is_plain(intake.content, intake.route):
        levels = placed(_grounds(intake, account, instrument, intent.side))
    if isinstance(levels, Declined):
        return levels
    if copying is not None:
        sized = size_copy(*copying, intent.side)
    else:
        sized = size_asked(intake, account, instrument, intent, stop=levels.stop)
    if isinstance(sized, Declined):
        return sized
    if levels is NO_LEVELS:
        return sized
    return sized._replace(protection=levels.protection, stop=levels.stop)


def stop_of(
    intake: Intake, account: Account, instrument: Instrument, side: Side
) -> Decimal | Declined | None:
    """Return the stop from which a size by risk is worked out; ``None``: none is needed."""
    if intake.content.quantity_unit not in (QuantityUnit.RISK_QUOTE, QuantityUnit.RISK_PERCENT):
        return None
    levels = placed(_grounds(intake, account, instrument, side))
    return levels if isinstance(levels, Declined) else levels.stop


def size_asked(
    intake: Intake,
    account: Account,
    instrument: Instrument,
    intent: Intent,
    *,
    stop: Decimal | None,
) -> Sized | Declined:
    """Turn what the message or its route asks for into units."""
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
