"""Who may: named tokens with scopes for the API, sessions for the pages.

Rules of this file
1. Tokens are compared in constant time, all of them, whatever was found. None is ever in an
   address.
2. A cookie proves nothing about where a request comes from: whoever changes something by it shows
   the session's own token besides, and comes from one of our pages.
3. Sessions are in memory, bounded, and over after a while; a restart of the bridge ends them all.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request

from bridge.config.values import Config, Token
from bridge.http.refusal import Refusal
from core.admit import is_token

SCOPES: Final = ("read", "halt", "operate")
"""From the smallest to the largest; each includes those before it."""

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""The names of this machine, as a browser writes them."""

SESSIONS_MAX: Final = 64
"""Logins at a time: one bridge is looked at by a handful of people; the oldest is ended for a new
one."""

SESSION_LIFE_NS: Final = 12 * 3600 * 1_000_000_000
"""A login lasts a working day."""

FAILED_LOGINS_MAX: Final = 10
"""Wrong tokens typed in a minute: more than a person does, far too few to guess 144 bits."""

FIELDS_MAX: Final = 16
"""Fields of a form; the largest of ours has four."""

TOKEN_LENGTH_MAX: Final = 512
"""Characters looked at of what is presented as a token; the configuration allows 128."""

_MINUTE_NS: Final = 60 * 1_000_000_000


@dataclass(slots=True)
class Session:
    """One login. ``csrf`` proves that a form was made for it; ``said`` is shown on the next page,
    once."""

    name: str
    scope: str
    csrf: str
    expires_ns: int
    said: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request. ``session`` is ``None`` for a bearer token."""

    name: str
    scope: str
    session: Session | None = None

    def may(self, scope: str) -> bool:
        """Say whether this caller's scope includes another."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


class Sessions:
    """Logins, found by the hash of what is in the cookie."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._rows: dict[bytes, Session] = {}
        self._minute = 0
        self._failed = 0

    def open(self, token: Token) -> str:
        """Begin a session and return what its cookie carries."""
        now = self._now()
        for key in [key for key, row in self._rows.items() if row.expires_ns <= now]:
            del self._rows[key]
        while len(self._rows) >= SESSIONS_MAX:
            del self._rows[next(iter(self._rows))]
        name = secrets.token_urlsafe(32)
        self._rows[_digest(name)] = Session(
            token.name, token.scope, secrets.token_urlsafe(32), now + SESSION_LIFE_NS
        )
        return name

    def find(self, name: str) -> Session | None:
        """Return a session that is not over."""
        row = self._rows.get(_digest(name))
        return row if row is not None and row.expires_ns > self._now() else None

    def close(self, name: str) -> None:
        """End a session. A second call does nothing."""
        self._rows.pop(_digest(name), None)

    def failed(self) -> int:
        """Return how many logins failed in this minute."""
        minute = self._now() // _MINUTE_NS
        if minute != self._minute:
            self._minute, self._failed = minute, 0
        return self._failed

    def fail(self) -> None:
        """Count a login that failed."""
        self._failed = self.failed() + 1


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()


class Gate:
    """What stands before every address of the private listener."""

    def __init__(self, config: Config, now: Callable[[], int]) -> None:
        self._tokens = config.api.tokens
        self.sessions = Sessions(now)
        # Cookies do not know ports: two bridges on one machine must not end each other's logins.
        self.cookie = f"bascule_{config.api.port}"

    def token_of(self, presented: str) -> Token | None:
        """Find the token that was presented."""
        found: Token | None = None
        for token in self._tokens:
            if is_token(presented[:TOKEN_LENGTH_MAX], (token.secret,)):
                found = token
        return found

    def caller_of(self, request: Request) -> Caller | None:
        """Say who makes a request: by bearer token if it carries one, else by session."""
        header = request.headers.get("authorization")
        if header is not None:
            kind, _, presented = header.partition(" ")
            token = self.token_of(presented.strip()) if kind.lower() == "bearer" else None
            return None if token is None else Caller(token.name, token.scope)
        session = self.session_of(request)
        return None if session is None else Caller(session.name, session.scope, session)

    def session_of(self, request: Request) -> Session | None:
        """Return the session of a request's cookie."""
        name = request.cookies.get(self.cookie)
        return None if name is None else self.sessions.find(name)

    def needs(self, scope: str) -> Callable[[Request], Awaitable[None]]:
        """Make the dependency that lets a request pass when its caller has a scope."""

        async def pass_or_refuse(request: Request) -> None:
            caller = self.caller_of(request)
            if caller is None:
                bearer = "authorization" in request.headers or is_machine(request)
                raise Refusal("token_wrong" if bearer else "login_needed")
            if request.method not in ("GET", "HEAD") and caller.session is not None:
                must_be_ours(request)
                await _must_know(request, caller.session)
            if not caller.may(scope):
                raise Refusal("scope_too_small", value=caller.name, limit=scope)
            request.state.caller = caller

        return pass_or_refuse


def is_machine(request: Request) -> bool:
    """Say whether an address answers with JSON rather than with a page."""
    return request.url.path.startswith(("/api", "/live", "/fragment", "/healthz", "/readyz"))


def must_be_ours(request: Request) -> None:
    """Refuse a request that a page of somebody else makes.

    Our own forms arrive with ``Origin: null``, because our pages name no referrer; then the
    browser's own word on where the request comes from counts. It gives it on loopback and over
    https.
    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site")
    host = request.headers.get("host", "")
    if origin in (f"http://{host}", f"https://{host}") and site in (None, "same-origin"):
        return
    if origin in (None, "null") and site == "same-origin":
        return
    raise Refusal("origin_wrong", value=origin or "an unnamed place")


async def form_of(request: Request) -> dict[str, str]:
    """Read a form. The first of several values counts; a broken one is empty."""
    try:
        body = (await request.body()).decode("utf-8")
        fields = parse_qs(body, keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


async def _must_know(request: Request, session: Session) -> None:
    presented = request.headers.get("x-csrf-token")
    if presented is None:
        presented = (await form_of(request)).get("csrf", "")
    known = hmac.compare_digest(presented.encode("utf-8", "surrogatepass"), session.csrf.encode())
    if not known:
        raise Refusal("csrf_wrong")


def host_names(hosts: Iterable[str]) -> frozenset[str]:
    """Return the names under which pages may be asked for, without ports."""
    return LOOPBACK | {host.lower() for host in hosts}
