"""An instrument: what is traded, in which steps, and what a step is worth.

Rules of this file
1. A symbol is text. It is asked for exactly as written, first in the account's own table, then
   among names and aliases; it is never upper-cased, cut or parsed.
2. Quantities are cut down to a lot step, never up.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.money import ZERO, floor_to, is_step

ALIASES_MAX: Final = 64
"""Aliases of one instrument: TradingView alone writes about ten forms of one contract (prefix,
suffix, year)."""


class Instrument(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """One tradable thing.

    ``base``: the coin of a spot pair, as venues call it in fees; empty where nothing is owned.

    ``tick``: smallest price step, in ``currency``. ``lot_step``: smallest quantity step;
    ``quantity_min``: smallest order; ``value_min``: what one is worth at least, in ``currency``
    (zero: anything, or what the venue says). ``multiplier``: value in ``currency`` of one unit when
    the price moves by one. Quotes are not believed (control 20) while the spread is above
    ``spread_percent_max``, or after a move of more than ``jump_factor_max`` times the usual one; a
    move below ``jump_percent_min`` of the price never counts. ``pip``: what a pip is in
    ``currency``; ``None``: nobody said, so levels in pips are refused. ``scheduled``: it has a
    calendar (sessions, holidays, news), and trades only while that covers the moment (25).
    """

    name: str
    currency: str
    tick: Decimal
    lot_step: Decimal
    quantity_min: Decimal
    multiplier: Decimal = Decimal(1)
    aliases: tuple[str, ...] = ()
    spread_percent_max: Decimal = Decimal(2)
    jump_factor_max: Decimal = Decimal(5)
    jump_percent_min: Decimal = Decimal("0.1")
    margin_percent: Decimal | None = None
    margin_per_unit: Decimal | None = None
    pip: Decimal | None = None
    scheduled: bool = False
    base: str = ""
    value_min: Decimal = ZERO

    def margin(self, quantity: Decimal, price: Decimal) -> Decimal:
        """Return what holding ``quantity`` needs, in ``currency``; zero where nobody says."""
        if self.margin_per_unit is not None:
            return quantity * self.margin_per_unit
        return self.value(quantity, price) * (self.margin_percent or ZERO) / 100

    def quantity_cut(self, quantity: Decimal) -> Decimal:
        """Cut a quantity down to the lot step; zero when what is left is below the smallest
        order."""
        cut = floor_to(quantity, self.lot_step)
        return cut if cut >= self.quantity_min else ZERO

    def is_price(self, price: Decimal) -> bool:
        """Say whether a price is positive and on the tick."""
        return price > ZERO and is_step(price, self.tick)

    def value(self, quantity: Decimal, price: Decimal) -> Decimal:
        """Return the value of ``quantity`` at ``price`` in ``currency``."""
        return quantity * price * self.multiplier
