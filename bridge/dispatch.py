"""Dispatch: carries effects out at the venues, and tells the writer how each call ended.

Rules of this file
1. Only what a committed record permits is sent; whether it may still go is read right before each send.
2. What is proven not to have left goes again under its own id, within its time to live. What may have left is asked
   for, never sent again, but where the venue keeps ids unique for ever.
3. Cancels and exits go before entries. One lane an account, with a bounded number of calls under way.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Final

import structlog

from adapters.port import Trouble, TroubleKind, Venue
from bridge import policies
from bridge.clock import Clock
from bridge.writer import Writer
from core import commands as c
from core.answers import AskCancel, AskLookup, Effect, Send
from core.orders import ALIVE, Order, OrderState
from core.reports import VenueOrder

log = structlog.get_logger("dispatch")

CALLS_AT_ONCE_MAX: Final = 8
"""Calls under way at one account: enough to get 500 cancels out in a second at 15 ms each, few enough for the
connection limits of the venues."""

_MAY_GO: Final = (OrderState.INTENDED, OrderState.UNKNOWN)
_GOES_AGAIN: Final = (TroubleKind.NOT_SENT, TroubleKind.THROTTLED, TroubleKind.MAINTENANCE)


class _Lane:
    """What waits for one account."""

    __slots__ = ("entries", "running", "urgent", "venue")

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.urgent: deque[Effect] = deque()
        self.entries: deque[Effect] = deque()
        self.running = 0


class Dispatch:
    """One per process. Queues are bounded by the orders alive, which the risk engine bounds."""

    def __init__(self, venues: Mapping[str, Venue], clock: Clock) -> None:
        self._lanes = {account: _Lane(venue) for account, venue in venues.items()}
        self._clock = clock
        self._writer: Writer | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked: set[str] = set()
        self.raised: set[str] = set()
        """Scopes that are being halted right now: set before the halt is committed, read before each send."""

    def attach(self, writer: Writer) -> None:
        """Say to whom outcomes are told."""
        self._writer = writer

    @property
    def writer(self) -> Writer:
        """Return the writer."""
        assert self._writer is not None, "attached before the first effect"
        return self._writer

    def carry_out(self, effects: list[Effect]) -> None:
        """Queue effects whose records are committed, and let the lanes run."""
        for effect in effects:
            order = self.writer.state.orders.get(effect.order)
            if order is None:
                continue
            lane = self._lanes[order.account]
            if isinstance(effect, AskLookup):
                self._watch(order)
            elif isinstance(effect, AskCancel) or order.reduce_only:
                lane.urgent.append(effect)
            else:
                lane.entries.append(effect)
            self._kick(lane)

    async def close(self) -> None:
        """Let calls under way end within a moment; what is not known then is unknown at the next start."""
        for lane in self._lanes.values():
            lane.entries.clear()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)
        for task in list(self._tasks):
            task.cancel()

    def _start(self, work: asyncio.Task[None]) -> None:
        self._tasks.add(work)
        work.add_done_callback(self._tasks.discard)

    def _kick(self, lane: _Lane) -> None:
        waiting = len(lane.urgent) + len(lane.entries)
        if waiting and lane.running < min(CALLS_AT_ONCE_MAX, waiting):
            lane.running += 1
            self._start(asyncio.create_task(self._work(lane)))

    async def _work(self, lane: _Lane) -> None:
        """Serve a lane until nothing waits."""
        try:
            while lane.urgent or lane.entries:
                effect = lane.urgent.popleft() if lane.urgent else lane.entries.popleft()
                self._kick(lane)
                if isinstance(effect, Send):
                    await self._send(lane.venue, effect.order)
                else:
                    await self._cancel(lane.venue, effect.order)
        finally:
            lane.running -= 1

    def _stopped(self, order: Order) -> str:
        """Return the code for what keeps an order from leaving, or nothing. Reads the working state: it is the newest."""
        if order.pending_cancel:
            return "halted_before_send"
        if not order.reduce_only:
            halts = self.writer.state.halts
            scopes = ("global", f"account:{order.account}", f"strategy:{order.strategy}")
            if any(scope in self.raised or scope in halts for scope in scopes):
                return "halted_before_send"
        return "not_sent_in_time" if self._clock.now() >= order.expires_ns else ""

    async def _send(self, venue: Venue, name: str) -> None:
        """Send one order, again while it provably did not leave, and tell how it ended."""
        if await self._try(venue, name):
            await policies.unsent()(self._try, venue, name)

    async def _try(self, venue: Venue, name: str) -> bool:
        """Make one attempt; say whether another may follow."""
        order = self.writer.state.orders.get(name)
        if order is None or order.state not in _MAY_GO:
            return False
        stopped = self._stopped(order)
        if stopped:
            if order.state is OrderState.INTENDED:
                self.writer.tell(
                    c.NoteTrouble(order=name, proven=True, code=stopped, text="", expired=True)
                )
            return False
        entered_ns = self._clock.now()
        trouble = await venue.submit(order)
        if trouble is None:
            self.writer.tell(c.NoteSent(order=name, entered_ns=entered_ns))
            return False
        if trouble.kind in _GOES_AGAIN:
            log.warning("not_sent", order=name, code=trouble.code, text=trouble.text)
            return True
        self._tell_trouble(name, trouble)
        return False

    def _tell_trouble(self, name: str, trouble: Trouble) -> None:
        kind = trouble.kind
        self.writer.tell(
            c.NoteTrouble(
                order=name,
                proven=kind is not TroubleKind.UNKNOWN,
                code=trouble.code,
                text=trouble.text,
                fatal=kind in (TroubleKind.FATAL, TroubleKind.INTERFACE_CHANGED),
            )
        )

    async def _cancel(self, venue: Venue, name: str) -> None:
        """Ask for a cancel until the venue took the request or the order is over."""
        if await self._try_cancel(venue, name):
            await policies.cancels()(self._try_cancel, venue, name)

    async def _try_cancel(self, venue: Venue, name: str) -> bool:
        """Make one request; say whether another has to follow."""
        order = self.writer.state.orders.get(name)
        if order is None or order.state not in ALIVE or not order.pending_cancel:
            return False
        if order.state is OrderState.INTENDED:
            return True  # its submit is under way: what is not there yet cannot be cancelled
        trouble = await venue.cancel(order)
        if trouble is None:
            return False
        log.warning("cancel_failed", order=name, code=trouble.code, text=trouble.text)
        self._watch(order)  # it may have ended by itself: the venue's books tell
        return trouble.kind is not TroubleKind.REFUSED

    # --- what became of it -------------------------------------------------------------------------

    def _watch(self, order: Order) -> None:
        """Ask for an order until its venue has said what became of it."""
        if order.order not in self._asked:
            self._asked.add(order.order)
            self._start(asyncio.create_task(self._ask_on(order.order, order.account)))

    async def _ask_on(self, name: str, account: str) -> None:
        waited = 0.0
        turn = 0
        try:
            while True:
                at = policies.LOOKUP_AT_S[min(turn, len(policies.LOOKUP_AT_S) - 1)]
                await asyncio.sleep(max(0.0, at - waited) if turn < len(policies.LOOKUP_AT_S) else 60.0)
                waited, turn = at, turn + 1
                order = self.writer.state.orders.get(name)
                settled = order is None or order.state not in ALIVE or (
                    order.state not in (OrderState.UNKNOWN, OrderState.INTENDED, OrderState.SENT)
                    and not order.pending_cancel
                )
                if settled or await self.look_up(name, account):
                    return
        finally:
            self._asked.discard(name)

    async def look_up(self, name: str, account: str) -> bool:
        """Ask a venue for one order and tell the writer; say whether the answer settles it."""
        venue = self._lanes[account].venue
        found = await venue.lookup(name)
        if isinstance(found, Trouble):
            log.warning("lookup_failed", order=name, code=found.code, text=found.text)
            return False
        able = venue.capabilities
        answer = self.writer.ask(
            c.TakeLookup(
                order=name,
                found=found,
                conclusive=able.lookup_by_order_id,
                may_resend=able.ids_unique_for_ever,
            )
        )
        await answer
        return isinstance(found, VenueOrder) or able.lookup_by_order_id
