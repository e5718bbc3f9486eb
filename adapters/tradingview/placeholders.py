"""TradingView's placeholders: which exist, and the search for one that was not replaced.

A placeholder that is misspelt, or not offered for this kind of alert, arrives as it was written. It
is then the value of a healthy-looking message, so its two braces are refused wherever they stand.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Final

from adapters.tradingview.reading import REDACTED, Fault
from adapters.tradingview.redaction import is_secret

PLACEHOLDERS: Final = frozenset(
    [
        *("ticker", "exchange", "open", "high", "low", "close", "volume", "time", "timenow"),
        *("interval", "syminfo.currency", "syminfo.basecurrency"),
        *(f"plot_{number}" for number in range(20)),
        *(
            f"strategy.{name}"
            for name in (
                *("order.action", "order.contracts", "order.price", "order.id", "order.comment"),
                *("order.alert_message", "market_position", "prev_market_position"),
                *("market_position_size", "prev_market_position_size", "position_size"),
            )
        ),
    ]
)
"""All that TradingView documents, but for ``plot("Name")``."""

_LEFT: Final = re.compile(r"\{\{([^{}\r\n]{0,80})(?:\}\}|$)?|%([A-Za-z_][\w.\-]{0,60}+)%")
_PLOT: Final = re.compile(r'plot\((["\']).{0,60}\1\)')


def left_over(text: str) -> tuple[str, str] | None:
    """Find a placeholder that was not replaced: it as written, and how it is written rightly.

    The second is empty when the placeholder is unknown and none is like it, and equal to the first
    when the spelling is right: then ``alert()`` sent it, or an alert for which TradingView does not
    offer it.
    """
    found = _LEFT.search(text)
    if found is None:
        return None
    name = (found[1] or found[2] or "").strip()
    if found[1] is not None and (found[1] in PLACEHOLDERS or _PLOT.fullmatch(found[1])):
        return found[0], found[0]
    like = difflib.get_close_matches(name, PLACEHOLDERS, n=1, cutoff=0.7)
    return found[0], f"{{{{{like[0]}}}}}" if like else ""


def fault_of_left_over(field: str, left: tuple[str, str], example: Callable[[str], str]) -> Fault:
    """Say which placeholder is left over, in which field, and what was probably meant."""
    written, right = left
    if is_secret(field):
        written = REDACTED
    if left[0] == right:
        return Fault("placeholder_left", field, written)
    right = right or example(field) or "the value itself"
    return Fault("placeholder_unknown", field, written, right)
