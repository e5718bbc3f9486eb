"""The downtime alarm: for how long nobody could take an alert, and who may have missed one.

Rules of this file
1. It is about what was at stake: without a position and without an order alive nothing was missed
   that the next alert does not say again.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from core import records as r
from core.setup import SECOND_NS
from core.state import State
from core.texts import moment

DOWNTIME_NS: Final = 15 * SECOND_NS
"""Shorter outages are those of a restart; TradingView sends again within them."""


def downtime(
    state: State, since_ns: int, now: int, cause: str
) -> Generator[r.AlarmRaised, None, None]:
    """Name an outage and the routes that may have lost an alert while something was open."""
    if not since_ns or now - since_ns <= DOWNTIME_NS:
        return
    accounts = sorted(account for account, names in state.exposed.items() if names)
    routes = [
        name
        for name, route in state.facts.setup.routes.items()
        if any(account in accounts for account in route.accounts)
    ]
    if accounts:
        yield r.AlarmRaised(
            at_ns=now,
            code="downtime",
            value=f"{moment(since_ns)} to {moment(now)} ({cause})",
            limit=f"{(now - since_ns) // SECOND_NS} s",
            where=", ".join(routes) or "no route",
        )
