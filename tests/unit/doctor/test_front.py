"""The doctor before front doors that are wrong, each in its own way; TLS has its own file."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from bridge.doctor import front as fronts
from bridge.doctor.front import OUTSIDE, Means, visit
from tests.servers import free_port
from tests.unit.doctor.fronts import NAME, OURS, PUBLIC, Endless, answer, codes, front, means

pytestmark = pytest.mark.loopback

URL: Final = "https://bridge.example.com"
PLAIN: Final = "http://bridge.example.com"
"""The same without TLS; a configuration may not say so, but what is read of an answer is one."""

GOOD: Final = ("ok", "")


def everywhere(said: bytes | None) -> Callable[[str, str], bytes | None]:
    """Answer everything alike."""
    return lambda _method, _path: said


def leading(port: int, **more: object) -> Means:
    """Lead the visit of ``PLAIN`` to a door."""
    return means(0, plain=port, **more)  # type: ignore[arg-type]


def test_a_good_door_is_called_good() -> None:
    """Our own 404 everywhere: an alert is sent as TradingView does, then all else is asked."""
    with front(everywhere(OURS)) as door:
        rows = visit(PLAIN, "demo", leading(door.port))

    assert [GOOD, GOOD] == [(one.status, one.code) for one in rows]
    method, path = door.said[0]
    assert ("POST", True) == (method, path.startswith("/hooks/demo/wrong-"))
    assert [("GET", one) for one in OUTSIDE] == door.said[1:-1]
    assert {PUBLIC, "hooks"} <= set(rows[0].value.replace("(", "/").replace(")", "/").split("/"))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (answer(301, b"", "Location: https://www.example.com/hooks/x/secret"), "front_redirects"),
        (answer(308, b"", "Location: /hooks/demo/secret/"), "front_redirects"),
        (answer(302, b"", "Location: http://[bad"), "front_redirects"),
        (answer(502, b"<html>Bad Gateway</html>"), "front_bridge_away"),
        (answer(503), "front_bridge_away"),
        (answer(504), "front_bridge_away"),
        (answer(404, b"<html>nginx</html>"), "front_stranger"),
        (answer(404, b'{"code": "not_found"}'), "front_stranger"),
        (answer(200, b"It works!"), "front_stranger"),
        (answer(401), "front_stranger"),
        (answer(200, OURS.partition(b"\r\n\r\n")[2]), "front_stranger"),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n", "front_broken"),
        (b"", "front_broken"),
        (b"HTTP/2 404\r\n\r\n", "front_broken"),
    ],
)
def test_what_keeps_alerts_out_ends_the_visit(said: bytes, code: str) -> None:
    """One row that fails, with its fix, and nothing of what an address may carry."""
    with front(everywhere(said)) as door:
        rows = visit(PLAIN, "demo", leading(door.port))

    assert [("fail", code)] == [(one.status, one.code) for one in rows]
    assert rows[0].fix
    assert "secret" not in str(rows)
    assert 1 == len(door.said)


def test_an_answer_in_pieces_is_ours_too() -> None:
    """A proxy may send our answer in chunks, or without a length."""
    head, _, body = OURS.partition(b"\r\n\r\n")
    plain = b"\r\n".join(
        one for one in head.split(b"\r\n") if not one.startswith(b"Content-Length")
    )
    chunked = plain + b"\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body)
    for said in (plain + b"\r\n\r\n" + body, chunked + body + b"\r\n0\r\n\r\n"):
        with front(everywhere(said)) as door:
            assert [GOOD, GOOD] == codes(PLAIN, leading(door.port))


def test_an_answer_without_an_end_is_one() -> None:
    """A stream of the private side that is let through is found like a page."""
    stream = Endless(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
    with front(lambda _, path: stream if path == "/live" else OURS) as door:
        rows = visit(PLAIN, "demo", leading(door.port, within_s=0.5))
    assert [GOOD, ("fail", "front_open")] == [(one.status, one.code) for one in rows]
    assert "GET /live is answered 200" in rows[1].sentence


def test_a_door_that_says_nothing_is_late() -> None:
    """It ends with the time of the knock."""
    with front(everywhere(None)) as door:
        assert [("fail", "front_late")] == codes(PLAIN, leading(door.port, within_s=0.2))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("QUICK_S", [("warn", "front_slow"), GOOD]), ("GIVEN_UP_S", [("fail", "front_late")])],
)
def test_time_is_judged(
    monkeypatch: pytest.MonkeyPatch, name: str, expected: list[tuple[str, str]]
) -> None:
    """Above a second is told; what TradingView does not wait for fails."""
    monkeypatch.setattr(fronts, name, 0.0)
    with front(everywhere(OURS)) as door:
        assert expected == codes(PLAIN, leading(door.port))


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/", 200, "GET / is answered 200"),
        ("/login", 200, "GET /login"),
        ("/login", 303, "303"),
        ("/api/status", 401, "401"),
        ("/docs", 405, "/docs"),
        ("/metrics", 500, "/metrics"),
        ("/hooks/../api/status", 401, "/hooks/../api/status"),
        ("/hooks/%2e%2e/api/status", 200, "%2e"),
        ("/", 400, "GET / is answered 400"),
    ],
)
def test_more_than_the_hooks_fails(path: str, status: int, told: str) -> None:
    """Whatever else answers is named; a 404 and silence are nothing."""
    with front(lambda _, asked: answer(status) if asked == path else OURS) as door:
        rows = visit(PLAIN, "demo", leading(door.port))

    assert [GOOD, ("fail", "front_open")] == [(one.status, one.code) for one in rows]
    assert told in rows[1].sentence


def test_a_get_of_the_hook_fails() -> None:
    """A hook that answers more than alerts is no hook; its token is not shown."""
    with front(lambda way, path: answer(200) if way == "GET" and "wrong" in path else OURS) as door:
        rows = visit(PLAIN, "demo", leading(door.port))

    assert "front_open" == rows[1].code
    assert "wrong-" not in str(rows)


def test_a_refused_or_silent_detour_is_nothing() -> None:
    """400 to a path that is none, and a connection that is just closed, lead nowhere."""

    def told(_method: str, path: str) -> bytes:
        return answer(400) if ".." in path else b"" if path == "/docs" else OURS

    with front(told) as door:
        assert [GOOD, GOOD] == codes(PLAIN, leading(door.port))


def test_nobody_there() -> None:
    """A port where nobody listens."""
    assert [("fail", "front_unreachable")] == codes(PLAIN, leading(free_port()))


def fails(error: Exception) -> Callable[[str], list[str]]:
    """Make a name service that knows nothing."""

    def resolve(_name: str) -> list[str]:
        raise error

    return resolve


@pytest.mark.parametrize(
    ("resolve", "code"),
    [
        (fails(socket.gaierror(-2, "Name or service not known")), "front_name_unknown"),
        (fails(UnicodeError("label too long")), "front_name_unknown"),
        (lambda _: ["2606:2800:220:1::1"], "front_name_ipv6"),
        (lambda _: ["10.0.0.5"], "front_address_private"),
        (lambda _: [PUBLIC, "192.168.1.4"], "front_address_private"),
        (lambda _: ["127.0.0.1"], "front_address_private"),
    ],
)
def test_a_name_that_leads_nowhere(resolve: Callable[[str], list[str]], code: str) -> None:
    """Unknown, IPv6 alone, or an address of one's own network: no alert ever comes."""
    rows = visit(URL, "demo", replace(means(free_port()), resolve=resolve))

    assert [("fail", code)] == [(one.status, one.code) for one in rows]
    assert NAME in rows[0].sentence


def test_a_name_with_both_families_is_good() -> None:
    """Only the IPv4 addresses are visited, each of them; one that is broken fails."""
    with front(everywhere(OURS)) as door:
        both = leading(door.port, addresses=("2606:2800:220:1::1", PUBLIC, "93.184.216.35"))
        assert [GOOD, GOOD, GOOD] == codes(PLAIN, both)
        assert 2 == sum(method == "POST" for method, _ in door.said)


@pytest.mark.parametrize("port", [8443, 8470])
def test_another_port_is_never_called(port: int) -> None:
    """TradingView refuses it when the alert is saved."""
    assert [("fail", "front_port")] == codes(f"{URL}:{port}", means(free_port()))


def test_without_an_address_nothing_is_asked() -> None:
    """It says which key is missing."""
    rows = visit("", "demo")

    assert [("warn", "front_unset")] == [(one.status, one.code) for one in rows]
    assert "door.public_url" in rows[0].fix


def test_a_prefix_is_kept() -> None:
    """A proxy that takes a path away is asked below it, and the rest of its site is its own."""
    with front(everywhere(OURS)) as door:
        assert [GOOD, GOOD] == codes(f"{PLAIN}/bridge", leading(door.port))

    assert all(path.startswith("/bridge/") for _, path in door.said)


def test_loopback_is_told_and_visited() -> None:
    """Tried on one machine: it works there, and TradingView cannot call it."""
    with front(everywhere(OURS)) as door:
        rows = codes(f"http://127.0.0.1:{door.port}", Means())

    assert [("warn", "front_loopback"), GOOD, GOOD] == rows
