"""Sizing: from what a signal asks for to a quantity that the instrument can trade.

Rules of this file
1. Cut down to the lot step, never up, and say what was cut.
2. A price or an equity that is stale sizes nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple, assert_never

import msgspec

from core.instruments import Instrument
from core.levels import Protection
from core.money import ZERO, plain, ratio, shown
from core.orders import PRICED, TRIGGERED, Side
from core.reports import Quote
from core.routing import Declined, Holding, Intent
from core.signals import QuantityUnit, Signal
from core.view import Standing

HUNDRED: Final = Decimal(100)

PLACES: Final = 12
"""Fraction digits of what was asked for, in words: more than any venue's smallest step."""


class Sized(msgspec.Struct, frozen=True, gc=False):
    """A tradable quantity, and how it came about, in words.

    ``protection``: of an entry, as it holds from now on: distances where the route asks for
    offsets. ``stop``: where that puts its stop if it is filled where it is expected.
    """

    quantity: Decimal
    how: str
    protection: Protection | None = None
    stop: Decimal | None = None


class Unsized(NamedTuple):
    """No tradable quantity: the code and its facts."""

    code: str
    value: str
    limit: str


def size(
    asked: Decimal,
    unit: QuantityUnit,
    *,
    instrument: Instrument,
    side: Side,
    price: Decimal | None,
    quote: Quote | None,
    standing: Standing | None,
    stop: Decimal | None = None,
) -> Sized | Unsized:
    """Turn an asked quantity into units.

    ``price``: the order's own, which wins over the quote's far side. ``stop``: where the stop would
    be, for a size by risk.
    """
    if unit is QuantityUnit.UNITS:
        return size_units(asked, instrument)
    at = price
    if at is None and quote is not None:
        at = quote.ask if side is Side.BUY else quote.bid
    match unit:
        case QuantityUnit.QUOTE:
            if at is None:
                return Unsized("reference_stale", "no fresh quote", instrument.name)
            raw = ratio(asked, at * instrument.multiplier)
            how = f"{plain(asked)} {instrument.currency} at {plain(at)}"
        case QuantityUnit.EQUITY_PERCENT:
            if at is None:
                return Unsized("reference_stale", "no fresh quote", instrument.name)
            if standing is None:
                return Unsized("equity_stale", "no fresh equity", instrument.name)
            equity = standing.mark.equity
            raw = ratio(equity * asked, at * instrument.multiplier * 100)
            how = f"{plain(asked)} % of {plain(equity)} {instrument.currency} at {plain(at)}"
        case QuantityUnit.RISK_QUOTE | QuantityUnit.RISK_PERCENT:
            found = _by_risk(asked, unit, instrument, at=at, stop=stop, standing=standing)
            if isinstance(found, Unsized):
                return found
            raw, how = found
        case QuantityUnit.POSITION_PERCENT:
            return Unsized("entry_unit", str(unit), "entry")
        case _:
            assert_never(unit)
    return cut(raw, instrument, how)


def size_units(asked: Decimal, instrument: Instrument) -> Sized | Unsized:
    """Cut what was asked for in units to what is traded: that takes no price and no equity."""
    return cut(asked, instrument, plain(asked))


def _by_risk(
    asked: Decimal,
    unit: QuantityUnit,
    instrument: Instrument,
    *,
    at: Decimal | None,
    stop: Decimal | None,
    standing: Standing | None,
) -> tuple[Decimal, str] | Unsized:
    """Return the units that lose what was asked for between the entry and the stop, in words."""
    if at is None:
        return Unsized("reference_stale", "no fresh quote", instrument.name)
    if stop is None:
        return Unsized("risk_needs_stop", str(unit), instrument.name)
    money, words = asked, f"{plain(asked)} {instrument.currency}"
    if unit is QuantityUnit.RISK_PERCENT:
        if standing is None:
            return Unsized("equity_stale", "no fresh equity", instrument.name)
        equity = standing.mark.equity
        money = ratio(equity * asked, Decimal(100))
        words = f"{plain(asked)} % of {plain(equity)} {instrument.currency}"
    lost = abs(at - stop) * instrument.multiplier
    if not lost:
        return Unsized("stop_wrong_side", plain(stop), plain(at))
    return ratio(money, lost), f"{words} at risk from {plain(at)} to {plain(stop)}"


def cut(raw: Decimal, instrument: Instrument, how: str) -> Sized | Unsized:
    """Cut a quantity to what the instrument trades."""
    quantity = instrument.quantity_cut(raw) if raw > ZERO else ZERO
    if not quantity:
        least = max(instrument.quantity_min, instrument.lot_step)
        return Unsized("quantity_below_step", shown(raw, PLACES), plain(least))
    if quantity != raw:
        how = f"{how} = {shown(raw, PLACES)} cut down to {plain(quantity)}"
    return Sized(quantity, how)


def size_exit(
    content: Signal, instrument: Instrument, intent: Intent, holding: Holding
) -> Sized | Declined:
    """Cut an exit to what there is to close. Another unit cannot be compared with a position."""
    most = holding.closable(intent.side)
    if not most:
        return Declined("no_action", "nothing_to_close", plain(holding.share))
    asked = most
    if content.quantity is not None and not intent.whole:
        if content.quantity_unit is QuantityUnit.POSITION_PERCENT:
            return _size_part(content.quantity, instrument, most)
        if content.quantity_unit not in (None, QuantityUnit.UNITS):
            return Declined("refused", "exit_unit", str(content.quantity_unit), "units")
        asked = min(content.quantity, most)
    sized = cut(asked, instrument, f"{plain(asked)} of {plain(most)} to close")
    if isinstance(sized, Unsized):
        return Declined("no_action", sized.code, sized.value, sized.limit)
    return sized


def _size_part(percent: Decimal, instrument: Instrument, most: Decimal) -> Sized | Declined:
    """Take a part of what no exit on its way closes: the answer is the same whether the exit before
    has filled already or not. More than all of it is all of it."""
    asked = most if percent >= HUNDRED else ratio(most * percent, HUNDRED)
    sized = cut(asked, instrument, f"{plain(percent)} % of {plain(most)} to close")
    if isinstance(sized, Unsized):
        return Declined("no_action", sized.code, sized.value, sized.limit)
    return sized


def impossible(content: Signal, instrument: Instrument) -> Declined | None:
    """Refuse prices that no venue could take, whatever the limits are."""
    kind = content.order_type
    needs = (("price", kind in PRICED, content.price), ("stop", kind in TRIGGERED, content.trigger))
    for name, needed, price in needs:
        if not needed:
            continue
        if price is None:
            return Declined("refused", "order_price_missing", str(kind), name)
        if not instrument.is_price(price):
            return Declined("refused", "price_off_tick", plain(price), plain(instrument.tick))
    return None
