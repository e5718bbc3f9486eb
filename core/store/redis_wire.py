"""One connection to a Redis or Valkey server, and what each of its errors means for whoever asked.

Rules of this file
1. Nothing is ever sent twice on its own: retries of the client library are off.
2. Before the first byte left, a failure means that nothing was written. After it, nobody knows.
3. The address in an error text is host, port and database; user and password never are.
4. This is the only file that imports the redis package, and only ``open_redis`` imports this file.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from redis.backoff import NoBackoff
from redis.connection import Connection, SSLConnection, UnixDomainSocketConnection
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoScriptError,
    RedisError,
    ResponseError,
)
from redis.retry import Retry

from core.store.codes import failure
from core.store.port import AppendUnknown, StoreFailure, StoreFenced, StoreUnavailable

PORT: Final = 6379
"""Where these servers listen unless told otherwise."""

Command = tuple[str | bytes | int, ...]

_Lost = TypeVar("_Lost", bound=StoreFailure)

_MEANING: Final[tuple[tuple[str, type[StoreFailure], str], ...]] = (
    ("OOM", StoreUnavailable, "store_full"),
    ("MISCONF", StoreUnavailable, "store_misconfigured"),
    ("READONLY", StoreUnavailable, "store_read_only"),
    ("LOADING", StoreUnavailable, "store_loading"),
    ("BUSY", StoreUnavailable, "store_busy"),
    ("NOAUTH", StoreUnavailable, "store_denied"),
    ("WRONGPASS", StoreUnavailable, "store_denied"),
    ("NOPERM", StoreUnavailable, "store_denied"),
    ("MASTERDOWN", StoreUnavailable, "store_read_only"),
    ("NOREPLICAS", StoreUnavailable, "store_misconfigured"),
    ("MOVED", StoreUnavailable, "store_cluster"),
    ("ASK", StoreUnavailable, "store_cluster"),
    ("CLUSTERDOWN", StoreUnavailable, "store_cluster"),
    ("CROSSSLOT", StoreUnavailable, "store_cluster"),
    ("WRONGTYPE", StoreFenced, "store_corrupt"),
    ("CORRUPT", StoreFenced, "store_corrupt"),
    ("The ID specified in XADD", StoreFenced, "store_corrupt"),
)
"""Words of the server, looked for in this order: old servers wrap them into the text of a script's
error.
"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is. ``where`` is what people may read."""

    scheme: str
    host: str
    port: int
    database: int
    user: str | None = field(repr=False)
    password: str | None = field(repr=False)
    authority: str | None = None

    @property
    def where(self) -> str:
        """Name the server without its credentials."""
        if self.scheme == "unix":
            return f"unix://{self.host}"
        return f"{self.scheme}://{self.host}:{self.port}/{self.database}"


def address_of(url: str) -> Address:
    """Read the address of a server.

    Errors: ``StoreUnavailable`` with ``store_url_invalid``, or with ``store_insecure`` for a server
    that is not on this machine and is asked for without TLS or without a password.
    """
    try:
        parts = urlsplit(url)
        address = _address(parts)
    except ValueError:
        # the library's text would repeat the address, password and all
        raise failure(
            StoreUnavailable, "store_url_invalid", value="its host, port or database is not one"
        ) from None
    if address.scheme != "unix" and not _is_loopback(address.host):
        if address.scheme != "rediss":
            raise failure(StoreUnavailable, "store_insecure", where=address.where, value="no TLS")
        if not address.password:
            raise failure(
                StoreUnavailable, "store_insecure", where=address.where, value="no password"
            )
    return address


def _address(parts: SplitResult) -> Address:
    options = parse_qs(parts.query)
    database = (options.get("db") or [parts.path.lstrip("/") or "0"])[0]
    host = parts.hostname or "localhost"
    if parts.scheme == "unix":
        host, database = unquote(parts.path), (options.get("db") or ["0"])[0]
    if not database.isascii() or not database.isdigit() or not host:
        raise ValueError("not a database number")
    return Address(
        parts.scheme,
        host,
        parts.port or PORT,
        int(database),
        unquote(parts.username) if parts.username else None,
        unquote(parts.password) if parts.password else None,
        (options.get("ssl_ca_certs") or [None])[0],
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Wire:
    """A connection that is made when it is needed, and that never repeats a command."""

    def __init__(self, address: Address, timeout_s: int) -> None:
        self.where = address.where
        self._connection: Any = _connection(address, timeout_s)
        self._closed = False

    def call(self, *command: str | bytes | int) -> Any:
        """Send a command that may be asked again, and return its raw answer.

        A connection that went stale while nobody spoke is made anew, once.
        Errors: ``StoreUnavailable``, ``StoreFenced``; ``NoScriptError`` passes.
        """
        fresh = not self._connection.is_connected
        try:
            return self._exchange(command, StoreUnavailable, "store_unreachable")
        except StoreUnavailable as error:
            if fresh or error.code != "store_unreachable":
                raise
        return self._exchange(command, StoreUnavailable, "store_unreachable")

    def call_once(self, *command: str | bytes | int) -> Any:
        """Send a command that writes, once.

        Errors: as ``call``, and ``AppendUnknown`` when the command may have arrived and the answer
        did not.
        """
        return self._exchange(command, AppendUnknown, "store_reply_lost")

    def close(self) -> None:
        """Let go of the socket. A second call does nothing."""
        self._closed = True
        self._connection.disconnect()

    def _exchange(self, command: Command, lost: type[_Lost], code: str) -> Any:
        connection = self._connection
        if not connection.is_connected:
            self._connect()
        try:
            connection.send_packed_command([_packed(command)], check_health=False)
            return connection.read_response()
        except ResponseError as error:
            if isinstance(error, NoScriptError):
                raise
            raise self._meaning(error) from None
        except (AuthenticationError, BusyLoadingError) as error:
            # an answer, too, though the library counts them among the lost connections
            raise self._meaning(error) from None
        except (RedisError, OSError) as error:
            connection.disconnect()
            raise failure(lost, code, where=self.where, value=_cause(error)) from None

    def _connect(self) -> None:
        if self._closed:
            raise failure(StoreUnavailable, "store_closed", where=self.where)
        try:
            self._connection.connect()
        except (AuthenticationError, ResponseError, BusyLoadingError) as error:
            raise self._meaning(error) from None
        except (RedisError, OSError) as error:
            self._connection.disconnect()
            raise failure(
                StoreUnavailable, "store_unreachable", where=self.where, value=_cause(error)
            ) from None

    def _meaning(self, error: RedisError) -> StoreFailure:
        text = str(error)
        if isinstance(error, BusyLoadingError):
            return failure(StoreUnavailable, "store_loading", where=self.where)
        if isinstance(error, AuthenticationError):
            return failure(StoreUnavailable, "store_denied", where=self.where, value=text)
        name = type(error).__name__
        known = {
            "OutOfMemoryError": "OOM",
            "ReadOnlyError": "READONLY",
            "NoPermissionError": "NOPERM",
        }
        said = f"{known.get(name, '')} {text}"
        for word, kind, code in _MEANING:
            if re.search(rf"\b{word}\b", said):
                return failure(kind, code, where=self.where, value=text)
        return failure(StoreUnavailable, "store_refused", where=self.where, value=text)


def _packed(command: Command) -> bytes:
    """Write a command as the protocol does. The library's own writer takes four times as long."""
    parts = [b"*%d\r\n" % len(command)]
    for part in command:
        data = part if isinstance(part, bytes) else str(part).encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(parts)


def _cause(error: BaseException) -> str:
    """Name what went wrong with a socket, in few words and without any address."""
    name = type(error).__name__
    text = str(error)
    for said in ("refused", "reset", "timed out", "Timeout", "closed", "certificate", "resolve"):
        if said in text or said in name:
            return f"{said} by the other side" if said in {"refused", "reset", "closed"} else said
    return name


def _connection(address: Address, timeout_s: int) -> Connection | UnixDomainSocketConnection:
    common: dict[str, Any] = {
        "db": address.database,
        "username": address.user,
        "password": address.password,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "driver_info": None,
        "health_check_interval": 0,
    }
    if address.scheme == "unix":
        if not hasattr(socket, "AF_UNIX"):
            raise failure(
                StoreUnavailable, "store_url_invalid", value="this system has no unix sockets"
            )
        return UnixDomainSocketConnection(path=address.host, **common)
    place: dict[str, Any] = {"host": address.host, "port": address.port}
    if address.scheme == "rediss":
        return SSLConnection(ssl_ca_certs=address.authority, **place, **common)
    return Connection(**place, **common)
