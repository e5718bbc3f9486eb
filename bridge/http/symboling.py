"""Symbols as an address of the API: what each would lead to now."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from bridge.http.desk import Desk
from bridge.http.refusal import Refusal, json_answer
from bridge.http.symbol_rows import copied, symbol_rows
from core.symbol_rules import SYMBOL_CHARS_MAX

ROUTES: Final = (("GET", "/api/symbols", "read", "listed"),)
"""Method, address, the scope that it takes, the handler."""


class Symbols:
    """The handler."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def listed(self, request: Request) -> Response:
        """Say what one symbol leads to (`symbol`), or all that stand in a table; of one account or
        of all."""
        symbol = request.query_params.get("symbol", "")
        account = request.query_params.get("account", "")
        if len(symbol) > SYMBOL_CHARS_MAX:
            raise Refusal("ask_invalid", value=f"symbol has at most {SYMBOL_CHARS_MAX} characters.")
        if account and account not in self._desk.runtime.config.setup.accounts:
            raise Refusal("account_unknown", value=account)
        state = await self._desk.look(copied)
        return json_answer(symbol_rows(state, self._desk.now(), symbol=symbol, account=account))
