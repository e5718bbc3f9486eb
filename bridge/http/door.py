"""The door: the public listener. It takes alerts at ``POST /hooks/ROUTE[/TOKEN]`` and knows nothing
else.

Rules of this file
1. A raw ASGI application: the hot path pays for nothing that it does not use.
2. An unknown route and a wrong token get one and the same answer. Nobody learns which routes exist.
3. Answered after the commit, never after the venue: 2xx means durable. What could not be made
   durable is 503, which TradingView sends again; never 504, never a redirect, never 500.
4. Nothing of an unauthenticated message is journaled or logged; it is counted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import structlog

from bridge.config.values import Config
from bridge.http.answers import Reply, refusal, reply
from bridge.http.idle import Overdue
from bridge.http.noise import Noise, Senders
from bridge.http.reading import Reader
from bridge.http.trust import SOURCE, Trust
from bridge.printable import printable
from core.answers import Answer, Busy
from core.commands import RaiseAlarm, ReceiveBatch, ReceiveSignal

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
SendMessage = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ANSWER_WITHIN_S: Final = 2.5
"""TradingView gives up after 3 s and does not repeat; an honest 503 before that is repeated."""

BODY_WITHIN_S: Final = 2.0
"""How long a message may take to arrive. An alert is one packet."""

PATH_MAX: Final = 512
"""Characters of an address: route and token fit several times."""

_PREFIX: Final = "/hooks/"
_HEADERS: Final = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


class Door:
    """The ASGI application. ``ask`` gives a message to the writer; ``None`` until the journal is
    open.
    """

    def __init__(self, config: Config) -> None:
        self.ask: Callable[[ReceiveSignal | ReceiveBatch], asyncio.Future[Answer]] | None = None
        self.tell: Callable[[RaiseAlarm], None] | None = None
        self.now: Callable[[], int] = time.time_ns
        self.noise = Noise()
        self._log = structlog.get_logger(
            "door"
        ).bind()  # bound once: what is not said costs nothing
        self._reader = Reader(config)
        self._senders = Senders(config.door.trusted_proxies)
        self._trust = Trust(config, self._senders)
        self._sources = {name: ", ".join(hook.sources) for name, hook in config.hooks.items()}
        self._bytes_max = config.door.body_bytes_max
        self._answers = Overdue[asyncio.Future[Answer]](ANSWER_WITHIN_S, _give_up)
        self._bodies = Overdue[asyncio.Task[Any]](BODY_WITHIN_S, self._interrupt)
        self._late: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: SendMessage) -> None:
        """Serve one request. A defect and a cancelled task are answered too: come again."""
        assert scope["type"] == "http", "the server is told to speak nothing else"
        status, body = _FAILED
        try:
            status, body = await self._serve(scope, receive)
        finally:
            headers = [*_HEADERS, (b"content-length", b"%d" % len(body))]
            if status in _UNREAD:
                headers.append((b"connection", b"close"))
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    async def _serve(self, scope: Scope, receive: Receive) -> Reply:
        path: str = scope["path"]
        if scope["method"] != "POST" or not path.startswith(_PREFIX) or len(path) > PATH_MAX:
            return self._lost("address", scope)
        body = await self._body(scope, receive)
        if isinstance(body, str):
            limit = str(self._bytes_max) if body == "body_too_large" else f"{BODY_WITHIN_S:.0f} s"
            return refusal(body, limit=limit)
        command = self._reader.read(path[len(_PREFIX) :], body, self.now())
        if isinstance(command, str):
            return self._lost(command, scope)
        one = command if isinstance(command, ReceiveSignal) else command.signals[0]
        missing = self._trust.missing(one.route, scope)
        if missing:
            return self._distrusted(missing, one.route, scope)
        if self.ask is None:
            return refusal("not_recovered")
        answer = await self._judged(self.ask(command))
        self._log.debug("alert", route=one.route, answer=type(answer).__name__)
        return reply(answer)

    async def _judged(self, future: asyncio.Future[Answer]) -> Answer:
        """Wait for the commit, but never longer than the sender does."""
        self._answers.watch(future)
        try:
            return await future
        finally:
            self._answers.forget(future)

    async def _body(self, scope: Scope, receive: Receive) -> bytes | str:
        """Read a message, bounded in size and time; a code when it is neither."""
        for name, value in scope["headers"]:
            if name == b"content-length":
                if not value.isdigit() or len(value) > 18 or int(value) > self._bytes_max:
                    return "body_too_large"
                break
        task = asyncio.current_task()
        assert task is not None, "a server runs each request in a task"
        self._bodies.watch(task)
        try:
            return await self._chunks(receive)
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            task.uncancel()
            return "body_slow"
        finally:
            self._bodies.forget(task)
            self._late.discard(task)

    async def _chunks(self, receive: Receive) -> bytes | str:
        message = await receive()
        body: bytes = message.get("body", b"")
        while message.get("more_body", False) and len(body) <= self._bytes_max:
            message = await receive()
            body += message.get("body", b"")
        if message["type"] != "http.request":
            return "body_slow"  # the sender went away in the middle
        return body if len(body) <= self._bytes_max else "body_too_large"

    def _interrupt(self, task: asyncio.Task[Any]) -> None:
        self._late.add(task)
        task.cancel()

    def _lost(self, kind: str, scope: Scope) -> Reply:
        """Answer what could not be placed: always the same, or 429 to whoever keeps trying."""
        too_far = self.noise.note(kind, self._senders.of(scope))
        return refusal("sender_busy" if too_far else "not_found")

    def _distrusted(self, missing: str, route: str, scope: Scope) -> Reply:
        """Answer a message with the right token from the wrong place: as all that is unknown."""
        if self.tell is not None and self._trust.is_news(route, self.now()):
            limit = self._sources[route] if missing == SOURCE else ""
            sender = printable(self._senders.of(scope)) or "nowhere"
            self.tell(RaiseAlarm(code=f"{missing}_refused", value=sender, limit=limit, where=route))
        return self._lost(missing, scope)


_UNREAD: Final = (408, 413)
"""Answers to messages that were not read to their end: what is left of them is not waited for."""

_FAILED: Final = refusal("door_failed")


def _give_up(future: asyncio.Future[Answer]) -> None:
    if not future.done():
        future.set_result(Busy(code="too_slow", limit=f"{ANSWER_WITHIN_S} s"))
