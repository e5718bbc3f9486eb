"""A load generator: keep-alive connections on one event loop, little work per request."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

REQUESTS_MAX = 50_000
"""Requests of one run at most: load is bounded in count, and by its own deadline in time."""

DEADLINE_S = 120.0


@dataclass(slots=True)
class Result:
    """What a run gave: seconds in all, each request's seconds, answers by status."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def per_second(self) -> float:
        """Return requests per second."""
        return len(self.times) / self.seconds


class _Client(asyncio.Protocol):
    """One connection: sends the next request when the answer to the last is whole."""

    def __init__(self, requests: list[bytes], result: Result, ended: asyncio.Future[None]) -> None:
        self._requests = requests
        self._result = result
        self._ended = ended
        self._buffer = b""
        self._begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        if not self._requests:
            self._transport.close()
            if not self._ended.done():
                self._ended.set_result(None)
            return
        self._begun = time.perf_counter()
        self._transport.write(self._requests.pop())  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.index(b"content-length:") + 15
        stop = head.find(b"\r\n", at)
        length = int(head[at : stop if stop > 0 else None])
        if len(self._buffer) < end + 4 + length:
            return
        self._result.times.append(time.perf_counter() - self._begun)
        self._result.statuses[self._buffer[9:12].decode()] += 1
        self._buffer = b""
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_exception(exc or ConnectionError("closed in the middle"))


def request(path: str, body: bytes) -> bytes:
    """Write one POST."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _run(port: int, requests: Sequence[bytes], connections: int) -> Result:
    assert len(requests) <= REQUESTS_MAX, "a load is bounded"
    loop = asyncio.get_running_loop()
    result = Result()
    shares = [list(requests[index::connections]) for index in range(connections)]
    ends = [loop.create_future() for _ in shares]
    begun = time.perf_counter()
    for share, end in zip(shares, ends, strict=True):
        await loop.create_connection(
            lambda share=share, end=end: _Client(share, result, end), "127.0.0.1", port
        )
    await asyncio.wait_for(asyncio.gather(*ends), DEADLINE_S)
    result.seconds = time.perf_counter() - begun
    return result


def post(port: int, path: str, bodies: Sequence[bytes], connections: int) -> Result:
    """Send every body once over ``connections`` connections to a server on this machine."""
    return send(port, [request(path, body) for body in bodies], connections)


def send(port: int, requests: Sequence[bytes], connections: int) -> Result:
    """Send every request once over ``connections`` connections to a server on this machine."""
    return asyncio.run(_run(port, requests, connections))
