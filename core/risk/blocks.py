"""What would stop an entry now, before anybody sends one: the checks themselves are asked.

Rules of this file
1. No second truth: an entry of the smallest size is put before the very checks that judge entries,
   and what they answer is what is told.
2. Only what stands by itself is asked for: where an account, its strategies and its instruments
   are. Sizes, prices, ages and rates are of the entry that comes.
3. Contracts that have rolled and are closed are left out: nobody is to open them.
4. One line for each reason: what holds for several strategies or instruments is told once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from core.contracts import is_past
from core.ledger import day_after
from core.loss_rows import LossRule
from core.losses import REACHED
from core.orders import OrderType, Purpose, Side
from core.risk.calendar_checks import calendar
from core.risk.case import Case
from core.risk.check import Check
from core.risk.checks import Checks
from core.risk.controls import Control, Effect, effect_of
from core.risk.fill_checks import drift
from core.risk.gate_checks import (
    arming,
    kill_switch,
    link,
    reconciliation,
    rejects,
    trading_state,
)
from core.risk.input_checks import clock, market_data
from core.risk.loop_checks import repeated_execution
from core.risk.loss_checks import daily_loss, drawdown, trailing_drawdown
from core.risk.margin_checks import cooldown
from core.risk.stake_checks import unknown_cap
from core.schedules import hours
from core.setup import Account, Strategy
from core.state import State
from core.view import View

OF_ACCOUNT: Final[Checks] = (
    kill_switch,
    link,
    trading_state,
    reconciliation,
    arming,
    clock,
    daily_loss,
    drawdown,
    trailing_drawdown,
    cooldown,
)
OF_STRATEGY: Final[Checks] = (kill_switch, rejects, cooldown, repeated_execution, unknown_cap)
OF_INSTRUMENT: Final[Checks] = (unknown_cap, calendar, market_data)
OF_BOTH: Final[Checks] = (drift,)
"""The checks whose answers depend on no more than this."""

_OF_THE_ENTRY: Final = frozenset({"drift_over_limit"})
"""Codes of these checks that depend on the side and the price of the entry that comes."""

PAIRS_MAX: Final = 200
"""Strategies and instruments of one account that are asked for: more would hold the loop up for
every look at a page. Reasons of the account itself are asked for first."""


class Block(NamedTuple):
    """One reason. ``holds``: an entry waits for it instead of being refused. ``scopes``: where the
    same holds. ``until_ns``: when it ends by itself; 0: nobody knows, or a person ends it."""

    check: Check
    holds: bool
    scopes: tuple[str, ...]
    until_ns: int = 0


def blocks_of(state: State, view: View, account: Account, now: int) -> list[Block]:
    """Say why entries of an account would not pass now; nothing: none of this stands against
    them."""
    found: dict[tuple[str, bool], Block] = {}
    if not view.durable:
        check = Check(Control.TRADING_STATE, "store", "store_unavailable", "", "", "global")
        found[check.code, False] = Block(check, holds=False, scopes=("global",))
    for case, checks in _cases(state, view, account, now):
        for check in (ask(case) for ask in checks):
            if check.code and check.code not in _OF_THE_ENTRY:
                _add(found, case, check)
    return list(found.values())


def _add(found: dict[tuple[str, bool], Block], case: Case, check: Check) -> None:
    """Add what an answer does to an entry, as the risk engine reads it."""
    chosen = check.code in case.account.hold
    effect = effect_of(Control(check.control), Purpose.ENTRY, case.mode, waits=chosen)
    holds = effect is Effect.HOLD
    known = found.get((check.code, holds))
    if effect is Effect.PASS:
        return
    if known is None:
        if holds and not chosen and any(one.holds for one in found.values()):
            return  # it waits for the first; the rest is judged when that is over
        until_ns = _until_ns(case, check)
        found[check.code, holds] = Block(check, holds, (check.scope,), until_ns)
    elif check.scope not in known.scopes and check.control != Control.TRADING_STATE:
        found[check.code, holds] = known._replace(scopes=(*known.scopes, check.scope))


def _cases(state: State, view: View, account: Account, now: int) -> Iterator[tuple[Case, Checks]]:
    """Put the smallest entry of each strategy, and in each instrument, before its checks."""
    setup = state.facts.setup
    routes = [one for one in setup.routes.values() if account.name in one.accounts]
    names = dict.fromkeys(name for route in routes for name in route.strategies)
    pairs: list[tuple[Strategy, str]] = []
    for name in names:
        strategy = setup.strategies.get(name)
        if strategy is not None:
            known = [one for one in strategy.instruments if one in setup.instruments]
            pairs += [(strategy, one) for one in known if not is_past(state, one, now)]
    first, strategies, instruments, asked = OF_ACCOUNT, set[str](), set[str](), 0
    for strategy, instrument in pairs:
        new = strategy.name not in strategies, instrument not in instruments
        filled = (account.name, instrument, strategy.name) in state.drifts
        if not filled and not any(new):
            continue
        strategies.add(strategy.name)
        instruments.add(instrument)
        case = _case(state, view, now, account=account, strategy=strategy, instrument=instrument)
        yield case, (*first, *(OF_STRATEGY * new[0]), *(OF_INSTRUMENT * new[1]), *OF_BOTH)
        first, asked = (), asked + 1
        if asked == PAIRS_MAX:
            return


def _case(
    state: State, view: View, now: int, *, account: Account, strategy: Strategy, instrument: str
) -> Case:
    found = state.facts.setup.instruments[instrument]
    return Case(
        state,
        view,
        now,
        account=account,
        instrument=found,
        strategy=strategy.name,
        purpose=Purpose.ENTRY,
        side=Side.SELL if strategy.sides == (Side.SELL,) else Side.BUY,
        quantity=found.quantity_min,
        order_type=OrderType.MARKET,
        price=None,
        trigger=None,
    )


def _until_ns(case: Case, check: Check) -> int:
    """Return when a reason ends by itself, as far as that is known."""
    state, account, strategy = case.state, case.account.name, case.strategy
    row = state.accounts.get(account)
    match check.code:
        case "reject_breaker":
            return state.breakers[account, strategy].until_ns
        case "drift_breaker":
            return state.drifts[account, case.instrument.name, strategy].until_ns
        case "cooldown":
            rows = (state.cooldowns.get((account, one)) for one in (strategy, ""))
            return max((one.until_ns for one in rows if one is not None), default=0)
        case "session_closed" | "news":
            return hours(state, case.instrument, case.now).until_ns
        case code if code == REACHED[LossRule.DAILY] and row is not None:
            return day_after(row, case.now)
        case _:
            paused = row is not None and check.control == Control.LINK
            return row.link_until_ns if paused and row is not None else 0
