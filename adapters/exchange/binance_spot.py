"""Binance spot: its REST paths over the common engine. What it streams is in
``binance_spot_stream``.

Rules of this file
1. A path is here because a connector or the venue's own SDK asks for it; what it asks for and is
   not here is an honest 404.
2. Orders are found by the venue's rules: a client id names the last order that had it.
"""

from __future__ import annotations

from typing import ClassVar

from adapters.exchange.binance_dialect import (
    ORDERING,
    PUBLIC,
    READING,
    TRADING,
    BinanceDialect,
)
from adapters.exchange.binance_errors import SPOT, BinanceRefused, malformed, refused
from adapters.exchange.binance_limits import SAPI_WEIGHT, SPOT_ORDERS, SPOT_WEIGHT, Window
from adapters.exchange.binance_quotes import (
    Form,
    Pen,
    book_ticker,
    day_ticker,
    depth,
    price_ticker,
)
from adapters.exchange.binance_request import BinanceRequest
from adapters.exchange.binance_spot_forms import (
    account_form,
    acknowledged,
    cancelled,
    eight,
    market_form,
    millis,
    placed,
    queried,
    traded,
)
from adapters.exchange.binance_spot_orders import client_id, new_order, response_type
from adapters.exchange.binance_spot_stream import SpotStream
from adapters.exchange.binance_wallet import WALLET
from adapters.exchange.markets import Market
from adapters.exchange.orders import Order, Rejected, Status

PEN = Pen(lambda price, _: eight(price), lambda quantity, _: eight(quantity))

CANCEL_NAMES = {"orderId": "cancelOrderId", "origClientOrderId": "cancelOrigClientOrderId"}
"""How a cancel-replace names the order that it ends."""

DEPTH_LEVELS = 100
"""Levels of the book when none were asked for, as documented."""

HISTORY_MAX_MS = 86_400_000
"""The longest span of a history, as documented."""


class BinanceSpot(SpotStream, BinanceDialect):
    """The dialect of api.binance.com and its streams."""

    name = "binance"
    hosts = frozenset({"api.binance.com", "ws-api.binance.com", "stream.binance.com"})
    prefixes = ("/api/", "/sapi/", "/ws-api/", "/stream", "/ws")
    words = SPOT
    weight = SPOT_WEIGHT
    order_windows = SPOT_ORDERS
    pen: ClassVar[Pen] = PEN

    def paths(self) -> None:
        """Name every path."""
        self.path("GET /api/v3/ping", "time", PUBLIC, lambda _: {})
        self.path("GET /api/v3/time", "time", PUBLIC, self._time)
        self.path("GET /api/v3/exchangeInfo", "markets", PUBLIC, self._info)
        self.path("GET /api/v3/depth", "quotes", PUBLIC, self._depth)
        self.path("GET /api/v3/ticker/price", "quotes", PUBLIC, self._prices)
        self.path("GET /api/v3/ticker/bookTicker", "quotes", PUBLIC, self._books)
        self.path("GET /api/v3/ticker/24hr", "quotes", PUBLIC, self._days)
        self.path("GET /api/v3/account", "balance", READING, self._account)
        self.path("GET /api/v3/account/commission", "account", READING, self._commission)
        self.path("GET /api/v3/rateLimit/order", "account", READING, self._counts)
        self.path("POST /api/v3/order", "create", ORDERING, self._create)
        self.path("POST /api/v3/order/test", "account", TRADING, self._test)
        self.path("POST /api/v3/order/cancelReplace", "amend", ORDERING, self._replace)
        self.path("GET /api/v3/order", "find", READING, self._find)
        self.path("DELETE /api/v3/order", "cancel", TRADING, self._cancel)
        self.path("GET /api/v3/openOrders", "open", READING, self._open)
        self.path("DELETE /api/v3/openOrders", "cancel_all", TRADING, self._cancel_all)
        self.path("GET /api/v3/allOrders", "history", READING, self._history)
        self.path("GET /api/v3/myTrades", "trades", READING, self._trades)
        for where, call, door, handler in WALLET:
            self.path(where, call, door, lambda request, h=handler: h(self, request))

    def window_of(self, path: str) -> Window:
        """Return the limit that a path counts in: the wallet's paths have their own."""
        return SAPI_WEIGHT if path.startswith("/sapi/") else self.weight

    # ------------------------------------------------------------------------------- public

    def _time(self, _: BinanceRequest) -> Form:
        return {"serverTime": self.clock.now_ms()}

    def _info(self, request: BinanceRequest) -> Form:
        return {
            "timezone": "UTC",
            "serverTime": self.clock.now_ms(),
            "rateLimits": self.meter.as_json(),
            "exchangeFilters": [],
            "symbols": [market_form(one) for one in self.markets(request)],
        }

    def _depth(self, request: BinanceRequest) -> Form:
        levels = request.integer("limit") or DEPTH_LEVELS
        return depth(self.engine, self.market(request), self.pen, levels)

    def _prices(self, request: BinanceRequest) -> object:
        return _one_or_all(
            request,
            [price_ticker(self.engine, one, self.pen) for one in self.markets(request)],
        )

    def _books(self, request: BinanceRequest) -> object:
        return _one_or_all(
            request, [book_ticker(self.engine, one, self.pen) for one in self.markets(request)]
        )

    def _days(self, request: BinanceRequest) -> object:
        now = self.clock.now_ms()
        return _one_or_all(
            request, [day_ticker(self.engine, one, self.pen, now) for one in self.markets(request)]
        )

    # ------------------------------------------------------------------------------- account

    def _account(self, request: BinanceRequest) -> Form:
        account = self.holder(request)
        assets = self.assets()
        if request.flag("omitZeroBalances"):
            assets = [one for one in assets if account.total(one)]
        key = self.keys.find(request.key)
        return account_form(
            account,
            rules=self.engine.rules,
            assets=assets,
            now_ms=self.clock.now_ms(),
            may_trade=key is not None and "trade" in key.permissions,
        )

    def assets(self) -> list[str]:
        """Return every asset that a market here has."""
        found = (asset for one in self.engine.markets.values() for asset in (one.base, one.quote))
        return list(dict.fromkeys(found))

    def _commission(self, request: BinanceRequest) -> Form:
        rules = self.engine.rules
        standard = {
            "maker": eight(rules.maker_rate),
            "taker": eight(rules.taker_rate),
            "buyer": "0.00000000",
            "seller": "0.00000000",
        }
        none = dict.fromkeys(standard, "0.00000000")
        return {
            "symbol": self.market(request).symbol,
            "standardCommission": standard,
            "specialCommission": none,
            "taxCommission": none,
            "discount": {
                "enabledForAccount": False,
                "enabledForSymbol": False,
                "discountAsset": "BNB",
                "discount": "0.75000000",
            },
        }

    def _counts(self, request: BinanceRequest) -> object:
        return self.meter.counts(request.account)

    # ------------------------------------------------------------------------------- orders

    def _create(self, request: BinanceRequest) -> Form:
        wanted = response_type(request)
        order = self.take(request.account, new_order(request, self.generated()))
        return self._placed(order, wanted)

    def _placed(self, order: Order, wanted: str) -> Form:
        if wanted == "ACK":
            return acknowledged(order)
        if wanted == "RESULT":
            return placed(order)
        fills = self.engine.register.trades.values()
        return placed(order, [one for one in fills if one.order == order.id])

    def _test(self, request: BinanceRequest) -> Form:
        new = new_order(request, self.generated())
        market = self.market(request)
        objection = market.objection(new, self.engine.mark(market.symbol))
        if objection is not None:
            raise refused(dict(self.words), objection)
        return {}

    def _find(self, request: BinanceRequest) -> Form:
        return queried(self.sought(request, missing=-2013))

    def _cancel(self, request: BinanceRequest) -> Form:
        order = self.sought(request, missing=-2011)
        self._check_restriction(request, order)
        return self._end(order, client_id(request, "newClientOrderId", self.generated()))

    def _check_restriction(self, request: BinanceRequest, order: Order) -> None:
        only = {"": None, "ONLY_NEW": Status.NEW, "ONLY_PARTIALLY_FILLED": Status.PARTIALLY_FILLED}
        word = request.optional("cancelRestrictions")
        if word not in only:
            raise malformed("cancelRestrictions")
        if only[word] not in {None, order.status}:
            raise BinanceRefused(
                -2011, "Order was not canceled due to cancel restrictions.", status=400
            )

    def _end(self, order: Order, cancel_id: str) -> Form:
        self.cancelling = cancel_id
        refusal = self.engine.cancel(order)
        self.cancelling = ""
        if isinstance(refusal, Rejected):
            raise refused(dict(self.words), refusal)
        return cancelled(order, cancel_id)

    def _cancel_all(self, request: BinanceRequest) -> object:
        market = self.market(request)
        working = self.engine.register.orders(request.account, market.symbol, open_only=True)
        if not working:
            raise BinanceRefused(-2011)
        return [self._end(order, self.generated()) for order in working]

    def _replace(self, request: BinanceRequest) -> Form:
        mode = request.text("cancelReplaceMode")
        if mode not in {"STOP_ON_FAILURE", "ALLOW_FAILURE"}:
            raise malformed("cancelReplaceMode")
        wanted, new = response_type(request), new_order(request, self.generated())
        try:
            cancel: Form | BinanceRefused = self._replaced(request)
        except BinanceRefused as refusal:
            cancel = refusal
        if isinstance(cancel, BinanceRefused) and mode == "STOP_ON_FAILURE":
            raise _failed(cancel, None)
        try:
            placed_form = self._placed(self.take(request.account, new), wanted)
        except BinanceRefused as refusal:
            raise _failed(cancel, refusal) from None
        if isinstance(cancel, BinanceRefused):
            raise _failed(cancel, placed_form)
        return {
            "cancelResult": "SUCCESS",
            "newOrderResult": "SUCCESS",
            "cancelResponse": cancel,
            "newOrderResponse": placed_form,
        }

    def _replaced(self, request: BinanceRequest) -> Form:
        names = {"symbol": request.text("symbol")}
        for name, sent in CANCEL_NAMES.items():
            if request.optional(sent):
                names[name] = request.text(sent)
        seek = BinanceRequest("DELETE", request.path, account=request.account, fields=names)
        order = self.sought(seek, missing=-2011, name="origClientOrderId")
        self._check_restriction(request, order)
        return self._end(order, client_id(request, "cancelNewClientOrderId", self.generated()))

    # ------------------------------------------------------------------------------- lists

    def _listed(self, request: BinanceRequest, *, open_only: bool = False) -> list[Order]:
        symbol = self.market(request).symbol if "symbol" in request.fields else None
        return self.engine.register.orders(request.account, symbol, open_only=open_only)

    def _open(self, request: BinanceRequest) -> object:
        return [queried(one) for one in self._listed(request, open_only=True)]

    def _history(self, request: BinanceRequest) -> object:
        market: Market = self.market(request)
        _check_span(request)
        orders = self.engine.register.orders(request.account, market.symbol)
        rows = ((one.id, millis(one.created_ns), queried(one)) for one in orders)
        return self.rows(request, rows, "orderId")

    def _trades(self, request: BinanceRequest) -> object:
        market: Market = self.market(request)
        _check_span(request)
        number = request.integer("orderId")
        trades = self.engine.register.fills(request.account, market.symbol)
        rows = (
            (one.match, millis(one.time_ns), traded(one))
            for one in trades
            if number in {None, one.order}
        )
        return self.rows(request, rows, "fromId")


def _one_or_all(request: BinanceRequest, forms: list[Form]) -> object:
    return forms[0] if "symbol" in request.fields else forms


def _check_span(request: BinanceRequest) -> None:
    start, end = request.integer("startTime"), request.integer("endTime")
    if start is not None and end is not None and end - start > HISTORY_MAX_MS:
        raise BinanceRefused(-1127, "More than 24 hours between startTime and endTime.")


def _failed(cancel: Form | BinanceRefused, new: Form | BinanceRefused | None) -> BinanceRefused:
    """Write the answer to a cancel-replace of which a part, or all, failed."""
    both = isinstance(cancel, BinanceRefused) and not isinstance(new, dict)
    attempted = "NOT_ATTEMPTED" if new is None else _result(new)
    refusal = BinanceRefused(
        -2022 if both else -2021,
        "Order cancel-replace failed." if both else "Order cancel-replace partially failed.",
        status=400 if both else 409,
    )
    refusal.data = {
        "cancelResult": _result(cancel),
        "newOrderResult": attempted,
        "cancelResponse": _form(cancel),
        "newOrderResponse": None if new is None else _form(new),
    }
    return refusal


def _result(outcome: Form | BinanceRefused) -> str:
    return "FAILURE" if isinstance(outcome, BinanceRefused) else "SUCCESS"


def _form(outcome: Form | BinanceRefused) -> Form:
    return outcome.body if isinstance(outcome, BinanceRefused) else outcome
