"""A secret that is sent through every input is found nowhere afterwards."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.port import Trouble, TroubleKind
from core.orders import OrderEvent
from core.reports import Report
from core.store.memory import Disk
from tests.e2e.commands import bascule
from tests.e2e.storm import Bridge, asked, made
from tests.servers import Server, start_valkey
from tests.unit.bridge.parts import Switch, bridge, recorded
from tests.unit.bridge.venues import Scripted

PASSWORD = "canary-of-the-server-8mQ2"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """Start a server with a password."""
    running = start_valkey(tmp_path / "valkey", settings=("--requirepass", PASSWORD))
    yield running
    running.stop()


async def post(bridge: Bridge, path: str, body: bytes, *headers: str) -> int:
    """Send a message, over a connection of its own."""
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Connection: close", *headers]
    head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
    status, _ = await asked(bridge.config.door.port, head.encode("latin-1") + body)
    return status


def inputs(bridge: Bridge) -> list[tuple[str, bytes, str]]:
    """Return messages that carry each secret in every place, with and without escapes."""
    hook = "/" + bridge.hook.split("/", 3)[3]
    alert = {"strategy": "demo", "symbol": "BTCUSDT", "action": "buy", "effect": "open"}
    alert |= {"quantity": "0.001", "time": "2026-01-01T00:00:00Z"}
    sent: list[tuple[str, bytes, str]] = []
    for number, secret in enumerate(sorted(bridge.config.secrets())):
        escaped = "".join(f"\\u{ord(letter):04x}" for letter in secret)
        for field in (
            "comment",
            "id",
            "strategy",
            "symbol",
            "quantity",
            "token",
            "passphrase",
            secret,
        ):
            body = json.dumps({"id": f"c{number}-{field}", **alert, field: f"x{secret}y"})
            sent.append((hook, body.encode(), "X: y"))
            sent.append((hook, body.replace(secret, escaped).encode(), "X: y"))
        text = json.dumps({**alert, "id": f"d{number}"}).encode()
        sent += [
            (hook, f"buy {secret} now".encode(), "X: y"),
            (hook, f'{{"comment": "{secret}'.encode(), "X: y"),
            (hook, b"\xff" + secret.encode(), "X: y"),
            (f"{hook}?token={secret}", text, "X: y"),
            (hook, text + b" ", f"Authorization: Bearer {secret}"),
            (hook, text, f"X-Forwarded-For: {secret}"),
            (f"/hooks/{secret}", text, "X: y"),
            (f"/hooks/{secret}/{secret}", text, "X: y"),
            (f"/{secret}", text, f"Referer: {secret}"),
        ]
    return sent


def everything(folder: Path) -> dict[str, bytes]:
    """Read every file of a folder but the configuration, which has the secrets."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.name != "bascule.toml"]
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def leaks(found: dict[str, bytes], secrets: frozenset[str]) -> list[tuple[str, str]]:
    """Return where a secret stands, plain or with the escapes of JSON."""
    forms = {secret: secret.encode() for secret in secrets}
    forms |= {
        f"{secret} escaped": "".join(f"\\u{ord(letter):04x}" for letter in secret).encode()
        for secret in secrets
    }
    return [
        (name, form) for name, data in found.items() for form, what in forms.items() if what in data
    ]


@pytest.mark.e2e
@pytest.mark.redis
async def test_no_input_leaves_a_secret_behind(tmp_path: Path, server: Server) -> None:
    """Journal, log, emergency file, snapshot, index, export, status: none of them has one."""
    url = server.url.replace("redis://", f"redis://:{PASSWORD}@")
    bridge = made(tmp_path / "b", url)
    bridge.start()
    try:
        await bridge.ready()
        statuses = [await post(bridge, *one) for one in inputs(bridge)]
        server.kill()  # what comes now goes through the emergency file and the log of the failure
        away = [await post(bridge, *one) for one in inputs(bridge)[:20]]
        hook = "/" + bridge.hook.split("/", 3)[3]
        leaving = {"strategy": "demo", "symbol": "BTCUSDT", "action": "exit", "id": "out"}
        leaving |= {"time": "2026-01-01T00:00:00Z", "comment": f"by {PASSWORD}"}
        out = await post(bridge, hook, json.dumps(leaving).encode())
        emergency = everything(bridge.config.data)
        again = start_valkey(server.folder, port=server.port, settings=("--requirepass", PASSWORD))
        server.process, server.pid = again.process, again.pid
        await bridge.ready()
        await _durable(bridge)
        told = [bascule(*words, "-c", bridge.config.path) for words in _looks()]
        assert 0 == bridge.stop()
    except BaseException:
        bridge.kill()
        raise
    found = everything(tmp_path) | emergency
    found |= {f"command {n}": (done.out + done.err).encode() for n, done in enumerate(told)}

    assert {200, 400, 404, 422} <= set(statuses), set(statuses)
    assert 503 in away
    assert 200 == out
    assert b"signal_received" in found["emergency.log"]
    assert any(b"signal_unread" in data for name, data in found.items() if "valkey" in name)
    assert len(bridge.config.secrets()) >= 3
    assert [] == leaks(found, bridge.config.secrets())


def _looks() -> list[list[str]]:
    return [
        ["status", "--json"],
        ["signal", "list", "--json"],
        ["journal", "export"],
        ["check", "--json"],
        ["tv", "template"],
    ]


async def _durable(bridge: Bridge) -> None:
    token = bridge.config.api.tokens[0].secret
    request = (
        f"GET /api/status HTTP/1.0\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
    )
    for _ in range(400):
        status, body = await asked(bridge.config.api.port, request.encode())
        if status == 200 and json.loads(body)["store"]["available"]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the store did not come back")


async def test_a_venues_own_words_are_cleaned(tmp_path: Path) -> None:
    """An error and a report that repeat a key: the journal has the words without it."""
    disk = Disk()
    async with bridge(tmp_path, store=Switch(disk), made=Scripted) as running:
        secret = next(iter(running.config.secrets()))
        text = f"the key {secret} is not valid"
        running.venue.replies.append(Trouble(TroubleKind.REFUSED, "bad", text))
        refused = await running.admitted(running.signal())
        await running.is_in(refused.order, "rejected")
        order = await running.admitted(running.signal())
        report = Report(
            account="paper",
            order=order.order,
            event=OrderEvent.REJECTED,
            at_ns=running.runtime.clock.now(),
            reason=text,
            raw=f'{{"apiKey": "{secret}"}}',
        )
        running.venue.tell(report)
        await running.is_in(order.order, "rejected")
    told = repr(recorded(disk))

    assert "is not valid" in told
    assert secret not in told
