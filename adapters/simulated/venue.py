"""The simulated venue: the port over a wire to an exchange that is not there.

Rules of this file
1. It says to the bridge what a careful adapter of a real venue says: whatever was not proven is
   ``UNKNOWN``, whatever the status looked like.
2. One of these belongs to one process; the wire and the exchange go on when it dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from adapters.port import (
    Absence,
    Capabilities,
    Heartbeat,
    LinkChanged,
    Sink,
    Trouble,
    TroubleKind,
)
from adapters.simulated.exchange import Exchange
from adapters.simulated.pictures import mark_of, search, snapshot
from adapters.simulated.rows import Ids, Rules, Search
from adapters.simulated.wire import TIMEOUT_NS, Session, Wire, trouble
from core.orders import TRIGGERED, Order, OrderType, Terms
from core.reports import VenueOrder, VenueSnapshot


def able(rules: Rules) -> Capabilities:
    """Say what a venue with these rules can do."""
    return Capabilities(
        order_types=frozenset(OrderType) - (frozenset() if rules.stops else frozenset(TRIGGERED)),
        lookup_by_order_id=rules.search is not Search.OPEN,
        ids_unique_for_ever=rules.ids is Ids.FOR_EVER,
        replace=rules.replace,
        reduce_only=rules.reduce_only,
        live=False,
        heartbeat_ms=rules.heartbeat_ms,
        linked_legs=rules.linked_legs,
        attached_stop=rules.attached_stop,
        hedging=rules.hedging,
    )


class SimulatedVenue:
    """One process's way to one account."""

    def __init__(self, exchange: Exchange, wire: Wire) -> None:
        self.account = exchange.account
        self.capabilities = able(exchange.rules)
        self._exchange, self._wire = exchange, wire
        self._session: Session | None = None

    async def connect(self, sink: Sink) -> Trouble | None:
        """Connect and begin to tell."""
        if self._session is not None:
            self._wire.close(self._session)
        session = Session(asyncio.get_running_loop(), sink)
        await asyncio.sleep(self._wire.delay() / 1e9)
        refused = self._wire.open(session)
        if refused is not None:
            return refused
        self._session = session
        sink(LinkChanged(self.account, up=True, reason="connected"))
        for quote in self._exchange.quotes.values():
            self._wire.send(session, quote)
        self._wire.send(session, mark_of(self._exchange))
        return None

    async def close(self) -> None:
        """Stop telling."""
        self.die()

    def die(self) -> None:
        """End the session, as the end of a process does."""
        if self._session is not None:
            self._wire.close(self._session)
            self._session = None

    def beat(self) -> None:
        """Let the venue say that the link is whole."""
        if self._session is not None and self._session.up:
            self._wire.send(self._session, Heartbeat(self.account, self._exchange.now()))

    async def submit(self, order: Order) -> Trouble | None:
        """Hand one order over."""
        return await self._call("submit", order.order, lambda: self._place(order))

    def _place(self, order: Order) -> None:
        self._exchange.place(order)

    async def cancel(self, order: Order) -> Trouble | None:
        """Ask for the end of an order."""
        return await self._call("cancel", order.order, lambda: self._exchange.cancel(order.order))

    async def replace(self, order: Order, terms: Terms) -> Trouble | None:
        """Ask for new terms."""
        exchange, name = self._exchange, order.order
        return await self._call("replace", name, lambda: exchange.change(name, terms))

    async def lookup(
        self, order: Order, canary: Order | None = None
    ) -> VenueOrder | Absence | Trouble:
        """Search for an order."""
        return await self._call("lookup", order.order, lambda: self._search(order, canary))

    def _search(self, order: Order, canary: Order | None) -> VenueOrder | Absence:
        return search(self._exchange, order, canary)

    async def snapshot(self, since_ns: int) -> VenueSnapshot | Trouble:
        """Read the account."""
        exchange = self._exchange
        return await self._call("snapshot", "the account", lambda: snapshot(exchange, since_ns))

    async def _call(self, kind: str, what: str, work: Callable[[], object]) -> Any:
        """Make one call, and give it up after a while."""
        session = self._session
        if session is None or not session.up:
            return trouble(TroubleKind.NOT_SENT, "simulated_not_connected")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[object] = loop.create_future()

        def answered(said: object) -> None:
            if not future.done():
                future.set_result(said)

        def lost(said: Trouble) -> None:
            loop.call_soon(answered, said)

        session.pending.append(lost)
        late = trouble(TroubleKind.UNKNOWN, "simulated_reply_lost", what)
        timer = loop.call_later(TIMEOUT_NS / 1e9, answered, late)
        self._wire.carry(kind, work, session, answered)
        try:
            return await future
        finally:
            timer.cancel()
            if lost in session.pending:
                session.pending.remove(lost)
