"""A crypto account behind the venue port: one client of ccxt, its calls and its news.

Rules of this file
1. It decides nothing. What a call proves is said by the table of outcomes, and whatever nobody
   proved is ``UNKNOWN``.
2. Keys that are refused take the link down: nothing else can be done with them.
3. A close waits for what writes. Nothing that may be at the venue is forgotten here, because
   nothing that matters is remembered here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import structlog

from adapters.ccxt import pictures, writes
from adapters.ccxt.abilities import able
from adapters.ccxt.account import Account
from adapters.ccxt.client import Client, SandboxFailed
from adapters.ccxt.examine import examined
from adapters.ccxt.findings import Finding, as_finding, refusal, unsent
from adapters.ccxt.money import Bookings, has_fallen, marked
from adapters.ccxt.news import News
from adapters.ccxt.opening import LOAD, found_markets, opened, prepared, rights_barred, unfit
from adapters.ccxt.outcome import CLOCK
from adapters.ccxt.patience import Again, once, patiently
from adapters.ccxt.polls import Polls
from adapters.ccxt.profiles import PROFILES
from adapters.ccxt.quotes import FEEDS, Quotes, polling, timed
from adapters.ccxt.search import search
from adapters.ccxt.settings import CcxtSettings
from adapters.ccxt.sockets import Ears
from adapters.ccxt.streams import STREAMS
from adapters.ccxt.traffic import Failed, Limiters, Traffic, reading
from adapters.port import (
    Absence,
    Heartbeat,
    LinkChanged,
    Sink,
    Trouble,
    TroubleKind,
    VenueEvent,
)
from core.instruments import Instrument
from core.orders import Order, Terms
from core.reports import AccountMark, Quote, Report, VenueOrder, VenueSnapshot

log = structlog.get_logger("ccxt")

KEYS_EVERY_S: Final = 60.0
"""How often it is looked whether the keys are others now."""

BOOKINGS_EVERY_S: Final = 60.0
"""How often the venue's own bookings are read: funding is due every few hours."""

HINT_S: Final = 0.25
"""How long a word that money changed waits for the next one, before the money is read."""


class CcxtVenue:
    """One account at a crypto venue. ``limiters``: of the process, shared by its accounts.
    ``again``: how a question of a connect, a picture or a search that failed is asked again."""

    def __init__(
        self,
        *,
        account: str,
        instruments: Mapping[str, Instrument],
        settings: CcxtSettings,
        clock: Callable[[], int] = time.time_ns,
        limiters: Limiters | None = None,
        again: Again = once,
    ) -> None:
        self.account, self._again = account, again
        self._profile = PROFILES[settings.venue]
        self.capabilities = able(self._profile, settings)
        self._instruments, self._settings, self._clock = instruments, settings, clock
        self._limiters = limiters or Limiters()
        self._client: Client | None = None
        self._open: Account | None = None
        self._news: News | Polls | None = None
        self._quotes: Quotes | None = None
        self._sink: Sink | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._hint = asyncio.Event()
        self._measuring: asyncio.Task[None] | None = None

    # --- its life -------------------------------------------------------------------------------

    async def connect(self, sink: Sink) -> Trouble | None:
        """Open the account and begin to tell. Connected already: it begins anew, with the keys as
        they are now."""
        await self.close()
        trouble = await self._connect(sink)
        if trouble is not None:
            await self.close()
        return trouble

    async def _connect(self, sink: Sink) -> Trouble | None:
        client = Client(self._profile, self._settings, now=self._clock)
        self._client = client
        ears = Ears(client)
        try:
            await client.open()
        except SandboxFailed as failed:
            return Trouble(TroubleKind.FATAL, "ccxt_sandbox_failed", str(failed))
        traffic = self._traffic(client)
        try:
            with reading(), patiently():
                account = await opened(
                    self.account, client, traffic, instruments=self._instruments, tell=self._hear
                )
                if isinstance(account, Trouble):
                    return account
                first = await marked(account)
        except Failed as failed:
            return failed.trouble
        self._sink = sink
        trouble = await self._listen(account, ears)
        if trouble is not None:
            self._sink = None
            return trouble
        self._open, self.capabilities = account, account.described(self.capabilities)
        self._hear(LinkChanged(self.account, up=True, reason=f"connected to {self._profile.name}"))
        self._hear(Heartbeat(self.account, account.venue_now()))
        self._hear(first)
        self._begin(account)
        return None

    def _traffic(self, client: Client) -> Traffic:
        return Traffic(client, limiters=self._limiters, account=self.account, again=self._again)

    async def _listen(self, account: Account, ears: Ears) -> Trouble | None:
        """Begin with the news of the account, where its venue has a stream, and with prices."""

        async def read(method: str, *args: object) -> Any:
            try:
                return await account.traffic.read(method, *args)
            except Failed:
                return None

        self._quotes = Quotes(
            ears,
            FEEDS.get(self._profile.venue),
            markets={name: (one.symbol, one.id) for name, one in account.markets.items()},
            poll=polling(read, account.traffic.client),
            timing=timed(account.traffic.client),
            ahead_ns=lambda: account.ahead_ns,
        )
        await self._quotes.start(self._hear)
        stream = STREAMS.get(self._profile.venue)
        if stream is None:
            self._news = Polls(
                account=self.account,
                picture=lambda since_ns: pictures.snapshot(account, since_ns),
                seek=lambda order: search(account, order),
                now=self._clock,
                every_s=self._settings.poll_orders_ms / 1000,
                venue_ns=account.venue_now,
            )
            return await self._news.start(self._hear)
        self._news = News(
            ears,
            stream,
            account=self.account,
            on_money=self._hint.set,
            picture=lambda since_ns: pictures.snapshot(account, since_ns),
            venue_ns=account.venue_now,
            settles=account.settles,
        )
        return await self._subscribe(account, self._news)

    async def _subscribe(self, account: Account, news: News) -> Trouble | None:
        """Begin with a stream; a dial that fails by chance is made again."""

        async def dialled() -> None:
            trouble = await news.start(self._hear)
            if trouble is not None:
                raise Failed(trouble)

        try:
            await account.traffic.patiently(dialled)
        except Failed as failed:
            return failed.trouble
        return None

    async def close(self) -> None:
        """Stop telling, wait for what writes, and let go of everything."""
        account, self._open, self._sink = self._open, None, None
        tasks, self._tasks = self._tasks, []
        if self._measuring is not None:
            tasks.append(self._measuring)
            self._measuring = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        news, self._news = self._news, None
        quotes, self._quotes = self._quotes, None
        if quotes is not None:
            await quotes.close()
        if news is not None:
            await news.close()
        if account is not None:
            await account.traffic.settle()
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    def _hear(self, event: VenueEvent) -> None:
        """Pass an event on, and remember what helps to read the venue's lists."""
        account = self._open
        if account is not None:
            if isinstance(event, Report) and event.venue_order:
                account.correlation.learn(event.venue_order, event.order)
            elif isinstance(event, Quote):
                account.quotes[event.instrument] = event
        if self._sink is not None:
            self._sink(event)

    async def examine(self) -> tuple[Finding, ...]:
        """Look at keys, rights, modes, markets and the clock; connects nothing that tells, and
        leaves a connected account as it is."""
        account = self._open
        if account is not None:
            return tuple([one async for one in examined(account)])
        client = Client(self._profile, self._settings, now=self._clock)
        try:
            await client.open()
            traffic = self._traffic(client)
            made = await prepared(
                self.account, client, traffic, instruments=self._instruments, tell=self._hear
            )
            if isinstance(made, Trouble):
                return (as_finding(made),)
            return tuple([one async for one in examined(made)])
        except SandboxFailed as failed:
            return (as_finding(Trouble(TroubleKind.FATAL, "ccxt_sandbox_failed", str(failed))),)
        except Failed as failed:
            return (as_finding(failed.trouble),)
        finally:
            await client.close()

    # --- calls ----------------------------------------------------------------------------------

    async def submit(self, order: Order) -> Trouble | None:
        """Hand one order over under its own id."""
        account = self._open
        if account is None:
            return self._absent()
        trouble = await writes.submit(account, order)
        return None if trouble is None else self._judged(trouble)

    async def cancel(self, order: Order) -> Trouble | None:
        """Ask for the end of an order."""
        account = self._open
        if account is None:
            return self._absent()
        trouble = await writes.cancel(account, order)
        return None if trouble is None else self._judged(trouble)

    async def replace(self, order: Order, terms: Terms) -> Trouble | None:
        """Ask for new terms of an order."""
        account = self._open
        if account is None:
            return self._absent()
        if not self.capabilities.replace:
            # what ccxt would do instead is to cancel and place anew, under another number
            return refusal("ccxt_replace_not_offered", where=self._profile.name)
        trouble = await writes.amend(account, order, terms)
        return None if trouble is None else self._judged(trouble)

    async def lookup(
        self, order: Order, canary: Order | None = None
    ) -> VenueOrder | Absence | Trouble:
        """Search for an order in every way that the venue has."""
        account = self._open
        if account is None:
            return self._absent()
        with patiently():
            found = await search(account, order, canary)
        return self._judged(found) if isinstance(found, Trouble) else found

    async def snapshot(self, since_ns: int) -> VenueSnapshot | Trouble:
        """Read the account; the news are held against it."""
        account = self._open
        if account is None:
            return self._absent()
        asked_ns = self._clock()
        with patiently():
            picture = await pictures.snapshot(account, since_ns)
        if isinstance(picture, Trouble):
            return self._judged(picture)
        if self._news is not None:
            self._news.compare(picture, asked_ns)
        return picture

    def _absent(self) -> Trouble:
        return unsent("ccxt_not_connected", where=self.account)

    def _judged(self, trouble: Trouble) -> Trouble:
        """Do at once what a trouble asks for, whoever met it: nothing of it is told twice."""
        if trouble.kind is TroubleKind.FATAL:
            self._fall(trouble)
        elif trouble.code == CLOCK and (self._measuring is None or self._measuring.done()):
            self._measuring = asyncio.create_task(self._try(self._measure))
        return trouble

    def _fall(self, trouble: Trouble) -> None:
        """Take the link down: the bridge connects anew, with the keys as they are then."""
        if self._open is None or self._sink is None:
            return
        log.error("account_refused", account=self.account, code=trouble.code, text=trouble.text)
        self._hear(LinkChanged(self.account, up=False, reason=f"{trouble.code}: {trouble.text}"))
        self._sink = None

    # --- upkeep ---------------------------------------------------------------------------------

    def _begin(self, account: Account) -> None:
        settings, bookings = self._settings, Bookings(account)
        jobs: tuple[tuple[float, Callable[[], Awaitable[Any]]], ...] = (
            (BOOKINGS_EVERY_S, bookings.tell),
            (KEYS_EVERY_S, self._look_at_keys),
            (settings.clock_ms / 1000, self._measure),
            (settings.permissions_s, self._look_at_rights),
            (settings.markets_s, self._reload),
        )
        self._tasks = [asyncio.create_task(self._mark(account, bookings))]
        self._tasks += [asyncio.create_task(self._every(*job)) for job in jobs]

    async def _every(self, wait_s: float, work: Callable[[], Awaitable[Any]]) -> None:
        """Do some work now and then; the first time after the first wait."""
        while True:
            await asyncio.sleep(wait_s)
            await self._try(work)

    async def _try(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Do some work that may fail: it is done again in its time."""
        try:
            await work()
        except Failed as failed:
            log.warning("upkeep_failed", account=self.account, code=failed.trouble.code)

    async def _mark(self, account: Account, bookings: Bookings) -> None:
        """Read the money now and then. Bookings go before a mark that fell by them."""
        await self._try(bookings.tell)
        before: AccountMark | None = None
        while True:
            self._hint.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.mark_ms / 1000):
                    await self._hint.wait()
                    await asyncio.sleep(HINT_S)
            try:
                mark = await marked(account)
            except Failed as failed:
                self._judged(failed.trouble)
                continue
            if has_fallen(before, mark):
                await self._try(bookings.tell)
            before = mark
            self._hear(mark)

    async def _measure(self) -> None:
        account, client = self._open, self._client
        if account is not None and client is not None:
            account.ahead_ns = await account.traffic.work(client.measure_clock, weight=1)
            self._hear(Heartbeat(self.account, account.venue_now()))

    async def _look_at_keys(self) -> None:
        client, news, account = self._client, self._news, self._open
        if client is None or news is None or account is None:
            return
        if await client.refresh_keys():
            account.rights_told = False
            news.recover("the keys were exchanged")
        if not account.rights_told:
            await self._look_at_rights()

    async def _look_at_rights(self) -> None:
        account = self._open
        if account is not None and (barred := await rights_barred(account)) is not None:
            self._fall(barred)

    async def _reload(self) -> None:
        """Know the markets as they are now: steps change, markets close."""
        account, client = self._open, self._client
        if account is None or client is None:
            return
        weight = self._profile.limits.calls.get(LOAD, 1)
        await account.traffic.work(lambda: client.load_markets(fresh=True), weight=weight)
        kind, told = self._profile.kind, client.exchange.markets
        found = found_markets(told, self._instruments, self._settings, kind)
        if not isinstance(found, Trouble):
            # a market that is not listed any more may still hold something
            kept = {**account.markets, **found}
            account.renew(kept, unfit(kept, self._settings.currency))
