"""What a rehearsal found: facts in the words of people who trade, for the screen and as JSON.

Rules of this file
1. A sentence says what happened or what was done about it; nothing of the bridge's insides.
2. Money is in the account's currency, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from core.money import shown

PLACES: Final = 2
"""Fraction digits of money in a sentence."""


class Verdict(StrEnum):
    """How one rehearsed failure ended."""

    OK = "ok"
    ATTENTION = "attention"  # the configuration makes it impossible to show, or weak
    FAILED = "failed"  # the bridge did not do what it promises


_RANK: Final = (Verdict.OK, Verdict.ATTENTION, Verdict.FAILED)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of several verdicts; of none it is ``ok``."""
    return max(verdicts, key=_RANK.index, default=Verdict.OK)


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, so many nanoseconds after the scene began."""

    at_ns: int
    text: str

    @property
    def at(self) -> str:
        """Write the time as seconds."""
        return f"+{self.at_ns / 1e9:.1f} s"


@dataclass(frozen=True, slots=True)
class Advice:
    """Something in the configuration that a person should look at, and what to write."""

    sentence: str
    fix: str


@dataclass(slots=True)
class Played:
    """One scene that was played."""

    name: str
    title: str
    moments: list[Moment] = field(default_factory=list[Moment])
    handled: list[str] = field(default_factory=list[str])
    without: list[str] = field(default_factory=list[str])
    advice: list[Advice] = field(default_factory=list[Advice])
    wrong: list[str] = field(default_factory=list[str])

    @property
    def verdict(self) -> Verdict:
        """Judge it by what was found."""
        if self.wrong:
            return Verdict.FAILED
        return Verdict.ATTENTION if self.advice else Verdict.OK

    @property
    def summary(self) -> str:
        """Say it in one sentence."""
        if self.wrong:
            return self.wrong[0]
        return self.advice[0].sentence if self.advice else " ".join(self.handled[:1])

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        return {
            "scene": self.name,
            "title": self.title,
            "verdict": self.verdict,
            "timeline": [
                {"at_s": moment.at_ns / 1e9, "text": moment.text} for moment in self.moments
            ],
            "handled": self.handled,
            "without": self.without,
            "advice": [{"sentence": one.sentence, "fix": one.fix} for one in self.advice],
            "wrong": self.wrong,
        }


@dataclass(slots=True)
class Programme:
    """All scenes for one account of one route. ``facts``: what was chosen, for JSON."""

    route: str
    account: str
    opening: str
    notes: list[str]
    facts: dict[str, Any]
    played: list[Played] = field(default_factory=list[Played])

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        return {
            "route": self.route,
            "account": self.account,
            **self.facts,
            "notes": self.notes,
            "scenes": [played.as_dict() for played in self.played],
        }


def money(amount: Decimal, currency: str) -> str:
    """Write an amount of money."""
    return f"{shown(amount, PLACES)} {currency}"
