"""Who follows whom, what each should hold and what it holds: as rows for API, page and command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bridge.http.rows import Row, times
from core.copies import copy_of
from core.following import Followed, followers
from core.money import plain
from core.setup import Route, Setup
from core.state import ApartRow, State

SHOWN_MAX: Final = 500
"""Followers with a position that are shown: a page of them, worked out in milliseconds."""


@dataclass(frozen=True, slots=True)
class Copied:
    """Rows of the committed state, copied."""

    setup: Setup
    followed: list[Followed]
    apart: dict[tuple[str, str, str], ApartRow]

    @classmethod
    def of(cls, state: State) -> Copied:
        """Copy what the rows need. Runs between two batches."""
        return cls(state.facts.setup, followers(state, SHOWN_MAX), dict(state.apart))


def copies(seen: Copied) -> Row:
    """Write routes with their followers, positions, and groups with a rule."""
    routes = [route for route in seen.setup.routes.values() if route.copies]
    return {
        "routes": [_route(route) for route in routes],
        "positions": [_position(seen, one) for one in seen.followed],
        "groups": [
            {
                "group": name,
                "no_opposite": rule.no_opposite,
                "accounts": [
                    account.name
                    for account in seen.setup.accounts.values()
                    if name in account.groups
                ],
            }
            for name, rule in seen.setup.groups.items()
        ],
    }


def _route(route: Route) -> Row:
    found = [(name, copy_of(route, name)) for name in dict.fromkeys(route.accounts)]
    return {
        "route": route.name,
        "leader": route.leading,
        "strategies": list(route.strategies),
        "all_or_none": route.all_or_none,
        "followers": [
            {
                "account": name,
                "ratio": plain(copy.ratio),
                "minimum": str(copy.minimum),
                "equivalents": [
                    {
                        "instrument": theirs,
                        "trades": ours.instrument,
                        "factor": plain(ours.factor),
                    }
                    for theirs, ours in copy.equivalents.items()
                ],
            }
            for name, copy in found
            if copy is not None
        ],
    }


def _position(seen: Copied, one: Followed) -> Row:
    leader, instrument, strategy = one.pair.leader
    account, trades, _ = one.pair.follower
    row = seen.apart.get(one.pair.follower)
    return {
        "account": account,
        "strategy": strategy,
        "instrument": trades,
        "route": one.pair.route,
        "leader": leader,
        "leader_instrument": instrument,
        "leader_holds": plain(one.leads),
        "ratio": plain(one.pair.copy.ratio),
        "expected": plain(one.wanted),
        "holds": plain(one.held),
        "state": "trading" if one.is_busy else "differs" if one.differs else "agrees",
        "alarmed": row is not None and row.alarmed,
        **times(since_ns=row.since_ns if row is not None else 0),
    }
