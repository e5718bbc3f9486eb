"""Every retry of the bridge, by name: how often, how far apart, until when.

Rules of this file
1. tenacity is used here and nowhere else.
2. Nothing here goes round a ``submit`` that may have left: only what is proven not to have been
   sent
   is sent again.
3. Every policy has an end, or waits for something that a person sees (a link that is down).
"""

from __future__ import annotations

from typing import Final

import tenacity

LOOKUP_AFTER_S: Final = (0.0, 2.0, 3.0, 5.0, 10.0, 20.0, 20.0, 60.0)
"""Waits before an order of unknown outcome is asked for: at 0, 2, 5, 10, 20, 40, 60 s of doubt,
then
every minute for as long as it is unknown: time alone never ends it."""

CANCEL_TRIES_MAX: Final = 8
"""Requests for one cancel before a person is called: with the waits below about a minute and a
half."""

STEADY_S: Final = 10.0
"""A link that held for so long was up; one that breaks sooner is tried again with growing waits."""

_UNSENT: Final = tenacity.wait_exponential(0.05, 2.0) + tenacity.wait_random(0, 0.05)
_CANCEL: Final = tenacity.wait_exponential(0.1, 30.0) + tenacity.wait_random(0, 0.1)
_CONNECT: Final = tenacity.wait_exponential(0.5, 60.0) + tenacity.wait_random(0, 0.5)


def unsent_wait_s(tries: int) -> float:
    """Return the wait before what provably did not leave goes again; its time to live ends it."""
    return _waited(_UNSENT, tries)


def cancel_wait_s(tries: int) -> float:
    """Return the wait before a cancel is asked for again: it does no harm to ask twice."""
    return _waited(_CANCEL, tries)


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


def _waited(wait: tenacity.wait.wait_base, tries: int) -> float:
    call = tenacity.RetryCallState(tenacity.Retrying(), None, (), {})
    call.attempt_number = max(1, tries)
    return float(wait(call))
