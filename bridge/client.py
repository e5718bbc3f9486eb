"""The HTTP client of the command: the private API, and the hook. Nothing else knows the library.

Rules of this file
1. Only the addresses of the configuration are asked, never through a proxy, never along a redirect.
2. No error carries an address of a hook: it ends with its token.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

import httpx
import msgspec

from bridge.addresses import hook_base, private_address
from bridge.config.values import Api, Config

CONNECT_S: Final = 2.0
"""The bridge is on this machine: what does not connect at once is not there."""

ANSWER_S: Final = 15.0
"""Longer than the slowest answer of a busy bridge; then it counts as not answering."""

ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024
"""The longest answer is a list of a day's orders, some 10 MB."""

SCOPES: Final = ("operate", "halt", "read")
"""Scopes of tokens, strongest first."""


class Unreachable(Exception):
    """Nobody answers at the bridge's address, or what answers is no bridge. The text says why."""


class NotThere(Unreachable):
    """Nobody listens at the bridge's address: it does not run."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: the HTTP status and what its JSON says, an object or a list."""

    status: int
    body: Any

    @property
    def good(self) -> bool:
        """Say whether it was carried out."""
        return self.status < 400


class Client:
    """Speaks with one bridge. Use it with ``with``."""

    def __init__(self, config: Config) -> None:
        self._api, self._door = config.api, config.door
        self._hooks = config.hooks
        self._token = _strongest(config.api)
        self._http = httpx.Client(
            trust_env=False,
            follow_redirects=False,
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # trusts nobody: no address is https
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Reply:
        """Ask the API. ``path`` begins below ``/api``. Errors: ``Unreachable``."""
        return self._ask("GET", f"{private_address(self._api)}/api{path}", params=query)

    def post(self, path: str, body: Mapping[str, Any]) -> Reply:
        """Let the API act. Errors: ``Unreachable``."""
        return self._ask("POST", f"{private_address(self._api)}/api{path}", json=dict(body))

    def ready(self) -> bool:
        """Say whether the bridge is recovered and takes orders."""
        try:
            return self._http.get(f"{private_address(self._api)}/readyz").status_code == 200
        except httpx.HTTPError:
            return False

    def alert(self, route: str, message: bytes) -> Reply:
        """Deliver an alert at a route's hook. Errors: ``Unreachable``, ``KeyError``."""
        token = self._hooks[route].tokens[0]
        address = f"{hook_base(self._door)}/hooks/{route}/{token}"
        headers = {"content-type": "application/json"}
        where = hook_base(self._door)
        return self._send("POST", address, where, headers=headers, content=message)

    def _ask(self, method: str, address: str, **parts: Any) -> Reply:
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        return self._send(method, address, private_address(self._api), headers=headers, **parts)

    def _send(self, method: str, address: str, where: str, **parts: Any) -> Reply:
        try:
            with self._http.stream(method, address, **parts) as reply:
                return Reply(reply.status_code, _value(_content(reply, where), reply, where))
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise NotThere(f"nobody listens at {where}") from None
        except httpx.TimeoutException:
            raise Unreachable(f"{where} gave no answer within {ANSWER_S:.0f} s") from None
        except httpx.HTTPError:
            raise Unreachable(f"the connection to {where} broke") from None


def _strongest(api: Api) -> str:
    known = sorted(api.tokens, key=lambda token: SCOPES.index(token.scope))
    return known[0].secret if known else ""


def _content(reply: httpx.Response, where: str) -> bytes:
    content = bytearray()
    for chunk in reply.iter_bytes():
        content += chunk
        if len(content) > ANSWER_BYTES_MAX:
            raise Unreachable(f"the answer of {where} is too large")
    return bytes(content)


def _value(content: bytes, reply: httpx.Response, where: str) -> Any:
    try:
        body = msgspec.json.decode(content)
    except msgspec.DecodeError:
        body = None
    if not isinstance(body, dict | list):
        status = f"HTTP {reply.status_code}"
        raise Unreachable(f"{where} answers with {status} and no JSON: is it another program?")
    return body
