"""What an order of Binance USD-M is refused for, and how conditional orders live."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest

from tests.unit.exchange.binance import BTC, Desk, usdm

ORDER: Final = "/fapi/v1/order"
ALGO: Final = "/fapi/v1/algoOrder"
LIMIT: Final[dict[str, object]] = {
    "symbol": BTC,
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.010",
    "price": "40000",
}
STOP: Final[dict[str, object]] = {
    "algoType": "CONDITIONAL",
    "symbol": BTC,
    "side": "SELL",
    "type": "STOP_MARKET",
    "quantity": "0.010",
    "triggerPrice": "49000",
    "clientAlgoId": "stop",
}


@pytest.fixture
def desk() -> Desk:
    """Give a customer of USD-M."""
    return usdm()


def buy(desk: Desk, quantity: str = "0.010", side: str = "BUY", **terms: object) -> Any:
    """Trade at the market."""
    order = {"symbol": BTC, "side": side, "type": "MARKET", "newOrderRespType": "RESULT"}
    return desk.good(f"POST {ORDER}", **order, quantity=quantity, **terms)


def position(desk: Desk) -> str:
    """Return what is held of BTC."""
    (told,) = desk.good("GET /fapi/v2/positionRisk", symbol=BTC)
    return told["positionAmt"]


def algo(desk: Desk, client_id: str = "stop") -> Any:
    """Look a conditional order up."""
    return desk.good(f"GET {ALGO}", clientAlgoId=client_id)


def test_an_acknowledgement_is_from_before_the_trade(desk: Desk) -> None:
    """Without a wish the answer says NEW, although the order has traded already."""
    order = {"symbol": BTC, "side": "BUY", "type": "MARKET", "quantity": "0.010"}
    told = desk.good(f"POST {ORDER}", **order)
    found = desk.good(f"GET {ORDER}", symbol=BTC, orderId=told["orderId"])

    assert (("NEW", "0"), ("FILLED", "0.010")) == (
        (told["status"], told["executedQty"]),
        (found["status"], found["executedQty"]),
    )


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"price": "40000.05"}, -4014),
        ({"quantity": "0.0105"}, -1111),
        ({"quantity": "0.0001"}, -4004),
        ({"quantity": "5000"}, -4005),
        ({"price": "400", "quantity": "0.010"}, -4164),
        ({"quantity": "900"}, -2019),
        ({"price": "60000", "timeInForce": "GTX"}, -5022),
        ({"side": "SELL", "price": "60000", "reduceOnly": "true"}, -2022),
        ({"positionSide": "LONG"}, -4061),
        ({"newClientOrderId": "a b"}, -4015),
        ({"type": "STOP_MARKET"}, -4120),
        ({"type": "TAKE_PROFIT"}, -4120),
        ({"type": "TRAILING_STOP_MARKET"}, -1116),
        ({"newOrderRespType": "FULL"}, -1136),
    ],
)
def test_each_refusal_has_its_code(desk: Desk, terms: dict[str, object], code: int) -> None:
    """The documented code for each reason, and nothing is placed."""
    assert (400, code) == desk.ask(f"POST {ORDER}", **LIMIT | terms).refused
    assert {} == desk.engine.register.all


def test_a_client_id_is_unique_among_open_orders_alone(desk: Desk) -> None:
    """-4116 while it works, free once it has ended, across plain and conditional orders."""
    desk.good(f"POST {ORDER}", **LIMIT, newClientOrderId="stop")
    plain = desk.ask(f"POST {ORDER}", **LIMIT, newClientOrderId="stop")
    conditional = desk.ask(f"POST {ALGO}", **STOP)
    desk.good(f"DELETE {ORDER}", symbol=BTC, origClientOrderId="stop")

    assert [(400, -4116)] * 2 == [plain.refused, conditional.refused]
    assert "NEW" == desk.good(f"POST {ORDER}", **LIMIT, newClientOrderId="stop")["status"]


def test_a_reduce_only_order_closes_and_never_turns(desk: Desk) -> None:
    """It trades no more than is held, and ends with it."""
    buy(desk)
    told = buy(desk, quantity="0.030", side="SELL", reduceOnly="true")

    assert ("EXPIRED", "0.010") == (told["status"], told["executedQty"])
    assert "0" == position(desk)


def test_an_amendment_keeps_the_id_and_takes_new_terms(desk: Desk) -> None:
    """Price and quantity change; the same terms are -5027, a market order's -5025."""
    order = desk.good(f"POST {ORDER}", **LIMIT, newClientOrderId="mine")
    terms = {"symbol": BTC, "side": "BUY", "origClientOrderId": "mine"}
    told = desk.good(f"PUT {ORDER}", **terms, price="41000", quantity="0.020")
    same = desk.ask(f"PUT {ORDER}", **terms, price="41000", quantity="0.020")

    assert (order["orderId"], "41000.0", "0.020") == (
        told["orderId"],
        told["price"],
        told["origQty"],
    )
    assert (400, -5027) == same.refused
    gone = {"symbol": BTC, "side": "BUY", "orderId": 1, "price": 1, "quantity": 1}
    assert (400, -2013) == desk.ask(f"PUT {ORDER}", **gone).refused


def test_an_amendment_to_what_is_filled_ends_the_order(desk: Desk) -> None:
    """A quantity that leaves nothing cancels, as the venue documents."""
    order = desk.good(f"POST {ORDER}", **LIMIT, newClientOrderId="mine")
    desk.engine.hit(desk.engine.register.all[order["orderId"]], Decimal("0.004"))
    terms = {"symbol": BTC, "side": "BUY", "origClientOrderId": "mine", "price": "40000"}

    assert "CANCELED" == desk.good(f"PUT {ORDER}", **terms, quantity="0.004")["status"]


def test_a_sleeping_stop_is_the_algo_services_alone(desk: Desk) -> None:
    """The plain paths neither find nor list nor cancel it."""
    buy(desk)
    told = desk.good(f"POST {ALGO}", **STOP, reduceOnly="true")
    names = {"symbol": BTC, "origClientOrderId": "stop"}

    assert ("NEW", "49000.0", True) == (
        told["algoStatus"],
        told["triggerPrice"],
        told["reduceOnly"],
    )
    assert [] == desk.good("GET /fapi/v1/openOrders", symbol=BTC)
    assert (400, -2013) == desk.ask(f"GET {ORDER}", **names).refused
    assert (400, -2011) == desk.ask(f"DELETE {ORDER}", **names).refused
    assert ["stop"] == [one["clientAlgoId"] for one in desk.good("GET /fapi/v1/openAlgoOrders")]


def test_a_stop_that_woke_is_an_order_of_the_same_name(desk: Desk) -> None:
    """The algo service names it, the plain paths find it by the client id."""
    buy(desk)
    desk.good(f"POST {ALGO}", **STOP, reduceOnly="true")
    desk.engine.move(BTC, Decimal(48_900))
    found = desk.good(f"GET {ORDER}", symbol=BTC, origClientOrderId="stop")

    assert ("FINISHED", str(found["orderId"])) == (
        algo(desk)["algoStatus"],
        algo(desk)["actualOrderId"],
    )
    assert ("FILLED", "MARKET", "STOP_MARKET") == (
        found["status"],
        found["type"],
        found["origType"],
    )
    assert "0" == position(desk)
    assert (400, -2011) == desk.ask(f"DELETE {ALGO}", clientAlgoId="stop").refused


def test_a_stop_limit_that_woke_rests_and_can_be_cancelled_as_an_order(desk: Desk) -> None:
    """TRIGGERED while it rests, FINISHED once it has ended."""
    terms = {"type": "STOP", "side": "BUY", "triggerPrice": "50100", "price": "50050"}
    desk.good(f"POST {ALGO}", **STOP | terms)
    desk.engine.move(BTC, Decimal(50_200))
    resting = algo(desk)["algoStatus"]
    desk.good(f"DELETE {ORDER}", symbol=BTC, origClientOrderId="stop")

    assert ("TRIGGERED", "FINISHED") == (resting, algo(desk)["algoStatus"])


def test_a_cancelled_stop_never_wakes(desk: Desk) -> None:
    """Its cancel names both ids, and the price passes it by."""
    buy(desk)
    told = desk.good(f"POST {ALGO}", **STOP)
    ended = desk.good(f"DELETE {ALGO}", algoId=told["algoId"])
    desk.engine.move(BTC, Decimal(48_900))

    assert ("stop", "200") == (ended["clientAlgoId"], ended["code"])
    assert ("CANCELED", "0.010") == (algo(desk)["algoStatus"], position(desk))


@pytest.mark.parametrize(
    ("kind", "side", "trigger", "wakes"),
    [
        ("STOP_MARKET", "SELL", "49000", "48900"),
        ("STOP_MARKET", "BUY", "51000", "51100"),
        ("TAKE_PROFIT_MARKET", "SELL", "51000", "51100"),
        ("TAKE_PROFIT_MARKET", "BUY", "49000", "48900"),
    ],
)
def test_stops_and_targets_wake_on_their_own_side(
    desk: Desk, kind: str, side: str, trigger: str, wakes: str
) -> None:
    """A trigger on the wrong side of the price is -2021."""
    wrong = "51000" if trigger == "49000" else "49000"
    terms = {"type": kind, "side": side}
    refused = desk.ask(f"POST {ALGO}", **STOP | terms | {"triggerPrice": wrong})
    desk.good(f"POST {ALGO}", **STOP | terms | {"triggerPrice": trigger})
    asleep = algo(desk)["algoStatus"]
    desk.engine.move(BTC, Decimal(wakes))

    assert (400, -2021) == refused.refused
    assert ("NEW", "FINISHED") == (asleep, algo(desk)["algoStatus"])


def test_a_stop_is_checked_when_it_wakes_and_not_before(desk: Desk) -> None:
    """Without margin, and without a position to reduce, it is taken and then rejected."""
    desk.good(f"POST {ALGO}", **STOP | {"quantity": "900", "clientAlgoId": "large"})
    desk.good(f"POST {ALGO}", **STOP | {"clientAlgoId": "lonely"}, reduceOnly="true")
    desk.engine.move(BTC, Decimal(48_900))

    assert ["REJECTED", "REJECTED"] == [
        algo(desk, name)["algoStatus"] for name in ("large", "lonely")
    ]
    assert (400, -2013) == desk.ask(f"GET {ORDER}", symbol=BTC, origClientOrderId="large").refused
    assert "0" == position(desk)


def test_a_reduce_only_stop_outlives_its_position(desk: Desk) -> None:
    """The venue leaves it: whoever closes must take his stops away himself."""
    buy(desk)
    desk.good(f"POST {ALGO}", **STOP, reduceOnly="true")
    buy(desk, side="SELL")

    assert ("0", "NEW") == (position(desk), algo(desk)["algoStatus"])


def test_a_closing_stop_takes_all_that_is_held_then(desk: Desk) -> None:
    """``closePosition`` has no quantity, grows with the position and ends with it."""
    terms = {name: value for name, value in STOP.items() if name != "quantity"}
    assert (400, -4509) == desk.ask(f"POST {ALGO}", **terms, closePosition="true").refused
    buy(desk)
    desk.good(f"POST {ALGO}", **terms, closePosition="true")
    buy(desk, quantity="0.020")
    desk.engine.move(BTC, Decimal(48_900))
    closed = position(desk)
    buy(desk)
    desk.good(f"POST {ALGO}", **terms | {"triggerPrice": "40000"}, closePosition="true")
    buy(desk, side="SELL")

    assert ("0", "EXPIRED") == (closed, algo(desk)["algoStatus"])


def test_wallet_and_position_follow_the_trades(desk: Desk) -> None:
    """Fees leave the wallet, the open profit is beside it, margin follows the leverage."""
    buy(desk)
    desk.engine.move(BTC, Decimal(51_000))
    told = desk.good("GET /fapi/v3/account")
    (risk,) = desk.good("GET /fapi/v3/positionRisk", symbol=BTC)

    assert ("99999.74999950", "9.99900000") == (
        told["totalWalletBalance"],
        told["totalUnrealizedProfit"],
    )
    assert "100009.74899950" == told["totalMarginBalance"]
    assert ("51.00000000", "50000.1") == (told["totalPositionInitialMargin"], risk["entryPrice"])
    desk.good("POST /fapi/v1/leverage", symbol=BTC, leverage=20)
    assert "25.50000000" == desk.good("GET /fapi/v3/account")["totalPositionInitialMargin"]


def test_income_has_every_booking_once_under_its_kind(desk: Desk) -> None:
    """Transfer, commission, profit and funding, each with an id that is unique in its kind."""
    buy(desk)
    desk.engine.fund(BTC, Decimal("0.0001"))
    buy(desk, side="SELL")
    rows = desk.good("GET /fapi/v1/income")
    kinds = [one["incomeType"] for one in rows]

    assert ["COMMISSION", "COMMISSION", "FUNDING_FEE", "REALIZED_PNL", "TRANSFER"] == sorted(kinds)
    assert len(rows) == len({(one["incomeType"], one["tranId"]) for one in rows})
    funding = desk.good("GET /fapi/v1/income", incomeType="FUNDING_FEE")
    assert ["-0.05000000"] == [one["income"] for one in funding]
    booked = sum(Decimal(one["income"]) for one in rows)
    assert booked == Decimal(desk.good("GET /fapi/v3/account")["totalWalletBalance"])


def test_modes_change_only_while_nothing_is_held(desk: Desk) -> None:
    """What is set already, and what cannot be set now, have their own codes."""
    dual, margin = "POST /fapi/v1/positionSide/dual", "POST /fapi/v1/marginType"
    assert (400, -4059) == desk.ask(dual, dualSidePosition="false").refused
    assert (400, -4046) == desk.ask(margin, symbol=BTC, marginType="CROSSED").refused
    buy(desk)
    assert (400, -4068) == desk.ask(dual, dualSidePosition="true").refused
    assert (400, -4048) == desk.ask(margin, symbol=BTC, marginType="ISOLATED").refused
    buy(desk, side="SELL")
    desk.good(f"POST {ORDER}", **LIMIT)
    assert (400, -4067) == desk.ask(dual, dualSidePosition="true").refused
    assert (400, -4047) == desk.ask(margin, symbol=BTC, marginType="ISOLATED").refused
    desk.good("DELETE /fapi/v1/allOpenOrders", symbol=BTC)
    desk.good(dual, dualSidePosition="true")
    desk.good(margin, symbol=BTC, marginType="ISOLATED")

    assert desk.good("GET /fapi/v1/positionSide/dual")["dualSidePosition"]
    assert (400, -4061) == desk.ask(f"POST {ORDER}", **LIMIT).refused
    assert (400, -4061) == desk.ask(f"POST {ALGO}", **STOP).refused
    assert {"ISOLATED"} == {
        one["marginType"] for one in desk.good("GET /fapi/v1/symbolConfig", symbol=BTC)
    }


def test_multi_assets_mode_and_leverage_are_kept(desk: Desk) -> None:
    """Both are told again; an impossible leverage is -4028."""
    desk.good("POST /fapi/v1/multiAssetsMargin", multiAssetsMargin="true")
    desk.good("POST /fapi/v1/leverage", symbol=BTC, leverage=3)

    assert (400, -4028) == desk.ask("POST /fapi/v1/leverage", symbol=BTC, leverage=126).refused
    assert desk.good("GET /fapi/v1/multiAssetsMargin")["multiAssetsMargin"]
    (told,) = desk.good("GET /fapi/v1/symbolConfig", symbol=BTC)
    assert 3 == told["leverage"]


def test_a_liquidation_closes_under_the_venues_own_name(desk: Desk) -> None:
    """Nobody asked for it: its client id begins with ``autoclose-``."""
    buy(desk)
    desk.engine.liquidate("customer", BTC)
    newest = desk.good("GET /fapi/v1/allOrders", symbol=BTC)[-1]

    assert ("0", "FILLED") == (position(desk), newest["status"])
    assert newest["clientOrderId"].startswith("autoclose-")


def test_a_market_in_a_break_takes_nothing(desk: Desk) -> None:
    """-4141, and the market's status says the same."""
    desk.engine.halt(BTC, trading=False)
    told = desk.raw("GET /fapi/v1/exchangeInfo").body["symbols"]

    assert "BREAK" == next(one["status"] for one in told if one["symbol"] == BTC)
    assert (400, -4141) == desk.ask(f"POST {ORDER}", **LIMIT).refused
