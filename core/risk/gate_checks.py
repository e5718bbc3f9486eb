"""Checks of who asks, when, how often and in which trading state."""

from __future__ import annotations

from typing import Final

from core.admit import CLOCK_AHEAD_MAX_NS
from core.buckets import TOKEN, bucket_level
from core.links import LINK_DOWN, REFUSED, held_for
from core.orders import Purpose, Side
from core.risk.case import Case, halted_at
from core.risk.check import Check, missing
from core.risk.controls import Control, Mode
from core.setup import SECOND_NS

RESERVE: Final = 5
"""A fifth of an account's burst is kept for what may not wait: entries stop before the bucket is
empty, so that cancels and exits stay within the venue's own rate."""


def allow_list(case: Case) -> Check:
    """Say whether the strategy may trade this instrument, side and order type (control 24)."""
    scope = case.kind.strategy
    strategy = case.state.facts.setup.strategies.get(case.strategy)
    if strategy is None:
        what, code, allowed = case.strategy, "strategy_not_allowed", ()
    elif case.instrument.name not in strategy.instruments:
        what, code, allowed = case.instrument.name, "instrument_not_allowed", strategy.instruments
    elif case.side not in strategy.sides:
        what, code, allowed = case.side, "side_not_allowed", strategy.sides
    elif _is_other_mode(case):
        mode = _mode(hedging=case.account.hedging)
        what, code, allowed = _mode(hedging=not case.account.hedging), "position_mode", (mode,)
    elif case.account.spot and case.side is Side.SELL and case.purpose is Purpose.ENTRY:
        what, code, allowed = case.side, "short_on_spot", (Side.BUY,)
    elif case.type not in strategy.order_types:
        what, code, allowed = case.type, "order_type_not_allowed", strategy.order_types
    else:
        return case.kind.passed(Control.ALLOW_LIST, "allowed", case.instrument.name, scope=scope)
    none = "not configured" if strategy is None else "nothing"
    return Check(Control.ALLOW_LIST, "allowed", code, what, ", ".join(allowed) or none, scope)


def _is_other_mode(case: Case) -> bool:
    """Say whether the venue keeps positions otherwise than the account is configured: then an exit
    would open, or close what is another strategy's."""
    row = case.state.accounts.get(case.account.name)
    known = row is not None and bool(row.abilities.order_types)
    return known and row is not None and row.abilities.hedging is not case.account.hedging


def _mode(*, hedging: bool) -> str:
    return "hedging" if hedging else "netting"


def kill_switch(case: Case) -> Check:
    """Say whether a scope of this order is halted (control 16)."""
    scope = halted_at(case.state, case.account.name, case.strategy)
    if scope:
        row = case.state.halts[scope]
        return Check(Control.KILL_SWITCH, "halt", "halted", row.reason, row.by, scope)
    return case.kind.passed(Control.KILL_SWITCH, "halt", "open")


_STATE_CODES: Final = {
    Mode.ACTIVE: "",
    Mode.REDUCING: "reducing",
    Mode.HALTED: "halted",
    Mode.RECOVERING: "recovering",
}


def trading_state(case: Case) -> Check:
    """Say in which trading state the account is (control 17)."""
    scope = case.kind.account
    code = _STATE_CODES[case.mode]
    if not code:
        return case.kind.passed(
            Control.TRADING_STATE, "trading_state", case.mode, "active", scope=scope
        )
    return Check(Control.TRADING_STATE, "trading_state", code, case.mode, "active", scope)


def arming(case: Case) -> Check:
    """Say whether real money may be traded, and whether it is what it is taken for (control 23)."""
    scope, account = case.kind.account, case.account
    row = case.state.accounts.get(account.name)
    if row is not None and row.abilities.order_types and row.abilities.live is not account.live:
        value, limit = _money(live=row.abilities.live), _money(live=account.live)
        return Check(Control.ARMING, "armed", "live_differs", value, limit, scope)
    if not account.live:
        return case.kind.passed(Control.ARMING, "armed", "not live", scope=scope)
    if row is None or not row.armed_for:
        return Check(Control.ARMING, "armed", "not_armed", "no", "yes", scope)
    if row.armed_until_ns and case.now >= row.armed_until_ns:
        return Check(Control.ARMING, "armed", "not_armed", "over", "yes", scope)
    return case.kind.passed(Control.ARMING, "armed", "yes", "yes", scope=scope)


def _money(*, live: bool) -> str:
    return "live" if live else "not live"


def reconciliation(case: Case) -> Check:
    """Say whether the account's books differ from its venue's (control 19)."""
    scope = case.kind.account
    row = case.state.accounts.get(case.account.name)
    if row is None or not row.differs_ns:
        return case.kind.passed(Control.RECONCILIATION, "books", "agree", "agree", scope=scope)
    value = f"{(case.now - row.differs_ns) // SECOND_NS} s"
    return Check(Control.RECONCILIATION, "books", "books_differ", value, "agree", scope)


def link(case: Case) -> Check:
    """Say whether the account's link is ready, and what an order waits for if not (control 18)."""
    scope = case.kind.account
    row = case.state.accounts.get(case.account.name)
    if row is None:
        return Check(Control.LINK, "link", LINK_DOWN, "down", "ready", scope)
    code = held_for(row.link, row.link_code)
    value = row.link_reason if code == REFUSED else row.link
    return Check(Control.LINK, "link", code, value, "ready", scope)


def rejects(case: Case) -> Check:
    """Say whether the venue rejected too many orders of this strategy just now (control 13)."""
    scope = case.kind.strategy
    row = case.state.breakers.get((case.account.name, case.strategy))
    if row is None or case.now >= row.until_ns:
        words = "none" if row is None else "over"
        return case.kind.passed(Control.REJECTS, "rejects", words, scope=scope)
    left = f"{-((case.now - row.until_ns) // SECOND_NS)} s"
    return Check(Control.REJECTS, "rejects", "reject_breaker", left, case.account.name, scope)


def age(case: Case) -> Check:
    """Compare the age of the signal (control 14)."""
    if case.age_ns is None:
        return Check(Control.AGE, "signal_age", "", "not given", "waived", "")
    shown = f"{case.age_ns // 1_000_000} ms"
    limit = f"{case.age_max_ns // 1_000_000} ms"
    code = "signal_too_old" if case.age_ns > case.age_max_ns else ""
    if case.age_ns < -CLOCK_AHEAD_MAX_NS:
        code = "time_in_future"
    return Check(Control.AGE, "signal_age", code, shown, limit, "")


def signal_rate(case: Case) -> Check:
    """Say whether the strategy had a signal left in its bucket (control 9)."""
    name, scope = "signals_per_minute", case.kind.strategy
    limits = case.kind.strategy_limits
    if limits is None or limits.signals_per_minute is None or limits.signals_burst is None:
        return missing(Control.RATE, name, scope)
    code, value = ("", "in time") if case.rate_ok else ("rate_over_limit", "bucket empty")
    limit = f"{limits.signals_per_minute}/min"
    return Check(Control.RATE, name, code, value, limit, scope)


def message_rate(case: Case) -> Check:
    """Say whether the account has a message left, above what is kept for cancels (control 9)."""
    name, scope = "messages_per_minute", case.kind.account
    limits = case.kind.account_limits
    if limits is None or limits.messages_per_minute is None or limits.messages_burst is None:
        return missing(Control.RATE, name, scope)
    rate, burst = limits.messages_per_minute, limits.messages_burst
    level = bucket_level(case.state, scope, rate=rate, burst=burst, now=case.now)
    left = level // TOKEN - burst // RESERVE
    code = "" if left >= 1 else "rate_over_limit"
    return Check(Control.RATE, name, code, f"{max(0, left)} left", f"{rate}/min", scope)
