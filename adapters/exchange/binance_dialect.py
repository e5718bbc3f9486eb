"""What Binance spot and USD-M have in common: who may ask, what it costs, how it is answered.

Rules of this file
1. The order of the checks is the venue's: ban and weight, key, time, signature, permission; then
   the handler. Whatever is refused is a ``BinanceRefused``, written in one place.
2. A handler gets a request whose account is known and returns a JSON value.
3. A key that is revoked, expired, used from elsewhere or without the permission is one and the same
   -2015, as on the venue.
"""

from __future__ import annotations

import ipaddress
import secrets
import string
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from adapters.exchange.accounts import Account
from adapters.exchange.binance_errors import MESSAGES, BinanceRefused, refused
from adapters.exchange.binance_limits import Meter, Window, weight_of
from adapters.exchange.binance_request import BinanceRequest
from adapters.exchange.clock import Clock
from adapters.exchange.dialect import Dialect
from adapters.exchange.engine import Engine
from adapters.exchange.faults import Fault, Kind
from adapters.exchange.keys import READ, TRADE, Key, Keys
from adapters.exchange.limits import Limits
from adapters.exchange.markets import Market
from adapters.exchange.orders import NewOrder, Order, Reason, Rejected, Status
from adapters.exchange.wire import Asked, Reply, Route, html, told

LIST_DEFAULT: Final = 500
"""Rows of a list when none were asked for, as documented."""

LIST_MAX: Final = 1_000
"""Rows of a list at most, as documented."""

ID_LETTERS: Final = string.ascii_letters + string.digits

ID_LENGTH: Final = 22
"""Characters of a client id that the venue makes itself."""

OVERLOADED: Final = "Service Temporarily Unavailable"

Handler = Callable[[BinanceRequest], object]


@dataclass(frozen=True, slots=True)
class Door:
    """Who may ask for a path. ``key``: a key is needed; ``signed``: and its signature."""

    key: bool = True
    signed: bool = True
    permission: str = READ
    order: bool = False


PUBLIC: Final = Door(key=False, signed=False)
KEYED: Final = Door(signed=False)
READING: Final = Door()
TRADING: Final = Door(permission=TRADE)
ORDERING: Final = Door(permission=TRADE, order=True)


class BinanceDialect(Dialect):
    """The base of both products. ``words``: reason of the engine -> code and text."""

    words: ClassVar[Mapping[Reason, tuple[int, str]]]
    weight: ClassVar[Window]
    order_windows: ClassVar[tuple[Window, ...]]

    def __init__(self, engine: Engine, keys: Keys, *, clock: Clock, limits: Limits) -> None:
        self.meter = Meter(limits, clock, weight=self.weight, orders=self.order_windows)
        self._routes: dict[tuple[str, str], Route] = {}
        self._events = 0
        super().__init__(engine, keys, clock=clock, limits=limits)
        self.paths()

    # ------------------------------------------------------------------------------- routes

    @abstractmethod
    def paths(self) -> None:
        """Name every path, by ``path``."""

    @property
    def routes(self) -> Mapping[tuple[str, str], Route]:
        """Return every path that the product serves."""
        return self._routes

    def path(self, where: str, call: str, door: Door, handler: Handler) -> None:
        """Serve ``METHOD /path``: what it is for, who may ask, and who answers."""
        method, _, path = where.partition(" ")

        def answer(asked: Asked) -> Reply:
            return self._answer(asked, door, handler)

        self._routes[method, path] = Route(call, answer)

    def _answer(self, asked: Asked, door: Door, handler: Handler) -> Reply:
        headers: dict[str, str] = {}
        try:
            request = self._request(asked)
            headers |= self._weigh(asked, request)
            if door.key:
                self.authenticated(request, asked.remote, door.permission, signed=door.signed)
            if door.order:
                headers |= self.meter.order(request.account)
            return told(handler(request), 200, headers)
        except BinanceRefused as refusal:
            return self.write(refusal, headers)

    def authenticated(
        self, request: BinanceRequest, remote: str, permission: str, *, signed: bool = True
    ) -> Key:
        """Find out whose request it is, and whether he may. Errors: ``BinanceRefused``."""
        key = self._key(request, remote)
        if signed:
            request.check_time(self.clock.now_ms())
            request.check_signature(key.secret)
        if permission not in key.permissions:
            raise BinanceRefused(-2015)
        request.account = key.account
        return key

    def _request(self, asked: Asked) -> BinanceRequest:
        return BinanceRequest(
            method=asked.method,
            path=asked.path,
            query=asked.query,
            body=asked.body.decode("utf-8", "replace"),
            key=asked.headers.get("x-mbx-apikey", ""),
        )

    def _weigh(self, asked: Asked, request: BinanceRequest) -> dict[str, str]:
        weight = weight_of(asked.method, asked.path, one_symbol="symbol" in request.fields)
        return self.meter.enter(asked.remote, weight, self.window_of(asked.path))

    def window_of(self, path: str) -> Window:  # noqa: ARG002
        """Return the limit that a path counts in."""
        return self.weight

    def _key(self, request: BinanceRequest, remote: str) -> Key:
        if not request.key:
            raise BinanceRefused(-2014)
        key = self.keys.find(request.key)
        if key is None or not self.usable(key, remote):
            raise BinanceRefused(-2015)
        return key

    def usable(self, key: Key, remote: str) -> bool:
        """Say whether a key is still valid, and for where the request came from."""
        if key.expires_ns is not None and key.expires_ns <= self.clock.now_ns():
            return False
        if not key.ips:
            return True
        address = ipaddress.ip_address(remote)
        return any(address in ipaddress.ip_network(one, strict=False) for one in key.ips)

    # ------------------------------------------------------------------------------- answers

    def write(self, refusal: BinanceRefused, headers: Mapping[str, str] | None = None) -> Reply:
        """Write a refusal as the venue does."""
        more = dict(headers or {})
        if refusal.retry_after_s:
            more["Retry-After"] = str(refusal.retry_after_s)
        return told(refusal.body, refusal.status, more)

    def refusal(self, code: str) -> Reply:
        """Write the documented error of a code."""
        return self.write(BinanceRefused(int(code)))

    def refusals(self) -> Mapping[str, str]:
        """Return the documented codes, with their sentence."""
        return {str(code): sentence for code, sentence in MESSAGES.items()}

    def fault_reply(self, fault: Fault, asked: Asked) -> Reply:
        """Write a rate limit, a ban or an outage."""
        window = self.window_of(asked.path)
        if fault.kind is Kind.RATE_LIMITED:
            return self.write(self.meter.too_much(window, fault.retry_after_s))
        if fault.kind is Kind.BANNED:
            return self.write(self.meter.ban(asked.remote, fault.retry_after_s))
        # During an outage the venue's front answers with a page of its own.
        return html(503, OVERLOADED)

    def unknown_path(self, asked: Asked) -> Reply:  # noqa: ARG002
        """Write what the venue's web server says to a path that it does not have."""
        return html(404, "404 Not Found")

    # ------------------------------------------------------------------------------- helpers

    def market(self, request: BinanceRequest) -> Market:
        """Return the market that a request names."""
        market = self.engine.markets.get(request.text("symbol"))
        if market is None:
            raise BinanceRefused(-1121)
        return market

    def markets(self, request: BinanceRequest) -> list[Market]:
        """Return the one market that a request names, or all."""
        if "symbol" in request.fields:
            return [self.market(request)]
        return list(self.engine.markets.values())

    def holder(self, request: BinanceRequest) -> Account:
        """Return the account that a request belongs to."""
        return self.engine.account(request.account)

    def sought(
        self, request: BinanceRequest, *, missing: int, name: str = "origClientOrderId"
    ) -> Order:
        """Return the order that a request names by either id. ``missing``: code for none."""
        market = self.market(request)
        number, named = request.integer("orderId"), request.optional(name)
        if number is None and not named:
            raise BinanceRefused(
                -1102,
                f"Param '{name}' or 'orderId' must be sent, but both were empty/null!",
            )
        order = self.engine.register.find(request.account, number=number, client_id=named)
        if order is None or order.symbol != market.symbol:
            raise BinanceRefused(missing)
        if named and order.client_id != named:
            raise BinanceRefused(missing)
        return order

    def take(self, account: str, new: NewOrder) -> Order:
        """Give an order to the engine. Errors: the venue's code for why it was not taken."""
        placed = self.engine.place(account, new)
        if isinstance(placed, Rejected):
            raise refused(dict(self.words), placed)
        if placed.status is Status.REJECTED:
            # Rejected after it was taken: the answer is still from before.
            return replace(placed, status=Status.NEW)
        return placed

    def generated(self) -> str:
        """Make a client id for an order that came without one."""
        return "".join(secrets.choice(ID_LETTERS) for _ in range(ID_LENGTH))

    def count(self) -> int:
        """Return the next number of an event."""
        self._events += 1
        return self._events

    def rows(
        self, request: BinanceRequest, rows: Iterable[tuple[int, int, object]], after: str
    ) -> list[object]:
        """Cut a list of (id, milliseconds, form) as the venue does.

        ``after``: the parameter that names the first id that is wanted. With it or a start time
        the oldest rows come, else the newest; always in ascending order.
        """
        first, limit = request.integer(after), request.integer("limit")
        start, end = request.integer("startTime"), request.integer("endTime")
        kept = [
            form
            for number, millis, form in rows
            if (first is None or number >= first)
            and (start is None or millis >= start)
            and (end is None or millis <= end)
        ]
        limit = min(LIST_DEFAULT if limit is None else limit, LIST_MAX)
        oldest = first is not None or start is not None
        return kept[:limit] if oldest else kept[-limit:]
