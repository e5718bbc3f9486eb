"""The door against senders that do not know how to ask: slow, large, broken, gone."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from bridge.http import door as doors
from core.store.memory import Disk
from tests.e2e.doors import house, said
from tests.unit.bridge.parts import Switch, until

pytestmark = pytest.mark.loopback

LARGE = b"x" * 70_000


@pytest.mark.parametrize("body", [LARGE, b"y" * 10_000_000], ids=["little", "much"])
async def test_a_large_message_is_413(tmp_path: Path, body: bytes) -> None:
    """By what it says of itself, or by what it sends without saying."""
    async with house(tmp_path) as there:
        told = await there.post(there.hook, LARGE)
        head = f"POST {there.hook} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"
        lied = await there.raw(head.encode() + b"{}")
        chunk = b"%x\r\n%s\r\n" % (len(body), body)
        unsaid = await there.raw(
            f"POST {there.hook} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            "Transfer-Encoding: chunked\r\n\r\n".encode()
            + chunk
            + b"0\r\n\r\n"
        )

    assert (413, "body_too_large") == (told.status, told.code)
    assert 413 == said(lied).status
    assert not unsaid or 413 == said(unsaid).status


async def test_a_slow_message_is_408(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Headers and no body, or half of it: the door does not wait for ever."""
    monkeypatch.setattr(doors, "BODY_WITHIN_S", 0.2)
    async with house(tmp_path) as there:
        head = f"POST {there.hook} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n"
        nothing = said(await there.raw(head.encode()))
        half = said(await there.raw(head.encode() + b'{"id": "'))
        fine = await there.post(there.hook, there.alert())

    assert [408, 408] == [nothing.status, half.status]
    assert 202 == fine.status


async def test_a_client_that_hangs_up_is_served_all_the_same(tmp_path: Path) -> None:
    """It goes away right after the last byte: the alert is admitted, the door goes on."""
    store = Switch(Disk())
    async with house(tmp_path, store=store) as there:
        store.gate.clear()
        body = there.alert()
        _, writer = await asyncio.open_connection("127.0.0.1", there.port)
        head = f"POST {there.hook} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await until(lambda: bool(there.bridge.state.signals))
        writer.transport.abort()
        store.gate.set()
        await until(lambda: bool(there.bridge.state.orders))
        again = await there.post(there.hook, body)

    assert "duplicate" == again.json["verdict"]


async def test_headers_have_an_end(tmp_path: Path) -> None:
    """A request whose headers never end is hung up on, long before it fills the memory."""
    async with house(tmp_path) as there:
        reader, writer = await asyncio.open_connection("127.0.0.1", there.port)
        writer.write(b"POST /hooks/demo HTTP/1.1\r\n")
        sent = 0
        while not reader.at_eof() and reader.exception() is None and sent < 64_000_000:
            writer.write(b"X: " + b"y" * 60_000 + b"\r\n")
            sent += 60_000
            await asyncio.sleep(0)
        answer = await _read(reader)
        writer.close()
        good = await there.post(there.hook, there.alert())

    assert (b"", 202) == (answer, good.status)
    assert sent < 64_000_000


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"POST /hooks/\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /hooks/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /hooks/%00%ff%fe%2e%2e HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
        b"Connection: close\r\n\r\n",
        b"POST http://elsewhere/hooks/demo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
        b"Connection: close\r\n\r\n",
        b"CONNECT hooks:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"POST /hooks/demo HTTP/1.0\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /hooks/demo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /hooks/demo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 9\r\n\r\n{",
        b"POST /hooks/demo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n\r\n",
    ],
)
async def test_broken_requests_are_turned_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    """Bytes that are no request, or no sane one: 4xx or nothing; the next sender is served."""
    monkeypatch.setattr(doors, "BODY_WITHIN_S", 0.2)
    async with house(tmp_path) as there:
        reader, writer = await asyncio.open_connection("127.0.0.1", there.port)
        writer.write(sent)
        writer.write_eof()
        answer = await _read(reader)
        writer.close()
        good = await there.post(there.hook, there.alert())

    assert not answer or 400 <= said(answer).status < 500
    assert 202 == good.status


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await asyncio.wait_for(reader.read(), 15)
    except ConnectionError:
        return b""


async def test_mangled_requests_are_answered_or_dropped(tmp_path: Path) -> None:
    """A good request with some bytes changed, cut or doubled, many times: 503 is the only 5xx."""
    chance = random.Random(7)
    async with house(tmp_path) as there:
        statuses: Counter[int] = Counter()
        for _ in range(150):
            body = there.alert()
            head = f"POST {there.hook} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            sent = bytearray(head.encode() + body)
            for _ in range(chance.randrange(1, 6)):
                at = chance.randrange(len(sent))
                piece = chance.choice([b"", b"\x00", b"\xff", b"\r\n", bytes(sent[at : at + 9])])
                sent[at : at + chance.randrange(4)] = piece
            reader, writer = await asyncio.open_connection("127.0.0.1", there.port)
            writer.write(sent)
            writer.write_eof()
            answer = await _read(reader)
            writer.close()
            statuses[said(answer).status if answer else 0] += 1
        good = await there.post(there.hook, there.alert())

    assert statuses.keys() <= {0, 200, 202, 400, 404, 408, 413, 422, 429, 503}, statuses
    assert 202 == good.status


async def test_a_defect_behind_the_door_is_503(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a 500: the sender comes again, and the next alert is served."""
    async with house(tmp_path) as there:

        def broken(*_parts: object) -> object:
            raise AssertionError("a defect")

        with monkeypatch.context() as patched:
            patched.setattr(there.door._reader, "read", broken)
            failed = await there.post(there.hook, there.alert())
        good = await there.post(there.hook, there.alert())

    assert (503, "door_failed", 202) == (failed.status, failed.code, good.status)


async def test_connections_that_ask_nothing_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No byte, or headers that do not end: the connection goes, so that nobody can use them up."""
    monkeypatch.setattr("bridge.http.idle.SILENT_S", 0.2)
    async with house(tmp_path) as there:
        silent, one = await asyncio.open_connection("127.0.0.1", there.port)
        slow, two = await asyncio.open_connection("127.0.0.1", there.port)
        two.write(b"POST /hooks/demo HTTP/1.1\r\nHost: ")
        ends = await asyncio.gather(_read(silent), _read(slow))
        one.close()
        two.close()
        good = await there.post(there.hook, there.alert())

    assert [b"", b""] == ends
    assert 202 == good.status
