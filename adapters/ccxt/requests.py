"""What went over the wire: every request of ccxt, by its phase, and without its secrets.

Rules of this file
1. A request is known by method, host and path: queries, headers and bodies carry signatures and are
   never kept.
2. ``left`` is set before the first byte can go out. A request that did not leave proves something;
   one that did proves nothing.
3. Of the answers only the last one of a trail is kept, for the moment in which it is judged.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

REQUESTS_KEPT: Final = 500
"""Requests that can be looked at afterwards: some minutes of a busy account, below 200 KB."""

_TRAIL: ContextVar[Trail | None] = ContextVar("trail", default=None)


@dataclass(slots=True)
class Request:
    """One request. ``phase``: for which of our calls ccxt made it. ``writes``: it may place, change
    or end an order. ``left``: its first bytes may be on the wire. ``error``: the class of what was
    raised."""

    phase: str
    method: str
    host: str
    path: str
    writes: bool
    at_ns: int
    took_ns: int = 0
    left: bool = False
    status: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer: its status, its headers by lower-case name, its text."""

    request: Request
    status: int
    headers: Mapping[str, str]
    text: str


@dataclass(slots=True)
class Trail:
    """The requests that belong to one call of ours, which ccxt may precede by probes of its own."""

    phase: str
    requests: list[Request] = field(default_factory=list["Request"])
    answer: Answer | None = None
    """The last whole answer; ``None`` while a later request is under way."""
    _token: Token[Trail | None] | None = None

    def __enter__(self) -> Self:
        """Let every request of this task, from now on, belong to this trail."""
        self._token = _TRAIL.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go."""
        if self._token is not None:
            _TRAIL.reset(self._token)

    @property
    def wrote(self) -> bool:
        """Say whether a request that may place, change or end an order has left."""
        return any(one.writes and one.left for one in self.requests)

    @property
    def verdict(self) -> Answer | None:
        """Return the answer to the one request that wrote, ``None`` when it has none, when another
        request came after it, or when there were several: then no answer speaks for all."""
        writes = [one for one in self.requests if one.writes and one.left]
        if self.answer is None or len(writes) != 1 or self.answer.request is not writes[0]:
            return None
        return self.answer

    @property
    def asked(self) -> bool:
        """Say whether anything was begun at all: if not, it was ccxt itself that refused."""
        return bool(self.requests)


class Requests:
    """The last requests of one account, for people who look for what happened."""

    def __init__(self) -> None:
        self.kept: deque[Request] = deque(maxlen=REQUESTS_KEPT)

    def begin(self, request: Request) -> Request:
        """Keep a request, and put it onto the trail of the call that it belongs to."""
        trail = _TRAIL.get()
        if trail is not None:
            request.phase = trail.phase
            trail.requests.append(request)
            trail.answer = None
        self.kept.append(request)
        return request

    def answered(self, answer: Answer) -> None:
        """Keep what was answered, for the call that it belongs to."""
        answer.request.status = answer.status
        trail = _TRAIL.get()
        if trail is not None:
            trail.answer = answer
