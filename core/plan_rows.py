"""What the state keeps of a protection that is in force.

Rules of this file
1. A row says what should be there; which legs are there is read off the orders alive.
2. Whatever has to survive a restart is in the row; quotes are not.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.money import ZERO
from core.orders import Side
from core.setup import SECOND_NS

Key = tuple[str, str, str]
"""Account, instrument and strategy."""

RETRY_FIRST_NS: Final = SECOND_NS
"""Wait before a leg that was rejected goes again, as another order; it doubles each time."""

RETRIES_MAX: Final = 3
"""Tries after the first reject, 1, 2 and 4 s later: what a venue refuses for seven seconds while
the position is open is for the route's policy."""

RETRY_SLOW_NS: Final = 60 * SECOND_NS
"""Wait between two tries to close after that: a venue that is sick must not be flooded, and a
position that should be closed must not be forgotten."""

LOST_MAX: Final = 3
"""How often a leg that somebody else ended is placed again within ``LOST_WITHIN_NS``: a fourth time
says that it is meant."""

LOST_WITHIN_NS: Final = 600 * SECOND_NS
"""Losses further apart than this have nothing to do with one another."""

LEGS_MAX: Final = 10_000
"""Legs that are made for one plan at most: one every ten seconds of a day, which only a defect or a
sick venue needs. After that no leg waits at the venue any more, and the route's policy holds; what
closes at the market is bounded by its own waits."""

STOP: Final = "stop"
"""The leg of the stop; the target number n has the leg ``target n``."""

SURPLUS: Final = "surplus"
"""The leg that closes what a leg or an exit opened by being filled too late."""

FAILED: Final = "failed"
"""Why everything is closed: the legs could not be had at the venue, and the route says so."""


class TargetRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """One target. ``share``: percent of the largest position. ``called``: how much of it the bridge
    has decided to close because the price was there; ``filled``: how much was."""

    price: Decimal
    share: Decimal
    called: Decimal = ZERO
    filled: Decimal = ZERO


class PlanRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """The protection of one strategy's share of an instrument in an account.

    ``number``: of the record that put it in force, part of the names of its legs. ``entry``: from
    which distances were counted. ``stop``: where it is now. ``trail``: the distance that it keeps
    from the best price, from ``trail_after`` on; ``best``: the price of the last move.
    ``largest``: the largest position so far. ``fired``: ``stop`` when the bridge closes because the
    price was there, ``failed`` when it closes because legs could not be had. ``rejects`` in a row
    and ``lost`` legs, the last at ``lost_ns``; none is placed before ``retry_ns``. ``refused``
    closes in a row; none goes before ``close_ns``. ``failed``: the venue gets no legs any more.
    ``surplus``: what was opened by what should only close, and is not closed yet.
    ``stiff``: it refused a replace, so legs are ended and placed anew. ``made``: legs so far.
    ``first``: the number of the first protection of this position, by which its legs are linked: a
    stop that stays while the protection changes stays linked with the new targets.
    """

    account: str
    instrument: str
    strategy: str
    side: Side
    origin: str
    number: int
    at_ns: int
    entry: Decimal
    route: str = ""
    stop: Decimal | None = None
    targets: tuple[TargetRow, ...] = ()
    trail: Decimal | None = None
    trail_after: Decimal | None = None
    best: Decimal | None = None
    break_even_after: Decimal | None = None
    break_even_to: Decimal | None = None
    break_even_done: bool = False
    moved_ns: int = 0
    largest: Decimal = ZERO
    fired: str = ""
    rejects: int = 0
    retry_ns: int = 0
    lost: int = 0
    lost_ns: int = 0
    failed: bool = False
    stiff: bool = False
    made: int = 0
    refused: int = 0
    close_ns: int = 0
    first: int = 0
    surplus: Decimal = ZERO

    @property
    def protects(self) -> bool:
        """Say whether it has levels; else it only closes what should not be there."""
        return self.stop is not None or self.trail is not None or bool(self.targets)

    @property
    def key(self) -> Key:
        """Return whose share it protects."""
        return self.account, self.instrument, self.strategy


def retry_after_ns(rejects: int) -> int:
    """Return how long a leg waits after so many rejects in a row."""
    return RETRY_FIRST_NS << (rejects - 1) if rejects <= RETRIES_MAX else RETRY_SLOW_NS


def target_leg(index: int) -> str:
    """Name the leg of a target, counted from zero."""
    return f"target {index + 1}"
