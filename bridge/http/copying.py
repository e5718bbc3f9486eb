"""Copies as an address of the API and as a page."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bridge.http.copy_rows import Copied, copies
from bridge.http.desk import Desk
from bridge.http.pages import Pages
from bridge.http.refusal import json_answer

ROUTES: Final = (
    ("GET", "/api/copies", "read", "copies"),
    ("GET", "/copies", "read", "page"),
    ("GET", "/fragment/copies", "read", "fragment"),
)
"""Method, address, the scope that it takes, the handler."""


class Copying:
    """The handlers. They render as the other pages do."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk, self._pages = desk, pages

    async def copies(self) -> Response:
        """Say who follows whom, and how each stands."""
        return json_answer(copies(await self._desk.look(Copied.of)))

    async def page(self, request: Request) -> Response:
        """Show the same to a person."""
        return self._pages.page(request, "copies.html", **await self._shown())

    async def fragment(self, request: Request) -> Response:
        """Show the same again, for the script to take the live parts from."""
        return self._pages.page(request, "copies.html", fragment=True, **await self._shown())

    async def _shown(self) -> dict[str, Any]:
        return {**copies(await self._desk.look(Copied.of)), **await self._pages.frame()}
