"""Bad days on purpose: a link to a paper account that loses calls and reports, and falls.

Rules of this file
1. Only the way is bad. The account behind is honest and keeps its books: what was lost is found
   there.
2. Every draw comes from the seed and from what it is for: the order and the number of the call, the
   report, the span of time. The same calls lose the same.
3. A call that got lost proves nothing, and says the same whether it had arrived or not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from adapters.paper.chance import draw, hit
from adapters.paper.codes import words
from adapters.paper.settings import PaperSettings
from adapters.port import Absence, LinkChanged, Sink, Trouble, TroubleKind, Venue, VenueEvent
from core.orders import Order, Terms
from core.reports import Report, VenueOrder, VenueSnapshot

CALLS_COUNTED_MAX: Final = 20_000
"""Orders whose calls are counted: as many as an account carries unfinished. The oldest count is
forgotten, and its next call draws as the first one did."""

SECOND_NS: Final = 1_000_000_000


def loses_request(settings: PaperSettings, call: str, order: str, number: int) -> bool:
    """Say whether the ``number``-th call of a kind for an order never arrives."""
    which = ("lose request", call, order, number)
    return hit(settings.lose_request_probability, settings.seed, *which)


def loses_reply(settings: PaperSettings, call: str, order: str, number: int) -> bool:
    """Say whether a call that arrived is not answered."""
    which = ("lose reply", call, order, number)
    return hit(settings.lose_reply_probability, settings.seed, *which)


def loses_report(settings: PaperSettings, report: Report) -> bool:
    """Say whether a report is never told, however often it is repeated."""
    said = (report.order, report.event.value, report.exec_id, report.at_ns)
    return hit(settings.lose_report_probability, settings.seed, "lose report", *said)


def outage_of(settings: PaperSettings, account: str, span: int) -> tuple[int, int]:
    """Return from when until when the link is down in a span: each time of ``drop_link_every_s``
    since 1970 is one, and has one drop.
    """
    every_ns = settings.drop_link_every_s * SECOND_NS
    start_ns = span * every_ns + draw(settings.seed, "drop", account, span, below=every_ns)
    return start_ns, start_ns + int(settings.drop_link_s * SECOND_NS)


class Weather:
    """One paper account, and the weather between it and the bridge."""

    def __init__(self, venue: Venue, settings: PaperSettings, clock: Callable[[], int]) -> None:
        self.account = venue.account
        self.capabilities = venue.capabilities
        self._venue, self._settings, self._clock = venue, settings, clock
        self._sink: Sink | None = None
        self._up = self._fallen = False
        self._calls: dict[tuple[str, str], int] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def connect(self, sink: Sink) -> Trouble | None:
        """Connect, unless the link is down on purpose."""
        if self._down():
            return self._dropped()
        self._sink, self._fallen = sink, False
        trouble = await self._venue.connect(self._pass_on)
        if trouble is None and not self._up:  # the account behind was open all the time
            self._up = True
            sink(LinkChanged(self.account, up=True, reason="the link is back"))
        self._arm()
        return trouble

    async def close(self) -> None:
        """Close the account behind, which tells the rest first."""
        self._disarm()
        await self._venue.close()
        self._sink = None

    async def submit(self, order: Order) -> Trouble | None:
        """Hand an order over, if the way lets it."""
        return await self._carry("submit", order, lambda: self._venue.submit(order))

    async def cancel(self, order: Order) -> Trouble | None:
        """Ask for a cancel, if the way lets it."""
        return await self._carry("cancel", order, lambda: self._venue.cancel(order))

    async def replace(self, order: Order, terms: Terms) -> Trouble | None:
        """Ask for new terms, if the way lets it."""
        return await self._carry("replace", order, lambda: self._venue.replace(order, terms))

    async def lookup(
        self, order: Order, canary: Order | None = None
    ) -> VenueOrder | Absence | Trouble:
        """Ask the account behind."""
        return self._dropped() if self._cut() else await self._venue.lookup(order, canary)

    async def snapshot(self, since_ns: int) -> VenueSnapshot | Trouble:
        """Ask the account behind."""
        return self._dropped() if self._cut() else await self._venue.snapshot(since_ns)

    async def _carry(
        self, call: str, order: Order, made: Callable[[], Awaitable[Trouble | None]]
    ) -> Trouble | None:
        if self._cut():
            return self._dropped()
        settings, name = self._settings, order.order
        number = self._calls.pop((call, name), 0) + 1
        self._calls[(call, name)] = number
        if len(self._calls) > CALLS_COUNTED_MAX:
            self._calls.pop(next(iter(self._calls)))
        if loses_request(settings, call, name, number):
            return self._no_answer(call, name)
        trouble = await made()
        if trouble is None and loses_reply(settings, call, name, number):
            return self._no_answer(call, name)
        return trouble

    def _no_answer(self, call: str, name: str) -> Trouble:
        text = words("paper_no_answer", value=name, limit=call, where=self.account)
        return Trouble(TroubleKind.UNKNOWN, "paper_no_answer", text)

    # --- the link -------------------------------------------------------------------------------

    def _down(self) -> bool:
        """Say whether the link is down by its settings."""
        every_s, now_ns = self._settings.drop_link_every_s, self._clock()
        if not every_s:
            return False
        span = now_ns // (every_s * SECOND_NS)
        outages = [outage_of(self._settings, self.account, n) for n in (span - 1, span)]
        return any(start_ns <= now_ns < end_ns for start_ns, end_ns in outages)

    def _cut(self) -> bool:
        """Let the link fall if its time has come. Say whether nothing passes: it is down, or it was
        and nobody has connected since.
        """
        if self._up and self._down():
            self._pass_on(LinkChanged(self.account, up=False, reason=self._dropped().text))
            self._fallen = True
        return self._fallen

    def _arm(self) -> None:
        """Wake at the next drop, so that the link falls while nobody calls."""
        self._disarm()
        every_s, now_ns = self._settings.drop_link_every_s, self._clock()
        if not every_s or not self._up:
            return
        span = now_ns // (every_s * SECOND_NS)
        starts = [outage_of(self._settings, self.account, n)[0] for n in (span, span + 1)]
        wait_ns = min(start_ns for start_ns in starts if start_ns > now_ns) - now_ns
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(wait_ns / SECOND_NS, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._cut()
        self._arm()  # it woke a little early, or the clock was set

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _dropped(self) -> Trouble:
        text = words("paper_link_dropped", where=self.account)
        return Trouble(TroubleKind.NOT_SENT, "paper_link_dropped", text)

    def _pass_on(self, event: VenueEvent) -> None:
        if self._fallen or (isinstance(event, Report) and loses_report(self._settings, event)):
            return
        if isinstance(event, LinkChanged):
            self._up = event.up
        if self._sink is not None:
            self._sink(event)
