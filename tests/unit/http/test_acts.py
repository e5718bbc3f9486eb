"""A person's acts by API and page: limits and flatten, with name, reason and a second word."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from core.records import FlattenAsked, LimitsChanged, Record
from tests.unit.http.room import HALT, READ, Room, room
from tests.unit.http.test_gate import csrf
from tests.unit.http.test_pages import HOSTILE

LOOSER = {"scope": "account:paper", "name": "daily_loss_max", "value": "9000", "reason": "more"}
TIGHTER = {**LOOSER, "value": "100", "reason": "quiet\n day"}
CLOSE = {"scope": "account:paper", "reason": "storm", "confirm": True}


def recorded(house: Room, kind: type[Record]) -> list[Any]:
    """Gather the records of a kind from now on."""
    found: list[Any] = []
    house.runtime.writer.observers.append(
        lambda commit: found.extend(one for one in commit.records if isinstance(one, kind))
    )
    return found


async def test_a_limit_is_set_at_once_with_name_and_reason(house: Room) -> None:
    """The list shows what is in force beside the file; the journal says who and why."""
    found = recorded(house, LimitsChanged)
    async with house.client(house.operator) as client:
        done = await client.post("/api/limits", json=TIGHTER)
        listed = (await client.get("/api/limits")).json()
        (account,) = (await client.get("/api/accounts")).json()["accounts"]

    (row,) = [one for one in listed["limits"] if one["name"] == "daily_loss_max"]
    assert (200, listed) == (done.status_code, done.json())
    assert ("100", "2000", True, False) == (
        row["value"], row["file"], row["by_hand"], row["waits"],
    )  # fmt: skip
    assert "100" == account["day_loss_max"]
    assert [("operator", "quiet day")] == [(one.by, one.reason) for one in found]


async def test_a_looser_limit_takes_a_second_word(house: Room) -> None:
    """Without it nothing changes; with it the new one holds; null takes it away."""
    async with house.client(house.operator) as client:
        first = await client.post("/api/limits", json=LOOSER)
        second = await client.post("/api/limits", json={**LOOSER, "confirm": True})
        gone = await client.post("/api/limits", json={**LOOSER, "value": None, "confirm": True})
    names = [row["name"] for row in gone.json()["limits"] if row["value"]]

    assert (409, "confirm_missing") == (first.status_code, first.json()["code"])
    assert "2000 -> 9000" in first.json()["sentence"]
    assert "9000" in [row["value"] for row in second.json()["limits"]]
    assert "daily_loss_max" not in names


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({**TIGHTER, "reason": " "}, 422, "reason_missing"),
        ({**TIGHTER, "value": 100}, 422, "ask_invalid"),
        ({**TIGHTER, "value": "much"}, 422, "ask_invalid"),
        ({**TIGHTER, "value": ""}, 422, "ask_invalid"),
        ({**TIGHTER, "value": "NaN"}, 422, "ask_invalid"),
        ({**TIGHTER, "value": "-1"}, 422, "limit_invalid"),
        ({**TIGHTER, "extra": 1}, 422, "ask_invalid"),
        ({"scope": "account:paper", "name": "daily_loss_max"}, 422, "ask_invalid"),
        ({**TIGHTER, "scope": "account:none"}, 422, "limit_scope_unknown"),
        ({**TIGHTER, "name": "signals_per_minute"}, 422, "limit_unknown"),
    ],
)
async def test_a_limit_that_makes_no_sense_is_refused(
    house: Room, body: dict[str, Any], status: int, code: str
) -> None:
    """Nobody guesses what was meant."""
    found = recorded(house, LimitsChanged)
    async with house.client(house.operator) as client:
        answer = await client.post("/api/limits", json=body)

    assert (status, code) == (answer.status_code, answer.json()["code"])
    assert [] == found


async def test_what_waits_is_shown_everywhere_and_accepted(tmp_path: Path) -> None:
    """A raised limit of the file stands in status and page, and comes in force by an act."""
    folder = tmp_path / "bridge"
    async with room(folder) as first:
        journal = first.config.store.journal

    def change(text: str) -> str:
        text = re.sub(r"\bb-[0-9a-f]{8}\b", journal, text)
        return text.replace("daily_loss_max = 2_000", "daily_loss_max = 5_000")

    async with room(folder, change) as house, house.client(house.operator) as client:
        status = (await client.get("/api/status")).json()
        silent = await client.post("/api/limits/accept", json={"confirm": True})
        unsure = await client.post("/api/limits/accept", json={"reason": "tested"})
        async with house.logged_in() as person:
            pages = [(await person.get(path)).text for path in ("/", "/limits")]
        done = await client.post("/api/limits/accept", json={"reason": "tested", "confirm": True})
        after = (await client.get("/api/status")).json()

    (waiting,) = status["limits_waiting"]
    assert ("daily_loss_max", "2000", "5000") == (waiting["name"], waiting["was"], waiting["to"])
    assert "limits_wait" in [alarm["code"] for alarm in status["alarms"]]
    assert all("daily_loss_max" in page for page in pages)
    assert ["reason_missing", "confirm_missing"] == [a.json()["code"] for a in (silent, unsure)]
    assert (200, []) == (done.status_code, done.json()["waiting"])
    assert [] == after["limits_waiting"]
    assert "5000" == after["accounts"][0]["day_loss_max"]


async def test_a_flatten_closes_what_is_open(house: Room) -> None:
    """The position goes, by an order that has a page of its own and the act as its origin."""
    found = recorded(house, FlattenAsked)
    await house.filled(await house.send())
    async with house.client(house.operator) as client:
        unsure = await client.post("/api/flatten", json={**CLOSE, "confirm": False})
        silent = await client.post("/api/flatten", json={**CLOSE, "reason": ""})
        done = await client.post("/api/flatten", json=CLOSE)
        await house.until(lambda state: not state.flattens)
        left = (await client.get("/api/positions")).json()["positions"]
        orders = (await client.get("/api/orders")).json()["orders"]
    closing = next(row for row in orders if row["purpose"] == "flatten")
    async with house.logged_in() as person:
        page = await person.get(f"/orders/{closing['order']}")

    assert ["confirm_missing", "reason_missing"] == [a.json()["code"] for a in (unsure, silent)]
    assert (200, closing["signal"]) == (done.status_code, done.json()["act"])
    assert [] == [row for row in left if row["quantity"] != "0"]
    assert [("operator", "storm", "ours")] == [(one.by, one.reason, one.whose) for one in found]
    assert 200 == page.status_code and closing["order"] in page.text and "Filled" in page.text


async def test_a_flatten_is_confirmed_on_the_page_by_typing_its_account(house: Room) -> None:
    """Another word does nothing; the account's name begins it, and the page says so."""
    await house.filled(await house.send())
    async with house.logged_in() as client:
        form = {"csrf": await csrf(client), "scope": "account:paper", "reason": "storm"}
        page = (await client.get("/")).text
        wrong = await client.post("/flatten", data={**form, "confirm": "papr"})
        none = await client.post("/flatten", data=form)
        done = await client.post("/flatten", data={**form, "confirm": "paper"})
        said = (await client.get("/")).text
        await house.until(lambda state: not state.flattens)

    assert 'action="/flatten"' in page
    assert [409, 409] == [wrong.status_code, none.status_code]
    assert (303, "/") == (done.status_code, done.headers["location"])
    assert "account:paper is being flattened" in said


async def test_limits_have_a_page_with_forms(house: Room) -> None:
    """Who may operate sees forms and can use them; who reads sees the numbers alone."""
    async with house.logged_in() as client:
        page = (await client.get("/limits")).text
        form = {"csrf": await csrf(client), "next": "/limits", **TIGHTER}
        done = await client.post("/limits/set", data=form)
        after = (await client.get("/limits")).text
        empty = await client.post("/limits/set", data={**form, "value": " ", "confirm": "yes"})
        none = {**form, "value": "none", "confirm": "yes"}
        assert 303 == (await client.post("/limits/set", data=none)).status_code
    async with house.logged_in(READ) as client:
        reading = (await client.get("/limits")).text

    assert 'action="/limits/set"' in page and "daily_loss_max" in page
    assert (303, "/limits") == (done.status_code, done.headers["location"])
    assert 422 == empty.status_code
    assert "set by hand" in after and "is 100 now" in after
    assert "daily_loss_max" in reading and "<form" not in reading.partition("<main")[2]


async def test_no_act_without_its_scope_token_and_form(house: Room) -> None:
    """A token that may only halt, a form made for nobody, another site: each is refused."""
    async with house.client(HALT) as client:
        small = [
            (await client.post(path, json=body)).json()["code"]
            for path, body in (("/api/flatten", CLOSE), ("/api/limits", TIGHTER))
        ]
    async with house.logged_in() as client:
        forged = await client.post("/flatten", data={**CLOSE, "csrf": "x" * 43})
        foreign = await client.post(
            "/limits/set",
            data={**TIGHTER, "csrf": await csrf(client)},
            headers={"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        )
    listed = await house.runtime.writer.read(lambda state: state.facts.limits_file)

    assert ["scope_too_small"] * 2 == small
    assert [403, 403] == [forged.status_code, foreign.status_code]
    assert listed is None


async def test_hostile_reasons_stay_text(house: Room) -> None:
    """What is given as a reason stands on the page as text."""
    await house.send(order_type="limit", price="59500.0")
    async with house.logged_in() as client:
        form = {"csrf": await csrf(client), "scope": "account:paper", "confirm": "paper"}
        await client.post("/flatten", data={**form, "reason": HOSTILE})
        page = (await client.get("/")).text

    assert "<script>window" not in page and "<img src=x" not in page
