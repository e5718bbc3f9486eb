"""The life of a link: what is told of it, whether it is still heard, and when it is left alone.

Rules of this file
1. What a link is worth is decided by the core and read from its records; here it is only noticed.
2. Silence is judged on the event loop's own clock, which nobody sets.
3. A venue that is left alone is asked for nothing at all, and nothing that waits is lost by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from adapters.port import Sink, Trouble, TroubleKind, Venue
from bridge.dispatch import Dispatch
from bridge.writer import Commit, Writer
from core import commands as c
from core import records as r
from core.links import SCHEDULED, LinkEvent, LinkState
from core.setup import SECOND_NS

CONNECT_WITHIN_S: Final = 30.0
"""How long one attempt to connect may take: sign-in and the first pictures of slow brokers fit."""

PAUSED_LOOK_S: Final = 1.0
"""How often a link that is not ready is looked at: whether a pause is over, and what may not go any
more ends."""

SILENCE_RESOLUTION_S: Final = 0.001
"""A silence that is over but for so little is over: the rest of a sum of seconds need not be
nothing, and a timer for less than a clock can tell would come at once, again and again."""


class LinkLife:
    """One account's link. ``fell`` is called when nothing was heard from it for too long."""

    def __init__(
        self,
        venue: Venue,
        *,
        writer: Writer,
        dispatch: Dispatch,
        fell: Callable[[], None],
    ) -> None:
        self.paused = False
        self._venue, self._writer, self._dispatch = venue, writer, dispatch
        self._fell = fell
        self._awake = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._heard_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._weeding: asyncio.TimerHandle | None = None

    def tell(self, event: LinkEvent, reason: str, code: str = "") -> None:
        """Tell the core what happened to the link."""
        up = event in (LinkEvent.UP, LinkEvent.GAP)
        account = self._venue.account
        self._writer.tell(c.NoteLink(account=account, up=up, reason=reason, event=event, code=code))

    # --- before an attempt ----------------------------------------------------------------------

    async def begin(self) -> None:
        """Begin an attempt to connect; not before a pause is over."""
        account, event = self._venue.account, LinkEvent.TRY
        attempt = c.NoteLink(account=account, up=False, reason="connecting", event=event)
        while True:
            await self._writer.ask(attempt)
            row = await self._writer.read(lambda state: state.accounts.get(account))
            if row is None or row.link is not LinkState.PAUSED:
                self._pause(on=False)
                return
            self._pause(on=True, code=row.link_code)
            with suppress(TimeoutError):
                async with asyncio.timeout(PAUSED_LOOK_S):
                    await self._awake.wait()

    def follow(self, record: r.LinkChanged) -> bool:
        """Follow a record that is durable; say whether it ends what the link is doing."""
        self.open(on=record.state is LinkState.READY)
        before, self.paused = self.paused, record.state is LinkState.PAUSED
        if self.paused is not before:
            self._pause(on=self.paused, code=record.code)
        return self.paused and not before

    def open(self, *, on: bool) -> None:
        """Let entries go while the account is compared; until then end those whose time is over."""
        self._dispatch.open(self._venue.account, on=on)
        if on and self._weeding is not None:
            self._weeding.cancel()
            self._weeding = None
        elif not on and self._weeding is None:
            self._weed()

    def _weed(self) -> None:
        self._weeding = self._loop.call_later(PAUSED_LOOK_S, self._weed)
        self._dispatch.weed(self._venue.account)

    def _pause(self, *, on: bool, code: str = "") -> None:
        """Let the lane wait with the link. In a scheduled pause it does not until the venue itself
        says that it is closed: a halt's cancels may still get through."""
        self.paused = on
        if on:
            self._awake.clear()
            self.listen(on=False)
        else:
            self._awake.set()
        if code != SCHEDULED:
            self._dispatch.pause(self._venue.account, on=on)

    # --- silence --------------------------------------------------------------------------------

    def heard(self) -> None:
        """Note that the venue said something."""
        self._heard_at = self._loop.time()

    def listen(self, *, on: bool) -> None:
        """Begin or end to mind silence. Only a venue that promises a heartbeat can be silent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if on and self._venue.capabilities.heartbeat_ms:
            self.heard()
            self._timer = self._loop.call_later(self._silence_s(), self._judge)

    def _silence_s(self) -> float:
        """Return how much longer the venue may be silent."""
        account = self._writer.state.facts.setup.accounts.get(self._venue.account)
        most_ns = account.silence_max_ns if account is not None else 10 * SECOND_NS
        return self._heard_at + most_ns / SECOND_NS - self._loop.time()

    def _judge(self) -> None:
        left_s = self._silence_s()
        if left_s > SILENCE_RESOLUTION_S:
            self._timer = self._loop.call_later(left_s, self._judge)
            return
        self._timer = None
        silent = f"{self._loop.time() - self._heard_at:.1f} s"
        self.tell(LinkEvent.FELL, f"nothing was heard for {silent}", "link_silent")
        where = f"account:{self._venue.account}"
        self._writer.tell(c.RaiseAlarm(code="link_silent", value=silent, where=where))
        self._fell()

    # --- the connection -------------------------------------------------------------------------

    async def connect(self, take: Sink) -> Trouble | None:
        """Connect within a time."""
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                return await self._venue.connect(take)
        except TimeoutError:
            await self.hang_up()
            text = f"no connection within {CONNECT_WITHIN_S:.0f} s"
            return Trouble(TroubleKind.UNKNOWN, "connect_slow", text)

    async def hang_up(self) -> None:
        """Close a connection that may hang itself."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await self._venue.close()


def followers(links: Mapping[str, Callable[[r.LinkChanged], None]]) -> Callable[[Commit], None]:
    """Make what hands each durable record of a link to the link that it is about."""

    def follow(commit: Commit) -> None:
        for record in commit.records:
            if type(record) is r.LinkChanged and record.account in links:
                links[record.account](record)

    return follow
