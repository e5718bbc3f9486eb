"""The calendar by API and as a page: nothing here changes anything."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bridge.http.calendar_rows import Times, calendar_rows
from bridge.http.desk import Desk
from bridge.http.pages import Pages
from bridge.http.refusal import json_answer
from bridge.http.rows import Row
from core.state import State

ROUTES: Final = (
    ("GET", "/api/calendar", "read", "listed"),
    ("GET", "/calendar", "read", "page"),
    ("GET", "/fragment/calendar", "read", "fragment"),
)
"""Method, address, the scope that it takes, the handler."""


class Calendar:
    """The handlers."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk, self._pages = desk, pages

    async def listed(self) -> Response:
        """List when instruments trade, and how far the calendar files reach."""
        return json_answer(await self._rows())

    async def page(self, request: Request) -> Response:
        """Show the same for people."""
        return self._pages.page(request, "calendar.html", **await self._shown())

    async def fragment(self, request: Request) -> Response:
        """Show the same again, for the script to take the live parts from."""
        return self._pages.page(request, "calendar.html", fragment=True, **await self._shown())

    async def _shown(self) -> dict[str, Any]:
        return {"calendar": await self._rows(), **await self._pages.frame()}

    async def _rows(self) -> Row:
        seen = await self._desk.look(copied)
        return calendar_rows(seen, self._desk.runtime.calendars, self._desk.now())


def copied(state: State) -> Times:
    """Copy what the rows need. Runs between two batches."""
    return Times(state.facts.setup, dict(state.schedules), dict(state.flats))
