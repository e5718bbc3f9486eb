"""A kind of order: what holds for all orders of one strategy in one instrument of one account.

Rules of this file
1. Everything here follows from the configuration alone. It is worked out once, and thrown away with
   the configuration.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import msgspec

from core.cycles import cycle_limits
from core.loss_rows import LossRule
from core.losses import Known, rules_of
from core.money import plain
from core.orders import OrderType, Purpose, Side
from core.risk.limits import Effective, Limit, effective
from core.setup import Account, Limits, Strategy
from core.state import State


class Span(Enum):
    """Over what a limit on orders counts them."""

    PAIR = 1
    """One instrument of one account."""
    INSTRUMENT = 2
    """One instrument, whoever trades it."""
    ACCOUNTS = 3
    """All that the accounts of its scope trade."""


class Rate(msgspec.Struct, frozen=True, gc=False):
    """How many there may be in a minute, how many at once, and the first in words."""

    per_minute: int
    burst: int
    words: str


class Kind:
    """Limits, and scopes in words.

    ``accounts`` and ``spans``: by scope of its limits, over what it is measured. ``window_ns`` and
    ``drift``: in which time own fills may run, and how far. ``cycles``: how many there may be, with
    the time and its words; ``no_cycles``: that there was none. ``messages`` and ``signals``: how
    many a minute. ``clock``: how far ours may be off, in words. ``known``: from where losses count,
    and ``kept``: answers that hold while the rows stand from which they follow.
    """

    __slots__ = (
        "account", "accounts", "clock", "cycles", "drift", "instrument", "kept", "known", "limits",
        "margin_free_percent_min", "messages", "no_cycles", "rules", "signals",
        "spans", "strategy", "window_ns",
    )  # fmt: skip

    def __init__(self, state: State, account: Account, strategy: str, instrument: str) -> None:
        self.account = f"account:{account.name}"
        self.strategy = f"strategy:{strategy}"
        self.instrument = f"instrument:{instrument}"
        limits = self.limits = effective(state.facts.setup, account, strategy, instrument)
        every = (*limits.gross, *limits.orders, *limits.position_shared, *limits.unknown)
        self.accounts = {one.scope: _under(state, account, one.scope) for one in every}
        self.spans = {one.scope: _span(one.scope) for one in every}
        self.rules = rules_of(state, account.name)
        self.known: dict[LossRule, Known] = {}
        self.kept: dict[tuple[Side, OrderType, Purpose, bool], Any] = {}
        setup = state.facts.setup
        own, whose = setup.limits.get(self.account), setup.limits.get(self.strategy)
        self.margin_free_percent_min = own.margin_free_percent_min if own is not None else None
        self.messages = _rate(own, "messages")
        self.signals = _rate(whose, "signals")
        self.cycles = cycle_limits(whose)
        self.no_cycles = ", ".join([f"0 in {limit.words}" for limit in self.cycles])
        self.clock = f"{setup.clock_off_max_ns // 1_000_000} ms"
        configured = setup.strategies.get(strategy) or Strategy(name=strategy)
        self.window_ns = configured.drift_window_ns
        self.drift = _drift(limits, configured, self.strategy)


def _rate(limits: Limits | None, name: str) -> Rate | None:
    rate = getattr(limits, f"{name}_per_minute", None)
    burst = getattr(limits, f"{name}_burst", None)
    return None if rate is None or burst is None else Rate(rate, burst, f"{rate}/min")


def _drift(limits: Effective, strategy: Strategy, scope: str) -> Limit | None:
    if limits.collar is None:
        return None
    most = limits.collar.at * strategy.drift_collars_max
    return Limit(most, scope, plain(most))


def _span(scope: str) -> Span:
    if scope.startswith("instrument:"):
        return Span.INSTRUMENT
    return Span.PAIR if scope.startswith("account:") and "/" in scope else Span.ACCOUNTS


def _under(state: State, account: Account, scope: str) -> tuple[str, ...]:
    if scope.startswith("account:"):
        return (account.name,)
    accounts = state.facts.setup.accounts
    if scope == "global":
        return tuple(accounts)
    return tuple(name for name, one in accounts.items() if scope[6:] in one.groups)


def kind_of(state: State, account: Account, strategy: str, instrument: str) -> Kind:
    """Return the kind of an order, worked out once while the configuration stands."""
    key = (account.name, strategy, instrument)
    kind: Kind | None = state.caches.get(key)
    if kind is None:
        kind = state.caches[key] = Kind(state, account, strategy, instrument)
    return kind
