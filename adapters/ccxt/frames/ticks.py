"""What the public streams say of a market: best bid, best ask, last trade.

Rules of this file
1. Pure: the same frame gives the same tick. Staleness, jumps and crossed prices are the core's.
2. A frame that cannot be read says nothing here: the next one tells more, and silence is noticed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from adapters.ccxt.frames.reading import (
    Row,
    Unreadable,
    moment_ns,
    needed,
    number,
    positive,
    row_of,
    text,
)
from core.reports import Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What a frame says of one market: whatever it does not say stays as it was. ``reset``: it says
    everything that there is. ``at_ns``: the venue's time, 0 when it does not tell. ``number``: its
    place in the venue's own order, 0 for none."""

    market: str
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    at_ns: int = 0
    number: int = 0
    reset: bool = False

    def over(self, before: Tick | None) -> Tick:
        """Return the market as it is after this."""
        if before is None:
            return self
        book = Tick(market=self.market) if self.reset else before
        return Tick(
            market=self.market,
            bid=book.bid if self.bid is None else self.bid,
            ask=book.ask if self.ask is None else self.ask,
            last=before.last if self.last is None else self.last,
            at_ns=self.at_ns,
            number=self.number or before.number,
        )


ReadTick = Callable[[object], Tick | None]
"""Reads one frame of a venue's public stream; ``None``: it says nothing of a market. Never raises.
"""


def careful(read: Callable[[Row], Tick | None]) -> ReadTick:
    """Make a reader that passes over what it cannot read."""

    def reading(frame: object) -> Tick | None:
        try:
            return read(row_of(frame, "frame"))
        except Unreadable:
            return None

    return reading


def _binance(frame: Row) -> Tick | None:
    data = frame.get("data")
    row = row_of(data, "data") if "stream" in frame and data is not None else frame
    kind = text(row, "e")
    if kind == "24hrTicker":
        # its bid and ask are a second old where it has them at all
        return Tick(market=needed(row, "s"), last=positive(row, "c"))
    if kind not in ("", "bookTicker") or "b" not in row or "a" not in row:
        return None
    return Tick(
        market=needed(row, "s"),
        bid=positive(row, "b"),
        ask=positive(row, "a"),
        at_ns=moment_ns(row, "T", "E"),
        number=_place(row, "u"),
    )


def _bybit(frame: Row) -> Tick | None:
    if not text(frame, "topic").startswith("tickers."):
        return None
    row = row_of(frame.get("data"), "data")
    return Tick(
        market=needed(row, "symbol"),
        bid=positive(row, "bid1Price"),
        ask=positive(row, "ask1Price"),
        last=positive(row, "lastPrice"),
        at_ns=moment_ns(frame, "ts"),
        number=_place(frame, "cs"),
        reset=text(frame, "type") == "snapshot",
    )


def _place(row: Row, name: str) -> int:
    value = number(row, name)
    return int(value) if value is not None and value >= 0 else 0


READERS: Final[dict[str, ReadTick]] = {
    "binance": careful(_binance),
    "binanceusdm": careful(_binance),
    "bybit": careful(_bybit),
}
"""Who reads which venue's market data."""


def quote_of(name: str, tick: Tick, now_ns: int, ahead_ns: int = 0) -> Quote | None:
    """Return a market as a quote, ``None`` while a side is not known. Without a trade the middle
    stands for the last price.

    ``ahead_ns``: by how much the venue's clock is ahead of ours. A quote is dated by ours, and
    never in the future: it would be fresh long after its stream had died, or old when it comes.
    """
    bid, ask, last = tick.bid, tick.ask, tick.last
    if bid is None or ask is None:
        return None
    return Quote(
        instrument=name,
        bid=bid,
        ask=ask,
        last=(bid + ask) / 2 if last is None else last,
        at_ns=min(now_ns, max(tick.at_ns, tick.at_ns - ahead_ns)) if tick.at_ns else now_ns,
    )


def polled(market: str, ticker: object) -> Tick | None:
    """Read what ccxt made of one market's prices (with ``number`` as text)."""
    try:
        row = row_of(ticker, "ticker")
        bid, ask = positive(row, "bid"), positive(row, "ask")
        tick = Tick(market=market, bid=bid, ask=ask, last=positive(row, "last"), reset=True)
    except Unreadable:
        return None
    return tick if bid is not None and ask is not None else None
