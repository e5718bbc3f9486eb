"""The quotes: market data of one account's instruments, by one public stream, else by REST.

Rules of this file
1. The newest wins, at most so many a second for each instrument, and the newest is never left out.
2. While the stream does not live, prices are read by REST, and that is said; when it lives again,
   too. There is one loop at a time.
3. A market that is silent may be quiet, or the subscription dead: REST tells which, in time for
   the quote of a quiet one never to be stale. What it reads is a quote of the moment when it was
   asked, and no fresher.
4. Nothing is judged here: staleness, jumps and crossed prices are the core's control 20.
"""

from __future__ import annotations

import asyncio
import contextvars
import decimal
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog

from adapters.ccxt.client import UP, Client
from adapters.ccxt.frames.ticks import READERS, ReadTick, Tick, dated, polled, quote_of
from adapters.ccxt.quote_timing import QUOTE_TIMING, QuoteTiming, timing_for
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


STEADY_S: Final = 10.0
"""A stream that lived so long was up; one that broke sooner is made again with growing waits."""

DIFFERED_MAX: Final = 2
"""Times in a row that REST may show other prices than a silent stream before it counts as dead: one
may have been on its way."""

READS_MAX: Final = 2
"""Reads by REST that are under way at once: an answer that is lost must not keep the next one from
coming, and a venue that answers nothing is not asked ever more."""

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
        self._proven_at: dict[str, float] = {}
        """The moment of the last proof of an instrument's price: when the stream spoke of it, or
        when the question was asked that REST answered."""
        self._asked_at: dict[str, float] = {}
        self._differed: dict[str, int] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._sink: Sink | None = None
        self._task: asyncio.Task[None] | None = None
        self._readings: set[asyncio.Task[None]] = set()
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
        tasks = [*self._readings] if self._task is None else [self._task, *self._readings]
        self._task = None
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
        began_at = loop.time()
        try:
            while True:
                await asyncio.sleep(timing.look_s)
                now = loop.time()
                if self.live:
                    began_at = now
                    self._look_at_silence(now, timing.quiet_s)
                elif now - began_at >= timing.first_s:
                    self._look_at_silence(now, timing.poll_s)
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
            say = log.info if live else log.warning
            say("quotes_from", venue=where, source=source, why=why)
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
        self._proven_at[name] = loop.time()
        self._differed.pop(name, None)
        self._say(live=True)
        self._take(name, dated(tick, self._client.now(), self._ahead_ns()))

    # --- REST -----------------------------------------------------------------------------------

    def _look_at_silence(self, now: float, quiet_s: float) -> None:
        """Ask what the markets cost that were silent for so long, and with them those that will
        have been soon."""
        silence = {
            symbol: now - self._proven_at.get(name, 0.0)
            for symbol, name in self._symbols.items()
            if now - self._asked_at.get(name, 0.0) > self._timing.again_s
        }
        if len(self._readings) < READS_MAX and any(one > quiet_s for one in silence.values()):
            self._read(tuple(symbol for symbol, one in silence.items() if one > quiet_s / 2), now)

    def _read(self, symbols: tuple[str, ...], now: float) -> None:
        for symbol in symbols:
            self._asked_at[self._symbols[symbol]] = now
        task = asyncio.get_running_loop().create_task(self._read_prices(symbols))
        self._readings.add(task)
        task.add_done_callback(self._readings.discard)

    async def _read_prices(self, symbols: tuple[str, ...]) -> None:
        asked_at, asked_ns = asyncio.get_running_loop().time(), self._client.now()
        try:
            async with asyncio.timeout(self._timing.answer_s):
                told = await self._poll(symbols) or {}
        except TimeoutError:
            return
        for symbol, tick in told.items():
            name = self._symbols.get(symbol)
            if name is None or self._proven_at.get(name, 0.0) > asked_at:
                continue  # the stream was faster, or a later question
            self._proven_at[name] = asked_at
            before = self._ticks.get(name)
            if before is not None and (before.bid, before.ask) != (tick.bid, tick.ask):
                self._differed[name] = self._differed.get(name, 0) + 1
                if self.live and self._differed[name] >= DIFFERED_MAX:
                    self._differed.clear()
                    self._why = f"the stream did not tell what {symbol} costs"
                    self._broken.set()
            self._take(name, replace(tick, at_ns=asked_ns))

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
        quote = quote_of(name, self._ticks[name], self._client.now())
        if quote is not None and self._sink is not None:
            self._sink(quote)


def timed(client: Client) -> QuoteTiming:
    """Return the times for the quotes of an account whose client is open."""
    method = _asked_by(client.exchange)
    return timing_for(client.settings.quote_age_ms, client.profile.limits, method)


def polling(read: Callable[..., Awaitable[Any]], client: Client) -> Poll:
    """Make what reads prices by REST. ``read(method, *arguments)`` makes one call of ccxt and
    returns ``None`` when it failed."""

    async def poll(symbols: Sequence[str]) -> Mapping[str, Tick] | None:
        exchange = client.exchange
        if exchange is None:
            return None
        method = _asked_by(exchange)
        if method == "fetch_tickers" and len(symbols) == 1 and exchange.has["fetchTicker"] is True:
            # the list is of every market that there is
            told = {symbols[0]: await read("fetch_ticker", symbols[0])}
        else:
            told = await read(method, list(symbols))
        if not isinstance(told, dict):
            return None
        ticks = {symbol: polled(symbol, told.get(symbol)) for symbol in symbols}
        return {symbol: tick for symbol, tick in ticks.items() if tick is not None}

    return poll


def _asked_by(exchange: Any) -> str:
    """Return the call of ccxt that reads the prices of several markets."""
    own = exchange.has.get("fetchBidsAsks") is True  # not where ccxt makes it of the other one
    return "fetch_bids_asks" if own else "fetch_tickers"
