"""Levels: where a position is protected, in the words of a signal.

Rules of this file
1. These are values. What a level means as a price is worked out where the entry is known.
2. A level says its unit; none is guessed. Distances count away from the entry: a stop on the side
   of the loss, a target on the side of the profit.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from core.money import must_be_finite

TARGETS_MAX: Final = 8
"""Targets of one position at most: each is an order, and venues count them."""


class LevelUnit(StrEnum):
    """What the number of a level counts."""

    PRICE = "price"  # a price of the instrument, or of the signal's own chart
    OFFSET = "offset"  # a distance in price
    PERCENT = "percent"  # a distance in percent of the entry price
    TICKS = "ticks"  # a distance in price steps of the instrument
    PIPS = "pips"  # a distance in pips of the instrument
    RISK = "risk"  # a multiple of the distance from the entry to the stop


class LevelsMode(StrEnum):
    """What the absolute prices of a signal are prices of.

    ``absolute``: of the instrument that is traded. ``offset_from_signal_price``: of the chart that
    the signal was made on; only their distance from the signal's own price counts.
    """

    ABSOLUTE = "absolute"
    OFFSET_FROM_SIGNAL_PRICE = "offset_from_signal_price"


class Level(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """One level: a price, or a distance from the entry, always positive."""

    value: Decimal
    unit: LevelUnit = LevelUnit.PRICE

    def __post_init__(self) -> None:
        """Let no NaN and no infinity in."""
        must_be_finite(self.value)


class Target(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """Where some of a position is closed with profit. ``share``: percent of the position as it is
    when it is largest; ``None``: what the others leave, in equal parts."""

    level: Level
    share: Decimal | None = None


class Trail(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """A stop that follows the best price at ``distance`` and never goes back. ``after``: only once
    the position is so far in profit."""

    distance: Level
    after: Level | None = None


class BreakEven(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """Once a position is ``after`` in profit, its stop goes to its entry, ``offset`` beyond it
    (``None``: exactly). It does so once."""

    after: Level
    offset: Level | None = None


class Protection(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """How a signal wants its position protected."""

    stop: Level | None = None
    targets: tuple[Target, ...] = ()
    trail: Trail | None = None
    break_even: BreakEven | None = None


def has_stop(protection: Protection | None) -> bool:
    """Say whether a position is never without a stop: one that waits for a profit is none."""
    if protection is None:
        return False
    trail = protection.trail
    return protection.stop is not None or (trail is not None and trail.after is None)
