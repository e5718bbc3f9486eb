"""Losses, baselines and cash of accounts as rows: the same for API, page and command.

Rules of this file
1. A loss is measured by the core's own function, so that page and refusal never say two numbers.
2. Nothing is computed but sums that the state has.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from bridge.http import rows
from bridge.http.rows import Row, text_of
from core.cash_rows import CashEntry, CashNotice, CashRow
from core.loss_acts import BASELINES, baseline
from core.loss_rows import LossRule
from core.losses import Measured, is_tripped, measure, rules_of
from core.money import ZERO
from core.reports import AccountMark
from core.setup import Account
from core.state import State
from core.trade_rows import CooldownRow


class Losses(NamedTuple):
    """What an account may lose and from where it counts, copied out of the state. ``rules``: each
    with its loss at a figure of zero, and whether it is reached."""

    account: Account
    rules: tuple[tuple[LossRule, Measured | None, bool], ...]
    baselines: tuple[tuple[str, Decimal | None], ...]
    cash: CashRow
    cooldowns: tuple[CooldownRow, ...]

    @classmethod
    def of(cls, state: State, account: Account) -> Losses:
        """Copy one account. Runs between two batches."""
        name = account.name
        return cls(
            account=account,
            rules=tuple(
                (which, measure(state, account, rule, ZERO), is_tripped(state, name, which))
                for which, rule in rules_of(state, name).items()
                if rule.stops or is_tripped(state, name, which)
            ),
            baselines=tuple((what, baseline(state, name, what)) for what in BASELINES),
            cash=state.cash.get(name) or CashRow(account=name),
            cooldowns=tuple(row for row in state.cooldowns.values() if row.account == name),
        )

    @property
    def daily(self) -> tuple[Measured | None, bool] | None:
        """Return the rule of the day: measured at zero, and whether it is reached."""
        return next(((at, hit) for which, at, hit in self.rules if which is LossRule.DAILY), None)

    @classmethod
    def all(cls, state: State) -> list[Losses]:
        """Copy every configured account."""
        return [cls.of(state, account) for account in state.facts.setup.accounts.values()]


Figure = Callable[[str], AccountMark | None]
"""The newest figures of an account, where they are known."""


def loss_rows(seen: list[Losses], figure: Figure, now: int) -> list[Row]:
    """Write the losses of every account."""
    return [_account_row(one, figure(one.account.name), now) for one in seen]


def _account_row(seen: Losses, mark: AccountMark | None, now: int) -> Row:
    account, value = seen.account, None
    if mark is not None:
        value = mark.equity if account.loss.open_profit else mark.balance
    return {
        "account": account.name,
        "currency": account.currency,
        "figure": text_of(value),
        "on_breach": str(account.loss.on_breach),
        "rules": [rule_row(which, at, value, tripped=hit) for which, at, hit in seen.rules],
        "baselines": {what: text_of(number) for what, number in seen.baselines},
        "transfers": text_of(seen.cash.flows),
        "unnamed": [_entry_row(entry) for entry in seen.cash.unnamed],
        "announced": [_notice_row(one) for one in seen.cash.expected if one.until_ns > now],
        "cooldowns": [_cooldown_row(row) for row in seen.cooldowns if row.until_ns > now],
    }


def rule_row(which: LossRule, at: Measured | None, value: Decimal | None, *, tripped: bool) -> Row:
    """Write one rule: what is lost, of how much, and the figure at which it stops."""
    loss = None if at is None or value is None else max(at.loss - value, ZERO)
    most = None if at is None else at.most
    used = None
    if loss is not None and most:
        used = format(min(loss * 100 / most, Decimal(999)), ".1f")
    return {
        "rule": str(which),
        "loss": text_of(loss),
        "max": text_of(most),
        "warn": text_of(None if at is None else at.warn),
        "floor": text_of(None if at is None else at.floor),
        "used_percent": used,
        "tripped": tripped,
    }


def _entry_row(entry: CashEntry) -> Row:
    return {
        "entry": entry.entry,
        "amount": text_of(entry.amount),
        **rows.times(at_ns=entry.at_ns),
    }


def _notice_row(notice: CashNotice) -> Row:
    return {
        "kind": str(notice.kind),
        "amount": text_of(notice.amount),
        "by": notice.by,
        "reason": notice.reason,
        **rows.times(until_ns=notice.until_ns),
    }


def _cooldown_row(row: CooldownRow) -> Row:
    return {
        "strategy": row.strategy,
        "losses": row.losses,
        **rows.times(until_ns=row.until_ns),
    }
