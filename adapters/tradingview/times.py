"""The time of an alert: UTC nanoseconds from the two forms that leave no doubt.

Rules of this file
1. A text needs its zone: a bare local time is refused, because nobody says whose clock it was.
2. A whole number counts by its length: ten digits are seconds, thirteen are milliseconds (both 2001
   to 2286). Any other length is refused; nothing is read off a size.
3. Integer arithmetic only.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from adapters.tradingview.reading import Fault
from adapters.tradingview.redaction import masked

TIME_NS_MAX: Final = 7_258_118_400_000_000_000
"""The year 2200. Nanoseconds stay below 2**63, which journal engines can keep."""

_ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
_UNIX: Final = re.compile(r"[0-9]{1,20}")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_UNIX_NS: Final = {10: 1_000_000_000, 13: 1_000_000}


def instant(field: str, text: str, example: str) -> int:
    """Read a time as UTC nanoseconds."""
    found = _ISO.fullmatch(text)
    if found is None:
        if _UNIX.fullmatch(text) is None:
            raise Fault("time_invalid", field, masked(text), example)
        scale = _UNIX_NS.get(len(text))
        if scale is None:
            raise Fault("time_ambiguous", field, masked(text), example)
        time_ns = int(text) * scale
    else:
        whole, fraction, zone = found.groups()
        if zone is None:
            raise Fault("time_without_zone", field, masked(text), example)
        try:
            since = datetime.fromisoformat(whole + zone) - _EPOCH
        except ValueError:
            raise Fault("time_invalid", field, masked(text), example) from None
        time_ns = (since.days * 86_400 + since.seconds) * 1_000_000_000
        time_ns += int(fraction.ljust(9, "0")) if fraction else 0
    if not 0 < time_ns < TIME_NS_MAX:
        raise Fault("time_out_of_range", field, masked(text), example)
    return time_ns
