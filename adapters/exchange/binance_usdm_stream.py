"""What Binance USD-M says by itself: the user stream behind a listen key, and public streams.

Rules of this file
1. A listen key lives an hour from its last keep-alive; then ``listenKeyExpired`` is the last thing
   that its stream says, while the socket stays open.
2. A conditional order is told by ``ALGO_UPDATE`` until it wakes, from then on by
   ``ORDER_TRADE_UPDATE`` as well, under the same client id.
3. ``ACCOUNT_UPDATE`` comes when money or a position changed, never for an order alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from adapters.exchange.accounts import Cause
from adapters.exchange.binance_dialect import KEYED, BinanceDialect
from adapters.exchange.binance_errors import BinanceRefused
from adapters.exchange.binance_limits import MINUTE_MS
from adapters.exchange.binance_quotes import Form, Pen, book_frame, combined_frame, trade_frame
from adapters.exchange.binance_request import BinanceRequest
from adapters.exchange.binance_spot_forms import eight
from adapters.exchange.binance_streams import Paths, asked_in_url, publish, said
from adapters.exchange.binance_usdm_forms import conditional, missed
from adapters.exchange.binance_usdm_frames import (
    account_frame,
    algo_frame,
    lite_frame,
    order_frame,
)
from adapters.exchange.clock import Clock
from adapters.exchange.engine import Engine
from adapters.exchange.events import Event, MoneyChanged, OrderChanged, Printed, Quoted, What
from adapters.exchange.keys import Keys
from adapters.exchange.limits import Limits
from adapters.exchange.markets import Market
from adapters.exchange.orders import Order, Status
from adapters.exchange.sessions import Session

LISTEN_KEY_MS: Final = 60 * MINUTE_MS
"""How long a listen key lives without a keep-alive, as documented."""

CHANNELS: Final = frozenset({"bookTicker", "trade", "aggTrade", "markPrice", "markPrice@1s"})


@dataclass(slots=True)
class ListenKey:
    """A key to a user stream."""

    key: str
    account: str
    until_ms: int


class UsdmStream(BinanceDialect):
    """The streams of USD-M."""

    pen: ClassVar[Pen]

    def __init__(self, engine: Engine, keys: Keys, *, clock: Clock, limits: Limits) -> None:
        self.listen_keys: dict[str, ListenKey] = {}
        self._woken: dict[int, Order] = {}
        """Conditional orders that woke and whose fate is not told yet."""
        self._traded: set[tuple[str, str]] = set()
        """Account and market of trades whose money is not told yet."""
        super().__init__(engine, keys, clock=clock, limits=limits)

    def stream_paths(self) -> None:
        """Name the paths of listen keys."""
        self.path("POST /fapi/v1/listenKey", "stream", KEYED, self._start)
        self.path("PUT /fapi/v1/listenKey", "stream", KEYED, self._keep)
        self.path("DELETE /fapi/v1/listenKey", "stream", KEYED, self._stop)

    @property
    def socket_paths(self) -> Paths:
        """Return the paths on which USD-M speaks WebSocket."""
        return Paths("/ws", "/stream", "/private", "/public", "/market")

    def _start(self, request: BinanceRequest) -> Form:
        now = self.clock.now_ms()
        held = self.listen_keys.get(request.account)
        if held is None or held.until_ms <= now:
            held = ListenKey(secrets.token_hex(32), request.account, 0)
            self.listen_keys[request.account] = held
        held.until_ms = now + LISTEN_KEY_MS
        return {"listenKey": held.key}

    def _keep(self, request: BinanceRequest) -> Form:
        held = self.listen_keys.get(request.account)
        if held is None or held.until_ms <= self.clock.now_ms():
            raise BinanceRefused(-1125)
        held.until_ms = self.clock.now_ms() + LISTEN_KEY_MS
        return {"listenKey": held.key}

    def _stop(self, request: BinanceRequest) -> Form:
        if self.listen_keys.pop(request.account, None) is None:
            raise BinanceRefused(-1125)
        for session in self.of(request.account):
            session.account = None
        return {}

    def terminate(self, session: Session) -> None:
        """Tell that the listen key has expired; the socket stays, its stream is over."""
        if session.account is None:
            return
        held = self.listen_keys.pop(session.account, None)
        key = held.key if held is not None else str(session.facts.get("listen_key", ""))
        notice: Form = {"e": "listenKeyExpired", "E": self.clock.now_ms(), "listenKey": key}
        session.send(_wrapped(session, key, notice))
        session.account = None

    # ------------------------------------------------------------------------------- sessions

    def opened(self, session: Session) -> None:
        """Take a new WebSocket: with a listen key it is a user stream, else a public one."""
        super().opened(session)
        self._admitted(session, session.params.get("listenKey", ""))
        self._admitted(session, session.path.rpartition("/")[2])
        streams = [one for one in asked_in_url(session) if self._known(one)]
        session.topics.update(streams)
        self._now(session, streams)

    def said(self, session: Session, message: object) -> None:
        """Take a subscription."""
        said(session, message, known=self._known, now=self._now)

    def _admitted(self, session: Session, name: str) -> bool:
        """Give a session the user stream whose listen key a name is; say whether it is one."""
        for held in self.listen_keys.values():
            if held.key == name and held.until_ms > self.clock.now_ms():
                session.account = held.account
                session.facts["listen_key"] = held.key
                return True
        return False

    def _known(self, stream: str) -> bool:
        symbol, _, what = stream.partition("@")
        market = what in CHANNELS and symbol.upper() in self.engine.markets
        return market or any(one.key == stream for one in self.listen_keys.values())

    def _now(self, session: Session, streams: Iterable[str]) -> None:
        for stream in streams:
            if not self._admitted(session, stream):
                self._show(session, stream)

    # ------------------------------------------------------------------------------- events

    def hear(self, event: Event) -> None:
        """Turn an event of the engine into frames."""
        if isinstance(event, OrderChanged):
            self._ordered(event)
        elif isinstance(event, MoneyChanged):
            self._booked(event)
        elif isinstance(event, Printed):
            self._printed(event)
        else:
            self._quoted(event)

    def _tell(self, account: str, frame: Form) -> None:
        now = self.clock.now_ms()
        for session in self.of(account):
            held = self.listen_keys.get(account)
            if held is None or held.until_ms <= now:
                self.terminate(session)
            else:
                session.publish(_wrapped(session, held.key, frame))

    def _ordered(self, event: OrderChanged) -> None:
        order = event.order
        if conditional(order) and not order.triggered:
            self._tell_algo(order)
        elif event.what is What.TRIGGERED:
            self._woken[order.id] = order
            self._tell_algo(order, "TRIGGERING")
        elif missed(order):
            self._woken.pop(order.id, None)
            self._tell_algo(order)
        else:
            self._admit(order.id, event.time_ns)
            self._worked(event)

    def _admit(self, number: int, time_ns: int) -> None:
        """Tell that an order that woke is in the matching engine."""
        woken = self._woken.pop(number, None)
        if woken is not None:
            self._tell_algo(woken)
            event = OrderChanged(What.NEW, woken, None, time_ns)
            self._tell(woken.account, order_frame(event, self._market(woken), self.clock.now_ms()))

    def _worked(self, event: OrderChanged) -> None:
        order, trade = event.order, event.trade
        if event.what is What.TRADE and trade is not None:
            self._traded.add((order.account, order.symbol))
            now = self.clock.now_ms()
            self._tell(order.account, lite_frame(order, trade, self._market(order), now))
        frame = order_frame(event, self._market(order), self.clock.now_ms())
        self._tell(order.account, frame)
        if conditional(order) and order.status not in {Status.NEW, Status.PARTIALLY_FILLED}:
            self._tell_algo(order)

    def _tell_algo(self, order: Order, told: str = "") -> None:
        frame = algo_frame(order, self._market(order), self.clock.now_ms(), told=told)
        self._tell(order.account, frame)

    def _booked(self, event: MoneyChanged) -> None:
        symbols = list(event.symbols)
        if event.cause is Cause.TRADE:
            symbols = [one for one in symbols if (event.account, one) in self._traded]
            self._traded.difference_update({(event.account, one) for one in symbols})
            if not symbols:
                return
        markets = [self.engine.markets[one] for one in symbols]
        quotes = {one.quote for one in self.engine.markets.values()}
        assets = [one for one in event.assets if one in quotes]
        frame = account_frame(
            self.engine, event, markets=markets, assets=assets, now_ms=self.clock.now_ms()
        )
        self._tell(event.account, frame)

    def _printed(self, event: Printed) -> None:
        market, now = self.engine.markets[event.symbol], self.clock.now_ms()
        name = event.symbol.lower()
        for session in tuple(self.sessions.values()):
            publish(session, f"{name}@trade", trade_frame(event, market, self.pen, now))
            publish(session, f"{name}@aggTrade", combined_frame(event, market, self.pen, now))

    def _quoted(self, event: Quoted) -> None:
        for number, order in tuple(self._woken.items()):
            if order.symbol == event.symbol:
                self._admit(number, event.time_ns)
        name = event.symbol.lower()
        for session in tuple(self.sessions.values()):
            for channel in ("bookTicker", "markPrice", "markPrice@1s"):
                self._show(session, f"{name}@{channel}")

    def _show(self, session: Session, stream: str) -> None:
        """Send what a stream of prices shows at this moment."""
        if stream not in session.topics:
            return
        symbol, _, what = stream.partition("@")
        market, now = self.engine.markets[symbol.upper()], self.clock.now_ms()
        if what == "bookTicker":
            head = {"e": "bookTicker", "E": now, "T": now}
            frame = book_frame(self.engine, market, self.pen, self.count())
            publish(session, stream, head | frame)
        elif what.startswith("markPrice"):
            publish(session, stream, self._mark_frame(market.symbol, now))

    def _mark_frame(self, symbol: str, now_ms: int) -> Form:
        mark = eight(self.engine.mark(symbol))
        return {
            "e": "markPriceUpdate",
            "E": now_ms,
            "s": symbol,
            "p": mark,
            "i": mark,
            "P": mark,
            "r": "0.00010000",
            "T": now_ms - now_ms % (8 * 60 * MINUTE_MS) + 8 * 60 * MINUTE_MS,
        }

    def _market(self, order: Order) -> Market:
        return self.engine.markets[order.symbol]


def _wrapped(session: Session, key: str, frame: Form) -> Form:
    """Put an event into the form of a connection: the combined one names the stream."""
    return {"stream": key, "data": frame} if session.path.endswith("/stream") else frame
