"""The risk engine: all checks on one case, and the verdict as a type.

Rules of this file
1. ``Approved`` and ``Held`` are made here and nowhere else; an order is intended from nothing but
   them.
2. All checks run and are recorded; the strictest effect wins, and the first check with it names the
   verdict.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Final

import msgspec

from core.risk.case import Case
from core.risk.checks import CHECKS, GATES, RELEASE_CHECKS, Check, Checks
from core.risk.controls import Control, Effect, effect_of
from core.risk.leg_checks import legs_first

_encoder: Final = msgspec.json.Encoder()

_CODE: Final = attrgetter("code")


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
    for answer in filter(_CODE, answers):
        if refused:
            break
        waits = answer.code in case.account.hold
        effect = effect_of(Control(answer.control), case.purpose, case.mode, waits=waits)
        if effect is Effect.REFUSE:
            culprit, refused = answer, True
        elif effect is Effect.HOLD and culprit is None:
            culprit = answer
    checks = msgspec.Raw(_encoder.encode(answers))
    if culprit is None:
        waits = legs_first(case)
        return Approved(case, checks) if waits is None else Held(case, waits, checks)
    return Refused(culprit, checks) if refused else Held(case, culprit, checks)


def _answers(case: Case, checks: Checks, before: tuple[Check, ...]) -> list[Check]:
    """Ask every check; what was found ``before`` comes first. The gates are asked anew only once
    the account's row is another one: orders come by the second, and what they look at changes by
    the minute."""
    row = case.state.accounts.get(case.account.name)
    begin = len(GATES)
    if checks[:begin] != GATES or case.state.halts or row is None or row.differs_ns:
        return [*before, *[check(case) for check in checks]]
    key = (case.side, case.type, case.purpose)
    kept = case.kind.gates.get(key)
    if kept is None or kept[0] is not row:
        kept = case.kind.gates[key] = (row, [check(case) for check in GATES])
    return [*before, *kept[1], *[check(case) for check in checks[begin:]]]
