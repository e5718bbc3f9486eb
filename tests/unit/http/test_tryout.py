"""An alert that is tried out: what it says, what would become of it, and no trace of it."""

from __future__ import annotations

import json
import re
import time
from typing import Any

from bridge.http.reading import Reader
from core.commands import ReceiveBatch
from tests.unit.http.room import READ, Room


def alert(**fields: Any) -> str:
    """Write an alert that would be admitted, with some fields set otherwise."""
    message = {
        "id": "try-1",
        "strategy": "demo",
        "symbol": "BTCUSDT",
        "action": "buy",
        "effect": "open",
        "quantity": "0.01",
        "time": time.time_ns() // 1_000_000,
        **fields,
    }
    return json.dumps({name: value for name, value in message.items() if value is not None})


async def told(house: Room, message: str, **fields: str) -> dict[str, Any]:
    """Ask the API."""
    async with house.client(READ) as client:
        answer = await client.post("/api/read", json={"message": message, **fields})
    assert 200 == answer.status_code, answer.text
    return answer.json()


async def test_says_what_would_become_of_an_alert(house: Room) -> None:
    """Reading, verdict, size, each check and the order: as the hook would, with the scope read."""
    said = await told(house, alert())
    (signal,) = said["signals"]
    (account,) = signal["accounts"]

    assert said["ok"] and "demo" == said["route"]
    assert ("entry", "buy", "0.01", False) == tuple(
        signal[name] for name in ("intent", "side", "quantity", "reduce_only")
    )
    assert ("admitted", "admitted") == (signal["verdict"], account["verdict"])
    assert [("BTCUSDT", "buy", "0.01", "market")] == [
        (one["instrument"], one["side"], one["quantity"], one["order_type"])
        for one in account["orders"]
    ]
    assert len(account["checks"]) > 10
    assert {"ok"} == {check["result"] for check in account["checks"]}


async def test_leaves_no_trace(house: Room) -> None:
    """No record, no order, no key of a duplicate, no message counted: the real one is served."""
    before = house.runtime.writer.head.number
    message = alert()
    for _ in range(3):
        assert "admitted" == (await told(house, message))["signals"][0]["verdict"]
    await house.runtime.writer.drain()

    assert before == house.runtime.writer.head.number
    assert not await house.runtime.writer.read(lambda state: dict(state.orders))
    assert "admitted" == (await house.post(message.encode())).verdict


async def test_names_the_check_that_refuses(house: Room) -> None:
    """A quantity above its limit is told with value and limit, as the trace would."""
    said = await told(house, alert(quantity="100000"))
    (account,) = said["signals"][0]["accounts"]

    assert "refused" == account["verdict"] and account["fix"]
    assert [account["code"]] == [one["code"] for one in account["checks"] if one["decided"]]


async def test_says_why_an_alert_cannot_be_read(house: Room) -> None:
    """One code with field, sentence and fix; what the route asks for counts as well."""
    said = await told(house, alert(quantity="1,5"))
    lacks = await told(house, alert(id=None), route="demo")

    assert (False, "number_decimal_comma", "quantity") == (said["ok"], said["code"], said["field"])
    assert said["sentence"] and said["fix"]
    assert "id_missing" == lacks["code"]


async def test_tries_a_batch_signal_by_signal(house: Room) -> None:
    """Each signal of a list sees what the one before would have done."""
    said = await told(house, f"[{alert()}, {alert(action='exit', effect=None, quantity=None)}]")

    assert ["admitted", "no_action"] == [one["verdict"] for one in said["signals"]]


async def test_equal_signals_of_a_batch_have_keys_of_their_own(house: Room) -> None:
    """Without an id, two signals alike in one message are not one another's duplicates; the same
    message again has the same keys."""
    twice = f"[{alert(id=None)}, {alert(id=None)}]".encode()
    reader = Reader(house.config)
    first, again = (reader.work("demo", twice, 0) for _ in range(2))

    assert isinstance(first, ReceiveBatch) and first == again
    assert 2 == len({one.body_hash for one in first.signals})


async def test_refuses_a_route_that_is_not_there(house: Room) -> None:
    """An unknown route, and an unknown field of the question."""
    async with house.client(READ) as client:
        wrong = await client.post("/api/read", json={"message": "", "route": "other"})
        more = await client.post("/api/read", json={"message": "", "rote": "demo"})

    assert (422, 422) == (wrong.status_code, more.status_code)


async def test_the_page_shows_it(house: Room) -> None:
    """The box, the reading, the verdict and the checks; secrets and markup of the message do not
    come back."""
    token = house.config.hooks["demo"].tokens[0]
    async with house.logged_in(READ) as client:
        empty = await client.get("/read")
        csrf = re.search(r'name="csrf" value="([^"]+)"', empty.text)
        assert csrf is not None
        form = {"csrf": csrf[1], "route": "demo", "message": alert(token=token, comment="<b>x")}
        shown = await client.post("/read", data=form)
        bad = await client.post("/read", data={**form, "message": "{<script>"})
        without = await client.post("/read", data={**form, "csrf": ""})

    assert (200, 200, 200, 403) == tuple(one.status_code for one in (empty, shown, bad, without))
    assert "Would order" in shown.text and "Checks of" in shown.text
    assert token not in shown.text and "<b>x" not in shown.text
    assert "Refused while it is read" in bad.text and "<script>" not in bad.text
