"""A link: where the connection of one account stands, and what can happen to it.

Rules of this file
1. Everything about which state follows which is in ``TRANSITIONS``; what is not in it is an old
   story and changes nothing.
2. ``ready`` is the only state in which new exposure passes, and only a comparison leads there.
3. A pause ends by its time alone: what comes from the venue meanwhile is taken, and proves nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class LinkState(StrEnum):
    """Where the connection of an account stands."""

    DOWN = "down"
    CONNECTING = "connecting"
    RECONCILING = "reconciling"
    READY = "ready"
    PAUSED = "paused"


class LinkEvent(StrEnum):
    """What can happen to a link."""

    TRY = "try"  # an attempt to connect begins
    UP = "up"
    FELL = "fell"
    GAP = "gap"  # something that the venue said was missed
    COMPARED = "compared"
    PAUSE = "pause"
    WAKE = "wake"  # the time of a pause is over


_DOWN, _CONNECTING, _RECONCILING, _READY, _PAUSED = LinkState

TRANSITIONS: Final[dict[tuple[LinkState, LinkEvent], LinkState]] = {
    (_DOWN, LinkEvent.TRY): _CONNECTING,
    (_DOWN, LinkEvent.UP): _RECONCILING,
    (_DOWN, LinkEvent.FELL): _DOWN,  # told twice, by the venue and by whoever closed it
    (_DOWN, LinkEvent.PAUSE): _PAUSED,
    (_CONNECTING, LinkEvent.TRY): _CONNECTING,
    (_CONNECTING, LinkEvent.UP): _RECONCILING,
    (_CONNECTING, LinkEvent.FELL): _CONNECTING,  # the attempt failed; the next one follows
    (_CONNECTING, LinkEvent.PAUSE): _PAUSED,
    (_RECONCILING, LinkEvent.TRY): _CONNECTING,  # the venue did not answer the comparison
    (_RECONCILING, LinkEvent.UP): _RECONCILING,
    (_RECONCILING, LinkEvent.FELL): _DOWN,
    (_RECONCILING, LinkEvent.GAP): _RECONCILING,
    (_RECONCILING, LinkEvent.COMPARED): _READY,
    (_RECONCILING, LinkEvent.PAUSE): _PAUSED,
    (_READY, LinkEvent.UP): _READY,
    (_READY, LinkEvent.FELL): _DOWN,
    (_READY, LinkEvent.GAP): _RECONCILING,
    (_READY, LinkEvent.COMPARED): _READY,
    (_READY, LinkEvent.PAUSE): _PAUSED,
    (_PAUSED, LinkEvent.FELL): _PAUSED,  # a closed venue hangs up: nothing new
    (_PAUSED, LinkEvent.UP): _PAUSED,
    (_PAUSED, LinkEvent.PAUSE): _PAUSED,  # longer, never shorter
    (_PAUSED, LinkEvent.WAKE): _DOWN,
}

IS_UP: Final = frozenset({_RECONCILING, _READY})
"""States in which the venue is connected as far as we know."""

MAINTENANCE: Final = "maintenance"
SCHEDULED: Final = "maintenance_scheduled"
THROTTLED: Final = "throttled"
LINK_DOWN: Final = "link_down"
RECOVERING: Final = "recovering"
REFUSED: Final = "account_refused"
"""The venue lets the bridge in no more, or cannot be worked with as it is: a person has to mend
it."""

HELD_FOR: Final[dict[LinkState, str]] = {
    _DOWN: LINK_DOWN,
    _CONNECTING: LINK_DOWN,
    _RECONCILING: RECOVERING,
    _READY: "",
    _PAUSED: MAINTENANCE,
}
"""What an order waits for in each state. A pause for the rate says so itself."""


def held_for(link: LinkState, code: str) -> str:
    """Return the code that an order is held with, or nothing when the link is ready."""
    if link in (_DOWN, _CONNECTING) and code == REFUSED:
        return REFUSED
    return THROTTLED if link is _PAUSED and code == THROTTLED else HELD_FOR[link]
