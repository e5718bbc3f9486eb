"""Arming by API and page: who may, what it takes, what is shown."""

from __future__ import annotations

import pytest

from tests.unit.http.room import HALT, READ, Room


async def test_paper_is_not_armed_by_the_api(house: Room) -> None:
    """It needs none: told with its code, and the account row says that it is not armed."""
    asked = {"account": "paper", "reason": "let us go", "confirm": "paper"}
    async with house.client(house.operator) as client:
        answer = await client.post("/api/arm", json=asked)
        (account,) = (await client.get("/api/accounts")).json()["accounts"]

    assert ("arm_not_live", 409) == (answer.json()["code"], answer.status_code)
    assert (False, False, None) == (account["live"], account["armed"], account["armed_by"])


@pytest.mark.parametrize(
    ("token", "path", "status"),
    [(READ, "/api/arm", 403), (HALT, "/api/arm", 403), (READ, "/api/disarm", 403)],
)
async def test_who_may_only_look_or_halt_arms_nothing(
    house: Room, token: str, path: str, status: int
) -> None:
    """To arm is to operate; to disarm is to halt."""
    async with house.client(token) as client:
        answer = await client.post(path, json={"account": "paper", "reason": "x"})
    assert status == answer.status_code


@pytest.mark.parametrize("hours", [0, -1, 100_000, "3"])
async def test_a_time_that_is_none_is_refused(house: Room, hours: object) -> None:
    """Nobody guesses what was meant."""
    asked = {"account": "paper", "reason": "x", "confirm": "paper", "hours": hours}
    async with house.client(house.operator) as client:
        answer = await client.post("/api/arm", json=asked)
    assert "ask_invalid" == answer.json()["code"]
