"""A lane: what waits for the venue of one account, and how much may be under way.

Rules of this file
1. What is urgent goes first, and entries never take the last of the calls.
2. A lane that is paused keeps everything: nothing is asked of its venue, not even a cancel.
3. While a link is not compared its lane keeps entries: exits that waited for it go before them.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from adapters.port import Trouble, TroubleKind, Venue
from core.answers import Effect
from core.links import MAINTENANCE, THROTTLED

CALLS_AT_ONCE_MAX: Final = 8
"""Calls under way at one account: enough to get 500 cancels out in a second at 15 ms each, few
enough for the connection limits of the venues."""

ENTRIES_AT_ONCE_MAX: Final = 6
"""Of these, what entries may take: a venue that hangs on them leaves two for cancels and exits."""

PAUSE_ABOVE_NS: Final = 5_000_000_000
"""A venue that asks for more time than this is left alone altogether: to go on with other calls
would make a ban of it. For less, the one call waits."""


def pause_of(trouble: Trouble, now: int) -> str:
    """Return the kind of pause that a venue asks for, or nothing. Where it has had too many orders
    alone, each order waits for itself: cancels go on."""
    if trouble.orders_only:
        return ""
    if trouble.kind is TroubleKind.MAINTENANCE:
        return MAINTENANCE
    long = trouble.kind is TroubleKind.THROTTLED and (trouble.until_ns or 0) - now > PAUSE_ABOVE_NS
    return THROTTLED if long else ""


class Lane:
    """What waits for one account."""

    __slots__ = ("entering", "entries", "growing", "paused", "ready", "running", "urgent", "venue")

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.urgent: deque[Effect] = deque()
        self.entries: deque[Effect] = deque()
        self.running = 0
        self.entering = 0
        self.growing = False
        self.paused = False
        self.ready = True
        """Its account is compared: entries may go."""

    @property
    def serves_entries(self) -> bool:
        """Say whether an entry may be taken up now."""
        return bool(self.entries) and self.ready and self.entering < ENTRIES_AT_ONCE_MAX

    def wants_worker(self) -> bool:
        """Say whether something waits that one more worker could carry."""
        if self.paused or self.running >= CALLS_AT_ONCE_MAX:
            return False
        return bool(self.urgent) or self.serves_entries
