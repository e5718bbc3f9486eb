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

from bridge.http import commanding
from bridge.http.asks import by_of, number
from bridge.http.auth import form_of
from bridge.http.desk import Desk, tidy
from bridge.http.limit_rows import limit_rows, waiting_rows
from bridge.http.pages import Pages
from bridge.http.refusal import Refusal
from core import commands as c

ROUTES: Final = (
    ("GET", "/limits", "read", "limits"),
    ("GET", "/fragment/limits", "read", "limits_fragment"),
    ("POST", "/limits/set", "operate", "set_limit"),
    ("POST", "/limits/accept", "operate", "accept_limits"),
    ("POST", "/flatten", "operate", "flatten"),
    ("POST", "/orders/{name}/resolve", "operate", "resolve"),
    ("POST", "/orders/{name}/replace", "operate", "replace"),
    ("POST", "/reconcile", "operate", "compare"),
    ("POST", "/reconcile/accept", "operate", "accept"),
    ("POST", "/positions/adopt", "operate", "adopt"),
    ("POST", "/positions/assign", "operate", "assign"),
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
        if not text:  # a field that was left empty is no wish to take a limit away
            raise Refusal("ask_invalid", value="give a number, or none to take the limit away.")
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

    # --- orders and positions ---------------------------------------------------------------------

    async def resolve(self, request: Request) -> Response:
        """Say what became of an order in doubt."""
        form = await form_of(request)
        name: str = request.path_params["name"]
        outcome = form.get("outcome", "")
        await commanding.resolve(
            self._desk,
            name,
            outcome=outcome,
            quantity=form.get("quantity"),
            price=form.get("price"),
            by=by_of(request),
            reason=form.get("reason", ""),
            confirmed=bool(form.get("confirm")),
        )
        return self._pages.done(request, f"{name} is {outcome} by your word.", form)

    async def replace(self, request: Request) -> Response:
        """Ask for new terms of an order."""
        form = await form_of(request)
        name: str = request.path_params["name"]
        await commanding.replace(
            self._desk,
            name,
            quantity=form.get("quantity"),
            price=form.get("price"),
            trigger=form.get("trigger"),
            by=by_of(request),
            reason=form.get("reason", ""),
        )
        return self._pages.done(request, f"The venue is asked for new terms of {name}.", form)

    async def compare(self, request: Request) -> Response:
        """Compare an account with its venue now."""
        form = await form_of(request)
        account = form.get("account", "")
        await self._desk.compare(account)
        return self._pages.done(request, f"{account} was compared with its venue.", form)

    async def accept(self, request: Request) -> Response:
        """Take the venue's side in all that differs."""
        form = await form_of(request)
        account = form.get("account", "")
        reason = form.get("reason", "")
        await commanding.accept(self._desk, account, by=by_of(request), reason=reason)
        return self._pages.done(request, f"The venue is right in {account}.", form)

    async def adopt(self, request: Request) -> Response:
        """Give a strategy what nobody of ours owns."""
        form = await form_of(request)
        await commanding.adopt(
            self._desk,
            form.get("account", ""),
            instrument=form.get("instrument", ""),
            strategy=form.get("target", "").strip(),
            quantity=form.get("quantity"),
            by=by_of(request),
            reason=form.get("reason", ""),
        )
        return self._pages.done(request, "It is ours now, at its average price.", form)

    async def assign(self, request: Request) -> Response:
        """Give a position another owner."""
        form = await form_of(request)
        await commanding.assign(
            self._desk,
            form.get("account", ""),
            instrument=form.get("instrument", ""),
            source=form.get("source", ""),
            target=form.get("target", "").strip(),
            quantity=form.get("quantity"),
            by=by_of(request),
            reason=form.get("reason", ""),
        )
        return self._pages.done(request, "Moved at its average price.", form)
