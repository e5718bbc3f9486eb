"""The quotes: market data of one account's instruments, by one public stream, else by REST.

Rules of this file
1. The newest wins, at most so many a second for each instrument, and the newest is never left out.
2. While the stream does not live, prices are read by REST, and that is said; when it lives again,
   too. There is one loop at a time.
3. A market that is silent may be quiet, or the subscription dead: REST tells which, and what it
   reads is a quote like any other.
4. Nothing is judged here: staleness, jumps and crossed prices are the core's control 20.
"""

from __future__ import annotations

import asyncio
import contextvars
import decimal
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog

from adapters.ccxt.client import UP, Client
from adapters.ccxt.frames.ticks import READERS, ReadTick, Tick, polled, quote_of
from adapters.ccxt.sockets import Ears, Sockets, leave
from adapters.port import Sink

log = structlog.get_logger("quotes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One venue's public stream. ``mark``: what its address contains, and no private one.
    ``watch``: the call of ccxt.pro that keeps it."""

    read: ReadTick
    mark: str
    watch: str

    def carries(self, url: str) -> bool:
        """Say whether this is an address of the public stream."""
        return self.mark in url


FEEDS: Final[Mapping[str, Feed]] = {
    "binance": Feed(read=READERS["binance"], mark="/ws/", watch="watch_bids_asks"),
    "binanceusdm": Feed(read=READERS["binanceusdm"], mark="/ws/", watch="watch_bids_asks"),
    "bybit": Feed(read=READERS["bybit"], mark="/v5/public/", watch="watch_tickers"),
}
"""A venue that is not here is quoted by REST."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteTiming:
    """The times of market data. ``each_s``: between two quotes of one instrument at least.
    ``look_s``: how often the socket is looked at. ``pong_s``: how late a pong may be. ``quiet_s``:
    after so long without a word of a market it is read by REST. ``poll_s``: between two reads while
    the stream does not live. ``first_s``: how long the stream may take to come up before they
    begin. ``wait_least_s``, ``wait_most_s``: between two attempts to subscribe."""

    each_s: float = 0.1
    look_s: float = 0.5
    pong_s: float = 3.0
    quiet_s: float = 5.0
    poll_s: float = 2.0
    first_s: float = 1.0
    wait_least_s: float = 0.2
    wait_most_s: float = 15.0


QUOTE_TIMING: Final = QuoteTiming()
"""What holds at real venues: ten quotes a second are more than the core decides by, and a market
that is read every few seconds by REST costs a hundredth of any venue's budget."""

STEADY_S: Final = 10.0
"""A stream that lived so long was up; one that broke sooner is made again with growing waits."""

DIFFERED_MAX: Final = 2
"""Times in a row that REST may show other prices than a silent stream before it counts as dead: one
may have been on its way."""

Poll = Callable[[Sequence[str]], Awaitable[Mapping[str, Tick] | None]]
"""Reads the prices of some of ccxt's symbols by REST; ``None``: the venue did not answer."""


class Quotes:
    """Market data for one account. Used on one event loop.

    ``markets``: instrument -> (ccxt's symbol, the market's own id). ``poll``: reads prices by REST.
    ``on_source``: hears when the stream began to tell, and when and why REST takes its place.
    ``ahead_ns``: by how much the venue's clock is ahead of ours.
    """

    def __init__(
        self,
        ears: Ears,
        feed: Feed | None,
        *,
        markets: Mapping[str, tuple[str, str]],
        poll: Poll,
        on_source: Callable[[bool, str], None] = lambda _live, _why: None,
        ahead_ns: Callable[[], int] = lambda: 0,
        timing: QuoteTiming = QUOTE_TIMING,
    ) -> None:
        self._ears, self._client, self._feed = ears, ears.client, feed
        self._poll, self._on_source, self._timing = poll, on_source, timing
        self._ahead_ns = ahead_ns
        self._symbols = {symbol: name for name, (symbol, _) in markets.items()}
        self._names = {market: name for name, (_, market) in markets.items()}
        self._ticks: dict[str, Tick] = {}
        self._told_at: dict[str, float] = {}
        self._heard_at: dict[str, float] = {}
        """When the stream spoke of an instrument last."""
        self._asked_at: dict[str, float] = {}
        self._differed: dict[str, int] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._sink: Sink | None = None
        self._task: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._up_at = 0.0
        self._url = self._why = ""
        self._broken = asyncio.Event()
        self._context = contextvars.copy_context()
        self.live = False
        """The stream lives: quotes come from it."""

    # --- its life -------------------------------------------------------------------------------

    async def start(self, sink: Sink) -> None:
        """Begin to tell, from whichever source answers. Started already: it begins anew."""
        await self.close()
        self._sink, self._context = sink, contextvars.copy_context()
        if self._feed is not None:
            self._ears.listen(self._feed.carries, self._hear, self._see)
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Stop telling and let go of everything. A second call does nothing."""
        self._sink, self.live = None, False
        self._ears.unlisten(self._see)
        tasks = [task for task in (self._task, self._reading) if task is not None]
        self._task = self._reading = None
        for task in tasks:
            task.cancel()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*self._leaving, return_exceptions=True)

    async def _run(self) -> None:
        """Keep the stream, and read by REST whatever it does not tell."""
        loop, timing = asyncio.get_running_loop(), self._timing
        if not self._symbols:
            return
        watch = asyncio.create_task(self._stream()) if self._feed is not None else None
        began_at, polled_at = loop.time(), 0.0
        try:
            while True:
                await asyncio.sleep(timing.look_s)
                now = loop.time()
                if self.live:
                    began_at = now
                    self._look_at_silence(now)
                elif now - began_at >= timing.first_s and now - polled_at >= timing.poll_s:
                    polled_at = now
                    self._read(tuple(self._symbols))
        finally:
            if watch is not None:
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)

    # --- the stream -----------------------------------------------------------------------------

    async def _stream(self) -> None:
        loop, timing = asyncio.get_running_loop(), self._timing
        tries = 0
        while True:
            self._broken.clear()
            self._why = "nothing was heard"
            began_at = loop.time()
            why = await self._while_alive()
            if self.live:
                self._say(live=False, why=why)
            self._part()
            tries = 0 if loop.time() - began_at >= STEADY_S else tries + 1
            wait_s = min(timing.wait_least_s * 2**tries, timing.wait_most_s)
            await asyncio.sleep(wait_s * (1 + random.random() / 2))

    async def _while_alive(self) -> str:
        """Keep one subscription until it breaks; say why it did."""
        feed, exchange = self._feed, self._client.exchange
        assert feed is not None, "only a venue with a stream has this loop"
        if exchange is None:
            return "not connected"
        Sockets.of(exchange)
        with self._client.trail("quotes"):
            watch = asyncio.create_task(self._keep(getattr(exchange, feed.watch)))
        broken = asyncio.create_task(self._silent())
        try:
            await asyncio.wait((watch, broken), return_when=asyncio.FIRST_COMPLETED)
            error = watch.exception() if watch.done() and not watch.cancelled() else None
            return f"{type(error).__name__}: {error}" if error else self._why
        finally:
            watch.cancel()
            broken.cancel()
            await asyncio.gather(watch, broken, return_exceptions=True)

    async def _keep(self, watch: Callable[[list[str]], Awaitable[object]]) -> None:
        with decimal.localcontext():  # ccxt changes it, for whoever shares it
            while True:
                await watch(list(self._symbols))

    async def _silent(self) -> None:
        """Return when the socket broke, or nothing was heard from it for too long."""
        loop, timing = asyncio.get_running_loop(), self._timing
        client = self._client
        alive_s = (client.settings.keep_alive_ms or client.profile.keep_alive_ms) / 1000
        seen, heard_at = None, loop.time()
        while not self._broken.is_set():
            now_seen = Sockets.of(client.exchange).stamp(self._url)
            if now_seen is not None and now_seen != seen:
                seen, heard_at = now_seen, loop.time()
            if loop.time() - heard_at > alive_s + timing.pong_s:
                return
            try:
                async with asyncio.timeout(timing.look_s):
                    await self._broken.wait()
            except TimeoutError:
                continue

    def _see(self, url: str, state: str, reason: str) -> None:
        if state == UP:
            self._url = url
        else:
            self._why = reason
            self._broken.set()

    def _part(self) -> None:
        exchange, feed = self._client.exchange, self._feed
        if exchange is None or feed is None:
            return
        for socket in Sockets.of(exchange).detach(feed.carries):
            task = asyncio.get_running_loop().create_task(leave(socket))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    def _say(self, *, live: bool, why: str = "") -> None:
        if live is not self.live:
            self.live = live
            source = "stream" if live else "rest"
            where = self._client.settings.venue
            why = self._client.redact(why)
            log.warning("quotes_from", venue=where, source=source, why=why)
            self._on_source(live, why)

    def _hear(self, frame: object) -> None:
        feed, loop = self._feed, asyncio.get_running_loop()
        tick = feed.read(frame) if feed is not None else None
        name = self._names.get(tick.market) if tick is not None else None
        if tick is None or name is None:
            return
        before = self._ticks.get(name)
        if before is not None and not tick.reset and 0 < tick.number < before.number:
            return  # overtaken
        self._heard_at[name] = loop.time()
        self._differed.pop(name, None)
        self._say(live=True)
        self._take(name, tick)

    # --- REST -----------------------------------------------------------------------------------

    def _look_at_silence(self, now: float) -> None:
        quiet_s = self._timing.quiet_s
        silent = [
            symbol
            for symbol, name in self._symbols.items()
            if now - max(self._heard_at.get(name, 0.0), self._asked_at.get(name, 0.0)) > quiet_s
        ]
        if silent:
            for symbol in silent:
                self._asked_at[self._symbols[symbol]] = now
            self._read(tuple(silent))

    def _read(self, symbols: tuple[str, ...]) -> None:
        if self._reading is None or self._reading.done():
            self._reading = asyncio.get_running_loop().create_task(self._read_prices(symbols))

    async def _read_prices(self, symbols: tuple[str, ...]) -> None:
        asked_at = asyncio.get_running_loop().time()
        for symbol, tick in (await self._poll(symbols) or {}).items():
            name = self._symbols.get(symbol)
            if name is None or self._heard_at.get(name, 0.0) > asked_at:
                continue  # the stream was faster
            before = self._ticks.get(name)
            if before is not None and (before.bid, before.ask) != (tick.bid, tick.ask):
                self._differed[name] = self._differed.get(name, 0) + 1
                if self.live and self._differed[name] >= DIFFERED_MAX:
                    self._differed.clear()
                    self._why = f"the stream did not tell what {symbol} costs"
                    self._broken.set()
            self._take(name, tick)

    # --- telling --------------------------------------------------------------------------------

    def _take(self, name: str, tick: Tick) -> None:
        """Keep the newest, and tell it now or as soon as its instrument's turn comes."""
        self._ticks[name] = tick.over(self._ticks.get(name))
        if name in self._timers:
            return
        loop = asyncio.get_running_loop()
        at = max(loop.time(), self._told_at.get(name, 0.0) + self._timing.each_s)
        # Not in the context of the socket: ccxt changes how decimals are rounded there.
        self._timers[name] = loop.call_at(at, self._tell, name, context=self._context)

    def _tell(self, name: str) -> None:
        self._timers.pop(name, None)
        self._told_at[name] = asyncio.get_running_loop().time()
        quote = quote_of(name, self._ticks[name], self._client.now(), self._ahead_ns())
        if quote is not None and self._sink is not None:
            self._sink(quote)


def polling(read: Callable[..., Awaitable[Any]], client: Client) -> Poll:
    """Make what reads prices by REST. ``read(method, *arguments)`` makes one call of ccxt and
    returns ``None`` when it failed."""

    async def poll(symbols: Sequence[str]) -> Mapping[str, Tick] | None:
        exchange = client.exchange
        if exchange is None:
            return None
        best = bool(exchange.has.get("fetchBidsAsks"))
        told = await read("fetch_bids_asks" if best else "fetch_tickers", list(symbols))
        if not isinstance(told, dict):
            return None
        ticks = {symbol: polled(symbol, told.get(symbol)) for symbol in symbols}
        return {symbol: tick for symbol, tick in ticks.items() if tick is not None}

    return poll
