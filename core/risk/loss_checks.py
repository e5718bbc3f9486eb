"""Checks of what an account lost (control 7).

Rules of this file
1. The newest figures refuse an entry by themselves; a limit that was reached refuses until it is
   let go.
2. What is not known refuses: stale figures, a day that has not begun, a balance that nobody
   explains where it matters.
"""

from __future__ import annotations

from typing import Final

from core.cash import doubtful
from core.loss_rows import LossRule
from core.losses import REACHED, Rule, figure, known_of
from core.money import ZERO, plain
from core.risk.case import Case
from core.risk.check import Check, missing
from core.risk.controls import Control

_DAILY_LOSS: Final = Control.DAILY_LOSS.value
_DAILY: Final = LossRule.DAILY
_DRAWDOWN: Final = LossRule.DRAWDOWN
_TRAILING: Final = LossRule.TRAILING
"""Named once: Python 3.11 takes long to look up a member of an enum, and each case asks."""


def daily_loss(case: Case) -> Check:
    """Compare what the account lost since its day began (control 7)."""
    rule, scope = case.kind.rules[_DAILY], case.kind.account
    if not rule.stops:
        return missing(_DAILY_LOSS, "daily_loss_max", scope)
    row = case.state.accounts.get(case.account.name)
    began = case.standing is not None and row is not None and row.day_equity is not None
    if began and row is not None and 0 < row.days_until_ns <= case.now:
        return _unknown("daily_loss_max", "day_not_started", "its calendar has ended", scope)
    return _check(case, rule, "daily_loss_max", ("day_not_started", "no equity at day start"))


def drawdown(case: Case) -> Check:
    """Compare what the account lost below its start balance (control 7)."""
    return _if_set(case, _DRAWDOWN, "drawdown_max")


def trailing_drawdown(case: Case) -> Check:
    """Compare what the account lost below its peak (control 7)."""
    return _if_set(case, _TRAILING, "trailing_drawdown_max")


def _if_set(case: Case, which: LossRule, name: str) -> Check:
    rule = case.kind.rules[which]
    if rule.stops:
        return _check(case, rule, name, ("baseline_missing", "no baseline"))
    scope = case.kind.account
    losses = case.state.losses.get(case.account.name)
    if losses is None or which not in losses.tripped:
        return Check(_DAILY_LOSS, name, "", "not measured", "not set", scope)
    return Check(_DAILY_LOSS, name, REACHED[which], "not measured", "not set", scope)


def _check(case: Case, rule: Rule, name: str, unknown: tuple[str, str]) -> Check:
    account, scope = case.account, case.kind.account
    if case.standing is None:
        return _unknown(name, "equity_stale", "no fresh equity", scope)
    mark = case.standing.mark
    kept = case.kind.known.get(rule.rule)
    known = known_of(case.state, account, rule, kept)
    if known is not kept:
        case.kind.known[rule.rule] = known
    found = known.found
    if found is None or found.most is None:
        return _unknown(name, *unknown, scope)
    measured, most = found.top + found.flows - figure(account, mark), found.most
    doubt = ZERO if known.rows[-1] is None else doubtful(case.state, mark)
    loss = measured + doubt if doubt > ZERO else measured
    limit, code = known.most, ""
    if known.tripped:
        code = REACHED[rule.rule]
    elif not loss < most:
        code = REACHED[rule.rule]
        if measured + min(doubt, ZERO) < most:
            return Check(_DAILY_LOSS, name, "balance_in_doubt", plain(doubt), limit, scope)
    lost = plain(loss) if loss > ZERO else "0"  # a profit is no loss
    return Check(_DAILY_LOSS, name, code, lost, limit, scope)


def _unknown(name: str, code: str, value: str, scope: str) -> Check:
    return Check(_DAILY_LOSS, name, code, value, "", scope)
