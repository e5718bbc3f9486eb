"""The guard: what holds for every request and every answer of the private listener, before anything
reads it.

Rules of this file
1. A name that is not ours is not served: a foreign name that leads to loopback is an attack through
   a browser.
2. Every answer forbids to be framed, guessed at, kept, or to load and run anything that is not
   ours.
3. A request's body is bounded before it is read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from bridge.http.refusal import Refusal, json_answer

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BODY_BYTES_MAX: Final = 16 * 1024
"""Bytes of a request: a form with a reason and its tokens has a few hundred."""

CSP: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Nothing inline, nothing evaluated, nothing from elsewhere."""

HEADERS: Final = (
    (b"content-security-policy", CSP.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class Guard:
    """ASGI middleware round the whole application."""

    def __init__(self, app: Any, *, names: frozenset[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = {name for name, _ in HEADERS}
                theirs = [
                    pair for pair in message.get("headers", ()) if pair[0].lower() not in ours
                ]
                message["headers"] = [*theirs, *HEADERS]
            await send(message)

        refusal = self._refusal(scope)
        if refusal is not None:
            answer = json_answer(refusal.body(), refusal.status)
            await answer(scope, receive, guarded)
            return
        await self._app(scope, _bounded(receive), guarded)

    def _refusal(self, scope: Scope) -> Refusal | None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        host = hosts[0].decode("latin-1").lower() if len(hosts) == 1 else ""
        if name_of(host) not in self._names:
            return Refusal("host_unknown", value=host[:80])
        if not scope["query_string"].isascii():  # raw bytes, which no browser sends
            return Refusal("ask_invalid", value="an address is written in ASCII.")
        for name, value in scope["headers"]:
            if name == b"content-length" and (
                not value.isdigit() or int(value[:12]) > BODY_BYTES_MAX
            ):
                return _too_large()
        return None


def name_of(host: str) -> str:
    """Return the name in a Host header, without its port; empty when it has no such form."""
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return host
    return name if port.isascii() and port.isdigit() else ""


def _too_large() -> Refusal:
    return Refusal("ask_too_large", limit=f"{BODY_BYTES_MAX} bytes")


def _bounded(receive: Receive) -> Receive:
    """Refuse a body that goes on beyond its bound, whatever its head said."""
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > BODY_BYTES_MAX:
            raise _too_large()
        return message

    return bounded
