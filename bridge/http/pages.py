"""The pages: what the API says, for people. Rendered here, readable without a script, live with
one.

Rules of this file
1. Who may do what is in ``ROUTES``. A form is answered by a redirect, so that loading again repeats
   nothing.
2. A template gets plain rows and writes text: whatever an alert or a venue said is escaped, and
   signs that nobody sees are made visible.
3. A fragment is the page once more; the script takes the live parts from it, and puts them in as
   they were rendered.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bridge import __version__
from bridge.http import picture
from bridge.http.api import order_story, signal_trace
from bridge.http.assets import WEB
from bridge.http.auth import FAILED_LOGINS_MAX, LOOPBACK, Caller, form_of, must_be_ours
from bridge.http.desk import Desk
from bridge.http.guard import name_of
from bridge.http.refusal import Refusal
from bridge.http.words import FILTERS, visible
from bridge.index import is_name
from core.answers import Done
from core.orders import Purpose
from core.records import OrderIntended

ROUTES: Final = (
    ("GET", "/", "read", "now"),
    ("GET", "/fragment/now", "read", "now_fragment"),
    ("GET", "/signals/{name}", "read", "signal"),
    ("GET", "/fragment/signals/{name}", "read", "signal_fragment"),
    ("GET", "/orders/{name}", "read", "order"),
    ("GET", "/fragment/orders/{name}", "read", "order_fragment"),
    ("GET", "/go", "read", "go"),
    ("POST", "/halt", "halt", "halt"),
    ("POST", "/resume", "operate", "resume"),
    ("POST", "/orders/{name}/cancel", "operate", "cancel"),
    ("POST", "/logout", "read", "logout"),
)
"""Method, address, the scope that it takes, the handler. ``/login`` takes none."""

_NEXT: Final = re.compile(
    r"/(?:signals/[0-9a-z]{26}|orders/[0-9a-z]{26}|limits|copies|routes|calendar|losses|pnl|read|symbols)?"
)
"""Where a login may lead: our own pages and nothing else."""


class Pages:
    """The handlers and their templates."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._templates = Environment(
            loader=FileSystemLoader(WEB, encoding="utf-8"),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=visible,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.filters.update(FILTERS)
        self._templates.globals.update(version=__version__, name=desk.runtime.config.name)

    # --- now --------------------------------------------------------------------------------------

    async def now(self, request: Request) -> Response:
        """Show whether the bridge is open, what is open, what happened last."""
        return self.page(request, "now.html", **await self._now())

    async def now_fragment(self, request: Request) -> Response:
        """Show the same again, for the script to take the live parts from."""
        return self.page(request, "now.html", fragment=True, **await self._now())

    async def _now(self) -> dict[str, Any]:
        now = self._desk.now()
        look = await self._desk.look(picture.looking(self._desk.runtime, now))
        return {**picture.now_page(look, self._desk.runtime, now), "now_ns": now}

    # --- one signal -------------------------------------------------------------------------------

    async def signal(self, request: Request) -> Response:
        """Show the whole way of one signal."""
        return self.page(request, "signal.html", **await self._signal(request))

    async def signal_fragment(self, request: Request) -> Response:
        """Show the same again, for the script to take the live parts from."""
        return self.page(request, "signal.html", fragment=True, **await self._signal(request))

    async def _signal(self, request: Request) -> dict[str, Any]:
        trace = await signal_trace(self._desk, request.path_params["name"])
        return {"trace": trace, **await self.frame()}

    async def order(self, request: Request) -> Response:
        """Lead from an order to the trace of its signal; show it where a person's act made it."""
        name: str = request.path_params["name"]
        order = await self._desk.look(lambda state: state.orders.get(name))
        if order is None and is_name(name):
            found = await self._desk.index.order(name)
            intents = (item.record for item in found if isinstance(item.record, OrderIntended))
            order = next((intent.order for intent in intents), None)
        if order is None or not is_name(order.origin):
            raise Refusal("order_not_found", value=name)
        if order.purpose is not Purpose.FLATTEN:
            return RedirectResponse(f"/signals/{order.origin}", 303)
        return self.page(request, "order.html", **await self._order(name))

    async def order_fragment(self, request: Request) -> Response:
        """Show the same again, for the script to take the live parts from."""
        shown = await self._order(request.path_params["name"])
        return self.page(request, "order.html", fragment=True, **shown)

    async def _order(self, name: str) -> dict[str, Any]:
        return {"order": await order_story(self._desk, name), **await self.frame()}

    async def frame(self) -> dict[str, Any]:
        """Make what stands round every page."""
        look = await self._desk.look(picture.Look.of)
        now = self._desk.now()
        return {"status": picture.status(look, self._desk.runtime, now), "now_ns": now}

    async def go(self, request: Request) -> Response:
        """Lead to whatever an id names."""
        name = request.query_params.get("id", "").strip()
        if not is_name(name):
            raise Refusal("signal_not_found", value=name)
        known = await self._desk.look(lambda state: name in state.orders)
        return RedirectResponse(f"/{'orders' if known else 'signals'}/{name}", 303)

    # --- acts -------------------------------------------------------------------------------------

    async def halt(self, request: Request) -> Response:
        """Raise the bridge."""
        form, caller = await form_of(request), _caller(request)
        scope = form.get("scope", "global")
        done = await self._desk.halt(scope, by=caller.name, reason=form.get("reason", ""))
        return self.done(request, _halted(scope, done), form)

    async def resume(self, request: Request) -> Response:
        """Lower the bridge."""
        form, caller = await form_of(request), _caller(request)
        scope = form.get("scope", "global")
        await self._desk.resume(scope, by=caller.name, reason=form.get("reason", ""))
        return self.done(request, f"{scope} is open again.", form)

    async def cancel(self, request: Request) -> Response:
        """Ask for the end of an order."""
        form, caller = await form_of(request), _caller(request)
        name: str = request.path_params["name"]
        await self._desk.cancel(name, by=caller.name, reason=form.get("reason", ""))
        return self.done(request, f"The venue is asked to cancel {name}.", form)

    def done(self, request: Request, said: str, form: dict[str, str]) -> Response:
        """Answer a form: say on the next page what was done, and lead to it."""
        session = _caller(request).session
        if session is not None:
            session.said = said
        return RedirectResponse(_next(form.get("next", "/")), 303)

    # --- login ------------------------------------------------------------------------------------

    async def login_form(self, request: Request) -> Response:
        """Ask for a token."""
        return self._login(_next(request.query_params.get("next", "/")), None)

    async def login(self, request: Request) -> Response:
        """Begin a session for whoever has a token."""
        must_be_ours(request)
        gate, form = self._desk.gate, await form_of(request)
        following = _next(form.get("next", "/"))
        failed = gate.sessions.failed()
        if failed >= FAILED_LOGINS_MAX:
            return self._login(following, Refusal("login_busy", value=str(failed)))
        token = gate.token_of(form.get("token", "").strip())
        if token is None:
            gate.sessions.fail()
            return self._login(following, Refusal("login_wrong"))
        answer = RedirectResponse(following, 303)
        answer.set_cookie(
            gate.cookie,
            gate.sessions.open(token),
            httponly=True,
            samesite="strict",
            path="/",
            # Another name than loopback's came through a proxy, and from a page over https.
            secure=name_of(request.headers.get("host", "").lower()) not in LOOPBACK,
        )
        return answer

    def _login(self, following: str, refusal: Refusal | None) -> Response:
        page = self._render("login.html", following=following, refusal=refusal)
        return _html(page, refusal.status if refusal is not None else 200)

    async def logout(self, request: Request) -> Response:
        """End the session."""
        gate = self._desk.gate
        gate.sessions.close(request.cookies.get(gate.cookie, ""))
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(gate.cookie, path="/", httponly=True, samesite="strict")
        return answer

    # --- out --------------------------------------------------------------------------------------

    def refused(self, request: Request, refusal: Refusal) -> Response:
        """Show why something was not served; lead to the login where that is what is missing."""
        if refusal.code == "login_needed":
            following = _next(request.url.path)
            return RedirectResponse(f"/login?next={quote(following)}", 303)
        return _html(self._render("notice.html", refusal=refusal), refusal.status)

    def page(
        self, request: Request, template: str, *, fragment: bool = False, **rows: Any
    ) -> Response:
        """Render a page for whoever asks, with what was said to them once."""
        caller = _caller(request)
        session = caller.session
        said = ""
        if session is not None and not fragment:
            said, session.said = session.said, ""
        page = self._render(
            template, caller=caller, csrf=session.csrf if session else "", said=said, **rows
        )
        return _html(page)

    def _render(self, template: str, **rows: Any) -> str:
        return self._templates.get_template(template).render(**rows)


def _caller(request: Request) -> Caller:
    return request.state.caller


def _next(path: str) -> str:
    return path if _NEXT.fullmatch(path) else "/"


def _halted(scope: str, done: Done) -> str:
    if not done.orders:
        return f"{scope} is halted. No entry was working."
    return f"{scope} is halted. Working entries that were asked to end: {len(done.orders)}."


def _html(page: str, status: int = 200) -> Response:
    return Response(page, status, media_type="text/html")
