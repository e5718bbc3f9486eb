"""The news: the private stream of one account, kept alive, and what it says of our orders.

Rules of this file
1. ccxt.pro subscribes, signs and prolongs keys. What proves that it was heard, and that it is heard
   still, is judged here.
2. A subscription that broke is made again here, for a bounded time, and then there is a ``Gap``:
   what was said meanwhile only a picture shows. After that time the link is down, and the bridge
   connects anew. There is one loop at a time.
3. A socket that lives proves no subscription; pictures taken by REST do. A fill that they show and
   the stream did not tell ends the subscription.
"""

from __future__ import annotations

import asyncio
import decimal
import random
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog

from adapters.ccxt.canary import unheard
from adapters.ccxt.client import UP
from adapters.ccxt.codes import words
from adapters.ccxt.outcome import Act, outcome
from adapters.ccxt.sockets import Ears, Sockets, leave
from adapters.ccxt.streams import Stream
from adapters.ccxt.telling import Telling
from adapters.ccxt.timing import TIMING, Timing
from adapters.port import Gap, Heartbeat, LinkChanged, Sink, Trouble, TroubleKind, VenueEvent
from core.reports import VenueSnapshot

log = structlog.get_logger("news")

HEARTBEAT_FACTOR: Final = 2
"""Pings per promised heartbeat: one may be late."""

FLAPS_MAX: Final = 5
"""Subscriptions that break within moments, one after the other, before the link is down: the waits
of the bridge are longer than those here."""

Picture = Callable[[int], Awaitable[VenueSnapshot | Trouble]]
"""Reads the account by REST, with its fills since a time."""


class News:
    """The private stream of one account. Used on one event loop.

    ``on_money``: balances or positions changed. ``picture``: asked when nobody else took one for
    ``settings.canary_ms``. ``venue_ns``: the venue's clock, 0 while it is not known. ``settles``:
    in which currency a market of the venue settles.
    """

    def __init__(
        self,
        ears: Ears,
        stream: Stream,
        *,
        account: str,
        on_money: Callable[[], None] = lambda: None,
        picture: Picture | None = None,
        venue_ns: Callable[[], int] = lambda: 0,
        settles: Callable[[str], str] = lambda _: "",
        timing: Timing = TIMING,
    ) -> None:
        self._ears, self._client, self._stream = ears, ears.client, stream
        self._account, self._picture, self._venue_ns = account, picture, venue_ns
        self._timing = timing
        self._telling = Telling(
            ears.client,
            stream.read,
            account=account,
            timing=timing,
            tell=self._tell,
            broke=self._broke,
            acked=self._on_ack,
            on_money=on_money,
            settles=settles,
        )
        self._sink: Sink | None = None
        self._since_ns = self._venue_joined_ns = 0
        self._url = ""
        self._acks = self._flaps = 0
        self._joined = asyncio.Event()
        self._broken = ""
        self._error: BaseException | None = None
        self._trail = ears.client.trail("stream")
        self._tasks: set[asyncio.Task[Any]] = set()
        self._watches: list[asyncio.Task[Any]] = []
        self._rejoining: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._sockets: Sockets | None = None
        self._stamp: tuple[object, ...] | None = None
        self._heard_at = self._joined_at = self._compared_at = 0.0

    @property
    def heartbeat_ms(self) -> int:
        """Return how often it says at least that the link is whole."""
        return HEARTBEAT_FACTOR * self._keep_alive_ms

    @property
    def whole(self) -> bool:
        """Say whether it is subscribed, and nothing was missed since the last gap."""
        return self._telling.whole

    @property
    def _keep_alive_ms(self) -> int:
        return self._client.settings.keep_alive_ms or self._client.profile.keep_alive_ms

    # --- its life -------------------------------------------------------------------------------

    async def start(self, sink: Sink) -> Trouble | None:
        """Subscribe, and begin to tell. Started already: it begins anew."""
        await self.close()
        self._sink = sink
        self._ears.listen(self._stream.carries, self._telling.hear, self._see)
        trouble = await self._join()
        if trouble is not None:
            await self.close()
            return trouble
        self._look()
        return None

    async def close(self) -> None:
        """Stop telling and let go of everything. A second call does nothing."""
        ending = [task for task in (self._rejoining, self._looking) if task is not None]
        self._rejoining = self._looking = None
        for task in ending:
            task.cancel()
        self._stop()
        await asyncio.gather(*ending, *self._tasks, return_exceptions=True)

    def recover(self, reason: str) -> None:
        """Give the subscription up and make it anew: it does not tell what it should."""
        if self._sink is None or self._rejoining is not None:
            return
        log.warning("stream_lost", account=self._account, reason=reason)
        self._telling.whole = False
        self._rejoining = asyncio.get_running_loop().create_task(self._rejoin(reason))

    async def _rejoin(self, reason: str) -> None:
        loop, timing = asyncio.get_running_loop(), self._timing
        began_at = loop.time()
        steady = began_at - self._joined_at >= timing.steady_s
        self._flaps = 0 if steady else self._flaps + 1
        if self._flaps:
            self._part()
            await asyncio.sleep(self._wait_s(self._flaps))
        tries = 0
        while True:
            trouble = await self._join() if self._flaps <= FLAPS_MAX else self._trouble(reason)
            if trouble is None:
                break
            tries += 1
            late = loop.time() - began_at >= timing.rejoin_s or self._flaps > FLAPS_MAX
            if late or trouble.kind is TroubleKind.FATAL:
                self._rejoining = None
                self._give_up(f"{reason}; {trouble.text}")
                return
            await asyncio.sleep(self._wait_s(tries))
        self._rejoining = None
        self._tell(Gap(self._account, reason))

    def _wait_s(self, tries: int) -> float:
        wait_s = min(self._timing.wait_least_s * 2**tries, self._timing.wait_most_s)
        return wait_s * (1 + random.random() / 2)

    def _give_up(self, reason: str) -> None:
        sink = self._sink
        self._flaps = 0
        self._stop()
        if sink is not None:
            sink(LinkChanged(self._account, up=False, reason=reason))

    def _stop(self) -> None:
        self._part()
        self._sink = None
        self._ears.unlisten(self._see)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- one subscription -----------------------------------------------------------------------

    async def _join(self) -> Trouble | None:
        """Subscribe within a time."""
        self._part()
        client, loop = self._client, asyncio.get_running_loop()
        exchange = client.exchange
        for option, values in self._stream.forget.items():
            exchange.options[option] = {**exchange.options.get(option, {}), **values}
        self._sockets = Sockets.of(exchange)
        self._acks, self._broken, self._url, self._error = 0, "", "", None
        self._joined.clear()
        self._since_ns = client.now()
        self._telling.begin(self._since_ns)
        self._trail = client.trail("stream")
        with self._trail:
            for name in self._stream.watches:
                task = loop.create_task(self._keep(getattr(exchange, name)))
                self._watches.append(task)
                task.add_done_callback(self._over)
        try:
            async with asyncio.timeout(self._timing.subscribe_s):
                await self._joined.wait()
        except TimeoutError:
            self._broken = self._broken or "no answer to the subscription"
        if self._broken:
            self._part()
            return self._trouble(self._broken)
        self._telling.whole = True
        self._venue_joined_ns = self._venue_ns() or client.now()
        self._joined_at = self._heard_at = self._compared_at = loop.time()
        return None

    async def _keep(self, watch: Callable[[], Awaitable[object]]) -> None:
        """Keep ccxt.pro at it. What it returns is nothing to us: the frames are read."""
        with decimal.localcontext():  # ccxt changes it, for whoever shares it
            while True:
                await watch()

    def _over(self, task: asyncio.Task[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if task in self._watches:
            self._error = self._error or error
            self._broke(f"{type(error).__name__}: {error}" if error else "ccxt let go of it")

    def _broke(self, reason: str) -> None:
        """Note that the subscription is over: the attempt failed, or what was whole broke."""
        reason = self._client.redact(reason)
        if self._telling.whole:
            self.recover(reason)
        else:
            self._broken = self._broken or reason
            self._joined.set()

    def _on_ack(self) -> None:
        self._acks += 1
        if 0 < self._stream.acks <= self._acks:
            self._joined.set()

    def _see(self, url: str, state: str, reason: str) -> None:
        """Follow the socket. One that comes up by itself was down, and told nothing then."""
        if state != UP:
            self._broke(f"the stream broke: {reason}")
        elif self._telling.whole:
            self.recover("the stream broke, and was connected again")
        else:
            self._url = url
            if not self._stream.acks:
                self._joined.set()

    def _part(self) -> None:
        """Leave the subscription: read what it still said, and let its sockets go."""
        self._telling.whole = False
        watches, self._watches = self._watches, []
        for task in watches:
            task.cancel()
            self._mind(task)
        self._telling.finish()
        sockets, self._sockets = self._sockets, None
        if sockets is not None:
            sockets.end_delays()
            for socket in sockets.detach(self._stream.carries):
                self._mind(asyncio.get_running_loop().create_task(leave(socket)))

    def _mind(self, task: asyncio.Task[Any]) -> None:
        """Wait for a task at the end, whatever becomes of it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _trouble(self, reason: str) -> Trouble:
        """Say what a failed attempt proves. Keys are judged by REST answers alone: a socket refuses
        a clock that differs and a key that is wrong in the same words."""
        if self._error is not None and self._trail.answer is not None:
            judged = outcome(
                self._error,
                self._client.profile,
                Act.READ,
                now_ns=self._client.now(),
                trail=self._trail,
                redact=self._client.redact,
            )
            if isinstance(judged, Trouble) and judged.kind is not TroubleKind.REFUSED:
                return judged
        text = words("ccxt_stream_failed", value=reason, where=self._account)
        return Trouble(TroubleKind.UNKNOWN, "ccxt_stream_failed", text)

    def _tell(self, event: VenueEvent) -> None:
        if self._sink is not None:
            self._sink(event)

    # --- proofs of life -------------------------------------------------------------------------

    def _look(self) -> None:
        """Look at the socket, at what is overdue, and at the age of the last picture."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._timing.look_s, self._look)
        if not self._telling.whole:
            return
        seen = self._sockets.stamp(self._url) if self._sockets is not None else None
        if seen is not None and seen != self._stamp:
            self._stamp, self._heard_at = seen, loop.time()
            self._tell(Heartbeat(self._account, self._venue_ns()))
        silent_s = loop.time() - self._heard_at
        if silent_s > self._keep_alive_ms / 1000 + self._timing.pong_s:
            self.recover(f"nothing was heard for {silent_s:.0f} s")
            return
        self._telling.overdue(self._client.now())
        canary_s = self._client.settings.canary_ms / 1000
        if self._picture is not None and loop.time() - self._compared_at >= canary_s:
            self._compared_at = loop.time()
            if self._looking is None or self._looking.done():
                self._looking = loop.create_task(self._take_picture(self._picture))

    async def _take_picture(self, picture: Picture) -> None:
        asked_ns = self._client.now()
        shown = await picture(max(1, self._since_ns))
        if isinstance(shown, VenueSnapshot):
            self.compare(shown, asked_ns)

    def compare(self, picture: VenueSnapshot, asked_ns: int) -> None:
        """Hold a picture taken by REST against what the stream told. What it did not tell in time
        proves that it is dead, however well its socket answers."""
        if not self._telling.whole:
            return
        self._compared_at = asyncio.get_running_loop().time()
        ahead_ns = (self._venue_ns() or self._client.now()) - self._client.now()
        since_ns, until_ns = self._venue_joined_ns, asked_ns + ahead_ns - self._timing.late_ns
        missing = unheard(picture, self._telling.tally, since_ns=since_ns, until_ns=until_ns)
        if missing:
            self.recover(f"the stream did not tell {missing}")
