"""Recovery: from a cold or a broken link to an account that new exposure may pass to. Boot and
reconnect are the same.

Rules of this file
1. One loop an account. Nothing of it decides about orders: it asks, and the core settles.
2. An account is recovered when each of its orders alive has been asked for by its id, or is on its
   way; one that was held when the process began, too: a journal that is older than the venue may
   not have told that it was sent; and, where pictures list no fills, each that ended lately with
   something left.
3. It is compared before it is recovered, then every half a minute, soon again while something
   differs, and at once when something was missed. What follows is the core's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from itertools import chain, repeat
from typing import Any, Final

import msgspec
import structlog

from adapters.port import Booked, Gap, Heartbeat, LinkChanged, TroubleKind, Venue, VenueEvent
from bridge import policies
from bridge.dispatch import Dispatch
from bridge.guard import Guard
from bridge.links import LinkLife
from bridge.outlook import Outlook
from bridge.pictures import Pictures
from bridge.timekeeper import Timekeeper
from bridge.writer import Writer
from core import commands as c
from core import records as r
from core.answers import AskCancel
from core.cash import doubtful
from core.flatten_scope import waits_for
from core.followups import to_be_shown
from core.links import REFUSED, LinkEvent
from core.orders import Order, OrderState
from core.reports import AccountMark, Quote, Report
from core.state import State

log = structlog.get_logger("recovery")

OBSERVE_EVERY_S: Final = 0.25
"""How often an account's losses are judged at most; its figures themselves are the newest."""

REVIEW_EVERY_S: Final = 5.0
"""How often orders are reviewed that should have moved: those that stood in doubt before are asked
for, and a cancel that had no effect is asked for again."""

COMPARE_EVERY_S: Final = 30.0
"""How often the venue's picture is compared with the journal while the link is up."""

COMPARE_FIRST_S: Final = (5.0, 10.0)
"""Waits before the first pictures of a link that is up again: that of its recovery may be older
than the connection, and what was filled in between was told to nobody."""

UNSEEN_MAX_S: Final = 90.0
"""How long no picture may come of an account that is otherwise whole: three in a row. Without one
nothing is compared, however well its stream tells."""

LOOKUPS_AT_ONCE_MAX: Final = 32
"""Orders asked for at once after a start: their answers share commits."""

ENDED_ASKED_MAX: Final = 100
"""Orders that ended lately and are asked for after a break: more do not end in two minutes but by a
halt, which must not keep an account from being compared."""

_FINAL: Final = (TroubleKind.FATAL, TroubleKind.INTERFACE_CHANGED)
"""What no further attempt mends: a person has to. The attempts go on, for a new key is read at
each."""

_IN_DOUBT: Final = (OrderState.INTENDED, OrderState.SENT, OrderState.UNKNOWN)


class AccountLink:
    """One account's connection, kept up for as long as the bridge runs."""

    def __init__(
        self,
        venue: Venue,
        *,
        writer: Writer,
        outlook: Outlook,
        dispatch: Dispatch,
        redact: Callable[[str], str],
        clock: Callable[[], int],
        timekeeper: Timekeeper,
    ) -> None:
        self.venue = venue
        self._clock, self._timekeeper = clock, timekeeper
        self._redact = redact
        self.recovered = False
        self._writer, self._outlook, self._dispatch = writer, outlook, dispatch
        self._down = asyncio.Event()
        self._connected = self._silent = False
        self._guard = Guard(venue, writer, outlook, clock)
        self._life = LinkLife(venue, writer=writer, dispatch=dispatch, fell=self._hang_up)
        self._loop = asyncio.get_running_loop()
        self._observe_at = 0.0
        self._pictures = Pictures(
            venue, writer=writer, outlook=outlook, dispatch=dispatch, redact=redact, clock=clock
        )
        self._cause = "boot"
        self._held = frozenset(writer.state.held)
        """Orders that were held at the start, and have not been asked for yet."""

    async def keep(self) -> None:
        """Connect, recover, watch over the orders until the link breaks, and begin again."""
        breaks = 0
        self._guard.describe()
        while True:
            self._down.clear()
            await policies.reconnects()(self._lost)
            up_at = self._loop.time()
            await self._while_up(self._watch_over())
            breaks = breaks + 1 if self._loop.time() - up_at < policies.STEADY_S else 0
            if breaks:
                await asyncio.sleep(policies.flap_wait_s(breaks))

    def take(self, event: VenueEvent) -> None:
        """Take what the venue says: the sink of the venue port."""
        self._life.heard()
        match event:
            case Report():  # first: most of what a venue says of orders
                self._writer.tell(c.TakeReport(report=self._clean(event)), patient=True)
            case Quote():
                self._outlook.take_quote(event, self.venue.account)
                self._guard.look(event.instrument)
            case AccountMark():
                self._outlook.take_mark(event)
                self._timekeeper.hear_mark(event.account, event.at_ns)
                now = self._loop.time()
                if now >= self._observe_at:
                    self._observe_at = now + OBSERVE_EVERY_S
                    self._writer.tell(c.ObserveAccount(account=event.account))
            case LinkChanged():
                reason = self._redact(event.reason)
                self._writer.tell(c.NoteLink(account=event.account, up=event.up, reason=reason))
                if not event.up:
                    self._break(connected=False)
            case Gap():
                self._cause = "gap"
                self._life.tell(LinkEvent.GAP, self._redact(event.reason), "gap")
                self._break(connected=self._connected)
            case Booked():
                self._writer.tell(_booking(event, self._redact), patient=True)
            case Heartbeat():
                if event.venue_ns:
                    self._timekeeper.hear(event.account, event.venue_ns)

    def _clean(self, report: Report) -> Report:
        """Take every known secret out of a venue's own words."""
        reason = self._redact(report.reason) if report.reason else ""
        raw = self._redact(report.raw)
        if reason == report.reason and raw == report.raw:
            return report
        return msgspec.structs.replace(report, reason=reason, raw=raw)

    def _break(self, *, connected: bool) -> None:
        """End what is under way: the link has to be compared anew, or connected first."""
        self.recovered, self._connected = False, connected
        if not connected:
            self._life.listen(on=False)
        self._down.set()

    def _hang_up(self) -> None:
        """Give up a link from which nothing is heard."""
        self._silent = True
        self._break(connected=False)

    def follow(self, record: r.LinkChanged) -> None:
        """Follow a record of this link: a pause ends what is under way."""
        if self._life.follow(record):
            self._break(connected=False)

    async def _while_up(self, work: Coroutine[Any, Any, bool]) -> bool:
        """Work on a link until it breaks: no call that hangs outlasts it. False: it broke."""
        doing, down = asyncio.ensure_future(work), asyncio.ensure_future(self._down.wait())
        try:
            await asyncio.wait((doing, down), return_when=asyncio.FIRST_COMPLETED)
            return doing.result() if doing.done() else False
        finally:
            doing.cancel()
            down.cancel()
            await asyncio.gather(doing, down, return_exceptions=True)

    async def _lost(self) -> bool:
        """Connect and compare; say whether that has to be tried again."""
        connected = self._connected
        if not connected:
            if self._silent:
                await self._life.hang_up()
            await self._life.begin()
        self._down.clear()
        if not connected and not await self._connect():
            return True
        return not await self._while_up(self._recover())

    async def _connect(self) -> bool:
        """Make one attempt."""
        account = self.venue.account
        self._silent = False
        trouble = await self._life.connect(self.take)
        if trouble is not None:
            reason = self._redact(f"{trouble.code}: {trouble.text}")
            log.warning("connect_failed", account=account, reason=reason)
            code = REFUSED if trouble.kind in _FINAL else ""
            self._life.tell(LinkEvent.FELL, reason, code)
            self._dispatch.heed(account, trouble)
            return False
        if not self._down.is_set():  # it may have fallen already
            self._connected = True
            self._guard.describe()
            self._life.tell(LinkEvent.UP, "connected")
            self._life.listen(on=True)
        return self._connected

    async def _recover(self) -> bool:
        """Ask for the orders and compare; say whether new exposure may pass."""
        venue = self.venue
        checked = await self._ask_for_orders()
        picture = await self._pictures.settle(self._cause) if checked is not None else None
        if checked is None or picture is None:
            self._connected = False  # whatever answers nothing is connected anew
            return False
        self._cause = "reconnect"
        await self._writer.ask(
            c.NoteRecovered(
                account=venue.account,
                balance=picture.mark.balance,
                equity=picture.mark.equity,
                orders_checked=checked,
            )
        )
        row = await self._writer.read(lambda state: state.accounts.get(venue.account))
        self.recovered = row is not None and row.recovered and not self._down.is_set()
        if self.recovered:
            self._life.open(on=True)
        log.info("account_recovered", account=venue.account, orders=checked)
        return self.recovered

    async def _ask_for_orders(self) -> int | None:
        """Ask for every order alive, and for those of which a fill may have been missed before
        their end; ``None`` when the venue did not answer."""
        account, pictures = self.venue.account, self._pictures
        names = await self._writer.read(
            lambda state: [order.order for order in _alive(state, account, self._held)]
        )
        if not pictures.lists_fills:
            names += await self._writer.read(
                lambda state: _ended(state, account, pictures.known_ns)
            )
        names = [name for name in names if not self._dispatch.sends(name)]
        for start in range(0, len(names), LOOKUPS_AT_ONCE_MAX):
            some = names[start : start + LOOKUPS_AT_ONCE_MAX]
            told = await asyncio.gather(
                *[self._dispatch.inquiry.look_up(name, account) for name in some]
            )
            if not all(told):
                return None
        self._held = frozenset()
        return len(names)

    async def reconcile(self, cause: str) -> bool:
        """Compare the account with its venue now; say whether the venue answered."""
        return await self._pictures.take(cause) is not None

    async def _watch_over(self) -> bool:
        """Until the link breaks: ask for orders that should have moved, and compare now and
        then."""
        before: frozenset[str] = frozenset()
        seen_at = self._loop.time()
        waits = chain(COMPARE_FIRST_S, repeat(COMPARE_EVERY_S))
        compare_at = self._loop.time() + next(waits)
        while True:
            await asyncio.sleep(REVIEW_EVERY_S)
            before = await self._review(before)
            soon = await self._writer.read(self._wants_picture)
            if soon or self._loop.time() >= compare_at:
                compare_at = self._loop.time() + next(waits)
                if await self._pictures.take("timer") is not None:
                    seen_at = self._loop.time()
                elif self._loop.time() - seen_at >= UNSEEN_MAX_S:
                    self._miss(f"{self._loop.time() - seen_at:.0f} s")

    def _miss(self, unseen: str) -> None:
        """Let entries wait while no picture comes: the account has to be compared anew."""
        where = f"account:{self.venue.account}"
        self._writer.tell(c.RaiseAlarm(code="account_unseen", value=unseen, where=where))
        self._cause = "gap"
        self._life.tell(LinkEvent.GAP, f"no picture came for {unseen}", "account_unseen")
        self._break(connected=self._connected)

    def _wants_picture(self, state: State) -> bool:
        """Say whether the next picture should come soon: something differs, part of the balance is
        not explained, or a flatten waits for it."""
        account = self.venue.account
        standing = self._outlook.standings.get(account)
        odd = standing is not None and bool(doubtful(state, standing.mark))
        return odd or self._pictures.differs(state) or waits_for(state, account)

    async def _review(self, before: frozenset[str]) -> frozenset[str]:
        """Ask for what was in doubt before and still is; return what is in doubt now."""
        account, dispatch = self.venue.account, self._dispatch
        doubtful = await self._writer.read(
            lambda state: (
                [
                    order
                    for order in _alive(state, account)
                    if order.state in _IN_DOUBT or order.pending_cancel or order.pending_replace
                ]
                + [order for order in to_be_shown(state) if order.account == account]
            )
        )
        for order in doubtful:
            if order.order in before and not dispatch.sends(order.order):
                dispatch.inquiry.watch(order)
                if order.pending_cancel:
                    dispatch.carry_out([AskCancel(order.order)])
        return frozenset(order.order for order in doubtful)


def _booking(event: Booked, redact: Callable[[str], str]) -> c.TakeBooking:
    """Say to the core what a venue told of its money."""
    return c.TakeBooking(
        account=event.account,
        id=event.id,
        kind=event.kind,
        amount=event.amount,
        currency=event.currency,
        venue_ns=event.at_ns,
        note=redact(event.note),
    )


def _alive(state: State, account: str, held: frozenset[str] = frozenset()) -> list[Order]:
    """Return the orders of an account that may be at its venue, oldest first. ``held``: those that
    may be there although they are held."""
    orders = [state.orders[name] for name in state.alive if name not in state.held or name in held]
    return sorted((o for o in orders if o.account == account), key=lambda order: order.number)


def _ended(state: State, account: str, since_ns: int) -> list[str]:
    """Return the orders of an account that ended since a time with something left, newest first:
    a report of a fill may have been lost before that of the end."""
    names: list[str] = []
    for done_ns, name in reversed(state.done_line):
        if done_ns < since_ns or len(names) == ENDED_ASKED_MAX:
            break
        order = state.orders.get(name)
        if (
            order is not None
            and order.account == account
            and order.state in (OrderState.CANCELLED, OrderState.EXPIRED)
            and (order.sent_ns or order.accepted_ns)
            and order.filled < order.quantity
            and not order.end_shown
            and name not in names
        ):
            names.append(name)
    return names
