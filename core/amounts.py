"""Amounts: how much an account trades of what a message means, and at which prices.

Rules of this file
1. An exit is cut to what there is to close; one whose price cannot be moved to the traded
   instrument goes at once.
2. A follower is sized by its leader, everyone else by what the message or its route asks for.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.copies import (
    Lead,
    Part,
    copy_of,
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
from core.instruments import Instrument
from core.levels import has_stop
from core.money import plain
from core.opposite import opposite_in_group
from core.ordering import Intake
from core.orders import OrderType, Purpose, Side
from core.reversal import opened
from core.risk.case import fresh_quote, fresh_standing
from core.routing import Declined, Holding, Intent, opposed_by
from core.setup import Account
from core.signals import QuantityUnit, Signal
from core.sizing import Sized, impossible, size, size_exit, size_units
from core.smallest import entry_value_min, tradable
from core.state import State

_EXIT: Final = Purpose.EXIT
_MARKET: Final = OrderType.MARKET
_UNITS: Final = QuantityUnit.UNITS
"""Named once: Python 3.11 takes long to look up a member of an enum, and each order asks."""


def _grounds(intake: Intake, account: Account, instrument: Instrument, side: Side) -> Grounds:
    quote = fresh_quote(intake.view, account, instrument.name, intake.now)
    return Grounds(intake.content, intake.route, instrument, side, quote)


def at_market(
    intake: Intake, account: Account, instrument: Instrument, intent: Intent
) -> Intake | Declined:
    """Move the prices of the order to the traded instrument, where the route asks for it."""
    if intake.route.levels is not OFFSETS or intake.content.order_type is _MARKET:
        return intake
    content = shifted(_grounds(intake, account, instrument, intent.side))
    if isinstance(content, Declined):
        if intent.purpose is not Purpose.EXIT:
            return content
        content = at_once(intake.content)
    return msgspec.structs.replace(intake, content=content)


def part_of(intake: Intake, account: Account, instrument: Instrument) -> Part | None:
    """Return what a follower has to go by; ``None``: it judges for itself."""
    if not isinstance(intake.lead, Lead):
        return None
    copy = copy_of(intake.route, account.name)
    return None if copy is None else Part(copy, instrument, intake.lead)


def sized_for(
    state: State,
    intake: Intake,
    account: Account,
    instrument: Instrument,
    *,
    intent: Intent,
    holding: Holding,
) -> Sized | Declined:
    """Size what is meant, at this account: what is closed by what is held, what opens by what was
    asked for, and not where something forbids it."""
    if intake.content.order_type is not _MARKET:
        declined = impossible(intake.content, instrument)
        if declined is not None:
            return declined
    closes = intent.purpose is _EXIT
    if closes:
        instrument = tradable(state, account.name, instrument.name) or instrument
    part = part_of(intake, account, instrument)
    if closes:
        if part is not None:
            return size_copied_exit(intake.content, part, intent, holding)
        if intake.lead is not None:
            return size_leading(intake.content, instrument, intent, holding)
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
    if account.groups:
        whose, group = opposite_in_group(state, account, instrument.name, intent.side)
        if whose:
            return Declined("refused", "opposite_in_group", whose, group)
    if isinstance(intake.lead, Declined):
        return Declined("refused", "leader_declined", intake.lead.code, intake.route.leading)
    if part is None:
        sized = size_opening(intake, account, instrument, intent=intent, holding=holding)
    else:
        sized = _size_entry(intake, account, instrument, intent, copying=(part, holding))
    return _stoppable(state, account, instrument, sized) if account.spot else sized


def _stoppable(
    state: State, account: Account, instrument: Instrument, sized: Sized | Declined
) -> Sized | Declined:
    """Refuse an entry of a wallet that is worth too little at its stop: nothing could sell it
    there."""
    if isinstance(sized, Declined) or sized.stop is None:
        return sized
    least = entry_value_min(state, account, instrument)
    worth = instrument.value(sized.quantity, sized.stop)
    if worth >= least:
        return sized
    return Declined("refused", "stop_value_below_min", plain(worth), plain(least))


def size_opening(
    intake: Intake,
    account: Account,
    instrument: Instrument,
    *,
    intent: Intent,
    holding: Holding,
) -> Sized | Declined:
    """Size what an entry opens; one through flat opens less than its number."""
    opens = opened(intake.content, intent, holding) if intent.through else None
    if opens is not None:
        if isinstance(opens, Declined):
            return opens
        content = msgspec.structs.replace(intake.content, quantity=opens)
        intake = msgspec.structs.replace(intake, content=content)
    return _size_entry(intake, account, instrument, intent)


def size_leading(
    content: Signal, instrument: Instrument, intent: Intent, holding: Holding
) -> Sized | Declined:
    """Size an exit of the leader; its followers close the same share."""
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
    if not isinstance(levels, Placed):
        return levels
    if copying is not None:
        sized = size_copy(*copying, intent.side)
    else:
        sized = size_asked(intake, account, instrument, intent, stop=levels.stop)
    if levels is NO_LEVELS or isinstance(sized, Declined):
        return sized
    return msgspec.structs.replace(sized, protection=levels.protection, stop=levels.stop)


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
    asked, unit = content.quantity, content.quantity_unit or _UNITS
    if asked is None:
        asked, unit = route.quantity, route.quantity_unit
    if asked is None:
        return Declined("refused", "quantity_missing", "", route.name)
    if unit is _UNITS:
        sized = size_units(asked, instrument)
    else:
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
    if isinstance(sized, Sized):
        return sized
    return Declined("refused", sized.code, sized.value, sized.limit)
