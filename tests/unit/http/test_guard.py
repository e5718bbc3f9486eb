"""What holds for every answer of the private listener, whatever was asked."""

from __future__ import annotations

import pytest

from bridge.http.guard import BODY_BYTES_MAX, CSP, name_of
from tests.unit.http.room import Room

ANSWERS = ["/", "/login", "/static/bascule.css", "/api/status", "/healthz", "/nothing", "/readyz"]


@pytest.mark.parametrize("path", ANSWERS)
async def test_every_answer_forbids_what_is_not_ours(house: Room, path: str) -> None:
    """No inline code, no frames, no referrer, no guessing, no copy, on pages and errors alike."""
    async with house.client() as client:
        answer = await client.get(path)

    assert CSP == answer.headers["content-security-policy"]
    assert "unsafe" not in CSP
    assert "no-referrer" == answer.headers["referrer-policy"]
    assert "nosniff" == answer.headers["x-content-type-options"]
    assert "no-store" == answer.headers["cache-control"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:18471",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "127.0.0.2",
        "127.0.0.1:80:80",
        "127.0.0.1:x",
        "",
        "localhost@evil.example",
        "[::1",
    ],
)
async def test_a_foreign_name_is_not_served(house: Room, host: str) -> None:
    """A name that leads to loopback by an attacker's own DNS gets nothing, not even with a
    token."""
    async with house.client(house.operator) as client:
        answers = [
            await client.get(path, headers={"host": host})
            for path in ("/", "/api/status", "/healthz", "/static/bascule.js", "/login")
        ]

    assert {(421, "host_unknown")} == {(a.status_code, a.json()["code"]) for a in answers}


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost:18471", "LOCALHOST", "[::1]:18471", "[::1]", "127.0.0.1:9000"]
)
async def test_loopback_is_served_under_its_names(house: Room, host: str) -> None:
    """Any port: a tunnel brings its own."""
    async with house.client() as client:
        answer = await client.get("/healthz", headers={"host": host})

    assert 200 == answer.status_code


async def test_two_hosts_are_none(house: Room) -> None:
    """A request with two names is refused rather than read as one of them."""
    async with house.client() as client:
        request = client.build_request("GET", "/healthz")
        request.headers = type(request.headers)([("host", "127.0.0.1"), ("host", "evil.example")])
        answer = await client.send(request)

    assert 421 == answer.status_code


async def test_a_large_request_is_not_read(house: Room) -> None:
    """A body is bounded, whether its head says how long it is or not."""

    async def chunks():
        for _ in range(BODY_BYTES_MAX // 1024 + 1):
            yield b"x" * 1024

    async with house.client(house.operator) as client:
        told = await client.post("/api/halt", content=b"x" * (BODY_BYTES_MAX + 1))
        silent = await client.post("/api/halt", content=chunks())

    assert {(413, "ask_too_large")} == {(a.status_code, a.json()["code"]) for a in (told, silent)}


def test_a_port_is_cut_off() -> None:
    """Only a port of digits is one."""
    hosts = ["a", "a:1", "[::1]", "[::1]:1", "a:", "a:1:2", "a:²"]

    assert ["a", "a", "[::1]", "[::1]", "", "a:1", ""] == [name_of(host) for host in hosts]
