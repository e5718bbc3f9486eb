"""Profit and loss by the API and as a page: read from the whole journal, not only from the state.

Rules of this file
1. The journal is followed in the thread of the index, in small steps; an answer that is not whole
   yet says so.
2. Nothing here writes anything.
"""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bridge.http.desk import Desk
from bridge.http.pages import Pages
from bridge.http.pnl_rows import pnl_row, quality_rows
from bridge.http.refusal import Refusal, json_answer
from bridge.http.rows import Row
from core.quality_rows import QualityRow
from core.setup import Setup
from core.state import State

ROUTES: Final = (
    ("GET", "/api/pnl", "read", "pnl"),
    ("GET", "/pnl", "read", "page"),
    ("GET", "/fragment/pnl", "read", "fragment"),
)
"""Method, address, the scope that it takes, the handler."""


class Pnl:
    """The handlers. Each one's scope was checked before it is called."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk, self._pages = desk, pages

    async def pnl(self, request: Request) -> Response:
        """Tell profit and loss, and what orders cost."""
        return json_answer(await self._told(request))

    async def page(self, request: Request) -> Response:
        """Show profit and loss, and what orders cost."""
        return self._pages.page(request, "pnl.html", **await self._shown(request))

    async def fragment(self, request: Request) -> Response:
        """Show the same again, for the script to take the live parts from."""
        return self._pages.page(request, "pnl.html", fragment=True, **await self._shown(request))

    async def _shown(self, request: Request) -> dict[str, Any]:
        return {"pnl": await self._told(request), **await self._pages.frame()}

    async def _told(self, request: Request) -> Row:
        year = _year(request)
        number, setup, quality = await self._desk.look(_look)
        row = await self._desk.index.earnings(lambda read: pnl_row(read, year, number))
        if row is None:
            raise Refusal("statement_unread")
        return {**row, "quality": quality_rows(quality, setup)}


def _look(state: State) -> tuple[int, Setup, list[QualityRow]]:
    return state.number, state.facts.setup, list(state.quality.values())


def _year(request: Request) -> int | None:
    text = request.query_params.get("year", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == len("2026") and int(text) > 0):
        raise Refusal("ask_invalid", value="year has four digits.")
    return int(text)
