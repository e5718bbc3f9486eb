"""The pages: what stands on them, for whom, and that hostile text stays text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bridge.http.assets import KINDS, WEB
from bridge.http.words import visible
from tests.unit.http.room import HALT, READ, Room, room
from tests.unit.http.test_gate import csrf

HOSTILE = "<script>window.hurt=1</script>\"><img src=x onerror=hurt()>'{{7*7}}</pre></bdi>"
TURNED = "sell \u202eyub"


async def test_now_says_whether_the_bridge_is_open(house: Room) -> None:
    """Open, the account with its badge, the last signals with their verdicts and codes."""
    await house.filled(await house.send())
    await house.send(quantity="0.5")
    async with house.logged_in() as client:
        page = (await client.get("/")).text

    for text in ("Open", "Raise the bridge", "PAPER", "BTCUSDT", "quantity_over_limit", "admitted"):
        assert text in page
    assert "bascule status" in page and 'href="/api/status"' in page


async def test_now_says_why_entries_would_not_pass(house: Room) -> None:
    """Beside the account, each reason with its code and its fix; nothing where they pass."""
    async with house.logged_in() as client:
        before = (await client.get("/")).text
        await house.runtime.halt("strategy:demo", by="someone", reason="two in a row lost")
        after = (await client.get("/")).text

    assert "are refused now" not in before
    assert re.search(r"Entries\s+are refused now", after)
    assert "<code>halted</code>" in after and "two in a row lost" in after


async def test_a_halt_is_on_every_page(house: Room) -> None:
    """Who halted, when and why stands above everything, and only who may sees how to go on."""
    answer = await house.send()
    await house.runtime.halt("global", by="someone", reason="the market is closed")
    pages: dict[str, list[str]] = {}
    for token in (house.operator, HALT):
        async with house.logged_in(token) as client:
            paths = ("/", f"/signals/{answer.signal}")
            pages[token] = [(await client.get(path)).text for path in paths]

    for page in (*pages[house.operator], *pages[HALT]):
        assert "Halted: global" in page
        assert "someone" in page and "the market is closed" in page
    assert "Lower the bridge" in pages[house.operator][0]
    assert "Lower the bridge" not in pages[HALT][0]


async def test_the_red_button_asks_once_more_and_raises_the_bridge(house: Room) -> None:
    """A form with a reason; after it a page that says what was done, once."""
    async with house.logged_in(HALT) as client:
        form = {"csrf": await csrf(client), "scope": "global", "reason": "too hot"}
        done = await client.post("/halt", data=form)
        first, second = [(await client.get("/")).text for _ in range(2)]
        status = (await client.get("/api/status")).json()

    assert (303, "/") == (done.status_code, done.headers["location"])
    assert "global is halted." in first and "global is halted." not in second
    (halt,) = status["halts"]
    assert ("watch", "too hot") == (halt["by"], halt["reason"])


async def test_whoever_only_reads_sees_no_button(house: Room) -> None:
    """A page shows no act that its login may not do."""
    await house.send(order_type="limit", price="59500.0")
    async with house.logged_in(READ) as client:
        page = (await client.get("/")).text

    assert 'action="/halt"' not in page and "/cancel" not in page


async def test_an_order_is_cancelled_from_the_page(house: Room) -> None:
    """A working order has a form with a reason."""
    (order,) = (await house.send(order_type="limit", price="59500.0")).orders
    async with house.logged_in() as client:
        page = (await client.get("/")).text
        form = {"csrf": await csrf(client), "reason": "enough"}
        done = await client.post(f"/orders/{order}/cancel", data=form)
        await house.until(lambda state: state.orders[order].state == "cancelled")

    assert f"/orders/{order}/cancel" in page
    assert 303 == done.status_code


async def test_an_id_leads_to_its_trace(house: Room) -> None:
    """A signal's and an order's id both lead to the page of the signal, also after a day."""
    answer = await house.send()
    order = await house.filled(answer)
    async with house.logged_in() as client:
        by_signal = await client.get("/go", params={"id": f" {answer.signal} "})
        by_order = await client.get("/go", params={"id": order})
        there = await client.get(f"/orders/{order}")
        await house.forget()
        later = await client.get(f"/orders/{order}")
        nowhere = await client.get("/go", params={"id": "<b>no</b>"})

    trace = f"/signals/{answer.signal}"
    assert [trace, f"/orders/{order}"] == [a.headers["location"] for a in (by_signal, by_order)]
    assert [trace, trace] == [a.headers["location"] for a in (there, later)]
    assert 404 == nowhere.status_code and "<b>no" not in nowhere.text


async def test_hostile_text_stays_text(house: Room) -> None:
    """Comment, strategy, symbol, reason and raw message are escaped wherever they are shown."""
    comment = await house.send(comment=HOSTILE)
    strategy = await house.send(strategy=HOSTILE[:60], symbol=HOSTILE[:60])
    unread = await house.post(HOSTILE.encode())
    async with house.logged_in() as client:
        form = {"csrf": await csrf(client), "reason": HOSTILE}
        await client.post("/halt", data=form)
        pages = [
            (await client.get(path)).text
            for path in (
                "/",
                "/fragment/now",
                *(f"/signals/{answer.signal}" for answer in (comment, strategy, unread)),
            )
        ]

    for page in pages:
        assert "<script>window" not in page and "<img src=x" not in page
        assert "49" not in re.findall(r"onerror=hurt\(\)\D+(\d+)", page)
    assert "&lt;script&gt;window.hurt=1&lt;/script&gt;" in pages[0]
    assert "&lt;img src=x onerror=hurt()&gt;" in pages[2]


async def test_writing_that_is_turned_round_is_shown(house: Room) -> None:
    """A sign that makes a text read backwards is written out, as it cannot be seen."""
    answer = await house.send(comment=TURNED)
    async with house.logged_in() as client:
        page = (await client.get(f"/signals/{answer.signal}")).text

    assert "\u202e" not in page and "sell \\u202eyub" in page
    assert "a\nb" == visible("a\nb")


async def test_hostile_names_in_addresses_stay_text(house: Room) -> None:
    """What stands in an address or a header is shown as text, or not at all."""
    async with house.logged_in() as client:
        pages = [
            await client.get("/signals/<script>hurt()</script>"),
            await client.get("/orders/%3Cscript%3Ehurt()"),
            await client.get("/%3Cscript%3Ehurt()"),
            await client.get("/login?next=%22%3E%3Cscript%3Ehurt()"),
            await client.post("/halt", headers={"origin": "<script>hurt()</script>"}),
        ]

    assert all("<script>hurt" not in page.text for page in pages)


async def test_no_page_and_no_answer_shows_a_secret(tmp_path: Path) -> None:
    """Whatever a client may ask for, no secret of the configuration is in it."""
    async with room(tmp_path / "bridge") as house:
        secrets = house.config.secrets()
        answer = await house.send()
        (order,) = answer.orders
        async with house.logged_in() as client:
            shown = [
                (await client.get(path)).text
                for path in (
                    "/",
                    "/login",
                    f"/signals/{answer.signal}",
                    "/api/status",
                    "/api/accounts",
                    "/api/orders",
                    "/api/fills",
                    "/api/positions",
                    f"/api/orders/{order}",
                    *(f"/static/{name}" for name in KINDS),
                )
            ]

    found = [secret for secret in secrets for text in shown if secret in text]
    assert len(secrets) >= 4
    assert [] == found


@pytest.mark.parametrize("name", sorted(KINDS))
async def test_assets_are_ours_and_need_no_login(house: Room, name: str) -> None:
    """Style, script and icon are served by name, and no address leads out of their list."""
    async with house.client() as client:
        answer = await client.get(f"/static/{name}")
        outside = await client.get("/static/..%2Fbase.html")

    assert (200, KINDS[name]) == (answer.status_code, answer.headers["content-type"].split(";")[0])
    assert 404 == outside.status_code


def test_templates_hold_no_inline_code() -> None:
    """The policy would block it silently: no inline style, script or handler is in a template."""
    inline = re.compile(r"<script(?! src=)|<style|\sstyle=|\son[a-z]+=|javascript:|\|\s*safe\b")
    found = [
        f"{path.name}: {match[0]}"
        for path in WEB.glob("*.html")
        for match in inline.finditer(path.read_text(encoding="utf-8"))
    ]

    assert [] == found
