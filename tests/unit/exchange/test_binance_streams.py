"""What Binance's streams say, to whom, and what happens to a stream while its socket lives."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

import pytest

from adapters.exchange.sessions import Session
from tests.unit.exchange.binance import BTC, Desk, dial, frames, spot, usdm, user_stream

SPOT_ORDER: Final = "/api/v3/order"
USDM_ORDER: Final = "/fapi/v1/order"
LIMIT: Final[dict[str, object]] = {
    "symbol": BTC,
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.010",
    "price": "40000",
    "newClientOrderId": "mine",
}
MARKET: Final[dict[str, object]] = {
    "symbol": BTC,
    "side": "BUY",
    "type": "MARKET",
    "quantity": "0.010",
    "newClientOrderId": "mine",
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


@pytest.fixture(params=[spot, usdm], ids=["spot", "usdm"])
def desk(request: pytest.FixtureRequest) -> Desk:
    """Give a customer of each product."""
    return request.param()


def order_path(desk: Desk) -> str:
    """Return the path of orders."""
    return SPOT_ORDER if desk.dialect.name == "binance" else USDM_ORDER


def steps(events: list[Any]) -> list[tuple[str, str, str]]:
    """Return execution, status and cumulated quantity of each report of an order."""
    reports = [one for one in events if one["e"] == "executionReport"]
    reports += [one["o"] for one in events if one["e"] == "ORDER_TRADE_UPDATE"]
    return [(one["x"], one["X"], one["z"].rstrip("0").rstrip(".") or "0") for one in reports]


def test_an_order_is_told_from_its_birth_to_its_end(desk: Desk) -> None:
    """New, part, whole: each with what is filled so far, and the trade's id of the queries."""
    _, take = user_stream(desk)
    order = desk.good(f"POST {order_path(desk)}", **LIMIT)
    held = desk.engine.register.all[order["orderId"]]
    desk.engine.hit(held, Decimal("0.004"))
    desk.engine.hit(held, Decimal("0.006"))

    assert [
        ("NEW", "NEW", "0"),
        ("TRADE", "PARTIALLY_FILLED", "0.004"),
        ("TRADE", "FILLED", "0.01"),
    ] == steps(take())


def test_a_cancel_is_told_as_one_and_an_end_by_the_venue_as_expired(desk: Desk) -> None:
    """Who ended an order is seen in the report."""
    _, take = user_stream(desk)
    path = order_path(desk)
    desk.good(f"POST {path}", **LIMIT)
    desk.good(f"DELETE {path}", symbol=BTC, origClientOrderId="mine")
    desk.good(f"POST {path}", **LIMIT | {"timeInForce": "IOC"})

    assert [
        ("NEW", "NEW", "0"),
        ("CANCELED", "CANCELED", "0"),
        ("NEW", "NEW", "0"),
        ("EXPIRED", "EXPIRED", "0"),
    ] == steps(take())


def test_a_spot_cancel_names_the_order_in_its_second_field() -> None:
    """``c`` is the cancel's own id, ``C`` the order's; everywhere else ``c`` is the order's."""
    desk = spot()
    _, take = user_stream(desk)
    desk.good(f"POST {SPOT_ORDER}", **LIMIT)
    desk.good(f"DELETE {SPOT_ORDER}", symbol=BTC, origClientOrderId="mine", newClientOrderId="end")
    born, ended = (one for one in take() if one["e"] == "executionReport")

    assert (("mine", ""), ("end", "mine")) == ((born["c"], born["C"]), (ended["c"], ended["C"]))


def test_money_is_told_after_the_order_that_moved_it() -> None:
    """Spot tells each asset that changed, and a transfer by its difference as well."""
    desk = spot()
    _, take = user_stream(desk)
    desk.good(f"POST {SPOT_ORDER}", **MARKET)
    *_, wallet = take()
    desk.engine.transfer("customer", "USDT", Decimal(-5))
    change, after = take()

    assert ("outboundAccountPosition", {"BTC", "USDT"}) == (
        wallet["e"],
        {one["a"] for one in wallet["B"]},
    )
    assert ("balanceUpdate", "USDT", "-5.00000000") == (change["e"], change["a"], change["d"])
    assert "outboundAccountPosition" == after["e"]


def test_usdm_tells_the_account_when_money_moved_and_never_for_an_order_alone() -> None:
    """A resting order says nothing of the account; a trade, funding and a transfer do."""
    desk = usdm()
    _, take = user_stream(desk)
    desk.good(f"POST {USDM_ORDER}", **LIMIT)
    resting = take()
    desk.good(f"POST {USDM_ORDER}", **MARKET | {"newClientOrderId": "other"})
    desk.engine.fund(BTC, Decimal("0.0001"))
    desk.engine.transfer("customer", "USDT", Decimal(7))
    desk.engine.transfer("customer", "USDT", Decimal(-7))
    updates = [one["a"] for one in take() if one["e"] == "ACCOUNT_UPDATE"]

    assert ["ORDER_TRADE_UPDATE"] == [one["e"] for one in resting]
    assert ["ORDER", "FUNDING_FEE", "DEPOSIT", "WITHDRAW"] == [one["m"] for one in updates]
    assert [["0.010"], [], [], []] == [[row["pa"] for row in one["P"]] for one in updates]
    assert ["0", "-0.05000000", "7.00000000", "-7.00000000"] == [
        one["B"][0]["bc"] for one in updates
    ]


def told_of_stop(events: list[Any]) -> list[tuple[str, str]]:
    """Return the kind and status of each event about the stop."""
    kinds = {"ALGO_UPDATE": "algo", "ORDER_TRADE_UPDATE": "order"}
    return [
        (kinds[one["e"]], one["o"]["X"])
        for one in events
        if one["e"] in kinds and "stop" in {one["o"].get("caid"), one["o"].get("c")}
    ]


def test_a_conditional_order_is_told_by_the_algo_service_and_then_as_an_order() -> None:
    """From NEW over TRIGGERING and TRIGGERED to FINISHED, its trades in between."""
    desk = usdm()
    _, take = user_stream(desk)
    desk.good(f"POST {USDM_ORDER}", **MARKET)
    desk.good("POST /fapi/v1/algoOrder", **STOP, reduceOnly="true")
    desk.engine.move(BTC, Decimal(48_900))

    assert [
        ("algo", "NEW"),
        ("algo", "TRIGGERING"),
        ("algo", "TRIGGERED"),
        ("order", "NEW"),
        ("order", "FILLED"),
        ("algo", "FINISHED"),
    ] == told_of_stop(take())


def test_a_conditional_order_that_may_not_trade_is_told_with_the_reason() -> None:
    """It woke and was not let in: no order is told, and the algo service says why."""
    desk = usdm()
    _, take = user_stream(desk)
    desk.good("POST /fapi/v1/algoOrder", **STOP, reduceOnly="true")
    desk.engine.move(BTC, Decimal(48_900))
    events = take()

    assert [("algo", "NEW"), ("algo", "TRIGGERING"), ("algo", "REJECTED")] == told_of_stop(events)
    assert "Reduce Only reject" == events[-1]["o"]["rm"]


def test_a_stop_limit_that_woke_and_rests_is_told_at_once() -> None:
    """Nothing has to trade before it is told that the order is in the book."""
    desk = usdm()
    _, take = user_stream(desk)
    terms = {"type": "STOP", "side": "BUY", "triggerPrice": "50100", "price": "50050"}
    desk.good("POST /fapi/v1/algoOrder", **STOP | terms)
    desk.engine.move(BTC, Decimal(50_200))

    assert [("algo", "TRIGGERED"), ("order", "NEW")] == told_of_stop(take())[-2:]


def test_a_liquidation_is_told_as_one() -> None:
    """The type, the execution and the client id say who closed the position."""
    desk = usdm()
    desk.good(f"POST {USDM_ORDER}", **MARKET)
    _, take = user_stream(desk)
    desk.engine.liquidate("customer", BTC)
    born, trade = (one["o"] for one in take() if one["e"] == "ORDER_TRADE_UPDATE")

    assert ("NEW", "CALCULATED") == (born["x"], trade["x"])
    assert {"LIQUIDATION"} == {born["o"], trade["o"]}
    assert trade["c"].startswith("autoclose-")


def test_an_amendment_is_told_with_its_new_terms() -> None:
    """AMENDMENT, still NEW, with price and quantity as they are now."""
    desk = usdm()
    desk.good(f"POST {USDM_ORDER}", **LIMIT)
    _, take = user_stream(desk)
    names = {"symbol": BTC, "side": "BUY", "origClientOrderId": "mine"}
    desk.good(f"PUT {USDM_ORDER}", **names, price="41000", quantity="0.020")
    (told,) = (one["o"] for one in take())

    assert ("AMENDMENT", "NEW", "41000.0", "0.020") == (told["x"], told["X"], told["p"], told["q"])


def test_a_stream_hears_of_its_own_account_alone(desk: Desk) -> None:
    """What another customer does is not told."""
    _, take = user_stream(desk)
    stranger = desk.dialect.keys.issue("stranger", 0)
    desk.engine.transfer("stranger", "USDT", Decimal(10_000))
    desk.key = stranger
    desk.good(f"POST {order_path(desk)}", **MARKET)

    assert [] == take()


def test_a_subscription_needs_a_key_and_a_signature() -> None:
    """The WebSocket API refuses like REST does, with the status inside the frame."""
    desk = spot()
    session = dial(desk, "/ws-api/v3")
    now = desk.dialect.clock.now_ms()
    good = {"apiKey": desk.key.key, "timestamp": now, "signature": "0" * 64}
    for params in (good, good | {"apiKey": "nobody"}, good | {"timestamp": now - 60_000}):
        method = "userDataStream.subscribe.signature"
        desk.dialect.said(session, {"id": 1, "method": method, "params": params})
    desk.dialect.said(session, {"id": 1, "method": "order.dance"})
    desk.dialect.said(session, "noise")
    answers = frames(session)

    assert [-1022, -2015, -1021, -1000, -1000] == [one["error"]["code"] for one in answers]
    assert [400, 401, 400, 400, 400] == [one["status"] for one in answers]
    assert session.account is None


def test_a_terminated_stream_says_so_once_and_then_nothing(desk: Desk) -> None:
    """The socket stays and no longer tells anything, until somebody subscribes anew."""
    session, take = user_stream(desk)
    desk.dialect.terminate(session)
    desk.dialect.terminate(session)
    (notice,) = take()
    desk.good(f"POST {order_path(desk)}", **MARKET)

    assert {"eventStreamTerminated", "listenKeyExpired"} & {notice["e"]}
    assert [] == take()
    _, again = user_stream(desk)
    desk.good(f"POST {order_path(desk)}", **MARKET)
    assert [] != again()


def test_a_listen_key_lives_an_hour_from_its_last_keep_alive() -> None:
    """Kept alive it goes on, forgotten it expires, and what is gone is -1125."""
    desk = usdm()
    _, take = user_stream(desk)
    desk.time.pass_ms(50 * 60_000)
    desk.raw("PUT /fapi/v1/listenKey")
    desk.time.pass_ms(50 * 60_000)
    desk.good(f"POST {USDM_ORDER}", **MARKET)
    alive = [one["e"] for one in take()]
    desk.time.pass_ms(60 * 60_000)
    late = desk.raw("PUT /fapi/v1/listenKey")
    desk.good(f"POST {USDM_ORDER}", **MARKET)

    assert "ORDER_TRADE_UPDATE" in alive
    assert (400, -1125) == late.refused
    assert ["listenKeyExpired"] == [one["e"] for one in take()]


def test_a_deleted_listen_key_ends_its_stream() -> None:
    """Nothing is told to its connection any more, and it is unknown from then on."""
    desk = usdm()
    _, take = user_stream(desk)
    assert 200 == desk.raw("DELETE /fapi/v1/listenKey").status
    desk.good(f"POST {USDM_ORDER}", **MARKET)

    assert [] == take()
    assert (400, -1125) == desk.raw("DELETE /fapi/v1/listenKey").refused


def test_a_wrong_listen_key_opens_a_socket_that_says_nothing() -> None:
    """The venue does not refuse the connection: only a canary notices."""
    desk = usdm()
    session = dial(desk, "/private/ws", listenKey="nonsense")
    desk.good(f"POST {USDM_ORDER}", **MARKET)

    assert [] == frames(session)


def public(desk: Desk, *streams: str, path: str = "/ws/0") -> Session:
    """Subscribe to public streams, and take the answer."""
    session = dial(desk, path)
    desk.dialect.said(session, {"method": "SUBSCRIBE", "params": list(streams), "id": 5})
    assert {"result": None, "id": 5} == frames_of_answer(session)
    return session


def frames_of_answer(session: Session) -> Any:
    """Take the first frame alone."""
    first, *others = frames(session)
    for one in others:
        session.send(one)
    return first


def test_prices_come_at_once_and_with_every_change(desk: Desk) -> None:
    """The best bid and offer of now, then those after the market moved."""
    session = public(desk, "btcusdt@bookTicker")
    (now,) = frames(session)
    desk.engine.move(BTC, Decimal(51_000))
    after = frames(session)[-1]

    assert (50_000, 51_000) == (round(Decimal(now["b"])), round(Decimal(after["b"])))
    assert Decimal(after["b"]) < Decimal(after["a"])
    assert ("bookTicker" == after.get("e")) == (desk.dialect.name == "binanceusdm")


def test_trades_come_with_the_side_that_took(desk: Desk) -> None:
    """``m`` says that the buyer had rested, so that a seller came."""
    session = public(desk, "btcusdt@trade", "btcusdt@aggTrade")
    frames(session)
    desk.good(f"POST {order_path(desk)}", **MARKET)
    single, combined = frames(session)

    assert ("trade", "aggTrade") == (single["e"], combined["e"])
    assert (False, "0.010") == (single["m"], single["q"].rstrip("0").ljust(5, "0"))
    assert single["t"] == combined["a"]


def test_a_stream_that_does_not_exist_is_refused(desk: Desk) -> None:
    """An unknown market, an unknown channel, an unknown method, and no JSON at all."""
    session = dial(desk, "/ws/0")
    for message in (
        {"method": "SUBSCRIBE", "params": ["nope@trade"], "id": 1},
        {"method": "SUBSCRIBE", "params": ["btcusdt@dreams"], "id": 2},
        {"method": "SUBSCRIBE", "params": "btcusdt@trade", "id": 3},
        {"method": "GUESS", "id": 4},
        "noise",
    ):
        desk.dialect.said(session, message)

    assert [1, 2, 3, 4, None] == [one["id"] for one in frames(session)]
    assert set() == session.topics


def test_an_ended_subscription_is_silent(desk: Desk) -> None:
    """After UNSUBSCRIBE nothing comes, and the list of subscriptions is empty."""
    session = public(desk, "btcusdt@trade")
    desk.dialect.said(session, {"method": "UNSUBSCRIBE", "params": ["btcusdt@trade"], "id": 6})
    desk.dialect.said(session, {"method": "LIST_SUBSCRIPTIONS", "id": 7})
    desk.engine.move(BTC, Decimal(51_000))

    assert [{"result": None, "id": 6}, {"result": [], "id": 7}] == frames(session)


def test_the_combined_form_names_the_stream(desk: Desk) -> None:
    """An address with ``streams=`` subscribes at once and wraps each frame."""
    session = dial(desk, "/stream", streams="btcusdt@bookTicker")
    (told,) = frames(session)

    assert ("btcusdt@bookTicker", BTC) == (told["stream"], told["data"]["s"])
