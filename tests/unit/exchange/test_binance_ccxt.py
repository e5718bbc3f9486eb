"""The real ccxt on Binance's dialects, over TLS at the venue's own names: every call that a
connector makes, and every fault as it sees it.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any, Final

import ccxt
import pytest
from msgspec import structs

from adapters.exchange.faults import Fault, Kind
from tests.unit.exchange.clients import SYMBOLS, WAIT_S, customer, until

pytestmark = pytest.mark.loopback

BTC: Final = "BTCUSDT"


@pytest.fixture(params=["binance", "binanceusdm"])
def venue(request: pytest.FixtureRequest) -> str:
    """Give each product's name."""
    return request.param


async def limit(client: Any, venue: str, client_id: str, price: float = 40_000) -> Any:
    """Place a resting purchase."""
    params = {"clientOrderId": client_id}
    return await client.create_order(SYMBOLS[venue], "limit", "buy", 0.01, price, params)


async def test_markets_carry_the_rules_of_the_exchange(venue: str) -> None:
    """Tick, lot, least worth and contract size come out as they were put in."""
    async with customer(venue) as (exchange, client):
        market = client.market(SYMBOLS[venue])
        ours = exchange.engine(venue).markets[BTC]

        assert (ours.tick, ours.lot, ours.notional_min) == (
            Decimal(market["precision"]["price"]),
            Decimal(market["precision"]["amount"]),
            Decimal(market["limits"]["cost"]["min"]),
        )
        assert market["active"]
        assert (None if venue == "binance" else "1") == (market["contractSize"] and "1")


async def test_an_order_lives_through_every_call(venue: str) -> None:
    """Create, find by either id, list, replace or amend, cancel, trade: all by client id."""
    async with customer(venue) as (_, client):
        symbol = SYMBOLS[venue]
        order = await limit(client, venue, "one")
        found = await client.fetch_order(None, symbol, {"clientOrderId": "one"})
        listed = await client.fetch_open_orders(symbol)
        edited = await client.edit_order(
            order["id"], symbol, "limit", "buy", 0.02, 41_000, {"clientOrderId": "one"}
        )
        ended = await client.cancel_order(None, symbol, {"clientOrderId": "one"})
        bought = await client.create_order(symbol, "market", "buy", 0.01)
        (trade,) = await client.fetch_my_trades(symbol)
        history = await client.fetch_orders(symbol)

        assert (order["id"], "open") == (found["id"], found["status"])
        assert [order["id"]] == [one["id"] for one in listed]
        assert Decimal("0.02") == Decimal(edited["amount"])
        assert ("canceled", "closed") == (ended["status"], bought["status"])
        assert (bought["id"], Decimal("0.01")) == (trade["order"], Decimal(trade["amount"]))
        assert bought["id"] in {one["id"] for one in history}


async def test_wallet_time_status_fees_and_prices_are_read(venue: str) -> None:
    """What a connector asks for before it trades."""
    async with customer(venue) as (_, client):
        symbol = SYMBOLS[venue]
        balance = await client.fetch_balance()
        status = await client.fetch_status()
        fee = await client.fetch_trading_fee(symbol)
        ticker = await client.fetch_bids_asks([symbol])
        key = await client.sapiGetAccountApiRestrictions()

        assert Decimal(100_000) == Decimal(balance["USDT"]["total"])
        assert "ok" == status["status"]
        assert Decimal(0) < Decimal(fee["taker"]) < Decimal("0.01")
        assert Decimal(ticker[symbol]["bid"]) < Decimal(ticker[symbol]["ask"])
        assert not key["enableWithdrawals"]
        assert abs(await client.load_time_difference()) < WAIT_S * 1000


async def test_stops_are_placed_found_listed_and_cancelled() -> None:
    """USD-M: ccxt sends them to the algo service, and ``trigger`` finds them there."""
    async with customer("binanceusdm") as (exchange, client):
        symbol = SYMBOLS["binanceusdm"]
        await client.create_order(symbol, "market", "buy", 0.01)
        for kind, price in (("stopLossPrice", 49_000), ("takeProfitPrice", 52_000)):
            terms = {kind: price, "reduceOnly": True, "clientOrderId": kind}
            await client.create_order(symbol, "market", "sell", 0.01, None, terms)
        asleep = await client.fetch_open_orders(symbol, params={"trigger": True})
        by_name = {"trigger": True, "clientOrderId": "takeProfitPrice"}
        await client.cancel_order(None, symbol, by_name)
        exchange.engine("binanceusdm").move(BTC, Decimal(48_900))
        woken = await client.fetch_order(None, symbol, {"clientOrderId": "stopLossPrice"})

        assert ["stopLossPrice", "takeProfitPrice"] == [one["clientOrderId"] for one in asleep]
        assert ("closed", True) == (woken["status"], woken["reduceOnly"])
        assert [] == await client.fetch_positions([symbol])


async def test_spot_stops_are_placed_and_cancelled() -> None:
    """Spot knows them as orders like any other."""
    async with customer("binance") as (_, client):
        terms = {"stopLossPrice": 49_000, "clientOrderId": "stop"}
        order = await client.create_order("BTC/USDT", "market", "sell", 0.01, None, terms)
        await client.cancel_order(None, "BTC/USDT", {"clientOrderId": "stop"})
        found = await client.fetch_order(order["id"], "BTC/USDT")

        assert ("open", "canceled") == (order["status"], found["status"])


async def test_positions_modes_and_money_are_read() -> None:
    """USD-M: position, leverage, margin mode, position mode, funding and transfers."""
    async with customer("binanceusdm") as (exchange, client):
        symbol = SYMBOLS["binanceusdm"]
        await client.create_order(symbol, "market", "buy", 0.01)
        exchange.control.fund("binanceusdm", BTC, Decimal("0.0001"))
        (held,) = await client.fetch_positions([symbol])
        (funding,) = await client.fetch_funding_history(symbol)
        await client.set_leverage(5, symbol)
        leverage = (await client.fetch_leverages([symbol]))[symbol]
        mode = await client.fetch_position_mode()

        assert ("long", Decimal("0.01")) == (held["side"], Decimal(held["contracts"]))
        assert Decimal("-0.05") == Decimal(funding["amount"])
        assert (5, "cross") == (leverage["longLeverage"], leverage["marginMode"])
        assert not mode["hedged"]


async def test_what_happens_is_streamed(venue: str) -> None:
    """Order news and prices come by themselves, raw and through ccxt."""
    async with customer(venue) as (exchange, client):
        symbol = SYMBOLS[venue]
        watched = asyncio.create_task(client.watch_orders(symbol))
        await until(lambda: any(one.account for one in exchange.control.sessions(venue)))
        await client.create_order(symbol, "market", "buy", 0.01, None, {"clientOrderId": "one"})
        async with asyncio.timeout(WAIT_S):
            (news, *_) = await watched
            ticker = await client.watch_bids_asks([symbol])

        assert "one" == news["clientOrderId"]
        assert Decimal(ticker[symbol]["bid"]) < Decimal(ticker[symbol]["ask"])


BEFORE: Final = False
AFTER: Final = True

FAULTS: Final[list[tuple[Fault, bool, str]]] = [
    (Fault(kind=Kind.REPLY_LOST), AFTER, "RequestTimeout"),
    (Fault(kind=Kind.REPLY_LOST, how="reset"), AFTER, "ExchangeNotAvailable"),
    (Fault(kind=Kind.REPLY_LOST, how="close"), AFTER, "ExchangeNotAvailable"),
    (Fault(kind=Kind.REPLY_LATE, delay_ms=2_000), AFTER, "RequestTimeout"),
    (Fault(kind=Kind.REPLY_CUT), AFTER, "ExchangeError"),
    (Fault(kind=Kind.PAGE_AFTER, status=502), AFTER, "ExchangeNotAvailable"),
    (Fault(kind=Kind.ERROR_AFTER, code="-1000"), AFTER, "OperationFailed"),
    (Fault(kind=Kind.ERROR_AFTER, code="-1006"), AFTER, "OperationFailed"),
    (Fault(kind=Kind.ERROR_AFTER, code="-1007"), AFTER, "RequestTimeout"),
    (Fault(kind=Kind.REQUEST_LOST), BEFORE, "RequestTimeout"),
    (Fault(kind=Kind.REQUEST_LOST, how="reset"), BEFORE, "ExchangeNotAvailable"),
    (Fault(kind=Kind.PAGE_BEFORE, status=503), BEFORE, "ExchangeNotAvailable"),
    (Fault(kind=Kind.MAINTENANCE), BEFORE, "ExchangeNotAvailable"),
    (Fault(kind=Kind.WALL), BEFORE, "ExchangeNotAvailable"),
    (Fault(kind=Kind.RATE_LIMITED, retry_after_s=7), BEFORE, "DDoSProtection"),
    (Fault(kind=Kind.BANNED, retry_after_s=7), BEFORE, "DDoSProtection"),
    (Fault(kind=Kind.REFUSED, code="-1008"), BEFORE, "OperationFailed"),
    (Fault(kind=Kind.REFUSED, code="-1015"), BEFORE, "DDoSProtection"),
    (Fault(kind=Kind.REFUSED, code="-1021"), BEFORE, "InvalidNonce"),
    (Fault(kind=Kind.REFUSED, code="-1022"), BEFORE, "AuthenticationError"),
    (Fault(kind=Kind.REFUSED, code="-2015"), BEFORE, "AuthenticationError"),
]
"""A fault, whether the order is there afterwards, and what ccxt raises."""


async def test_each_fault_looks_to_ccxt_as_it_does_on_the_venue(venue: str) -> None:
    """The class that ccxt raises says little of whether the order is there: the exchange knows."""
    async with customer(venue) as (exchange, client):
        seen: list[tuple[str, bool, str]] = []
        for number, (fault, _, _) in enumerate(FAULTS):
            name = f"mine-{number}"
            exchange.control.fault(structs.replace(fault, venue=venue, call="create"))
            with pytest.raises(Exception, match=venue) as caught:
                await limit(client, venue, name)
            exchange.control.calm()
            there = exchange.control.arrivals(venue).get(name, 0)
            taken = name in {one.client_id for one in exchange.control.orders(venue)}
            assert taken == bool(there), "what arrived was taken, and arrived once"
            seen.append((_named(fault), taken, type(caught.value).__name__))

        assert [(_named(fault), taken, raised) for fault, taken, raised in FAULTS] == seen


def _named(fault: Fault) -> str:
    return f"{fault.kind} {fault.code or fault.how} {fault.status}"


async def test_a_page_with_status_200_is_a_hollow_order(venue: str) -> None:
    """No error is raised: ccxt makes an order without id out of the page, and the order lives."""
    async with customer(venue) as (exchange, client):
        page = Fault(kind=Kind.PAGE_AFTER, status=200, venue=venue, call="create")
        exchange.control.fault(page)
        hollow = await limit(client, venue, "mine")

        assert (None, None) == (hollow["id"], hollow["status"])
        assert hollow["info"].startswith("<html>")
        assert ["mine"] == [one.client_id for one in exchange.control.orders(venue)]


async def test_a_refused_connection_and_a_clock_that_is_off(venue: str) -> None:
    """A dead machine resets what is open and refuses what comes; a clock that is off is mended by
    asking for the time."""
    async with customer(venue) as (exchange, client):
        await exchange.control.door(open=False)
        causes: list[str] = []
        for _ in range(2):
            with pytest.raises(Exception, match="POST") as refused:
                await limit(client, venue, "mine")
            causes.append(type(refused.value.__cause__).__name__)
        await exchange.control.door(open=True)
        exchange.control.skew(30_000)
        with pytest.raises(Exception, match="-1021") as early:
            await client.fetch_balance()
        await client.load_time_difference()
        order = await limit(client, venue, "mine")

        assert ["ClientOSError", "ClientConnectorError"] == causes
        assert "InvalidNonce" == type(early.value).__name__
        assert "open" == order["status"]


STREAM_FAULTS: Final[dict[Kind, list[str]]] = {
    Kind.EVENT_MISSED: ["FILLED"],
    Kind.EVENT_DUPLICATED: ["NEW", "NEW", "FILLED"],
    Kind.EVENT_REORDERED: ["FILLED", "NEW"],
}


@pytest.mark.parametrize("kind", STREAM_FAULTS)
async def test_frames_are_missed_doubled_and_swapped(kind: Kind) -> None:
    """What is on the wire is what the fault says, however ccxt takes it."""
    async with customer("binance") as (exchange, client):
        watching = asyncio.create_task(client.watch_balance())
        await until(lambda: any(one.account for one in exchange.control.sessions("binance")))
        exchange.control.fault(Fault(kind=kind, venue="binance"))
        await client.create_order("BTC/USDT", "market", "buy", 0.01)

        def events() -> list[Any]:
            return [one["event"] for one in client.raw if "event" in one]

        await until(lambda: any(one["e"] == "outboundAccountPosition" for one in events()))
        await asyncio.gather(watching)

        assert STREAM_FAULTS[kind] == [
            one["X"] for one in events() if one["e"] == "executionReport"
        ]


async def test_a_dropped_stream_is_dialled_again(venue: str) -> None:
    """The pending call fails, the next one subscribes anew and hears what comes then."""
    async with customer(venue) as (exchange, client):
        symbol = SYMBOLS[venue]
        watched = asyncio.create_task(client.watch_orders(symbol))
        await until(lambda: any(one.account for one in exchange.control.sessions(venue)))
        exchange.control.drop(venue)
        with pytest.raises(Exception, match=r".*") as lost:
            await watched
        again = asyncio.create_task(client.watch_orders(symbol))
        await until(lambda: any(one.account for one in exchange.control.sessions(venue)))
        await limit(client, venue, "after")
        async with asyncio.timeout(WAIT_S):
            (news, *_) = await again

        assert "NetworkError" == type(lost.value).__name__
        assert "after" == news["clientOrderId"]


async def test_a_notice_that_a_stream_has_ended_leaves_the_watcher_waiting(venue: str) -> None:
    """The notice is on the wire; ccxt's pending call goes on waiting for ever, the socket lives."""
    async with customer(venue) as (exchange, client):
        watched = asyncio.create_task(client.watch_orders(SYMBOLS[venue]))
        await until(lambda: any(one.account for one in exchange.control.sessions(venue)))
        exchange.control.terminate(venue)
        events = ("eventStreamTerminated", "listenKeyExpired")

        def noticed() -> bool:
            frames = (one.get("event", one) for one in client.raw)
            return any(one.get("e") in events for one in frames)

        await until(noticed)
        await limit(client, venue, "mine")

        assert not watched.done()
        assert 1 == len(exchange.control.sessions(venue))
        watched.cancel()
        await asyncio.gather(watched, return_exceptions=True)


async def test_a_half_open_stream_says_nothing_and_stays(venue: str) -> None:
    """Neither an event nor a farewell: only a watch of its own notices."""
    async with customer(venue) as (exchange, client):
        watched = asyncio.create_task(client.watch_orders(SYMBOLS[venue]))
        await until(lambda: any(one.account for one in exchange.control.sessions(venue)))
        exchange.control.silence(venue)
        await limit(client, venue, "mine")

        assert not watched.done()
        assert [] == [one for one in client.raw if "mine" in str(one)]
        watched.cancel()
        await asyncio.gather(watched, return_exceptions=True)


async def test_an_outage_refuses_calls_and_streams_until_it_ends(venue: str) -> None:
    """Calls get a page, new streams are refused, and afterwards both work again."""
    async with customer(venue) as (exchange, client):
        exchange.control.outage(venue, on=True)
        for call in (client.fetch_order_book, client.watch_trades):
            with pytest.raises(Exception, match=r"503|depth") as down:
                await call(SYMBOLS[venue])
            assert isinstance(down.value, ccxt.NetworkError)
        exchange.control.outage(venue, on=False)

        assert "open" == (await limit(client, venue, "mine"))["status"]


async def test_an_order_shows_late_or_is_rejected_after_its_answer(venue: str) -> None:
    """Not found right after the answer is no proof, and neither is the answer."""
    async with customer(venue) as (exchange, client):
        exchange.control.fault(Fault(kind=Kind.HIDDEN, venue=venue, call="create", reads=2))
        await limit(client, venue, "late")
        looks: list[str] = []
        for _ in range(3):
            try:
                found = await client.fetch_order(None, SYMBOLS[venue], {"clientOrderId": "late"})
                looks.append(found["status"])
            except ccxt.OrderNotFound:
                looks.append("not found")
        exchange.control.fault(Fault(kind=Kind.REJECTED_LATER, venue=venue, call="create"))
        told = await limit(client, venue, "doomed")
        truth = await client.fetch_order(None, SYMBOLS[venue], {"clientOrderId": "doomed"})

        assert ["not found", "not found", "open"] == looks
        assert ("open", "rejected") == (told["status"], truth["status"])


async def test_nothing_leaves_this_machine() -> None:
    """A host that no venue of the exchange has does not exist for the client."""
    async with customer("binance") as (_, client):
        with pytest.raises(Exception, match="dapi") as caught:
            await client.dapiPublicGetTime()

        assert "ClientConnectorDNSError" == type(caught.value.__cause__).__name__
