"""How the private stream of each venue is subscribed: data, one row a venue.

Rules of this file
1. Subscribing, signing and keys of streams are ccxt.pro's own work; here is only which of its calls
   are made, and what proves that they were heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from adapters.ccxt.frames import binance, binanceusdm, bybit
from adapters.ccxt.frames.reading import Read


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One venue's private stream.

    ``read``: reads its frames. ``mark``: what its address contains, and no other. ``watches``: the
    calls of ccxt.pro that keep it. ``acks``: answers that prove the subscription; 0: the connection
    itself does, its address carries the key. ``forget``: options of ccxt that are put back before a
    new subscription, so that no old key is used again.
    """

    read: Read
    mark: str
    watches: tuple[str, ...]
    acks: int
    forget: Mapping[str, Mapping[str, object]] = field(
        default_factory=dict[str, Mapping[str, object]]
    )

    def carries(self, url: str) -> bool:
        """Say whether this is the address of the private stream."""
        return self.mark in url


STREAMS: Final[Mapping[str, Stream]] = {
    "binance": Stream(read=binance.read, mark="/ws-api/", watches=("watch_orders",), acks=1),
    "binanceusdm": Stream(
        read=binanceusdm.read,
        mark="listenKey=",
        watches=("watch_orders",),
        acks=0,
        forget={"linear": {"listenKey": None, "lastAuthenticatedTime": 0}},
    ),
    "bybit": Stream(
        read=bybit.read,
        mark="/v5/private",
        watches=("watch_orders", "watch_my_trades"),
        acks=2,
    ),
}
"""A venue that is not here tells its news by polls."""
