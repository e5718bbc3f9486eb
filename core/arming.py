"""Arming: a person lets an account open positions with real money (control 23).

Rules of this file
1. An arming belongs to one account as it is configured now: with another venue, currency or kind of
   position it is another account, and armed no more. Limits have an act of their own.
2. It has no end unless one was asked for, and survives a restart.
3. Nobody needs to be armed to become smaller: exits, legs and cancels pass always.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from core import records as r
from core.answers import Denied, Done
from core.commands import Arm, Disarm
from core.ids import name_of
from core.setup import Account
from core.state import AccountRow, State

Decision = Generator[r.Record, None, Done | Denied]
Steps = Generator[r.Record, None, None]

BRIDGE: Final = "bridge"
"""Who disarms when no person does."""

CHANGED: Final = "its configuration is another one"
OVER: Final = "its time was over"


def fingerprint(account: Account) -> str:
    """Name what an arming is for: where the account trades, in what money, and how it keeps
    positions."""
    kinds = (account.live, account.spot, account.hedging, account.allow_opposed)
    words = (account.name, account.venue, account.exchange, account.currency)
    return name_of("arming", *words, *(str(kind) for kind in kinds))


def arm(state: State, command: Arm, now: int) -> Decision:
    """Arm an account."""
    name = command.account
    account = state.facts.setup.accounts.get(name)
    if account is None:
        return Denied(code="account_unknown", value=name)
    if not account.live:
        return Denied(code="arm_not_live", value=name)
    if not command.reason.strip():
        return Denied(code="reason_missing", value=f"arming of {name}")
    if command.until_ns and command.until_ns <= now:
        return Denied(code="arm_time_over", value=name)
    if not command.durable:
        return Denied(code="arm_store_weak", value=name)
    if not command.confirmed:
        return Denied(code="confirm_missing", value=f"real money in {name}")
    yield r.AccountArmed(
        at_ns=now,
        account=name,
        fingerprint=fingerprint(account),
        by=command.by,
        reason=command.reason,
        until_ns=command.until_ns,
    )
    return Done()


def disarm(state: State, command: Disarm, now: int) -> Decision:
    """Let an account open nothing any more."""
    row = state.accounts.get(command.account)
    if command.account not in state.facts.setup.accounts:
        return Denied(code="account_unknown", value=command.account)
    if row is None or not row.armed_for:
        return Denied(code="arm_not_armed", value=command.account)
    if not command.reason.strip():
        return Denied(code="reason_missing", value=f"disarming of {command.account}")
    yield r.AccountDisarmed(
        at_ns=now, account=command.account, by=command.by, reason=command.reason
    )
    return Done()


def disarm_changed(state: State, now: int) -> Steps:
    """End the arming of accounts that are configured otherwise since."""
    for row in _armed(state):
        account = state.facts.setup.accounts.get(row.account)
        if account is None or fingerprint(account) != row.armed_for:
            yield from _ended(row, CHANGED, now)


def disarm_due(state: State, now: int) -> Steps:
    """End armings whose time is over."""
    for row in _armed(state):
        if row.armed_until_ns and now >= row.armed_until_ns:
            yield from _ended(row, OVER, now)


def arming_due(state: State) -> int | None:
    """Return when the next arming ends, ``None`` when none does."""
    return min((row.armed_until_ns for row in _armed(state) if row.armed_until_ns), default=None)


def _armed(state: State) -> list[AccountRow]:
    return [row for row in state.accounts.values() if row.armed_for]


def _ended(row: AccountRow, why: str, now: int) -> Steps:
    where = f"account:{row.account}"
    yield r.AccountDisarmed(at_ns=now, account=row.account, by=BRIDGE, reason=why)
    yield r.AlarmRaised(at_ns=now, code="arming_ended", value=why, limit=row.account, where=where)
