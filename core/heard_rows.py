"""What the state keeps of alerts that came, route by route and script by script."""

from __future__ import annotations

from typing import Final

import msgspec

from core.schedule_rows import Interval

StreamKey = tuple[str, str, str, str]
"""Route, strategy, symbol as the sender wrote it, and the stream that it names, if any: what tells
one script from another."""

STREAMS_MAX: Final = 1_000
"""Scripts that are followed at once. A symbol is the sender's own text; the one that was heard
longest ago leaves when it is one too many."""

RANGES_MAX: Final = 16
"""Ranges of numbers of one script that are waited for at once: more is no gap but another count."""


class RouteRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What came over one route.

    ``since_ns``: since when it is known. ``heard_ns``: when an alert of its own strategies came
    last that could be read and was not too old. ``received``: alerts that were read, ``heartbeats``
    of them; ``repeated``: deliveries that were served before; ``unread``: messages that were no
    signal. ``missed``: numbers of a sequence that never came in time; ``again``: numbers that came
    twice; ``restarts`` of scripts. ``silent``: a person was told that nothing comes.
    ``expected_ns``: from when and until when an alert is expected, known until
    ``expected_until_ns``; those that ended at ``expected_told_ns`` or before are dealt with.
    """

    route: str
    since_ns: int = 0
    heard_ns: int = 0
    received: int = 0
    heartbeats: int = 0
    repeated: int = 0
    unread: int = 0
    missed: int = 0
    again: int = 0
    restarts: int = 0
    silent: bool = False
    expected_ns: tuple[Interval, ...] = ()
    expected_until_ns: int = 0
    expected_hash: str = ""
    expected_told_ns: int = 0


class Missing(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Numbers that did not come, from ``first`` to ``last``, as noticed at ``at_ns``."""

    first: int
    last: int
    at_ns: int


class StreamRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What came from one script.

    ``last``: the largest number of its sequence since it began anew, 0: it tells none. ``low``: the
    number that came last, when it was none that was still to come. ``missing``: numbers that may
    still come. ``recent_ns``: when its last alerts came; ``crowded``: a person was told that they
    are too many. ``stream``: how its messages tell it from others of the same strategy and symbol.
    """

    route: str
    strategy: str
    symbol: str
    heard_ns: int = 0
    last: int = 0
    low: int = 0
    missing: tuple[Missing, ...] = ()
    recent_ns: tuple[int, ...] = ()
    crowded: bool = False
    stream: str = ""

    @property
    def key(self) -> StreamKey:
        """Return its place in the table."""
        return (self.route, self.strategy, self.symbol, self.stream)
