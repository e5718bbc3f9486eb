"""The timekeeper: what the outside says of our clock, and what follows from a step (control 21).

Rules of this file
1. A message takes time to come, so the youngest of a minute's is compared: it was the quickest.
2. A step makes what was measured before worthless. Entries wait until a source agrees, or for a
   moment where no source speaks.
3. Only a step back halts, and only a person resumes: what was already decided may come again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import structlog

from bridge import sntp
from bridge.clock import Clock
from bridge.outlook import Outlook
from bridge.writer import Writer
from core import commands as c
from core.view import NETWORK, ClockReading

log = structlog.get_logger("timekeeper")

SECOND_NS: Final = 1_000_000_000

SPAN_S: Final = 60
"""Seconds over which the quickest message of a source is looked for."""

DOUBT_NS: Final = 10 * SECOND_NS
"""How long a clock that was set is doubted where no source speaks."""

ASK_EVERY_S: Final = 60.0
"""How often the time servers are asked: public ones ask not to be asked more often."""


class _Source:
    """The quickest message of each second of the last minute."""

    __slots__ = ("quickest",)

    def __init__(self) -> None:
        self.quickest: dict[int, int] = {}

    def hear(self, now: int, ahead_ns: int) -> int:
        """Take one, and return how far ahead our clock is at most."""
        second, quickest = now // SECOND_NS, self.quickest
        quickest[second] = min(ahead_ns, quickest.get(second, ahead_ns))
        for old in [one for one in quickest if one <= second - SPAN_S]:
            del quickest[old]
        return min(quickest.values())


class Timekeeper:
    """One per process, on the event loop. Bounded by the accounts configured."""

    def __init__(
        self, clock: Clock, outlook: Outlook, servers: Sequence[str], off_max_ns: int
    ) -> None:
        self._clock, self._outlook = clock, outlook
        self._servers, self._off_max_ns = tuple(servers), off_max_ns
        self._sources: dict[str, _Source] = {}
        self._doubted = False
        self._steps: list[tuple[int, bool]] = []
        self._stepped = asyncio.Event()
        clock.stepped = self._on_step

    def hear(self, account: str, venue_ns: int) -> None:
        """Compare with a clock that a venue told just now."""
        now = self._clock.now()
        ahead_ns = now - venue_ns
        source = self._sources.setdefault(account, _Source())
        self._judge(account, ahead_ns, source.hear(now, ahead_ns), now)

    def hear_mark(self, account: str, at_ns: int) -> None:
        """Compare with the time of a venue's figures. They may be old and prove nothing then; from
        the future they prove that our clock is behind.
        """
        if at_ns > self._clock.now():
            self.hear(account, at_ns)

    def _judge(self, source: str, newest_ns: int, ahead_ns: int, now: int) -> None:
        self._outlook.take_clock(source, ClockReading(ahead_ns, now))
        if self._doubted and abs(newest_ns) <= self._off_max_ns:
            self._doubted = False
            self._outlook.doubt_clock(0)

    def _on_step(self, now: int, step_ns: int, back: bool) -> None:
        """Doubt the clock from the very decision on that saw the step."""
        for source in (*self._sources, NETWORK):
            self._outlook.take_clock(source, None)
        self._sources.clear()
        self._doubted = True
        self._outlook.doubt_clock(now + DOUBT_NS)
        self._steps.append((step_ns, back))
        self._stepped.set()

    async def keep(self, writer: Writer) -> None:
        """Ask the time servers now and then and after a step, and tell of every step."""
        while True:
            self._stepped.clear()
            await self._tell_steps(writer)
            await self._ask_servers()
            with suppress(TimeoutError):
                async with asyncio.timeout(ASK_EVERY_S):
                    await self._stepped.wait()

    async def _tell_steps(self, writer: Writer) -> None:
        steps, self._steps = self._steps, []
        for step_ns, back in steps:
            value = f"{abs(step_ns) // 10**6} ms"
            log.warning("clock_stepped", step_ns=step_ns, back=back)
            if not back:
                limit = f"{DOUBT_NS // SECOND_NS} s"
                writer.tell(c.RaiseAlarm(code="clock_set", value=value, limit=limit))
                continue
            code = "clock_stepped_back"
            writer.tell(c.RaiseAlarm(code=code, value=value))
            if not await writer.read(lambda state: "global" in state.halts):
                reason = f"{code}: by {value}"
                await writer.ask(c.Halt(scope="global", by="bridge", reason=reason))

    async def _ask_servers(self) -> None:
        """Ask all servers; the middle of their answers counts, so that one alone cannot lie."""
        asked = [sntp.ask(server, self._clock.now) for server in self._servers]
        answers = [one for one in await asyncio.gather(*asked) if one is not None]
        if self._servers and not answers:
            log.warning("time_servers_silent", asked=len(asked))
        if answers:
            answers.sort(key=lambda one: one.ahead_ns)
            ahead_ns = answers[(len(answers) - 1) // 2].ahead_ns
            self._judge(NETWORK, ahead_ns, ahead_ns, self._clock.now())
