"""What a dialect is: one venue's paths, words, codes and frames over the common engine.

Rules of this file
1. A dialect answers and translates. What an order does is the engine's business, what goes wrong
   on the way the faults'.
2. ``hear`` is called inside the engine's call: frames are queued before the answer is written, as
   on a real venue where the stream often is the faster one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container, Iterator, Mapping
from typing import ClassVar

from adapters.exchange.clock import Clock
from adapters.exchange.engine import Engine
from adapters.exchange.events import Event
from adapters.exchange.faults import Fault
from adapters.exchange.keys import Keys
from adapters.exchange.limits import Limits
from adapters.exchange.sessions import Session
from adapters.exchange.wire import Asked, Reply, Route


class Dialect(ABC):
    """The base of every dialect.

    ``hosts``: the venue's own host names. ``prefixes``: how its paths begin, for a client that
    asks 127.0.0.1 itself.
    """

    name: ClassVar[str]
    hosts: ClassVar[frozenset[str]]
    prefixes: ClassVar[tuple[str, ...]]

    def __init__(self, engine: Engine, keys: Keys, *, clock: Clock, limits: Limits) -> None:
        self.engine = engine
        self.keys = keys
        self.clock = clock
        self.limits = limits
        self.sessions: dict[int, Session] = {}
        self.maintenance: tuple[int, int] | None = None
        """An announced outage, from and to in milliseconds: the status page tells it."""
        engine.listen(self.hear)

    @property
    @abstractmethod
    def routes(self) -> Mapping[tuple[str, str], Route]:
        """Return every path that the venue serves, as (method, path)."""

    @property
    @abstractmethod
    def socket_paths(self) -> Container[str]:
        """Return the paths on which it speaks WebSocket."""

    @abstractmethod
    def refusal(self, code: str) -> Reply:
        """Write the documented error of a code, as the venue writes it."""

    @abstractmethod
    def refusals(self) -> Mapping[str, str]:
        """Return the documented codes that ``refusal`` knows, with their sentence."""

    @abstractmethod
    def fault_reply(self, fault: Fault, asked: Asked) -> Reply:
        """Write the answer of a fault whose form is the venue's own: rate limit, ban, outage."""

    @abstractmethod
    def unknown_path(self, asked: Asked) -> Reply:
        """Write what the venue answers to a path that it does not have."""

    @abstractmethod
    def hear(self, event: Event) -> None:
        """Turn an event of the engine into frames for the sessions that asked for it."""

    @abstractmethod
    def said(self, session: Session, message: object) -> None:
        """Take a message that a customer sent over his WebSocket."""

    @abstractmethod
    def terminate(self, session: Session) -> None:
        """Send the venue's own notice that a stream ends while its socket stays."""

    def opened(self, session: Session) -> None:
        """Take a new WebSocket."""
        self.sessions[session.number] = session

    def closed(self, session: Session) -> None:
        """Forget a WebSocket."""
        self.sessions.pop(session.number, None)

    def of(self, account: str) -> Iterator[Session]:
        """Yield the sessions of an account."""
        for session in tuple(self.sessions.values()):
            if session.account == account:
                yield session
