"""One instance of ccxt.pro for one account, with our hooks: what it sends, hears and loses is seen.

Rules of this file
1. ccxt never repeats anything, waits for nothing of its own accord, and opens no session: the way
   to the venue is ours (``wire``).
2. Keys are asked for at every opening. A new instance takes new keys; what is under way on the old
   one ends there, and the markets are handed over.
3. A switch to a sandbox that fails is the end: nothing is sent.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

from adapters.ccxt import library, listings, wire
from adapters.ccxt.codes import words
from adapters.ccxt.profile import Clock, Profile
from adapters.ccxt.redaction import redacted
from adapters.ccxt.requests import Answer, Request, Requests, Trail
from adapters.ccxt.settings import CcxtSettings, Keys
from adapters.ccxt.signin import SIGN_INS

_READING: Final = ("GET", "HEAD", "OPTIONS")
"""Methods that place nothing at any venue."""

UP: Final = "up"
DOWN: Final = "down"


class SandboxFailed(Exception):
    """The venue could not be switched away from real money."""


class Client:
    """The instance of ccxt of one account. Used on one event loop.

    ``on_frame(url, message)``: every frame of a stream, decoded, before ccxt sees it.
    ``on_stream(url, state, reason)``: a stream came up or went down; ccxt may say the latter
    twice.
    ``on_answer(answer)``: every whole answer to a REST call.
    """

    def __init__(
        self,
        profile: Profile,
        settings: CcxtSettings,
        *,
        now: Callable[[], int] = time.time_ns,
        on_frame: Callable[[str, Any], None] | None = None,
        on_stream: Callable[[str, str, str], None] | None = None,
        on_answer: Callable[[Answer], None] | None = None,
    ) -> None:
        self.profile, self.settings, self.now = profile, settings, now
        self.on_frame, self.on_stream, self.on_answer = on_frame, on_stream, on_answer
        self.requests = Requests()
        self.exchange: Any = None
        """The instance of ccxt: ask it through ``trail``. Another one after ``open`` again."""
        self._keys = Keys()
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Take the keys as they are now, and make a fresh instance."""
        old, self._keys = self.exchange, self.settings.keys()
        if self._session is None:
            hosts = self.profile.hosts
            self._session = wire.session(self.settings.local, hosts, self.settings.venue)
        self.exchange = instance(self, self._session, self._keys)
        if old is not None:
            if old.markets:
                self.exchange.set_markets_from_exchange(old)
            if "timeDifference" in old.options:  # measured, and the same under other keys
                self.exchange.options["timeDifference"] = old.options["timeDifference"]
            await old.close()

    async def close(self) -> None:
        """Let go of everything. A second call does nothing."""
        exchange, self.exchange = self.exchange, None
        session, self._session = self._session, None
        if exchange is not None:
            await exchange.close()
        if session is not None:
            await session.close()

    async def refresh_keys(self) -> bool:
        """Take the keys anew if they are others now; say whether they were. Streams come up again
        under the new ones."""
        changed = self.settings.keys() != self._keys
        if changed:
            await self.open()
        return changed

    async def load_markets(self, *, fresh: bool = False) -> None:
        """Know the venue's markets, without holding up the event loop. ``fresh``: ask the venue,
        whatever lies on disk."""
        known = await listings.loaded(self.profile, self.settings, Client, fresh=fresh)
        if self.exchange is not None:
            self.exchange.set_markets_from_exchange(known)

    async def measure_clock(self) -> int:
        """Return by how many nanoseconds the venue's clock is ahead of ours, and let requests be
        stamped with the venue's time where it judges them by it. Half the way there and back is
        taken off, which ccxt's own measure leaves in."""
        before = self.now()
        venue_ms = int(await self.exchange.fetch_time())
        ahead_ns = venue_ms * 1_000_000 - (before + self.now()) // 2
        if self.profile.clock is Clock.WINDOW:
            self.exchange.options["timeDifference"] = -ahead_ns // 1_000_000
        return ahead_ns

    def trail(self, phase: str) -> Trail:
        """Return a context: every request of this task inside it is known to serve this phase."""
        return Trail(phase)

    def redact(self, text: str) -> str:
        """Return a text of the venue or of ccxt without our secrets."""
        return redacted(text, self._keys.secrets)

    # --- what the hooks of the instance call ----------------------------------------------------

    def began(self, method: str, url: str) -> Request:
        """Note a request before anything of it is done."""
        parts = urlsplit(url)
        reads = method in _READING or parts.path.rstrip("/") in self.profile.reads
        return self.requests.begin(
            Request("", method, parts.hostname or "", parts.path, not reads, at_ns=self.now())
        )

    def answered(self, status: int, headers: Mapping[str, str], text: str) -> None:
        """Note a whole answer."""
        request = wire.UNDER_WAY.get()
        if request is None:
            return
        answer = Answer(request, status, {k.lower(): v for k, v in headers.items()}, text)
        self.requests.answered(answer)
        if self.on_answer is not None:
            self.on_answer(answer)

    def heard(self, url: str, message: Any) -> None:
        """Hand a frame on."""
        if self.on_frame is not None:
            self.on_frame(url, message)

    def streamed(self, url: str, state: str, reason: str) -> None:
        """Say that a stream came up or went down."""
        if self.on_stream is not None:
            self.on_stream(url, state, self.redact(reason))


def instance(client: Client, session: aiohttp.ClientSession, keys: Keys) -> Any:
    """Make an instance of ccxt.pro for one account, in the mode that its settings name."""
    profile, settings = client.profile, client.settings
    options: dict[str, Any] = {
        **profile.options,
        "maxRetriesOnFailure": 0,
        "recvWindow": settings.recv_window_ms,
        "ws": {"keepAlive": settings.keep_alive_ms or profile.keep_alive_ms},
    }
    made = _class_of(profile)(
        {
            "apiKey": keys.api_key,
            "secret": keys.secret,
            "password": keys.password,
            "walletAddress": keys.wallet,
            "privateKey": keys.private_key,
            "session": session,
            "ssl_context": wire.tls(settings.local),
            "asyncio_loop": asyncio.get_running_loop(),
            "timeout": settings.timeout_ms,
            "timeout_on_exit": 0,
            "enableRateLimit": False,
            "number": str,
            "options": options,
            "has": {"fetchCurrencies": False, **profile.has},
        }
    )
    made.bascule = client
    _switch(made, settings)
    return made


def _switch(made: Any, settings: CcxtSettings) -> None:
    """Lead an instance away from real money where the account says so, or let nothing pass."""
    if not settings.sandbox:
        return
    before = str(made.urls["api"]), dict(made.headers)
    name = made.bascule.profile.sandbox.get(settings.sandbox)
    why = "the venue has none"
    if name is not None:
        try:
            getattr(made, name)(True)
        except (TypeError, KeyError, AttributeError, library.errors.BaseError) as error:
            why = f"{type(error).__name__}: {error}"
        else:
            if (str(made.urls["api"]), dict(made.headers)) != before:
                return
            why = "its addresses stayed those of real money"
    made.session = None
    where, mode = settings.venue, settings.sandbox
    raise SandboxFailed(words("ccxt_sandbox_failed", value=why, limit=mode, where=where))


def _class_of(profile: Profile) -> type[Any]:
    """Make the class of a venue with our hooks. ccxt looks at the name of a class: it stays."""
    base = getattr(library.venues, profile.venue)
    silenced = dict.fromkeys(profile.silenced, _nothing)
    sign_in = SIGN_INS.get(profile.venue)
    bases = (_Hooks, base) if sign_in is None else (_Hooks, sign_in, base)
    return type(base.__name__, bases, silenced)


async def _nothing(*_arguments: object, **_named: object) -> None:
    """Do nothing, in the place of something that nobody asked for."""


class _Hooks:
    """What we hear of an instance. Everything goes on to ccxt unchanged."""

    bascule: Client

    async def fetch(
        self, url: str, method: str = "GET", headers: Any = None, body: Any = None
    ) -> Any:
        """Send one request, seen by us from before its first byte to its end."""
        request = self.bascule.began(method, url)
        token = wire.UNDER_WAY.set(request)
        started = time.perf_counter_ns()
        whole = False
        try:
            answer = await super().fetch(url, method, headers, body)  # type: ignore[misc]
            whole = True
        finally:
            request.took_ns = time.perf_counter_ns() - started
            error = None if whole else sys.exc_info()[0]
            request.error = "" if error is None else error.__name__
            wire.UNDER_WAY.reset(token)
        return answer

    def prepare_request_headers(self, headers: Any = None) -> Any:
        """Leave out the headers by which ccxt names itself or a partner."""
        tags = {one.lower() for one in self.bascule.profile.tags}
        ready = super().prepare_request_headers(headers)  # type: ignore[misc]
        return {name: one for name, one in ready.items() if name.lower() not in tags}

    def on_json_response(self, text: str) -> Any:
        """Keep numbers with a fraction as the text that they came as: a venue's price is never a
        float."""
        return json.loads(text, parse_float=str)

    def on_rest_response(self, code: int, reason: str, *rest: Any) -> Any:
        """Hear a whole answer, before ccxt makes anything of it."""
        _url, _method, headers, text = rest[:4]
        self.bascule.answered(code, headers, text)
        return super().on_rest_response(code, reason, *rest)  # type: ignore[misc]

    def handle_message(self, client: Any, message: Any) -> Any:
        """Hear a frame of a stream, before ccxt makes anything of it."""
        self.bascule.heard(client.url, message)
        return super().handle_message(client, message)  # type: ignore[misc]

    def on_connected(self, client: Any, message: Any = None) -> Any:
        """Hear that a stream is up."""
        self.bascule.streamed(client.url, UP, "")
        return super().on_connected(client, message)  # type: ignore[misc]

    def on_error(self, client: Any, error: Any) -> Any:
        """Hear that a stream failed."""
        self.bascule.streamed(client.url, DOWN, str(error))
        return super().on_error(client, error)  # type: ignore[misc]

    def on_close(self, client: Any, error: Any) -> Any:
        """Hear that a stream was closed."""
        self.bascule.streamed(client.url, DOWN, str(error))
        return super().on_close(client, error)  # type: ignore[misc]
