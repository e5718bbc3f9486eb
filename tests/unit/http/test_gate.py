"""Who may do what: tokens, scopes, logins, and requests that other pages make in somebody's
name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from bridge.config.values import Token
from bridge.http import acts, api, forms, pages
from bridge.http.auth import (
    FAILED_LOGINS_MAX,
    SESSION_LIFE_NS,
    SESSIONS_MAX,
    Sessions,
)
from tests.unit.http.room import HALT, READ, Room, room

ADDRESSES = [
    *api.ROUTES,
    *acts.ROUTES,
    *pages.ROUTES,
    *forms.ROUTES,
    ("GET", "/live", "read", "live"),
]
WRITING = [row for row in ADDRESSES if row[0] == "POST"]


def address(path: str) -> str:
    """Fill in an id."""
    return path.replace("{name}", "a" * 26)


async def test_no_address_opens_without_a_token(house: Room) -> None:
    """Without and with a wrong token, each address of pages, API and stream is closed."""
    async with house.client() as nobody, house.client("w" * 32) as wrong:
        for method, path, _, _ in ADDRESSES:
            without = await nobody.request(method, address(path))
            answer = await wrong.request(method, address(path))

            assert without.status_code in (303, 401), path
            assert without.headers.get("location", "/login").startswith("/login")
            assert 401 == answer.status_code, path


async def test_each_address_takes_its_scope(house: Room) -> None:
    """A token whose scope is smaller than the address takes is refused, and nothing happens."""
    tokens = {"read": READ, "halt": HALT}
    for name, token in tokens.items():
        async with house.client(token) as client:
            for method, path, scope, _ in WRITING:
                larger = ("read", "halt", "operate").index(scope) > ("read", "halt").index(name)
                if larger:
                    answer = await client.request(method, address(path))
                    assert 403 == answer.status_code, (name, path)
    async with house.client(READ) as client:
        refused = (await client.post("/api/halt")).json()
        status = (await client.get("/api/status")).json()

    assert "scope_too_small" == refused["code"] and "reader" in refused["sentence"]
    assert not status["halts"]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic {}", "{}", "Bearer {}x", "Bearer {} {}", "Bearer \xff"],
)
async def test_only_a_whole_bearer_token_opens(house: Room, header: str) -> None:
    """Neither a part of a token, nor two, nor another kind of header opens."""
    text = header.replace("{}", house.operator)
    async with house.client() as client:
        answer = await client.get(
            "/api/status", headers=[(b"authorization", text.encode("latin-1"))]
        )

    assert (401, "token_wrong") == (answer.status_code, answer.json()["code"])


async def test_a_login_gives_a_cookie_that_no_script_and_no_other_site_gets(house: Room) -> None:
    """The cookie is HttpOnly and SameSite=Strict, and says nothing about the token."""
    async with house.logged_in() as client:
        answer = await client.post("/login", data={"token": house.operator})
        page = await client.get("/")

    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/" in cookie
    assert house.operator not in cookie
    assert (303, "/") == (answer.status_code, answer.headers["location"])
    assert 200 == page.status_code


async def test_a_name_behind_a_proxy_gets_a_cookie_for_https_alone(tmp_path: Path) -> None:
    """A configured name is served; its cookie never travels in the clear."""

    def change(text: str) -> str:
        return text.replace("[api]\n", '[api]\nhosts = ["Bridge.example"]\n')

    async with room(tmp_path / "bridge", change) as house, house.client() as client:
        client.headers["host"] = "bridge.example"
        own = {"origin": "https://bridge.example", "sec-fetch-site": "same-origin"}
        answer = await client.post("/login", data={"token": house.operator}, headers=own)

    assert 303 == answer.status_code
    assert "Secure" in answer.headers["set-cookie"]


async def test_a_token_in_an_address_is_not_looked_at(house: Room) -> None:
    """A token in the query opens nothing: addresses end up in logs and histories."""
    async with house.client() as client:
        page = await client.get(f"/?token={house.operator}")
        answer = await client.get(f"/api/status?token={house.operator}")

    assert (303, 401) == (page.status_code, answer.status_code)
    assert house.operator not in page.headers["location"]


async def test_a_login_is_over_after_a_while(house: Room) -> None:
    """An old session leads to the login again; so does one that was logged out."""
    async with house.logged_in() as client:
        form = await csrf(client)
        fresh = await client.get("/")
        house.clock[0] = SESSION_LIFE_NS + 1
        old = await client.get("/")
        house.clock[0] = 0
        out = await client.post("/logout", data={"csrf": form})
        after = await client.get("/")

    assert [200, 303, 303, 303] == [a.status_code for a in (fresh, old, out, after)]
    assert ["/login?next=/"] * 2 == [a.headers["location"] for a in (old, after)]


async def csrf(client: httpx.AsyncClient) -> str:
    """Read the form token of a page."""
    page = (await client.get("/")).text
    return page.partition('name="csrf" value="')[2].partition('"')[0]


async def test_logins_are_slowed_down(house: Room) -> None:
    """After some wrong tokens even the right one has to wait for the next minute."""
    headers = {"sec-fetch-site": "same-origin"}
    async with house.client() as client:
        wrong = [
            await client.post("/login", data={"token": "guess"}, headers=headers)
            for _ in range(FAILED_LOGINS_MAX)
        ]
        right = await client.post("/login", data={"token": house.operator}, headers=headers)
        house.clock[0] = 60 * 10**9
        later = await client.post("/login", data={"token": house.operator}, headers=headers)

    assert {401} == {answer.status_code for answer in wrong}
    assert (429, 303) == (right.status_code, later.status_code)


OURS: dict[str, str] = {"origin": "null", "sec-fetch-site": "same-origin"}

FOREIGN: list[dict[str, str]] = [
    {},
    {"origin": "null"},
    {"origin": "null", "sec-fetch-site": "cross-site"},
    {"origin": "null", "sec-fetch-site": "same-site"},
    {"origin": "http://evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "http://evil.example", "sec-fetch-site": "same-origin"},
    {"origin": "http://127.0.0.1:9", "sec-fetch-site": "same-site"},
    {"origin": "http://127.0.0.1:9"},
    {"sec-fetch-site": "none"},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_a_form_of_another_site_does_nothing(house: Room, headers: dict[str, str]) -> None:
    """Even with the cookie and the form's token, a request from elsewhere is refused."""
    async with house.logged_in() as client:
        form = await csrf(client)
        for name in OURS:
            client.headers.pop(name, None)
        client.headers.update(headers)
        refused = [
            await client.post("/halt", data={"csrf": form, "reason": "evil"}),
            await client.post("/api/halt", headers={"x-csrf-token": form}, json={}),
            await client.post("/login", data={"token": house.operator}),
        ]
        status = (await client.get("/api/status")).json()

    assert [403] * 3 == [answer.status_code for answer in refused]
    assert not status["halts"]


@pytest.mark.parametrize("token", [None, "", "x" * 43, "\u00e9"])
async def test_a_form_without_its_token_does_nothing(house: Room, token: str | None) -> None:
    """The cookie alone changes nothing, neither by a form nor by the API."""
    async with house.logged_in() as client:
        form = {} if token is None else {"csrf": token}
        answers: list[Any] = [
            await client.post("/halt", data=form),
            await client.post("/api/halt", json={}),
        ]
        status = (await client.get("/api/status")).json()

    assert [403, 403] == [answer.status_code for answer in answers]
    assert "csrf_wrong" == answers[1].json()["code"]
    assert not status["halts"]


async def test_a_page_of_ours_may_use_the_api(house: Room) -> None:
    """Cookie, form token and origin together are as good as a bearer token."""
    async with house.logged_in() as client:
        form = await csrf(client)
        own = {"origin": house.origin, "x-csrf-token": form}
        answer = await client.post("/api/halt", headers=own, json={"reason": "by a page"})

    assert (200, True) == (answer.status_code, answer.json()["halted"])


@pytest.mark.parametrize(
    "following", ["//evil.example/", "https://evil.example", "/\\evil.example", "/login", "", "x"]
)
async def test_a_login_leads_to_our_own_pages_alone(house: Room, following: str) -> None:
    """Whatever the address says, a login ends on a page of the bridge."""
    async with house.client() as client:
        page = await client.get("/login", params={"next": following})
        answer = await client.post(
            "/login", data={"token": house.operator, "next": following}, headers=OURS
        )

    assert "evil" not in page.text
    assert "/" == answer.headers["location"]


async def test_a_login_leads_back_to_where_one_wanted_to_go(house: Room) -> None:
    """A link to a trace survives the login."""
    trace = f"/signals/{(await house.send()).signal}"
    async with house.client() as client:
        away = await client.get(trace)
        form = (await client.get(away.headers["location"])).text
        answer = await client.post(
            "/login", data={"token": house.operator, "next": trace}, headers=OURS
        )

    assert f'name="next" value="{trace}"' in form
    assert trace == answer.headers["location"]


def test_every_address_of_the_api_is_documented() -> None:
    """The page of the API names each address with the scope that it takes."""
    page = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
    rows = [f"| `{method} {path}` | {scope} |" for method, path, scope, _ in api.ROUTES]

    assert [] == [row for row in rows if row not in page]


def test_logins_are_bounded() -> None:
    """The oldest login ends when there are too many."""
    sessions = Sessions(lambda: 1)
    token = Token("someone", "read", "secret")
    names = [sessions.open(token) for _ in range(SESSIONS_MAX + 1)]

    assert [False, True] == [sessions.find(name) is not None for name in (names[0], names[-1])]
