"""Every fault of a request, met by the real ccxt: what it sees, and what was really done."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
import pytest

from adapters.exchange.control import Refused
from adapters.exchange.exchange import Settings, running
from adapters.exchange.faults import KINDS, Chance, Fault, Faults, Kind, Slot, Storm
from tests.unit.exchange.books import SYMBOL, bybit

TIMEOUT_MS: Final = 400
"""A client that gives up soon: some of these answers never come."""

CREATES: Final = [
    (Fault(kind=Kind.REQUEST_LOST), "RequestTimeout", "TimeoutError", 0),
    (Fault(kind=Kind.REQUEST_LOST, how="reset"), "ExchangeNotAvailable", "ClientOSError", 0),
    (Fault(kind=Kind.REQUEST_LOST, how="close"), "ExchangeNotAvailable", "Disconnected", 0),
    (Fault(kind=Kind.REPLY_LOST), "RequestTimeout", "TimeoutError", 1),
    (Fault(kind=Kind.REPLY_LOST, how="reset"), "ExchangeNotAvailable", "ClientOSError", 1),
    (Fault(kind=Kind.REPLY_LOST, how="close"), "ExchangeNotAvailable", "Disconnected", 1),
    (Fault(kind=Kind.REPLY_CUT), "ExchangeError", "ClientPayloadError", 1),
    (Fault(kind=Kind.REPLY_LATE, delay_ms=50), "", "", 1),
    (Fault(kind=Kind.REPLY_LATE, delay_ms=5_000), "RequestTimeout", "TimeoutError", 1),
    (Fault(kind=Kind.LATENCY, delay_ms=50), "", "", 1),
    (Fault(kind=Kind.LATENCY, delay_ms=5_000), "RequestTimeout", "TimeoutError", 0),
    (Fault(kind=Kind.REFUSED, code="10002"), "InvalidNonce", "", 0),
    (Fault(kind=Kind.REFUSED, code="10003"), "AuthenticationError", "", 0),
    (Fault(kind=Kind.REFUSED, code="10004"), "AuthenticationError", "", 0),
    (Fault(kind=Kind.REFUSED, code="10005"), "PermissionDenied", "", 0),
    (Fault(kind=Kind.REFUSED, code="10016"), "ExchangeError", "", 0),
    (Fault(kind=Kind.REFUSED, code="10018"), "RateLimitExceeded", "", 0),
    (Fault(kind=Kind.REFUSED, code="33004"), "AuthenticationError", "", 0),
    (Fault(kind=Kind.ERROR_AFTER, code="10000"), "ExchangeError", "", 1),
    (Fault(kind=Kind.ERROR_AFTER, code="10016"), "ExchangeError", "", 1),
    (Fault(kind=Kind.PAGE_BEFORE, status=503), "ExchangeNotAvailable", "", 0),
    (Fault(kind=Kind.PAGE_AFTER, status=502), "ExchangeNotAvailable", "", 1),
    (Fault(kind=Kind.PAGE_AFTER, status=504), "RequestTimeout", "", 1),
    (Fault(kind=Kind.PAGE_AFTER, status=200), "", "", 1),
    (Fault(kind=Kind.RATE_LIMITED, retry_after_s=2), "RateLimitExceeded", "", 0),
    (Fault(kind=Kind.BANNED, retry_after_s=2), "RateLimitExceeded", "", 0),
    (Fault(kind=Kind.WALL), "RateLimitExceeded", "", 0),
    (Fault(kind=Kind.MAINTENANCE), "ExchangeNotAvailable", "", 0),
    (Fault(kind=Kind.HIDDEN), "", "", 1),
    (Fault(kind=Kind.REJECTED_LATER), "", "", 1),
]
"""A fault, the error of ccxt (empty: none) and its cause, and how many orders the exchange took."""


def _name(row: Any) -> str:
    return "-".join([row[0].kind, row[0].how, row[0].code, str(row[0].status)])


@pytest.mark.loopback
@pytest.mark.parametrize(
    ("fault", "error", "cause", "there"), CREATES, ids=[_name(row) for row in CREATES]
)
async def test_a_fault_of_a_new_order(fault: Fault, error: str, cause: str, there: int) -> None:
    """Ccxt sees the error that it sees at the real venue, and the order is there or not."""
    seen = ("", "")
    async with running() as exchange, bybit(exchange, timeout_ms=TIMEOUT_MS) as client:
        exchange.control.fault(msgspec.structs.replace(fault, venue="bybit", call="create"))
        try:
            await client.create_order(
                SYMBOL, "limit", "buy", 0.01, 40_000, {"clientOrderId": "mine"}
            )
        except Exception as raised:
            why = raised.__cause__
            seen = type(raised).__name__, type(why).__name__ if why is not None else ""
        orders = exchange.control.orders("bybit")

        assert error == seen[0]
        assert cause in seen[1]
        assert there == len(orders)
        assert {fault.kind: 1} == exchange.faults.happened
        assert [] == exchange.faults.waiting


async def _try(client: Any, name: str) -> str:
    try:
        await client.create_order(SYMBOL, "limit", "buy", 0.01, 40_000, {"clientOrderId": name})
    except Exception as raised:
        return type(raised).__name__
    return "ok"


@pytest.mark.loopback
async def test_every_kind_of_request_fault_is_tried() -> None:
    """No kind is in the table that the test above leaves out."""
    of_requests = {kind for kind, (slot, _) in KINDS.items() if slot not in {Slot.DIAL, Slot.EVENT}}

    assert of_requests == {row[0].kind for row in CREATES}


@pytest.mark.loopback
async def test_an_order_that_is_hidden_is_not_found_at_first() -> None:
    """The id of an order that was taken is unknown for so many looks; then it is there."""
    async with running() as exchange, bybit(exchange) as client:
        exchange.control.fault(Fault(kind=Kind.HIDDEN, call="create", reads=2))
        await _try(client, "mine")
        found = [
            len(await client.fetch_open_orders(SYMBOL, params={"orderLinkId": "mine"}))
            for _ in range(3)
        ]
        again = await _try(client, "mine")

    assert [0, 0, 1] == found
    assert "InvalidOrder" == again


@pytest.mark.loopback
async def test_an_order_can_be_rejected_after_its_answer() -> None:
    """Bybit's answer only says that a request arrived; the order may still be rejected."""
    async with running() as exchange, bybit(exchange) as client:
        exchange.control.fault(Fault(kind=Kind.REJECTED_LATER, call="create"))
        said = await _try(client, "mine")
        found = await client.fetch_open_orders(SYMBOL, params={"orderLinkId": "mine"})

    assert "ok" == said
    assert ["Rejected"] == [one["info"]["orderStatus"] for one in found]


@pytest.mark.loopback
async def test_a_ban_lasts() -> None:
    """After a ban everything is turned away until its time, reads too; then it is over."""
    async with running() as exchange, bybit(exchange) as client:
        now = exchange.clock.now_ns()
        exchange.clock.source = lambda: now
        exchange.control.fault(Fault(kind=Kind.BANNED, call="create", retry_after_s=5))
        banned = [await _try(client, f"o{number}") for number in range(2)]
        seen = exchange.control.requests("bybit", "create")[-1].status
        exchange.clock.source = lambda: now + 5_000_000_000
        await client.load_time_difference()
        free = await _try(client, "free")

    assert (["RateLimitExceeded"] * 2, 403, "ok") == (banned, seen, free)


@pytest.mark.loopback
@pytest.mark.parametrize(("window_ms", "there"), [(5_000, 1), (100, 0)])
async def test_a_request_can_arrive_after_its_client_gave_up(window_ms: int, there: int) -> None:
    """What hangs on the road is done late, or never when its time stamp is too old by then."""
    async with (
        running() as exchange,
        bybit(exchange, timeout_ms=TIMEOUT_MS, recvWindow=window_ms) as client,
    ):
        await _try(client, "first")
        arrived = asyncio.Event()
        exchange.server.answered = lambda seen: seen.faults and arrived.set()
        exchange.control.fault(Fault(kind=Kind.LATENCY, call="create", delay_ms=600))
        said = await _try(client, "late")
        before = exchange.control.arrivals("bybit")
        await arrived.wait()
        names = [order.client_id for order in exchange.control.orders("bybit")]

    assert ("RequestTimeout", {"first": 1}) == (said, before)
    assert there == names.count("late")


@pytest.mark.loopback
async def test_a_dead_machine_comes_back() -> None:
    """With its door closed nobody connects; opened again it has the same port and books."""
    async with running() as exchange, bybit(exchange) as client:
        said = [await _try(client, "before")]
        await exchange.control.door(open=False)
        said += [await _try(client, "during") for _ in range(2)]
        await exchange.control.door(open=True)
        said.append(await _try(client, "after"))
        names = [order.client_id for order in exchange.control.orders("bybit")]

    gone = "ExchangeNotAvailable"
    assert ["ok", gone, gone, "ok"] == said
    assert ["before", "after"] == names


@pytest.mark.loopback
async def test_an_outage_lasts_until_it_is_taken_back() -> None:
    """A venue that is down answers nothing but that, to everybody, until it is up again."""
    async with running() as exchange, bybit(exchange) as client:
        exchange.control.outage("bybit", on=True)
        down = [await _try(client, f"o{number}") for number in range(3)]
        exchange.control.outage("bybit", on=False)
        up = await _try(client, "up")

    assert (["ExchangeNotAvailable"] * 3, "ok") == (down, up)


@pytest.mark.loopback
async def test_a_fault_meets_only_its_call() -> None:
    """A fault for cancels lets new orders pass, and one for another venue lets all pass."""
    async with running() as exchange, bybit(exchange) as client:
        fault = Fault(kind=Kind.REFUSED, venue="bybit", code="10016", call="cancel")
        exchange.control.fault(fault)
        made = await client.create_order(SYMBOL, "limit", "buy", 0.01, 40_000)
        with pytest.raises(Exception, match="10016"):
            await client.cancel_order(made["id"], SYMBOL)
        ended = await client.cancel_order(made["id"], SYMBOL)

    assert made["id"] == ended["id"]


REFUSED: Final = Fault(kind=Kind.REFUSED, venue="bybit", code="10016", call="create")


async def _storm(seed: int) -> tuple[list[str], int]:
    chances = (
        Chance(fault=Fault(kind=Kind.REPLY_LOST, how="reset", call="create"), per_mille=200),
        Chance(fault=Fault(kind=Kind.REQUEST_LOST, how="reset", call="create"), per_mille=200),
        Chance(fault=REFUSED, per_mille=200),
    )
    async with running(Settings(rate_limits=False)) as exchange, bybit(exchange) as client:
        exchange.control.storm(seed, chances)
        said = [await _try(client, f"o{number}") for number in range(40)]
        exchange.control.calm()
        calm = {await _try(client, f"calm{number}") for number in range(10)}
        names = {order.client_id for order in exchange.control.orders("bybit")}

    assert {"ok"} == calm
    return said, len(names)


@pytest.mark.loopback
async def test_a_storm_repeats_itself() -> None:
    """The same seed and requests meet the same faults; another seed others; calm is calm."""
    first, again, other = [await _storm(seed) for seed in (7, 7, 8)]

    assert first == again
    assert first != other
    assert {"ok", "ExchangeNotAvailable", "ExchangeError"} == set(first[0])


def test_a_fault_at_the_door_uses_up_none_of_the_way_back() -> None:
    """A request that is turned away leaves a fault of the answer for the next one."""
    faults = Faults()
    faults.add(Fault(kind=Kind.REPLY_LOST))
    faults.add(Fault(kind=Kind.WALL))
    met = [set(faults.take_request("bybit", "create")) for _ in range(3)]

    assert [{Slot.DOOR}, {Slot.WAY_BACK}, set()] == met


def test_a_fault_happens_so_many_times() -> None:
    """``times`` counts down, in the order in which faults were put in."""
    faults = Faults()
    faults.add(Fault(kind=Kind.LATENCY, delay_ms=1, times=2))
    faults.add(Fault(kind=Kind.LATENCY, delay_ms=2))
    met = [faults.take_request("v", "create") for _ in range(4)]

    assert [1, 1, 2, None] == [one[Slot.ROAD].delay_ms if one else None for one in met]


def test_a_storm_draws_as_often_as_it_says() -> None:
    """A chance of 250 in a thousand comes about so often."""
    storm = Storm(1, (Chance(fault=Fault(kind=Kind.WALL), per_mille=250),))
    drawn = sum(len(storm.draw("v", "create", frozenset(Slot))) for _ in range(10_000))

    assert 2_300 < drawn < 2_700


@pytest.mark.loopback
async def test_a_fault_that_could_never_happen_is_refused() -> None:
    """Unknown venues, calls and codes are refused with what there is."""
    async with running() as exchange:
        for fault, known in (
            (Fault(kind=Kind.WALL, venue="bitmex"), "bybit"),
            (Fault(kind=Kind.WALL, call="buy"), "create"),
            (Fault(kind=Kind.REFUSED, venue="bybit", code="1"), "10016"),
        ):
            with pytest.raises(Refused, match=known):
                exchange.control.fault(fault)

        assert [] == exchange.faults.waiting
