"""Sizing: from what a signal asks for to a quantity that the instrument can trade.

Rules of this file
1. Cut down to the lot step, never up, and say what was cut.
2. A price or an equity that is stale sizes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from core.instruments import Instrument
from core.money import ZERO, plain
from core.reports import Quote
from core.orders import Side
from core.signals import QuantityUnit
from core.view import Standing


@dataclass(frozen=True, slots=True)
class Sized:
    """A tradable quantity, and how it came about, in words."""

    quantity: Decimal
    how: str


@dataclass(frozen=True, slots=True)
class Unsized:
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
) -> Sized | Unsized:
    """Turn an asked quantity into units. ``price``: the order's own, which wins over the quote's far side."""
    at = price
    if at is None and quote is not None:
        at = quote.ask if side is Side.BUY else quote.bid
    match unit:
        case QuantityUnit.UNITS:
            raw, how = asked, plain(asked)
        case QuantityUnit.QUOTE:
            if at is None:
                return Unsized("reference_stale", "no fresh quote", instrument.name)
            raw = asked / (at * instrument.multiplier)
            how = f"{plain(asked)} {instrument.currency} at {plain(at)}"
        case QuantityUnit.EQUITY_PERCENT:
            if at is None:
                return Unsized("reference_stale", "no fresh quote", instrument.name)
            if standing is None:
                return Unsized("equity_stale", "no fresh equity", instrument.name)
            equity = standing.mark.equity
            raw = equity * asked / 100 / (at * instrument.multiplier)
            how = f"{plain(asked)} % of {plain(equity)} {instrument.currency} at {plain(at)}"
        case _:
            assert_never(unit)
    return cut(raw, instrument, how)


def cut(raw: Decimal, instrument: Instrument, how: str) -> Sized | Unsized:
    """Cut a quantity to what the instrument trades."""
    quantity = instrument.quantity_cut(raw) if raw > ZERO else ZERO
    if quantity == ZERO:
        least = max(instrument.quantity_min, instrument.lot_step)
        return Unsized("quantity_below_step", plain(raw), plain(least))
    if quantity != raw:
        how = f"{how} = {raw:.8f} cut down to {plain(quantity)}"
    return Sized(quantity, how)
