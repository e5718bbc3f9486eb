"""The checks: one small pure function a question.

Rules of this file
1. A check measures, and compares with one limit of one scope. What follows from a failure is in the
   table of ``core.risk.controls``.
2. All checks run, and all of them are recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from core.loss_rows import LossRule
from core.risk.calendar_checks import calendar
from core.risk.case import Case
from core.risk.check import Check
from core.risk.fill_checks import drift
from core.risk.gate_checks import (
    age,
    allow_list,
    arming,
    kill_switch,
    link,
    message_rate,
    reconciliation,
    rejects,
    signal_rate,
    trading_state,
)
from core.risk.input_checks import clock, market_data
from core.risk.loop_checks import orders_asked, repeated_execution
from core.risk.loss_checks import daily_loss, drawdown, trailing_drawdown
from core.risk.margin_checks import cooldown, margin
from core.risk.match_checks import self_match
from core.risk.order_checks import collar, quantity, value
from core.risk.stake_checks import gross, open_orders, position, unknown_cap
from core.state import AccountRow, State

Checks = tuple[Callable[[Case], Check], ...]

GATES: Final[Checks] = (allow_list, kill_switch, link, reconciliation, trading_state)

RELEASE_CHECKS: Final[Checks] = (
    *GATES,
    arming,
    calendar,
    quantity,
    value,
    collar,
    market_data,
    clock,
    position,
    gross,
    open_orders,
    daily_loss,
    drawdown,
    trailing_drawdown,
    margin,
    cooldown,
    unknown_cap,
    rejects,
    drift,
    self_match,
)
"""For a held order, which was admitted when it came: everything but when and how often it came."""

CHECKS: Final[Checks] = (
    *GATES,
    age,
    *RELEASE_CHECKS[len(GATES) :],
    signal_rate,
    message_rate,
    repeated_execution,
    orders_asked,
)
"""In the order in which a person would ask; the first that refuses names the refusal."""

_STEADY: Final = frozenset({*GATES, arming, cooldown, unknown_cap, rejects})
"""What follows from the kind of order and the account's row alone, while it ``is_calm``."""


def is_calm(state: State, row: AccountRow) -> bool:
    """Say whether nothing is halted, paused, in doubt or about to end by itself: then most gates
    say the same of one order as of the next."""
    return not (
        state.halts
        or state.doubts
        or state.breakers
        or state.cooldowns
        or row.differs_ns
        or row.armed_until_ns
    )


def steady_for(case: Case) -> frozenset[Callable[[Case], Check]]:
    """Return the checks whose answers stay while the rows of the account and of its losses stand
    and it ``is_calm``."""
    found = set(_STEADY)
    if not case.instrument.scheduled and not case.state.facts.setup.futures:
        found.add(calendar)
    for rule, check in ((LossRule.DRAWDOWN, drawdown), (LossRule.TRAILING, trailing_drawdown)):
        if not case.kind.rules[rule].stops:
            found.add(check)
    return frozenset(found)
