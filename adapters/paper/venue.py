"""The paper account behind the venue port: the desk in an asyncio shell.

Rules of this file
1. What came in one turn of the event loop is matched and written together in the next, and told
   after that. ``submit`` has handed over when it returns; only a report, a lookup or a snapshot
   proves that the venue has it.
2. A ledger that takes no write takes the link down: memory is thrown away, and the next connect
   reads what is durable.
3. Nothing here decides: the desk does, and it knows no event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from adapters.paper.book import MS_NS
from adapters.paper.codes import words
from adapters.paper.desk import ORDERS_MAX, Desk
from adapters.paper.ledger import Ledger, LedgerRefused, checkpoint
from adapters.paper.market import Market
from adapters.paper.pricing import widened
from adapters.paper.settings import PaperSettings
from adapters.port import (
    Absence,
    Capabilities,
    Heartbeat,
    LinkChanged,
    Sink,
    Trouble,
    TroubleKind,
    VenueEvent,
)
from core.instruments import Instrument
from core.orders import Order, OrderType, Terms
from core.reports import Quote, VenueOrder, VenueSnapshot

TURN_MAX: Final = 256
"""Orders, cancels and replaces of one transaction: at 50 us each the event loop stands still for
13 ms at most."""

THROTTLED_NS: Final = 1_000_000_000
"""When an account that is full asks to be tried again."""

BEAT_MS: Final = 1_000
"""Time between two heartbeats: a tenth of the silence after which a link counts as broken."""

CAPABILITIES: Final = Capabilities(
    order_types=frozenset(kind.value for kind in OrderType),
    lookup_by_order_id=True,
    ids_unique_for_ever=True,
    replace=True,
    reduce_only=True,
    live=False,
    heartbeat_ms=BEAT_MS,
    linked_legs=True,
    attached_stop=True,
)

NOT_HERE: Final = Absence(calls=("ledger",), covers_closed=True, conclusive=True)
"""The ledger keeps every order for ever, and a lookup settles what is on its way first."""


_Item = Order | str | tuple[str, Terms]
"""What was taken in: an order, the id of one to cancel, the id of one to replace and its terms."""


class PaperVenue:
    """One paper account. Several may share one market; each has a ledger file of its own.

    ``tells_quotes``: pass the market's quotes on to the sink; switched off where another account
    tells the same.
    """

    def __init__(
        self,
        *,
        account: str,
        instruments: Mapping[str, Instrument],
        settings: PaperSettings,
        market: Market,
        ledger_path: Path,
        clock: Callable[[], int] = time.time_ns,
        tells_quotes: bool = True,
    ) -> None:
        self.account = account
        self.capabilities = replace(CAPABILITIES, linked_legs=settings.link_legs)
        if settings.visibility_lag_ms:
            # What is not shown yet may be there: nothing may be sent again on that word.
            self.capabilities = replace(self.capabilities, ids_unique_for_ever=False)
        self._instruments = instruments
        self._settings = settings
        self._market = market
        self._path = ledger_path
        self._clock = clock
        self._tells_quotes = tells_quotes
        self._sink: Sink | None = None
        self._desk: Desk | None = None
        self._pending: list[_Item] = []
        self._turn: asyncio.Handle | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_ns = 0
        self._mark_ns = 0
        self._beat_ns = 0
        self._checkpoint: asyncio.Future[None] | None = None

    async def connect(self, sink: Sink) -> Trouble | None:
        """Open the ledger, take up what it holds, and begin to tell. Connected already: only the
        sink changes.
        """
        if self._desk is not None:
            self._sink = sink
            return None
        now_ns = self._clock()
        ledger: Ledger | None = None
        try:
            ledger = Ledger(
                self._path,
                account=self.account,
                currency=self._settings.currency,
                balance_start=self._settings.balance_start,
                now_ns=now_ns,
            )
            desk = Desk(
                instruments=self._instruments,
                settings=self._settings,
                ledger=ledger,
                now_ns=now_ns,
            )
        except LedgerRefused as refused:
            if ledger is not None:
                ledger.close()
            return Trouble(TroubleKind.FATAL, refused.code, refused.text)
        self._sink, self._desk = sink, desk
        self._tell(LinkChanged(self.account, up=True, reason="paper account is open"))
        for name, held in desk.money.holdings.items():
            self._market.resume(name, held.price)
        for name in self._instruments:
            quote = self._market.last(name)
            if quote is not None:
                self._on_quote(quote)
        self._market.attach(self._on_quote)
        self._mark_ns = now_ns
        self._soon()
        return None

    async def close(self) -> None:
        """Finish what was taken in, tell it, and let go of everything."""
        if self._desk is not None:
            self._settle()
        self._down("closed")
        if self._checkpoint is not None:
            await self._checkpoint

    async def submit(self, order: Order) -> Trouble | None:
        """Take an order over. A known id makes no second order; its reports are told again."""
        return self._take(order, order)

    async def cancel(self, order: Order) -> Trouble | None:
        """Ask for a cancel. What is unknown or over is answered by a cancel_rejected report."""
        return self._take(order, order.order)

    async def replace(self, order: Order, terms: Terms) -> Trouble | None:
        """Ask for new terms. What cannot have them is answered by a replace_rejected report."""
        return self._take(order, (order.order, terms))

    async def lookup(
        self,
        order: Order,
        canary: Order | None = None,
    ) -> VenueOrder | Absence | Trouble:
        """Find any order that was ever made here. What the ledger does not have never was; what it
        shows late may be there, and the canary says how late.
        """
        desk, then_ns = self._settle(), self._then_ns
        try:
            if desk is None:
                return self._absent()
            found = desk.lookup(order.order, then_ns)
            if found is not None or then_ns is None:
                return found or NOT_HERE
            sings = canary is not None and desk.lookup(canary.order, then_ns) is not None
            return replace(
                NOT_HERE, conclusive=False, canary=canary.order if canary and sings else ""
            )
        except LedgerRefused as refused:
            return self._broken(refused)

    async def snapshot(self, since_ns: int) -> VenueSnapshot | Trouble:
        """Show working orders, positions, money, and the fills since a time."""
        desk = self._settle()
        try:
            if desk is None:
                return self._absent()
            return desk.snapshot(self._clock(), since_ns, self._then_ns)
        except LedgerRefused as refused:
            return self._broken(refused)

    @property
    def _then_ns(self) -> int | None:
        """Return the time whose books are shown, ``None`` for those of now."""
        lag_ms = self._settings.visibility_lag_ms
        return self._clock() - lag_ms * MS_NS if lag_ms else None

    def _take(self, order: Order, item: _Item) -> Trouble | None:
        desk = self._desk
        if desk is None:
            return self._absent()
        if order.account != self.account:
            text = words("paper_wrong_account", value=order.account, limit=self.account)
            return Trouble(TroubleKind.REFUSED, "paper_wrong_account", text)
        if len(self._pending) + desk.unfinished >= ORDERS_MAX and item is order:
            text = words("paper_too_many_orders", value=str(ORDERS_MAX), where=self.account)
            until_ns = self._clock() + THROTTLED_NS
            return Trouble(TroubleKind.THROTTLED, "paper_too_many_orders", text, until_ns)
        self._pending.append(item)
        if self._turn is None:
            self._soon()
        return None

    def _absent(self) -> Trouble:
        text = words("paper_not_connected", where=self.account)
        return Trouble(TroubleKind.NOT_SENT, "paper_not_connected", text)

    def _broken(self, refused: LedgerRefused) -> Trouble:
        self._down(refused.text)
        return Trouble(TroubleKind.UNKNOWN, refused.code, refused.text)

    def _soon(self) -> None:
        if self._turn is None:
            self._turn = asyncio.get_running_loop().call_soon(self._run)

    def _run(self) -> None:
        self._turn = None
        self._work(TURN_MAX)
        if self._pending:
            self._soon()

    def _settle(self) -> Desk | None:
        """Do everything that was taken in, so that whoever asks next is answered as of now."""
        while self._pending and self._desk is not None:
            self._work(TURN_MAX)
        if self._desk is not None:
            self._work(0)
        return self._desk

    def _work(self, most: int) -> None:
        desk = self._desk
        if desk is None:
            return
        now_ns = self._clock()
        taken = self._pending[:most]
        del self._pending[:most]
        try:
            desk.advance(now_ns)
            known = desk.ledger.known([o.order for o in taken if isinstance(o, Order)])
            for item in taken:
                if isinstance(item, Order):
                    desk.submit(item, now_ns, known)
                elif isinstance(item, str):
                    desk.cancel(item, now_ns)
                else:
                    desk.replace(*item, now_ns)
            traded = bool(desk.book.traded)
            reports = desk.commit()
        except LedgerRefused as refused:
            self._down(refused.text)
            return
        for report in reports:
            self._tell(report)
        interval_ns = self._settings.mark_interval_ms * MS_NS
        # The second case: the clock was set back, and the next mark must not wait for it.
        if traded or not self._mark_ns - interval_ns <= now_ns < self._mark_ns:
            self._mark_ns = now_ns + interval_ns
            self._tell(desk.mark(now_ns))
        beat_ns = BEAT_MS * MS_NS
        if not self._beat_ns - beat_ns <= now_ns < self._beat_ns:
            self._beat_ns = now_ns + beat_ns
            self._tell(Heartbeat(self.account))
        if self._market.trouble:
            self._down(self._market.trouble)
            return
        self._arm(desk, now_ns)
        if desk.ledger.wants_checkpoint and self._checkpoint is None:
            self._begin_checkpoint(desk.ledger)

    def _arm(self, desk: Desk, now_ns: int) -> None:
        due_ns = min(self._mark_ns, self._beat_ns)
        desk_ns = desk.next_due_ns
        if desk_ns is not None and desk_ns < due_ns:
            due_ns = desk_ns
        if self._timer is not None:
            if now_ns < self._timer_ns <= due_ns:
                return  # it fires in time, and sets itself anew then
            self._timer.cancel()
        delay_s = max(due_ns - now_ns, 0) / 1_000_000_000
        self._timer_ns = due_ns
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._work(TURN_MAX)

    def _on_quote(self, quote: Quote) -> None:
        instrument = self._instruments.get(quote.instrument)
        desk = self._desk
        if instrument is None or desk is None:
            return
        shown = widened(quote, instrument, self._settings)
        if self._tells_quotes:
            self._tell(shown)
        desk.quote(shown, self._clock())
        if desk.book.changed:
            self._soon()

    def _tell(self, event: VenueEvent) -> None:
        if self._sink is not None:
            self._sink(event)

    def _down(self, why: str) -> None:
        desk, self._desk = self._desk, None
        if desk is None:
            return
        self._market.detach(self._on_quote)
        for handle in (self._turn, self._timer):
            if handle is not None:
                handle.cancel()
        self._turn = self._timer = None
        self._pending.clear()
        desk.ledger.close()
        self._tell(LinkChanged(self.account, up=False, reason=why))
        self._sink = None

    def _begin_checkpoint(self, ledger: Ledger) -> None:
        ledger.checkpoint_begun()
        loop = asyncio.get_running_loop()
        self._checkpoint = loop.run_in_executor(None, checkpoint, self._path)
        self._checkpoint.add_done_callback(lambda _: self._end_checkpoint(ledger))

    def _end_checkpoint(self, ledger: Ledger) -> None:
        self._checkpoint = None
        if self._desk is None or self._desk.ledger is not ledger:
            return
        try:
            ledger.cut_log()
        except LedgerRefused as refused:
            self._down(refused.text)
