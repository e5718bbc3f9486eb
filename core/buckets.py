"""Token buckets in whole numbers, so that a replay refills them exactly as the first run did."""

from __future__ import annotations

from typing import Final

from core.setup import SECOND_NS
from core.state import State

TOKEN: Final = 60 * SECOND_NS
"""One token: a rate of N a minute refills N units each nanosecond."""


def bucket_level(state: State, scope: str, *, rate: int, burst: int, now: int) -> int:
    """Return how full a bucket is at ``now``, in units of ``TOKEN``; a bucket never used is full."""
    bucket = state.buckets.get(scope)
    full = burst * TOKEN
    if bucket is None:
        return full
    return min(full, bucket.level + max(0, now - bucket.at_ns) * rate)
