"""What an account may lose, and a person's acts about it, by API and page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core.records import BaselineSet, CashAnnounced, LossReleased
from tests.unit.http.room import HALT, READ, Room
from tests.unit.http.test_acts import recorded
from tests.unit.http.test_gate import csrf
from tests.unit.http.test_pages import HOSTILE

BASELINE = {"account": "paper", "what": "start", "value": "200000", "reason": "the firm's number"}
TRANSFER = {"account": "paper", "kind": "transfer", "amount": "-500", "reason": "rent"}


async def drawn_down(house: Room) -> None:
    """Let a drawdown limit be reached: the start is set above what there is."""
    limit = c.SetLimit(
        scope="account:paper", name="drawdown_max", value=Decimal(1000), by="anna", reason="firm"
    )
    await house.runtime.writer.ask(limit)
    await house.runtime.writer.ask(
        c.SetBaseline(
            account="paper", what="start", value=Decimal(200_000), by="anna", reason="theirs"
        )
    )
    await house.until(lambda state: bool(state.losses["paper"].tripped))


async def test_losses_stand_beside_what_may_be_lost(house: Room) -> None:
    """Each rule that is set, its floor, the baselines, and what the page of now says of the day."""
    await drawn_down(house)
    async with house.client(READ) as client:
        (row,) = (await client.get("/api/losses")).json()["accounts"]
        (account,) = (await client.get("/api/accounts")).json()["accounts"]
    rules = {one["rule"]: one for one in row["rules"]}

    assert {"daily": False, "drawdown": True} == {n: one["tripped"] for n, one in rules.items()}
    assert ("199000", "1000") == (rules["drawdown"]["floor"], rules["drawdown"]["max"])
    assert account["day_loss_max"] == rules["daily"]["max"]
    assert ("200000", None) == (row["baselines"]["start"], row["baselines"]["peak"])


async def test_a_baseline_is_set_and_a_drawdown_let_go(house: Room) -> None:
    """A lower baseline takes a second word; what is still reached is not let go."""
    await drawn_down(house)
    found = recorded(house, BaselineSet), recorded(house, LossReleased)
    lower = {**BASELINE, "value": "90000"}
    release = {"account": "paper", "reason": "spoken"}
    async with house.client(house.operator) as client:
        early = await client.post("/api/losses/release", json=release)
        first = await client.post("/api/baselines", json=lower)
        wrong = await client.post("/api/baselines", json={**lower, "value": "much"})
        second = await client.post("/api/baselines", json={**lower, "confirm": True})
        done = await client.post("/api/losses/release", json=release)

    assert ["loss_still_reached", "confirm_missing", "ask_invalid"] == [
        answer.json()["code"] for answer in (early, first, wrong)
    ]
    assert [200, 200] == [second.status_code, done.status_code]
    assert [("operator", "the firm's number")] == [(one.by, one.reason) for one in found[0]]
    assert ["operator"] == [one.by for one in found[1]]


async def test_a_day_that_a_wrong_limit_ended_is_let_go(house: Room) -> None:
    """Once the limit is raised; before, the refusal says what to do. API and page name the rule."""
    limit: dict[str, Any] = {"scope": "account:paper", "name": "daily_loss_max", "by": "anna"}
    day = c.SetBaseline(
        account="paper", what="day", value=Decimal(150_000), by="anna", reason="typed wrong"
    )
    await house.runtime.writer.ask(
        c.SetLimit(**limit, value=Decimal(1000), reason="firm", confirmed=True)
    )
    await house.runtime.writer.ask(day)
    await house.until(lambda state: bool(state.accounts["paper"].tripped_ns))
    release = {"account": "paper", "reason": "a nought was missing"}
    async with house.logged_in() as client:
        page = (await client.get("/losses")).text
    async with house.client(house.operator) as client:
        early = await client.post("/api/losses/release", json=release)
        await house.runtime.writer.ask(
            c.SetLimit(**limit, value=Decimal(90_000), reason="right", confirmed=True)
        )
        done = await client.post("/api/losses/release", json=release)
        again = await client.post("/api/losses/release", json=release)

    assert 'action="/losses/release"' in page
    assert "loss_still_reached" == early.json()["code"]
    assert (200, "daily") == (done.status_code, done.json()["released"])
    assert {False} == {rule["tripped"] for rule in done.json()["accounts"][0]["rules"]}
    assert "loss_not_reached" == again.json()["code"]


async def test_a_transfer_is_announced(house: Room) -> None:
    """It stands with the account until the venue shows it."""
    found = recorded(house, CashAnnounced)
    async with house.client(house.operator) as client:
        done = await client.post("/api/transfers", json=TRANSFER)
        wrong = await client.post("/api/transfers", json={**TRANSFER, "kind": "gift"})
    (row,) = done.json()["accounts"]

    assert ("", "-500", "operator") == (
        done.json()["named"], row["announced"][0]["amount"], found[0].by,
    )  # fmt: skip
    assert "cash_kind_unknown" == wrong.json()["code"]


@pytest.mark.parametrize("token", [READ, HALT])
@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/api/baselines", BASELINE),
        ("/api/transfers", TRANSFER),
        ("/api/losses/release", {"account": "paper", "reason": "x"}),
    ],
)
async def test_acts_about_losses_take_the_widest_scope(
    house: Room, token: str, address: str, body: dict[str, Any]
) -> None:
    """Who may read, or halt, may not move a baseline."""
    async with house.client(token) as client:
        assert 403 == (await client.post(address, json=body)).status_code


async def test_the_page_has_a_form_for_each_act(house: Room) -> None:
    """With hostile text as text; who may only read sees no form."""
    await drawn_down(house)
    async with house.logged_in() as client:
        form = {"csrf": await csrf(client), "next": "/losses"}
        said = {"account": "paper", "kind": "fee", "amount": "-3", "reason": HOSTILE}
        answers = [
            await client.post("/transfers", data={**form, **said}),
            await client.post(
                "/baselines",
                data={**form, **BASELINE, "value": "90000", "confirm": "yes"},
            ),
        ]
        page = (await client.get("/losses")).text
        released = await client.post(
            "/losses/release", data={**form, "account": "paper", "reason": "spoken"}
        )
        fragment = (await client.get("/fragment/losses")).text
    async with house.logged_in(READ) as client:
        reading = (await client.get("/losses")).text

    assert [303, 303, 303] == [answer.status_code for answer in (*answers, released)]
    assert all("/losses" == answer.headers["location"] for answer in answers)
    assert all(f'action="{at}"' in page for at in ("/transfers", "/baselines", "/losses/release"))
    assert 'action="/losses/release"' not in fragment
    assert HOSTILE not in page and "drawdown" in page
    assert "<form" not in reading.partition("<main")[2]
