"""Every retry of the bridge, by name: how often, how far apart, until when.

Rules of this file
1. tenacity is used here and nowhere else.
2. Nothing here goes round a ``submit`` that may have left: only what is proven not to have been
   sent
   is sent again.
3. Every policy has an end, or waits for something that a person sees (a link that is down).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import tenacity

T = TypeVar("T")

LOOKUP_AFTER_S: Final = (0.0, 2.0, 3.0, 5.0, 10.0, 20.0, 20.0, 60.0)
"""Waits before an order of unknown outcome is asked for: at 0, 2, 5, 10, 20, 40, 60 s of doubt,
then
every minute for as long as it is unknown: time alone never ends it."""

LOOKUP_SILENT_TURN: Final = 6
"""The last wait between questions that nobody answered, 20 s: silence proves nothing, so a venue
that was away or wanted a pause does not use up the first minute of an order in doubt."""

CANCEL_TRIES_MAX: Final = 8
"""Requests for one cancel before a person is called: with the waits below about a minute and a
half."""

CANCEL_WAIT_MAX_S: Final = 30.0
"""Longest wait between two requests for one cancel, whatever the venue asks for: what it shuts for
longer pauses the whole link."""

STEADY_S: Final = 10.0
"""A link that held for so long was up; one that breaks sooner is tried again with growing waits."""

READ_TRIES_MAX: Final = 5
"""Tries of one question of a connect or a picture: where one of ten answers is lost, one of a
hundred thousand questions stays without any."""

READ_TRIES_S: Final = 10.0
"""How long after the first try of a question another one may begin: where answers never come, each
try takes as long as a call may, and a whole connect has half a minute."""

_READ: Final = tenacity.wait_exponential(0.1, 1.0) + tenacity.wait_random(0, 0.1)
_UNSENT: Final = tenacity.wait_exponential(0.05, 2.0) + tenacity.wait_random(0, 0.05)
_CANCEL: Final = tenacity.wait_exponential(0.1, CANCEL_WAIT_MAX_S) + tenacity.wait_random(0, 0.1)
_CONNECT: Final = tenacity.wait_exponential(0.5, 60.0) + tenacity.wait_random(0, 0.5)


def unsent_wait_s(tries: int) -> float:
    """Return the wait before what provably did not leave goes again; its time to live ends it."""
    return _waited(_UNSENT, tries)


def cancel_wait_s(tries: int) -> float:
    """Return the wait before a cancel is asked for again: it does no harm to ask twice."""
    return _waited(_CANCEL, tries)


def cancel_pause_s(until_ns: int | None, now: int) -> float:
    """Return how long a venue wants no cancel, as far as it is heeded; below zero: it does not."""
    return min(((until_ns or 0) - now) / 1e9, CANCEL_WAIT_MAX_S)


def lookup_wait_s(turn: int) -> float:
    """Return the wait before an order is asked for, the first turn being 0."""
    return LOOKUP_AFTER_S[min(turn, len(LOOKUP_AFTER_S) - 1)]


def flap_wait_s(breaks: int) -> float:
    """Return the wait before a link that keeps breaking is connected again."""
    return _waited(_CONNECT, breaks)


def reconnects() -> tenacity.AsyncRetrying:
    """Connect again, without end: 0.5 s, doubling to 60 s, so that a venue in maintenance is not
    knocked at. What is tried says whether it has to be tried again.
    """
    return tenacity.AsyncRetrying(
        wait=_CONNECT, retry=tenacity.retry_if_result(lambda again: again is True)
    )


async def read_again(
    work: Callable[[], Awaitable[T]], passing: Callable[[BaseException], bool]
) -> T:
    """Ask a venue something, and again after 0.1 s, doubling to 1 s, while it fails by chance: a
    connect of twenty questions does not begin anew because one answer was lost. Never for what
    writes.
    """
    tries = tenacity.AsyncRetrying(
        stop=tenacity.stop_after_attempt(READ_TRIES_MAX) | tenacity.stop_after_delay(READ_TRIES_S),
        wait=_READ,
        retry=tenacity.retry_if_exception(passing),
        reraise=True,
    )
    return await tries(work)


def _waited(wait: tenacity.wait.wait_base, tries: int) -> float:
    call = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    call.attempt_number = max(1, tries)
    return float(wait(call))
