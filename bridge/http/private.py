"""The private listener: pages, API and live stream on loopback, put together from top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from bridge.http import (
    acts,
    api,
    arm_acts,
    book_acts,
    calendar,
    copying,
    forms,
    hearing,
    loss_acts,
    pages,
    picture,
    pnl,
    symboling,
    tryout,
)
from bridge.http.acts import Acts
from bridge.http.api import Api
from bridge.http.arm_acts import ArmActs, ArmForms
from bridge.http.assets import Assets
from bridge.http.auth import Gate, host_names, is_machine
from bridge.http.book_acts import BookActs
from bridge.http.calendar import Calendar
from bridge.http.copying import Copying
from bridge.http.desk import Desk
from bridge.http.forms import Forms
from bridge.http.guard import Guard
from bridge.http.hearing import Hearing
from bridge.http.live import Hub
from bridge.http.loss_acts import LossActs, LossForms
from bridge.http.noise import Noise
from bridge.http.pages import Pages
from bridge.http.pnl import Pnl
from bridge.http.refusal import Refusal, json_answer
from bridge.http.symboling import Symbols
from bridge.http.tryout import Tryout
from bridge.index import Index
from bridge.runtime import Runtime


def private_app(
    runtime: Runtime, *, now: Callable[[], int] | None = None, noise: Noise | None = None
) -> FastAPI:
    """Make the application. To be called on the running loop; what it starts ends with
    ``runtime.closers``. ``noise``: what the door turns away."""
    now = now or runtime.clock.now
    index = Index(
        runtime.config,
        runtime.thread,
        runtime.opened.store,
        head=lambda: runtime.writer.head.number,
    )
    hub = Hub(runtime.writer.head.number)
    gate = Gate(runtime.config, now)
    desk = Desk(runtime, index=index, gate=gate, hub=hub, now=now)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.add_middleware(Guard, names=host_names(runtime.config.api.hosts))
    shown = Pages(desk)
    _let_in(app, gate, api.ROUTES, Api(desk))
    _let_in(app, gate, acts.ROUTES, Acts(desk))
    _let_in(app, gate, book_acts.ROUTES, BookActs(desk))
    _let_in(app, gate, pages.ROUTES, shown)
    _let_in(app, gate, forms.ROUTES, Forms(desk, shown))
    _let_in(app, gate, calendar.ROUTES, Calendar(desk, shown))
    _let_in(app, gate, arm_acts.ROUTES, ArmActs(desk))
    _let_in(app, gate, arm_acts.FORMS, ArmForms(desk, shown))
    _let_in(app, gate, loss_acts.ROUTES, LossActs(desk))
    _let_in(app, gate, loss_acts.FORMS, LossForms(desk, shown))
    _let_in(app, gate, copying.ROUTES, Copying(desk, shown))
    _let_in(app, gate, hearing.ROUTES, Hearing(desk, shown, noise))
    _let_in(app, gate, pnl.ROUTES, Pnl(desk, shown))
    _let_in(app, gate, tryout.ROUTES, Tryout(desk, shown))
    _let_in(app, gate, symboling.ROUTES, Symbols(desk, shown))
    _let_in(app, gate, (("GET", "/live", "read", "live"),), _Live(desk))
    health = _Health(runtime)
    for method, path, handler in (
        ("GET", "/healthz", health.alive),
        ("GET", "/readyz", health.ready),
        ("GET", "/static/{name}", Assets().file),
        ("GET", "/login", shown.login_form),
        ("POST", "/login", shown.login),
    ):
        app.add_api_route(path, handler, methods=[method])
    _refuse(app, shown)
    runtime.writer.observers.append(hub.note)
    runtime.closers += [hub.close, index.close]
    index.start()
    return app


def _let_in(app: FastAPI, gate: Gate, routes: tuple[tuple[str, ...], ...], handlers: Any) -> None:
    """Add addresses, each behind the scope that it takes."""
    for method, path, scope, name in routes:
        app.add_api_route(
            path,
            getattr(handlers, name),
            methods=[method],
            dependencies=[Depends(gate.needs(scope))],
        )


def _refuse(app: FastAPI, shown: Pages) -> None:
    """Turn what is not served into answers: JSON for programs, a page for people."""

    async def refused(request: Request, refusal: Any) -> Response:
        if is_machine(request):
            return json_answer(refusal.body(), refusal.status)
        return shown.refused(request, refusal)

    async def not_routed(request: Request, error: Any) -> Response:
        if error.status_code == 405:
            return await refused(request, Refusal("method_wrong", value=request.method))
        return await refused(request, Refusal("address_unknown"))

    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(HTTPException, not_routed)


class _Live:
    """The live stream's address."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def live(self, request: Request) -> Response:
        """Tell of changes until the page is closed, the login ends or the bridge stops."""
        gate, caller = self._desk.gate, request.state.caller

        def alive() -> bool:
            return caller.session is None or gate.session_of(request) is caller.session

        seen = request.headers.get("last-event-id", "")
        number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else None
        stream = self._desk.hub.open(alive, number)
        return StreamingResponse(
            stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"}
        )


class _Health:
    """What watchers ask without a token."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def alive(self) -> Response:
        """Say that the process answers."""
        return json_answer({"alive": True})

    async def ready(self) -> Response:
        """Say whether every account is recovered and the journal takes records."""
        missing = picture.waiting(self._runtime)
        if not self._runtime.ready:
            refusal = Refusal("not_ready", value=f"waiting for {', '.join(missing)}")
            return json_answer({"ready": False, **refusal.body(), "waiting": missing}, 503)
        return json_answer({"ready": True})
