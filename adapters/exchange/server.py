"""The wire: one TLS port for all venues, told apart by the host that a client asked for.

Rules of this file
1. The faults are asked before and after each handler, here and nowhere else.
2. What a handler did stays done, whatever happens to the client: aiohttp does not cancel handlers
   of clients that went away.
3. Every wait ends when the exchange closes.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
import struct
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from aiohttp import ClientConnectionResetError, WSMsgType, web

from adapters.exchange.dialect import Dialect
from adapters.exchange.faults import Fault, Faults, Kind, Slot
from adapters.exchange.sessions import Closing, Session
from adapters.exchange.wire import Asked, Reply, Route, html

HANG_S: Final = 120
"""How long a lost answer keeps its line: longer than any client waits."""

BODY_MAX: Final = 1024 * 1024
"""Bytes of a request; a batch of orders has some thousands."""

SEEN_MAX: Final = 10_000
"""Requests that the log of the wire remembers."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the wire saw it, without signature: what was asked, what went wrong, the answer.

    ``status`` 0: it got none.
    """

    venue: str
    method: str
    path: str
    call: str
    query: str
    body: str
    faults: tuple[str, ...]
    status: int


class Server:
    """The aiohttp application in front of the dialects."""

    def __init__(self, dialects: list[Dialect], faults: Faults) -> None:
        self.faults = faults
        self.seen: deque[Seen] = deque(maxlen=SEEN_MAX)
        self.closing = asyncio.Event()
        self.answered: Callable[[Seen], object] = lambda _: None
        """Called with each request once its answer is decided, for a test that waits for one."""
        self.app = web.Application(client_max_size=BODY_MAX)
        self.app.router.add_route("*", "/{path:.*}", self._answer)
        self._dialects = dialects
        self._by_host = {host: one for one in dialects for host in one.hosts}
        self._numbers = itertools.count(1)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        asked = await _read(request)
        dialect = self._dialect(asked)
        if dialect is None:
            return web.Response(status=421, text=f"no venue here is called {asked.host}\n")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._socket(request, asked, dialect)
        return await self._http(request, asked, dialect)

    def _dialect(self, asked: Asked) -> Dialect | None:
        """Find the venue by host, or by path for a client that asks this machine itself."""
        if asked.host in self._by_host:
            return self._by_host[asked.host]
        if asked.host not in {"127.0.0.1", "localhost", "[::1]"}:
            return None
        fits = (one for one in self._dialects if asked.path.startswith(one.prefixes))
        return next(fits, None)

    async def _http(
        self, request: web.Request, asked: Asked, dialect: Dialect
    ) -> web.StreamResponse:
        route = dialect.routes.get((asked.method, asked.path))
        met = self.faults.take_request(dialect.name, route.call) if route else {}
        if Slot.ROAD in met:
            await self._wait(met[Slot.ROAD].delay_ms / 1000)
            if self.closing.is_set():
                return web.Response(status=503)
        door, back = met.get(Slot.DOOR), met.get(Slot.WAY_BACK)
        if route is None:
            reply = dialect.unknown_path(asked)
        elif door is not None:
            reply = None if door.kind is Kind.REQUEST_LOST else _turned_away(dialect, door, asked)
        else:
            reply = self._handle(dialect, route, asked, met.get(Slot.STATE))
        if back is not None and reply is not None:
            reply = _on_the_way_back(dialect, back, reply)
            if back.kind is Kind.REPLY_LATE:
                await self._wait(back.delay_ms / 1000)
        self._log(dialect, route, asked, met=met, reply=reply)
        if reply is None:
            return await self._lose(request, door or back)
        if back is not None and back.kind is Kind.REPLY_CUT:
            return await _cut(request, reply)
        return web.Response(
            status=reply.status,
            body=reply.body,
            headers=reply.headers,
            content_type=reply.content_type,
        )

    def _handle(self, dialect: Dialect, route: Route, asked: Asked, state: Fault | None) -> Reply:
        engine = dialect.engine
        engine.hide_next = state.reads if state is not None and state.kind is Kind.HIDDEN else 0
        engine.reject_next = state is not None and state.kind is Kind.REJECTED_LATER
        reply = route.answer(asked)
        engine.hide_next, engine.reject_next = 0, False
        return reply

    async def _lose(self, request: web.Request, fault: Fault | None) -> web.StreamResponse:
        """Give no answer, in one of the three ways in which none comes."""
        line = request.transport
        how = fault.how if fault is not None else "close"
        if how == "hang":
            await self._wait(HANG_S)
        if line is not None:
            if how == "reset":
                reset(line)
            else:
                line.close()
        return web.Response()

    async def _wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.closing.wait()

    def _log(
        self,
        dialect: Dialect,
        route: Route | None,
        asked: Asked,
        *,
        met: dict[Slot, Fault],
        reply: Reply | None,
    ) -> None:
        query = "&".join(
            f"{name}={value}" for name, value in parse_qsl(asked.query) if name != "signature"
        )
        kinds = tuple(fault.kind.value for fault in met.values())
        seen = Seen(
            venue=dialect.name,
            method=asked.method,
            path=asked.path,
            call=route.call if route else "",
            query=query,
            body=asked.body.decode("utf-8", "replace"),
            faults=kinds,
            status=reply.status if reply is not None else 0,
        )
        self.seen.append(seen)
        self.answered(seen)

    # ------------------------------------------------------------------------------- WebSockets

    async def _socket(
        self, request: web.Request, asked: Asked, dialect: Dialect
    ) -> web.StreamResponse:
        refused = self.faults.take_dial(dialect.name)
        if refused is not None:
            page = html(refused.status, "Service Unavailable")
            return web.Response(status=page.status, body=page.body, content_type="text/html")
        if asked.path not in dialect.socket_paths:
            return web.Response(status=404)
        line = web.WebSocketResponse(autoping=False, max_msg_size=BODY_MAX)
        await line.prepare(request)
        session = Session(
            next(self._numbers),
            venue=dialect.name,
            path=asked.path,
            params=asked.params,
            faults=self.faults,
        )
        dialect.opened(session)
        writer = asyncio.create_task(_write(line, session, request.transport))
        closing = asyncio.create_task(self._close_with_us(session))
        try:
            await _hear(line, session, dialect)
        finally:
            dialect.closed(session)
            writer.cancel()
            closing.cancel()
            await asyncio.gather(writer, closing, return_exceptions=True)
        return line

    async def _close_with_us(self, session: Session) -> None:
        await self.closing.wait()
        session.close(1001, "going away")


async def _read(request: web.Request) -> Asked:
    return Asked(
        method=request.method,
        host=request.host.rpartition(":")[0] if ":" in request.host else request.host,
        path=request.path,
        query=request.rel_url.raw_query_string,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.read(),
        remote=request.remote or "",
    )


def _turned_away(dialect: Dialect, fault: Fault, asked: Asked) -> Reply:
    """Write the answer of a fault before the handler."""
    if fault.kind is Kind.REFUSED:
        return dialect.refusal(fault.code)
    if fault.kind is Kind.PAGE_BEFORE:
        return html(fault.status, "Service Unavailable")
    if fault.kind is Kind.WALL:
        return html(403, "403 Forbidden")
    return dialect.fault_reply(fault, asked)


def _on_the_way_back(dialect: Dialect, fault: Fault, reply: Reply) -> Reply | None:
    """Write the answer of a fault after the handler; ``None``: there is none."""
    if fault.kind is Kind.REPLY_LOST:
        return None
    if fault.kind is Kind.ERROR_AFTER:
        return dialect.refusal(fault.code)
    if fault.kind is Kind.PAGE_AFTER:
        return html(fault.status, "Bad Gateway")
    return reply


async def _cut(request: web.Request, reply: Reply) -> web.StreamResponse:
    """Promise the whole answer and send half of it."""
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.content_length = len(reply.body)
    response.content_type = reply.content_type
    with suppress(ClientConnectionResetError):  # who asked is gone already
        await response.prepare(request)
        await response.write(reply.body[: len(reply.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


async def _hear(line: web.WebSocketResponse, session: Session, dialect: Dialect) -> None:
    """Hand on what a customer says until he goes. A silent session does not even answer pings."""
    async for message in line:
        if session.silent:
            continue
        if message.type is WSMsgType.PING:
            with suppress(ClientConnectionResetError):
                await line.pong(message.data)
        elif message.type is WSMsgType.TEXT:
            try:
                said = msgspec.json.decode(message.data)
            except msgspec.DecodeError:
                said = message.data
            dialect.said(session, said)


async def _write(
    line: web.WebSocketResponse, session: Session, transport: asyncio.Transport | None
) -> None:
    with suppress(ClientConnectionResetError):
        while True:
            frame = await session.frames.get()
            if not isinstance(frame, Closing):
                await line.send_str(frame.decode())
            elif frame.abort and transport is not None:
                reset(transport)
                return
            else:
                await line.close(code=frame.code, message=frame.reason.encode())
                return


def reset(line: asyncio.BaseTransport) -> None:
    """End a line with a reset instead of a farewell."""
    if line.is_closing() or not isinstance(line, asyncio.Transport):
        return
    raw = line.get_extra_info("socket")
    form = "hh" if os.name == "nt" else "ii"
    with suppress(OSError):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(form, 1, 0))
    line.abort()
