"""The life of a trade: from the alert to flat, with its legs, what it earned and what it cost."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

from bridge.cli import offline
from bridge.cli.screen import Screen
from bridge.cli.tracing import tell_trace
from tests.unit.http.room import Room

D = Decimal


async def round_trip(house: Room) -> tuple[str, str]:
    """Open a position in two orders and close it; return the first signal and the last."""
    first = await house.send(quantity="0.02", price="60000.0")
    await house.filled(first)
    await house.filled(await house.send(quantity="0.01"))
    last = await house.send(action="exit", effect=None, quantity=None)
    await house.filled(last)
    return first.signal, last.signal


async def traces(house: Room, *names: str) -> list[dict[str, Any]]:
    """Ask for the traces of signals."""
    async with house.client(house.operator) as client:
        return [(await client.get(f"/api/signals/{name}")).json() for name in names]


async def test_one_trade_from_three_signals(house: Room) -> None:
    """Whichever of its signals is looked at, the same trade is told, from alert to flat."""
    first, last = await round_trip(house)
    one, other = await traces(house, first, last)
    (trade,) = one["trades"]

    assert one["trades"] == other["trades"]
    assert ["entry", "entry", "exit"] == [row["role"] for row in trade["orders"]]
    assert ("long", "0.03", False, 3) == (
        trade["side"], trade["peak"], trade["open"], len(trade["signals"]),
    )  # fmt: skip
    whats = [hop["what"] for hop in trade["hops"]]
    assert "alert" == whats[0] and "fill" == whats[-1]
    assert 3 == whats.count("alert") == whats.count("intended")
    assert trade["complete"]


async def test_what_it_earned_and_cost(house: Room) -> None:
    """Result is realized less fees; the slippage of the trade is that of its orders, by stage."""
    first, _ = await round_trip(house)
    (trace,) = await traces(house, first)
    (trade,) = trace["trades"]
    money = [row["slippage_stages"]["money"] for row in trade["orders"]]
    parts = ("alert", "bridge", "wire", "venue", "unsplit")

    assert D(trade["result"]) == D(trade["realized"]) - D(trade["fees"])
    assert D(trade["slippage"]["total"]) == sum(D(one["total"]) for one in money)
    for one in (*money, trade["slippage"]):
        assert D(one["total"]) == sum(D(one[name] or 0) for name in parts)
    assert money[0]["alert"] is not None and money[1]["alert"] is None


async def test_it_outlives_the_day(house: Room) -> None:
    """What left the state is told from the journal, the same as before."""
    first, _ = await round_trip(house)
    (before,) = await traces(house, first)
    await house.forget()
    (after,) = await traces(house, first)

    assert before["trades"] == after["trades"]


async def test_the_command_tells_the_same_without_the_bridge(house: Room) -> None:
    """The journal alone gives the same life, and text says it."""
    first, _ = await round_trip(house)
    (asked,) = await traces(house, first)
    alone = json.loads(json.dumps(offline.signal(house.config, first)))
    out = io.StringIO()
    tell_trace(Screen(out=out), alone)

    assert asked["trades"] == alone["trades"]
    for text in (f"Trade {asked['trades'][0]['trade']}", "flat", "slippage in ticks", "result"):
        assert text in out.getvalue()


async def test_the_page_shows_it(house: Room) -> None:
    """On the page of its signal, with its stages; an order's API has it too."""
    first, last = await round_trip(house)
    async with house.logged_in() as client:
        page = (await client.get(f"/signals/{last}")).text
        (trade,) = (await client.get(f"/api/signals/{first}")).json()["trades"]
        order = (await client.get(f"/api/orders/{trade['orders'][0]['order']}")).json()

    for text in ("from the alert to flat", "What it cost", trade["trade"][:8], "unknown"):
        assert text in page
    assert [trade] == order["trades"]


async def test_a_signal_without_a_fill_has_no_trade(house: Room) -> None:
    """A refused one, and one that rests."""
    refused = await house.send(quantity="0.5")
    resting = await house.send(order_type="limit", price="30000.0")
    found = await traces(house, refused.signal, resting.signal)

    assert [[], []] == [trace["trades"] for trace in found]


async def test_legs_belong_to_the_trade(house: Room) -> None:
    """The stop that protected it is one of its orders, and the protection is told."""
    entry = await house.send(quantity="0.02", stop="30000.0", targets="90000.0")
    await house.filled(entry)
    await house.until(lambda state: any(order.leg for order in state.orders.values()))
    (trace,) = await traces(house, entry.signal)
    (open_one,) = trace["trades"]
    await house.filled(await house.send(action="exit", effect=None, quantity=None))
    await house.until(lambda state: not state.plans and not state.alive)
    (trade,) = (await traces(house, entry.signal))[0]["trades"]
    titles = [hop["title"] for hop in trade["hops"]]

    assert trace["complete"], "the legs are indexed under their signal"
    assert ("30000", ["90000"]) == (
        open_one["plan"]["stop"], [one["price"] for one in open_one["plan"]["targets"]],
    )  # fmt: skip
    assert {"entry", "exit", "stop"} <= {row["role"] for row in trade["orders"]}
    assert "Protection in force" in titles and "Protection over" in titles
    assert (False, None) == (trade["open"], trade["plan"])
    assert [trade] == json.loads(json.dumps(offline.signal(house.config, entry.signal)))["trades"]
