"""What goes over the wire, before a dialect gives it a meaning: a request, an answer, a route.

Rules of this file
1. A handler is plain synchronous code: what it does is whole before anything can go wrong on the
   way back.
2. ``call`` is our word for what a request is for, the same for every dialect: faults ask for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

CALLS: Final = (
    "create", "cancel", "cancel_all", "amend", "find", "open", "history", "trades", "positions",
    "balance", "ledger", "key", "account", "time", "markets", "quotes", "status", "stream",
)  # fmt: skip
"""What a request can be for. ``stream``: what a WebSocket needs beforehand, such as listen keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One HTTP request. ``query`` and ``body`` as they came: signatures are over the very bytes."""

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    remote: str = "127.0.0.1"

    @property
    def params(self) -> dict[str, str]:
        """Return the parameters of the query string."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """Return the parameters of the query string and of a form in the body."""
        return {**self.params, **dict(parse_qsl(self.body.decode("utf-8", "replace")))}

    @property
    def json(self) -> dict[str, Any]:
        """Return the object of a JSON body, an empty one when it is not one."""
        try:
            value = msgspec.json.decode(self.body or b"{}")
        except msgspec.DecodeError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"


def told(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """Write an answer as JSON. A number that is text on the wire was made so by ``text``."""
    return Reply(status, packed(value), headers or {})


def packed(value: object) -> bytes:
    """Write a value as JSON."""
    return msgspec.json.encode(value, enc_hook=list)  # the one foreign kind is a deque


def text(value: Decimal) -> str:
    """Write a number plainly: no exponent, no zeros behind."""
    written = f"{value:f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written in {"-0", ""} else written


def html(status: int, title: str) -> Reply:
    """Write the page that a proxy in front of a venue answers with."""
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return Reply(status, page.encode(), {}, "text/html")


@dataclass(frozen=True, slots=True)
class Route:
    """What a path is for, and who answers."""

    call: str
    answer: Callable[[Asked], Reply]

    def __post_init__(self) -> None:
        """Refuse a call that no fault could name."""
        assert self.call in CALLS, f"{self.call!r} is not in CALLS"
