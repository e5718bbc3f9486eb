"""What the state keeps of calendars: when an instrument trades, and what was done to be flat."""

from __future__ import annotations

from typing import Final

import msgspec

Interval = tuple[int, int]
"""From the first nanosecond to the one after the last, in UTC."""

ALWAYS_NS: Final = 1 << 62
"""The end of a session that never ends, in the year 2116: it is before no time that is met."""


class ScheduleRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """When an instrument trades.

    ``sessions_ns`` and ``news_ns``: in order, none touching another. ``weekends_ns``: ends of
    sessions that a weekend follows. They are known until ``valid_until_ns``. ``fault``: why the
    calendar cannot be read now; the rest is then what was read last.
    """

    instrument: str
    sessions_ns: tuple[Interval, ...] = ()
    weekends_ns: tuple[int, ...] = ()
    news_ns: tuple[Interval, ...] = ()
    valid_until_ns: int = 0
    source_hash: str = ""
    fault: str = ""
    where: str = ""


class FlatRow(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What was done to be flat in an instrument of an account by ``until_ns``, for its newest such
    time.

    ``kind``: close, weekend or news. ``acts``: flattens begun for it, ``act`` the last one.
    ``missed``: it was not flat then, and a person was told.
    """

    account: str
    instrument: str
    kind: str
    until_ns: int
    act: str = ""
    acts: int = 0
    missed: bool = False
