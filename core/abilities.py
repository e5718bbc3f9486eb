"""Abilities: what the venue of an account can do, as the core has to know it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.orders import OrderType


class Abilities(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What a venue said that it can do. Whatever it did not say, it cannot.

    ``reduce_only``: it never lets an order marked so open or turn the account's position.
    ``linked_legs``: of the orders of one group, what one fills the others lose in the same moment.
    ``attached_stop``: an entry can carry a stop that the venue keeps by itself. ``hedging``: each
    entry is a position of its own. ``live``: real money. ``values_min``: by instrument, what an
    order is worth at least there, in the instrument's currency.
    """

    order_types: tuple[OrderType, ...] = ()
    replace: bool = False
    reduce_only: bool = False
    linked_legs: bool = False
    attached_stop: bool = False
    hedging: bool = False
    live: bool = False
    values_min: dict[str, Decimal] = {}


NONE: Final = Abilities()
"""Of an account whose venue has not said anything yet."""
