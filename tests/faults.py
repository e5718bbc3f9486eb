"""Bad days on purpose: a venue that loses answers, refuses, throttles and hangs up, as scripted.

Rules of this file
1. A fault is what the network or the platform does; the account behind it stays honest and keeps
   its books.
2. Nothing happens that was not scripted: without a script every call goes straight through.
"""

from __future__ import annotations

import asyncio
from collections import deque
from enum import StrEnum
from typing import Final

from adapters.paper.codes import words
from adapters.port import (
    Absence,
    Gap,
    LinkChanged,
    Sink,
    Trouble,
    TroubleKind,
    Venue,
    VenueEvent,
)
from core.orders import Order, Terms
from core.reports import Report, VenueOrder, VenueSnapshot

SCRIPT_MAX: Final = 10_000
"""Faults that wait for their call: the longest rehearsal scripts one for each of a few thousand
orders."""


class Fault(StrEnum):
    """What goes wrong with one call."""

    LOSE_REPLY = "lose_reply"  # the order is there, its reports come, the answer does not
    LOSE_ALL = "lose_all"  # the order is there; neither the answer nor any of its reports come
    LOSE_REQUEST = "lose_request"  # nothing is there, and no answer comes
    REFUSE = "refuse"
    THROTTLE = "throttle"
    MAINTENANCE = "maintenance"  # proven refused: the venue is closed
    DROP_LINK = "drop_link"  # the link falls while the order is on its way: the request is lost
    NONE = "none"  # nothing: for scripts like "the third one"


class FaultyVenue:
    """A venue with scripted faults in front of it."""

    def __init__(self, venue: Venue) -> None:
        self.account = venue.account
        self.capabilities = venue.capabilities
        self._venue = venue
        self._sink: Sink | None = None
        self._script: dict[str, deque[tuple[Fault, int | None]]] = {
            "submit": deque(),
            "cancel": deque(),
            "replace": deque(),
            "connect": deque(),
        }
        self._silent: set[str] = set()
        self._dropped = False
        self._mute = False
        self._locked = ""
        self._forever = asyncio.Event()
        """Never set: what a half-open connection answers."""

    def script(
        self, fault: Fault, *, call: str = "submit", times: int = 1, until_ns: int | None = None
    ) -> None:
        """Let the next ``times`` calls of one kind go wrong: ``submit``, ``cancel``, ``replace`` or
        ``connect``.

        ``until_ns``: what a throttle or a maintenance names.
        """
        queue = self._script[call]
        assert len(queue) + times <= SCRIPT_MAX, "a script has a bound"
        queue.extend([(fault, until_ns)] * times)

    def drop_link(self, reason: str = "the link was cut") -> None:
        """Cut the link now. The account behind goes on; what it says meanwhile is lost."""
        if self._sink is not None and not self._dropped:
            self._dropped = True
            self._sink(LinkChanged(self.account, up=False, reason=reason))

    def lock_out(self, reason: str = "keys_refused: the key was revoked") -> None:
        """Revoke the key: the link falls, and no attempt to connect gets through."""
        self._locked = reason
        self.drop_link(reason)

    def let_in(self) -> None:
        """Take the key again, or another one."""
        self._locked = ""

    def half_open(self) -> None:
        """Let the connection hang: nothing more is heard, no call is answered, nobody hangs up."""
        self._mute = True

    def miss(self, reason: str = "a message was missed") -> None:
        """Tell of a gap."""
        self._pass_on(Gap(self.account, reason))

    def silence(self, order: str) -> None:
        """Let no report of an order arrive any more, until it is looked up."""
        self._silent.add(order)

    async def by_hand(self, order: Order) -> None:
        """Let somebody else send an order on this account: no report of it is for us."""
        self._silent.add(order.order)
        assert await self._venue.submit(order) is None, "nothing stands in a person's way"

    async def cancel_by_hand(self, order: Order) -> None:
        """Let somebody else cancel an order, also one of ours; we do not hear of it."""
        self._silent.add(order.order)
        assert await self._venue.cancel(order) is None, "nothing stands in a person's way"

    async def connect(self, sink: Sink) -> Trouble | None:
        """Connect, also again after a dropped link."""
        if self._locked:
            code, _, text = self._locked.partition(": ")
            return Trouble(TroubleKind.FATAL, code, text)
        fault, until_ns = self._next("connect")
        if fault is Fault.MAINTENANCE:
            return self._closed(until_ns)
        self._sink, self._mute = sink, False
        if self._dropped:
            self._dropped = False
            sink(LinkChanged(self.account, up=True, reason="the link is back"))
        return await self._venue.connect(self._pass_on)

    async def close(self) -> None:
        """Close the venue behind. A connection that hangs says nothing of its end."""
        if self._mute:
            self._sink = None
        await self._venue.close()
        self._sink = None

    async def submit(self, order: Order) -> Trouble | None:
        """Hand an order over, or do what the script says."""
        fault, until_ns = self._next("submit")
        await self._answered()
        if fault is Fault.LOSE_ALL:
            self._silent.add(order.order)
        if self._dropped or fault not in (Fault.NONE, Fault.LOSE_REPLY, Fault.LOSE_ALL):
            return self._stopped(fault, order, until_ns)
        trouble = await self._venue.submit(order)
        return trouble if trouble or fault is Fault.NONE else _lost(order)

    async def cancel(self, order: Order) -> Trouble | None:
        """Ask for a cancel, or do what the script says."""
        fault, until_ns = self._next("cancel")
        await self._answered()
        if self._dropped or fault not in (Fault.NONE, Fault.LOSE_REPLY, Fault.LOSE_ALL):
            return self._stopped(fault, order, until_ns)
        trouble = await self._venue.cancel(order)
        return trouble if trouble or fault is Fault.NONE else _lost(order)

    async def replace(self, order: Order, terms: Terms) -> Trouble | None:
        """Ask for new terms, or do what the script says."""
        fault, until_ns = self._next("replace")
        if fault is Fault.LOSE_ALL:
            self._silent.add(order.order)
        if self._dropped or fault not in (Fault.NONE, Fault.LOSE_REPLY, Fault.LOSE_ALL):
            return self._stopped(fault, order, until_ns)
        trouble = await self._venue.replace(order, terms)
        return trouble if trouble or fault is Fault.NONE else _lost(order)

    async def lookup(
        self, order: Order, canary: Order | None = None
    ) -> VenueOrder | Absence | Trouble:
        """Ask the venue behind. An order that was silent speaks again once it was looked up."""
        await self._answered()
        if self._dropped:
            return self._down()
        self._silent.discard(order.order)
        return await self._venue.lookup(order, canary)

    async def snapshot(self, since_ns: int) -> VenueSnapshot | Trouble:
        """Ask the venue behind."""
        await self._answered()
        return self._down() if self._dropped else await self._venue.snapshot(since_ns)

    def _next(self, call: str) -> tuple[Fault, int | None]:
        queue = self._script[call]
        reached = call == "connect" or not self._dropped
        return queue.popleft() if queue and reached else (Fault.NONE, None)

    def _stopped(self, fault: Fault, order: Order, until_ns: int | None) -> Trouble:
        name = order.order
        if self._dropped:
            return self._down()
        if fault is Fault.REFUSE:
            text = words("fault_refused", value=name)
            return Trouble(TroubleKind.REFUSED, "fault_refused", text)
        if fault is Fault.THROTTLE:
            text = words("fault_throttled", value=name)
            return Trouble(TroubleKind.THROTTLED, "fault_throttled", text, until_ns)
        if fault is Fault.MAINTENANCE:
            return self._closed(until_ns)
        if fault is Fault.DROP_LINK:
            self.drop_link()
        return _lost(order)

    async def _answered(self) -> None:
        if self._mute:
            await self._forever.wait()

    def _closed(self, until_ns: int | None) -> Trouble:
        return Trouble(TroubleKind.MAINTENANCE, "fault_closed", "closed for the night", until_ns)

    def _down(self) -> Trouble:
        text = words("paper_not_connected", where=self.account)
        return Trouble(TroubleKind.NOT_SENT, "paper_not_connected", text)

    def _pass_on(self, event: VenueEvent) -> None:
        if self._dropped or self._mute or self._sink is None:
            return
        if isinstance(event, Report) and event.order in self._silent:
            return
        self._sink(event)


def _lost(order: Order) -> Trouble:
    return Trouble(TroubleKind.UNKNOWN, "fault_lost", words("fault_lost", value=order.order))
