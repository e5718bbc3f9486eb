"""One request at a front door over a connection of its own, told byte by byte.

Rules of this file
1. Nothing is followed, repeated or repaired: what came is what TradingView would get.
2. Paths go as they are written: a client that tidies `..` away would hide what it leads to.
3. Every wait ends with the time of the knock, every answer with its size.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

TIME_S: Final = 5.0
"""How long a knock may take: longer than TradingView waits, so that the time can be told."""

ANSWER_BYTES_MAX: Final = 64 * 1024
"""More of an answer is not needed to know whose it is."""

_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})\b")
_OLD: Final = ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW")
_PLAIN: Final = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG")
_TIMES: Final = (9, 10)
"""What OpenSSL calls a certificate that is not valid yet, and one that is not any more."""

_NAMES: Final = (62, 64)
"""What OpenSSL calls a certificate for another host name, and for another address."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to knock. ``name``: what the certificate has to be for, and what is asked for."""

    name: str
    address: str
    port: int
    tls: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer. ``ends_ns``: when the certificate ends; 0 without TLS."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float
    ends_ns: int = 0


@dataclass(frozen=True, slots=True)
class Missed:
    """No answer, with the code that says why."""

    code: str
    value: str


def connect(address: str, port: int, within_s: float) -> socket.socket:
    """Open a connection. Errors: ``OSError``."""
    return socket.create_connection((address, port), within_s)


def trusting() -> ssl.SSLContext:
    """Make what judges certificates: the authorities of this machine, TLS 1.2 at least."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@dataclass(frozen=True, slots=True)
class Knocker:
    """Knocks. ``connect`` and ``context`` are a test's own where there is no outside."""

    connect: Callable[[str, int, float], socket.socket] = connect
    context: ssl.SSLContext = field(default_factory=trusting)
    within_s: float = TIME_S

    def knock(self, at: Place, method: str, path: str, body: bytes = b"") -> Heard | Missed:
        """Send one request and read its answer."""
        begun = time.perf_counter()
        until = begun + self.within_s
        try:
            bare = self.connect(at.address, at.port, self.within_s)
            with bare, self._secured(bare, at, until) as line:
                ends_ns = _end_of(line)
                line.settimeout(_left(until))
                line.sendall(_request(at, method, path, body))
                said = _answer(line, until)
        except OSError as error:
            return _missed(error, self.within_s)
        return _heard(said, time.perf_counter() - begun, ends_ns)

    def _secured(self, bare: socket.socket, at: Place, until: float) -> socket.socket:
        bare.settimeout(_left(until))
        return self.context.wrap_socket(bare, server_hostname=at.name) if at.tls else bare


def _request(at: Place, method: str, path: str, body: bytes) -> bytes:
    usual = at.port == (443 if at.tls else 80)
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {at.name if usual else f'{at.name}:{at.port}'}",
        "User-Agent: bascule-doctor",
        "Accept: */*",
        "Connection: close",
    ]
    if body:
        lines += ["Content-Type: application/json; charset=utf-8", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _answer(line: socket.socket, until: float) -> bytes:
    said = b""
    while len(said) < ANSWER_BYTES_MAX and not _is_whole(said):
        try:
            line.settimeout(_left(until))
            more = line.recv(16 * 1024)
        except TimeoutError:
            if b"\r\n\r\n" not in said:
                raise
            break  # a stream has no end, and is an answer all the same
        if not more:
            break
        said += more
    return said


def _is_whole(said: bytes) -> bool:
    head, gap, body = said.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *([0-9]{1,9})\r\n", head + b"\r\n")
    return bool(gap) and length is not None and len(body) >= int(length[1])


def _heard(said: bytes, seconds: float, ends_ns: int) -> Heard | Missed:
    head, _, body = said.partition(b"\r\n\r\n")
    status = _STATUS.match(head)
    if status is None:
        shown = repr(head[:40].decode("latin-1")) if head else "it hung up without a word"
        return Missed("front_broken", shown)
    fields = (one.partition(":") for one in head.decode("latin-1").split("\r\n")[1:])
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    return Heard(int(status[1]), headers, body, seconds, ends_ns)


def _end_of(line: socket.socket) -> int:
    if not isinstance(line, ssl.SSLSocket):
        return 0
    until = (line.getpeercert() or {}).get("notAfter")
    return round(ssl.cert_time_to_seconds(until)) * 10**9 if isinstance(until, str) else 0


def _left(until: float) -> float:
    left = until - time.perf_counter()
    if left <= 0:
        raise TimeoutError
    return left


def _missed(error: OSError, within_s: float) -> Missed:
    if isinstance(error, TimeoutError):
        return Missed("front_late", f"more than {within_s:g} s")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Missed(_certificate(error), error.verify_message or str(error.reason))
    if isinstance(error, ssl.SSLError):
        reason = str(error.reason or error)
        if reason in _OLD:
            return Missed("front_tls_old", reason)
        return Missed("front_not_tls" if reason in _PLAIN else "front_broken", reason)
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return Missed("front_broken", "it hung up without a word")
    return Missed("front_unreachable", error.strerror or type(error).__name__)


def _certificate(error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in _NAMES:
        return "front_certificate_name"
    known = error.verify_code in _TIMES
    return "front_certificate_time" if known else "front_certificate_unknown"
