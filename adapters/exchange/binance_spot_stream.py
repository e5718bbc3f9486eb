"""What Binance spot says by itself: the user stream over its WebSocket API, and public streams.

Rules of this file
1. A customer subscribes with a signed request; each event then comes as
   ``{"subscriptionId": .., "event": ..}``.
2. A cancel has a client id of its own, and its report names it in ``c``, the order's in ``C``.
3. After ``eventStreamTerminated`` a subscription is over while its socket stays open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Final

from adapters.exchange.binance_dialect import BinanceDialect
from adapters.exchange.binance_errors import BinanceRefused
from adapters.exchange.binance_quotes import (
    Form,
    Pen,
    book_frame,
    combined_frame,
    day_ticker,
    trade_frame,
)
from adapters.exchange.binance_request import BinanceRequest, ws_payload
from adapters.exchange.binance_spot_forms import eight, report, wallet
from adapters.exchange.binance_streams import Paths, asked_in_url, publish, said
from adapters.exchange.events import Event, MoneyChanged, OrderChanged, Printed, Quoted, What
from adapters.exchange.keys import READ
from adapters.exchange.sessions import Session

REPORTS: Final[dict[What, str]] = {
    What.NEW: "NEW",
    What.TRIGGERED: "NEW",
    What.TRADE: "TRADE",
    What.AMENDED: "REPLACED",
    What.CANCELLED: "CANCELED",
    What.EXPIRED: "EXPIRED",
    What.REJECTED: "REJECTED",
}
"""What happened to an order -> the venue's type of execution."""

API: Final = "/ws-api/v3"

TICKER: Final = {
    "p": "priceChange",
    "P": "priceChangePercent",
    "w": "weightedAvgPrice",
    "x": "prevClosePrice",
    "c": "lastPrice",
    "Q": "lastQty",
    "b": "bidPrice",
    "B": "bidQty",
    "a": "askPrice",
    "A": "askQty",
    "o": "openPrice",
    "h": "highPrice",
    "l": "lowPrice",
    "v": "volume",
    "q": "quoteVolume",
    "O": "openTime",
    "C": "closeTime",
    "F": "firstId",
    "L": "lastId",
    "n": "count",
}
"""Letter of a ticker frame -> field of the ticker's answer."""


class SpotStream(BinanceDialect):
    """The streams of spot."""

    pen: ClassVar[Pen]
    cancelling = ""
    """Client id of the cancel that is being done."""

    @property
    def socket_paths(self) -> Paths:
        """Return the paths on which spot speaks WebSocket."""
        return Paths(API, "/ws", "/stream")

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

    def _ordered(self, event: OrderChanged) -> None:
        number = self.count()
        cancelled = event.what is What.CANCELLED
        told = report(
            event.order,
            REPORTS[event.what],
            trade=event.trade,
            cancel_id=self.cancelling if cancelled else "",
            now_ms=self.clock.now_ms(),
            number=number,
        )
        self._tell(event.account, told)

    def _booked(self, event: MoneyChanged) -> None:
        now = self.clock.now_ms()
        if event.movement is not None:
            change = {
                "e": "balanceUpdate",
                "E": now,
                "a": event.movement.asset,
                "d": eight(event.movement.amount),
                "T": event.time_ns // 1_000_000,
            }
            self._tell(event.account, change)
        rows = wallet(self.engine.account(event.account), event.assets)
        position = {
            "e": "outboundAccountPosition",
            "E": now,
            "u": event.time_ns // 1_000_000,
            "B": [{"a": one["asset"], "f": one["free"], "l": one["locked"]} for one in rows],
        }
        self._tell(event.account, position)

    def _tell(self, account: str, frame: Form) -> None:
        for session in self.of(account):
            number = session.facts["subscription"]
            session.publish({"subscriptionId": number, "event": frame})

    def _printed(self, event: Printed) -> None:
        market, now = self.engine.markets[event.symbol], self.clock.now_ms()
        name = event.symbol.lower()
        for session in tuple(self.sessions.values()):
            publish(session, f"{name}@trade", trade_frame(event, market, self.pen, now))
            publish(session, f"{name}@aggTrade", combined_frame(event, market, self.pen, now))

    def _quoted(self, event: Quoted) -> None:
        name = event.symbol.lower()
        for session in tuple(self.sessions.values()):
            self._show(session, f"{name}@bookTicker")
            self._show(session, f"{name}@ticker")

    def _show(self, session: Session, stream: str) -> None:
        """Send what a stream of prices shows at this moment."""
        if stream not in session.topics:
            return
        symbol, _, what = stream.partition("@")
        market = self.engine.markets[symbol.upper()]
        if what == "bookTicker":
            publish(session, stream, book_frame(self.engine, market, self.pen, self.count()))
        elif what == "ticker":
            now = self.clock.now_ms()
            ticker = day_ticker(self.engine, market, self.pen, now)
            letters = {letter: ticker[field] for letter, field in TICKER.items()}
            head = {"e": "24hrTicker", "E": now, "s": market.symbol}
            publish(session, stream, head | letters)

    # ------------------------------------------------------------------------------- requests

    def opened(self, session: Session) -> None:
        """Take a new WebSocket, with the streams that its address names."""
        super().opened(session)
        streams = [one for one in asked_in_url(session) if self._known(one)]
        session.topics.update(streams)
        self._now(session, streams)

    def said(self, session: Session, message: object) -> None:
        """Take a message of a customer: a request on the API, else a subscription."""
        if session.path == API:
            self._requested(session, message)
        else:
            said(session, message, known=self._known, now=self._now)

    def _known(self, stream: str) -> bool:
        symbol, _, what = stream.partition("@")
        known = what in {"bookTicker", "trade", "aggTrade", "ticker"}
        return known and symbol.upper() in self.engine.markets and symbol == symbol.lower()

    def _now(self, session: Session, streams: Iterable[str]) -> None:
        for stream in streams:
            self._show(session, stream)

    def _requested(self, session: Session, message: object) -> None:
        if not isinstance(message, Mapping):
            message = {}
        number = message.get("id")
        params = message.get("params")
        methods = {
            "ping": lambda *_: {},
            "time": lambda *_: {"serverTime": self.clock.now_ms()},
            "userDataStream.subscribe.signature": self._subscribe,
            "userDataStream.unsubscribe": self._unsubscribe,
        }
        try:
            method = methods.get(str(message.get("method")))
            if method is None:
                raise BinanceRefused(-1000, "Unknown method.", status=400)
            result = method(session, params if isinstance(params, Mapping) else {})
            answer: Form = {"id": number, "status": 200, "result": result}
        except BinanceRefused as refusal:
            answer = {"id": number, "status": refusal.status, "error": refusal.body}
        limit = self.meter.weight.as_json(2)
        session.send(answer | {"rateLimits": [limit]})

    def _subscribe(self, session: Session, params: Mapping[str, object]) -> Form:
        request = BinanceRequest(
            method="WS",
            path=API,
            query=ws_payload(params) + f"&signature={params.get('signature', '')}",
            key=str(params.get("apiKey", "")),
        )
        key = self.authenticated(request, "127.0.0.1", READ)
        if "subscription" not in session.facts:
            session.account = key.account
            session.facts["subscription"] = self.count()
        return {"subscriptionId": session.facts["subscription"]}

    def _unsubscribe(self, session: Session, _: Mapping[str, object]) -> Form:
        session.facts.pop("subscription", None)
        session.account = None
        return {}

    def terminate(self, session: Session) -> None:
        """Tell that the user stream is over; the socket stays."""
        number = session.facts.pop("subscription", None)
        if number is not None:
            event = {"e": "eventStreamTerminated", "E": self.clock.now_ms()}
            session.send({"subscriptionId": number, "event": event})
            session.account = None
