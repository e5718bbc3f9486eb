"""The risk engine: all checks on one case, and the verdict as a type.

Rules of this file
1. ``Approved`` and ``Held`` are made here and nowhere else; an order is intended from nothing but
   them.
2. All checks run and are recorded; the strictest effect wins, and the first check with it names the
   verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from core.loss_rows import LossRow
from core.risk.case import Case
from core.risk.checks import CHECKS, RELEASE_CHECKS, Check, Checks, is_calm, steady_for
from core.risk.controls import Control, Effect, effect_of
from core.risk.leg_checks import legs_first
from core.state import AccountRow

_encoder: Final = msgspec.json.Encoder()


class Approved(msgspec.Struct, frozen=True):
    """Nothing stands against it."""

    case: Case
    checks: msgspec.Raw


class Held(msgspec.Struct, frozen=True):
    """It may pass later; ``check`` says what it waits for."""

    case: Case
    check: Check
    checks: msgspec.Raw


class Refused(msgspec.Struct, frozen=True):
    """It may not pass; ``check`` is the first that refused."""

    check: Check
    checks: msgspec.Raw


Verdict = Approved | Held | Refused


def judge(case: Case, *before: Check) -> Verdict:
    """Run every check on a case. ``before``: answers found on the way here, recorded as well."""
    answers = _answers(case, RELEASE_CHECKS if case.own else CHECKS, before)
    culprit: Check | None = None
    refused = False
    for answer in answers:
        if not answer.code:
            continue
        waits = answer.code in case.account.hold
        effect = effect_of(Control(answer.control), case.purpose, case.mode, waits=waits)
        if effect is Effect.REFUSE:
            culprit, refused = answer, True
            break
        if effect is Effect.HOLD and culprit is None:
            culprit = answer
    checks = msgspec.Raw(_encoder.encode(answers))
    if culprit is None:
        waits = legs_first(case)
        return Approved(case, checks) if waits is None else Held(case, waits, checks)
    return Refused(culprit, checks) if refused else Held(case, culprit, checks)


class Kept(msgspec.Struct, frozen=True, gc=False):
    """Answers of ``checks`` to one kind of order, which hold while the two rows stand, and where
    in them the others go, which are asked anew."""

    row: AccountRow
    losses: LossRow | None
    checks: Checks
    answers: list[Check]
    anew: tuple[tuple[int, Callable[[Case], Check]], ...]


def _answers(case: Case, checks: Checks, before: tuple[Check, ...]) -> list[Check]:
    """Ask every check; what was found ``before`` comes first. What is steady is asked anew only
    once the account's row is another one: orders come by the second, and what those checks look at
    changes by the minute."""
    state, name = case.state, case.account.name
    row, losses = state.accounts.get(name), state.losses.get(name)
    if row is None or not is_calm(state, row):
        return [*before, *[check(case) for check in checks]]
    key = (case.side, case.type, case.purpose, case.own is None)
    kept: Kept | None = case.kind.kept.get(key)
    if (
        kept is None
        or kept.row is not row
        or kept.losses is not losses
        or kept.checks is not checks
    ):
        steady = steady_for(case)
        anew = tuple([(at, check) for at, check in enumerate(checks) if check not in steady])
        kept = Kept(row, losses, checks, [check(case) for check in checks], anew)
        case.kind.kept[key] = kept
    answers = kept.answers.copy()
    for at, check in kept.anew:
        answers[at] = check(case)
    return [*before, *answers]
