"""What a person may say about the losses of an account: from where they count, and that it may go
on.

Rules of this file
1. A lower baseline allows more, so it is confirmed.
2. What is still reached is not let go: only another baseline or limit makes it less.
3. A day is over once its limit was reached, wherever the equity goes: it is let go only after a
   person raised the limit, or lowered where the day counts from.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal

from core import records as r
from core.answers import Denied, Done
from core.cash import doubtful
from core.commands import ReleaseLoss, SetBaseline
from core.fold_cash import cash_of, losses_of
from core.loss_rows import LossRule
from core.losses import figure, is_tripped, measure, rules_of, shown_loss
from core.money import ZERO, plain
from core.reports import AccountMark
from core.risk.case import fresh_standing
from core.setup import Account
from core.state import State
from core.view import View

Decision = Generator[r.Record, None, Done | Denied]

BASELINES = ("start", "day", "peak")
"""What a person can set: where drawdown, daily loss and trailing drawdown are counted from."""


def set_baseline(state: State, command: SetBaseline, now: int) -> Decision:
    """Count losses from a person's number, such as the one that a prop firm shows."""
    name, what, value = command.account, command.what, command.value
    if name not in state.facts.setup.accounts:
        return Denied(code="account_unknown", value=name)
    if what not in BASELINES or value <= ZERO:
        said = f"{what} {plain(value)}"
        return Denied(code="baseline_unknown", value=said, limit=", ".join(BASELINES))
    if not command.reason.strip():
        return Denied(code="reason_missing", value=f"{what} of {name}")
    was = baseline(state, name, what)
    if was is not None and value < was and not command.confirmed:
        change = f"{what} of {name}: {plain(was)} -> {plain(value)}"
        return Denied(code="confirm_missing", value=change)
    yield r.BaselineSet(
        at_ns=now, account=name, what=what, value=value, by=command.by, reason=command.reason
    )
    return Done()


def baseline(state: State, account: str, what: str) -> Decimal | None:
    """Return a baseline as a person would say it now: transfers since are in it."""
    losses, flows = losses_of(state, account), cash_of(state, account).flows
    if what == "start":
        return None if losses.base is None else losses.base - losses.base_flows + flows
    if what == "peak":
        return None if losses.peak is None else losses.peak + flows
    row = state.accounts.get(account)
    if row is None or row.day_equity is None:
        return None
    return row.day_equity - losses.day_flows + flows


def release_loss(state: State, view: View, command: ReleaseLoss, now: int) -> Decision:
    """Let go what is reached no more: the drawdowns together, and the day whose limit was wrong."""
    name = command.account
    account = state.facts.setup.accounts.get(name)
    if account is None:
        return Denied(code="account_unknown", value=name)
    drawdowns = losses_of(state, name).tripped
    daily = (LossRule.DAILY,) if is_tripped(state, name, LossRule.DAILY) else ()
    if not (drawdowns or daily):
        return Denied(code="loss_not_reached", value=name)
    if not command.reason.strip():
        return Denied(code="reason_missing", value=name)
    standing = fresh_standing(view, account, now)
    if standing is None:
        return Denied(code="equity_stale", value="no fresh equity", where=f"account:{name}")
    rules: tuple[LossRule, ...] = ()
    denied: list[Denied] = []
    for group in (drawdowns, daily):
        held = [_holds(state, account, rule, standing.mark) for rule in group]
        refusals = [one for one in held if one is not None]
        denied += refusals
        rules += () if refusals else group
    if not rules:
        return denied[0]
    yield r.LossReleased(at_ns=now, account=name, rules=rules, by=command.by, reason=command.reason)
    return Done(act=", ".join(rules))


def _holds(state: State, account: Account, rule: LossRule, mark: AccountMark) -> Denied | None:
    """Say why a limit that was reached is not let go; ``None``: it can be."""
    measured = measure(state, account, rules_of(state, account.name)[rule], figure(account, mark))
    if measured is None or measured.most is None:
        return None
    loss = measured.loss + max(doubtful(state, mark), ZERO)
    said, most = plain(shown_loss(loss)), plain(measured.most)
    if loss >= measured.most:
        return Denied(code="loss_still_reached", value=said, limit=most, where=account.name)
    row = losses_of(state, account.name)
    raised = row.day_most is not None and measured.most > row.day_most
    if rule is LossRule.DAILY and not (raised or row.day_lowered):
        return Denied(code="daily_loss_holds", value=said, limit=most, where=account.name)
    return None
