"""Binance USD-M: its REST paths for markets and orders over the common engine.

Rules of this file
1. A conditional order is the algo service's until it wakes: the plain paths do not see it before,
   the algo paths tell what it became.
2. What a customer holds is in ``binance_usdm_wallet``, what he set in ``binance_usdm_settings``;
   the streams are in ``binance_usdm_stream``.
"""

from __future__ import annotations

from typing import Final

from adapters.exchange.binance_dialect import ORDERING, PUBLIC, READING, TRADING
from adapters.exchange.binance_errors import USDM, BinanceRefused, malformed, refused
from adapters.exchange.binance_limits import USDM_ORDERS, USDM_WEIGHT
from adapters.exchange.binance_quotes import (
    Form,
    Pen,
    book_ticker,
    day_ticker,
    depth,
    price_ticker,
)
from adapters.exchange.binance_request import BinanceRequest
from adapters.exchange.binance_usdm_forms import (
    ALGO_IDS,
    acted,
    algo_form,
    algo_id,
    conditional,
    in_steps,
    market_form,
    queried,
    traded,
    type_of,
    worked,
)
from adapters.exchange.binance_usdm_orders import new_algo, new_order
from adapters.exchange.binance_usdm_stream import UsdmStream
from adapters.exchange.binance_usdm_wallet import UsdmWallet
from adapters.exchange.orders import Order, Rejected, Status

PEN: Final = Pen(
    lambda price, market: in_steps(price, market.tick),
    lambda quantity, market: in_steps(quantity, market.lot),
)

DEPTH_LEVELS: Final = 500
"""Levels of the book when none were asked for, as documented."""

HISTORY_MAX_MS: Final = 7 * 86_400_000
"""The longest span of a history, as documented."""

DONE: Final[Form] = {"code": 200, "msg": "The operation of cancel all open order is done."}

CREATED_WITHOUT: Final = frozenset(
    {
        "actualOrderId",
        "actualPrice",
        "tpTriggerPrice",
        "tpPrice",
        "slTriggerPrice",
        "slPrice",
        "tpOrderType",
    }
)
"""What the answer to a new conditional order does not have yet."""

QUERIED_WITHOUT: Final = frozenset({"tpTriggerPrice", "tpPrice", "slTriggerPrice", "slPrice"})


class BinanceUsdm(UsdmStream, UsdmWallet):
    """The dialect of fapi.binance.com and its streams."""

    name = "binanceusdm"
    hosts = frozenset({"fapi.binance.com", "fstream.binance.com"})
    prefixes = ("/fapi/", "/private", "/public", "/market")
    words = USDM
    weight = USDM_WEIGHT
    order_windows = USDM_ORDERS
    pen = PEN

    def paths(self) -> None:
        """Name every path."""
        self.path("GET /fapi/v1/ping", "time", PUBLIC, lambda _: {})
        self.path("GET /fapi/v1/time", "time", PUBLIC, self._time)
        self.path("GET /fapi/v1/exchangeInfo", "markets", PUBLIC, self._info)
        self.path("GET /fapi/v1/depth", "quotes", PUBLIC, self._depth)
        self.path("GET /fapi/v1/ticker/bookTicker", "quotes", PUBLIC, self._books)
        self.path("GET /fapi/v1/ticker/price", "quotes", PUBLIC, self._prices)
        self.path("GET /fapi/v1/ticker/24hr", "quotes", PUBLIC, self._days)
        self.path("GET /fapi/v1/premiumIndex", "quotes", PUBLIC, self._premiums)
        self.path("POST /fapi/v1/order", "create", ORDERING, self._create)
        self.path("PUT /fapi/v1/order", "amend", ORDERING, self._amend)
        self.path("GET /fapi/v1/order", "find", READING, self._find)
        self.path("DELETE /fapi/v1/order", "cancel", TRADING, self._cancel)
        self.path("GET /fapi/v1/openOrder", "find", READING, self._find_open)
        self.path("GET /fapi/v1/openOrders", "open", READING, self._open)
        self.path("DELETE /fapi/v1/allOpenOrders", "cancel_all", TRADING, self._cancel_all)
        self.path("GET /fapi/v1/allOrders", "history", READING, self._history)
        self.path("GET /fapi/v1/userTrades", "trades", READING, self._trades)
        self.path("POST /fapi/v1/algoOrder", "create", ORDERING, self._create_algo)
        self.path("GET /fapi/v1/algoOrder", "find", READING, self._find_algo)
        self.path("DELETE /fapi/v1/algoOrder", "cancel", TRADING, self._cancel_algo)
        self.path("GET /fapi/v1/openAlgoOrders", "open", READING, self._open_algos)
        self.path("GET /fapi/v1/allAlgoOrders", "history", READING, self._all_algos)
        self.path("DELETE /fapi/v1/algoOpenOrders", "cancel_all", TRADING, self._cancel_algos)
        self.wallet_paths()
        self.settings_paths()
        self.stream_paths()

    # ------------------------------------------------------------------------------- public

    def _time(self, _: BinanceRequest) -> Form:
        return {"serverTime": self.clock.now_ms()}

    def _info(self, _: BinanceRequest) -> Form:
        assets = dict.fromkeys(one.quote for one in self.engine.markets.values())
        return {
            "timezone": "UTC",
            "serverTime": self.clock.now_ms(),
            "futuresType": "U_MARGINED",
            "rateLimits": self.meter.as_json(),
            "exchangeFilters": [],
            "assets": [
                {"asset": one, "marginAvailable": True, "autoAssetExchange": "-10000"}
                for one in assets
            ],
            "symbols": [market_form(one) for one in self.engine.markets.values()],
        }

    def _depth(self, request: BinanceRequest) -> Form:
        levels = request.integer("limit") or DEPTH_LEVELS
        now = self.clock.now_ms()
        book = depth(self.engine, self.market(request), self.pen, levels)
        return book | {"E": now, "T": now}

    def _books(self, request: BinanceRequest) -> object:
        now = self.clock.now_ms()
        more: Form = {"lastUpdateId": self.count(), "time": now}
        forms = [book_ticker(self.engine, one, self.pen) | more for one in self.markets(request)]
        return self.one_or_all(request, forms)

    def _prices(self, request: BinanceRequest) -> object:
        now: Form = {"time": self.clock.now_ms()}
        forms = [price_ticker(self.engine, one, self.pen) | now for one in self.markets(request)]
        return self.one_or_all(request, forms)

    def _days(self, request: BinanceRequest) -> object:
        now = self.clock.now_ms()
        without = {"prevClosePrice", "bidPrice", "bidQty", "askPrice", "askQty"}
        forms = [
            {
                name: value
                for name, value in day_ticker(self.engine, one, self.pen, now).items()
                if name not in without
            }
            for one in self.markets(request)
        ]
        return self.one_or_all(request, forms)

    def _premiums(self, request: BinanceRequest) -> object:
        forms = [self.premium(one) for one in self.markets(request)]
        return self.one_or_all(request, forms)

    # ------------------------------------------------------------------------------- orders

    def _acted(self, order: Order) -> Form:
        return acted(order, self.engine.markets[order.symbol])

    def _queried(self, order: Order) -> Form:
        return queried(order, self.engine.markets[order.symbol])

    def _check_side(self, request: BinanceRequest) -> None:
        """Refuse an order of the two-sided mode, and any while that mode is on."""
        two_sided = request.fields.get("positionSide", "BOTH") != "BOTH"
        if two_sided or self.holder(request).hedge:
            raise BinanceRefused(-4061)

    def _create(self, request: BinanceRequest) -> Form:
        self._check_side(request)
        wanted = request.fields.get("newOrderRespType", "ACK")
        if wanted not in {"ACK", "RESULT"}:
            raise BinanceRefused(-1136, "Invalid newOrderRespType")
        order = self.take(request.account, new_order(request, self.generated()))
        form = self._acted(order)
        if wanted == "ACK":
            # An acknowledgement is from before the matching engine.
            form |= {"status": "NEW", "executedQty": "0", "cumQty": "0", "cumQuote": "0"}
            form["avgPrice"] = "0.00"
        return form

    def _plain(self, request: BinanceRequest, *, missing: int) -> Order:
        order = self.sought(request, missing=missing)
        if not worked(order):
            raise BinanceRefused(missing)
        return order

    def _find(self, request: BinanceRequest) -> Form:
        return self._queried(self._plain(request, missing=-2013))

    def _find_open(self, request: BinanceRequest) -> Form:
        order = self._plain(request, missing=-2013)
        if not order.status.open:
            raise BinanceRefused(-2013)
        return self._queried(order)

    def _amend(self, request: BinanceRequest) -> Form:
        self._check_side(request)
        price, quantity = request.amount("price"), request.amount("quantity")
        order = self._plain(request, missing=-2013)
        if request.text("side") != order.side.name:
            raise malformed("side")
        if not order.status.open:
            raise BinanceRefused(-2013)
        if order.price is None:
            raise BinanceRefused(-5025)
        if quantity <= order.filled:
            # Nothing is left of it, and the venue ends it.
            self._end(order)
            return self._acted(order)
        refusal = self.engine.amend(order, price=price, quantity=quantity)
        if refusal is not None:
            raise refused(dict(self.words), refusal)
        return self._acted(order)

    def _end(self, order: Order) -> None:
        refusal = self.engine.cancel(order)
        if isinstance(refusal, Rejected):
            raise refused(dict(self.words), refusal)

    def _cancel(self, request: BinanceRequest) -> Form:
        order = self._plain(request, missing=-2011)
        self._end(order)
        return self._acted(order)

    def _cancel_all(self, request: BinanceRequest) -> Form:
        market = self.market(request)
        for order in self.engine.register.orders(request.account, market.symbol, open_only=True):
            if worked(order) and order.status.open:
                self._end(order)
        return DONE

    # ------------------------------------------------------------------------------- lists

    def _listed(self, request: BinanceRequest, *, open_only: bool = False) -> list[Order]:
        symbol = self.market(request).symbol if "symbol" in request.fields else None
        return self.engine.register.orders(request.account, symbol, open_only=open_only)

    def _open(self, request: BinanceRequest) -> object:
        return [self._queried(one) for one in self._listed(request, open_only=True) if worked(one)]

    def _history(self, request: BinanceRequest) -> object:
        request.text("symbol")
        _check_span(request)
        orders = (one for one in self._listed(request) if worked(one))
        rows = ((one.id, one.created_ns // 1_000_000, self._queried(one)) for one in orders)
        return self.rows(request, rows, "orderId")

    def _trades(self, request: BinanceRequest) -> object:
        market = self.market(request)
        _check_span(request)
        number = request.integer("orderId")
        rows = (
            (one.match, one.time_ns // 1_000_000, traded(one, market))
            for one in self.engine.register.fills(request.account, market.symbol)
            if number in {None, one.order}
        )
        return self.rows(request, rows, "fromId")

    # ------------------------------------------------------------------------------- algo orders

    def _told_algo(self, order: Order, without: frozenset[str] = frozenset()) -> Form:
        form = algo_form(order, self.engine.markets[order.symbol])
        return {name: value for name, value in form.items() if name not in without}

    def _create_algo(self, request: BinanceRequest) -> Form:
        self._check_side(request)
        held = self.holder(request).held(self.market(request).symbol)
        new = new_algo(request, self.generated(), held)
        return self._told_algo(self.take(request.account, new), CREATED_WITHOUT)

    def _sought_algo(self, request: BinanceRequest, *, missing: int) -> Order:
        number, named = request.integer("algoId"), request.optional("clientAlgoId")
        if number is None and not named:
            raise BinanceRefused(
                -1102, "Param 'algoId' or 'clientAlgoId' must be sent, but both were empty/null!"
            )
        inner = None if number is None else number - ALGO_IDS
        order = self.engine.register.find(request.account, number=inner, client_id=named)
        if order is None or not conditional(order):
            raise BinanceRefused(missing)
        return order

    def _find_algo(self, request: BinanceRequest) -> Form:
        order = self._sought_algo(request, missing=-2013)
        more: Form = {
            "actualType": type_of(order) if worked(order) else "0",
            "actualQty": in_steps(order.filled, self.engine.markets[order.symbol].lot),
        }
        return self._told_algo(order, QUERIED_WITHOUT) | more

    def _cancel_algo(self, request: BinanceRequest) -> Form:
        order = self._sought_algo(request, missing=-2011)
        if order.status is not Status.UNTRIGGERED:
            raise BinanceRefused(-2011)
        self._end(order)
        return {
            "algoId": algo_id(order),
            "clientAlgoId": order.client_id,
            "code": "200",
            "msg": "success",
        }

    def _asleep(self, request: BinanceRequest) -> list[Order]:
        listed = self._listed(request, open_only=True)
        return [one for one in listed if one.status is Status.UNTRIGGERED]

    def _open_algos(self, request: BinanceRequest) -> object:
        return [self._told_algo(one) for one in self._asleep(request)]

    def _all_algos(self, request: BinanceRequest) -> object:
        request.text("symbol")
        _check_span(request)
        orders = (one for one in self._listed(request) if conditional(one))
        rows = ((algo_id(one), one.created_ns // 1_000_000, self._told_algo(one)) for one in orders)
        return self.rows(request, rows, "algoId")

    def _cancel_algos(self, request: BinanceRequest) -> Form:
        request.text("symbol")
        for order in self._asleep(request):
            self._end(order)
        return DONE


def _check_span(request: BinanceRequest) -> None:
    start, end = request.integer("startTime"), request.integer("endTime")
    if start is not None and end is not None and end - start > HISTORY_MAX_MS:
        raise BinanceRefused(-4165, "Invalid time interval.")
