"""Bybit's dialect, asked by the real, unmodified ccxt over TLS at Bybit's own names."""

from __future__ import annotations

from typing import Any, Final

import ccxt
import pytest

from adapters.exchange.bybit_codes import CODES, code_of
from adapters.exchange.exchange import Settings, running
from adapters.exchange.keys import READ, TRADE, WITHDRAW
from adapters.exchange.orders import Reason, Rejected
from tests.unit.exchange.books import SYMBOL, D, bybit

pytestmark = pytest.mark.loopback
CALM: Final = Settings(rate_limits=False)
ENDS: Final = {
    Reason.NO_LIQUIDITY, Reason.TIME_IN_FORCE, Reason.SELF_TRADE, Reason.ASKED,
    Reason.LIQUIDATION, Reason.BY_VENUE, Reason.POST_ONLY,
}  # fmt: skip
"""Why an order ends after it was taken; a post-only one is taken by Bybit."""


async def test_an_order_lives_and_ends() -> None:
    """An order is placed under our id, found by it, changed, cancelled, found among the ended."""
    async with running() as exchange, bybit(exchange) as client:
        made = await client.create_order(
            SYMBOL, "limit", "buy", 0.01, 40_000, {"clientOrderId": "mine"}
        )
        by_id = {"orderLinkId": "mine"}
        working = await client.fetch_open_orders(SYMBOL, params=by_id)
        await client.edit_order(made["id"], SYMBOL, "limit", "buy", 0.02, 41_000)
        changed = await client.fetch_open_orders(SYMBOL)
        await client.cancel_order(None, SYMBOL, by_id)
        ended = await client.fetch_canceled_orders(SYMBOL)

    assert [("mine", "open", "0.01")] == [_order(one) for one in working]
    assert [("mine", "open", "0.02")] == [_order(one) for one in changed]
    assert [("mine", "canceled", "0.02")] == [_order(one) for one in ended]
    assert {made["id"]} == {one["id"] for one in (*working, *changed, *ended)}


def _order(row: Any) -> tuple[str, str, str]:
    return row["clientOrderId"], row["status"], row["info"]["qty"]


async def test_a_fill_shows_everywhere() -> None:
    """Trades, position, balance and the log of transactions tell the same story."""
    async with running() as exchange, bybit(exchange) as client:
        made = await client.create_order(SYMBOL, "market", "buy", 3)
        trades = await client.fetch_my_trades(SYMBOL)
        positions = await client.fetch_positions([SYMBOL])
        exchange.control.fund("bybit", "BTCUSDT", D("0.0001"))
        balance = await client.fetch_balance()
        rows = (await client.privateGetV5AccountTransactionLog({}))["result"]["list"]

    assert [(made["id"], 50000.1, 2.0), (made["id"], 50000.3, 1.0)] == sorted(
        (one["order"], one["price"], one["amount"]) for one in trades
    )
    assert [("long", 3.0, D("50000.16666667"))] == [
        (one["side"], one["contracts"], D(one["info"]["avgPrice"])) for one in positions
    ]
    changes = {row["type"]: D(0) for row in rows}
    for row in rows:
        changes[row["type"]] += D(row["change"])
    fees = sum((D(one["info"]["execFee"]) for one in trades), D(0))
    assert {"TRANSFER_IN": D(100_000), "TRADE": -fees, "SETTLEMENT": D(-15)} == changes
    assert D(balance["info"]["result"]["list"][0]["coin"][0]["walletBalance"]) == sum(
        changes.values(), D(0)
    )


async def test_a_stop_protects() -> None:
    """A native stop is accepted untriggered, shows so, and closes the position at its price."""
    async with running() as exchange, bybit(exchange) as client:
        await client.create_order(SYMBOL, "market", "buy", 0.5)
        stop = {"stopLossPrice": 48_000, "reduceOnly": True, "clientOrderId": "stop"}
        await client.create_order(SYMBOL, "market", "sell", 0.5, None, stop)
        asleep = await client.fetch_open_orders(SYMBOL)
        exchange.control.price("bybit", "BTCUSDT", D(47_990))
        found = await client.fetch_open_orders(SYMBOL, params={"orderLinkId": "stop"})
        positions = await client.fetch_positions([SYMBOL])

    assert ["Untriggered"] == [one["info"]["orderStatus"] for one in asleep]
    assert ["Filled"] == [one["info"]["orderStatus"] for one in found]
    assert ["0"] == [one["info"]["size"] for one in positions]


async def test_funding_is_an_execution_that_is_no_fill() -> None:
    """Funding stands in the execution list with a type of its own, as on Bybit."""
    async with running() as exchange, bybit(exchange) as client:
        await client.create_order(SYMBOL, "market", "sell", 1)
        exchange.control.fund("bybit", "BTCUSDT", D("0.0001"))
        paid = await client.fetch_funding_history(SYMBOL)
        rows = (await client.privateGetV5ExecutionList({"category": "linear"}))["result"]["list"]

    assert ["-5"] == [one["info"]["execFee"] for one in paid]
    assert ["Funding", "Trade"] == [row["execType"] for row in rows]


REFUSED = [
    ({"amount": 0.001, "price": 4_000}, ccxt.InvalidOrder, "110094"),
    ({"amount": 900, "price": 50_000}, ccxt.InsufficientFunds, "110007"),
    ({"params": {"reduceOnly": True}}, ccxt.InvalidOrder, "110017"),
    ({"params": {"clientOrderId": "taken"}}, ccxt.InvalidOrder, "110072"),
    ({"params": {"clientOrderId": "a b"}}, ccxt.BadRequest, "10001"),
    ({"params": {"stopLoss": {"triggerPrice": 1}}}, ccxt.BadRequest, "10001"),
    ({"params": {"triggerPrice": 49_000, "triggerDirection": "ascending"}}, Exception, "110092"),
    ({"params": {"positionIdx": 1}}, ccxt.BadRequest, "10001"),
]


@pytest.mark.parametrize(("order", "error", "code"), REFUSED, ids=[row[2] for row in REFUSED])
async def test_what_bybit_refuses(order: Any, error: type[Exception], code: str) -> None:
    """A refusal has Bybit's code, HTTP 200, and nothing is placed."""
    async with running(CALM) as exchange, bybit(exchange) as client:
        await client.create_order(SYMBOL, "limit", "buy", 1, 100, {"clientOrderId": "taken"})
        with pytest.raises(error) as raised:
            await client.create_order(
                SYMBOL,
                "limit",
                "buy",
                order.get("amount", 0.1),
                order.get("price", 49_000),
                order.get("params", {}),
            )
        seen = exchange.control.requests("bybit", "create")[-1]

    assert f'"retCode":{code}' in str(raised.value)
    assert (200, 1) == (seen.status, len(exchange.control.orders("bybit")))


async def test_an_unknown_order_is_not_found() -> None:
    """Cancelling and changing what is not there has Bybit's one code for it."""
    async with running() as exchange, bybit(exchange) as client:
        for call in (
            client.cancel_order(None, SYMBOL, {"orderLinkId": "none"}),
            client.edit_order("0" * 36, SYMBOL, "limit", "buy", 1, 40_000),
        ):
            with pytest.raises(ccxt.OrderNotFound, match="110001"):
                await call
        found = await client.fetch_open_orders(SYMBOL, params={"orderLinkId": "none"})

    assert [] == found


async def _create(client: Any) -> str:
    """Place an order and return what came: ``ok`` or the name of the error."""
    try:
        await client.create_order(SYMBOL, "limit", "buy", 0.01, 40_000)
    except ccxt.BaseError as error:
        return type(error).__name__
    return "ok"


async def test_who_may_trade() -> None:
    """Unknown, revoked, expired, foreign and read-only keys are told apart, and place nothing."""
    said: list[str] = []
    async with running(CALM) as exchange, bybit(exchange) as client:
        control, key = exchange.control, exchange.key("bybit")
        for secret in ("wrong", key.secret):
            client.secret = secret
            said.append(await _create(client))
        changes: list[dict[str, Any]] = [
            {"permissions": {READ}},
            {"permissions": {READ, TRADE}, "ips": ("10.0.0.1",)},
            {"ips": ("127.0.0.1",), "expires_ns": 1},
            {"expires_ns": 10**19, "revoked": True},
            {"revoked": False},
        ]
        for change in changes:
            control.key("bybit", **change)
            said.append(await _create(client))

    denied, unknown = "PermissionDenied", "AuthenticationError"
    assert [unknown, "ok", denied, denied, unknown, unknown, "ok"] == said
    assert 2 == len(control.orders("bybit"))


async def test_a_key_says_what_it_may_do() -> None:
    """Permissions, expiry and addresses of a key can be read, withdrawal above all."""
    async with running() as exchange, bybit(exchange) as client:
        plain = (await client.privateGetV5UserQueryApi())["result"]
        exchange.control.key(
            "bybit", permissions={READ, WITHDRAW}, ips=("127.0.0.1",), expires_ns=10**19
        )
        changed = (await client.privateGetV5UserQueryApi())["result"]

    assert (0, [], ["*"], "") == (
        int(plain["readOnly"]),
        plain["permissions"]["Wallet"],
        plain["ips"],
        plain["expiredAt"],
    )
    assert "Withdraw" in changed["permissions"]["Wallet"]
    assert (1, ["127.0.0.1"], "2286-11-20T17:46:40Z") == (
        int(changed["readOnly"]),
        changed["ips"],
        changed["expiredAt"],
    )


async def test_a_rotated_key_opens_the_same_account() -> None:
    """A second key sees the orders of the first, also after that one is revoked."""
    async with running() as exchange:
        async with bybit(exchange) as client:
            await client.create_order(SYMBOL, "limit", "buy", 0.01, 40_000)
        second = exchange.control.rotate("bybit")
        exchange.control.key("bybit", revoked=True)
        async with bybit(exchange, second) as client:
            found = await client.fetch_open_orders(SYMBOL)

    assert 1 == len(found)


async def test_a_skewed_clock_is_refused_until_it_is_set() -> None:
    """With 30 s between the clocks nothing is taken; the venue's time heals it."""
    said: list[str] = []
    async with running() as exchange, bybit(exchange) as client:
        exchange.control.skew(30_000)
        said.append(await _create(client))
        await client.load_time_difference()
        said.append(await _create(client))

    assert ["InvalidNonce", "ok"] == said


async def test_the_rate_limit_is_bybits() -> None:
    """The eleventh order of a second is refused with code and headers; other paths still go."""
    async with running() as exchange, bybit(exchange) as client:
        now = exchange.clock.now_ns()
        exchange.clock.source = lambda: now  # one second that does not end
        said = [await _create(client) for _ in range(11)]
        headers = client.last_response_headers
        found = await client.fetch_open_orders(SYMBOL)

    assert [*["ok"] * 10, "RateLimitExceeded"] == said
    assert ("10", "0") == (headers["X-Bapi-Limit"], headers["X-Bapi-Limit-Status"])
    assert 10 == len(found)


async def test_an_announced_outage_is_on_the_status_page() -> None:
    """Maintenance is told before it begins, with its times."""
    async with running() as exchange, bybit(exchange) as client:
        calm = await client.fetch_status()
        now = exchange.clock.now_ms()
        exchange.control.announce("bybit", now - 1_000, now + 60_000)
        told = await client.publicGetV5SystemStatus()

    assert ("ok", "ongoing") == (calm["status"], told["result"]["list"][0]["state"])


async def test_hedge_mode_is_seen_and_refuses_one_way_orders() -> None:
    """An account in hedge mode shows two positions, and an order without a side is refused."""
    async with running() as exchange, bybit(exchange) as client:
        exchange.control.mode("bybit", "customer", hedge=True)
        rows = (await client.privateGetV5PositionList({"category": "linear", "symbol": "BTCUSDT"}))[
            "result"
        ]["list"]
        said = await _create(client)

    assert ["1", "2"] == [str(row["positionIdx"]) for row in rows]
    assert "BadRequest" == said


async def test_long_lists_come_in_pages() -> None:
    """A list longer than a page is read whole, each row once, the newest first."""
    async with running(CALM) as exchange, bybit(exchange) as client:
        engine = exchange.engine("bybit")
        for number in range(120):
            await client.create_order(
                SYMBOL, "limit", "buy", 0.001, 40_000 + number, {"clientOrderId": f"o{number}"}
            )
        names: list[str] = []
        cursor = ""
        while True:
            asked = {"category": "linear", "symbol": "BTCUSDT", "limit": 50, "cursor": cursor}
            page = (await client.privateGetV5OrderRealtime(asked))["result"]
            names += [row["orderLinkId"] for row in page["list"]]
            cursor = page["nextPageCursor"]
            if not cursor:
                break

    assert [f"o{number}" for number in reversed(range(120))] == names
    assert 120 == len(engine.register.open)


def test_every_reason_of_the_engine_has_a_code() -> None:
    """Whatever the engine refuses has a documented code of Bybit."""
    refusals = [Rejected(reason) for reason in Reason if reason not in ENDS]

    assert all(code_of(one)[0] in CODES for one in refusals)


async def test_the_world_outside_is_out_of_reach() -> None:
    """A client that is led to the exchange cannot reach any other address."""
    async with running() as exchange, bybit(exchange) as client:
        before = len(exchange.server.seen)
        with pytest.raises(ccxt.ExchangeNotAvailable):
            await client.fetch("https://example.invalid/")

        assert before == len(exchange.server.seen)
