"""The times of the streams: how soon, how long, how often. Tests make them short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from adapters.ccxt.pacing import Pace
from adapters.ccxt.tally import GRACE_NS

OTHERS: Final = Pace(first_s=0.5, least_s=5.0, most_s=5.0)
"""Pictures for what strangers did: what they do comes in bursts, and our legs have to follow within
seconds."""

STRANGE: Final = Pace(first_s=0.0, least_s=5.0, most_s=600.0)
"""Pictures for what could not be understood: a venue that says something new says it again and
again, and an account must not be compared for ever."""

MISSED: Final = Pace(first_s=0.0, least_s=1.0, most_s=10.0)
"""Pictures for fills that did not come."""

MONEY: Final = Pace(first_s=0.2, least_s=1.0, most_s=1.0)
"""Marks after the money changed: a fill is told by several frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """The times of a private stream.

    ``subscribe_s``: a subscription must be answered within. ``rejoin_s``: one that broke is made
    again for so long before the link is down. ``look_s``: how often the socket is looked at.
    ``pong_s``: how late a pong may be. ``late_ns``: how much later than REST the stream may tell.
    ``steady_s``: a subscription that lived shorter is made again with growing waits, from
    ``wait_least_s`` to ``wait_most_s``. ``grace_ns``: how late a fill may come after it was
    counted.
    """

    subscribe_s: float = 10.0
    rejoin_s: float = 15.0
    look_s: float = 1.0
    pong_s: float = 3.0
    late_ns: int = 5_000_000_000
    steady_s: float = 10.0
    wait_least_s: float = 0.2
    wait_most_s: float = 5.0
    grace_ns: int = GRACE_NS
    others: Pace = OTHERS
    strange: Pace = STRANGE
    missed: Pace = MISSED
    money: Pace = MONEY


TIMING: Final = Timing()
"""What holds at real venues."""
