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

import structlog

from adapters.ccxt.client import Client
from adapters.ccxt.library import errors

log = structlog.get_logger("sockets")

UNPARSED: Final = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    errors.BaseError,
)
"""What ccxt raises about a frame that is not as it expects."""

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


class Sockets:
    """The sockets that one instance of ccxt made, and the timers that it set for later calls.

    ccxt forgets a socket at its first error and still lets it speak afterwards: its last word then
    removes the socket that took its place. So each is remembered here until it is left.
    """

    def __init__(self, exchange: Any) -> None:
        self._exchange = exchange
        self._make = exchange.client
        self._made: list[Any] = []
        self._timers: set[asyncio.TimerHandle] = set()
        exchange.client, exchange.delay = self._client, self._delay

    @staticmethod
    def of(exchange: Any) -> Sockets:
        """Return those of an instance: there is one for each."""
        known = getattr(exchange, "bascule_sockets", None)
        if not isinstance(known, Sockets):
            known = exchange.bascule_sockets = Sockets(exchange)
        return known

    def _client(self, url: str) -> Any:
        socket = self._make(url)
        if not any(socket is one for one in self._made):
            self._made.append(socket)
            _tame(socket)
            _hush(socket)
        return socket

    def _delay(
        self, timeout: float, method: Callable[..., Any], *arguments: object
    ) -> asyncio.TimerHandle:
        """Call a method of ccxt in so many milliseconds: to prolong a key."""

        def due() -> None:
            self._timers.discard(timer)
            self._exchange.spawn(method, *arguments).add_done_callback(_heard)

        timer = asyncio.get_running_loop().call_later(timeout / 1000, due)
        self._timers.add(timer)
        return timer

    def stamp(self, url: str) -> tuple[object, ...] | None:
        """Return what changes with each frame that comes, pongs as well; ``None``: not
        connected."""
        socket = self._exchange.clients.get(url)
        if socket is None or not socket.isConnected or socket.closed():
            return None
        return (id(socket), socket.last_message_at, socket.lastPong)

    def detach(self, chosen: Callable[[str], bool]) -> list[Any]:
        """Take the sockets with such addresses out of the instance, deaf and dumb; return them."""
        left = [socket for socket in self._made if chosen(socket.url)]
        self._made = [socket for socket in self._made if not chosen(socket.url)]
        for socket in left:
            if self._exchange.clients.get(socket.url) is socket:
                del self._exchange.clients[socket.url]
            socket.error = socket.error or ConnectionError("left")
            socket.on_message_callback = socket.on_connected_callback = _nothing
            socket.on_error_callback = socket.on_close_callback = _nothing
        return left

    def end_delays(self) -> None:
        """Let none of the later calls come."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()


async def leave(socket: Any) -> None:
    """Close a socket that was taken out, whether the other side answers or not."""
    try:
        async with asyncio.timeout(LEAVE_WITHIN_S):
            await socket.close()
    except (TimeoutError, OSError):
        return


def _tame(socket: Any) -> None:
    """Let a socket survive its frames. What ccxt cannot make sense of ends its loop without a word;
    what it cannot even decode was said to nobody."""
    hear, take = socket.on_message_callback, socket.handle_message

    def heard(client: Any, message: Any) -> None:
        try:
            hear(client, message)
        except UNPARSED as error:
            log.warning("frame_not_for_ccxt", error=type(error).__name__)

    def taken(message: Any) -> None:
        try:
            take(message)
        except UNPARSED as error:
            socket.on_error(ConnectionError(f"a frame is no message: {type(error).__name__}"))

    socket.on_message_callback, socket.handle_message = heard, taken


def _hush(socket: Any) -> None:
    """Let no future of a socket complain that nobody asked how it ended: ccxt leaves some alone,
    and asyncio would write their errors to a log, with the keys of streams in them."""
    make = socket.future

    def future(message_hash: str) -> Any:
        known = socket.futures.get(message_hash)
        made = make(message_hash)
        if made is not known:
            made.add_done_callback(_heard)
        return made

    socket.future = socket.reusableFuture = future


def _heard(future: asyncio.Future[Any]) -> None:
    """Note how a future ended; whoever waits for it is told all the same."""
    if not future.cancelled():
        future.exception()


def _nothing(*_: object) -> None:
    """Hear nothing."""
