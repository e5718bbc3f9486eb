"""Every row of the table of outcomes, with what the real ccxt raises over real sockets."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

import pytest
from aiohttp import web

from adapters.ccxt.calls import creation
from adapters.ccxt.client import Client
from adapters.ccxt.names import venue_name
from adapters.ccxt.outcome import ABSENT, CLOCK, Act, Exists, acknowledged, outcome
from adapters.ccxt.profiles import PROFILES
from adapters.port import Trouble, TroubleKind
from core.orders import OrderType
from tests.unit.ccxt.venue import (
    ORDER,
    Answer,
    Seen,
    Venue,
    client_of,
    cut,
    json_answer,
    reset,
    symbol_of,
    text_answer,
    venue,
)
from tests.unit.ccxt.wire_bytes import wanted

pytestmark = pytest.mark.loopback

__all__ = ["venue"]

BINANCE: Final = PROFILES["binance"]
BYBIT: Final = PROFILES["bybit"]
NOW: Final = 1_700_000_000_000_000_000
S: Final = 1_000_000_000

UNKNOWN, REFUSED, NOT_SENT = TroubleKind.UNKNOWN, TroubleKind.REFUSED, TroubleKind.NOT_SENT
THROTTLED, FATAL = TroubleKind.THROTTLED, TroubleKind.FATAL


def code(number: int, text: str, status: int = 400, **headers: str) -> Answer:
    """Answer as Binance does."""
    return json_answer({"code": number, "msg": text}, status, **headers)


def of_bybit(number: int, text: str, result: Any = None) -> Answer:
    """Answer as Bybit does: with 200, whatever it says; its two probes go well."""
    probe = json_answer({"retCode": 0, "result": {"uta": 1}})
    order = json_answer({"retCode": number, "retMsg": text, "result": result or {}})

    async def answer(request: web.Request, seen: Seen) -> web.StreamResponse:
        return await (order if seen.method == "POST" else probe)(request, seen)

    return answer


async def created(client: Client) -> Trouble | Exists | None:
    """Place a limit order, and judge what came of it."""
    made = creation(client.profile, wanted(client.profile, **LIMIT))
    assert made is not None
    return await judged(
        client, Act.CREATE, lambda exchange: exchange.create_order(*made[0], made[1])
    )


LIMIT: Final[dict[str, Any]] = {"order_type": OrderType.LIMIT, "price": 20000}


async def judged(
    client: Client, act: Act, call: Callable[[Any], Awaitable[Any]]
) -> Trouble | Exists | None:
    """Make a call as the adapter does, and judge what it raised."""
    facts: dict[str, Any] = {"now_ns": NOW, "redact": client.redact}
    with client.trail(str(act)) as trail:
        try:
            order = await call(client.exchange)
        except Exception as error:
            return outcome(error, client.profile, act, trail=trail, **facts)
    return acknowledged(order, client.profile, act, trail=trail, **facts)


ROWS: Final[list[tuple[str, Answer, TroubleKind, str]]] = [
    ("connection reset", reset, UNKNOWN, "ccxt_no_answer"),
    ("body cut off", cut, UNKNOWN, "ccxt_no_answer"),
    ("200 of HTML", text_answer("<html>hello</html>"), UNKNOWN, "ccxt_answer_unclear"),
    ("200 of no type", text_answer("hello", 200, "a/b"), UNKNOWN, "ccxt_answer_unclear"),
    ("200 of half a text", text_answer('{"orderId":', 200), UNKNOWN, "ccxt_answer_unclear"),
    ("200 of nothing", json_answer({}), UNKNOWN, "ccxt_answer_unclear"),
    ("200 of a list", json_answer([]), UNKNOWN, "ccxt_answer_unclear"),
    ("502 of HTML", text_answer("<html>", 502), UNKNOWN, "ccxt_answer_unclear"),
    ("503 of HTML", text_answer("<html>", 503), UNKNOWN, "ccxt_answer_unclear"),
    ("503 with a code", code(-1000, "unknown", 503), UNKNOWN, "ccxt_answer_unclear"),
    ("503 with a refusal", code(-1013, "LOT_SIZE", 503), UNKNOWN, "ccxt_answer_unclear"),
    ("-1006", code(-1006, "An unexpected response"), UNKNOWN, "ccxt_answer_unclear"),
    ("408 with -1007", code(-1007, "Timeout", 408), UNKNOWN, "ccxt_answer_unclear"),
    ("-1008", code(-1008, "Server is currently overloaded"), UNKNOWN, "ccxt_answer_unclear"),
    ("a code nobody knows", code(-9999, "Surprise"), UNKNOWN, "ccxt_answer_unclear"),
    ("-2010 of an unknown kind", code(-2010, "Hm"), UNKNOWN, "ccxt_answer_unclear"),
    ("400 without a code", text_answer("bad", 400), UNKNOWN, "ccxt_answer_unclear"),
    ("429", code(-1003, "Too many requests", 429, Retry_After="7"), THROTTLED, "ccxt_throttled"),
    ("429 of HTML", text_answer("<html>", 429), THROTTLED, "ccxt_throttled"),
    ("418", code(-1003, "Way too many requests; IP banned", 418), THROTTLED, "ccxt_banned"),
    (
        "418 with the address",
        code(-1003, "Way too many requests; IP(192.0.2.1) banned until 1700000300000.", 418),
        THROTTLED,
        "ccxt_banned",
    ),
    (
        "a ban with the status of a throttle",
        code(-1003, "Way too many requests; IP(192.0.2.1) banned until 1700000300000.", 429),
        THROTTLED,
        "ccxt_banned",
    ),
    ("418 in other words", code(-1003, "Go away", 418), THROTTLED, "ccxt_banned"),
    ("403 of the firewall", text_answer("<html>", 403), THROTTLED, "ccxt_banned"),
    ("-1015", code(-1015, "Too many new orders"), THROTTLED, "ccxt_orders_throttled"),
    ("-1021", code(-1021, "Timestamp outside of recvWindow"), NOT_SENT, CLOCK),
    ("-1022", code(-1022, "Signature is not valid"), FATAL, "ccxt_keys_refused"),
    ("-2015", code(-2015, "Invalid API-key", 401), FATAL, "ccxt_keys_refused"),
    ("no funds", code(-2010, "Account has insufficient balance"), REFUSED, "ccxt_refused"),
    ("below the minimum", code(-1013, "Filter failure: NOTIONAL"), REFUSED, "ccxt_refused"),
    ("closed", code(-2010, "Market is closed."), REFUSED, "ccxt_refused_for_now"),
    (
        "no such call",
        text_answer("<html>", 404),
        TroubleKind.INTERFACE_CHANGED,
        "ccxt_interface_changed",
    ),
    ("gone", text_answer("", 410), TroubleKind.INTERFACE_CHANGED, "ccxt_interface_changed"),
]


@pytest.mark.parametrize(
    ("answer", "kind", "word"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
async def test_a_row_of_the_table(
    venue: Venue, answer: Answer, kind: TroubleKind, word: str
) -> None:
    """An order that meets this answer is judged so, and was sent once."""
    venue.answer = answer
    async with client_of(BINANCE, venue.local) as client:
        got = await created(client)

    assert isinstance(got, Trouble)
    assert (kind, word, word == "ccxt_banned") == (got.kind, got.code, got.banned)
    assert 1 == len(venue.seen)


async def test_what_the_venue_agreed_to_is_done(venue: Venue) -> None:
    """An answer with an order in it is no trouble."""
    venue.answer = json_answer({"symbol": "BTCUSDT", "orderId": 28, "clientOrderId": ORDER})
    async with client_of(BINANCE, venue.local) as client:
        first = await created(client)
    venue.answer = of_bybit(0, "OK", result={"orderId": "c6f0", "orderLinkId": ORDER})
    async with client_of(BYBIT, venue.local) as client:
        second = await created(client)

    assert (None, None) == (first, second)


async def test_silence_proves_nothing(venue: Venue) -> None:
    """A venue that has the order and never answers leaves its outcome unknown."""

    async def hang(_request: web.Request, _seen: Seen) -> web.StreamResponse:
        await venue.gate.wait()
        return web.Response()

    venue.answer = hang
    async with client_of(BINANCE, venue.local, timeout_ms=150) as client:
        got = await created(client)

    assert isinstance(got, Trouble)
    assert (UNKNOWN, "ccxt_no_answer") == (got.kind, got.code)
    assert 1 == len(venue.seen)


async def test_an_id_that_exists_is_not_a_refusal(venue: Venue) -> None:
    """A duplicate id means that the order is there, though ccxt calls it an invalid order."""
    venue.answer = code(-2010, "Duplicate order sent.")
    async with client_of(BINANCE, venue.local) as client:
        first = await created(client)
    venue.answer = of_bybit(110072, "OrderLinkedID is duplicate")
    async with client_of(BYBIT, venue.local) as client:
        second = await created(client)

    assert isinstance(first, Exists)
    assert isinstance(second, Exists)


async def test_a_revoked_key_is_no_throttling(venue: Venue) -> None:
    """After one good call ccxt takes Binance's -2015 for its protection against floods; it still is
    a key that is refused."""
    venue.answer = json_answer([])
    async with client_of(BINANCE, venue.local) as client:
        await client.exchange.fetch_open_orders(symbol_of(BINANCE))
        client.exchange.options["hasAlreadyAuthenticatedSuccessfully"] = True
        venue.answer = code(-2015, "Invalid API-key, IP, or permissions for action.", 401)
        got = await created(client)

    assert isinstance(got, Trouble)
    assert FATAL is got.kind


async def test_the_venue_says_for_how_long(venue: Venue) -> None:
    """A pause lasts as long as the venue said, by header or in its text, or as long as its shortest
    ban, or as long as it counts orders; never beyond three days."""
    untils: list[int | None] = []
    async with client_of(BINANCE, venue.local) as client:
        for answer in (
            code(-1003, "Too many requests", 429, Retry_After="7"),
            code(-1003, "Way too many requests; IP banned until 1700000300000.", 418),
            text_answer("<html>", 403),
            code(-1015, "Too many new orders; current limit is 100 orders per 10 SECOND.", 429),
            code(-1003, "Too many requests", 429, Retry_After="999999999"),
        ):
            venue.answer = answer
            got = await created(client)
            assert isinstance(got, Trouble)
            untils.append(got.until_ns)

    assert [NOW + wait * S for wait in (7, 300, 120, 10, 3 * 86_400)] == untils


async def test_what_never_left_goes_again(venue: Venue) -> None:
    """A refused connection, an authority that is not trusted, and a name that is not the venue's
    prove that nothing was sent."""
    elsewhere = replace(BINANCE, hosts=("stream.binance.com",))
    got: list[Trouble | Exists | None] = []
    async with client_of(elsewhere, venue.local) as client:
        got.append(await created(client))
    async with client_of(BINANCE, replace(venue.local, port=9)) as client:
        got.append(await created(client))
    stranger = replace(BINANCE, hosts=(*BINANCE.hosts, "api.example.com"))
    async with client_of(stranger, venue.local) as client:
        client.exchange.urls["api"]["private"] = "https://api.example.com/api/v3"
        got.append(await created(client))

    assert [(NOT_SENT, "ccxt_not_sent")] * 3 == [
        (one.kind, one.code) for one in got if isinstance(one, Trouble)
    ]
    assert [] == venue.seen


async def test_what_ccxt_will_not_say_is_refused(venue: Venue) -> None:
    """An order below one step of the market is refused before anything is sent."""
    made = creation(BINANCE, wanted(BINANCE, **{**LIMIT, "quantity": 0}))
    assert made is not None
    async with client_of(BINANCE, venue.local) as client:
        got = await judged(client, Act.CREATE, lambda ex: ex.create_order(*made[0], made[1]))

    assert isinstance(got, Trouble)
    assert (REFUSED, "ccxt_not_expressible") == (got.kind, got.code)
    assert [] == venue.seen


@pytest.mark.parametrize(
    ("answer", "kind", "word"),
    [
        (reset, NOT_SENT, "ccxt_probe_failed"),
        (json_answer({"retCode": 10016, "retMsg": "System error"}), NOT_SENT, "ccxt_probe_failed"),
        (json_answer({"retCode": 10003, "retMsg": "Invalid key"}), FATAL, "ccxt_keys_refused"),
        (json_answer({"retCode": 10006, "retMsg": "Too many"}), THROTTLED, "ccxt_throttled"),
    ],
)
async def test_a_probe_that_fails_is_not_the_order(
    venue: Venue, answer: Answer, kind: TroubleKind, word: str
) -> None:
    """What ccxt asks before the first order may fail in every way: the order did not leave."""
    venue.answer = answer
    async with client_of(BYBIT, venue.local) as client:
        got = await created(client)

    assert isinstance(got, Trouble)
    assert (kind, word) == (got.kind, got.code)
    assert ["GET", "GET"] == [one.method for one in venue.seen]


@pytest.mark.parametrize(
    ("number", "text", "kind"),
    [
        (110007, "ab not enough for new order", REFUSED),
        (10002, "request expired", NOT_SENT),
        (10016, "System error. Please try again later.", UNKNOWN),
        (170146, "Order creation timeout", UNKNOWN),
        (170035, "Submitted to the system for processing!", UNKNOWN),
        (110032, "Illegal order", REFUSED),  # on no list of ours: ccxt's class, InvalidOrder
        (110032, "Illegal order, the service is busy", UNKNOWN),
        (110399, "a code that came later", UNKNOWN),
        (10003, "Invalid apikey", FATAL),
        (110063, "Settlement in progress", REFUSED),
    ],
)
async def test_bybit_says_everything_with_200(
    venue: Venue, number: int, text: str, kind: TroubleKind
) -> None:
    """Its codes are judged, though the status is fine; a class of ccxt that sounds final is not
    believed where the venue's words are not."""
    venue.answer = of_bybit(number, text)
    async with client_of(BYBIT, venue.local) as client:
        got = await created(client)

    assert isinstance(got, Trouble)
    assert kind is got.kind


async def test_a_redirect_is_not_followed(venue: Venue) -> None:
    """An order that is told to go elsewhere goes nowhere: it arrived once, and entries stop."""
    venue.answer = text_answer("", 307)

    async def elsewhere(request: web.Request, seen: Seen) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect("https://api.binance.com/api/v4/order")

    venue.answer = elsewhere
    async with client_of(BINANCE, venue.local) as client:
        got = await created(client)

    assert isinstance(got, Trouble)
    assert TroubleKind.INTERFACE_CHANGED is got.kind
    assert 1 == len(venue.seen)


async def test_a_cancel_of_what_is_not_there_proves_nothing(venue: Venue) -> None:
    """An order that a cancel or a look-up does not find may be filled, or not visible yet."""
    got: list[Trouble | Exists | None] = []
    call = BINANCE.plain.cancel
    args, params = call.bound(symbol=symbol_of(BINANCE), id=venue_name(BINANCE, ORDER))
    async with client_of(BINANCE, venue.local) as client:
        venue.answer = code(-2011, "Unknown order sent.")
        got.append(await judged(client, Act.CANCEL, lambda ex: ex.cancel_order(*args, **params)))
        got.append(
            await judged(client, Act.CANCEL, lambda ex: ex.cancel_order(*args, params=params))
        )
        venue.answer = code(-2013, "Order does not exist.")
        find = BINANCE.plain.find[0].bound(symbol=symbol_of(BINANCE), id="x")
        got.append(
            await judged(client, Act.READ, lambda ex: ex.fetch_order(*find[0], params=find[1]))
        )

    assert [NOT_SENT, UNKNOWN, UNKNOWN] == [one.kind for one in got if isinstance(one, Trouble)]
    assert [ABSENT, ABSENT] == [one.code for one in got[1:] if isinstance(one, Trouble)]


async def test_no_secret_is_in_the_words(venue: Venue) -> None:
    """Neither the key nor a signature stands in what a failed call says, whatever the venue
    answered."""
    told: list[str] = []
    async with client_of(BINANCE, venue.local) as client:

        async def echo(_request: web.Request, seen: Seen) -> web.StreamResponse:
            body = {"code": -1022, "msg": f"{seen.headers['x-mbx-apikey']} {seen.body}"}
            return web.json_response(body, status=400)

        for answer in (reset, echo, text_answer("<html>", 502)):
            venue.answer = answer
            got = await created(client)
            assert isinstance(got, Trouble)
            told.append(got.text)

    signed = [one for one in told if re.search(r"signature=(?!\*\*\*)", one)]
    assert [] == [one for one in told if "the-api-key" in one]
    assert [] == signed


async def test_a_cancelled_task_learns_nothing(venue: Venue) -> None:
    """A call that is given up while it is under way has left."""
    arrived = asyncio.Event()

    async def hang(_request: web.Request, _seen: Seen) -> web.StreamResponse:
        arrived.set()
        await venue.gate.wait()
        return web.Response()

    venue.answer = hang
    made = creation(BINANCE, wanted(BINANCE, **LIMIT))
    assert made is not None
    async with client_of(BINANCE, venue.local) as client:
        with client.trail("create") as trail:
            task = asyncio.create_task(client.exchange.create_order(*made[0], made[1]))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        got = outcome(caught.value, BINANCE, Act.CREATE, now_ns=NOW, trail=trail)

    assert isinstance(got, Trouble)
    assert UNKNOWN is got.kind
