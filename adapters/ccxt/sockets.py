"""The sockets of ccxt.pro: who hears them, how one is looked at, how one is left for good.

Rules of this file
1. The only place that reaches into ccxt's own socket objects; bound to the version in ``profile``.
2. A socket that was left tells nobody anything any more: ccxt would take its late end for the end
   of the one that replaced it (both have the same address).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from adapters.ccxt.client import Client

LEAVE_WITHIN_S: Final = 1.0
"""How long the other side may take to say goodbye; a half-open socket never does."""

See = Callable[[str, str, str], None]
"""Takes the address of a socket, its new state, and why."""


@dataclass(frozen=True, slots=True)
class _Ear:
    carries: Callable[[str], bool]
    hear: Callable[[object], None]
    see: See


class Ears:
    """Who hears which socket of one client. By their addresses each frame has one reader at
    most."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._ears: list[_Ear] = []
        client.on_frame, client.on_stream = self._frame, self._stream

    def listen(
        self, carries: Callable[[str], bool], hear: Callable[[object], None], see: See
    ) -> None:
        """Hear the frames, and see the states, of sockets with such addresses."""
        self._ears.append(_Ear(carries, hear, see))

    def unlisten(self, see: See) -> None:
        """Hear no more of it."""
        self._ears = [ear for ear in self._ears if ear.see != see]

    def _frame(self, url: str, frame: object) -> None:
        for ear in self._ears:
            if ear.carries(url):
                ear.hear(frame)
                return

    def _stream(self, url: str, state: str, reason: str) -> None:
        for ear in self._ears:
            if ear.carries(url):
                ear.see(url, state, reason)
                return


def stamp(exchange: Any, url: str) -> tuple[object, ...] | None:
    """Return what changes with each frame that comes, pongs as well; ``None``: not connected."""
    socket = exchange.clients.get(url) if exchange is not None else None
    if socket is None or not socket.isConnected or socket.closed():
        return None
    return (id(socket), socket.last_message_at, socket.lastPong)


def detach(exchange: Any, chosen: Callable[[str], bool]) -> list[Any]:
    """Take the sockets with such addresses out of an instance, deaf and dumb; return them."""
    left: list[Any] = []
    for url in [url for url in exchange.clients if chosen(url)]:
        socket = exchange.clients.pop(url)
        socket.error = socket.error or ConnectionError("left")
        socket.on_message_callback = socket.on_connected_callback = _nothing
        socket.on_error_callback = socket.on_close_callback = _nothing
        left.append(socket)
    return left


async def leave(socket: Any) -> None:
    """Close a socket that was taken out, whether the other side answers or not."""
    try:
        async with asyncio.timeout(LEAVE_WITHIN_S):
            await socket.close()
    except (TimeoutError, OSError):
        return


def _nothing(*_: object) -> None:
    """Hear nothing."""


class Delays:
    """The timers that ccxt sets for later calls (to prolong a key), so that they can be ended."""

    def __init__(self, exchange: Any) -> None:
        self._exchange = exchange
        self._handles: set[asyncio.TimerHandle] = set()
        exchange.delay = self.later

    def later(
        self, timeout: float, method: Callable[..., Any], *arguments: object
    ) -> asyncio.TimerHandle:
        """Call a method of ccxt in so many milliseconds."""
        loop = asyncio.get_running_loop()

        def due() -> None:
            self._handles.discard(handle)
            self._exchange.spawn(method, *arguments)

        handle = loop.call_later(timeout / 1000, due)
        self._handles.add(handle)
        return handle

    def stop(self) -> None:
        """Let none of them come."""
        for handle in self._handles:
            handle.cancel()
        self._handles.clear()
