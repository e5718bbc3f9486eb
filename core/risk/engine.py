"""The risk engine: all checks on one case, and the verdict as a type.

Rules of this file
1. ``Approved`` is made here and nowhere else; an order is intended from nothing but an ``Approved``.
2. All checks run and are recorded; the strictest effect wins, and the first check with it names the verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from core.risk.case import Case
from core.risk.checks import CHECKS, Check
from core.risk.controls import Control, Effect, effect_of

_encoder: Final = msgspec.json.Encoder()

SKIPPED_AT_RELEASE: Final = frozenset({Control.RATE, Control.AGE, Control.DUPLICATE})
"""A held order was admitted when it came; it is judged again on everything but when and how often it came."""


@dataclass(frozen=True, slots=True)
class Approved:
    """Nothing stands against it."""

    case: Case
    checks: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Held:
    """It may pass later; ``check`` says what it waits for."""

    case: Case
    check: Check
    checks: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Refused:
    """It may not pass; ``check`` is the first that refused."""

    check: Check
    checks: msgspec.Raw


Verdict = Approved | Held | Refused

_RANK: Final = {Effect.PASS: 0, Effect.HOLD: 1, Effect.REFUSE: 2}


def judge(case: Case, before: tuple[Check, ...] = ()) -> Verdict:
    """Run every check on a case. ``before``: answers found on the way here, recorded with the rest."""
    release = case.own is not None
    answers = [
        *before,
        *(check(case) for check in CHECKS),
    ]
    if release:
        answers = [answer for answer in answers if answer.control not in SKIPPED_AT_RELEASE]
    worst, culprit = 0, None
    for answer in answers:
        if not answer.code:
            continue
        rank = _RANK[effect_of(Control(answer.control), case.purpose, case.mode)]
        if rank > worst:
            worst, culprit = rank, answer
    checks = msgspec.Raw(_encoder.encode(answers))
    if culprit is None:
        return Approved(case, checks)
    if worst == _RANK[Effect.HOLD]:
        return Held(case, culprit, checks)
    return Refused(culprit, checks)
