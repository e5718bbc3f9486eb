"""Dust: what is held and is less than the smallest order, so that no order can close it.

Rules of this file
1. Dust is shown, and counted in every sum; it stands in nobody's way. Who holds nothing else is
   flat.
2. On a spot account it is also what is worth less than the venue takes; that ends when its price
   rises.
"""

from __future__ import annotations

from decimal import Decimal

from core.instruments import Instrument
from core.money import ZERO
from core.smallest import tradable
from core.state import State


def least_of(state: State, account: str, instrument: str) -> Decimal:
    """Return the smallest order of an instrument; zero where it is not configured any more."""
    found = tradable(state, account, instrument)
    return ZERO if found is None else max(found.quantity_min, found.lot_step)


def is_dust(state: State, account: str, instrument: str, quantity: Decimal) -> bool:
    """Say whether something is held, and no order can close any of it now."""
    return is_dust_of(tradable(state, account, instrument), quantity)


def is_dust_of(instrument: Instrument | None, quantity: Decimal) -> bool:
    """Say the same where the instrument is at hand."""
    if instrument is None:
        return False
    return ZERO < abs(quantity) < max(instrument.quantity_min, instrument.lot_step)
