"""Answers that the risk engine keeps: at every judgement of a run they are those that the checks
would give if they were asked."""

from __future__ import annotations

import pytest

from core.risk import engine
from core.risk.case import Case
from core.risk.checks import Check, Checks
from tests.simulation.run import run

SEEDS = range(40, 52)
STEPS = 150


def test_an_answer_that_is_kept_is_the_one_that_would_be_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Through halts, doubts, fills, limits that are lowered, restarts and days that end; and most
    of what is judged is answered by what was kept."""
    asked: list[tuple[bool, list[str]]] = []
    give = engine._answers

    def compared(case: Case, checks: Checks, before: tuple[Check, ...]) -> list[Check]:
        kept = dict(case.kind.kept)
        answers = give(case, checks, before)
        fresh = [*before, *[check(case) for check in checks]]
        wrong = [
            f"{one} is not {now}" for one, now in zip(answers, fresh, strict=True) if one != now
        ]
        asked.append((any(case.kind.kept.get(key) is row for key, row in kept.items()), wrong))
        return answers

    monkeypatch.setattr(engine, "_answers", compared)
    for seed in SEEDS:
        assert [] == run(seed, STEPS).violations

    assert [] == [wrong for _, wrong in asked if wrong]
    assert sum(was for was, _ in asked) > 100
