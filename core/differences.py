"""Differences: in what a venue's picture and our books are not the same."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from core.mismatches import Kind
from core.money import ZERO
from core.reports import Report, VenueOrder


class Difference(NamedTuple):
    """One thing in which the two differ. ``sameness``: what a second picture has to show again.

    ``shown`` and ``fill``: the venue's own words. ``amount``: of a position, what the venue has
    more; of an order, what is filled there and not here. ``certain``: nothing in doubt could
    explain part of it. ``minor``: nobody traded it; fees that were not told or dust explain it.
    ``ticket``: of which position, on a hedging account.
    """

    kind: Kind
    key: str
    instrument: str
    ours: str
    theirs: str
    sameness: str = ""
    shown: VenueOrder | None = None
    fill: Report | None = None
    amount: Decimal = ZERO
    price: Decimal = ZERO
    certain: bool = True
    minor: bool = False
    ticket: str = ""


class Comparison(NamedTuple):
    """What differs; the instruments that were left out; those whose position was left out."""

    differences: tuple[Difference, ...]
    left_out: frozenset[str]
    unsure: frozenset[str]

    def judged(self, kind: Kind, instrument: str) -> bool:
        """Say whether silence about an instrument means that the two agree in it."""
        if instrument in self.left_out:
            return False
        return kind is not Kind.POSITION or instrument not in self.unsure
