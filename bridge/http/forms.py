"""The operator's acts as forms, and the pages that have no other use.

Rules of this file
1. Who may do what is in ``ROUTES``. A form is answered by a redirect, so that loading again repeats
   nothing.
2. What cannot be taken back is confirmed by typing its name, or by a box.
"""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bridge.http.asks import by_of, number
from bridge.http.auth import form_of
from bridge.http.desk import Desk, tidy
from bridge.http.limit_rows import limit_rows, waiting_rows
from bridge.http.pages import Pages
from core import commands as c

ROUTES: Final = (
    ("GET", "/limits", "read", "limits"),
    ("GET", "/fragment/limits", "read", "limits_fragment"),
    ("POST", "/limits/set", "operate", "set_limit"),
    ("POST", "/limits/accept", "operate", "accept_limits"),
    ("POST", "/flatten", "operate", "flatten"),
)
"""Method, address, the scope that it takes, the handler."""


class Forms:
    """The handlers. They render and answer as the other pages do."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk, self._pages = desk, pages

    async def limits(self, request: Request) -> Response:
        """Show the limits in force, and what waits."""
        return self._pages.page(request, "limits.html", **await self._limits())

    async def limits_fragment(self, request: Request) -> Response:
        """Show the same again, for the script to take the live parts from."""
        return self._pages.page(request, "limits.html", fragment=True, **await self._limits())

    async def _limits(self) -> dict[str, Any]:
        facts = await self._desk.look(lambda state: state.facts)
        listed = {"limits": limit_rows(facts), "waiting": waiting_rows(facts)}
        return {**listed, **await self._pages.frame()}

    async def set_limit(self, request: Request) -> Response:
        """Set one limit, or take it away."""
        form = await form_of(request)
        scope, name = form.get("scope", ""), form.get("name", "")
        text = form.get("value", "").strip()
        await self._desk.act(
            c.SetLimit(
                scope=scope,
                name=name,
                value=number("" if text == "none" else text, "value"),
                by=by_of(request),
                reason=tidy(form.get("reason", "")),
                confirmed=bool(form.get("confirm")),
            )
        )
        return self._pages.done(request, f"{name} of {scope} is {text or 'not set'} now.", form)

    async def accept_limits(self, request: Request) -> Response:
        """Put what waits in force."""
        form = await form_of(request)
        await self._desk.act(
            c.AcceptLimits(
                by=by_of(request),
                reason=tidy(form.get("reason", "")),
                scope=form.get("scope", ""),
                name=form.get("name", ""),
                confirmed=bool(form.get("confirm")),
            )
        )
        return self._pages.done(request, "In force as the file has it.", form)

    async def flatten(self, request: Request) -> Response:
        """Close a scope at the market."""
        form = await form_of(request)
        scope = form.get("scope", "")
        typed = form.get("confirm", "").strip()
        await self._desk.act(
            c.Flatten(
                scope=scope,
                whose=form.get("whose", "ours"),
                by=by_of(request),
                reason=tidy(form.get("reason", "")),
                confirmed=bool(typed) and typed in (scope, scope.partition(":")[2]),
            )
        )
        return self._pages.done(request, f"{scope} is being flattened.", form)
