"""No bytes make the door answer 5xx but 503, redirect, or tell a stranger anything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Generator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bridge.http.door import Door
from core.store.memory import Disk
from tests.unit.bridge.parts import Bridge, Switch, bridge

STATUSES: Final = {200, 202, 400, 404, 408, 413, 422, 429, 503}
"""All that the contract of the door knows."""

WORDS: Final = {
    "id": ["a", "", "x" * 300, None, 7, "é☃"],
    "strategy": ["demo", "other", "\x00", None],
    "symbol": ["BTCUSDT", "btcusdt", "{{ticker}}", "", None],
    "action": ["buy", "sell", "exit", "cancel", "BUY", "{{strategy.order.action}}", 1],
    "effect": ["open", "close", "auto", "both"],
    "quantity": ["0.001", "1e999999", "NaN", "-1", "0", "1,000", "0." + "0" * 400 + "1", 1e308],
    "quantity_unit": ["units", "quote", "equity_percent", ""],
    "order_type": ["market", "limit", "stop", "stop_limit", "none"],
    "price": ["60000", "0", "-0", "1e-400", "Infinity", "60000.05", None],
    "trigger": ["60000", "", "x"],
    "time": ["2026-01-01T00:00:00Z", "0", "99999999999999", "9" * 400, "now", -1],
    "position": ["long", "flat", "sideways"],
    "prev_position": ["long", "short"],
    "comment": ["fine", "<script>", "\ud800", "y" * 5000],
    "token": ["guess", "", 5, {}],
    "stop": ["59000", {"price": 1}],
}

fields = st.fixed_dictionaries(
    {},
    optional={
        name: st.one_of(st.sampled_from(values), st.text(max_size=20), st.floats(), st.none())
        for name, values in WORDS.items()
    },
)
bodies = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    fields.map(lambda alert: json.dumps(alert).encode()),
    fields.map(
        lambda alert: json.dumps(alert, ensure_ascii=False).encode("utf-16", "surrogatepass")
    ),
    st.integers(1, 40_000).map(lambda depth: b"[" * depth),
    st.integers(1, 30_000).map(lambda size: b'{"quantity": ' + b"9" * size + b"}"),
    fields.flatmap(
        lambda alert: st.integers(0, 400).map(lambda cut: json.dumps(alert).encode()[:cut])
    ),
)
paths = st.one_of(
    st.just("/hooks/demo/TOKEN"),
    st.text(max_size=80).map(lambda text: "/hooks/" + text),
    st.text(max_size=80),
)
names = st.binary(min_size=1, max_size=20)
headers = st.lists(
    st.tuples(
        st.one_of(st.sampled_from([b"content-length", b"x-forwarded-for", b"content-type"]), names),
        st.binary(max_size=40),
    ),
    max_size=5,
)


@dataclass
class Place:
    """A door before a bridge, on a loop that lives as long as the module's tests."""

    loop: asyncio.AbstractEventLoop
    bridge: Bridge
    door: Door

    def ask(
        self, path: str, chunks: list[bytes], *, method: str, headers: list[tuple[bytes, bytes]]
    ) -> tuple[dict[str, Any], bytes]:
        """Put one request through the application; return how it answered."""
        waiting = list(chunks) or [b""]
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            chunk = waiting.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path.replace("TOKEN", self.bridge.config.hooks["demo"].tokens[0]),
            "headers": headers,
            "client": ("192.0.2.1", 1),
        }
        self.loop.run_until_complete(self.door(scope, receive, send))
        assert 2 == len(sent)
        return sent[0], sent[1]["body"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Generator[Place]:
    """Run a bridge for all examples: what one of them breaks, the next one shows."""
    folder: Path = tmp_path_factory.mktemp("door")
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def begin() -> Bridge:
            return await stack.enter_async_context(bridge(folder, store=Switch(Disk())))

        running = runner.run(begin())
        door = Door(running.config)
        door.now, door.ask = running.runtime.clock.now, running.runtime.writer.ask
        yield Place(runner.get_loop(), running, door)
        assert not running.runtime.ended.is_set(), "some example ended the bridge"
        runner.run(stack.aclose())


def expect_answer(start: dict[str, Any], body: bytes) -> dict[str, Any]:
    """Expect an answer of the contract; return its JSON."""
    assert start["status"] in STATUSES, start
    heads = dict(start["headers"])
    assert b"location" not in heads
    assert str(len(body)).encode() == heads[b"content-length"]
    answer: dict[str, Any] = json.loads(body)
    assert {"signal", "verdict", "code", "sentence", "fix", "orders"} <= set(answer)
    return answer


@settings(max_examples=400)
@given(paths, bodies, headers, st.sampled_from(["POST", "POST", "POST", "GET", "HEAD", "PUT", "X"]))
@example("/hooks/demo/TOKEN", b"\xef\xbb\xbf{}", [], "POST")
@example("/hooks/demo/TOKEN", b'{"a":"\\ud800"}', [], "POST")
@example("/hooks/\ud800/\x00", b"", [(b"content-length", b"\xb2")], "POST")
@example("/hooks/demo/TOKEN", b"", [(b"content-length", b"9" * 5000)], "POST")
def test_no_bytes_break_it(
    place: Place, path: str, body: bytes, headers: list[tuple[bytes, bytes]], method: str
) -> None:
    """Whatever address, header and body: an answer of the contract, and the bridge goes on."""
    start, said = place.ask(path, [body], method=method, headers=headers)

    assert expect_answer(start, said)["verdict"]


@settings(max_examples=300)
@given(bodies, st.integers(1, 7))
def test_no_message_of_a_known_sender_breaks_it(place: Place, body: bytes, size: int) -> None:
    """In pieces of any size: read or refused with a code of the reference, never a defect."""
    chunks = [body[at : at + size * 40] for at in range(0, len(body), size * 40)]
    start, said = place.ask("/hooks/demo/TOKEN", chunks, method="POST", headers=[])
    answer = expect_answer(start, said)

    assert "answer_unknown" != answer["code"]
    assert "defect" not in answer["sentence"]
    assert start["status"] != 503, answer


@settings(max_examples=200)
@given(paths.filter(lambda path: "TOKEN" not in path), bodies)
def test_a_stranger_always_gets_the_same(place: Place, path: str, body: bytes) -> None:
    """404 or, for who asks too often, 429: nothing in it depends on what was sent."""
    start, said = place.ask(path, [body], method="POST", headers=[])
    again, same = place.ask("/nowhere", [b""], method="POST", headers=[])

    assert start["status"] in (404, 429)
    assert start["status"] != again["status"] or (start, said) == (again, same)
