"""The dialects that a route may name. A new one is a file beside ``native`` and a row here.

Rules of this file
1. A dialect reads with the terms of its route and with nothing else; it never raises.
2. A row names every term that its dialect heeds: a route that sets another one has a mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from adapters.tradingview import (
    autoview,
    crosstrade,
    mapping,
    native,
    native_text,
    octobot,
    pineconnector,
    tradesgnl,
    tradewzrd,
    wundertrading_text,
)
from adapters.tradingview.reading import Reading
from adapters.tradingview.terms import Terms


@dataclass(frozen=True, slots=True)
class Dialect:
    """One dialect.

    ``about``: whose alerts they are, in a few words. ``needs``: terms without which it reads
    nothing. ``heeds``: other terms that it uses; every one heeds ``repair``. ``lacks``: ``id`` and
    ``time``, where its messages never carry them, so that the route has to waive them.
    """

    read: Callable[[bytes, Terms], Reading]
    about: str
    needs: tuple[str, ...] = ()
    heeds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


_BARE: Final = ("id", "time")
"""What the text formats of other products never carry."""

DIALECTS: Final[dict[str, Dialect]] = {
    "native": Dialect(native.read, "the native alert, version 1, as JSON"),
    "mapping": Dialect(
        mapping.read, "alerts of your own, by a mapping", needs=("mapping",), heeds=("strategy",)
    ),
    "native_text": Dialect(
        native_text.read, "the native alert, version 1, as name=value text", heeds=("strategy",)
    ),
    "pineconnector": Dialect(
        pineconnector.read,
        "PineConnector",
        needs=("strategy",),
        heeds=("risk_unit", "target_unit", "pending_unit", "sides"),
        lacks=_BARE,
    ),
    "tradesgnl": Dialect(
        tradesgnl.read,
        "TradeSgnl",
        needs=("strategy",),
        heeds=("risk_unit", "target_unit", "pending_unit"),
        lacks=_BARE,
    ),
    "tradewzrd": Dialect(
        tradewzrd.read, "TradeWzrd", needs=("strategy",), heeds=("risk_unit",), lacks=_BARE
    ),
    "crosstrade": Dialect(
        crosstrade.read, "CrossTrade", needs=("strategy", "account"), lacks=_BARE
    ),
    "octobot": Dialect(octobot.read, "OctoBot", needs=("strategy", "exchange"), lacks=_BARE),
    "wundertrading_text": Dialect(
        wundertrading_text.read,
        "WunderTrading, as text",
        needs=("strategy", "exchange"),
        lacks=_BARE,
    ),
    "autoview": Dialect(
        autoview.read,
        "Autoview, the commands that place orders",
        needs=("strategy", "exchange"),
        heeds=("quantity_unit", "account"),
        lacks=_BARE,
    ),
}
"""By the name that a route has for it."""
