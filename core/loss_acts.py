"""What a person may say about the losses of an account: from where they count, and that it may go
on.

Rules of this file
1. A lower baseline allows more, so it is confirmed.
2. A drawdown that is still reached is not let go: only another baseline or limit makes it less.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal

from core import records as r
from core.answers import Denied, Done
from core.commands import ReleaseLoss, SetBaseline
from core.fold_cash import cash_of, losses_of
from core.losses import figure, measure, rules_of, shown_loss
from core.money import ZERO, plain
from core.risk.case import fresh_standing
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
    """Let the drawdowns of an account go."""
    name = command.account
    account = state.facts.setup.accounts.get(name)
    if account is None:
        return Denied(code="account_unknown", value=name)
    tripped = losses_of(state, name).tripped
    if not tripped:
        return Denied(code="loss_not_reached", value=name)
    if not command.reason.strip():
        return Denied(code="reason_missing", value=name)
    standing = fresh_standing(view, account, now)
    if standing is None:
        return Denied(code="equity_stale", value="no fresh equity", where=f"account:{name}")
    for rule in tripped:
        value = figure(account, standing.mark)
        measured = measure(state, account, rules_of(state, name)[rule], value)
        if measured is not None and measured.most is not None and measured.loss >= measured.most:
            loss, most = plain(shown_loss(measured.loss)), plain(measured.most)
            return Denied(code="loss_still_reached", value=loss, limit=most, where=name)
    yield r.LossReleased(
        at_ns=now, account=name, rules=tripped, by=command.by, reason=command.reason
    )
    return Done()
