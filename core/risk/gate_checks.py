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

_ALLOW_LIST: Final = Control.ALLOW_LIST.value
_KILL_SWITCH: Final = Control.KILL_SWITCH.value
_TRADING_STATE: Final = Control.TRADING_STATE.value
_ARMING: Final = Control.ARMING.value
_RECONCILIATION: Final = Control.RECONCILIATION.value
_LINK: Final = Control.LINK.value
_REJECTS: Final = Control.REJECTS.value
_AGE: Final = Control.AGE.value
_RATE: Final = Control.RATE.value
"""Named once: Python 3.11 takes long to look up a member of an enum, and each case asks."""

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
        return Check(_ALLOW_LIST, "allowed", "", case.instrument.name, "", scope)
    none = "not configured" if strategy is None else "nothing"
    return Check(_ALLOW_LIST, "allowed", code, what, ", ".join(allowed) or none, scope)


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
        return Check(_KILL_SWITCH, "halt", "halted", row.reason, row.by, scope)
    return Check(_KILL_SWITCH, "halt", "", "open", "", "")


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
        return Check(_TRADING_STATE, "trading_state", "", case.mode, "active", scope)
    return Check(_TRADING_STATE, "trading_state", code, case.mode, "active", scope)


def arming(case: Case) -> Check:
    """Say whether real money may be traded, and whether it is what it is taken for (control 23)."""
    scope, account = case.kind.account, case.account
    row = case.state.accounts.get(account.name)
    if row is not None and row.abilities.order_types and row.abilities.live is not account.live:
        value, limit = _money(live=row.abilities.live), _money(live=account.live)
        return Check(_ARMING, "armed", "live_differs", value, limit, scope)
    if not account.live:
        return Check(_ARMING, "armed", "", "not live", "", scope)
    if row is None or not row.armed_for:
        return Check(_ARMING, "armed", "not_armed", "no", "yes", scope)
    if row.armed_until_ns and case.now >= row.armed_until_ns:
        return Check(_ARMING, "armed", "not_armed", "over", "yes", scope)
    return Check(_ARMING, "armed", "", "yes", "yes", scope)


def _money(*, live: bool) -> str:
    return "live" if live else "not live"


def reconciliation(case: Case) -> Check:
    """Say whether the account's books differ from its venue's (control 19)."""
    scope = case.kind.account
    row = case.state.accounts.get(case.account.name)
    if row is None or not row.differs_ns:
        return Check(_RECONCILIATION, "books", "", "agree", "agree", scope)
    value = f"{(case.now - row.differs_ns) // SECOND_NS} s"
    return Check(_RECONCILIATION, "books", "books_differ", value, "agree", scope)


def link(case: Case) -> Check:
    """Say whether the account's link is ready, and what an order waits for if not (control 18)."""
    scope = case.kind.account
    row = case.state.accounts.get(case.account.name)
    if row is None:
        return Check(_LINK, "link", LINK_DOWN, "down", "ready", scope)
    code = held_for(row.link, row.link_code)
    value = row.link_reason if code == REFUSED else row.link
    return Check(_LINK, "link", code, value, "ready", scope)


def rejects(case: Case) -> Check:
    """Say whether the venue rejected too many orders of this strategy just now (control 13)."""
    scope = case.kind.strategy
    row = case.state.breakers.get((case.account.name, case.strategy))
    if row is None or case.now >= row.until_ns:
        words = "none" if row is None else "over"
        return Check(_REJECTS, "rejects", "", words, "", scope)
    left = f"{-((case.now - row.until_ns) // SECOND_NS)} s"
    return Check(_REJECTS, "rejects", "reject_breaker", left, case.account.name, scope)


def age(case: Case) -> Check:
    """Compare the age of the signal (control 14)."""
    if case.age_ns is None:
        return Check(_AGE, "signal_age", "", "not given", "waived", "")
    shown = f"{case.age_ns // 1_000_000} ms"
    limit = f"{case.age_max_ns // 1_000_000} ms"
    code = "signal_too_old" if case.age_ns > case.age_max_ns else ""
    if case.age_ns < -CLOCK_AHEAD_MAX_NS:
        code = "time_in_future"
    return Check(_AGE, "signal_age", code, shown, limit, "")


def signal_rate(case: Case) -> Check:
    """Say whether the strategy had a signal left in its bucket (control 9)."""
    name, scope, rate = "signals_per_minute", case.kind.strategy, case.kind.signals
    if rate is None:
        return missing(_RATE, name, scope)
    if case.rate_ok:
        return Check(_RATE, name, "", "in time", rate.words, scope)
    return Check(_RATE, name, "rate_over_limit", "bucket empty", rate.words, scope)


def message_rate(case: Case) -> Check:
    """Say whether the account has a message left, above what is kept for cancels (control 9)."""
    name, scope, rate = "messages_per_minute", case.kind.account, case.kind.messages
    if rate is None:
        return missing(_RATE, name, scope)
    burst = rate.burst
    level = bucket_level(case.state, scope, rate=rate.per_minute, burst=burst, now=case.now)
    left = level // TOKEN - burst // RESERVE
    if left >= 1:
        return Check(_RATE, name, "", f"{left} left", rate.words, scope)
    return Check(_RATE, name, "rate_over_limit", "0 left", rate.words, scope)
