"""The cool-down after losing trades (control 28).

Rules of this file
1. A trade counts when it is closed, with the fees known then: below zero it is a loss, else
   it ends the row. What others closed, and was no loss as far as it is known, does neither.
2. Trades that closed before the end of a cool-down are not counted again.
3. A cool-down is a record, so it survives a restart, and its end is a time. Exits pass.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from core import records as r
from core.money import ZERO
from core.setup import COOLDOWN_DEFAULT_S, SECOND_NS
from core.state import State

Steps = Generator[r.Record, None, None]

ACCOUNT: Final = ""
"""Instead of a strategy: all trades of an account."""


def newest_trade(state: State) -> tuple[int, str] | None:
    """Return the trade that closed last, to compare with later."""
    return state.trade_line[-1] if state.trade_line else None


def watch_trades(state: State, before: tuple[int, str] | None, now: int) -> Steps:
    """Begin a cool-down where a trade that closed since was one loss too many."""
    names: list[str] = []
    for item in reversed(state.trade_line):
        if item is before:
            break
        names.append(item[1])
    for name in reversed(names):
        trade = state.closed_trades[name]
        for strategy in (trade.strategy, ACCOUNT):
            yield from _judge(state, trade.account, strategy, now)


def _judge(state: State, account: str, strategy: str, now: int) -> Steps:
    scope = f"strategy:{strategy}" if strategy else f"account:{account}"
    limits = state.facts.setup.limits.get(scope)
    if limits is None or limits.losses_in_row_max is None:
        return
    row = state.cooldowns.get((account, strategy))
    if row is not None and now < row.until_ns:
        return
    losses = _in_row(state, account, strategy, row.until_ns if row is not None else 0)
    if losses < limits.losses_in_row_max:
        return
    seconds = COOLDOWN_DEFAULT_S if limits.cooldown_s is None else limits.cooldown_s
    yield r.CooldownStarted(
        at_ns=now,
        account=account,
        strategy=strategy,
        losses=losses,
        until_ns=now + seconds * SECOND_NS,
    )
    yield r.AlarmRaised(
        at_ns=now,
        code="cooldown_started",
        value=str(losses),
        limit=f"{seconds} s",
        where=f"{strategy} in account:{account}" if strategy else scope,
    )


def _in_row(state: State, account: str, strategy: str, since_ns: int) -> int:
    """Count the losing trades that closed one after the other up to now."""
    losses = 0
    for closed_ns, name in reversed(state.trade_line):
        if closed_ns < since_ns:
            break
        trade = state.closed_trades[name]
        if trade.account != account or strategy not in (ACCOUNT, trade.strategy):
            continue
        if trade.result < ZERO:
            losses += 1
        elif not trade.moved:
            break
    return losses
