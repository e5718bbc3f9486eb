"""A person's acts on orders, positions and differences, by API and page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core import commands as c
from core.records import OrderChanged, PositionMoved, ReconciliationAccepted
from core.reports import VenuePosition, VenueSnapshot
from tests.unit.http.room import HALT, READ, Room
from tests.unit.http.test_acts import recorded
from tests.unit.http.test_gate import csrf
from tests.unit.http.test_pages import HOSTILE

ASSIGN = {"account": "paper", "instrument": "BTCUSDT", "source": "demo", "target": ""}
ADOPT = {"account": "paper", "instrument": "BTCUSDT", "strategy": "demo"}


async def lost(house: Room) -> str:
    """Send an order of which nobody knows what became: the dispatch never tells."""
    house.runtime.dispatch.stop()
    (order,) = (await house.send()).orders
    trouble = c.NoteTrouble(order=order, proven=False, code="timeout", text="no answer")
    await house.runtime.writer.ask(trouble)
    return order


async def differing(house: Room, theirs: str = "5") -> None:
    """Let the core see a picture in which the venue holds something else."""
    standing = house.runtime.outlook.standings["paper"]
    instrument = "BTCUSDT"
    position = VenuePosition(
        instrument=instrument, quantity=Decimal(theirs), average_price=Decimal(60000)
    )
    now = house.runtime.clock.now()
    shown = VenueSnapshot(
        account="paper",
        orders=(),
        positions=(position,),
        mark=standing.mark,
        at_ns=now,
        fills_since_ns=now,
    )
    await house.runtime.writer.ask(c.TakeSnapshot(snapshot=shown, asked_ns=now, cause="timer"))


async def test_an_order_in_doubt_is_resolved_by_a_persons_word(house: Room) -> None:
    """It takes an outcome, a reason and a second word; the journal says whose word it is."""
    order = await lost(house)
    found = recorded(house, OrderChanged)
    address = f"/api/orders/{order}/resolve"
    said = {"outcome": "not_placed", "reason": "not in the terminal", "confirm": True}
    async with house.client(house.operator) as client:
        (doubt,) = (await client.get("/api/status")).json()["doubts"]
        wrong = [
            await client.post(address, json={**said, **change})
            for change in (
                {"confirm": False}, {"outcome": "gone"}, {"reason": ""}, {"quantity": "x"},
                {"outcome": "filled"}, {"filled": "1"},
            )
        ]  # fmt: skip
        done = await client.post(address, json=said)
        again = await client.post(address, json=said)

    assert order == doubt["order"]
    assert [
        "confirm_missing", "ask_invalid", "reason_missing", "ask_invalid", "resolve_impossible",
        "ask_invalid",
    ] == [answer.json()["code"] for answer in wrong]  # fmt: skip
    assert (200, "not_placed") == (done.status_code, done.json()["state"])
    assert "order_not_in_doubt" == again.json()["code"]
    assert ("operator", "not in the terminal") == (found[-1].by, found[-1].reason)


async def test_an_order_in_doubt_is_resolved_on_its_page(house: Room) -> None:
    """The page of now and the trace both offer it to who may; a box confirms it."""
    order = await lost(house)
    signal = (await house.runtime.writer.read(lambda state: state.orders[order])).origin
    async with house.logged_in() as client:
        pages = [(await client.get(path)).text for path in ("/", f"/signals/{signal}")]
        form = {"csrf": await csrf(client), "outcome": "cancelled", "reason": "seen there"}
        unsure = await client.post(f"/orders/{order}/resolve", data=form)
        done = await client.post(f"/orders/{order}/resolve", data={**form, "confirm": "yes"})
        row = (await client.get(f"/api/orders/{order}")).json()

    assert all(f'action="/orders/{order}/resolve"' in page for page in pages)
    assert "Nobody knows yet what became of" in pages[0]
    assert [409, 303] == [unsure.status_code, done.status_code]
    assert "cancelled" == row["state"]


async def test_a_working_order_gets_new_terms(house: Room) -> None:
    """Asked with a reason, answered by the venue; the form does the same."""
    (order,) = (await house.send(order_type="limit", price="59500.0")).orders
    await house.until(lambda state: state.orders[order].state == "accepted")
    address = f"/api/orders/{order}/replace"
    async with house.client(house.operator) as client:
        silent = await client.post(address, json={"price": "59400.0"})
        broken = await client.post(address, json={"price": 59400, "reason": "x"})
        done = await client.post(address, json={"price": "59400.0", "reason": "follow"})
        await house.until(lambda state: state.orders[order].price == Decimal(59400))
        hops = (await client.get(f"/api/orders/{order}")).json()["hops"]
    async with house.logged_in() as person:
        page = (await person.get("/")).text
        form = {"csrf": await csrf(person), "quantity": "", "price": "59300.0", "reason": "more"}
        formed = await person.post(f"/orders/{order}/replace", data=form)
        await house.until(lambda state: state.orders[order].price == Decimal(59300))

    assert ["reason_missing", "ask_invalid"] == [a.json()["code"] for a in (silent, broken)]
    assert 200 == done.status_code
    assert any("by operator" in hop["detail"] for hop in hops)
    assert f'action="/orders/{order}/replace"' in page and 303 == formed.status_code


async def test_a_position_changes_its_owner_and_comes_back(house: Room) -> None:
    """Assigned to nobody it is external, in list, status and page; adopted it is ours again."""
    await house.filled(await house.send())
    found = recorded(house, PositionMoved)
    async with house.client(house.operator) as client:
        silent = await client.post("/api/positions/assign", json=ASSIGN)
        out = await client.post("/api/positions/assign", json={**ASSIGN, "reason": "by hand"})
        (row,) = [
            one
            for one in (await client.get("/api/positions")).json()["positions"]
            if one["quantity"] != "0"
        ]
        (external,) = (await client.get("/api/status")).json()["external"]
        (account,) = (await client.get("/api/reconcile")).json()["accounts"]
        over = {**ADOPT, "reason": "mine", "quantity": "9"}
        refused = await client.post("/api/positions/adopt", json=over)
        async with house.logged_in() as person:
            page = (await person.get("/")).text
            form = {
                "csrf": await csrf(person), "account": "paper", "instrument": "BTCUSDT",
                "source": "", "target": "demo", "quantity": "", "reason": "mine",
            }  # fmt: skip
            back = await person.post("/positions/adopt", data=form)

    assert ["reason_missing", "move_over_position"] == [a.json()["code"] for a in (silent, refused)]
    assert (200, True, "0.01") == (out.status_code, row["external"], row["quantity"])
    assert ("BTCUSDT", "0.01") == (external["instrument"], external["quantity"])
    assert [external] == account["external"]
    assert "nobody of ours" in page and 'action="/positions/adopt"' in page
    assert 303 == back.status_code
    assert [("demo", "", "by hand"), ("", "demo", "mine")] == [
        (one.source, one.target, one.reason) for one in found
    ]
    assert {"operator"} == {one.by for one in found}


async def test_what_differs_is_shown_and_accepted(house: Room) -> None:
    """Both sides stand in list and page; accepting it says who, why, and looks again."""
    await house.filled(await house.send())
    found = recorded(house, ReconciliationAccepted)
    await differing(house)
    async with house.client(house.operator) as client:
        (account,) = (await client.get("/api/reconcile")).json()["accounts"]
        async with house.logged_in() as person:
            page = (await person.get("/")).text
        silent = await client.post("/api/reconcile/accept", json={"account": "paper"})
        body = {"account": "paper", "reason": "checked"}
        done = await client.post("/api/reconcile/accept", json=body)
        again = await client.post("/api/reconcile/accept", json=body)

    (row,) = account["mismatches"]
    assert ("position", "BTCUSDT", "0.01", "5") == (
        row["kind"], row["key"], row["ours"], row["theirs"],
    )  # fmt: skip
    assert "differs from its venue" in page and 'action="/reconcile/accept"' in page
    assert "reason_missing" == silent.json()["code"]
    assert (200, []) == (done.status_code, done.json()["accounts"][0]["mismatches"])
    assert "nothing_differs" == again.json()["code"]
    assert [("operator", "checked")] == [(one.by, one.reason) for one in found]


async def test_an_account_is_compared_on_demand(house: Room) -> None:
    """By API and form; an account that is none, or whose link is down, is told so."""
    async with house.client(house.operator) as client:
        done = await client.post("/api/reconcile", json={"account": "paper"})
        nobody = await client.post("/api/reconcile", json={"account": "papr"})
        async with house.logged_in() as person:
            form = {"csrf": await csrf(person), "account": "paper"}
            formed = await person.post("/reconcile", data=form)
        await house.runtime.links["paper"].venue.close()
        house.runtime.links["paper"].recovered = False
        silent = await client.post("/api/reconcile", json={"account": "paper"})

    assert [200, 303] == [done.status_code, formed.status_code]
    assert ["account_unknown", "venue_silent"] == [a.json()["code"] for a in (nobody, silent)]
    assert 503 == silent.status_code


@pytest.mark.parametrize("token", [READ, HALT])
async def test_whoever_may_not_operate_sees_no_form(house: Room, token: str) -> None:
    """Neither on the page of now nor by an address."""
    await house.filled(await house.send())
    (order,) = (await house.send(order_type="limit", price="59500.0")).orders
    await house.until(lambda state: state.orders[order].state == "accepted")
    async with house.logged_in(token) as client:
        page = (await client.get("/")).text
        form: dict[str, Any] = {"csrf": await csrf(client), **ASSIGN, "reason": "x"}
        refused = await client.post("/positions/assign", data=form)

    for act in ("flatten", "positions", "reconcile", f"orders/{order}"):
        assert f'action="/{act}' not in page
    assert 403 == refused.status_code


async def test_hostile_words_of_acts_stay_text(house: Room) -> None:
    """A reason that is markup stands on the trace as text."""
    answer = await house.send(order_type="limit", price="59500.0")
    (order,) = answer.orders
    await house.until(lambda state: state.orders[order].state == "accepted")
    async with house.logged_in() as client:
        form = {"csrf": await csrf(client), "price": "59400.0", "reason": HOSTILE}
        await client.post(f"/orders/{order}/replace", data=form)
        await house.until(lambda state: state.orders[order].price == Decimal(59400))
        pages = [(await client.get(path)).text for path in ("/", f"/signals/{answer.signal}")]

    for page in pages:
        assert "<script>window" not in page and "<img src=x" not in page
