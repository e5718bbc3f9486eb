"""The inquiry: asks the venues what became of orders, and tells the writer what they show.

Rules of this file
1. It asks, and the core settles. An answer that does not show an order goes to the core with how it
   was asked, and with the canary that the same calls showed.
2. An order in doubt is asked for until nothing about it is in doubt; any other, when the core wants
   to know of it, until its venue has answered once.
3. A venue that wants to be left alone is not asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog

from adapters.port import Absence, Trouble
from bridge import policies
from bridge.clock import Clock
from bridge.lanes import Lane
from bridge.writer import Writer
from core import commands as c
from core.attached import sought
from core.doubt import IN_DOUBT, canary_for
from core.orders import ALIVE, Order
from core.reports import VenueOrder

log = structlog.get_logger("inquiry")


class Inquiry:
    """One per dispatch. What it asks for is bounded by the orders that the state keeps."""

    def __init__(
        self,
        lanes: Mapping[str, Lane],
        clock: Clock,
        *,
        writer: Callable[[], Writer],
        redact: Callable[[str], str],
        heed: Callable[[str, Trouble], bool],
        start: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._lanes, self._clock, self._writer = lanes, clock, writer
        self._redact, self._heed, self._start = redact, heed, start
        self._asked: set[str] = set()
        self._stopped = False

    def stop(self) -> None:
        """Ask no more."""
        self._stopped = True

    def watch(self, order: Order) -> None:
        """Ask for an order, and go on while anything about it is in doubt."""
        if order.order not in self._asked and not self._stopped:
            self._asked.add(order.order)
            self._start(self._ask_on(order, owed=self._settled(order.order)))

    async def _ask_on(self, order: Order, *, owed: bool) -> None:
        answers, silent, name = 0, 0, order.order
        try:
            while owed or not self._settled(name):
                turn = min(answers + silent, policies.LOOKUP_SILENT_TURN) if silent else answers
                await asyncio.sleep(policies.lookup_wait_s(turn))
                if self._stopped:
                    return
                if owed or not self._settled(name):
                    answered = await self.look_up(name, order.account)
                    answers, silent = answers + answered, 0 if answered else silent + 1
                    owed = owed and not answered
        finally:
            self._asked.discard(name)

    def _settled(self, name: str) -> bool:
        """Say whether nothing about an order is in doubt."""
        order = self._writer().state.orders.get(name)
        if self._stopped or order is None or order.state not in ALIVE:
            return True
        pending = order.pending_cancel or order.pending_replace
        return order.state not in IN_DOUBT and not pending

    async def look_up(self, name: str, account: str) -> bool:
        """Ask a venue for one order and tell the writer; say whether it answered."""
        venue, writer = self._lanes[account].venue, self._writer()
        order = sought(writer.state, name)
        if order is None:
            return True
        if self._lanes[account].paused:
            return False
        asked_ns = self._clock.now()
        found = await venue.lookup(order, canary_for(writer.state, order, asked_ns))
        if isinstance(found, Trouble):
            log.warning("lookup_failed", order=name, code=found.code, text=found.text)
            self._heed(account, found)
            return False
        shown = found if isinstance(found, VenueOrder) else None
        absence = found if isinstance(found, Absence) else Absence((), covers_closed=False)
        await writer.ask(
            c.TakeLookup(
                order=name,
                found=shown,
                conclusive=absence.conclusive,
                may_resend=venue.capabilities.ids_unique_for_ever,
                calls=tuple(self._redact(call) for call in absence.calls),
                covers_closed=absence.covers_closed,
                canary=absence.canary,
                asked_ns=asked_ns,
            )
        )
        return True
