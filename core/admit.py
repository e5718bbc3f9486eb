"""Admission: is this a message that was not served before, young enough, and not one too many?

Rules of this file
1. The key of a message is its own id; without one, the hash of its exact bytes, for a short window.
2. The same id with other bytes is not a duplicate: it is refused with an alarm.
3. Too many is no verdict: nothing is recorded, and the sender is asked to come again.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

from core.buckets import TOKEN, bucket_level
from core.setup import SECOND_NS, Route
from core.signals import Signal
from core.state import KeyRow, State

CLOCK_AHEAD_MAX_NS: Final = 5 * SECOND_NS
"""How far a sender's clock may be ahead of ours: TradingView writes whole seconds, and servers keep
time to one."""

CONTENT_WINDOW_NS: Final = 60 * SECOND_NS
"""How long identical bytes without an id count as the same message: TradingView sends four times
within about 20 s, and two real alerts may be identical when their template carries no time."""


def is_token(presented: str, known: Iterable[str]) -> bool:
    """Compare a token with those that are valid now, in constant time for each."""
    given = hashlib.sha256(presented.encode("utf-8", "surrogatepass")).digest()
    found = False
    for token in known:
        found |= hmac.compare_digest(given, hashlib.sha256(token.encode()).digest())
    return found


def key_of(signal: Signal, body_hash: str) -> tuple[str, bool]:
    """Return the duplicate key of a signal, and whether it is its own id."""
    return (f"id:{signal.id}", True) if signal.id is not None else (f"sha256:{body_hash}", False)


def served(state: State, route: str, key: str, *, by_id: bool, now: int) -> KeyRow | None:
    """Return the earlier message with this key, if it still counts."""
    row = state.keys.get((route, key))
    if row is None or (not by_id and now - row.at_ns >= CONTENT_WINDOW_NS):
        return None
    return row


def has_room(state: State, route: Route, now: int) -> bool:
    """Say whether the route's own rate leaves room for one more message."""
    level = bucket_level(
        state, f"route:{route.name}", rate=route.rate_per_minute, burst=route.rate_burst, now=now
    )
    return level >= TOKEN


def is_in_rate(state: State, strategy: str, now: int) -> bool:
    """Say whether the strategy has a signal left; without a limit the risk engine refuses it."""
    scope = f"strategy:{strategy}"
    limits = state.facts.setup.limits.get(scope)
    if limits is None or limits.signals_per_minute is None or limits.signals_burst is None:
        return True
    rate, burst = limits.signals_per_minute, limits.signals_burst
    return bucket_level(state, scope, rate=rate, burst=burst, now=now) >= TOKEN


def age_max(state: State, route: Route, content: Signal, *, now: int) -> int:
    """Return the age to which a message can be told from one that was served before.

    It is the route's own limit, or the sender's if that is less, or less still when younger keys
    than that had to be forgotten.
    """
    most = route.signal_age_max_ns
    if content.max_age_ns is not None:
        most = min(most, content.max_age_ns)
    forgotten_ns = state.facts.forgotten_ns
    if not forgotten_ns:
        return most
    return min(most, now - forgotten_ns - CLOCK_AHEAD_MAX_NS)


def lacking(signal: Signal, route: Route) -> str:
    """Return the code for what the route asks of a message and this one has not, or nothing."""
    if route.require_id and signal.id is None:
        return "id_missing"
    if route.require_time and signal.time_ns is None:
        return "time_missing"
    return ""
