"""Heartbeats: alerts that say that a script is alive, and nothing else.

Rules of this file
1. A heartbeat never becomes an order, whatever else stands in it.
2. It is heard when it is young and of a strategy of its route; else it is refused, and says nothing
   about the script.
"""

from __future__ import annotations

from typing import Final

from core import records as r
from core.admit import CLOCK_AHEAD_MAX_NS
from core.ordering import Intake, Steps

HEARD: Final = "heartbeat_heard"


def note_heartbeat(intake: Intake) -> Steps:
    """Say what became of a heartbeat."""
    content, route = intake.content, intake.route
    verdict, code, value, limit = "no_action", HEARD, content.strategy, ""
    if content.strategy not in route.strategies:
        verdict, code, limit = "refused", "strategy_not_on_route", route.name
    elif intake.age_ns is not None and intake.age_ns > intake.age_max_ns:
        verdict, code = "refused", "signal_too_old"
        value, limit = f"{intake.age_ns // 10**6} ms", f"{intake.age_max_ns // 10**6} ms"
    elif intake.age_ns is not None and intake.age_ns < -CLOCK_AHEAD_MAX_NS:
        verdict, code, value = "refused", "time_in_future", f"{intake.age_ns // 10**6} ms"
    yield r.SignalRefused(
        at_ns=intake.now,
        signal=intake.signal,
        account="",
        verdict=verdict,
        code=code,
        value=value,
        limit=limit,
        where=route.name,
    )
