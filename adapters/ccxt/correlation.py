"""Correlation: which order of ours is behind a venue's own order number.

Rules of this file
1. It is a memory of what the venue told, bounded, and never a truth of its own: what it does not
   know is asked for again.
2. An order that is not ours is remembered, too, so that it is asked for once.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

KEPT_MAX: Final = 50_000
"""Numbers remembered: more than a busy account has orders in the day for which fills are listed;
about 10 MB."""


class Correlation:
    """One per account."""

    def __init__(self) -> None:
        self._ours: OrderedDict[str, str] = OrderedDict()

    def learn(self, venue_order: str, order: str) -> None:
        """Remember whose number it is; ``order`` is empty for somebody else's."""
        if not venue_order:
            return
        self._ours[venue_order] = order
        self._ours.move_to_end(venue_order)
        while len(self._ours) > KEPT_MAX:
            self._ours.popitem(last=False)

    def order_of(self, venue_order: str) -> str | None:
        """Return our id, empty when it is somebody else's, ``None`` when nobody told yet."""
        return self._ours.get(venue_order)
