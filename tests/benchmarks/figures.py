"""Figures: how a row is measured, compared with its goal, and printed."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``value`` is held against two goals; ``higher``: more is better."""

    name: str
    value: float
    unit: str
    reach: float
    aim: float
    higher: bool = False
    detail: str = ""

    @property
    def verdict(self) -> str:
        """Say which goal it meets."""
        for goal, word in ((self.aim, "aim"), (self.reach, "reach")):
            if self.value >= goal if self.higher else self.value <= goal:
                return word
        return "MISSED"

    def text(self) -> str:
        """Write the row for people."""
        goal = f"reach {_short(self.reach)}, aim {_short(self.aim)}"
        head = f"{self.name:<58} {_short(self.value):>9} {self.unit:<10} {self.verdict:<7} ({goal})"
        return f"{head}\n    {self.detail}" if self.detail else head


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value below which ``share`` of all lie."""
    ordered = sorted(values)
    assert ordered, "something was measured"
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


def machine() -> str:
    """Name what it ran on."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {platform.system()} {platform.machine()}"
