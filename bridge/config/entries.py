"""Which entries a configuration makes possible, and which limits each would miss."""

from __future__ import annotations

from typing import Final, NamedTuple

from core.setup import Limits, Setup, scopes_of


class Entry(NamedTuple):
    """One kind of entry that some route can lead to."""

    account: str
    strategy: str
    instrument: str


ANY_SCOPE: Final = ("quantity_max", "value_max", "collar_percent", "position_max")
"""Limits that may stand in any scope."""


def entries_of(setup: Setup) -> tuple[Entry, ...]:
    """List every combination that the routes allow, each once, in their order."""
    found = {
        Entry(account, strategy, instrument): None
        for route in setup.routes.values()
        for account in route.accounts
        for strategy in route.strategies
        for instrument in setup.strategies[strategy].instruments
    }
    return tuple(found)


def missing_limits(setup: Setup, entry: Entry) -> list[tuple[str, str]]:
    """List the limits without which the entry is refused, each with the table where it belongs."""
    account = setup.accounts[entry.account]
    scopes = scopes_of(account, entry.strategy, entry.instrument)
    shared = tuple(
        scope for scope in scopes if scope.startswith(("global", "group:")) or scope == _own(entry)
    )
    here = f"accounts.{entry.account}.limits"
    wanted = [(key, scopes, here) for key in ANY_SCOPE]
    wanted += [
        ("gross_max", shared, here),
        ("open_orders_max", tuple(s for s in scopes if not s.startswith("strategy:")), here),
        *(
            [("daily_loss_max", (_own(entry),), here)]
            if not _is_set(setup, "daily_loss_percent_max", (_own(entry),))
            else []
        ),
        ("messages_per_minute", (_own(entry),), here),
        (
            "signals_per_minute",
            (f"strategy:{entry.strategy}",),
            f"strategies.{entry.strategy}.limits",
        ),
    ]
    return [(key, where) for key, read_in, where in wanted if not _is_set(setup, key, read_in)]


def _own(entry: Entry) -> str:
    return f"account:{entry.account}"


def _is_set(setup: Setup, key: str, scopes: tuple[str, ...]) -> bool:
    nothing = Limits()
    return any(getattr(setup.limits.get(scope, nothing), key) is not None for scope in scopes)
