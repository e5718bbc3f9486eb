"""Loss limits that are watched: peaks, warnings, and what a reached limit does.

Rules of this file
1. A limit latches, and a peak is noted, after several readings in a row: one bad tick does neither.
2. While part of a balance is not explained, only what is a loss with it and without it latches, and
   no peak is noted.
3. A reached limit refuses entries in any case; the account says what it does besides.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final

from core import records as r
from core.answers import Effect
from core.cancels import cancel_orders
from core.cash import doubtful
from core.flatten_begin import BRIDGE, begin
from core.fold_cash import cash_of, losses_of
from core.loss_rows import LossRule
from core.loss_setup import OnBreach, PeakAt
from core.losses import REACHED, WARNING, Rule, is_tripped, is_warned, measure, rules_of
from core.money import ZERO, plain
from core.setup import Account
from core.state import State
from core.switch import entries_in
from core.view import READINGS_TO_TRIP, Standing

Steps = Generator[r.Record | Effect, None, None]

PEAK_STEP: Final = Decimal("0.001")
"""A peak is recorded when it is higher by this share of it: 700 records double an account."""

PEAK_STEP_OF_LIMIT: Final = Decimal("0.02")
"""Or by this share of what may be lost, where that is less: a limit is measured to 2 %."""


def watch_losses(
    state: State, account: Account, standing: Standing, now: int, *, day_began: bool
) -> Steps:
    """Note where losses are counted from, warn, and trip."""
    rules = rules_of(state, account.name)
    if rules[LossRule.DRAWDOWN].stops or rules[LossRule.TRAILING].stops:
        yield from _start(state, account, standing, now)
    values = _readings(account, standing)
    if len(values) < READINGS_TO_TRIP:
        return
    if rules[LossRule.TRAILING].stops:
        yield from _peak(state, account, standing, values, now=now, day_began=day_began)
    for rule in rules.values():
        yield from _judge(state, account, rule, standing=standing, best=max(values), now=now)


def _readings(account: Account, standing: Standing) -> tuple[Decimal, ...]:
    """Return the last readings of the figure that counts."""
    both = standing.equities if account.loss.open_profit else standing.balances
    return both[-READINGS_TO_TRIP:]


def _start(state: State, account: Account, standing: Standing, now: int) -> Steps:
    if losses_of(state, account.name).base is not None:
        return
    start = account.loss.start_balance
    by = "configuration"
    if start is None:
        start, by = standing.mark.balance - doubtful(state, standing.mark), BRIDGE
    yield r.BaselineSet(at_ns=now, account=account.name, what="start", value=start, by=by)


def _peak(
    state: State,
    account: Account,
    standing: Standing,
    values: tuple[Decimal, ...],
    *,
    now: int,
    day_began: bool,
) -> Steps:
    """Note a higher peak. The first is no lower than the start balance."""
    if doubtful(state, standing.mark):
        return
    losses, flows = losses_of(state, account.name), cash_of(state, account.name).flows
    assert losses.base is not None, "it was set before"
    reached = min(values)
    if losses.peak is None:
        first = max(reached, losses.base - losses.base_flows + flows)
        yield r.EquityPeaked(at_ns=now, account=account.name, equity=first)
        return
    if account.loss.peak is PeakAt.END_OF_DAY and not day_began:
        return
    rise = reached - flows - losses.peak
    rule = rules_of(state, account.name)[LossRule.TRAILING]
    measured = measure(state, account, rule, reached)
    step = abs(reached) * PEAK_STEP
    if measured is not None and measured.most is not None:
        step = min(step, measured.most * PEAK_STEP_OF_LIMIT)
    if rise > ZERO and (rise >= step or day_began):
        yield r.EquityPeaked(at_ns=now, account=account.name, equity=reached)


def _judge(
    state: State, account: Account, rule: Rule, *, standing: Standing, best: Decimal, now: int
) -> Steps:
    """Warn and trip by the best of the last readings."""
    measured = measure(state, account, rule, best)
    if measured is None or measured.loss <= ZERO:
        return
    name = account.name
    loss = measured.loss + min(doubtful(state, standing.mark), ZERO)
    warn, most = measured.warn, measured.most
    if warn is not None and loss >= warn and not is_warned(state, name, rule.rule):
        yield r.LossWarned(at_ns=now, account=name, loss=loss, limit=warn, rule=rule.rule)
        yield _alarm(account, WARNING[rule.rule], now, loss=loss, limit=warn)
    if most is not None and loss >= most and not is_tripped(state, name, rule.rule):
        policy = account.loss.on_breach
        yield r.LossTripped(
            at_ns=now, account=name, loss=loss, limit=most, rule=rule.rule, on_breach=policy
        )
        yield _alarm(account, REACHED[rule.rule], now, loss=loss, limit=most)
        yield from _breached(state, account, REACHED[rule.rule], now)


def _breached(state: State, account: Account, code: str, now: int) -> Steps:
    """Do what the account asks for when a limit is reached."""
    policy, scope = account.loss.on_breach, f"account:{account.name}"
    if policy is OnBreach.BLOCK or not state.exposed.get(account.name):
        return
    if policy is OnBreach.FLATTEN:
        yield from begin(state, scope, "ours", code, now=now)
        return
    entries = [order for order in entries_in(state, scope) if not order.pending_cancel]
    yield from cancel_orders(entries, now, by=BRIDGE, reason=code)


def _alarm(
    account: Account, code: str, now: int, *, loss: Decimal, limit: Decimal
) -> r.AlarmRaised:
    return r.AlarmRaised(
        at_ns=now, code=code, value=plain(loss), limit=plain(limit), where=f"account:{account.name}"
    )
