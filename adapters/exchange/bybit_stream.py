"""Bybit v5's WebSockets: private topics and those of linear markets.

Rules of this file
1. A private topic is told to an authenticated session that subscribed to it, from then on:
   nothing is replayed.
2. The wallet, position and order topics show what is now, the execution topic what happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from adapters.exchange import bybit_money as money
from adapters.exchange import bybit_rows as rows
from adapters.exchange.accounts import Cause
from adapters.exchange.clock import MS_NS
from adapters.exchange.dialect import Dialect
from adapters.exchange.events import (
    Event,
    MoneyChanged,
    OrderChanged,
    Printed,
    Quoted,
    What,
)
from adapters.exchange.sessions import Session
from adapters.exchange.wire import text

PRIVATE: Final = "/v5/private"
LINEAR: Final = "/v5/public/linear"
PRIVATE_TOPICS: Final = {"order", "execution", "position", "wallet"}


class BybitStream(Dialect):
    """The half of the dialect that speaks WebSocket."""

    @property
    def socket_paths(self) -> frozenset[str]:
        """Return the two paths."""
        return frozenset({PRIVATE, LINEAR})

    def terminate(self, session: Session) -> None:
        """End the stream: Bybit has no notice but the close frame of a restart."""
        session.close(1012, "service restart")

    # ------------------------------------------------------------------------------- commands

    def said(self, session: Session, message: object) -> None:
        """Take an operation: ping, auth, subscribe, unsubscribe."""
        if not isinstance(message, dict):
            self._answer(session, {}, success=False, sentence="error:invalid json")
            return
        operation, arguments = message.get("op"), message.get("args") or []
        if operation == "ping":
            self._pong(session, message)
        elif operation == "auth" and session.path == PRIVATE:
            self._authenticate(session, message, [str(one) for one in arguments])
        elif operation == "subscribe":
            self._subscribe(session, message, [str(one) for one in arguments])
        elif operation == "unsubscribe":
            session.topics -= {str(one) for one in arguments}
            self._answer(session, message)
        else:
            self._answer(session, message, success=False, sentence="error:invalid op")

    def _pong(self, session: Session, message: Mapping[str, Any]) -> None:
        if session.path == PRIVATE:
            pong = {"req_id": message.get("req_id", ""), "op": "pong"}
            stamp = str(self.clock.now_ms())
            session.send({**pong, "args": [stamp], "conn_id": _connection(session)})
        else:
            self._answer(session, message, sentence="pong")

    def _authenticate(
        self, session: Session, message: Mapping[str, Any], arguments: list[str]
    ) -> None:
        named, expires, signature = [*arguments, "", "", ""][:3]
        key = self.keys.find(named)
        now = self.clock.now_ms()
        if key is None:
            why = "API key is invalid."
        elif key.expires_ns is not None and key.expires_ns // MS_NS <= now:
            why = "Your api key has expired."
        elif not expires.isdecimal() or int(expires) <= now:
            why = "Params Error"
        elif not key.signs(f"GET/realtime{expires}", signature):
            why = "error:invalid signature"
        else:
            session.account = key.account
            self._answer(session, message)
            return
        self._answer(session, message, success=False, sentence=why)

    def _subscribe(self, session: Session, message: Mapping[str, Any], topics: list[str]) -> None:
        for topic in topics:
            known = topic in PRIVATE_TOPICS if session.path == PRIVATE else self._market_of(topic)
            if not known:
                why = f"error:handler not found,topic:{topic}"
                self._answer(session, message, success=False, sentence=why)
                return
        if session.path == PRIVATE and session.account is None:
            self._answer(session, message, success=False, sentence="Request not authorized")
            return
        session.topics |= set(topics)
        self._answer(session, message)
        for topic in topics:
            if session.path == LINEAR and not topic.startswith("publicTrade"):
                self._tell_market(session, topic, first=True)

    def _market_of(self, topic: str) -> str | None:
        """Return the market that a public topic is about."""
        parts = topic.split(".")
        if parts[0] not in {"tickers", "orderbook", "publicTrade"}:
            return None
        if parts[0] == "orderbook" and parts[1:2] not in (["1"], ["50"], ["200"], ["1000"]):
            return None
        return parts[-1] if parts[-1] in self.engine.markets else None

    def _answer(
        self,
        session: Session,
        message: Mapping[str, Any],
        *,
        success: bool = True,
        sentence: str = "",
    ) -> None:
        session.send(
            {
                "success": success,
                "ret_msg": sentence,
                "conn_id": _connection(session),
                "req_id": message.get("req_id", ""),
                "op": message.get("op", ""),
            }
        )

    # ------------------------------------------------------------------------------- events

    def hear(self, event: Event) -> None:
        """Tell an event to whom it concerns."""
        if isinstance(event, OrderChanged):
            self._hear_order(event)
        elif isinstance(event, MoneyChanged):
            self._hear_money(event)
        elif isinstance(event, Quoted):
            for session, topic in self._watching(event.symbol, {"tickers", "orderbook"}):
                self._tell_market(session, topic, first=False)
        else:
            for session, topic in self._watching(event.symbol, {"publicTrade"}):
                session.publish(self._printed(topic, event))

    def _hear_order(self, event: OrderChanged) -> None:
        order = event.order
        if not self._heard_by(order.account):
            return
        quote = self.engine.markets[order.symbol].quote
        if event.trade is not None:
            mark = self.engine.mark(order.symbol)
            row = {"category": "linear", **rows.trade_row(event.trade, order, mark)}
            self._tell(order.account, "execution", [row])
        row = {"category": "linear", **rows.order_row(order, quote)}
        if event.what is What.TRIGGERED:
            self._tell(order.account, "order", [{**row, "orderStatus": "Triggered"}])
        self._tell(order.account, "order", [row])

    def _hear_money(self, event: MoneyChanged) -> None:
        if not self._heard_by(event.account):
            return
        if event.movement is not None and event.cause is Cause.FUNDING:
            row = {"category": "linear", **rows.funding_row(event.movement)}
            self._tell(event.account, "execution", [row])
        positions = [
            {"category": "linear", **money.position_row(self.engine, event.account, symbol)}
            for symbol in event.symbols
        ]
        if positions:
            self._tell(event.account, "position", positions)
        self._tell(event.account, "wallet", [money.wallet_row(self.engine, event.account)])

    def _heard_by(self, account: str) -> bool:
        """Say whether anybody listens: rows are work, and most events are told to nobody."""
        return any(session.topics for session in self.of(account))

    def _tell(self, account: str, topic: str, data: list[dict[str, Any]]) -> None:
        for session in self.of(account):
            if topic in session.topics:
                number = self.engine.number()
                head = {"id": f"{account}_{topic}_{number}", "topic": topic}
                session.publish({**head, "creationTime": self.clock.now_ms(), "data": data})

    def _watching(self, symbol: str, kinds: set[str]) -> Iterator[tuple[Session, str]]:
        for session in tuple(self.sessions.values()):
            for topic in sorted(session.topics) if session.path == LINEAR else ():
                if topic.partition(".")[0] in kinds and topic.endswith(f".{symbol}"):
                    yield session, topic

    def _tell_market(self, session: Session, topic: str, *, first: bool) -> None:
        kind, symbol = topic.partition(".")[0], topic.rpartition(".")[2]
        stamp = self.clock.now_ms()
        if kind == "tickers":
            data, form = money.ticker_row(self.engine, symbol), "snapshot" if first else "delta"
            head = {"topic": topic, "type": form, "cs": self.engine.number(), "ts": stamp}
            session.publish({**head, "data": data})
        else:
            data = money.book_row(self.engine, symbol, int(topic.split(".")[1]), stamp)
            facts = {name: data[name] for name in ("s", "b", "a", "u", "seq")}
            head = {"topic": topic, "type": "snapshot", "ts": stamp, "cts": stamp}
            session.publish({**head, "data": facts})

    def _printed(self, topic: str, event: Printed) -> dict[str, Any]:
        stamp = event.time_ns // MS_NS
        row = {
            "i": rows.id_text(event.id),
            "T": stamp,
            "p": text(event.price),
            "v": text(event.quantity),
            "S": rows.SIDES[event.side],
            "s": event.symbol,
            "L": "PlusTick",
            "BT": False,
            "RPI": False,
            "seq": event.id,
        }
        return {"topic": topic, "type": "snapshot", "ts": stamp, "data": [row]}


def _connection(session: Session) -> str:
    return f"d266o6hqo29sqmnq4vk0-{session.number}"
