"""A kind of order: what holds for all orders of one strategy in one instrument of one account.

Rules of this file
1. Everything here follows from the configuration alone. It is worked out once, and thrown away with
   the configuration.
"""

from __future__ import annotations

from core.losses import rules_of
from core.risk.answer import Check
from core.risk.controls import Control
from core.risk.limits import effective
from core.setup import Account
from core.state import State


class Kind:
    """Limits, scopes in words, and passed answers that are always the same.

    ``accounts``: by scope of its limits, the accounts over which it is measured.
    """

    __slots__ = (
        "_passed", "account", "accounts", "instrument", "limits", "rules", "strategy",
    )  # fmt: skip

    def __init__(self, state: State, account: Account, strategy: str, instrument: str) -> None:
        self.account = f"account:{account.name}"
        self.strategy = f"strategy:{strategy}"
        self.instrument = f"instrument:{instrument}"
        limits = self.limits = effective(state.facts.setup, account, strategy, instrument)
        every = (*limits.gross, *limits.orders, *limits.position_shared, *limits.unknown)
        self.accounts = {one.scope: _under(state, account, one.scope) for one in every}
        self.rules = rules_of(state, account.name)
        self._passed: dict[tuple[str, str, str], Check] = {}

    def passed(
        self, control: Control, name: str, value: str, limit: str = "", *, scope: str = ""
    ) -> Check:
        """Answer that a check passed, in words that follow from the kind of order.

        One name has one ``scope``, and its words are few.
        """
        key = (name, value, limit)
        known = self._passed.get(key)
        if known is None:
            known = self._passed[key] = Check(control, name, "", value, limit, scope)
        return known


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
