"""How often the drift alarm is wrong, and how soon it is right: `python -m
tests.benchmarks.drift_alarm`.

The figures of `docs/quality.md` come from here. Every run has a seed of its own, so that they are
the same on every machine.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from core.quality import ALARM_AT, Score, next_score

RUNS: Final = 1_000
LENGTH: Final = 1_000
"""Orders of one run."""

SHAPES: Final[dict[str, Callable[[random.Random], float]]] = {
    "normal": lambda chance: chance.gauss(0, 1),
    "lopsided": lambda chance: chance.expovariate(1) - 1,
    "heavy": lambda chance: chance.expovariate(1) * chance.choice((-1, 1)),
    "coin": lambda chance: chance.choice((-1.0, 1.0)),
    "rare": lambda chance: 9.0 if chance.random() < 0.1 else -1.0,
}
"""Scatter around the tested figure, in units of about one: what markets do, and worse."""

_TESTED: Final = Decimal(20)


def alarm_after(shape: str, seed: int, *, length: int, worse: float = 0) -> int | None:
    """Return after how many orders the test alarms; ``None``: it does not.

    ``worse``: by how many units of scatter the orders cost more than they were tested with.
    """
    chance = random.Random(f"{shape} {seed}")
    score = Score()
    for number in range(length):
        lost = 20 + 10 * (SHAPES[shape](chance) + worse)
        score = next_score(score, round(Decimal(lost), 4), _TESTED)
        if score.score > ALARM_AT:
            return number + 1
    return None


def main() -> None:
    """Print a row for each shape."""
    print("| scatter | false alarms in 1,000 orders | one unit worse | two units worse |")
    print("|---|---|---|---|")
    for shape in SHAPES:
        wrong = sum(alarm_after(shape, seed, length=LENGTH) is not None for seed in range(RUNS))
        found = [
            statistics.median(
                alarm_after(shape, seed, length=LENGTH, worse=worse) or LENGTH
                for seed in range(RUNS // 5)
            )
            for worse in (1, 2)
        ]
        print(f"| {shape} | {wrong / RUNS:.1%} | {found[0]:.0f} orders | {found[1]:.0f} orders |")


if __name__ == "__main__":
    main()
