"""Every retry of the bridge, by name: how often, how far apart, until when.

Rules of this file
1. tenacity is used here and nowhere else.
2. Nothing here goes round a ``submit`` that may have left: only what is proven not to have been sent is sent again.
3. Every policy has an end, or waits for something that a person sees (a link that is down).
"""

from __future__ import annotations

from typing import Final

import tenacity

LOOKUP_AT_S: Final = (0.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0)
"""When an order of unknown outcome is asked for, counted from the doubt; then every minute, for as long as it is
unknown: time alone never ends it."""

CANCEL_TRIES_MAX: Final = 8
"""Requests for one cancel before a person is called: with the waits below about a minute and a half."""


def unsent() -> tenacity.AsyncRetrying:
    """Send again what provably did not leave: 50 ms, doubling to 2 s; the caller stops it at the order's time to live."""
    return tenacity.AsyncRetrying(
        wait=tenacity.wait_exponential_jitter(initial=0.05, max=2.0, jitter=0.05),
        retry=tenacity.retry_if_result(lambda again: again is True),
        reraise=True,
    )


def cancels() -> tenacity.AsyncRetrying:
    """Ask for a cancel again: it does no harm to ask twice."""
    return tenacity.AsyncRetrying(
        wait=tenacity.wait_exponential_jitter(initial=0.1, max=30.0, jitter=0.1),
        stop=tenacity.stop_after_attempt(CANCEL_TRIES_MAX),
        retry=tenacity.retry_if_result(lambda again: again is True),
        retry_error_callback=lambda state: None,
    )


def reconnects() -> tenacity.AsyncRetrying:
    """Connect again, without end: 0.5 s, doubling to 60 s, so that a venue in maintenance is not knocked at."""
    return tenacity.AsyncRetrying(
        wait=tenacity.wait_exponential_jitter(initial=0.5, max=60.0, jitter=0.5),
        retry=tenacity.retry_if_result(lambda again: again is True),
    )
