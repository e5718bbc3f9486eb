"""What an order of Binance spot is refused for, what becomes of it, and how it is found again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest

from adapters.exchange.keys import READ, TRADE, WITHDRAW
from tests.unit.exchange.binance import BTC, START_NS, Desk, spot

ORDER: Final = "/api/v3/order"
REPLACE: Final = "POST /api/v3/order/cancelReplace"
LIMIT: Final[dict[str, object]] = {
    "symbol": BTC,
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "40000",
}
MARKET: Final[dict[str, object]] = {"symbol": BTC, "side": "BUY", "type": "MARKET"}


@pytest.fixture
def desk() -> Desk:
    """Give a customer of spot."""
    return spot()


def place(desk: Desk, **terms: object) -> Any:
    """Place a resting purchase with other terms."""
    return desk.good(f"POST {ORDER}", **LIMIT | terms)


def find(desk: Desk, client_id: str) -> Any:
    """Look an order up by its client id."""
    return desk.good(f"GET {ORDER}", symbol=BTC, origClientOrderId=client_id)


def wallet(desk: Desk) -> dict[str, tuple[str, str]]:
    """Return free and locked by asset."""
    told = desk.good("GET /api/v3/account", omitZeroBalances="true")["balances"]
    return {one["asset"]: (one["free"], one["locked"]) for one in told}


def test_a_market_order_tells_its_fills_and_their_fee_in_coins(desk: Desk) -> None:
    """The answer of a purchase has each trade, and the fee is taken out of what was bought."""
    told = desk.good(f"POST {ORDER}", **MARKET, quantity="0.01")

    (fill,) = told["fills"]
    assert ("FILLED", "0.01000000") == (told["status"], told["executedQty"])
    assert ("BTC", "0.00001000") == (fill["commissionAsset"], fill["commission"])
    assert ("1.00999000", "0.00000000") == wallet(desk)["BTC"]


def test_a_client_id_is_unique_among_open_orders_alone(desk: Desk) -> None:
    """The same id is refused while its order works and free again once it is filled."""
    place(desk, newClientOrderId="mine")
    again = desk.ask(f"POST {ORDER}", **LIMIT, newClientOrderId="mine")
    desk.good(f"DELETE {ORDER}", symbol=BTC, origClientOrderId="mine")
    second = place(desk, newClientOrderId="mine")

    assert (400, -2010) == again.refused
    assert "Duplicate order sent." == again.body["msg"]
    assert second["orderId"] == find(desk, "mine")["orderId"]
    assert 3 == desk.engine.register.arrivals["mine"]


@pytest.mark.parametrize("client_id", ["", "x" * 37, "a b", "ä", "a;b"])
def test_a_client_id_has_the_venues_pattern(desk: Desk, client_id: str) -> None:
    """1 to 36 of its letters; others are -1100."""
    answer = desk.ask(f"POST {ORDER}", **LIMIT, newClientOrderId=client_id)

    assert (400, -1100) == answer.refused


@pytest.mark.parametrize("client_id", ["a", "x" * 36, "A:b/c.d_e-9"])
def test_every_letter_of_the_pattern_may_be_in_a_client_id(desk: Desk, client_id: str) -> None:
    """What the pattern allows is taken and found again."""
    place(desk, newClientOrderId=client_id)

    assert client_id == find(desk, client_id)["clientOrderId"]


@pytest.mark.parametrize(
    ("terms", "code", "message"),
    [
        ({"price": "40000.001"}, -1013, "Filter failure: PRICE_FILTER"),
        ({"quantity": "0.010001"}, -1013, "Filter failure: LOT_SIZE"),
        ({"quantity": "0.0001", "price": "40000"}, -1013, "Filter failure: NOTIONAL"),
        ({"quantity": "9"}, -2010, "Account has insufficient balance for requested action."),
        ({"type": "LIMIT_MAKER", "price": "60000"}, -1106, ""),
    ],
)
def test_filters_and_funds_have_their_own_words(
    desk: Desk, terms: dict[str, object], code: int, message: str
) -> None:
    """Each refusal has the documented code and text."""
    answer = desk.ask(f"POST {ORDER}", **LIMIT | terms)

    assert (400, code) == answer.refused
    assert message in answer.body["msg"]


def test_a_maker_order_that_would_take_is_refused(desk: Desk) -> None:
    """LIMIT_MAKER at a price that trades is -2010."""
    terms = {"symbol": BTC, "side": "BUY", "type": "LIMIT_MAKER", "quantity": "0.01"}

    assert (400, -2010) == desk.ask(f"POST {ORDER}", **terms, price="60000").refused
    desk.good(f"POST {ORDER}", **terms, price="40000", newClientOrderId="mine")
    assert "NEW" == find(desk, "mine")["status"]


def test_a_stop_sleeps_with_its_coins_locked_and_wakes_at_its_price(desk: Desk) -> None:
    """It is open and not working before, and sells at the market after."""
    stop = {"symbol": BTC, "side": "SELL", "type": "STOP_LOSS", "quantity": "0.5"}
    desk.good(f"POST {ORDER}", **stop, stopPrice="49000", newClientOrderId="stop")
    asleep, locked = find(desk, "stop"), wallet(desk)["BTC"]
    desk.engine.move(BTC, Decimal(48_900))

    assert ("NEW", False) == (asleep["status"], asleep["isWorking"])
    assert ("0.50000000", "0.50000000") == locked
    assert "FILLED" == find(desk, "stop")["status"]


def test_a_stop_beyond_the_price_is_refused(desk: Desk) -> None:
    """A stop that would wake at once is -2010."""
    stop = {"symbol": BTC, "side": "SELL", "type": "STOP_LOSS", "quantity": "0.5"}

    assert (400, -2010) == desk.ask(f"POST {ORDER}", **stop, stopPrice="51000").refused


def test_a_purchase_for_money_buys_what_the_money_buys(desk: Desk) -> None:
    """``quoteOrderQty`` spends no more than it says."""
    told = desk.good(f"POST {ORDER}", **MARKET, quoteOrderQty="1000")

    assert "FILLED" == told["status"]
    assert Decimal("999.4") < Decimal(told["cummulativeQuoteQty"]) <= Decimal(1000)


def test_an_immediate_order_expires_with_what_it_did_not_get(desk: Desk) -> None:
    """IOC keeps its part and ends as EXPIRED; FOK gets all or nothing."""
    desk.engine.transfer("customer", "USDT", Decimal(1_000_000))
    part = place(desk, timeInForce="IOC", price="50000.01", quantity="5")
    none = place(desk, timeInForce="FOK", price="50000.01", quantity="5")

    assert ("EXPIRED", "2.00000000") == (part["status"], part["executedQty"])
    assert ("EXPIRED", "0.00000000") == (none["status"], none["executedQty"])


def test_an_order_that_does_not_exist_has_two_codes(desk: Desk) -> None:
    """A query says -2013, a cancel -2011, and so does the cancel of what has ended."""
    desk.good(f"POST {ORDER}", **MARKET, quantity="0.01", newClientOrderId="done")

    assert (400, -2013) == desk.ask(f"GET {ORDER}", symbol=BTC, orderId=1).refused
    assert (400, -2011) == desk.ask(f"DELETE {ORDER}", symbol=BTC, orderId=1).refused
    assert (400, -2011) == desk.ask(f"DELETE {ORDER}", symbol=BTC, origClientOrderId="done").refused
    assert (400, -1102) == desk.ask(f"GET {ORDER}", symbol=BTC).refused
    elsewhere = desk.ask(f"GET {ORDER}", symbol="ETHUSDT", origClientOrderId="done")
    assert (400, -2013) == elsewhere.refused


def test_a_cancel_has_a_client_id_of_its_own(desk: Desk) -> None:
    """The order's id is in ``origClientOrderId``, as it trips up many a reader."""
    place(desk, newClientOrderId="mine")
    told = desk.good(
        f"DELETE {ORDER}", symbol=BTC, origClientOrderId="mine", newClientOrderId="the-cancel"
    )

    assert ("mine", "the-cancel") == (told["origClientOrderId"], told["clientOrderId"])
    assert "CANCELED" == find(desk, "mine")["status"]


def test_a_cancel_can_be_meant_for_untouched_orders_alone(desk: Desk) -> None:
    """ONLY_NEW leaves an order that has traded."""
    order = place(desk, newClientOrderId="mine")
    desk.engine.hit(desk.engine.register.all[order["orderId"]], Decimal("0.004"))
    answer = desk.ask(
        f"DELETE {ORDER}", symbol=BTC, origClientOrderId="mine", cancelRestrictions="ONLY_NEW"
    )

    assert (400, -2011) == answer.refused
    assert "PARTIALLY_FILLED" == find(desk, "mine")["status"]


def test_all_orders_of_a_market_are_cancelled_at_once(desk: Desk) -> None:
    """The answer lists each; with nothing open it is -2011."""
    for name in ("a", "b"):
        place(desk, newClientOrderId=name)
    told = desk.good("DELETE /api/v3/openOrders", symbol=BTC)

    assert ["a", "b"] == [one["origClientOrderId"] for one in told]
    assert (400, -2011) == desk.ask("DELETE /api/v3/openOrders", symbol=BTC).refused


def replace(desk: Desk, old: str, new: str, mode: str = "STOP_ON_FAILURE", **terms: object) -> Any:
    """Replace an order by another."""
    names = {"cancelOrigClientOrderId": old, "newClientOrderId": new, "cancelReplaceMode": mode}
    return desk.ask(REPLACE, **LIMIT | names | terms)


def test_a_replaced_order_is_ended_and_followed(desk: Desk) -> None:
    """Both parts are told."""
    place(desk, newClientOrderId="old")
    answer = replace(desk, "old", "new", price="41000")

    assert 200 == answer.status
    assert ("CANCELED", "NEW") == (
        answer.body["cancelResponse"]["status"],
        answer.body["newOrderResponse"]["status"],
    )
    assert ["new"] == [
        one["clientOrderId"] for one in desk.good("GET /api/v3/openOrders", symbol=BTC)
    ]


def test_a_replace_whose_cancel_fails_places_nothing(desk: Desk) -> None:
    """-2022 says that the new order was not attempted."""
    answer = replace(desk, "nobody", "new")

    assert (400, -2022) == answer.refused
    assert ("FAILURE", "NOT_ATTEMPTED") == (
        answer.body["data"]["cancelResult"],
        answer.body["data"]["newOrderResult"],
    )
    assert -2011 == answer.body["data"]["cancelResponse"]["code"]
    assert {} == desk.engine.register.all


def test_a_replace_whose_new_order_fails_has_ended_the_old_one(desk: Desk) -> None:
    """-2021 with HTTP 409: a half that was done."""
    place(desk, newClientOrderId="old")
    answer = replace(desk, "old", "new", quantity="9")

    assert (409, -2021) == answer.refused
    assert -2010 == answer.body["data"]["newOrderResponse"]["code"]
    assert "CANCELED" == find(desk, "old")["status"]


def test_a_replace_may_place_the_new_order_all_the_same(desk: Desk) -> None:
    """ALLOW_FAILURE: the cancel fails, the order lives, and the answer is still an error."""
    answer = replace(desk, "nobody", "new", mode="ALLOW_FAILURE")

    assert (409, -2021) == answer.refused
    assert ("FAILURE", "SUCCESS") == (
        answer.body["data"]["cancelResult"],
        answer.body["data"]["newOrderResult"],
    )
    assert "NEW" == find(desk, "new")["status"]


def test_lists_begin_at_an_id_or_a_time_and_end_at_a_limit(desk: Desk) -> None:
    """Without either the newest come; a span of more than a day is refused."""
    ids: list[int] = []
    for name in "abcd":
        ids.append(place(desk, newClientOrderId=name)["orderId"])
        desk.time.pass_ms(1_000)
    start = START_NS // 1_000_000

    def listed(**params: object) -> list[int]:
        told = desk.good("GET /api/v3/allOrders", symbol=BTC, **params)
        return [one["orderId"] for one in told]

    assert ids == listed()
    assert ids[2:] == listed(limit=2)
    assert ids[:2] == listed(limit=2, startTime=start)
    assert ids[1:3] == listed(startTime=start + 1_000, endTime=start + 2_000)
    assert ids[1:] == listed(orderId=ids[1])
    too_long = desk.ask("GET /api/v3/allOrders", symbol=BTC, startTime=0, endTime=86_400_001)
    assert (400, -1127) == too_long.refused


def test_trades_are_listed_by_order_and_from_an_id(desk: Desk) -> None:
    """Each trade has the id that the stream gave it too."""
    orders = [desk.good(f"POST {ORDER}", **MARKET, quantity="0.01") for _ in range(2)]
    told = desk.good("GET /api/v3/myTrades", symbol=BTC)
    second = desk.good("GET /api/v3/myTrades", symbol=BTC, fromId=told[1]["id"])
    of_first = desk.good("GET /api/v3/myTrades", symbol=BTC, orderId=orders[0]["orderId"])

    assert [one["fills"][0]["tradeId"] for one in orders] == [one["id"] for one in told]
    assert [told[1]] == second
    assert [told[0]] == of_first


def test_an_order_that_shows_late_is_not_found_at_first(desk: Desk) -> None:
    """The venue has taken it, and its queries say -2013 for a while."""
    desk.engine.hide_next = 2
    place(desk, newClientOrderId="late")
    looks = [desk.ask(f"GET {ORDER}", symbol=BTC, origClientOrderId="late") for _ in range(3)]

    assert [400, 400, 200] == [one.status for one in looks]


def test_a_key_tells_what_it_may_do_and_until_when(desk: Desk) -> None:
    """Withdrawal, addresses and expiry are seen by who asks for them."""
    path = "GET /sapi/v1/account/apiRestrictions"
    plain = desk.good(path)
    desk.key.permissions = {READ, TRADE, WITHDRAW}
    desk.key.ips, desk.key.expires_ns = ("127.0.0.1",), START_NS + 10**18
    wide = desk.good(path)

    assert (True, False, False) == (
        plain["enableSpotAndMarginTrading"],
        plain["enableWithdrawals"],
        plain["ipRestrict"],
    )
    assert "tradingAuthorityExpirationTime" not in plain
    assert (True, True) == (wide["enableWithdrawals"], wide["ipRestrict"])
    assert (START_NS + 10**18) // 10**6 == wide["tradingAuthorityExpirationTime"]


def test_money_that_came_and_went_is_listed(desk: Desk) -> None:
    """A transfer in is a finished deposit, one out a finished withdrawal."""
    desk.engine.transfer("customer", "USDT", Decimal(-250))
    deposits = desk.good("GET /sapi/v1/capital/deposit/hisrec", coin="USDT")
    (withdrawal,) = desk.good("GET /sapi/v1/capital/withdraw/history")

    assert [("100000.00000000", 1)] == [(one["amount"], one["status"]) for one in deposits]
    assert ("250.00000000", 6) == (withdrawal["amount"], withdrawal["status"])


def test_an_announced_outage_is_on_the_status_page(desk: Desk) -> None:
    """The status page needs no key and says so while it lasts."""
    now = desk.dialect.clock.now_ms()
    before = desk.raw("GET /sapi/v1/system/status").body
    desk.dialect.maintenance = (now, now + 60_000)
    during = desk.raw("GET /sapi/v1/system/status").body
    desk.time.pass_ms(60_000)

    assert (0, 1) == (before["status"], during["status"])
    assert 0 == desk.raw("GET /sapi/v1/system/status").body["status"]


def test_a_halted_market_takes_nothing_and_says_so(desk: Desk) -> None:
    """The market's status tells it as well as the refusal."""
    desk.engine.halt(BTC, trading=False)
    told = desk.raw("GET /api/v3/exchangeInfo", f"symbol={BTC}").body["symbols"]

    assert ["BREAK"] == [one["status"] for one in told]
    assert (400, -1013) == desk.ask(f"POST {ORDER}", **LIMIT).refused
