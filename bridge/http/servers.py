"""The two listeners on one event loop: the public door, and the private pages and API.

Rules of this file
1. The door is bound first and says 503 until the journal is open: a sender is asked to come again,
   not turned away.
2. A stop is bounded: streams are closed, connections get two seconds, and then the process ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import sys
from collections.abc import Callable, Generator
from typing import Any, Final, cast

import structlog
import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from bridge import garbage
from bridge import runtime as rt
from bridge.config.values import Config
from bridge.exits import Exit
from bridge.http.door import Door
from bridge.http.idle import Silent
from bridge.http.whole import Whole
from core.store.port import StoreFailure

log = structlog.get_logger("servers")

GRACE_S: Final = 2
"""How long open connections may take at a stop. An open stream of a page would otherwise never
end."""

BACKLOG: Final = 2048
"""Connections that may wait: a burst of 500 alerts comes in one instant."""


CONNECTIONS_MAX: Final = 800
"""Connections of one listener: below the 1,024 open files that systems give a process. Beyond it
the answer is 503, which comes again, instead of none."""

HEAD_BYTES_MAX: Final = 64 * 1024
"""Bytes of one request before its body: browsers and proxies stay below 16 KiB."""

STOP_WITHIN_S: Final = 10
"""How long the runtime may take to stop: its last commit waits 5 s for a slow server."""


class PortTaken(Exception):
    """An address cannot be listened at; ``where`` names it."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class _Server(uvicorn.Server):
    """A server that leaves the signals of the process alone: both share one loop, and the bridge
    decides."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def bind(host: str, port: int) -> socket.socket:
    """Listen at an address. Errors: ``PortTaken``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's algorithm off only where it is: without
    # that, an answer
    # written in two parts waits 40 ms for the other side's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let a second process take the same port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        taken = error.errno in (errno.EADDRINUSE, getattr(errno, "WSAEADDRINUSE", errno.EADDRINUSE))
        why = "is used by another program" if taken else (error.strerror or "cannot be bound")
        raise PortTaken(f"{host}:{port}", why) from error
    listener.setblocking(False)
    return listener


class _Bounded(AutoHTTPProtocol):
    """The server's protocol, for those who never come to the point: what is sent before a request
    is asked, and after it was answered, has a bound. Its answers leave whole.
    """

    cycle: Any
    transport: Any
    _idle_bytes = 0

    def connection_made(self, transport: Any) -> None:
        """Begin with a connection."""
        super().connection_made(cast("Any", Whole(transport)))

    def on_response_complete(self) -> None:
        """End an answer: one to HEAD has no body."""
        self.transport.flush()
        server: Any = super()  # which of its two protocols it is, its types do not say
        server.on_response_complete()

    def data_received(self, data: bytes) -> None:
        """Take bytes from the connection."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before or not (before is None or before.response_complete):
            self._idle_bytes = 0
            return
        self._idle_bytes += len(data)
        if self._idle_bytes > HEAD_BYTES_MAX:
            self.transport.abort()


def _server(app: Any) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            http=_Bounded,
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            ws="none",
            limit_concurrency=CONNECTIONS_MAX,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=GRACE_S,
            h11_max_incomplete_event_size=HEAD_BYTES_MAX,
        )
    )


class Listeners:
    """The servers that run, each in its task. When one of them ends, so does the process."""

    def __init__(self) -> None:
        self.tasks: list[asyncio.Task[None]] = []
        self._servers: list[_Server] = []
        self._beside: list[asyncio.Task[None]] = []

    def open(self, app: Any, listener: socket.socket, name: str) -> None:
        """Serve an application at a socket that is bound."""
        server = _server(app)
        self._servers.append(server)
        self.tasks.append(asyncio.create_task(server.serve(sockets=[listener]), name=name))
        silent = Silent(server.server_state.connections)
        self._beside.append(asyncio.create_task(silent.keep(), name=f"silent at the {name}"))

    def broken(self) -> BaseException | None:
        """Return why a listener ended by itself."""
        for task in (*self.tasks, *self._beside):
            if task.done():
                return task.exception() or RuntimeError(f"{task.get_name()} ended")
        return None

    async def close(self) -> None:
        """Let requests under way end, for a moment, and serve no more. A second call does
        nothing."""
        for task in self._beside:
            task.cancel()
        for server in self._servers:
            server.should_exit = True
        await asyncio.gather(*self.tasks, *self._beside, return_exceptions=True)


async def serve(config: Config, said: Callable[[rt.Runtime], None] | None = None) -> Exit:
    """Serve until a signal or a failure ends it. ``said`` is called once the journal is open.

    Errors: ``PortTaken``; ``StoreFailure`` and ``CodecError`` when the journal cannot be opened.
    """
    garbage.seldom()
    stop = asyncio.Event()
    _on_signals(stop)
    listeners = Listeners()
    async with contextlib.AsyncExitStack() as undo:
        public = undo.enter_context(bind(config.door.host, config.door.port))
        private = undo.enter_context(bind(config.api.host, config.api.port))
        undo.push_async_callback(listeners.close)
        door = Door(config)
        listeners.open(door, public, "door")
        runtime = await rt.start(config)
        undo.push_async_callback(_stop, runtime)
        door.now, door.tell = runtime.clock.now, runtime.writer.tell
        door.ask = runtime.writer.ask
        from bridge.http.private import private_app

        listeners.open(private_app(runtime, noise=door.noise), private, "private listener")
        if said is not None:
            said(runtime)
        garbage.calm()
        await _until(stop, runtime, listeners)
        door.ask = None  # who comes now is asked to come again, to the next process
        runtime.close_streams()
        await listeners.close()
    return runtime.exit_code


async def _until(stop: asyncio.Event, runtime: rt.Runtime, listeners: Listeners) -> None:
    """Wait for a signal, for a failure, or for a listener that ended by itself."""
    ends = [asyncio.create_task(stop.wait()), asyncio.create_task(runtime.ended.wait())]
    await asyncio.wait([*ends, *listeners.tasks], return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    broken = listeners.broken()
    if broken is not None and not stop.is_set():
        runtime.end(broken)


async def _stop(runtime: rt.Runtime) -> None:
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await runtime.stop()
    except (StoreFailure, TimeoutError):
        log.exception("stop_incomplete")


def _on_signals(stop: asyncio.Event) -> None:
    """Let Ctrl-C, SIGTERM and (on Windows) Ctrl-Break end the bridge in an orderly way."""
    loop = asyncio.get_running_loop()

    def ask(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(stop.set)

    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    for number in (getattr(signal, name, None) for name in names):
        if number is not None:
            signal.signal(number, ask)
