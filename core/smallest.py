"""The smallest order of an account: what its venue takes at least, by steps and by value.

Rules of this file
1. A smallest value becomes a smallest quantity at a price that is in the state: the last fill's, or
   a quote that was noted. So every part of the core, and every fold, asks for a quantity alone.
2. By value a position is only judged on a spot account: elsewhere a venue lets one be closed,
   whatever is left of it.
3. Without a price, steps and quantities count alone.
4. The price in the state stays until the market is ``MOVE_PERCENT`` away from it, and what is to be
   sold has to be worth ``ROOM_PERCENT`` more than the smallest value. So what counts as enough is
   enough at the market too, and a price that swings around the border places and ends nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.instruments import Instrument
from core.money import ZERO, ceil_to, product, ratio
from core.setup import Account
from core.state import State

MOVE_PERCENT: Final = Decimal(2)
"""How far the market goes before its price is noted anew: a record at each 2 %, while something is
held."""

ROOM_PERCENT: Final = Decimal(3)
"""What is to be sold is worth so much more than the smallest value: more than ``MOVE_PERCENT``, so
that it still is where the market may be before its price is noted. Binance judges an order at the
market by the mean price of five minutes."""

ENTRY_ROOM_PERCENT: Final = Decimal(5)
"""What is bought for a wallet is worth so much more: the fee is taken from it (up to 2 %), and the
rest must be enough to be sold."""

WHOLE: Final = Decimal(100)


def value_min_of(state: State, account: str, instrument: Instrument) -> Decimal:
    """Return the smallest value of an order: the configured one, or what the venue told if that is
    more; zero: none is known."""
    row = state.accounts.get(account)
    told = row.abilities.values_min.get(instrument.name) if row is not None else None
    own = instrument.value_min
    return told if told is not None and told > own else own


def entry_value_min(state: State, account: Account, instrument: Instrument) -> Decimal:
    """Return what an entry has to be worth, at its price and at its stop; zero: anything."""
    least = value_min_of(state, account.name, instrument)
    if not least or not account.spot:
        return least
    return product(least, WHOLE + ENTRY_ROOM_PERCENT) / WHOLE


def is_worth(state: State, account: str, instrument: Instrument, worth: Decimal) -> bool:
    """Say whether an order that closes something of a spot account is worth enough at its own
    price."""
    found = state.facts.setup.accounts.get(account)
    if found is None or not found.spot:
        return True
    return worth >= value_min_of(state, account, instrument)


def tradable(state: State, account: str, name: str) -> Instrument | None:
    """Return an instrument with the smallest order that an account can close some of it with;
    ``None`` where it is not configured any more."""
    instrument = state.facts.setup.instruments.get(name)
    if instrument is None or not state.priced:
        return instrument
    least = _by_value(state, account, instrument)
    if least <= max(instrument.quantity_min, instrument.lot_step):
        return instrument
    return msgspec.structs.replace(instrument, quantity_min=least)


def _by_value(state: State, account: str, instrument: Instrument) -> Decimal:
    """Return the fewest units that are worth enough at the noted price; zero: any are."""
    price = state.priced.get((account, instrument.name))
    found = state.facts.setup.accounts.get(account)
    if not price or found is None or not found.spot:
        return ZERO
    worth = product(value_min_of(state, account, instrument), WHOLE + ROOM_PERCENT)
    exact = ratio(worth, product(price, instrument.multiplier, WHOLE))
    return ceil_to(exact, instrument.lot_step) if exact else ZERO
