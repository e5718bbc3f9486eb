"""Binance's own SDK on the local exchange: a client that nobody here wrote, whose models judge the
shape of every answer and every frame.

Only its address and the authority that it trusts are ours.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from decimal import Decimal
from importlib import import_module
from typing import Any, Final

import pytest

from adapters.exchange.exchange import Exchange, running
from adapters.exchange.faults import Fault, Kind
from tests.unit.exchange.clients import until

pytestmark = [
    pytest.mark.loopback,
    pytest.mark.venues,
    pytest.mark.slow,
    # How the SDK itself speaks to aiohttp.
    pytest.mark.filterwarnings("ignore:parameter 'timeout' of type 'float':DeprecationWarning"),
]

WAIT_S: Final = 15
"""Far above what anything here takes."""

BTC: Final = "BTCUSDT"

BEYOND: Final = {
    # Documented and sent by the venue; the models of these answers leave them out.
    "stopPrice",
    "futuresType",
    "lastUpdateId",
    "avgPrice",
    "cumQuote",
}
"""Fields that we send and a model does not have."""


def strange(told: object) -> Iterator[str]:
    """Yield the name of each field that a model does not know, however deep."""
    if isinstance(told, list):
        for one in told:
            yield from strange(one)
    inner = getattr(told, "actual_instance", None)
    if inner is not None:
        yield from strange(inner)
    elif hasattr(told, "model_dump"):
        yield from getattr(told, "additional_properties", {})
        for name in type(told).model_fields:  # pyright: ignore[reportAttributeAccessIssue]
            yield from strange(getattr(told, name))


def sdk(venue: str) -> Any:
    """Return the SDK's client of a product."""
    if venue == "binance":
        return import_module("binance_sdk_spot.spot").Spot
    name = "derivatives_trading_usds_futures"
    return import_module(f"binance_sdk_{name}.{name}").DerivativesTradingUsdsFutures


def configuration(kind: str) -> Any:
    """Return the SDK's settings of a kind of connection."""
    return getattr(import_module("binance_common.configuration"), f"Configuration{kind}")


class Judge:
    """Calls the SDK in a thread of its own and looks at what its models made of the answers."""

    def __init__(self) -> None:
        self.unknown: set[str] = set()
        self.raw: list[str] = []

    async def __call__(self, call: Callable[..., Any], **params: object) -> Any:
        """Make one call; return what the model read."""
        answer = await asyncio.to_thread(call, **params)
        told = answer.data()
        self.look(told, call.__name__)
        return told

    def look(self, told: object, name: str) -> None:
        """Note what a model could not read, or does not know."""
        first = told[0] if isinstance(told, list) and told else told
        if isinstance(first, dict) and first:
            self.raw.append(name)
        self.unknown.update(strange(told))


def trust(exchange: Exchange) -> ssl.SSLContext:
    """Trust the exchange's authority."""
    return ssl.create_default_context(cafile=str(exchange.ca_file))


@asynccontextmanager
async def rest(exchange: Exchange, venue: str) -> AsyncGenerator[Any]:
    """Open the SDK's REST client, and close its lines: it has no way of its own."""
    key = exchange.key(venue)
    settings = configuration("RestAPI")(
        api_key=key.key,
        api_secret=key.secret,
        base_path=f"https://localhost:{exchange.port}",
        https_agent=trust(exchange),
        retries=0,
        timeout=WAIT_S * 1000,
    )
    api = sdk(venue)(config_rest_api=settings).rest_api
    try:
        yield api
    finally:
        api._session.close()


@pytest.fixture
def judge(caplog: pytest.LogCaptureFixture) -> Iterator[Judge]:
    """Give a judge; the SDK warns in its log where a model did not fit."""
    made = Judge()
    with caplog.at_level(logging.WARNING):
        yield made
    assert [] == [one.getMessage() for one in caplog.records]
    assert [] == made.raw
    assert made.unknown <= BEYOND


async def test_every_answer_of_spot_fits_the_sdks_models(judge: Judge) -> None:
    """Prices, orders and their ends, lists, wallet, limits."""
    async with running() as exchange, rest(exchange, "binance") as api:
        for public in (api.ping, api.time, api.exchange_info, api.ticker_book_ticker):
            await judge(public)
        for priced in (api.depth, api.ticker24hr, api.ticker_price, api.ticker_book_ticker):
            await judge(priced, symbol=BTC)
        bought = await judge(
            api.new_order, symbol=BTC, side="BUY", type="MARKET", quantity=Decimal("0.01")
        )
        terms = {
            "symbol": BTC,
            "side": "BUY",
            "type": "LIMIT",
            "time_in_force": "GTC",
            "quantity": Decimal("0.01"),
            "price": Decimal(40_000),
        }
        await judge(api.new_order, **terms, new_client_order_id="one")
        await judge(api.get_order, symbol=BTC, orig_client_order_id="one")
        await judge(api.get_open_orders, symbol=BTC)
        replaced = await judge(
            api.order_cancel_replace,
            **terms,
            cancel_replace_mode="STOP_ON_FAILURE",
            cancel_orig_client_order_id="one",
            new_client_order_id="two",
        )
        await judge(api.delete_order, symbol=BTC, orig_client_order_id="two")
        stop = {"type": "STOP_LOSS_LIMIT", "side": "SELL", "stop_price": Decimal(45_000)}
        await judge(api.new_order, **terms | stop, new_order_resp_type="RESULT")
        for listed in (api.all_orders, api.my_trades, api.account_commission):
            await judge(listed, symbol=BTC)
        await judge(api.order_test, **terms)
        for plain in (api.get_account, api.rate_limit_order):
            await judge(plain)
        ended = await judge(api.delete_open_orders, symbol=BTC)

        assert ("FILLED", "two") == (bought.status, replaced.new_order_response.client_order_id)
        assert 1 == len(ended)


async def test_every_answer_of_usdm_fits_the_sdks_models(judge: Judge) -> None:
    """Prices, plain and conditional orders, wallet, positions, income, settings, listen keys."""
    async with running() as exchange, rest(exchange, "binanceusdm") as api:
        await judge(api.check_server_time)
        await judge(api.exchange_information)
        for priced in (
            api.order_book,
            api.symbol_order_book_ticker,
            api.symbol_price_ticker,
            api.mark_price,
            api.ticker24hr_price_change_statistics,
        ):
            await judge(priced, symbol=BTC)
        await judge(api.change_position_mode, dual_side_position="true")
        await judge(api.change_position_mode, dual_side_position="false")
        await judge(api.change_margin_type, symbol=BTC, margin_type="ISOLATED")
        await judge(api.change_initial_leverage, symbol=BTC, leverage=5)
        await judge(api.change_multi_assets_mode, multi_assets_margin="true")
        await _orders(judge, api)
        for listed in (api.all_orders, api.account_trade_list, api.query_all_algo_orders):
            await judge(listed, symbol=BTC)
        exchange.control.fund("binanceusdm", BTC, Decimal("0.0001"))
        for plain in (
            api.account_information_v3,
            api.futures_account_balance_v3,
            api.futures_account_balance_v2,
            api.position_information_v3,
            api.position_information_v2,
            api.get_income_history,
            api.get_current_position_mode,
            api.get_current_multi_assets_mode,
            api.symbol_configuration,
            api.futures_account_configuration,
            api.notional_and_leverage_brackets,
            api.query_user_rate_limit,
            api.start_user_data_stream,
            api.keepalive_user_data_stream,
            api.close_user_data_stream,
        ):
            await judge(plain)
        commission = await judge(api.user_commission_rate, symbol=BTC)

        assert "0.0005" == commission.taker_commission_rate


async def _orders(judge: Judge, api: Any) -> None:
    """Bring each kind of order of USD-M through its life."""
    traded = {"symbol": BTC, "side": "BUY", "type": "MARKET", "quantity": Decimal("0.01")}
    await judge(api.new_order, **traded, new_order_resp_type="RESULT")
    terms = {"symbol": BTC, "side": "BUY", "quantity": Decimal("0.01"), "price": Decimal(40_000)}
    limit = {"type": "LIMIT", "time_in_force": "GTC", "new_client_order_id": "one"}
    await judge(api.new_order, **terms | limit)
    named = {"symbol": BTC, "orig_client_order_id": "one"}
    await judge(api.query_order, **named)
    await judge(api.query_current_open_order, **named)
    amended = await judge(api.modify_order, **terms | {"price": Decimal(41_000)} | named)
    await judge(api.current_all_open_orders, symbol=BTC)
    await judge(api.cancel_order, **named)
    await judge(api.cancel_all_open_orders, symbol=BTC)
    stop = {
        "algo_type": "CONDITIONAL",
        "symbol": BTC,
        "side": "SELL",
        "type": "STOP_MARKET",
        "quantity": Decimal("0.01"),
        "trigger_price": Decimal(49_000),
        "reduce_only": "true",
        "client_algo_id": "stop",
    }
    await judge(api.new_algo_order, **stop)
    await judge(api.current_all_algo_open_orders)
    asleep = await judge(api.query_algo_order, client_algo_id="stop")
    await judge(api.cancel_algo_order, client_algo_id="stop")
    await judge(api.cancel_all_algo_open_orders, symbol=BTC)

    assert ("41000.0", "NEW") == (amended.price, asleep.algo_status)


async def test_a_refusal_reaches_the_sdk_with_its_code() -> None:
    """The venue's own client reads our errors as it reads the venue's."""
    errors = import_module("binance_common.errors")
    async with running() as exchange, rest(exchange, "binance") as api:
        with pytest.raises(errors.BadRequestError) as unknown:
            await asyncio.to_thread(api.get_order, symbol=BTC, order_id=1)
        exchange.control.fault(Fault(kind=Kind.BANNED, venue="binance", retry_after_s=9))
        with pytest.raises(errors.RateLimitBanError) as banned:
            await asyncio.to_thread(api.get_account)
        exchange.control.calm()
        exchange.control.key("binance", revoked=True)
        with pytest.raises(errors.UnauthorizedError) as revoked:
            await asyncio.to_thread(api.get_account)

        assert -2013 == unknown.value.status_code
        assert 9 == banned.value.retry_after
        assert -2015 == revoked.value.status_code


async def gathered(got: list[Any], count: int) -> None:
    """Wait until so many frames have come."""
    await until(lambda: len(got) >= count)


async def test_every_frame_of_spot_fits_the_sdks_models(judge: Judge) -> None:
    """The user stream over the WebSocket API, and the public streams."""
    async with running() as exchange, rest(exchange, "binance") as trade:
        key = exchange.key("binance")
        settings = configuration("WebSocketAPI")(
            api_key=key.key,
            api_secret=key.secret,
            stream_url=f"wss://localhost:{exchange.port}/ws-api/v3",
            https_agent=trust(exchange),
        )
        api = sdk("binance")(config_ws_api=settings).websocket_api
        await api.create_connection()
        subscribed = await api.user_data_stream_subscribe_signature()
        judge.look(subscribed.response.data(), "subscribe")
        got: list[Any] = []
        subscribed.stream.on("message", got.append)
        order = {"symbol": BTC, "side": "BUY", "type": "MARKET", "quantity": Decimal("0.01")}
        await judge(trade.new_order, **order)
        exchange.control.transfer("binance", key.account, "USDT", Decimal(5))
        exchange.control.terminate("binance")
        await gathered(got, 6)
        await api.close_connection(close_session=True)
        for frame in got:
            judge.look(frame, "user stream")
        names = [type(getattr(one, "actual_instance", one)).__name__ for one in got]

        assert [
            "ExecutionReport",
            "ExecutionReport",
            "OutboundAccountPosition",
            "BalanceUpdate",
            "OutboundAccountPosition",
            "EventStreamTerminated",
        ] == names
        public = configuration("WebSocketStreams")(
            stream_url=f"wss://localhost:{exchange.port}", https_agent=trust(exchange)
        )
        streams = sdk("binance")(config_ws_streams=public).websocket_streams
        await _public(judge, exchange, streams, "binance")


async def _public(judge: Judge, exchange: Exchange, streams: Any, venue: str) -> None:
    """Hear prices and trades through the SDK."""
    await streams.create_connection()
    got: list[Any] = []
    named = "book_ticker" if venue == "binance" else "individual_symbol_book_ticker_streams"
    combined = "agg_trade" if venue == "binance" else "aggregate_trade_streams"
    for stream in (named, combined):
        handle = await getattr(streams, stream)(symbol=BTC.lower())
        handle.on("message", got.append)
    exchange.control.price(venue, BTC, Decimal(50_100))
    await gathered(got, 2)
    await streams.close_connection(close_session=True)
    for frame in got:
        judge.look(frame, "public stream")


async def test_every_frame_of_usdm_fits_the_sdks_models(judge: Judge) -> None:
    """The user stream behind a listen key, and the public streams."""
    async with running() as exchange, rest(exchange, "binanceusdm") as trade:
        started = await judge(trade.start_user_data_stream)
        settings = configuration("WebSocketStreams")(
            stream_url=f"wss://localhost:{exchange.port}", https_agent=trust(exchange)
        )
        streams = sdk("binanceusdm")(config_ws_streams=settings).websocket_streams
        await streams.create_connection()
        got: list[Any] = []
        heard = await streams.user_data(listenKey=started.listen_key)
        heard.on("message", got.append)
        await _orders(judge, trade)
        exchange.control.fund("binanceusdm", BTC, Decimal("0.0001"))
        exchange.control.terminate("binanceusdm")
        await gathered(got, 11)
        await streams.close_connection(close_session=True)
        for frame in got:
            judge.look(frame, "user stream")
        names = {type(getattr(one, "actual_instance", one)).__name__ for one in got}

        assert {
            "OrderTradeUpdate",
            "TradeLite",
            "AccountUpdate",
            "AlgoUpdate",
            "ListenKeyExpired",
        } == names
        again = sdk("binanceusdm")(config_ws_streams=settings).websocket_streams
        await _public(judge, exchange, again, "binanceusdm")
