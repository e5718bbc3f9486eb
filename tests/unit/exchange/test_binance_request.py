"""Who may ask Binance's dialects for something, how often, and what a refusal looks like."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

import pytest

from adapters.exchange.binance_errors import MESSAGES, STATUSES
from adapters.exchange.binance_request import signature
from adapters.exchange.exchange import Exchange, Settings
from adapters.exchange.faults import Fault, Kind
from adapters.exchange.keys import READ, TRADE
from adapters.exchange.wire import Asked
from tests.unit.exchange.binance import BTC, START_NS, Desk, spot, usdm

ACCOUNT: Final = {"binance": "GET /api/v3/account", "binanceusdm": "GET /fapi/v3/account"}
ORDER: Final = {"binance": "POST /api/v3/order", "binanceusdm": "POST /fapi/v1/order"}
OPEN: Final = {"binance": "GET /api/v3/openOrders", "binanceusdm": "GET /fapi/v1/openOrders"}


@pytest.fixture(params=[spot, usdm], ids=["spot", "usdm"])
def desk(request: pytest.FixtureRequest) -> Desk:
    """Give a customer of each product."""
    return request.param()


def account(desk: Desk, **params: object) -> tuple[int, int]:
    """Ask for the account and return status and code, code 0 when it was told."""
    answer = desk.ask(ACCOUNT[desk.dialect.name], **params)
    return answer.status, answer.body.get("code", 0)


async def test_both_products_share_the_keys_of_their_operator() -> None:
    """A key of one opens the other, also when a second start reads it from two files."""
    fresh = Exchange(Settings())
    first = fresh.key("binance")
    read = {name: replace(first) for name in ("binance", "binanceusdm")}
    again = Exchange(Settings(keys=read))
    again.control.key("binanceusdm", revoked=True)

    assert first is fresh.key("binanceusdm")
    assert first is not fresh.key("bybit")
    assert [None, None] == [again.dialects[name].keys.find(first.key) for name in read]
    assert again.key("binance").revoked


def test_a_request_without_a_key_is_told_so(desk: Desk) -> None:
    """No key is -2014, with HTTP 401."""
    assert (401, -2014) == desk.raw(ACCOUNT[desk.dialect.name], key="").refused


def test_an_unknown_a_revoked_and_an_expired_key_are_one_and_the_same(desk: Desk) -> None:
    """-2015 never says which of the reasons it is."""
    path = ACCOUNT[desk.dialect.name]
    unknown = desk.raw(path, "timestamp=1", key="nobody").refused
    desk.key.revoked = True
    revoked = account(desk)
    desk.key.revoked = False
    desk.key.expires_ns = START_NS
    expired = account(desk)

    assert [(401, -2015)] * 3 == [unknown, revoked, expired]


def test_a_key_is_bound_to_its_addresses(desk: Desk) -> None:
    """A key for other addresses is -2015, one for ours works."""
    desk.key.ips = ("10.0.0.0/8",)
    elsewhere = account(desk)
    desk.key.ips = ("10.0.0.0/8", "127.0.0.1")

    assert ((401, -2015), (200, 0)) == (elsewhere, account(desk))


def test_a_key_that_may_only_read_cannot_trade(desk: Desk) -> None:
    """Reading works, an order is -2015."""
    desk.key.permissions = {READ}

    order = desk.ask(ORDER[desk.dialect.name], symbol=BTC, side="BUY", type="MARKET", quantity=1)

    assert ((200, 0), (401, -2015)) == (account(desk), order.refused)
    assert {} == desk.engine.register.all
    desk.key.permissions.add(TRADE)


def test_a_signature_is_over_the_bytes_that_came(desk: Desk) -> None:
    """A changed parameter, another secret and no signature at all are refused."""
    path, now = ACCOUNT[desk.dialect.name], desk.dialect.clock.now_ms()
    signed = f"timestamp={now}&signature={signature(desk.key.secret, f'timestamp={now}')}"

    assert 200 == desk.raw(path, signed).status
    assert (400, -1022) == desk.raw(path, f"{signed}&recvWindow=9000").refused
    assert (400, -1022) == desk.raw(path, f"timestamp={now}&signature={'0' * 64}").refused
    assert (400, -1102) == desk.raw(path, f"timestamp={now}").refused


def test_query_and_body_are_signed_together(desk: Desk) -> None:
    """The body follows the query without anything between, as the venue documents."""
    query = urlencode({"symbol": BTC, "side": "BUY", "type": "MARKET"})
    body = f"quantity=1&timestamp={desk.dialect.clock.now_ms()}"
    body += f"&signature={signature(desk.key.secret, query + body)}"

    answer = desk.raw(ORDER[desk.dialect.name], query, body=body)

    assert 200 == answer.status, answer.body


def test_a_request_lives_as_long_as_its_window(desk: Desk) -> None:
    """Five seconds by default, sixty at most, and a second ahead of the venue's clock."""
    now = desk.dialect.clock.now_ms()

    assert (200, 0) == account(desk, timestamp=now - 5_000)
    assert (400, -1021) == account(desk, timestamp=now - 5_001)
    assert (200, 0) == account(desk, timestamp=now - 9_000, recvWindow=9_000)
    assert (400, -1131) == account(desk, recvWindow=60_001)
    assert (200, 0) == account(desk, timestamp=now + 1_000)
    assert (400, -1021) == account(desk, timestamp=now + 1_001)


def test_a_skewed_clock_is_told_and_checked(desk: Desk) -> None:
    """Who does not ask for the time is outside of the window of a venue whose clock is off."""
    here = desk.dialect.clock.now_ms()
    desk.dialect.clock.skew_ms = 30_000

    assert (400, -1021) == account(desk, timestamp=here)
    assert (200, 0) == account(desk)


def test_weight_is_told_then_refused_then_banned() -> None:
    """Each answer says what was used; too much is 429, going on is 418, both say until when."""
    desk = usdm()
    assert {"X-MBX-USED-WEIGHT", "X-MBX-USED-WEIGHT-1M"} <= set(
        desk.ask(OPEN["binanceusdm"]).headers
    )
    answers = [desk.ask(OPEN["binanceusdm"]) for _ in range(80)]
    full = next(one for one in answers if one.status != 200)

    assert (429, -1003) == full.refused
    assert 60 == int(full.headers["Retry-After"])
    assert (418, -1003) == answers[-1].refused
    assert 120 == int(answers[-1].headers["Retry-After"])
    desk.time.pass_ms(120_000)
    assert (200, 0) == account(desk)


def test_orders_are_counted_and_limited(desk: Desk) -> None:
    """The count comes with the order's answer; one too many within ten seconds is -1015."""
    where, order = ORDER[desk.dialect.name], {"symbol": BTC, "side": "BUY", "type": "MARKET"}
    first = desk.ask(where, **order, quantity="0.001")
    limit = desk.dialect.order_windows[0].limit
    answers = [desk.ask(where, **order, quantity="0.001") for _ in range(limit)]

    assert "1" == first.headers["X-MBX-ORDER-COUNT-10S"]
    assert (429, -1015) == answers[-1].refused
    assert 10 == int(answers[-1].headers["Retry-After"])
    assert limit == len(desk.engine.register.all)
    desk.time.pass_ms(10_000)
    assert 200 == desk.ask(where, **order, quantity="0.001").status


@pytest.mark.parametrize("code", sorted(MESSAGES, reverse=True))
def test_every_documented_error_can_be_ordered(code: int, desk: Desk) -> None:
    """A fault can answer with any code, with its status and sentence."""
    reply = desk.dialect.refusal(str(code))

    assert STATUSES.get(code, 400) == reply.status
    assert f'"code":{code},"msg":"{MESSAGES[code]}"'.encode() in reply.body


def asked(desk: Desk) -> Asked:
    """Return a request as the wire hands it over."""
    _, _, path = ACCOUNT[desk.dialect.name].partition(" ")
    return Asked(method="GET", host="", path=path, query="", headers={}, body=b"")


def test_a_ban_by_fault_holds_for_whoever_comes_after(desk: Desk) -> None:
    """The banned address stays banned until the time that it was told."""
    fault = Fault(kind=Kind.BANNED, retry_after_s=30)
    reply = desk.dialect.fault_reply(fault, asked(desk))

    assert (418, "30") == (reply.status, reply.headers["Retry-After"])
    assert (418, -1003) == account(desk)
    desk.time.pass_ms(30_000)
    assert (200, 0) == account(desk)


def test_a_rate_limit_by_fault_and_an_outage_have_the_venues_form(desk: Desk) -> None:
    """429 is JSON with Retry-After; an outage is a page that no JSON reader understands."""
    limited = desk.dialect.fault_reply(Fault(kind=Kind.RATE_LIMITED, retry_after_s=7), asked(desk))
    down = desk.dialect.fault_reply(Fault(kind=Kind.MAINTENANCE), asked(desk))

    assert (429, "7") == (limited.status, limited.headers["Retry-After"])
    assert b"-1003" in limited.body
    assert (503, "text/html") == (down.status, down.content_type)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"symbol": "NOPE"}, -1121),
        ({"side": "HOLD"}, -1117),
        ({"type": "ICEBERG"}, -1116),
        ({"quantity": ""}, -1102),
        ({"quantity": "much"}, -1102),
        ({"quantity": "NaN"}, -1102),
        ({"quantity": "-1"}, -1102),
        ({"quantity": "0.000000001"}, -1111),
        ({"timeInForce": "DAY"}, -1115),
        ({"price": ""}, -1102),
    ],
)
def test_a_malformed_order_is_refused_by_its_parameter(
    desk: Desk, params: dict[str, str], code: int
) -> None:
    """Each parameter has its own code, and nothing reaches the book."""
    order = {
        "symbol": BTC,
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.01",
        "price": "40000",
    }

    assert (400, code) == desk.ask(ORDER[desk.dialect.name], **order | params).refused
    assert {} == desk.engine.register.all
