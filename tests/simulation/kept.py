"""Seeds that found something once. They run with every test, for ever.

A line of ``kept.txt``: the seed, its number of steps, and what it showed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

FILE: Final = Path(__file__).with_name("kept.txt")


class Kept(NamedTuple):
    """A seed, its steps, and what it showed when it was found."""

    seed: int
    steps: int
    what: str


def kept() -> list[Kept]:
    """Read the seeds that are kept."""
    rows = [line.split(maxsplit=2) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return [Kept(int(seed), int(steps), what) for seed, steps, what in rows]
