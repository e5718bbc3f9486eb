"""Token buckets in whole numbers, so that a replay refills them exactly as the first run did."""

from __future__ import annotations

from typing import Final

from core.setup import SECOND_NS
from core.state import Bucket, State

TOKEN: Final = 60 * SECOND_NS
"""One token: a rate of N a minute refills N units each nanosecond."""


def bucket_level(state: State, scope: str, *, rate: int, burst: int, now: int) -> int:
    """Return how full a bucket is at ``now``, in units of ``TOKEN``; one never used is full."""
    bucket = state.buckets.get(scope)
    full = burst * TOKEN
    if bucket is None:
        return full
    level = bucket.level
    if now > bucket.at_ns:
        level += (now - bucket.at_ns) * rate
    return min(full, level)


def take_token(state: State, scope: str, rate: int | None, burst: int | None, *, now: int) -> None:
    """Take one token.

    What passes without one (an exit, a cancel) leaves the bucket empty, not in debt.
    """
    if rate is None or burst is None:
        return
    level = bucket_level(state, scope, rate=rate, burst=burst, now=now)
    state.put(state.buckets, scope, Bucket(level - TOKEN if level > TOKEN else 0, now))


def take_message(state: State, account: str, now: int) -> None:
    """Count one message to the venue of an account."""
    scope = f"account:{account}"
    limits = state.facts.setup.limits.get(scope)
    if limits is not None:
        take_token(state, scope, limits.messages_per_minute, limits.messages_burst, now=now)
