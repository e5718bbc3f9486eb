"""The comparison of what the journal says of an account with what its venue shows. Pure.

Rules of this file
1. What the venue shows is right; what differs is told, never mended by itself.
2. Positions of all strategies count together: a venue knows no strategies.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, NamedTuple

from core.ids import LENGTH
from core.money import ZERO
from core.reports import VenueSnapshot
from core.state import State

_OURS: Final = re.compile(rf"[0-9a-f]{{{LENGTH}}}")


class Difference(NamedTuple):
    """An instrument of which the venue holds another quantity than the journal says."""

    instrument: str
    venue: Decimal
    journal: Decimal


def strangers(state: State, picture: VenueSnapshot) -> list[str]:
    """Return the working orders that have our tag and that the journal does not know."""
    orders = (order.order for order in picture.orders)
    return [order for order in orders if _OURS.fullmatch(order) and order not in state.orders]


def differences(state: State, picture: VenueSnapshot) -> list[Difference]:
    """Return where the positions differ, by instrument."""
    theirs = {row.instrument: row.quantity for row in picture.positions}
    ours: dict[str, Decimal] = {}
    for position in state.positions.values():
        if position.account == picture.account:
            held = ours.get(position.instrument, ZERO)
            ours[position.instrument] = held + position.quantity
    return [
        Difference(name, theirs.get(name, ZERO), ours.get(name, ZERO))
        for name in sorted({*theirs, *ours})
        if theirs.get(name, ZERO) != ours.get(name, ZERO)
    ]
