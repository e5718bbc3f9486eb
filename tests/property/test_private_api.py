"""No request makes the private listener fail: pages and API answer, or refuse with a code.

Rules of this file
1. Every address of the application is asked, found in the application itself; only the stream that
   never ends is left out.
2. What an act is asked with is made of its own fields, also found there: a new one is fuzzed by
   itself.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import pkgutil
from collections.abc import Generator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec
import pytest
from fastapi.routing import APIRoute
from hypothesis import given, settings
from hypothesis import strategies as st

import bridge.http
from bridge.codes import CODES
from tests.unit.http.room import Room, room

ENDLESS: Final = {"/live"}
"""The live stream answers for as long as somebody listens; its own tests end it."""


def kinds() -> Iterator[tuple[str, ...]]:
    """Find what acts are asked with: the names of the fields of each."""
    for found in pkgutil.iter_modules(bridge.http.__path__, "bridge.http."):
        for value in vars(importlib.import_module(found.name)).values():
            is_kind = isinstance(value, type) and issubclass(value, msgspec.Struct)
            if is_kind and value.__struct_config__.forbid_unknown_fields:
                yield value.__struct_fields__


KINDS: Final = sorted(set(kinds()))

WORDS: Final = st.sampled_from(
    [
        *("", "demo", "paper", "BTCUSDT", "global", "account:paper", "strategy:demo", "nobody"),
        *("ours", "all", "filled", "not_placed", "balance", "equity", "deposit", "withdrawal"),
        *("quantity_max", "value_max", "daily_loss_max", "order", "1", "0", "-1", "0.001", "NaN"),
        *("Infinity", "1e999999", "9" * 400, "1,5", "\x00", "\ud800", "é☃", "<script>", "x" * 5000),
        *("2026", "9999999999", "alive", "csv", "json", "a=b", "%", "../..", "{{close}}"),
    ]
)
VALUES: Final = st.one_of(
    *(WORDS, st.text(max_size=20), st.booleans(), st.none(), st.integers(), st.floats()),
    st.lists(WORDS, max_size=2),
    st.dictionaries(WORDS, WORDS, max_size=2),
)
QUERY_NAMES: Final = st.sampled_from(
    ["limit", "state", "year", "format", "account", "strategy", "signal", "order", "next", "q", ""]
)


@st.composite
def asks(draw: st.DrawFn) -> dict[str, Any]:
    """Make what an act is asked with: some fields of one, and perhaps one that is nobody's."""
    names = list(draw(st.sampled_from(KINDS)))
    chosen = draw(st.lists(st.sampled_from([*names, "confirm", "other"]), unique=True))
    return {name: draw(VALUES) for name in (chosen if draw(st.booleans()) else names)}


def written(asked: dict[str, Any]) -> bytes:
    """Write an act as JSON."""
    return json.dumps(asked).encode()


def formed(asked: dict[str, Any]) -> bytes:
    """Write an act as a form."""
    pairs = {str(name): str(value) for name, value in asked.items()}
    return urlencode(pairs, errors="surrogatepass").encode()


BODIES: Final = st.one_of(
    *(asks().map(written), asks().map(written), asks().map(formed), asks().map(formed)),
    st.binary(max_size=200),
    st.integers(1, 15_000).map(lambda depth: b"[" * depth),
    st.integers(1, 15_000).map(lambda depth: b'{"reason":' * (depth // 10)),
    st.just(b"x" * 20_000),
)
TYPES: Final = st.sampled_from(
    [
        *(b"application/json", b"application/x-www-form-urlencoded", b"text/plain", b""),
        *(b"multipart/form-data; boundary=x", b"multipart/form-data", b"\xff"),
    ]
)
HEADERS: Final = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *(b"accept", b"cookie", b"origin", b"sec-fetch-site", b"last-event-id"),
                *(b"content-length", b"x-forwarded-for", b"if-none-match", b"range", b"referer"),
            ]
        ),
        st.binary(max_size=30),
    ),
    max_size=3,
)


@dataclass
class Place:
    """A private listener that runs for all examples. ``names``: of a signal and of its order."""

    loop: asyncio.AbstractEventLoop = field(repr=False)
    room: Room = field(repr=False)
    names: tuple[str, ...]

    @property
    def addresses(self) -> list[tuple[str, str]]:
        """List every method and address of the application."""
        found = [one for one in self.room.app.routes if isinstance(one, APIRoute)]
        return sorted(
            (method, one.path)
            for one in found
            for method in one.methods or ()
            if one.path not in ENDLESS
        )

    def ask(
        self, method: str, path: str, query: bytes, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> tuple[int, dict[bytes, bytes], bytes]:
        """Put one request through the application. What it does not catch is raised here."""
        waiting, sent = [{"type": "http.request", "body": body, "more_body": False}], []

        async def receive() -> dict[str, Any]:
            return waiting.pop() if waiting else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "method": method,
            "path": path,
            "raw_path": quote(path, errors="surrogatepass").encode(),
            "root_path": "",
            "query_string": query,
            "headers": [(b"host", f"127.0.0.1:{self.room.config.api.port}".encode()), *headers],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", self.room.config.api.port),
        }
        self.loop.run_until_complete(self.room.app(scope, receive, send))
        said = b"".join(one.get("body", b"") for one in sent[1:])
        return sent[0]["status"], dict(sent[0]["headers"]), said


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    """Run a bridge for all examples: what one of them breaks, the next one shows. Every module is
    there before: what is made up is made of the constants of all that are imported."""
    for module in pkgutil.walk_packages(bridge.__path__, "bridge."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    folder: Path = tmp_path_factory.mktemp("private") / "bridge"
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def begin() -> tuple[Room, tuple[str, ...]]:
            made = await stack.enter_async_context(room(folder))
            answer = await made.send()
            return made, (answer.signal, *answer.orders)

        made, names = runner.run(begin())
        yield Place(runner.get_loop(), made, names)
        assert not made.runtime.ended.is_set(), "some example ended the bridge"
        runner.run(stack.aclose())


def expect_answer(status: int, headers: dict[bytes, bytes], body: bytes) -> None:
    """Expect an answer of ours: no 5xx but 503, and a code where it is a refusal."""
    assert status < 500 or status == 503, (status, body[:300])
    if status >= 400 and headers.get(b"content-type", b"").startswith(b"application/json"):
        answer = json.loads(body)
        assert answer["code"] in CODES
        assert answer["sentence"] and answer["fix"]
        assert "answer_unknown" != answer["code"]


@settings(max_examples=400)
@given(
    data=st.data(),
    body=BODIES,
    kind=TYPES,
    query=st.dictionaries(QUERY_NAMES, WORDS, max_size=2),
    more=HEADERS,
)
def test_no_request_breaks_it(
    place: Place,
    data: st.DataObject,
    body: bytes,
    kind: bytes,
    query: dict[str, str],
    more: list[tuple[bytes, bytes]],
) -> None:
    """Who may do everything asks for anything, in any words: answered, and the bridge goes on."""
    method, path = data.draw(st.sampled_from(place.addresses))
    known = st.sampled_from([*place.names, "bascule.css", "icon.svg"])
    name = data.draw(st.one_of(known, WORDS, st.text(max_size=40)))
    path = path.replace("{name}", name)
    headers = [
        (b"authorization", f"Bearer {place.room.operator}".encode()),
        (b"content-type", kind),
        *more,
    ]
    asked = urlencode(query, errors="surrogatepass").encode()
    expect_answer(*place.ask(method, path, asked, headers, body if method != "GET" else b""))


@settings(max_examples=150)
@given(
    data=st.data(),
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "X"]),
    path=st.text(max_size=40),
    query=st.binary(max_size=40),
    more=HEADERS,
    token=st.binary(max_size=40),
)
def test_a_stranger_gets_nothing(
    place: Place,
    data: st.DataObject,
    method: str,
    path: str,
    query: bytes,
    more: list[tuple[bytes, bytes]],
    token: bytes,
) -> None:
    """Without a token that is ours: no page, no row, and no failure, at addresses of any form."""
    known = data.draw(st.sampled_from(place.addresses))[1].replace("{name}", place.names[0])
    path = data.draw(st.sampled_from([known, "/" + path]))
    headers = [(b"authorization", b"Bearer " + token), *more]
    status, said, body = place.ask(method, path, query, headers, b"")

    expect_answer(status, said, body)
    assert not any(name.encode() in body for name in place.names)


@pytest.mark.parametrize("path", ["/", "/api/status", "/login", "/nothing"])
def test_an_address_in_raw_bytes_is_refused(place: Place, path: str) -> None:
    """A query that is no text is refused with a code, before anything reads it."""
    status, _, body = place.ask("GET", path, b"q=\x80", [], b"")

    assert (422, "ask_invalid") == (status, json.loads(body)["code"])


def test_every_kind_of_act_is_asked() -> None:
    """The acts were found: their fields are known by name."""
    fields = {name for names in KINDS for name in names}

    assert {"reason", "scope", "confirm", "outcome", "quantity", "account", "message"} <= fields
