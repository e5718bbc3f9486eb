"""The front doors of the documentation, as they stand there, before a real bridge."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import pytest

from bridge.cli.child import Child
from bridge.config import Config, load
from bridge.doctor.front import visit
from bridge.doctor.knock import Heard, Missed
from tests.e2e.commands import Place, place, running
from tests.e2e.fronts import NAME, Front, front, sender
from tests.parts import FRONTS
from tests.servers import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.fronts, pytest.mark.ccxt]
# the extra ccxt brings what makes the certificates

CERTIFICATE: Final = "X-Client-Certificate"
"""The header in which both files pass the sender's certificate on."""


@dataclass(frozen=True)
class House:
    """A bridge, its front door, and the way of an alert through both."""

    bridge: Place
    child: Child
    door: Front

    @property
    def hook(self) -> str:
        """Return the path of the hook."""
        return f"/hooks/demo/{self.bridge.config.hooks['demo'].tokens[0]}"

    def send(self, body: bytes, path: str = "") -> Heard | Missed:
        """Deliver an alert from outside."""
        return self.door.means.knocker.knock(self.door.place, "POST", path or self.hook, body)


def alert(name: str) -> bytes:
    """Write an alert that is admitted."""
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    said = {"id": name, "time": at, "strategy": "demo", "symbol": "BTCUSDT", "action": "buy"}
    return json.dumps({**said, "quantity": "0.001"}).encode()


def heard(answer: Heard | Missed) -> tuple[int, Any]:
    """Read an answer of the bridge."""
    assert isinstance(answer, Heard), answer
    return answer.status, json.loads(answer.body)


@pytest.fixture(scope="module", params=FRONTS)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Generator[House]:
    """Run a bridge that believes its proxy, and the front door before it."""
    folder = tmp_path_factory.mktemp(request.param)
    made = place(folder / "b")
    text = made.file.read_text(encoding="utf-8")
    trusting = f'[door]\ntrusted_proxies = ["127.0.0.1"]\npublic_url = "https://{NAME}"\n'
    made.file.write_text(text.replace("[door]\n", trusting), encoding="utf-8")
    config = load(made.file, {})
    assert isinstance(config, Config)
    there = Place(made.file, config, made.made)
    with running(there) as child, front(request.param, folder, config.door.port) as door:
        yield House(there, child, door)


def test_an_alert_comes_through(house: House) -> None:
    """Admitted, and the same again is a duplicate: nothing was changed on its way."""
    body = alert("through")
    first, again = heard(house.send(body)), heard(house.send(body))

    assert (202, "admitted") == (first[0], first[1]["verdict"])
    assert (200, "duplicate") == (again[0], again[1]["verdict"])


def test_the_doctor_calls_it_good(house: House) -> None:
    """Nothing but the hooks answers, nothing redirects, and port 80 neither serves nor leads on."""
    rows = visit(house.door.url, "demo", house.door.means)

    assert ["ok"] * 3 == [one.status for one in rows], rows


@pytest.mark.parametrize("tls", [True, False])
@pytest.mark.parametrize("path", ["", "/", "/hooks", "/hooks/", "/hooks/demo", "//hooks/demo/x"])
def test_nothing_is_led_elsewhere(house: House, path: str, *, tls: bool) -> None:
    """No redirect on any path and scheme, with a slash or without."""
    at = house.door.place if tls else replace(house.door.place, tls=False, port=80)
    for method in ("GET", "POST"):
        answer = house.door.means.knocker.knock(at, method, path or house.hook, b"{}")
        assert isinstance(answer, Missed) or not 300 <= answer.status < 400


def test_what_is_too_large_does_not_come_again(house: House) -> None:
    """413, which TradingView does not repeat; what the bridge takes at most still passes."""
    largest = b'{"id": "' + b"x" * (64 * 1024 - 10) + b'"}'
    answer = house.send(largest)

    assert 64 * 1024 == len(largest)
    assert 400 <= heard(answer)[0] < 500
    assert "body_too_large" != heard(answer)[1]["code"]
    over = [house.send(largest + b" ") for _ in range(20)]
    assert all(isinstance(one, Missed) or 413 == one.status for one in over)


def test_the_sender_is_told_by_the_front(house: House) -> None:
    """Guesses are counted by who really sends: what a sender writes itself is not believed."""
    first = [_guess(house.door, "127.0.0.2", f"198.51.100.{n}") for n in range(62)]
    other = _guess(house.door, "127.0.0.3", "127.0.0.2")

    assert [404] * 60 + [429] * 2 == first
    assert 404 == other


def _guess(door: Front, source: str, said: str) -> int:
    """Guess at a token from an address of this machine, with a sender written by hand."""
    return _sent(door, f"X-Forwarded-For: {said}", source=source)


def _sent(
    door: Front, header: str, *, source: str = "", context: ssl.SSLContext | None = None
) -> int:
    """Send an alert with a header of one's own; return the status."""
    context = context or door.means.knocker.context
    line = socket.create_connection(("127.0.0.1", door.port), 10, (source, 0) if source else None)
    with line, context.wrap_socket(line, server_hostname=NAME) as secured:
        lines = ["POST /hooks/demo/guess HTTP/1.1", f"Host: {NAME}", header, "Connection: close"]
        secured.sendall("\r\n".join([*lines, "Content-Length: 2", "", "{}"]).encode())
        return int(secured.recv(64).split(b" ")[1])


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="only POSIX can freeze a process")
def test_a_frozen_bridge_is_503(house: House) -> None:
    """It takes the connection and says nothing: 503 before TradingView gives up, never 504."""
    process = house.child._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    try:
        answer = house.send(alert("frozen"))
    finally:
        os.kill(process.pid, signal.SIGCONT)
    again = house.send(alert("thawed"))

    assert isinstance(answer, Heard)
    assert 503 == answer.status
    assert 202 == heard(again)[0]


@pytest.mark.parametrize("kind", FRONTS)
def test_an_absent_bridge_is_503(kind: str, tmp_path: Path) -> None:
    """Nobody behind it: an answer that TradingView repeats; and no log holds the token."""
    token = "a-token-that-no-log-may-hold"
    with front(kind, tmp_path, free_port()) as door:
        answer = door.means.knocker.knock(door.place, "POST", f"/hooks/demo/{token}", b"{}")
        rows = visit(door.url, "demo", door.means)
    said = door.said

    assert isinstance(answer, Heard)
    assert 503 == answer.status
    assert ["ok", "front_bridge_away"] == [one.code or one.status for one in rows]
    assert token not in said


@pytest.mark.parametrize("kind", FRONTS)
def test_the_certificate_of_the_sender_is_passed_on(kind: str, tmp_path: Path) -> None:
    """It comes in its header, written anew: nobody can write it by hand. Without one the header is
    empty, or the name of what is missing (Caddy), which is no certificate."""
    mine = sender(tmp_path)
    with _recorder() as (port, seen), front(kind, tmp_path, port, asking=True) as door:
        shown = ssl.create_default_context(cafile=door.authority)
        shown.load_cert_chain(mine)
        answers = [_sent(door, f"{CERTIFICATE}: forged", context=one) for one in (None, shown)]

    assert [404, 404] == answers
    assert seen[0] in ("", "{http.request.tls.client.certificate_der_base64}")
    assert _der_of(mine.read_text().partition("-----BEGIN PR")[0]) == _der_of(seen[1])


def _der_of(said: str) -> bytes:
    """Read a certificate as Caddy writes it, or as nginx does."""
    if said.startswith("-----BEGIN"):
        return ssl.PEM_cert_to_DER_cert(unquote(said))
    return base64.b64decode(said)


@contextmanager
def _recorder() -> Generator[tuple[int, list[str]]]:
    """Stand behind a front door and keep what the header of certificates says."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(", ".join(self.headers.get_all(CERTIFICATE, [])))
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its form
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        keeper = threading.Thread(target=server.serve_forever)
        keeper.start()
        try:
            yield server.server_address[1], seen
        finally:
            server.shutdown()
            keeper.join()
