"""What came over each route, as an address of the API and as a page."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bridge.http.desk import Desk
from bridge.http.noise import Noise
from bridge.http.pages import Pages
from bridge.http.refusal import json_answer
from bridge.http.route_rows import Heard, route_rows
from bridge.http.rows import Row

ROUTES: Final = (
    ("GET", "/api/routes", "read", "routes"),
    ("GET", "/routes", "read", "page"),
    ("GET", "/fragment/routes", "read", "fragment"),
)
"""Method, address, the scope that it takes, the handler."""


class Hearing:
    """The handlers. They render as the other pages do."""

    def __init__(self, desk: Desk, pages: Pages, noise: Noise | None) -> None:
        self._desk, self._pages, self._noise = desk, pages, noise

    async def routes(self) -> Response:
        """Say what came over each route, and what is missing."""
        return json_answer(await self._rows())

    async def page(self, request: Request) -> Response:
        """Show the same to a person."""
        return self._pages.page(request, "routes.html", **await self._shown())

    async def fragment(self, request: Request) -> Response:
        """Show the same again, for the script to take the live parts from."""
        return self._pages.page(request, "routes.html", fragment=True, **await self._shown())

    async def _shown(self) -> dict[str, Any]:
        return {**await self._rows(), **await self._pages.frame()}

    async def _rows(self) -> Row:
        now = self._desk.now()
        heard = await self._desk.look(lambda state: Heard.of(state, now))
        return route_rows(heard, self._desk.runtime.config.hooks, self._noise)
