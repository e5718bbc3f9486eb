"""What came over each route, what is missing, and what the door turned away: as rows for API, page
and command.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bridge.config.values import Hook
from bridge.http.noise import Noise
from bridge.http.rows import Row, times
from core.fold_heard import CROWD_NS, route_row
from core.heard_rows import RouteRow, StreamRow
from core.setup import SECOND_NS, Route
from core.silence import expected_at, silent_at
from core.state import State

SCRIPTS_SHOWN_MAX: Final = 200
"""Scripts of one route that are shown, those heard last first."""

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Heard:
    """Rows of the committed state, copied. ``due_ns``: when each route is told to be silent, and
    when its next alert is expected."""

    routes: list[tuple[Route, RouteRow]]
    streams: list[StreamRow]
    due_ns: dict[str, tuple[int, int]]
    now: int

    @classmethod
    def of(cls, state: State, now: int) -> Heard:
        """Copy what the rows need. Runs between two batches."""
        routes = [
            (route, route_row(state, name)) for name, route in state.facts.setup.routes.items()
        ]
        due = {
            route.name: (silent_at(state, route, now), expected_at(row, route))
            for route, row in routes
        }
        return cls(routes, list(state.streams.values()), due, now)


def route_rows(heard: Heard, hooks: Mapping[str, Hook], noise: Noise | None = None) -> Row:
    """Write the routes, and what could not be placed; ``None``: nobody knows that now."""
    return {
        "routes": [_route(heard, route, row, hooks.get(route.name)) for route, row in heard.routes],
        "door": None if noise is None else door_row(noise),
    }


def door_row(noise: Noise) -> Row:
    """Write what came to the door since the start and could not be placed."""
    last = [
        {"kind": kind, "sender": sender, **times(at_ns=at_ns)}
        for at_ns, kind, sender in reversed(noise.last)
    ]
    return {"not_placed": dict(sorted(noise.counts.items())), "last": last}


def _route(heard: Heard, route: Route, row: RouteRow, hook: Hook | None) -> Row:
    silent_ns, expected_ns = heard.due_ns[route.name]
    mine = [one for one in heard.streams if one.route == route.name]
    mine.sort(key=lambda one: (-one.heard_ns, one.key))
    return {
        "route": route.name,
        "dialect": route.dialect,
        "strategies": list(route.strategies),
        "accounts": list(dict.fromkeys(route.accounts)),
        **_trust(hook),
        "received": row.received,
        "heartbeats": row.heartbeats,
        "repeated": row.repeated,
        "unread": row.unread,
        "missed": row.missed,
        "again": row.again,
        "restarts": row.restarts,
        "silent": row.silent,
        "silent_after_s": route.silent_after_ns // SECOND_NS or None,
        "expected_by": list(route.expected_by),
        "expected_zone": route.expected_zone if route.expected_by else None,
        "expected_days": [_DAYS[day] for day in route.expected_days],
        **times(
            heard_ns=row.heard_ns,
            since_ns=row.since_ns,
            silent_at_ns=silent_ns,
            expected_next_ns=expected_ns,
        ),
        "scripts": [_script(one, heard.now) for one in mine[:SCRIPTS_SHOWN_MAX]],
    }


def _trust(hook: Hook | None) -> Row:
    """Say what the door asks for beside the token. The token itself is nobody's to see."""
    if hook is None:
        return {"tokens": 0, "sources": [], "certificate": False}
    return {
        "tokens": len(hook.tokens),
        "sources": list(hook.sources),
        "certificate": hook.certificate is not None,
    }


def _script(row: StreamRow, now: int) -> Row:
    return {
        "strategy": row.strategy,
        "symbol": row.symbol,
        "stream": row.stream or None,
        "sequence": row.last or None,
        "missing": [[one.first, one.last] for one in row.missing],
        "recent": sum(now - at_ns < CROWD_NS for at_ns in row.recent_ns),
        "crowded": row.crowded,
        **times(heard_ns=row.heard_ns),
    }
