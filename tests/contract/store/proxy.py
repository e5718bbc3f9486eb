"""A proxy on loopback that loses requests or replies, as a network does."""

from __future__ import annotations

import selectors
import socket
import threading
from contextlib import suppress
from enum import StrEnum

BYTES_MAX = 65_536
APPEND = b"-0\r\n"  # the id of an entry: which commands are lost
SEAL = b'"cold":false'


class Loss(StrEnum):
    """What is lost of the next append."""

    NOTHING = "nothing"
    REQUEST = "request"
    """The command never reaches the server; the connection breaks."""

    REPLY = "reply"
    """The server acts, and its answer never comes back; the connection breaks."""

    SILENCE = "silence"
    """The command never reaches the server, and nothing is heard: only a time-out ends it."""


class Proxy:
    """Forwards bytes between one client at a time and the server; loses what it is told to lose."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.mark = APPEND
        self._losses: list[Loss] = []
        self._refusing = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def lose(self, *losses: Loss) -> None:
        """Lose this of the next appends, one each, in this order."""
        self._losses.extend(losses)

    def refuse(self) -> None:
        """From the next loss on, take no new connection."""
        self._refusing = True

    def close(self) -> None:
        """End the proxy."""
        self._refusing = True
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client:
                if not self._refusing:
                    self._carry(client)
                    continue
            if not self._losses:
                return

    def _carry(self, client: socket.socket) -> None:
        server = socket.create_connection(("127.0.0.1", self._server_port))
        with server, selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            dropping = False
            while True:
                for key, _ in ready.select():
                    source, target = key.fileobj, key.data
                    assert isinstance(source, socket.socket)
                    try:
                        data = source.recv(BYTES_MAX)
                    except OSError:
                        return
                    if not data:
                        return
                    loss = Loss.NOTHING
                    if source is client and b"EVALSHA" in data and self.mark in data:
                        loss = self._losses.pop(0) if self._losses else Loss.NOTHING
                    if loss is Loss.REQUEST:
                        return
                    if loss is Loss.SILENCE:
                        continue
                    dropping = dropping or loss is Loss.REPLY
                    if dropping and source is server:
                        return
                    target.sendall(data)
