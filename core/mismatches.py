"""What differs from a venue and who else trades there: the rows that the state keeps of it.

Rules of this file
1. These are values and words. How they are found is in ``core.reconcile``, what follows in
   ``core.settle``.
2. What is not ours is counted and shown; nothing of ours ever cancels or closes it by itself.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

from core.money import ZERO, plain
from core.orders import OrderType, Side


class Kind(StrEnum):
    """What can differ between our books and a venue's."""

    ORDER_MISSING = "order_missing"
    """By our books it works there; the venue does not show it."""
    ORDER_TERMS = "order_terms"
    """Both have it, with another quantity, price or trigger."""
    ORDER_OVER = "order_over"
    """By our books it is over; the venue shows it working."""
    ORDER_FOUND = "order_found"
    """It was in doubt, or held to be nowhere; the venue shows it working."""
    ORDER_UNKNOWN_OURS = "order_unknown_ours"
    """It has our tag, and the journal does not know it."""
    FILLS_MISSING = "fills_missing"
    """More of an order is filled there than by our books."""
    FILL_GONE = "fill_gone"
    """The venue does not list a fill any more that it had told."""
    FILL_CHANGED = "fill_changed"
    """The venue lists a fill with other facts than it had told."""
    POSITION = "position"
    """It holds another quantity than our shares and the external row say."""


class Mismatch(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """A difference that is not settled. ``key``: the order, the execution or the instrument.

    ``sameness``: what a second picture has to show again before it is believed; ``same_ns``: since
    when it shows that, or when it was told last; ``first_ns``: since when anything differs here.
    ``accepted``: who said that the venue is right: the next picture is believed at once.
    """

    account: str
    kind: Kind
    key: str
    instrument: str
    ours: str
    theirs: str
    sameness: str
    first_ns: int
    same_ns: int
    confirmed: bool = False
    accepted: str = ""


class ForeignOrder(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """A working order at a venue that is not in our books. ``order``: what it carries as our id, if
    it has our tag. It counts with all that it may still fill."""

    account: str
    venue_order: str
    instrument: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    filled: Decimal = ZERO
    price: Decimal | None = None
    trigger: Decimal | None = None
    order: str = ""

    @property
    def leaves(self) -> Decimal:
        """Return what may still be filled."""
        return max(ZERO, self.quantity - self.filled)


def terms_told(quantity: Decimal, price: Decimal | None, trigger: Decimal | None) -> str:
    """Write down what an order is for, as a difference tells it."""
    at = f" at {plain(price)}" if price is not None else ""
    return plain(quantity) + at + (f" from {plain(trigger)}" if trigger is not None else "")
