"""The WebSockets: what they tell, and everything that can happen to them."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import aiohttp
import ccxt
import pytest

from adapters.exchange.exchange import Exchange, running
from adapters.exchange.faults import Fault, Faults, Kind
from adapters.exchange.orders import Side
from adapters.exchange.sessions import FRAMES_MAX, Closing, Session
from tests.unit.exchange.books import SYMBOL, D, Heard, bybit, new, private, session

pytestmark = pytest.mark.loopback

QUICK: Final[dict[str, Any]] = {"ws": {"keepAlive": 100}}
"""A ccxt that looks after its lines ten times a second."""


def place(exchange: Exchange, name: str) -> None:
    """Place a resting order, as the customer would."""
    exchange.engine("bybit").place("customer", new(Side.BUY, "0.1", "40000", client_id=name))


def names(frame: Any) -> list[str]:
    """Name the orders of a frame."""
    return [row["orderLinkId"] for row in frame["data"]]


async def test_each_topic_tells_its_own() -> None:
    """One fill is told as order, execution, position and wallet."""
    async with (
        running() as exchange,
        private(exchange, "order", "execution", "position", "wallet") as line,
    ):
        exchange.engine("bybit").place("customer", new(Side.BUY, "0.1", client_id="mine"))
        told = [await line.receive_json() for _ in range(5)]

    assert ["order", "execution", "order", "position", "wallet"] == [one["topic"] for one in told]
    new_one, execution, filled, position, wallet = (one["data"][0] for one in told)
    assert ("New", "Filled") == (new_one["orderStatus"], filled["orderStatus"])
    assert ("mine", "0.1", "Trade") == (
        execution["orderLinkId"],
        execution["execQty"],
        execution["execType"],
    )
    assert ("Buy", "0.1") == (position["side"], position["size"])
    assert D(wallet["coin"][0]["walletBalance"]) == 100_000 - D(execution["execFee"])


async def test_ccxt_understands_the_streams() -> None:
    """watchOrders, watchMyTrades, watchPositions and the public ones of ccxt.pro read them."""
    async with running() as exchange, bybit(exchange) as client:
        heard = Heard(client)
        watches = [
            asyncio.ensure_future(watch)
            for watch in (
                client.watch_orders(),
                client.watch_my_trades(),
                client.watch_ticker(SYMBOL),
                client.watch_trades(SYMBOL),
                client.watch_order_book(SYMBOL, 1),
            )
        ]
        for _ in range(5):
            await heard.until(op="subscribe", success=True)
        await client.create_order(SYMBOL, "market", "buy", 0.5, None, {"clientOrderId": "mine"})
        orders, trades, ticker, printed, book = await asyncio.gather(*watches)

    assert "mine" == orders[0]["clientOrderId"]
    assert (0.5, 50000.1) == (trades[0]["amount"], trades[0]["price"])
    assert 50000.1 == printed[0]["price"]
    assert (49999.9, 50000.1) == (ticker["bid"], ticker["ask"])
    assert 49999.9 == book["bids"][0][0]


async def test_nothing_is_replayed() -> None:
    """What happens before a subscription is never told by it."""
    async with running() as exchange:
        place(exchange, "before")
        async with private(exchange, "order") as line:
            place(exchange, "after")
            told = await line.receive_json()

    assert ["after"] == names(told)


ENDS: Final[list[Any]] = [
    lambda control: control.drop("bybit"),
    lambda control: control.close("bybit"),
    lambda control: control.terminate("bybit"),
]


@pytest.mark.parametrize("end", ENDS, ids=["reset", "close", "terminate"])
async def test_a_stream_that_ends_is_noticed(end: Any) -> None:
    """Ccxt hears of a reset and of a close; what happened meanwhile is told to nobody."""
    async with running() as exchange, bybit(exchange) as client:
        heard = Heard(client)
        watch = asyncio.ensure_future(client.watch_orders())
        await heard.until(op="subscribe")
        assert 1 == end(exchange.control)
        with pytest.raises(ccxt.NetworkError):
            await watch
        place(exchange, "missed")
        again = asyncio.ensure_future(client.watch_orders())
        await heard.until(op="subscribe")
        place(exchange, "seen")

        assert ["seen"] == [one["clientOrderId"] for one in await again]


async def test_a_half_open_stream_is_noticed_by_its_silence_alone() -> None:
    """A silent stream answers no ping: who asks for pongs notices, nobody else."""
    async with running() as exchange, bybit(exchange, **QUICK) as client:
        heard = Heard(client)
        watch = asyncio.ensure_future(client.watch_orders())
        await heard.until(op="subscribe")
        await heard.until(op="pong")
        exchange.control.silence("bybit")
        place(exchange, "unheard")

        with pytest.raises(ccxt.RequestTimeout, match="keepalive"):
            await watch


async def test_a_mute_stream_still_answers_pings() -> None:
    """A dead subscription on a living line: pongs come, events do not."""
    async with running() as exchange, private(exchange, "order") as line:
        exchange.control.mute("bybit")
        place(exchange, "unheard")
        await line.send_json({"op": "ping"})
        told = await line.receive_json()
        await line.ping(b"wire")

        assert "pong" == told["op"]
        assert 1 == len(exchange.control.sessions("bybit"))


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Kind.EVENT_MISSED, ["b", "c"]),
        (Kind.EVENT_DUPLICATED, ["a", "a", "b", "c"]),
        (Kind.EVENT_REORDERED, ["b", "a", "c"]),
    ],
)
async def test_events_get_lost_doubled_and_swapped(kind: Kind, told: list[str]) -> None:
    """A fault of an event meets the next one, and no more than it says."""
    async with running() as exchange, private(exchange, "order") as line:
        exchange.control.fault(Fault(kind=kind, venue="bybit"))
        for name in "abc":
            place(exchange, name)
        heard = [names(await line.receive_json())[0] for _ in told]
        await line.send_json({"op": "ping"})
        last = await line.receive_json()

    assert (told, "pong") == (heard, last["op"])


async def test_a_stream_can_break_right_after_an_event() -> None:
    """The event still arrives; then the line is reset."""
    async with running() as exchange, private(exchange, "order") as line:
        exchange.control.fault(Fault(kind=Kind.STREAM_DROPPED))
        place(exchange, "last")
        told = await line.receive_json()
        end = await line.receive()

    assert (["last"], True) == (
        names(told),
        end.type in {aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSED},
    )


async def test_a_stream_can_be_refused() -> None:
    """A dial can be answered with a status, as by a venue that is starting."""
    async with running() as exchange, session(exchange) as opened:
        exchange.control.fault(Fault(kind=Kind.STREAM_REFUSED, status=503))
        url = "wss://stream.bybit.com/v5/private"
        with pytest.raises(aiohttp.WSServerHandshakeError) as raised:
            await opened.ws_connect(url)
        async with opened.ws_connect(url) as line:
            opened_now = not line.closed

    assert (503, True) == (raised.value.status, opened_now)


async def test_who_has_not_proven_himself_hears_nothing() -> None:
    """A private topic needs a good signature; an unknown topic is refused."""
    async with (
        running() as exchange,
        session(exchange) as opened,
        opened.ws_connect("wss://stream.bybit.com/v5/private") as line,
    ):
        said: list[Any] = []
        for message in (
            {"op": "subscribe", "args": ["order"]},
            {"op": "auth", "args": [exchange.key("bybit").key, 10**15, "00"]},
            {"op": "auth", "args": ["nobody", 10**15, "00"]},
            {"op": "subscribe", "args": ["orders"]},
            {"op": "dance"},
        ):
            await line.send_json(message)
            said.append((await line.receive_json())["success"])
        place(exchange, "mine")
        await line.send_json({"op": "ping"})
        last = await line.receive_json()

    assert [False] * 5 == said
    assert "pong" == last["op"]


async def test_an_exchange_that_ends_says_so() -> None:
    """Streams that are open when the exchange ends get a close frame."""
    async with running() as exchange:
        key = exchange.key("bybit")
        async with private(exchange, "order", key=key) as line:
            ended = asyncio.ensure_future(line.receive())
            await exchange.close()
            end = await ended

    assert (aiohttp.WSMsgType.CLOSE, 1001) == (end.type, end.data)


def test_a_reader_who_sleeps_is_cut_off() -> None:
    """What waits for a slow reader is bounded: then he is closed, and nobody waits for him."""
    line = Session(1, venue="bybit", path="/", params={}, faults=Faults())
    for number in range(FRAMES_MAX + 1):
        line.send({"n": number})
    ends = [line.frames.get_nowait() for _ in range(line.frames.qsize())]

    assert 1 == len(ends)
    assert isinstance(ends[0], Closing)
