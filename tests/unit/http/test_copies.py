"""Who follows whom, by API, page and command."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from bridge.cli import offline
from bridge.cli.copying import tell
from bridge.cli.screen import Screen
from core import commands as c
from tests.unit.http.room import READ, Room, room

FOLLOWER = """
[routes.demo.copies.small]
ratio = 0.1

[accounts.small]
venue = "paper"
currency = "USDT"
groups = ["firm"]

[accounts.small.limits]
value_max = 10_000
gross_max = 50_000
open_orders_max = 20
collar_percent = 2
daily_loss_max = 2_000
messages_per_minute = 120
quantity_max = 0.1
position_max = 0.5

[groups.firm]
no_opposite = true
"""


def followed(text: str) -> str:
    """Give the account of the file a follower."""
    return text.replace('accounts = ["paper"]', 'accounts = ["paper", "small"]') + FOLLOWER


async def bought(house: Room) -> None:
    """Buy with both accounts."""
    answer = await house.send(quantity="0.02")
    names = answer.orders
    assert 2 == len(names), answer
    await house.until(lambda state: all(state.orders[one].state == "filled" for one in names))


def printed(tellings: Any) -> str:
    """Return what a command prints."""
    out = io.StringIO()
    with redirect_stdout(out):
        tellings()
    return out.getvalue()


async def test_api_page_and_command_say_who_follows_and_how_it_stands(tmp_path: Path) -> None:
    """Ratio, what it should hold, what it holds; the same on the page, in the terminal, and when
    the bridge is down."""
    async with room(tmp_path / "bridge", followed) as house:
        await bought(house)
        async with house.client(READ) as client:
            row = (await client.get("/api/copies")).json()
        async with house.logged_in() as person:
            page = (await person.get("/copies")).text
            fragment = (await person.get("/fragment/copies")).text
            now = (await person.get("/")).text
    expected = {
        "account": "small",
        "leader": "paper",
        "leader_holds": "0.02",
        "ratio": "0.1",
        "expected": "0.002",
        "holds": "0.002",
        "state": "agrees",
    }
    (position,) = row["positions"]

    assert expected == {name: position[name] for name in expected}
    assert [("paper", ["small"])] == [
        (route["leader"], [one["account"] for one in route["followers"]]) for route in row["routes"]
    ]
    assert [{"group": "firm", "no_opposite": True, "accounts": ["small"]}] == row["groups"]
    assert all(text in page for text in ("0.002", "agrees", "bascule copies", "no account enters"))
    assert '<section id="followed"' in fragment
    assert 'href="/copies"' in now
    said = printed(lambda: tell(Screen(), row))
    assert "Route demo: paper leads; small x 0.1." in said
    assert "0.002" in said and "agrees" in said
    assert [position] == offline.copies(house.config)["positions"]


async def test_a_follower_that_differs_stands_out(tmp_path: Path) -> None:
    """Its position is given away: it should hold something and does not."""
    async with room(tmp_path / "bridge", followed) as house:
        await bought(house)
        assigned = c.AssignPosition(
            account="small",
            instrument="BTCUSDT",
            source="demo",
            target="",
            by="anna",
            reason="test",
        )
        await house.runtime.writer.ask(assigned)
        async with house.client(READ) as client:
            row = (await client.get("/api/copies")).json()
        async with house.logged_in() as person:
            page = (await person.get("/copies")).text
    (position,) = row["positions"]

    assert ("differs", "0.002", "0") == tuple(
        position[name] for name in ("state", "expected", "holds")
    )
    assert position["since_ns"] and not position["alarmed"]
    assert '<span class="bad">differs' in page
    assert "differs since" in printed(lambda: tell(Screen(), row))


async def test_without_copies_the_page_says_so(house: Room) -> None:
    """An empty page explains itself."""
    async with house.logged_in() as person:
        page = (await person.get("/copies")).text
    async with house.client(READ) as client:
        row = (await client.get("/api/copies")).json()

    assert {"routes": [], "positions": [], "groups": []} == row
    assert "No route has copies" in page
    assert "No route has copies" in printed(lambda: tell(Screen(), row))
