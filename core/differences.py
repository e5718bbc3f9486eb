"""Differences: in what a venue's picture and our books are not the same."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from core.mismatches import Kind
from core.money import ZERO
from core.reports import Report, VenueOrder
from core.unheard import Unheard


class Difference(NamedTuple):
    """One thing in which the two differ. ``sameness``: what a second picture has to show again.

    ``shown`` and ``fill``: the venue's own words. ``amount``: of a position, what somebody else
    did at least, whatever became of the orders in doubt; of an order, what is filled there and not
    here. ``certain``: of a fill that is gone, whether it can be believed. ``minor``: nobody traded
    it; fees that were not told or dust explain it. ``net``, ``unheard``: of a net position, what
    the venue holds, and what orders in doubt of each owner may have done. ``ticket``: of which
    position, on a hedging account.
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
    net: Decimal = ZERO
    unheard: tuple[tuple[str, Unheard], ...] = ()


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
