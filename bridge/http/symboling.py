"""Symbols as an address of the API and as a page: what each leads to now, and what waits."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from bridge.http.desk import Desk
from bridge.http.heard_symbols import grouped, heard_rows, waiting_rows
from bridge.http.pages import Pages
from bridge.http.refusal import Refusal, json_answer
from bridge.http.rows import Row
from bridge.http.symbol_rows import copied, symbol_rows
from core.symbol_rules import SYMBOL_CHARS_MAX

ROUTES: Final = (
    ("GET", "/api/symbols", "read", "listed"),
    ("GET", "/symbols", "read", "page"),
    ("GET", "/fragment/symbols", "read", "fragment"),
)
"""Method, address, the scope that it takes, the handler."""

TABLED_SHOWN_MAX: Final = 200
"""Symbols of the tables that the page lists: the command and the API have all of them."""


class Symbols:
    """The handlers. They render as the other pages do."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk, self._pages = desk, pages

    async def listed(self, request: Request) -> Response:
        """Say what one symbol leads to (`symbol`), or all that stand in a table; of one account or
        of all."""
        return json_answer(await self._rows(request))

    async def page(self, request: Request) -> Response:
        """Show the same to a person."""
        return self._pages.page(request, "symbols.html", **await self._shown(request))

    async def fragment(self, request: Request) -> Response:
        """Show the same again, for the script to take the live parts from."""
        shown = await self._shown(request)
        return self._pages.page(request, "symbols.html", fragment=True, **shown)

    async def _shown(self, request: Request) -> dict[str, Any]:
        rows = await self._rows(request)
        asked = request.query_params.get("symbol", "")
        tabled = [] if asked else rows["symbols"]
        return {
            "told": rows,
            "asked": asked,
            "heard": grouped(rows["heard"]),
            "tabled": tabled[:TABLED_SHOWN_MAX],
            "tabled_more": rows["left_out"] + max(0, len(tabled) - TABLED_SHOWN_MAX),
            **await self._pages.frame(),
        }

    async def _rows(self, request: Request) -> Row:
        symbol = request.query_params.get("symbol", "")
        account = request.query_params.get("account", "")
        if len(symbol) > SYMBOL_CHARS_MAX:
            raise Refusal("ask_invalid", value=f"symbol has at most {SYMBOL_CHARS_MAX} characters.")
        if account and account not in self._desk.runtime.config.setup.accounts:
            raise Refusal("account_unknown", value=account)
        state, now = await self._desk.look(copied), self._desk.now()
        told = symbol_rows(state, now, symbol=symbol, account=account)
        heard = heard_rows(state, now)
        asked = told["symbols"] if symbol else []
        waiting = waiting_rows(state.facts.setup, (*asked, *heard))
        return {**told, "heard": heard, "waiting": waiting}
