"""The API: what each address gives and does."""

from __future__ import annotations

import pytest

from bridge.http.api import LIMIT_MAX
from tests.unit.http.room import HALT, Room


async def test_the_status_says_whether_the_bridge_is_open(house: Room) -> None:
    """Name, money, accounts, store and counts stand in one answer."""
    async with house.client(house.operator) as client:
        status = (await client.get("/api/status")).json()

    assert status["open"] and status["ready"] and not status["halted"]
    assert "paper" == status["money"]
    assert ("sqlite", True) == (status["store"]["kind"], status["store"]["available"])
    (account,) = status["accounts"]
    assert ("paper", "active", "up") == (account["account"], account["state"], account["link"])
    assert ("0", "2000") == (account["day_loss"], account["day_loss_max"])


async def test_the_status_says_why_an_entry_would_not_pass(house: Room) -> None:
    """Nothing stands against it; after a halt the reason is the one that the sender gets."""
    async with house.client(house.operator) as client:
        before = (await client.get("/api/status")).json()["accounts"][0]["entries"]
        await client.post("/api/halt", json={"scope": "account:paper", "reason": "noon"})
        (account,) = (await client.get("/api/accounts")).json()["accounts"]
    refused = await house.send()

    assert {"outcome": "pass", "why": []} == before
    (why,) = account["entries"]["why"]
    assert "refused" == account["entries"]["outcome"]
    assert (refused.code, refused.value, refused.where) == (
        why["code"], why["value"], why["where"],
    )  # fmt: skip
    assert ("noon" in why["sentence"], "resume" in why["fix"]) == (True, True)


async def test_an_order_row_has_what_a_person_asks_for(house: Room) -> None:
    """A filled order shows its signal, its quantities as text and its times twice."""
    answer = await house.send(quantity="0.02")
    order = await house.filled(answer)
    async with house.client(house.operator) as client:
        (row,) = (await client.get("/api/orders")).json()["orders"]
        alone = (await client.get(f"/api/orders/{order}")).json()

    expected = {
        "order": order,
        "signal": answer.signal,
        "account": "paper",
        "instrument": "BTCUSDT",
        "side": "buy",
        "quantity": "0.02",
        "filled": "0.02",
        "state": "filled",
    }
    assert expected == {name: row[name] for name in expected}
    assert isinstance(row["average_price"], str)
    assert isinstance(row["sent_ns"], int) and row["sent"].endswith("Z")
    assert row.items() <= alone.items()
    assert ["intended", "sent", "accepted", "fill"] == [hop["what"] for hop in alone["hops"]]


async def test_lists_are_newest_first_and_bounded(house: Room) -> None:
    """``limit`` cuts a list; a number that is none is refused with what is allowed."""
    sent = [(await house.send(id=f"n{at}")).signal for at in range(3)]
    async with house.client(house.operator) as client:
        newest = (await client.get("/api/signals?limit=2")).json()["signals"]
        much = await client.get(f"/api/signals?limit={LIMIT_MAX * 1000}")
        wrong = [await client.get(f"/api/orders?limit={text}") for text in ("0", "-1", "x", "²")]

    assert sent[:0:-1] == [row["signal"] for row in newest]
    assert 3 == len(much.json()["signals"])
    assert [(422, "ask_invalid")] * 4 == [(w.status_code, w.json()["code"]) for w in wrong]


async def test_orders_can_be_asked_for_by_their_state(house: Room) -> None:
    """``state`` names one state, or all that are alive."""
    resting = await house.send(order_type="limit", price="59500.0")
    done = await house.filled(await house.send())
    async with house.client(house.operator) as client:
        found = {
            state: [
                row["order"]
                for row in (await client.get(f"/api/orders?state={state}")).json()["orders"]
            ]
            for state in ("alive", "filled", "rejected")
        }
        wrong = await client.get("/api/orders?state=gone")

    assert {"alive": [resting.orders[0]], "filled": [done], "rejected": []} == found
    assert "ask_invalid" == wrong.json()["code"]


async def test_fills_and_positions(house: Room) -> None:
    """A fill names its order; a position shows what closing it now would bring."""
    order = await house.filled(await house.send())
    async with house.client(house.operator) as client:
        (fill,) = (await client.get("/api/fills")).json()["fills"]
        (position,) = (await client.get("/api/positions")).json()["positions"]

    assert (order, "0.01", "buy") == (fill["order"], fill["quantity"], fill["side"])
    assert ("long", "0.01") == (position["side"], position["quantity"])
    assert position["open_profit"] is not None and position["quote_ns"]


async def test_a_halt_stops_entries_and_says_who_why_and_since(house: Room) -> None:
    """After a halt the next entry is refused, and status names the token that did it."""
    resting = await house.send(order_type="limit", price="59500.0")
    async with house.client(HALT) as client:
        done = await client.post("/api/halt", json={"reason": "news\n at noon "})
        status = (await client.get("/api/status")).json()
    refused = await house.send()

    assert (200, list(resting.orders)) == (done.status_code, done.json()["unconfirmed"])
    (halt,) = status["halts"]
    assert ("global", "watch", "news at noon") == (halt["scope"], halt["by"], halt["reason"])
    assert halt["at_ns"] and status["halted"] and not status["open"]
    assert ("refused", "halted") == (refused.verdict, refused.code)


async def test_only_a_reason_lowers_the_bridge(house: Room) -> None:
    """Resume takes a reason, and a scope that is halted; a halt takes neither a reason nor time."""
    async with house.client(house.operator) as client:
        await client.post("/api/halt")
        silent = await client.post("/api/resume", json={"scope": "global", "reason": "  "})
        other = await client.post("/api/resume", json={"scope": "account:paper", "reason": "x"})
        good = await client.post("/api/resume", json={"scope": "global", "reason": "checked"})
        status = (await client.get("/api/status")).json()

    assert (422, "reason_missing") == (silent.status_code, silent.json()["code"])
    assert (409, "not_halted") == (other.status_code, other.json()["code"])
    assert (200, True) == (good.status_code, status["open"])


async def test_a_scope_that_is_not_configured_is_refused(house: Room) -> None:
    """A typing error in a scope must not look like a halt."""
    async with house.client(house.operator) as client:
        answer = await client.post("/api/halt", json={"scope": "account:papr"})

    assert (422, "scope_unknown") == (answer.status_code, answer.json()["code"])


async def test_an_order_is_cancelled_with_a_reason(house: Room) -> None:
    """A cancel takes a reason, reaches the venue, and ends with its confirmation."""
    (order,) = (await house.send(order_type="limit", price="59500.0")).orders
    async with house.client(house.operator) as client:
        silent = await client.post(f"/api/orders/{order}/cancel", json={})
        asked = await client.post(f"/api/orders/{order}/cancel", json={"reason": "changed my mind"})
        await house.until(lambda state: state.orders[order].state == "cancelled")
        again = await client.post(f"/api/orders/{order}/cancel", json={"reason": "twice"})
        told = (await client.get(f"/api/orders/{order}")).json()

    assert (422, "reason_missing") == (silent.status_code, silent.json()["code"])
    assert (200, [order]) == (asked.status_code, asked.json()["unconfirmed"])
    assert (409, "order_done") == (again.status_code, again.json()["code"])
    assert "changed my mind, by operator" in [hop["detail"] for hop in told["hops"]]


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"scope": 1}', b'{"sccope": "global"}', b"\xff", b'{"reason": null}']
)
async def test_a_broken_ask_does_nothing(house: Room, body: bytes) -> None:
    """What cannot be read, or has an unknown field, is refused: nobody guesses what was meant."""
    async with house.client(house.operator) as client:
        answer = await client.post("/api/halt", content=body)
        status = (await client.get("/api/status")).json()

    assert (422, "ask_invalid") == (answer.status_code, answer.json()["code"])
    assert not status["halts"]


async def test_what_is_not_there_is_told_with_a_code(house: Room) -> None:
    """Unknown signals, orders, addresses and methods each answer with code, sentence and fix."""
    async with house.client(house.operator) as client:
        answers = [
            await client.get("/api/signals/" + "a" * 26),
            await client.get("/api/orders/" + "a" * 26),
            await client.get("/api/signals/no-id-of-ours"),
            await client.get("/api/nothing"),
            await client.get("/docs"),
            await client.get("/openapi.json"),
            await client.delete("/api/status"),
        ]

    expected = [404, 404, 404, 404, 404, 404, 405]
    assert expected == [answer.status_code for answer in answers]
    assert {"code", "sentence", "fix"} == set(answers[0].json())
    assert "signal_not_found" == answers[0].json()["code"]


async def test_health_needs_no_token_and_ready_says_what_is_missing(house: Room) -> None:
    """Alive is always 200; ready is 503 while an account is not compared with its venue."""
    async with house.client() as client:
        before = [(await client.get(path)).status_code for path in ("/healthz", "/readyz")]
        house.runtime.links["paper"].recovered = False
        waiting = await client.get("/readyz")

    assert [200, 200] == before
    assert (503, ["paper"]) == (waiting.status_code, waiting.json()["waiting"])
