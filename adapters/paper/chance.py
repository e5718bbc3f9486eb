"""Chance that can be repeated: a draw depends on the seed and on what it is for, and on nothing
else.

Rules of this file
1. No state: the same question gets the same answer, before and after a restart, in any order of
   asking.
2. Whole numbers only, so that every machine draws the same.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Final

BELL_BITS: Final = 512
"""Coins thrown for one ``bell``: their count is within a percent of the normal curve out to four
deviations."""

BELL_DEVIATION: Final = Decimal("11.3137085")
"""Standard deviation of the count of heads among ``BELL_BITS`` coins: the root of a quarter of
them."""


def _digest(seed: int, parts: tuple[str | int, ...], size: int) -> int:
    text = "\x1f".join((str(seed), *map(str, parts)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=size).digest(), "big")


def draw(seed: int, *parts: str | int, below: int) -> int:
    """Draw a whole number from 0 to ``below`` - 1."""
    assert below > 0, "nothing to draw from"
    return _digest(seed, parts, 8) % below


def hit(probability: Decimal, seed: int, *parts: str | int) -> bool:
    """Say yes with this probability (0 to 1, in millionths)."""
    return bool(probability) and draw(seed, *parts, below=1_000_000) < probability * 1_000_000


def bell(seed: int, *parts: str | int) -> int:
    """Draw from a bell curve round zero, in units of one ``BELL_DEVIATION``-th of a standard
    deviation.
    """
    return _digest(seed, parts, BELL_BITS // 8).bit_count() - BELL_BITS // 2
