"""The control API: plain HTTP with a token, on loopback.

Rules of this file
1. ``POST /NAME`` with a JSON object calls a command of ``COMMANDS``; the answer is JSON.
2. A wrong argument is a 400 with the sentence, an unknown command a 404 with the known ones.
"""

from __future__ import annotations

import hmac
import inspect
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, get_type_hints

import msgspec
from aiohttp import web

from adapters.exchange.control import Control, Refused
from adapters.exchange.wire import packed

HOST: Final = "127.0.0.1"

COMMANDS: Final = (
    "fault", "storm", "calm", "skew", "announce", "outage", "limits", "door", "drop", "close",
    "silence", "mute", "hang",
    "terminate", "price", "depth", "trading", "fill", "hand", "cancel", "expire", "transfer",
    "adjust", "fund", "liquidate", "mode", "key", "rotate", "orders", "trades", "arrivals",
    "account", "requests", "state",
)  # fmt: skip
"""The commands of ``Control`` that can be called from outside."""


class ControlPort:
    """The HTTP server of the control API."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self.token = secrets.token_urlsafe(24)
        self.url = ""
        self._app = web.Application()
        self._app.router.add_post("/{command}", self._answer)

    @asynccontextmanager
    async def listening(self, port: int) -> AsyncIterator[ControlPort]:
        """Serve on a port of loopback until the block ends."""
        runner = web.AppRunner(self._app)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, port).start()
            self.url = f"http://{HOST}:{runner.addresses[0][1]}"
            yield self
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            return _told({"error": "give the token that was printed at the start"}, 401)
        name = request.match_info["command"]
        if name not in COMMANDS:
            return _told({"error": f"no command {name!r}", "commands": list(COMMANDS)}, 404)
        try:
            result = self._call(name, await request.read())
            if inspect.isawaitable(result):
                result = await result
        except (Refused, msgspec.DecodeError) as refused:  # a wrong type is a DecodeError, too
            return _told({"error": str(refused)}, 400)
        return _told({"result": result}, 200)

    def _call(self, name: str, body: bytes) -> Any:
        command = getattr(self.control, name)
        given = msgspec.json.decode(body or b"{}", type=dict[str, Any])
        hints = get_type_hints(command)
        known = inspect.signature(command).parameters
        for one in given:
            if one not in known:
                raise Refused(f"{name} takes {', '.join(known) or 'nothing'}; not {one!r}")
        missing = [
            one
            for one, parameter in known.items()
            if parameter.default is parameter.empty and one not in given
        ]
        if missing:
            raise Refused(f"{name} needs {', '.join(missing)}")
        arguments = {
            one: msgspec.convert(value, hints[one], strict=False) for one, value in given.items()
        }
        return command(**arguments)


def _told(value: object, status: int) -> web.Response:
    return web.Response(status=status, body=packed(value), content_type="application/json")
