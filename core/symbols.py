"""From the text of a symbol to what an account trades under it, by tables and confirmed rules.

Rules of this file
1. What stands in a table exactly comes first: the account's own symbols, then names, then aliases,
   then the continuous symbols of futures.
2. Only then rules are asked, and only those that a person confirmed by name. Two different answers
   are ambiguous, and ambiguous is refused.
3. What only an unconfirmed rule would map is refused with the line that would confirm it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from core.contract_setup import DEPTH_MAX, Future
from core.instruments import Instrument
from core.setup import Account, Setup
from core.state import State
from core.symbol_rules import RULES, forms

KEPT_MAX: Final = 4096
"""Symbols whose way is remembered: some dozens are traded, and whoever writes others must not fill
the memory with them."""

NAMES_SHOWN_MAX: Final = 5
"""Instruments named in a refusal: two already are one too many."""


class Place(NamedTuple):
    """The n-th contract of a future, as its continuous symbol says; which one that is, time says.
    ``depth`` counts from 1."""

    future: Future
    depth: int


Target = Instrument | Place


class Mapped(NamedTuple):
    """What a symbol leads to. ``table``: where it stands: ``account``, ``name``, ``alias`` or
    ``future``; ``form``: how it is written there; ``rules``: those that led there."""

    target: Target
    table: str
    form: str
    rules: tuple[str, ...] = ()


class Unmapped(NamedTuple):
    """Why a symbol leads to nothing: a code with its value and limit. ``would``: what an
    unconfirmed rule would make of it."""

    code: str
    value: str
    limit: str = ""
    would: str = ""


class Names:
    """The names of a setup, put in order for looking up."""

    __slots__ = ("contracts", "exact", "rules")

    def __init__(self, setup: Setup) -> None:
        self.rules = setup.symbol_rules
        self.exact: dict[str, tuple[Target, str]] = {}
        for name, instrument in setup.instruments.items():
            self.exact[name] = (instrument, "name")
        for instrument in setup.instruments.values():
            for alias in instrument.aliases:
                self.exact.setdefault(alias, (instrument, "alias"))
        self.contracts: dict[str, Future] = {}
        for future in setup.futures.values():
            self.contracts.update((contract.name, future) for contract in future.contracts)
            for depth in range(1, DEPTH_MAX + 1):
                for symbol in future.symbols(depth):
                    self.exact.setdefault(symbol, (Place(future, depth), "future"))

    def mapped(self, account: Account, symbol: str) -> Mapped | Unmapped:
        """Say what an account trades under a symbol."""
        exact = self._exactly(account, symbol)
        if exact is not None:
            return exact
        found = self.by_rules(account, symbol, self.rules)
        if len(found) == 1:
            return found[0]
        if found:
            return Unmapped("symbol_ambiguous", symbol, _listed(found))
        waiting = self.by_rules(account, symbol, RULES)
        if len(waiting) != 1:
            return Unmapped("symbol_unknown", symbol)
        wanted = [name for name in RULES if name in {*self.rules, *waiting[0].rules}]
        named = ", ".join(f'"{name}"' for name in wanted)
        return Unmapped("symbol_needs_rule", symbol, f"rules = [{named}]", _listed(waiting))

    def _exactly(self, account: Account, symbol: str) -> Mapped | None:
        name = account.symbols.get(symbol, symbol)
        found = self.exact.get(name)
        if found is None:
            return None
        table = "account" if symbol in account.symbols else found[1]
        return Mapped(found[0], table, symbol)

    def by_rules(self, account: Account, symbol: str, rules: Iterable[str]) -> list[Mapped]:
        """List the different things that rules lead to, one way to each."""
        found: list[Mapped] = []
        for form, path in forms(symbol, rules).items():
            exact = self._exactly(account, form)
            if exact is None or not self._of_exchange(exact.target, symbol):
                continue
            if all(_key(one) != _key(exact) for one in found):
                found.append(exact._replace(rules=path))
        return found

    def _of_exchange(self, target: Target, symbol: str) -> bool:
        """Say whether a future is of the exchange that a symbol names: another one has another
        contract under the same letters."""
        place = isinstance(target, Place)
        future = target.future if place else self.contracts.get(target.name)
        exchange, colon, _ = symbol.partition(":")
        if future is None or not colon or not future.prefixes:
            return True
        return any(_house(exchange) == _house(prefix) for prefix in future.prefixes)


def _house(exchange: str) -> str:
    """Return whose exchange it is: ``CME`` of ``CME_MINI``, and of ``CME_DLY`` with late data."""
    return exchange.partition("_")[0]


def _key(mapped: Mapped) -> tuple[str, int]:
    target = mapped.target
    return (target.future.name, target.depth) if isinstance(target, Place) else (target.name, 0)


def _listed(found: list[Mapped]) -> str:
    names = [f"{name}{depth}!" if depth else name for name, depth in map(_key, found)]
    return ", ".join(names[:NAMES_SHOWN_MAX])


def names_of(state: State) -> Names:
    """Return the names of the setup in force, put in order once."""
    names: Names | None = state.caches.get("names")
    if names is None:
        names = state.caches["names"] = Names(state.facts.setup)
    return names


def mapped(state: State, account: Account, symbol: str) -> Mapped | Unmapped:
    """Say what an account trades under a symbol; worked out once, kept while the setup stands."""
    kept: dict[tuple[str, str], Mapped] | None = state.caches.get("symbols")
    if kept is None:
        kept = state.caches["symbols"] = {}
    known = kept.get((account.name, symbol))
    if known is not None:
        return known
    found = names_of(state).mapped(account, symbol)
    if isinstance(found, Mapped) and len(kept) < KEPT_MAX:
        kept[account.name, symbol] = found
    return found
