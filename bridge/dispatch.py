"""The dispatch: carries effects to the venues, and tells the writer how each call ended.

Rules of this file
1. Only what a committed record permits is sent; whether it may still go is read right before each
   send.
2. What is proven not to have left goes again under its own id, within its time to live. What may
   have left is asked for, never sent again, but where the venue keeps ids unique for ever.
3. One lane an account, with a bounded number of calls under way. Cancels and exits go first, and
   entries never take the last of them. Nobody waits in a lane: a wait is a task of its own.

Length: a call, how it ended, and whether it goes again is one story for each of three kinds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import structlog

from adapters.port import Trouble, TroubleKind, Venue
from bridge import policies
from bridge.clock import Clock
from bridge.inquiry import Inquiry
from bridge.lanes import Lane, pause_of
from bridge.writer import Writer
from core import commands as c
from core.answers import AskCancel, AskLookup, AskReplace, Effect, Send
from core.asked import over_asked
from core.attached import sought
from core.guards import OVER
from core.links import LinkEvent
from core.orders import ALIVE, Order, OrderState, Terms
from core.replace import REPLACE_LIFE_NS

log = structlog.get_logger("dispatch")

CLOSE_WITHIN_S: Final = 1.0
"""How long calls under way may still take at a stop."""

CONFIRM_TRIES_MAX: Final = 3
"""Times that the store is asked before one send: a loop so busy that its answers come late."""

_IN_DOUBT: Final = (OrderState.INTENDED, OrderState.SENT, OrderState.UNKNOWN)
"""Not proven to be at the venue. An order that was sent already is told to go again only by the
core, after the books of a venue that keeps ids unique for ever did not show it."""
_GOES_AGAIN: Final = (TroubleKind.NOT_SENT, TroubleKind.THROTTLED, TroubleKind.MAINTENANCE)


class Dispatch:
    """One per process. Queues are bounded by the orders alive, which the risk engine bounds."""

    def __init__(
        self,
        venues: Mapping[str, Venue],
        clock: Clock,
        *,
        redact: Callable[[str], str],
        fail: Callable[[BaseException], None],
    ) -> None:
        self._lanes = {account: Lane(venue) for account, venue in venues.items()}
        self._clock, self._redact, self._fail = clock, redact, fail
        self._loop = asyncio.get_running_loop()
        self.writer: Writer
        """Attached before the first effect."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._in_hand: dict[Effect, int] = {}
        """What waits, is under way or will go again, with the number of its tries: nothing is in
        here twice."""
        self._stopped = False
        self.raised: set[str] = set()
        """Scopes that are being halted right now: set before the halt is committed, read before
        each send."""

        self.inquiry = Inquiry(
            self._lanes,
            clock,
            writer=lambda: self.writer,
            redact=redact,
            heed=self.heed,
            start=self._start,
        )
        """Asks what became of what was sent."""

    def attach(self, writer: Writer) -> None:
        """Say to whom outcomes are told."""
        self.writer = writer

    def carry_out(self, effects: list[Effect]) -> None:
        """Queue effects whose records are committed, and let the lanes run."""
        state = self.writer.state
        for effect in effects:
            order = sought(state, effect.order)
            lane = self._lanes.get(order.account) if order is not None else None
            if order is None or lane is None:  # an account that is no longer configured
                log.error("effect_without_account", order=effect.order)
            elif isinstance(effect, AskLookup):
                self.inquiry.watch(order)
            elif effect not in self._in_hand and not self._stopped:
                self._in_hand[effect] = 0
                self._queue(lane, effect, urgent=isinstance(effect, AskCancel) or order.reduce_only)

    def sends(self, name: str) -> bool:
        """Say whether an order waits here or is on its way: its outcome will be told."""
        return Send(name) in self._in_hand

    def stop(self) -> None:
        """Send nothing from now on: another writer may be at work, or this process is leaving."""
        self._stopped = True
        self.inquiry.stop()
        for lane in self._lanes.values():
            lane.urgent.clear()
            lane.entries.clear()
        self._in_hand.clear()

    async def close(self) -> None:
        """Let calls under way end within a moment; what is not known then is unknown at the next
        start."""
        self.stop()
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=CLOSE_WITHIN_S if self._calls() else 0)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _calls(self) -> int:
        return sum(lane.running for lane in self._lanes.values())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._fail(error)

    # --- lanes ----------------------------------------------------------------------------------

    def _queue(self, lane: Lane, effect: Effect, *, urgent: bool) -> None:
        if self._stopped:
            return
        (lane.urgent if urgent else lane.entries).append(effect)
        if not lane.growing:
            self._grow(lane)

    def _grow(self, lane: Lane) -> None:
        """Start one worker, and look again once it had its turn: a venue that answers at once needs
        no second one."""
        lane.growing = False
        if lane.wants_worker():
            lane.running += 1
            lane.growing = True
            self._start(self._work(lane))
            self._loop.call_soon(self._grow, lane)

    async def _work(self, lane: Lane) -> None:
        """Serve a lane until nothing waits that may be served."""
        try:
            while not lane.paused:
                if lane.urgent:
                    await self._carry(lane, lane.urgent.popleft())
                elif lane.serves_entries:
                    lane.entering += 1
                    try:
                        await self._carry(lane, lane.entries.popleft())
                    finally:
                        lane.entering -= 1
                else:
                    return
        finally:
            lane.running -= 1

    def pause(self, account: str, *, on: bool) -> None:
        """Let everything of an account wait, or let it go on."""
        lane = self._lanes[account]
        lane.paused = on
        if not on and not lane.growing:
            self._grow(lane)

    def open(self, account: str, *, on: bool) -> None:
        """Let the entries of an account go, or wait until it is compared: what was on its way when
        its link broke, or was paused, goes behind the exits that were held for that."""
        lane = self._lanes[account]
        lane.ready = on
        if on and not lane.growing:
            self._grow(lane)

    def weed(self, account: str) -> None:
        """End what waits in a lane and may not leave any more: its time to live goes on."""
        lane = self._lanes[account]
        for line in (lane.urgent, lane.entries):
            for effect in [one for one in line if isinstance(one, Send | AskReplace)]:
                if isinstance(effect, Send):
                    order = self._sendable(effect.order)
                else:
                    order = self._replaceable(lane.venue, effect)
                if order is None:
                    line.remove(effect)
                    self._in_hand.pop(effect, None)

    def heed(self, account: str, trouble: Trouble) -> bool:
        """Leave a venue alone at once if it said so; how long is in the core's record."""
        code = pause_of(trouble, self._clock.now())
        if code:
            self._lanes[account].paused = True
            self.writer.tell(
                c.NoteLink(
                    account=account,
                    up=False,
                    reason=self._redact(f"{trouble.code}: {trouble.text}"),
                    event=LinkEvent.PAUSE,
                    code=code,
                    until_ns=trouble.until_ns or 0,
                )
            )
        return bool(code)

    async def _carry(self, lane: Lane, effect: Effect) -> None:
        """Make one call, and let it be made again where it must."""
        self._in_hand[effect] = tries = self._in_hand.get(effect, 0) + 1
        if isinstance(effect, Send):
            wait = await self._send(lane.venue, effect.order, tries)
        elif isinstance(effect, AskReplace):
            wait = await self._replace(lane.venue, effect, tries)
        else:
            wait = await self._cancel(lane.venue, effect.order, tries)
        if wait is None or self._stopped:
            self._in_hand.pop(effect, None)
        else:
            self._start(self._again(lane, effect, wait))

    async def _again(self, lane: Lane, effect: Effect, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        order = self.writer.state.orders.get(effect.order)
        reduces = order is not None and order.reduce_only
        self._queue(lane, effect, urgent=isinstance(effect, AskCancel) or reduces)

    # --- sending --------------------------------------------------------------------------------

    def _barred(self, order: Order, until_ns: int) -> str:
        """Return the code for what keeps an order from leaving, by the newest state, or nothing."""
        if order.pending_cancel:
            return "cancelled_before_send"
        halts, raised = self.writer.state.halts, self.raised
        if not order.reduce_only and (halts or raised):
            scopes = ("global", f"account:{order.account}", f"strategy:{order.strategy}")
            if any(scope in raised or scope in halts for scope in scopes):
                return "halted_before_send"
        return "not_sent_in_time" if self._clock.now() >= until_ns else ""

    async def _send(self, venue: Venue, name: str, tries: int) -> float | None:
        """Make one attempt; return the wait before the next one, if one has to follow."""
        order = self._sendable(name)
        if order is not None and not self.writer.tenure.fresh():
            if not await self._confirmed(order):
                return policies.unsent_wait_s(tries)
            order = self._sendable(name)
        if order is None:
            return None
        entered_ns = self._clock.now()
        trouble = await venue.submit(order)
        if trouble is not None and trouble.kind in _GOES_AGAIN:
            return self._wait_s(order, trouble, tries)
        if trouble is None:
            self.writer.tell(c.NoteSent(order=name, entered_ns=entered_ns), patient=True)
        else:
            self._tell_trouble(name, trouble)
        return None

    def _wait_s(self, order: Order, trouble: Trouble, tries: int) -> float:
        """Return the wait before what provably did not leave goes again."""
        log.warning("not_sent", order=order.order, code=trouble.code, text=trouble.text)
        if self.heed(order.account, trouble):
            return policies.unsent_wait_s(tries)  # the lane itself waits, and weeds it
        until_s = ((trouble.until_ns or 0) - self._clock.now()) / 1e9
        return max(policies.unsent_wait_s(tries), until_s)

    def _sendable(self, name: str) -> Order | None:
        """Return the order if it may leave now; else tell why it stays, if nobody has yet."""
        order = self.writer.state.orders.get(name)
        if self._stopped or order is None or order.state not in _IN_DOUBT:
            return None
        barred = self._barred(order, order.expires_ns) or self._beyond(order)
        if not barred:
            return order
        if order.state is OrderState.INTENDED:
            self._tell_trouble(name, Trouble(TroubleKind.NOT_SENT, barred, ""), expired=True)
        return None

    def _beyond(self, order: Order) -> str:
        """Look for the last time whether more goes out than was asked for; if so nothing goes out
        any more."""
        beyond = over_asked(self.writer.state, order)
        if not beyond:
            return ""
        if "global" not in self.raised and "global" not in self.writer.state.halts:
            log.error(OVER, order=order.order, value=beyond)
            self.writer.tell(c.RaiseAlarm(code=OVER, value=beyond, limit="", where=order.order))
            self.raised.add("global")
            self._start(self._raise_all(f"{OVER}: {beyond}"))
        return OVER

    async def _raise_all(self, reason: str) -> None:
        """Halt everything; until that is committed ``raised`` holds what would leave."""
        try:
            await self.writer.ask(c.Halt(scope="global", by="bridge", reason=reason))
        finally:
            self.raised.discard("global")

    async def _confirmed(self, order: Order) -> bool:
        """Ask whether this process is still the writer. An exit goes where nobody can say."""
        writer = self.writer
        for _ in range(CONFIRM_TRIES_MAX):
            if not writer.durable or not await writer.tenure.confirm_soon():
                return not writer.ended and order.reduce_only
            if writer.tenure.fresh():
                break
        return not writer.ended

    def _tell_trouble(
        self, name: str, trouble: Trouble, *, expired: bool = False, terms: Terms | None = None
    ) -> None:
        kind = trouble.kind
        self.writer.tell(
            c.NoteTrouble(
                order=name,
                proven=kind is not TroubleKind.UNKNOWN,
                code=trouble.code,
                text=self._redact(trouble.text),
                fatal=kind in (TroubleKind.FATAL, TroubleKind.INTERFACE_CHANGED),
                expired=expired,
                terms=terms,
                transient=trouble.transient,
            )
        )

    # --- replacing ------------------------------------------------------------------------------

    async def _replace(self, venue: Venue, effect: AskReplace, tries: int) -> float | None:
        """Make one attempt; return the wait before the next one, if one has to follow."""
        order = self._replaceable(venue, effect)
        if order is not None and not self.writer.tenure.fresh():
            if not await self._confirmed(order):
                return policies.unsent_wait_s(tries)
            order = self._replaceable(venue, effect)
        if order is None:
            return None
        trouble = await venue.replace(order, effect.terms)
        if trouble is not None:
            if trouble.kind in _GOES_AGAIN:
                return self._wait_s(order, trouble, tries)
            self._tell_trouble(effect.order, trouble, terms=effect.terms)
        return None

    def _replaceable(self, venue: Venue, effect: AskReplace) -> Order | None:
        """Return the order if its new terms are wanted and may leave; else tell why they do not."""
        order = self.writer.state.orders.get(effect.order)
        if self._stopped or order is None or order.asked != effect.terms:
            return None
        barred = self._barred(order, order.asked_ns + REPLACE_LIFE_NS)
        barred = barred if venue.capabilities.replace else "replace_not_offered"
        if not barred:
            return order
        unsent = Trouble(TroubleKind.NOT_SENT, barred, "")
        self._tell_trouble(effect.order, unsent, terms=effect.terms)
        return None

    # --- cancelling -----------------------------------------------------------------------------

    async def _cancel(self, venue: Venue, name: str, tries: int) -> float | None:
        """Make one request; return the wait before the next one, if one has to follow."""
        order = self.writer.state.orders.get(name)
        if self._stopped or order is None or order.state not in ALIVE or not order.pending_cancel:
            return None
        wait_s = policies.cancel_wait_s(tries)
        if order.state is not OrderState.INTENDED:  # else its submit is under way: not there yet
            trouble = await venue.cancel(order)
            if trouble is None:
                return None
            log.warning("cancel_failed", order=name, code=trouble.code, text=trouble.text)
            if not self.heed(order.account, trouble):
                wait_s = max(wait_s, policies.cancel_pause_s(trouble.until_ns, self._clock.now()))
            self.inquiry.watch(order)  # it may have ended by itself: the venue's books tell
            changed = trouble.kind is TroubleKind.INTERFACE_CHANGED
            if changed or trouble.kind is TroubleKind.REFUSED:
                code, text = trouble.code, self._redact(trouble.text)
                refused = c.NoteCancelRefused(order=name, code=code, text=text, changed=changed)
                self.writer.tell(refused)
                if not changed:
                    return None
        if tries == policies.CANCEL_TRIES_MAX:
            value, where = str(tries), f"account:{order.account}"
            self.writer.tell(
                c.RaiseAlarm(code="cancel_unconfirmed", value=name, limit=value, where=where)
            )
        return wait_s
