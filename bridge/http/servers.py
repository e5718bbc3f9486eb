"""The two listeners on one event loop: the public door, and the private pages and API.

Rules of this file
1. The door is bound first and says 503 until the journal is open: a sender is asked to come again, not turned away.
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
from typing import Any, Final

import structlog
import uvicorn

from bridge import runtime as rt
from bridge.config.values import Config
from bridge.exits import Exit
from bridge.http.door import Door
from core.codec import CodecError
from core.store.port import StoreFailure, StoreFenced

log = structlog.get_logger("servers")

GRACE_S: Final = 2
"""How long open connections may take at a stop. An open stream of a page would otherwise never end."""

BACKLOG: Final = 2048
"""Connections that may wait: a burst of 500 alerts comes in one instant."""


class PortTaken(Exception):
    """An address cannot be listened at; ``where`` names it."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


class _Server(uvicorn.Server):
    """A server that leaves the signals of the process alone: both share one loop, and the bridge decides."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def bind(host: str, port: int) -> socket.socket:
    """Listen at an address. Errors: ``PortTaken``."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio switches Nagle's algorithm off only where it is: without that, an answer
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


def _server(app: Any) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            loop="asyncio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            ws="none",
            timeout_keep_alive=30,
            timeout_graceful_shutdown=GRACE_S,
            h11_max_incomplete_event_size=64 * 1024,
        )
    )


async def serve(config: Config, said: Callable[[rt.Runtime], None] | None = None) -> Exit:
    """Serve until a signal or a failure ends it. ``said`` is called once the journal is open.

    Errors: ``PortTaken``; ``StoreFailure`` and ``CodecError`` when the journal cannot be opened.
    """
    stop = asyncio.Event()
    _on_signals(stop)
    public = bind(config.door.host, config.door.port)
    try:
        private = bind(config.api.host, config.api.port)
    except PortTaken:
        public.close()
        raise
    door = Door(config)
    servers = [_server(door)]
    running = [asyncio.create_task(servers[0].serve(sockets=[public]), name="door")]
    runtime: rt.Runtime | None = None
    try:
        runtime = await rt.start(config)
        door.now, door.ask = runtime.clock.now, runtime.writer.ask
        from bridge.http.private import private_app

        servers.append(_server(private_app(runtime)))
        running.append(asyncio.create_task(servers[1].serve(sockets=[private]), name="private"))
        if said is not None:
            said(runtime)
        await _until(stop, runtime, running)
        return await _end(runtime, door, servers, running)
    except (StoreFailure, CodecError):
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*running, return_exceptions=True)
        raise
    finally:
        public.close()
        private.close()


async def _until(
    stop: asyncio.Event, runtime: rt.Runtime, running: list[asyncio.Task[None]]
) -> None:
    """Wait for a signal, for a failure, or for a listener that ended by itself."""
    ends = [asyncio.create_task(stop.wait()), asyncio.create_task(runtime.ended.wait())]
    await asyncio.wait([*ends, *running], return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()


async def _end(
    runtime: rt.Runtime, door: Door, servers: list[_Server], running: list[asyncio.Task[None]]
) -> Exit:
    door.ask = None
    for close in runtime.closers:
        close()
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*running, return_exceptions=True)
    try:
        await asyncio.wait_for(runtime.stop(), timeout=10)
    except (StoreFenced, TimeoutError) as error:
        log.error("stop_incomplete", error=repr(error))
    return runtime.exit_code


def _on_signals(stop: asyncio.Event) -> None:
    """Let Ctrl-C, SIGTERM and (on Windows) Ctrl-Break end the bridge in an orderly way."""
    loop = asyncio.get_running_loop()

    def ask(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(stop.set)

    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    for number in (getattr(signal, name, None) for name in names):
        if number is not None:
            signal.signal(number, ask)
