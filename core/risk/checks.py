"""The checks: one small pure function a question. Each answers with what it measured, against which limit, of which scope.

Rules of this file
1. A check measures and compares. What follows from a failure is in the table of ``core.risk.controls``.
2. For an entry a limit that nobody set fails, and so does an input that is missing or stale.
3. What is working, unknown or held counts at full size, on the side that makes it worse.
4. All checks run, and all of them are recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from core.buckets import TOKEN, bucket_level
from core.money import ZERO, plain
from core.orders import Side
from core.risk.case import Case
from core.risk.controls import Control, Mode
from core.risk.limits import Limit
from core.setup import SECOND_NS, Limits

CLOCK_AHEAD_MAX_NS: Final = 5 * SECOND_NS
"""How far a sender's clock may be ahead of ours: TradingView writes whole seconds, and servers keep time to one."""


class Check(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One answer. ``code`` is empty when it passed."""

    control: int
    name: str
    code: str
    value: str
    limit: str
    scope: str


def _missing(control: Control, name: str) -> Check:
    return Check(control, name, "limit_missing", name, "not set", "")


def _within(
    control: Control, name: str, code: str, measured: Decimal, limit: Limit, unit: str = ""
) -> Check:
    failed = not measured <= limit.at
    shown = f"{plain(measured)}{unit}"
    return Check(control, name, code if failed else "", shown, f"{plain(limit.at)}{unit}", limit.scope)


def quantity(case: Case) -> Check:
    """Compare the quantity of this order (control 1)."""
    limit = case.limits.quantity
    if limit is None:
        return _missing(Control.QUANTITY, "quantity_max")
    return _within(Control.QUANTITY, "quantity_max", "quantity_over_limit", case.quantity, limit)


def value(case: Case) -> Check:
    """Compare what this order is worth (control 2)."""
    limit = case.limits.value
    if limit is None:
        return _missing(Control.VALUE, "value_max")
    price = case.price_expected()
    if price is None:
        return _stale(Control.VALUE, "value_max", case)
    worth = case.instrument.value(case.quantity, price)
    return _within(Control.VALUE, "value_max", "value_over_limit", worth, limit)


def _stale(control: Control, name: str, case: Case) -> Check:
    quote = case.view.quotes.get(case.instrument.name)
    age = "no quote" if quote is None else f"{(case.now - quote.at_ns) // 1_000_000} ms old"
    limit = f"{case.account.quote_age_max_ns // 1_000_000} ms"
    return Check(control, name, "reference_stale", age, limit, f"instrument:{case.instrument.name}")


def collar(case: Case) -> Check:
    """Compare the distance of the price from a fresh reference (control 3).

    The reference is the middle of the quote. A market order is measured at the far side, which it would meet.
    """
    limit = case.limits.collar
    if limit is None:
        return _missing(Control.COLLAR, "collar_percent")
    if case.quote is None:
        return _stale(Control.COLLAR, "collar_percent", case)
    reference = case.quote.mid
    prices = [price for price in (case.price_expected(), case.trigger) if price is not None]
    away = max(abs(price - reference) for price in prices) * 100 / reference
    measured = away.quantize(Decimal("0.0001"))
    return _within(
        Control.COLLAR, "collar_percent", "price_outside_collar", measured, limit, " %"
    )


def position(case: Case) -> Check:
    """Compare the position if everything on this side fills (control 5)."""
    limit = case.limits.position
    if limit is None:
        return _missing(Control.POSITION, "position_max")
    exposure = case.exposure
    if case.side is Side.BUY:
        worst = exposure.net + exposure.buy + case.quantity
    else:
        worst = exposure.sell + case.quantity - exposure.net
    return _within(Control.POSITION, "position_max", "position_over_limit", worst, limit)


def gross(case: Case) -> Check:
    """Compare the worth of all positions at their worst, in every scope that limits it (control 6)."""
    limits = case.limits.gross
    if not limits:
        return _missing(Control.GROSS, "gross_max")
    price = case.price_expected()
    if price is None:
        return _stale(Control.GROSS, "gross_max", case)
    answer: Check | None = None
    for limit in limits:
        worth = _gross_of(case, limit.scope, price)
        if worth is None:
            return Check(
                Control.GROSS, "gross_max", "reference_stale", "a position without a quote", "", limit.scope
            )
        check = _within(Control.GROSS, "gross_max", "gross_over_limit", worth, limit)
        if check.code:
            return check
        answer = answer or check
    assert answer is not None, "there was a limit"
    return answer


def _accounts_of(case: Case, scope: str) -> list[str]:
    accounts = case.state.facts.setup.accounts
    if scope == "global":
        return list(accounts)
    if scope.startswith("group:"):
        return [name for name, account in accounts.items() if scope[6:] in account.groups]
    return [case.account.name]


def _gross_of(case: Case, scope: str, price: Decimal) -> Decimal | None:
    """Add up a scope as it would be with this order; ``None`` when something in it has no price at all."""
    total = ZERO
    here = (case.account.name, case.instrument.name)
    state = case.state
    for account in _accounts_of(case, scope):
        for name in state.exposed.get(account, ()):
            if (account, name) == here:
                continue
            quote = case.view.quotes.get(name)
            instrument = state.facts.setup.instruments.get(name)
            if quote is None or instrument is None or quote.bid <= ZERO:
                return None
            total += instrument.value(state.exposures[account, name].worst, quote.mid)
    exposure = case.exposure
    buy = exposure.buy + (case.quantity if case.side is Side.BUY else ZERO)
    sell = exposure.sell + (case.quantity if case.side is Side.SELL else ZERO)
    worst = max(abs(exposure.net + buy), abs(exposure.net - sell))
    return total + case.instrument.value(worst, price)


def open_orders(case: Case) -> Check:
    """Count the orders alive, this one included, in every scope that limits them (control 6)."""
    limits = case.limits.orders
    if not limits:
        return _missing(Control.GROSS, "open_orders_max")
    answer: Check | None = None
    for limit in limits:
        count = Decimal(_orders_of(case, limit.scope) + 1)
        check = _within(Control.GROSS, "open_orders_max", "open_orders_over_limit", count, limit)
        if check.code:
            return check
        answer = answer or check
    assert answer is not None, "there was a limit"
    return answer


def _orders_of(case: Case, scope: str) -> int:
    exposures = case.state.exposures
    own = 1 if case.own is not None else 0
    if "instrument:" in scope:
        if scope.startswith("account:"):
            return case.exposure.orders
        name = case.instrument.name
        accounts = case.state.exposed
        rows = (exposures.get((account, name)) for account in accounts)
        return sum(row.orders for row in rows if row is not None) - own
    count = sum(
        exposures[account, name].orders
        for account in _accounts_of(case, scope)
        for name in case.state.exposed.get(account, ())
    )
    return count - own


def daily_loss(case: Case) -> Check:
    """Compare what the account lost since its day began, open positions included (control 7)."""
    name = "daily_loss_max"
    limit = case.limits.loss
    scope = f"account:{case.account.name}"
    if limit is None:
        return _missing(Control.DAILY_LOSS, name)
    row = case.state.accounts.get(case.account.name)
    if case.standing is None:
        return Check(Control.DAILY_LOSS, name, "equity_stale", "no fresh equity", "", scope)
    if row is None or row.day_equity is None:
        return Check(Control.DAILY_LOSS, name, "day_not_started", "no equity at day start", "", scope)
    loss = row.day_equity - case.standing.mark.equity
    shown = plain(max(loss, ZERO))
    failed = bool(row.tripped_ns) or not loss < limit.at
    code = "daily_loss_reached" if failed else ""
    return Check(Control.DAILY_LOSS, name, code, shown, plain(limit.at), scope)


def rate(case: Case) -> Check:
    """Say whether strategy and account had a message left in their buckets (control 9)."""
    setup = case.state.facts.setup
    strategy, account = f"strategy:{case.strategy}", f"account:{case.account.name}"
    limits = (
        (strategy, setup.limits.get(strategy), "signals"),
        (account, setup.limits.get(account), "messages"),
    )
    for scope, set_here, what in limits:
        if _rate_of(set_here, what) is None:
            return Check(
                Control.RATE, f"{what}_per_minute", "limit_missing", f"{what}_per_minute", "not set", scope
            )
    per_minute = _rate_of(limits[0][1], "signals")
    if not case.rate_ok:
        return Check(Control.RATE, "signals_per_minute", "rate_over_limit", "bucket empty", f"{per_minute}/min", strategy)
    messages = limits[1][1]
    assert messages is not None and messages.messages_per_minute is not None
    assert messages.messages_burst is not None
    level = bucket_level(
        case.state,
        account,
        rate=messages.messages_per_minute,
        burst=messages.messages_burst,
        now=case.now,
    )
    empty = level < TOKEN
    return Check(
        Control.RATE,
        "messages_per_minute",
        "rate_over_limit" if empty else "",
        f"{level // TOKEN} left",
        f"{messages.messages_per_minute}/min",
        account,
    )


def _rate_of(limits: Limits | None, what: str) -> int | None:
    if limits is None:
        return None
    if what == "signals":
        return limits.signals_per_minute if limits.signals_burst is not None else None
    return limits.messages_per_minute if limits.messages_burst is not None else None


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


def kill_switch(case: Case) -> Check:
    """Say whether a scope of this order is halted (control 16)."""
    if case.mode is Mode.HALTED:
        for scope in ("global", f"account:{case.account.name}", f"strategy:{case.strategy}"):
            row = case.state.halts.get(scope)
            if row is not None:
                return Check(Control.KILL_SWITCH, "halt", "halted", row.reason, row.by, scope)
    return Check(Control.KILL_SWITCH, "halt", "", "open", "", "")


_STATE_CODES: Final = {
    Mode.ACTIVE: "",
    Mode.REDUCING: "reducing",
    Mode.HALTED: "halted",
    Mode.RECOVERING: "recovering",
}


def trading_state(case: Case) -> Check:
    """Say in which trading state the account is (control 17)."""
    scope = f"account:{case.account.name}"
    return Check(Control.TRADING_STATE, "trading_state", _STATE_CODES[case.mode], case.mode, "active", scope)


def allow_list(case: Case) -> Check:
    """Say whether the strategy may trade this instrument, side and order type (control 24)."""
    scope = f"strategy:{case.strategy}"
    strategy = case.state.facts.setup.strategies.get(case.strategy)
    if strategy is None:
        return Check(Control.ALLOW_LIST, "allowed", "strategy_not_allowed", case.strategy, "not configured", scope)
    asked = (
        (case.instrument.name, strategy.instruments, "instrument_not_allowed"),
        (case.side, strategy.sides, "side_not_allowed"),
        (case.type, strategy.order_types, "order_type_not_allowed"),
    )
    for what, allowed, code in asked:
        if what not in allowed:
            return Check(Control.ALLOW_LIST, "allowed", code, what, ", ".join(allowed) or "nothing", scope)
    return Check(Control.ALLOW_LIST, "allowed", "", case.instrument.name, "", scope)


def unknown_cap(case: Case) -> Check:
    """Say whether an order of this instrument and account has an outcome that nobody knows (control 27)."""
    count = case.exposure.unknown
    scope = f"account:{case.account.name}/instrument:{case.instrument.name}"
    return Check(Control.UNKNOWN_CAP, "unknown_orders", "unknown_outcome" if count else "", str(count), "0", scope)


CHECKS: Final[tuple[Callable[[Case], Check], ...]] = (
    allow_list,
    kill_switch,
    trading_state,
    age,
    quantity,
    value,
    collar,
    position,
    gross,
    open_orders,
    daily_loss,
    rate,
    unknown_cap,
)
"""In the order in which a person would ask; the first that refuses names the refusal."""
