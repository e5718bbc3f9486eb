"""The door: the public listener. It takes alerts at ``POST /hooks/ROUTE[/TOKEN]`` and knows nothing else.

Rules of this file
1. A raw ASGI application: the hot path pays for nothing that it does not use.
2. An unknown route and a wrong token get one and the same answer. Nobody learns which routes exist.
3. Answered after the commit, never after the venue: 2xx means durable. What could not be made durable is 503, which
   TradingView sends again; never 504, never a redirect, never 500.
4. Nothing of an unauthenticated message is journaled; it is counted, and a few are kept in a ring.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final
from urllib.parse import unquote

import msgspec
import structlog

from adapters.tradingview import DIALECTS, Reading, redact
from bridge.codes import CODES, explain
from bridge.config.values import Config, Hook
from core.admit import is_token
from core.answers import Answer, Busy, SignalAnswer
from core.commands import ReceiveSignal
from core.ids import body_hash
from core.signals import Misread

log = structlog.get_logger("door")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
SendMessage = Callable[[MutableMapping[str, Any]], Awaitable[None]]

ANSWER_WITHIN_S: Final = 2.5
"""TradingView gives up after 3 s and does not repeat; an honest 503 before that is repeated."""

BODY_WITHIN_S: Final = 2.0
"""How long a message may take to arrive. An alert is one packet."""

PATH_MAX: Final = 512
"""Characters of an address: route and token fit several times."""

NOISE_KEPT: Final = 50
"""Unauthenticated messages kept for the status page: enough to see a misconfigured alert."""

NOISE_PER_MINUTE_MAX: Final = 60
"""Messages of one address that could not be placed; beyond it the answer is 429 for the rest of the minute."""

SENDERS_MAX: Final = 1_024
"""Addresses counted at once; when full, all counts begin anew."""

_HEADERS: Final = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)
_encoder: Final = msgspec.json.Encoder()


class Noise:
    """What came and could not be placed: counts by kind, and the last few, without their content."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.last: deque[tuple[int, str, str]] = deque(maxlen=NOISE_KEPT)
        self._senders: dict[str, int] = {}
        self._minute = 0

    def note(self, kind: str, sender: str) -> bool:
        """Count one; say whether its sender has gone too far."""
        minute = int(time.monotonic() // 60)
        if minute != self._minute or len(self._senders) >= SENDERS_MAX:
            self._minute, self._senders = minute, {}
        count = self._senders.get(sender, 0) + 1
        self._senders[sender] = count
        self.counts[kind] += 1
        self.last.append((time.time_ns(), kind, sender))
        return count > NOISE_PER_MINUTE_MAX


class Door:
    """The ASGI application. ``ask`` gives a message to the writer; ``None`` until the journal is open."""

    def __init__(self, config: Config) -> None:
        self.ask: Callable[[ReceiveSignal], asyncio.Future[Answer]] | None = None
        self.now: Callable[[], int] = time.time_ns
        self.noise = Noise()
        self._hooks: Mapping[str, Hook] = config.hooks
        self._bytes_max = config.door.body_bytes_max
        self._trusted = tuple(
            ipaddress.ip_network(network, strict=False) for network in config.door.trusted_proxies
        )

    async def __call__(self, scope: Scope, receive: Receive, send: SendMessage) -> None:
        """Serve one connection's request."""
        kind = scope["type"]
        if kind == "lifespan":
            await _lifespan(receive, send)
        elif kind == "http":
            status, body = await self._serve(scope, receive)
            headers = [*_HEADERS, (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        else:
            await send({"type": "websocket.close", "code": 1000})

    async def _serve(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        path: str = scope["path"]
        if scope["method"] != "POST" or not path.startswith("/hooks/") or len(path) > PATH_MAX:
            return self._lost("address", scope)
        body = await self._body(scope, receive)
        if isinstance(body, str):
            return _refusal(body, limit=str(self._bytes_max) if body == "body_too_large" else "2 s")
        door_ns = self.now()
        name, _, token = path[7:].partition("/")
        hook = self._hooks.get(unquote(name))
        if hook is None:
            is_token(token, ("unknown",))  # the same work as for a route that exists
            return self._lost("route", scope)
        if token and not is_token(unquote(token), hook.tokens):
            return self._lost("token", scope)
        reading: Reading = DIALECTS[hook.dialect](body)
        if not token and not is_token(reading.token or "", hook.tokens):
            return self._lost("token", scope)
        if self.ask is None:
            return _refusal("not_recovered")
        command = ReceiveSignal(
            route=hook.route,
            body_hash=body_hash(body),
            content=_content(reading),
            raw=redact(body),
            extra=reading.ignored,
            door_ns=door_ns,
        )
        return _answered(await self._judged(command))

    async def _judged(self, command: ReceiveSignal) -> Answer:
        """Wait for the commit, but never longer than the sender does."""
        assert self.ask is not None, "checked by the caller"
        future = self.ask(command)
        if future.done():
            return future.result()
        timer = asyncio.get_running_loop().call_later(ANSWER_WITHIN_S, _give_up, future)
        try:
            return await future
        finally:
            timer.cancel()

    async def _body(self, scope: Scope, receive: Receive) -> bytes | str:
        """Read a message, bounded in size and time; a code when it is neither."""
        for name, value in scope["headers"]:
            if name == b"content-length" and (not value.isdigit() or int(value[:12]) > self._bytes_max):
                return "body_too_large"
        message = await receive()
        if not message.get("more_body", False):
            body: bytes = message.get("body", b"")
            return body if len(body) <= self._bytes_max else "body_too_large"
        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                return await self._chunks(message, receive)
        except TimeoutError:
            return "body_slow"

    async def _chunks(self, message: MutableMapping[str, Any], receive: Receive) -> bytes | str:
        parts: list[bytes] = []
        size = 0
        while message["type"] == "http.request":
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            if size > self._bytes_max:
                return "body_too_large"
            parts.append(chunk)
            if not message.get("more_body", False):
                return b"".join(parts)
            message = await receive()
        return "body_slow"  # the sender went away in the middle

    def _lost(self, kind: str, scope: Scope) -> tuple[int, bytes]:
        """Answer what could not be placed: always the same, or 429 to whoever keeps trying."""
        return _refusal("sender_busy" if self.noise.note(kind, self._sender(scope)) else "not_found")

    def _sender(self, scope: Scope) -> str:
        """Return the sender's address; a proxy's word counts only if the proxy is configured."""
        client = scope.get("client")
        peer = client[0] if client else ""
        if not self._trusted or not self._is_trusted(peer):
            return peer
        for name, value in scope["headers"]:
            if name == b"x-forwarded-for":
                hops = [hop.strip() for hop in value.decode("latin-1").split(",")]
                strangers = [hop for hop in hops if not self._is_trusted(hop)]
                return strangers[-1][:64] if strangers else peer
        return peer

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)


def _give_up(future: asyncio.Future[Answer]) -> None:
    if not future.done():
        future.set_result(Busy(code="too_slow", limit=f"{ANSWER_WITHIN_S} s"))


def _content(reading: Reading) -> Any:
    if reading.signal is not None:
        return reading.signal
    return reading.misread or Misread(code="body_unreadable")


def _refusal(code: str, *, value: str = "", limit: str = "") -> tuple[int, bytes]:
    """Answer with a code that belongs to no signal."""
    sentence, fix = explain(code, value, limit)
    row = CODES[code]
    body = {
        "signal": None,
        "verdict": "refused",
        "code": code,
        "sentence": sentence,
        "fix": fix,
        "orders": [],
    }
    return row.status, _encoder.encode(body)


def _answered(answer: Answer) -> tuple[int, bytes]:
    """Turn the core's answer into the hook's."""
    if not isinstance(answer, SignalAnswer):
        code = answer.code if isinstance(answer, Busy) else "store_unavailable"
        value, limit = (answer.value, answer.limit) if isinstance(answer, Busy) else ("", "")
        return _refusal(code, value=value, limit=limit)
    body: dict[str, Any] = {
        "signal": answer.signal,
        "verdict": answer.verdict,
        "code": answer.code,
        "sentence": "",
        "fix": "",
        "orders": answer.orders,
        "accounts": [_account(verdict) for verdict in answer.accounts],
    }
    if answer.code:
        body["sentence"], body["fix"] = explain(
            answer.code, answer.value, answer.limit, answer.where
        )
    status = 202
    if answer.verdict not in ("admitted", "held"):
        row = CODES.get(answer.code)
        status = row.status if row is not None and not answer.accounts else 200
    return status, _encoder.encode(body)


def _account(verdict: Any) -> dict[str, Any]:
    row = {"account": verdict.account, "verdict": verdict.verdict, "orders": verdict.orders}
    if verdict.code:
        sentence, fix = explain(
            verdict.code, verdict.value, verdict.limit, verdict.where or verdict.account
        )
        row |= {"code": verdict.code, "sentence": sentence, "fix": fix}
    return row


async def _lifespan(receive: Receive, send: SendMessage) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


def routes(hooks: Iterable[Hook]) -> list[str]:
    """Name the routes, for logs and status: never their tokens."""
    return sorted(hook.route for hook in hooks)
