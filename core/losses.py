"""What an account lost by each of its rules: since its day began, below its start balance, below
its peak (control 7).

Rules of this file
1. A transfer, and a change of the balance that nobody named, is taken out of every figure: it is
   neither profit nor loss.
2. An amount and a percentage that are both set hold together; the smaller one is reached first.
3. Nothing is decided here: a check refuses by it, and the ledger latches by it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from core.cash_rows import CashRow
from core.loss_rows import LossRow, LossRule
from core.money import ZERO, plain
from core.reports import AccountMark
from core.setup import Account, Limits
from core.state import AccountRow, State

NAMES: Final = {
    LossRule.DAILY: "daily_loss",
    LossRule.DRAWDOWN: "drawdown",
    LossRule.TRAILING: "trailing_drawdown",
}
"""How the limits of each rule begin."""

REACHED: Final = {
    LossRule.DAILY: "daily_loss_reached",
    LossRule.DRAWDOWN: "drawdown_reached",
    LossRule.TRAILING: "trailing_drawdown_reached",
}
WARNING: Final = {
    LossRule.DAILY: "daily_loss_warning",
    LossRule.DRAWDOWN: "drawdown_warning",
    LossRule.TRAILING: "trailing_drawdown_warning",
}
"""The codes of each rule."""

_NO_LOSSES: Final = LossRow(account="")
_NO_CASH: Final = CashRow(account="")


class Rule(NamedTuple):
    """One rule of an account with its limits, in money and in percent. ``stops``: it has any that
    stops."""

    rule: LossRule
    most: Decimal | None
    most_percent: Decimal | None
    warn: Decimal | None
    warn_percent: Decimal | None
    stops: bool


class Measured(NamedTuple):
    """A loss, and in money where it stops and warns; ``floor``: the figure at which it stops."""

    loss: Decimal
    most: Decimal | None
    warn: Decimal | None
    floor: Decimal | None


def rules_of(state: State, account: str) -> dict[LossRule, Rule]:
    """Return the rules of an account, worked out once while the configuration stands."""
    key = ("loss rules", account)
    rules: dict[LossRule, Rule] | None = state.caches.get(key)
    if rules is None:
        limits = state.facts.setup.limits.get(f"account:{account}") or Limits()
        rules = {rule: _rule(limits, rule, name) for rule, name in NAMES.items()}
        state.caches[key] = rules
    return rules


def _rule(limits: Limits, rule: LossRule, name: str) -> Rule:
    most, percent = getattr(limits, f"{name}_max"), getattr(limits, f"{name}_percent_max")
    warn, warn_percent = getattr(limits, f"{name}_warn"), getattr(limits, f"{name}_percent_warn")
    stops = most is not None or percent is not None
    return Rule(rule, most, percent, warn, warn_percent, stops)


def figure(account: Account, mark: AccountMark) -> Decimal:
    """Return the figure that counts: with open profit, or the balance alone."""
    return mark.equity if account.loss.open_profit else mark.balance


class Reference(NamedTuple):
    """From where a loss counts: ``top`` less the ``flows`` since; ``whole``: what percents are of;
    ``most``: the loss that stops."""

    top: Decimal
    whole: Decimal
    flows: Decimal
    most: Decimal | None


class Known(NamedTuple):
    """From where a loss counts, the loss that stops in words, whether it was reached and holds, and
    the rows from which all that follows."""

    rows: tuple[AccountRow | None, LossRow | None, CashRow | None]
    found: Reference | None
    most: str
    tripped: bool


def reference_of(state: State, account: Account, rule: Rule) -> Reference | None:
    """Say from where a loss counts; ``None``: that is not known."""
    losses = state.losses.get(account.name, _NO_LOSSES)
    flows = state.cash.get(account.name, _NO_CASH).flows
    if rule.rule is LossRule.DAILY:
        row = state.accounts.get(account.name)
        if row is None or row.day_equity is None:
            return None
        whole = row.day_equity
        top = whole - losses.day_flows
    else:
        if losses.base is None:
            return None
        whole = losses.base
        top = whole - losses.base_flows
    most = _least(rule.most, rule.most_percent, whole)
    if rule.rule is LossRule.TRAILING:
        if losses.peak is None:
            return None
        lock = account.loss.trailing_lock
        peak = losses.peak
        top = peak if lock is None or most is None else min(peak, top + lock + most)
    return Reference(top, whole, flows, most)


def known_of(state: State, account: Account, rule: Rule, kept: Known | None) -> Known:
    """Say the same; what was ``kept`` holds while the rows stand from which it follows."""
    name = account.name
    rows = (state.accounts.get(name), state.losses.get(name), state.cash.get(name))
    if kept is not None and kept.rows == rows:
        return kept
    found = reference_of(state, account, rule)
    most = "" if found is None or found.most is None else plain(found.most)
    return Known(rows, found, most, is_tripped(state, name, rule.rule))


def measure(state: State, account: Account, rule: Rule, value: Decimal) -> Measured | None:
    """Measure a loss at a figure of the account; ``None``: from where it counts is not known."""
    found = reference_of(state, account, rule)
    if found is None:
        return None
    top, whole, flows, most = found
    floor = None if most is None else top - most + flows
    return Measured(top + flows - value, most, _least(rule.warn, rule.warn_percent, whole), floor)


def _least(amount: Decimal | None, percent: Decimal | None, whole: Decimal) -> Decimal | None:
    share = None if percent is None else whole * percent / 100
    if amount is None or share is None:
        return share if amount is None else amount
    return min(amount, share)


def is_tripped(state: State, account: str, rule: LossRule) -> bool:
    """Say whether a limit was reached and holds."""
    if rule is LossRule.DAILY:
        row = state.accounts.get(account)
        return row is not None and bool(row.tripped_ns)
    losses = state.losses.get(account)
    return losses is not None and rule in losses.tripped


def is_warned(state: State, account: str, rule: LossRule) -> bool:
    """Say whether a warning was given and holds."""
    if rule is LossRule.DAILY:
        row = state.accounts.get(account)
        return row is not None and bool(row.warned_ns)
    losses = state.losses.get(account)
    return losses is not None and rule in losses.warned


def shown_loss(loss: Decimal) -> Decimal:
    """Return a loss for people: a profit is none."""
    return max(loss, ZERO)
