"""The times of market data: how often a market that says nothing is asked what it costs.

Rules of this file
1. A quote is as fresh as the last proof of it: a frame of its own market, or an answer by REST,
   which proves what was when it was asked. A pong proves the line, not the subscription: streams
   have stopped for some markets while their connection lived and answered.
2. The rhythm follows the age at which the account calls a quote stale, so that a market that stands
   still keeps a fresh price while its venue answers, and loses it in time when it does not.
3. Asking never takes more than a part of what the venue grants.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from adapters.ccxt.profile import Limits

QUIET_MOST_S: Final = 5.0
"""A silent market is asked at least so often, however old a quote may be: a subscription that died
is found out by that."""

QUIET_LEAST_S: Final = 0.25
"""And at most so often: a quote that may not even be half a second old is for markets that move."""

ASKED_AT: Final = 0.5
"""The part of a quote's allowed age after which a silent market is asked. The other half is for the
way there and back, and for one more try when an answer does not come."""

AGAIN_AT: Final = 0.3
"""The part of it that an answer may take before the question goes once more."""

BUDGET_PART: Final = 0.25
"""The part of an address's budget that questions for prices may take: pictures and look-ups need
the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteTiming:
    """The times of market data. ``each_s``: between two quotes of one instrument at least.
    ``look_s``: how often the socket is looked at. ``pong_s``: how late a pong may be. ``quiet_s``:
    after so long without a proof of its price a market is read by REST. ``poll_s``: likewise while
    the stream does not live. ``again_s``: after so long without an answer it is asked once more.
    ``answer_s``: after so long an answer proves nothing any more. ``first_s``: how long the stream
    may take to come up before reads begin. ``wait_least_s``, ``wait_most_s``: between two attempts
    to subscribe."""

    each_s: float = 0.1
    look_s: float = 0.1
    pong_s: float = 3.0
    quiet_s: float = 1.0
    poll_s: float = 1.0
    again_s: float = 0.6
    answer_s: float = 2.0
    first_s: float = 1.0
    wait_least_s: float = 0.2
    wait_most_s: float = 15.0


QUOTE_TIMING: Final = QuoteTiming()
"""What holds for a quote that may be two seconds old; ten quotes a second are more than the core
decides by."""


ANSWER_MOST_S: Final = 10.0
"""Longest wait for an answer: ccxt itself waits no longer."""


def timing_for(age_ms: int, limits: Limits, method: str) -> QuoteTiming:
    """Return the times for quotes that may be so old, where such a call reads prices."""
    age_s = age_ms / 1000
    dear_s = limits.calls.get(method, 1) * limits.window_s / (limits.weight * BUDGET_PART)
    quiet_s = max(min(age_s * ASKED_AT, QUIET_MOST_S), QUIET_LEAST_S, dear_s)
    return replace(
        QUOTE_TIMING,
        quiet_s=quiet_s,
        poll_s=quiet_s,
        again_s=max(min(age_s * AGAIN_AT, QUIET_MOST_S), QUIET_LEAST_S, dear_s),
        answer_s=min(max(age_s, quiet_s), ANSWER_MOST_S),
    )
