"""The telling: frames of the private stream in, events for the bridge out, in the same order.

Rules of this file
1. Every frame is read as it came. ccxt.pro's cache is not used: it joins and loses updates.
2. What may have been missed is a ``Gap``: only a new picture tells how things stand.
3. Nothing here decides about orders. Late and repeated frames are passed on: the core sums by id.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

import structlog

from adapters.ccxt.client import Client
from adapters.ccxt.frames.reading import Eyes, Read, Reading
from adapters.ccxt.names import our_name
from adapters.ccxt.pacing import Paced
from adapters.ccxt.tally import Tally
from adapters.ccxt.timing import Timing
from adapters.port import Gap, VenueEvent

log = structlog.get_logger("news")

FRAMES_MAX: Final = 10_000
"""Frames that may wait to be read: some seconds of the busiest account; more were never seen, and
are better read from a picture."""

TURN_MAX: Final = 200
"""Frames read before the event loop is let go on: about 10 ms."""

OWNERS_MAX: Final = 2_000
"""Orders remembered that the venue made out of ours: as many as are remembered at all."""

ORPHANS_MAX: Final = 100
"""Frames remembered of orders that are nobody's: what a triggered order does may be told before
whose it is."""


class Telling:
    """Reads one account's frames. Used on one event loop.

    ``tell``: takes events. ``broke``: called with the reason when a frame says that the
    subscription is over or refused; ``acked``: when it is answered. ``on_money``: balances or
    positions changed. ``settles``: in which currency a market of the venue settles.
    """

    def __init__(
        self,
        client: Client,
        read: Read,
        *,
        account: str,
        timing: Timing,
        tell: Callable[[VenueEvent], None],
        broke: Callable[[str], None],
        acked: Callable[[], None],
        on_money: Callable[[], None],
        settles: Callable[[str], str],
    ) -> None:
        self._client, self._read, self._account, self._timing = client, read, account, timing
        self._tell, self._broke, self._acked = tell, broke, acked
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._orphans: deque[tuple[str, object]] = deque(maxlen=ORPHANS_MAX)
        self._eyes = Eyes(
            account=account,
            ours=lambda name: our_name(client.profile, name),
            clean=self._written,
            settles=settles,
            owners=self._owners,
        )
        self._frames: deque[object] = deque()
        self._turn: asyncio.Handle | None = None
        self._context = contextvars.copy_context()
        self._others = Paced(timing.others, self._gap)
        self._strange = Paced(timing.strange, self._gap)
        self._missed = Paced(timing.missed, self._gap)
        self._money = Paced(timing.money, lambda _: on_money())
        self.tally = Tally(since_ns=0)
        self.whole = False
        """Subscribed, and nothing missed since. While it is not, a gap is no news."""

    def begin(self, since_ns: int) -> None:
        """Count anew: a subscription begins."""
        self._context = contextvars.copy_context()
        self.tally = Tally(since_ns=since_ns, grace_ns=self._timing.grace_ns)

    def hear(self, frame: object) -> None:
        """Take a frame in; it is read in its turn."""
        if len(self._frames) >= FRAMES_MAX:
            self._frames.clear()
            self._missed.want(f"more than {FRAMES_MAX} frames waited to be read")
        self._frames.append(frame)
        if self._turn is None:
            self._soon()

    def finish(self) -> None:
        """Read what still waits, and make no gap for what is over."""
        while self._frames:
            self._read_some()
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        for paced in (self._others, self._strange, self._missed, self._money):
            paced.stop()

    def overdue(self, now_ns: int) -> None:
        """Tell what waited long enough, and that something did not come."""
        if not 0 < self.tally.due_ns <= now_ns:
            return
        reports, why = self.tally.overdue(now_ns)
        for report in reports:
            self._tell(report)
        if why:
            self._missed.want(f"missed: {why}")

    def _read_turn(self) -> None:
        self._turn = None
        self._read_some()
        if self._frames:
            self._soon()

    def _soon(self) -> None:
        # Not in the context of the socket: ccxt changes how decimals are rounded there.
        loop = asyncio.get_running_loop()
        self._turn = loop.call_soon(self._read_turn, context=self._context)

    def _read_some(self) -> None:
        for _ in range(min(TURN_MAX, len(self._frames))):
            frame = self._frames.popleft()
            self._take(self._read(frame, self._eyes), frame)

    def _take(self, reading: Reading, frame: object) -> None:
        for key, order in reading.links:
            self._adopt(key, order)
        if reading.owner:
            self._orphans.append((reading.owner, frame))
        self._pass_on(reading)
        if reading.begun:
            self.tally.begin(reading.begun, self._client.now())
        if reading.done:
            self.tally.done(reading.done)
        if reading.money or reading.told:
            self._money.want("")
        if reading.others:
            self._others.want(f"others traded: {reading.others}")
        if reading.gap:
            log.warning("frame_not_understood", account=self._account, reason=reading.gap)
            self._strange.want(f"not understood: {reading.gap}")
        if reading.acked == "subscribe":
            self._acked()
        if reading.refused:
            self._broke(f"the venue refused: {reading.refused}")
        if reading.over:
            self._broke(reading.over)

    def _pass_on(self, reading: Reading) -> None:
        now_ns = self._client.now()
        for told in reading.told:
            for report in self.tally.hear(told, now_ns):
                self._tell(report)

    def _adopt(self, key: str, order: str) -> None:
        """Remember whose an order is that the venue made, and read again what it did before."""
        if self._owners.get(key) == order:
            return
        self._owners[key] = order
        while len(self._owners) > OWNERS_MAX:
            self._owners.popitem(last=False)
        for frame in [frame for known, frame in self._orphans if known == key]:
            self._pass_on(self._read(frame, self._eyes))

    def _written(self, row: object) -> str:
        try:
            said = json.dumps(row, separators=(",", ":"), default=str)
        except RecursionError:
            return "(nested too deep to be shown)"
        return self._client.redact(said)

    def _gap(self, reason: str) -> None:
        if self.whole:
            self._tell(Gap(self._account, self._client.redact(reason)))
