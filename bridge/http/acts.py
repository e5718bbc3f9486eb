"""The operator's acts by the API: limits and flatten.

Rules of this file
1. Who may do what is in ``ROUTES``. An act takes a reason; its name is that of the token.
2. What allows more, or cannot be taken back, is asked for a second time: ``confirm``.
"""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bridge.http.asks import body_of, by_of, number
from bridge.http.desk import Desk, tidy
from bridge.http.limit_rows import limit_rows, waiting_rows
from bridge.http.refusal import Refusal, json_answer
from core import commands as c

ROUTES: Final = (
    ("GET", "/api/limits", "read", "limits"),
    ("POST", "/api/limits", "operate", "set_limit"),
    ("POST", "/api/limits/accept", "operate", "accept_limits"),
    ("POST", "/api/flatten", "operate", "flatten"),
)
"""Method, address, the scope that it takes, the handler."""


class _Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    reason: str = ""
    confirm: bool = False


class _SetLimit(_Ask, frozen=True):
    scope: str
    name: str
    value: str | None


class _AcceptLimits(_Ask, frozen=True):
    scope: str = ""
    name: str = ""


class _Flatten(_Ask, frozen=True):
    scope: str
    whose: str = "ours"


class Acts:
    """The handlers. Each one's scope was checked before it is called."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def limits(self) -> Response:
        """List the limits in force, and what waits."""
        facts = await self._desk.look(lambda state: state.facts)
        return json_answer({"limits": limit_rows(facts), "waiting": waiting_rows(facts)})

    async def set_limit(self, request: Request) -> Response:
        """Set one limit, or take it away."""
        asked = await body_of(request, _SetLimit)
        value = number(asked.value, "value")
        if value is None and asked.value is not None:
            raise Refusal("ask_invalid", value="value is a number as text, or null for none.")
        await self._desk.act(
            c.SetLimit(
                scope=asked.scope,
                name=asked.name,
                value=value,
                by=by_of(request),
                reason=tidy(asked.reason),
                confirmed=asked.confirm,
            )
        )
        return await self.limits()

    async def accept_limits(self, request: Request) -> Response:
        """Put what waits in force."""
        asked = await body_of(request, _AcceptLimits)
        await self._desk.act(
            c.AcceptLimits(
                by=by_of(request),
                reason=tidy(asked.reason),
                scope=asked.scope,
                name=asked.name,
                confirmed=asked.confirm,
            )
        )
        return await self.limits()

    async def flatten(self, request: Request) -> Response:
        """Close a scope at the market."""
        asked = await body_of(request, _Flatten)
        done = await self._desk.act(
            c.Flatten(
                scope=asked.scope,
                whose=asked.whose,
                by=by_of(request),
                reason=tidy(asked.reason),
                confirmed=asked.confirm,
            )
        )
        row = {"scope": asked.scope, "whose": asked.whose, "act": done.act}
        return json_answer({**row, "unconfirmed": done.orders})
