"""The operator's acts on orders and positions by the API: resolve, replace, reconcile, adopt,
assign.

Rules of this file
1. Who may do what is in ``ROUTES``. An act takes a reason; its name is that of the token.
2. An act of a person settles what evidence could not; it is said so in the journal.
"""

from __future__ import annotations

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from bridge.http import commanding, compared_rows
from bridge.http.asks import body_of, by_of
from bridge.http.compared_rows import Compared
from bridge.http.desk import Desk
from bridge.http.refusal import json_answer

ROUTES: Final = (
    ("POST", "/api/orders/{name}/resolve", "operate", "resolve"),
    ("POST", "/api/orders/{name}/replace", "operate", "replace"),
    ("GET", "/api/reconcile", "read", "reconcile"),
    ("POST", "/api/reconcile", "operate", "compare"),
    ("POST", "/api/reconcile/accept", "operate", "accept"),
    ("POST", "/api/positions/adopt", "operate", "adopt"),
    ("POST", "/api/positions/assign", "operate", "assign"),
)
"""Method, address, the scope that it takes, the handler."""


class _Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    reason: str = ""


class _Resolve(_Ask, frozen=True):
    outcome: str
    quantity: str | None = None
    price: str | None = None
    confirm: bool = False


class _Replace(_Ask, frozen=True):
    quantity: str | None = None
    price: str | None = None
    trigger: str | None = None


class _Account(_Ask, frozen=True):
    account: str


class _Adopt(_Account, frozen=True):
    instrument: str
    strategy: str
    quantity: str | None = None


class _Assign(_Account, frozen=True):
    instrument: str
    source: str
    target: str
    quantity: str | None = None


class BookActs:
    """The handlers. Each one's scope was checked before it is called."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def resolve(self, request: Request) -> Response:
        """Say what became of an order in doubt."""
        name: str = request.path_params["name"]
        asked = await body_of(request, _Resolve)
        await commanding.resolve(
            self._desk,
            name,
            outcome=asked.outcome,
            quantity=asked.quantity,
            price=asked.price,
            by=by_of(request),
            reason=asked.reason,
            confirmed=asked.confirm,
        )
        state = await self._desk.look(lambda state: str(state.orders[name].state))
        return json_answer({"order": name, "state": state})

    async def replace(self, request: Request) -> Response:
        """Ask for new terms of an order."""
        name: str = request.path_params["name"]
        asked = await body_of(request, _Replace)
        done = await commanding.replace(
            self._desk,
            name,
            quantity=asked.quantity,
            price=asked.price,
            trigger=asked.trigger,
            by=by_of(request),
            reason=asked.reason,
        )
        return json_answer({"order": name, "unconfirmed": done.orders})

    async def reconcile(self) -> Response:
        """List what differs from the venues."""
        seen = await self._desk.look(Compared.of)
        return json_answer({"accounts": compared_rows.account_rows(seen)})

    async def compare(self, request: Request) -> Response:
        """Compare an account with its venue now."""
        asked = await body_of(request, _Account)
        await self._desk.compare(asked.account)
        return await self.reconcile()

    async def accept(self, request: Request) -> Response:
        """Take the venue's side in all that differs."""
        asked = await body_of(request, _Account)
        await commanding.accept(self._desk, asked.account, by=by_of(request), reason=asked.reason)
        return await self.reconcile()

    async def adopt(self, request: Request) -> Response:
        """Give a strategy what nobody of ours owns."""
        asked = await body_of(request, _Adopt)
        done = await commanding.adopt(
            self._desk,
            asked.account,
            instrument=asked.instrument,
            strategy=asked.strategy,
            quantity=asked.quantity,
            by=by_of(request),
            reason=asked.reason,
        )
        return json_answer({"account": asked.account, "unconfirmed": done.orders})

    async def assign(self, request: Request) -> Response:
        """Give a position another owner."""
        asked = await body_of(request, _Assign)
        done = await commanding.assign(
            self._desk,
            asked.account,
            instrument=asked.instrument,
            source=asked.source,
            target=asked.target,
            quantity=asked.quantity,
            by=by_of(request),
            reason=asked.reason,
        )
        return json_answer({"account": asked.account, "unconfirmed": done.orders})
