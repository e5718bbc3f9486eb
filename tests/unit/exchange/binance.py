"""A customer of Binance's dialects without a socket: signed requests in, answers and frames out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from adapters.exchange.binance_dialect import BinanceDialect
from adapters.exchange.binance_request import signature, ws_payload
from adapters.exchange.binance_spot import BinanceSpot
from adapters.exchange.binance_usdm import BinanceUsdm
from adapters.exchange.clock import Clock
from adapters.exchange.engine import Engine
from adapters.exchange.faults import Faults
from adapters.exchange.keys import Key, Keys
from adapters.exchange.limits import Limits
from adapters.exchange.markets import (
    BINANCE_SPOT_RULES,
    BINANCE_USDM_RULES,
    SPOT,
    SWAPS,
    Market,
    Rules,
)
from adapters.exchange.sessions import Closing, Session
from adapters.exchange.wire import Asked

START_NS: Final = 1_800_000_000_000_000_000
"""When every one of these exchanges begins: whole minutes, so that limits begin with it."""

BTC: Final = "BTCUSDT"


class Time:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_ns = START_NS

    def __call__(self) -> int:
        """Tell the time."""
        return self.now_ns

    def pass_ms(self, milliseconds: int) -> None:
        """Let time pass."""
        self.now_ns += milliseconds * 1_000_000


@dataclass(slots=True)
class Answer:
    """What came back."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def refused(self) -> tuple[int, int]:
        """Return HTTP status and the venue's code."""
        return self.status, self.body["code"]


@dataclass
class Desk:
    """One customer at one dialect."""

    dialect: BinanceDialect
    time: Time
    key: Key

    @property
    def engine(self) -> Engine:
        """Return the engine behind."""
        return self.dialect.engine

    def raw(self, where: str, query: str = "", *, key: str | None = None, body: str = "") -> Answer:
        """Send a request as it stands."""
        method, _, path = where.partition(" ")
        sent = Asked(
            method=method,
            host=min(self.dialect.hosts),
            path=path,
            query=query,
            headers={"x-mbx-apikey": self.key.key if key is None else key},
            body=body.encode(),
        )
        reply = self.dialect.routes[method, path].answer(sent)
        body_read = msgspec.json.decode(reply.body) if "json" in reply.content_type else reply.body
        return Answer(reply.status, body_read, dict(reply.headers))

    def ask(self, where: str, **params: object) -> Answer:
        """Send a signed request; what is posted goes in the body."""
        words = {name: str(value) for name, value in params.items()}
        words.setdefault("timestamp", str(self.dialect.clock.now_ms()))
        query = urlencode(words)
        query += f"&signature={signature(self.key.secret, query)}"
        if where.startswith(("POST", "PUT")):
            return self.raw(where, body=query)
        return self.raw(where, query)

    def good(self, where: str, **params: object) -> Any:
        """Send a signed request that must succeed, and return its answer."""
        answer = self.ask(where, **params)
        assert 200 == answer.status, answer.body
        return answer.body


def _desk(dialect: type[BinanceDialect], markets: tuple[Market, ...], rules: Rules) -> Desk:
    time = Time()
    clock = Clock(time)
    engine = Engine(markets, rules=rules, now_ns=clock.now_ns)
    keys = Keys([])
    key = keys.issue("customer", clock.now_ns())
    made = dialect(engine, keys, clock=clock, limits=Limits(clock))
    engine.transfer("customer", "USDT", Decimal(100_000))
    if not rules.stops_unchecked:
        engine.transfer("customer", "BTC", Decimal(1))
    return Desk(made, time, key)


def spot() -> Desk:
    """Open spot with 100,000 USDT and one BTC."""
    return _desk(BinanceSpot, SPOT, BINANCE_SPOT_RULES)


def usdm() -> Desk:
    """Open USD-M with 100,000 USDT."""
    return _desk(BinanceUsdm, SWAPS, BINANCE_USDM_RULES)


def frames(session: Session) -> list[Any]:
    """Take everything that a session was told so far."""
    found: list[Any] = []
    while not session.frames.empty():
        frame = session.frames.get_nowait()
        assert not isinstance(frame, Closing), "closed"
        found.append(msgspec.json.decode(frame))
    return found


def dial(desk: Desk, path: str, **params: str) -> Session:
    """Open a WebSocket."""
    session = Session(
        len(desk.dialect.sessions) + 1,
        venue=desk.dialect.name,
        path=path,
        params=params,
        faults=Faults(),
    )
    desk.dialect.opened(session)
    return session


def user_stream(desk: Desk) -> tuple[Session, Callable[[], list[Any]]]:
    """Open the user stream of either product; return what takes its events, unwrapped."""
    if isinstance(desk.dialect, BinanceUsdm):
        listen_key = desk.raw("POST /fapi/v1/listenKey").body["listenKey"]
        session = dial(desk, "/private/ws", listenKey=listen_key)
        return session, lambda: frames(session)
    session = dial(desk, "/ws-api/v3")
    params = {"timestamp": desk.dialect.clock.now_ms(), "apiKey": desk.key.key}
    params["signature"] = signature(desk.key.secret, ws_payload(params))
    request = {"id": "1", "method": "userDataStream.subscribe.signature", "params": params}
    desk.dialect.said(session, request)
    (answer,) = frames(session)
    assert 200 == answer["status"], answer
    return session, lambda: [frame["event"] for frame in frames(session)]
