"""The trace: "my alert fired, why did nothing happen?" has an answer, also after a day."""

from __future__ import annotations

from itertools import pairwise

from tests.unit.http.room import Room


async def test_every_hop_has_its_time(house: Room) -> None:
    """From the sender's clock to the fill, in order, with the difference to the hop before."""
    answer = await house.send()
    order = await house.filled(answer)
    async with house.client(house.operator) as client:
        trace = (await client.get(f"/api/signals/{answer.signal}")).json()

    whats = [hop["what"] for hop in trace["hops"]]
    assert ["alert", "door", "journal", "intended", "sent", "accepted", "fill"] == whats
    times = [hop["at_ns"] for hop in trace["hops"]]
    assert times == sorted(times)
    assert [None] == [hop["since_ms"] for hop in trace["hops"] if hop["since_ms"] is None]
    assert [order] == [row["order"] for row in trace["orders"]]
    assert trace["complete"] and trace["fills"] and trace["orders"][0]["venue_order"]
    assert trace["orders"][0]["slippage"] is not None
    assert ["alert", "bridge", "dispatch", "venue", "fill"] == [s["stage"] for s in trace["stages"]]


async def test_every_check_has_value_and_limit(house: Room) -> None:
    """A refused order shows all checks, which of them refused it, and what to do."""
    answer = await house.send(quantity="0.3")
    async with house.client(house.operator) as client:
        trace = (await client.get(f"/api/signals/{answer.signal}")).json()

    (account,) = trace["accounts"]
    checks = {check["name"]: check for check in account["checks"]}
    assert ("refused", "quantity_over_limit") == (account["verdict"], account["code"])
    quantity = checks["quantity_max"]
    assert (1, "0.3", "0.1") == (quantity["control"], quantity["value"], quantity["limit"])
    assert ("refused", True) == (quantity["result"], quantity["decided"])
    assert ("ok", False) == (checks["halt"]["result"], checks["halt"]["decided"])
    assert "0.1" in trace["sentence"] and trace["fix"]
    assert len(account["checks"]) >= 13


async def test_an_exit_shows_what_would_have_stopped_an_entry(house: Room) -> None:
    """While halted an exit passes, and its trace says that the halt was seen and let it pass."""
    await house.filled(await house.send())
    await house.runtime.halt("global", by="test", reason="test")
    answer = await house.send(action="exit", effect=None, quantity=None)
    await house.filled(answer)
    async with house.client(house.operator) as client:
        trace = (await client.get(f"/api/signals/{answer.signal}")).json()

    halt = next(c for c in trace["accounts"][0]["checks"] if c["name"] == "halt")
    assert ("halted", "passes") == (halt["code"], halt["result"])


async def test_a_message_that_is_no_signal_has_a_trace(house: Room) -> None:
    """What could not be read is shown as it came, with the reason."""
    answer = await house.post(b'{"strategy": "demo", "action": "{{strategy.order.action}}"}')
    async with house.client(house.operator) as client:
        trace = (await client.get(f"/api/signals/{answer.signal}")).json()

    assert ("refused", False) == (trace["verdict"], trace["readable"])
    assert "{{strategy.order.action}}" in trace["raw"]
    assert trace["code"] and trace["sentence"] and trace["fix"]


async def test_a_repeated_delivery_is_told(house: Room) -> None:
    """The same message a second time is a hop of the first signal, not another signal."""
    body = (
        b'{"id": "x1", "strategy": "demo", "symbol": "BTCUSDT", "action": "buy",'
        b' "quantity": "0.01", "time": "%d"}' % (house.runtime.clock.now() // 1_000_000)
    )
    first = await house.post(body)
    second = await house.post(body)
    await house.filled(first)
    async with house.client(house.operator) as client:
        trace = (await client.get(f"/api/signals/{first.signal}")).json()

    assert ("duplicate", first.signal) == (second.verdict, second.signal)
    assert 1 == trace["repeats"]
    assert "repeat" in [hop["what"] for hop in trace["hops"]]


async def test_a_trace_outlives_the_day(house: Room) -> None:
    """What left the state is told from the journal, the same as before."""
    answer = await house.send()
    order = await house.filled(answer)
    async with house.client(house.operator) as client:
        before = (await client.get(f"/api/signals/{answer.signal}")).json()
        await house.forget()
        listed = (await client.get("/api/signals")).json()["signals"]
        after = (await client.get(f"/api/signals/{answer.signal}")).json()
        alone = (await client.get(f"/api/orders/{order}")).json()

    assert [] == listed
    assert before == after
    assert ("filled", "0.01") == (alone["state"], alone["filled"])


async def test_hops_of_one_order_are_in_order_of_records(house: Room) -> None:
    """Hops of the same nanosecond keep the order of their records."""
    answer = await house.send()
    await house.filled(answer)
    async with house.client(house.operator) as client:
        trace = (await client.get(f"/api/signals/{answer.signal}")).json()

    numbers = [hop["number"] for hop in trace["hops"] if hop["number"]]
    assert all(one < two for one, two in pairwise(numbers))
