"""A connection whose answers leave whole: what is sent at once, and what waits."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from uvicorn.server import ServerState

from bridge.http.servers import _server
from bridge.http.whole import Whole

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"
STREAM = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
LENGTH = (b"content-length", b"2")


class Wire(asyncio.Transport):
    """A connection that keeps what was sent, packet by packet."""

    def __init__(self) -> None:
        super().__init__()
        self.packets: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        """Keep a packet; nothing makes none."""
        if data:
            self.packets.append(bytes(data))

    def is_closing(self) -> bool:
        """Say whether it was closed."""
        return self.closed

    def close(self) -> None:
        """Note the end."""
        self.closed = True

    def resume_reading(self) -> None:
        """Go on: it never paused."""


def answered(request: bytes, *parts: bytes, length: bool = True) -> list[list[bytes]]:
    """Serve one request with an answer in parts; return the packets that were out after each."""
    wire, seen, done = Wire(), list[list[bytes]](), asyncio.Event()

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [LENGTH] if length else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for part in parts:
            seen.append(list(wire.packets))
            more = part is not parts[-1]
            await send({"type": "http.response.body", "body": part, "more_body": more})
        seen.append(list(wire.packets))
        done.set()

    async def main() -> None:
        config = _server(app).config
        config.load()
        made: Any = config.http_protocol_class
        protocol = made(config=config, server_state=ServerState(), app_state={})
        protocol.connection_made(wire)
        protocol.data_received(request)
        await done.wait()
        protocol.connection_lost(None)

    asyncio.run(main())
    return seen


def test_an_answer_leaves_in_one_packet() -> None:
    """Head and body cost one call into the system, not two."""
    before, after = answered(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", b"ok")
    assert before == []
    assert [packet[-6:] for packet in after] == [b"\r\n\r\nok"]


def test_a_stream_begins_at_once() -> None:
    """A head without a length waits for nothing: a page's stream may be silent for long."""
    first, second, last = answered(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", b"a", b"b", length=False)
    assert [packet[:8] for packet in first] == [b"HTTP/1.1"]
    assert second[1:] == [b"1\r\na\r\n"]
    assert b"".join(last[2:]) == b"1\r\nb\r\n0\r\n\r\n"


def test_an_answer_to_head_leaves_without_its_body() -> None:
    """The end of an answer sends a head that no body follows."""
    _, after = answered(b"HEAD / HTTP/1.1\r\nhost: x\r\n\r\n", b"ok")
    assert b"".join(after).endswith(b"content-length: 2\r\n\r\n")


@pytest.mark.parametrize("end", ["flush", "close"])
def test_nothing_stays_behind(end: str) -> None:
    """The end of an answer and of a connection send what waits, once."""
    wire = Wire()
    whole = Whole(wire)
    whole.write(HEAD)
    assert wire.packets == []
    getattr(whole, end)()
    whole.flush()
    assert wire.packets == [HEAD]
    assert wire.closed == (end == "close")


def test_only_a_head_waits() -> None:
    """Everything else is sent as it comes, in its order."""
    wire = Wire()
    whole = Whole(wire)
    for data in (STREAM, b"one", HEAD, b"ok", HEAD, b""):
        whole.write(data)
    assert wire.packets == [STREAM, b"one", HEAD + b"ok", HEAD]
