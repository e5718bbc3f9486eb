"""Front doors of all kinds on loopback: threads that answer what a test tells them to."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bridge.doctor.front import Means, visit
from bridge.doctor.knock import Knocker, trusting
from bridge.http.answers import refusal

NAME: Final = "bridge.example.com"
"""What the doors are called; nobody is asked for it."""

PUBLIC: Final = "93.184.216.34"
"""An address of the public internet; no packet goes there."""

HANGS_S: Final = 30
"""How long a door that says nothing waits for the other side to leave."""

HELLO: Final = b"\x16"
"""How TLS begins."""

STATUS, BODY = refusal("not_found")


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    """Write an answer."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Endless(bytes):
    """The beginning of an answer that has no end."""


OURS: Final = answer(STATUS, BODY, "Content-Type: application/json")
"""What our own door answers to whoever it does not know."""


@dataclass
class Front:
    """A door. ``said``: method and path of everything that was asked."""

    port: int
    said: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


@contextmanager
def front(
    told: Callable[[str, str], bytes | None], context: ssl.SSLContext | None = None
) -> Generator[Front]:
    """Serve. ``told`` gives the answer to a method and a path; ``None``: none ever comes."""
    listener = socket.create_server(("127.0.0.1", 0))
    made = Front(listener.getsockname()[1])
    threads: list[threading.Thread] = []

    def one(line: socket.socket) -> None:
        with suppress(OSError), line:
            line.settimeout(HANGS_S)
            secured = line if context is None else context.wrap_socket(line, server_side=True)
            with secured:
                _serve(secured, made, told)

    def all_of_them() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=one, args=(line,)))
            threads[-1].start()

    keeper = threading.Thread(target=all_of_them)
    keeper.start()
    try:
        yield made
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (keeper, *threads):
            thread.join(HANGS_S)


def _serve(line: socket.socket, made: Front, told: Callable[[str, str], bytes | None]) -> None:
    head = b""
    while b"\r\n\r\n" not in head and not head.startswith(HELLO):
        more = line.recv(4096)
        if not more:
            return
        head += more
    if head.startswith(HELLO):
        method, path = "", ""  # TLS where none is: no request line comes
    else:
        method, path, _ = head.partition(b"\r\n")[0].decode().split(" ")
    made.said.append((method, path))
    said = told(method, path)
    if said is None:
        line.recv(4096)  # until the other side goes
    else:
        line.sendall(said)
        if isinstance(said, Endless):
            line.recv(4096)


def means(
    port: int,
    *,
    addresses: tuple[str, ...] = (PUBLIC,),
    authority: Path | None = None,
    within_s: float = 10.0,
    plain: int = 0,
) -> Means:
    """Lead everything to a door on loopback. ``plain``: the port of a door without TLS."""
    context = trusting() if authority is None else ssl.create_default_context(cafile=authority)

    def connect(_address: str, asked: int, within: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", plain if asked == 80 else port), within)

    knocker = Knocker(connect, context, within_s)
    return Means(resolve=lambda _: list(addresses), knocker=knocker)


def codes(url: str, how: Means) -> list[tuple[str, str]]:
    """Visit, and return status and code of every row; what is good has no code."""
    return [(one.status, one.code) for one in visit(url, "demo", how)]
