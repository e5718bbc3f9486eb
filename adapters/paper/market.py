"""The market: quotes from recorded or synthetic sources, shared by all paper accounts.

Rules of this file
1. Time comes from outside: ``advance`` gives out what is due. Only ``attach`` sets a timer on the
   event loop.
2. A stream that fell behind (a laptop slept) goes on from where it stood; it does not hurry through
   what it missed.
3. A market with several instruments is several sources, merged by time.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Final, Protocol

from adapters.paper.recording import RecordingRefused
from adapters.paper.walk import Tick
from core.reports import Quote

Listener = Callable[[Quote], None]

LAG_MAX_NS: Final = 2_000_000_000
"""Beyond this a stream counts as having stood still: no event loop that lives is two seconds
late."""


class Source(Protocol):
    """One stream of ticks, in the order of time, beginning at 0."""

    @property
    def names(self) -> frozenset[str]:
        """Return the instruments that have quotes here."""
        ...

    def resume(self, instrument: str, price: Decimal) -> None:
        """Take the price of a former life as a wish for where to start."""
        ...

    def ticks(self) -> Iterator[Tick]:
        """Give the ticks."""
        ...


class Market:
    """Quotes for whoever listens. Without sources it is a market by hand: ``put`` gives it
    quotes.
    """

    def __init__(
        self, sources: Sequence[Source] = (), clock: Callable[[], int] = time.time_ns
    ) -> None:
        self._sources = tuple(sources)
        self._clock = clock
        self._quotes: dict[str, Quote] = {}
        self._listeners: list[Listener] = []
        self._stream: Iterator[Tick] = iter(())
        self._head: Tick | None = None
        self._start_ns = 0
        self._former_ns = 0
        self._timer: asyncio.Handle | None = None
        self._started = False
        self.trouble = ""
        """Why the streams ended before their time; empty while all is well."""

    @property
    def names(self) -> frozenset[str]:
        """Return the instruments that have quotes here."""
        return frozenset().union(*(source.names for source in self._sources))

    def last(self, instrument: str) -> Quote | None:
        """Return the newest quote of an instrument."""
        return self._quotes.get(instrument)

    def resume(self, instrument: str, price: Decimal) -> None:
        """Say where an instrument was when it was last traded; heard only before the first
        quote.
        """
        if not self._started:
            for source in self._sources:
                source.resume(instrument, price)

    def put(self, quote: Quote) -> None:
        """Publish one quote."""
        self._quotes[quote.instrument] = quote
        for listener in tuple(self._listeners):
            listener(quote)

    def advance(self, now_ns: int) -> int | None:
        """Publish what is due and return when the next quote is due, ``None`` when no more come."""
        if not self._started:
            self._started = True
            self._start_ns = self._former_ns = now_ns
            streams = [source.ticks() for source in self._sources]
            self._stream = heapq.merge(*streams, key=itemgetter(0))
            self._head = self._next()
        if now_ns < self._former_ns:  # the clock was set back: the streams go with it
            self._start_ns -= self._former_ns - now_ns
        self._former_ns = now_ns
        head = self._head
        if head is not None and now_ns - (self._start_ns + head.after_ns) > LAG_MAX_NS:
            self._start_ns = now_ns - head.after_ns
        while head is not None and self._start_ns + head.after_ns <= now_ns:
            at_ns = self._start_ns + head.after_ns
            self.put(
                Quote(
                    instrument=head.instrument,
                    bid=head.bid,
                    ask=head.ask,
                    last=head.last,
                    at_ns=at_ns,
                )
            )
            head = self._head = self._next()
        return None if head is None else self._start_ns + head.after_ns

    def attach(self, listener: Listener) -> None:
        """Listen from now on. The first listener starts the streams, on the running event loop."""
        self._listeners.append(listener)
        if self._sources and self._timer is None:
            self._timer = asyncio.get_running_loop().call_soon(self._run)

    def detach(self, listener: Listener) -> None:
        """Stop to listen. Without listeners the streams stand still."""
        if listener in self._listeners:
            self._listeners.remove(listener)
        if not self._listeners and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _next(self) -> Tick | None:
        try:
            return next(self._stream, None)
        except RecordingRefused as refused:  # the file was changed after it was checked
            self.trouble = refused.text
            return None

    def _run(self) -> None:
        now_ns = self._clock()
        due_ns = self.advance(now_ns)
        self._timer = None
        if due_ns is not None and self._listeners:
            delay_s = max(due_ns - now_ns, 0) / 1_000_000_000
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._run)
