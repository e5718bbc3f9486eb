"""Everything that a person or a test can do to the exchange besides trading on it.

Rules of this file
1. Each public method is a command of the control port, with its parameters as JSON fields
   (``controlport.py``). In a test the same methods are called directly.
2. What a command tells is the truth: hidden orders and lost answers included.
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from adapters.exchange.accounts import Account
from adapters.exchange.faults import EVERY, Chance, Fault, Kind, Storm
from adapters.exchange.keys import Key
from adapters.exchange.orders import NewOrder, Order, Origin, Rejected, Status, Trade
from adapters.exchange.server import Seen
from adapters.exchange.sessions import Session
from adapters.exchange.wire import CALLS

if TYPE_CHECKING:
    from adapters.exchange.dialect import Dialect
    from adapters.exchange.engine import Engine
    from adapters.exchange.exchange import Exchange


ENDLESS: Final = 1_000_000_000
"""A fault that lasts until it is taken back."""


class Refused(Exception):
    """A command that cannot be done; its text says why."""


class Control:
    """The hands on the exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def dialect(self, venue: str) -> Dialect:
        """Return a venue's dialect. Errors: ``Refused``."""
        found = self.exchange.dialects.get(venue)
        if found is None:
            known = ", ".join(sorted(self.exchange.dialects))
            raise Refused(f"there is no venue {venue!r}; there are {known}")
        return found

    # ------------------------------------------------------------------------------- faults

    def fault(self, fault: Fault) -> None:
        """Let something go wrong the next time that it can. Errors: ``Refused``."""
        self._known(fault)
        self.exchange.faults.add(fault)

    def outage(self, venue: str, *, on: bool) -> None:
        """Take a venue down without notice: every call says so, streams end; or up again."""
        kinds = (Kind.MAINTENANCE, Kind.STREAM_REFUSED)
        self.exchange.faults.remove(venue, kinds)
        if on:
            for kind in kinds:
                self.fault(Fault(kind=kind, venue=venue, times=ENDLESS))
            self.close(venue)

    def hang(self, venue: str, *, on: bool) -> None:
        """Let the line to a venue hang while its markets go on: no request is answered, no stream
        says anything or opens; or let it work again. Streams that hung stay half-open."""
        kinds = (Kind.REQUEST_LOST, Kind.STREAM_REFUSED)
        self.exchange.faults.remove(venue, kinds)
        if on:
            for kind in kinds:
                self.fault(Fault(kind=kind, venue=venue, times=ENDLESS))
            self.silence(venue)

    def limits(self, venue: str, *, on: bool) -> None:
        """Refuse requests above the venue's rate limits, or let all pass."""
        self.dialect(venue).limits.on = on

    def storm(self, seed: int, chances: tuple[Chance, ...]) -> None:
        """Let things go wrong by chance, until ``calm``."""
        for chance in chances:
            self._known(chance.fault)
        self.exchange.faults.storm = Storm(seed, chances)

    def calm(self) -> None:
        """Let nothing more go wrong: faults and bans are taken back, every door is open."""
        self.exchange.faults.clear()
        for dialect in self.exchange.dialects.values():
            dialect.limits.forget()
            dialect.maintenance = None

    def skew(self, skew_ms: int) -> None:
        """Shift the exchange's clock."""
        self.exchange.clock.skew_ms = skew_ms

    def announce(self, venue: str, begins_ms: int, ends_ms: int) -> None:
        """Announce an outage on the status page; a ``maintenance`` fault makes one."""
        self.dialect(venue).maintenance = (begins_ms, ends_ms)

    async def door(self, *, open: bool) -> None:  # noqa: A002
        """Refuse connections and reset the open ones, as a dead machine does; or listen again."""
        if open:
            await self.exchange.open_door()
        else:
            await self.exchange.close_door()

    # ------------------------------------------------------------------------------- streams

    def sessions(self, venue: str, path: str = "") -> list[Session]:
        """Return the open WebSockets of a venue, of one path if given."""
        every = tuple(self.dialect(venue).sessions.values())
        return [one for one in every if path in {"", one.path}]

    def drop(self, venue: str, path: str = "") -> int:
        """Reset WebSockets."""
        found = self.sessions(venue, path)
        for one in found:
            one.close(abort=True)
        return len(found)

    def close(self, venue: str, path: str = "", code: int = 1012) -> int:
        """End WebSockets with a close code: 1012 is a restart of the venue."""
        found = self.sessions(venue, path)
        for one in found:
            one.close(code, "service restart")
        return len(found)

    def silence(self, venue: str, path: str = "") -> int:
        """Make WebSockets half-open: they neither hear nor say anything, and stay open."""
        found = self.sessions(venue, path)
        for one in found:
            one.silent = True
        return len(found)

    def mute(self, venue: str, path: str = "") -> int:
        """Let subscriptions die: pings are answered, events no longer come."""
        found = self.sessions(venue, path)
        for one in found:
            one.mute = True
        return len(found)

    def terminate(self, venue: str, path: str = "") -> int:
        """Send the venue's own notice that a stream has ended; the socket stays."""
        found = self.sessions(venue, path)
        for one in found:
            self.dialect(venue).terminate(one)
        return len(found)

    # ------------------------------------------------------------------------------- market

    def price(self, venue: str, symbol: str, mid: Decimal) -> None:
        """Let a market go to a price."""
        self._engine(venue, symbol).move(symbol, mid)

    def depth(self, venue: str, symbol: str, quantity: Decimal) -> None:
        """Set what the maker shows at each level; 0 takes him out."""
        self._engine(venue, symbol).show(symbol, quantity)

    def trading(self, venue: str, symbol: str, *, on: bool) -> None:
        """Halt a market, or let it trade."""
        self._engine(venue, symbol).halt(symbol, trading=on)

    def fill(self, venue: str, order: int | str, quantity: Decimal) -> None:
        """Let a stranger trade with a part of a resting order, named by either id."""
        found = self._order(venue, order)
        self.dialect(venue).engine.hit(found, quantity)

    # ------------------------------------------------------------------------------- accounts

    def hand(self, venue: str, account: str, new: NewOrder) -> Order:
        """Place an order on an account as its owner would by hand. Errors: ``Refused``."""
        new = dataclasses.replace(new, origin=Origin.HAND)
        made = self.dialect(venue).engine.place(account, new)
        if isinstance(made, Rejected):
            raise Refused(f"{made.reason}: {made.detail}")
        return made

    def cancel(self, venue: str, order: int | str) -> None:
        """End an order as its owner would by hand. Errors: ``Refused``."""
        refused = self.dialect(venue).engine.cancel(self._order(venue, order))
        if refused is not None:
            raise Refused(f"{refused.reason}: {refused.detail}")

    def expire(self, venue: str, order: int | str) -> None:
        """End an order as the venue does of its own accord."""
        engine = self.dialect(venue).engine
        engine.cancel(self._order(venue, order), status=Status.EXPIRED)

    def transfer(self, venue: str, account: str, asset: str, amount: Decimal) -> None:
        """Move money into an account, or out of it."""
        self.dialect(venue).engine.transfer(account, asset, amount)

    def adjust(self, venue: str, account: str, asset: str, amount: Decimal) -> None:
        """Let the venue correct an account by hand."""
        self.dialect(venue).engine.adjust(account, asset, amount)

    def fund(self, venue: str, symbol: str, rate: Decimal) -> None:
        """Pay funding now."""
        self._engine(venue, symbol).fund(symbol, rate)

    def liquidate(self, venue: str, account: str, symbol: str) -> None:
        """Close a position by force. Errors: ``Refused``."""
        made = self._engine(venue, symbol).liquidate(account, symbol)
        if isinstance(made, Rejected):
            raise Refused(f"{made.reason}: {made.detail}")

    def mode(
        self, venue: str, account: str, *, hedge: bool = False, isolated: bool = False
    ) -> None:
        """Set position mode and margin mode of an account."""
        found = self.dialect(venue).engine.account(account)
        found.hedge, found.isolated = hedge, isolated

    def key(
        self,
        venue: str,
        *,
        permissions: set[str] | None = None,
        expires_ns: int | None = None,
        ips: tuple[str, ...] | None = None,
        revoked: bool | None = None,
    ) -> Key:
        """Change what is given of the first key of a venue, and return it."""
        found = self.exchange.key(venue)
        found.permissions = found.permissions if permissions is None else permissions
        found.expires_ns = found.expires_ns if expires_ns is None else expires_ns
        found.ips = found.ips if ips is None else ips
        found.revoked = found.revoked if revoked is None else revoked
        return found

    def rotate(self, venue: str) -> Key:
        """Make one more key for the account of the first one; the first one goes on."""
        dialect = self.dialect(venue)
        return dialect.keys.issue(self.exchange.key(venue).account, self.exchange.clock.now_ns())

    # ------------------------------------------------------------------------------- truth

    def orders(self, venue: str, account: str | None = None) -> list[Order]:
        """List every order, hidden or not, the oldest first."""
        every = self.dialect(venue).engine.register.all.values()
        return [one for one in every if account in {None, one.account}]

    def trades(self, venue: str, account: str | None = None) -> list[Trade]:
        """List every trade, the oldest first."""
        every = self.dialect(venue).engine.register.trades.values()
        return [one for one in every if account in {None, one.account}]

    def arrivals(self, venue: str) -> dict[str, int]:
        """Return how often an order of each client id has arrived."""
        return dict(self.dialect(venue).engine.register.arrivals)

    def account(self, venue: str, account: str) -> Account:
        """Return wallet and positions."""
        return self.dialect(venue).engine.account(account)

    def requests(self, venue: str, call: str = "") -> list[Seen]:
        """List the last requests as the wire saw them, of one kind of call if given."""
        every = self.exchange.server.seen
        return [one for one in every if one.venue == venue and call in {"", one.call}]

    def state(self) -> dict[str, Any]:
        """Return prices, sessions, waiting faults and what has gone wrong so far."""
        faults = self.exchange.faults
        return {
            "venues": {
                name: {
                    "prices": dialect.engine.maker.mid,
                    "open_orders": len(dialect.engine.register.open),
                    "streams": [one.path for one in dialect.sessions.values()],
                }
                for name, dialect in self.exchange.dialects.items()
            },
            "faults_waiting": faults.waiting,
            "faults_happened": dict(faults.happened),
            "skew_ms": self.exchange.clock.skew_ms,
        }

    def _known(self, fault: Fault) -> None:
        venues = self.exchange.dialects if fault.venue == EVERY else {fault.venue}
        if fault.call not in {EVERY, *CALLS}:
            raise Refused(f"there is no call {fault.call!r}; there are {', '.join(CALLS)}")
        for venue in venues:
            codes = self.dialect(venue).refusals()
            if fault.kind in {Kind.REFUSED, Kind.ERROR_AFTER} and fault.code not in codes:
                raise Refused(f"{venue} has no code {fault.code!r}; it has {', '.join(codes)}")

    def _engine(self, venue: str, symbol: str) -> Engine:
        engine = self.dialect(venue).engine
        if symbol not in engine.markets:
            known = ", ".join(sorted(engine.markets))
            raise Refused(f"{venue} has no market {symbol!r}; it has {known}")
        return engine

    def _order(self, venue: str, named: int | str) -> Order:
        for order in reversed(self.orders(venue)):
            if named in {order.id, str(order.id), order.client_id}:
                return order
        raise Refused(f"{venue} has no order {named!r}")
