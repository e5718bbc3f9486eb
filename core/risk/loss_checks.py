"""Checks of what an account lost (control 7).

Rules of this file
1. The newest figures refuse an entry by themselves; a limit that was reached refuses until it is
   let go.
2. What is not known refuses: stale figures, a day that has not begun, a balance that nobody
   explains where it matters.
"""

from __future__ import annotations

from core.cash import doubtful
from core.loss_rows import LossRule
from core.losses import NAMES, REACHED, Rule, figure, is_tripped, reference_of, shown_loss
from core.money import ZERO, plain
from core.risk.case import Case
from core.risk.check import Check, missing
from core.risk.controls import Control


def daily_loss(case: Case) -> Check:
    """Compare what the account lost since its day began (control 7)."""
    rule, scope = case.kind.rules[LossRule.DAILY], _scope(case)
    if not rule.stops:
        return missing(Control.DAILY_LOSS, "daily_loss_max", scope)
    row = case.state.accounts.get(case.account.name)
    began = case.standing is not None and row is not None and row.day_equity is not None
    if began and row is not None and 0 < row.days_until_ns <= case.now:
        return _unknown("daily_loss_max", "day_not_started", "its calendar has ended", scope)
    return _check(case, rule, "daily_loss_max", ("day_not_started", "no equity at day start"))


def drawdown(case: Case) -> Check:
    """Compare what the account lost below its start balance (control 7)."""
    return _if_set(case, LossRule.DRAWDOWN)


def trailing_drawdown(case: Case) -> Check:
    """Compare what the account lost below its peak (control 7)."""
    return _if_set(case, LossRule.TRAILING)


def _if_set(case: Case, which: LossRule) -> Check:
    rule, name = case.kind.rules[which], f"{NAMES[which]}_max"
    if rule.stops:
        return _check(case, rule, name, ("baseline_missing", "no baseline"))
    scope = case.kind.account
    if not is_tripped(case.state, case.account.name, which):
        return case.kind.passed(Control.DAILY_LOSS, name, "not measured", "not set", scope=scope)
    return Check(Control.DAILY_LOSS, name, REACHED[which], "not measured", "not set", scope)


def _check(case: Case, rule: Rule, name: str, unknown: tuple[str, str]) -> Check:
    account, scope = case.account, _scope(case)
    if case.standing is None:
        return _unknown(name, "equity_stale", "no fresh equity", scope)
    mark = case.standing.mark
    found = reference_of(case.state, account, rule)
    if found is None or found.most is None:
        return _unknown(name, *unknown, scope)
    measured, most = found.top + found.flows - figure(account, mark), found.most
    doubt = doubtful(case.state, mark)
    loss = measured + max(doubt, ZERO)
    limit, code = plain(most), ""
    if is_tripped(case.state, account.name, rule.rule):
        code = REACHED[rule.rule]
    elif not loss < most:
        code = REACHED[rule.rule]
        if measured + min(doubt, ZERO) < most:
            return Check(Control.DAILY_LOSS, name, "balance_in_doubt", plain(doubt), limit, scope)
    return Check(Control.DAILY_LOSS, name, code, plain(shown_loss(loss)), limit, scope)


def _unknown(name: str, code: str, value: str, scope: str) -> Check:
    return Check(Control.DAILY_LOSS, name, code, value, "", scope)


def _scope(case: Case) -> str:
    return case.kind.account
