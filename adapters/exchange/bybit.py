"""Bybit v5, linear perpetuals of a unified account: the REST side.

Rules of this file
1. Every answer has HTTP 200 and a ``retCode``; only the firewall's pages have another status.
2. A signed request is checked as Bybit documents it: key, expiry, IP, time, signature, permission,
   in this order.
3. What this exchange does not serve is refused with a sentence, never half done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from adapters.exchange import bybit_rows as rows
from adapters.exchange.accounts import Cause
from adapters.exchange.bybit_codes import CODES, code_of
from adapters.exchange.bybit_stream import BybitStream
from adapters.exchange.clock import MS_NS
from adapters.exchange.faults import Fault, Kind
from adapters.exchange.keys import READ, TRADE, WITHDRAW, Key
from adapters.exchange.orders import (
    NewOrder,
    Order,
    Reason,
    Rejected,
    Side,
    TimeInForce,
    TriggerBy,
)
from adapters.exchange.wire import Asked, Reply, Route, html, told

LINK_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,36}")
CLOSED_KEPT: Final = 500
"""Ended orders that ``realtime`` still shows, as documented."""

ORDERS_PER_S: Final = 10
READS_PER_S: Final = 50
IP_PER_5S: Final = 600
IP_BAN_MS: Final = 600_000
"""Bybit's documented limits: per second and key for each path; per 5 s and IP, then ten minutes of
403."""

WRITES: Final = {"create", "cancel", "amend", "cancel_all"}


class Wrong(Exception):
    """A request that is answered with a code."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence


class Bybit(BybitStream):
    """The dialect."""

    name = "bybit"
    hosts = frozenset(
        f"{service}{where}.bybit.com"
        for service in ("api", "stream")
        for where in ("", "-testnet", "-demo")
    )
    prefixes = ("/v5/",)

    @property
    def routes(self) -> Mapping[tuple[str, str], Route]:
        """Return every path."""
        return self._routes

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        public = self._public
        signed = self._signed
        self._routes = {
            ("GET", "/v5/market/time"): public("time", self._time),
            ("GET", "/v5/system/status"): public("status", self._status),
            ("GET", "/v5/market/instruments-info"): public("markets", self._markets),
            ("GET", "/v5/market/tickers"): public("quotes", self._tickers),
            ("GET", "/v5/market/orderbook"): public("quotes", self._orderbook),
            ("GET", "/v5/user/query-api"): signed("key", self._key_info),
            ("GET", "/v5/account/info"): signed("account", self._account_info),
            ("GET", "/v5/account/wallet-balance"): signed("balance", self._wallet),
            ("GET", "/v5/account/transaction-log"): signed("ledger", self._log),
            ("GET", "/v5/account/fee-rate"): signed("account", self._fee_rate),
            ("GET", "/v5/position/list"): signed("positions", self._positions),
            ("POST", "/v5/position/set-leverage"): signed("account", self._set_leverage),
            ("POST", "/v5/position/switch-mode"): signed("account", self._switch_mode),
            ("POST", "/v5/order/create"): signed("create", self._create),
            ("POST", "/v5/order/amend"): signed("amend", self._amend),
            ("POST", "/v5/order/cancel"): signed("cancel", self._cancel),
            ("POST", "/v5/order/cancel-all"): signed("cancel_all", self._cancel_all),
            ("GET", "/v5/order/realtime"): signed("open", self._realtime),
            ("GET", "/v5/order/history"): signed("history", self._history),
            ("GET", "/v5/execution/list"): signed("trades", self._executions),
        }

    # ------------------------------------------------------------------------------- answers

    def refusals(self) -> Mapping[str, str]:
        """Return the documented codes."""
        return CODES

    def refusal(self, code: str) -> Reply:
        """Write a documented error."""
        return self._failed(code, CODES.get(code, "unknown error"))

    def fault_reply(self, fault: Fault, asked: Asked) -> Reply:
        """Write rate limit (a code), ban (the firewall's page) or outage (a proxy's page)."""
        now = self.clock.now_ms()
        if fault.kind is Kind.RATE_LIMITED:
            reset = now + fault.retry_after_s * 1000
            return self._failed("10006", CODES["10006"], _limit_headers(ORDERS_PER_S, 0, reset))
        if fault.kind is Kind.BANNED:
            self.limits.ban(asked.remote, now + fault.retry_after_s * 1000)
            return _too_frequent()
        return html(503, "503 Service Temporarily Unavailable")

    def unknown_path(self, asked: Asked) -> Reply:
        """Write what a path gets that does not exist."""
        return told({"retCode": 10404, "retMsg": f"path not found: {asked.path}"}, 404)

    def _done(self, result: object, headers: Mapping[str, str] | None = None) -> Reply:
        body = {"retCode": 0, "retMsg": "OK", "result": result, "retExtInfo": {}}
        return told({**body, "time": self.clock.now_ms()}, 200, headers)

    def _failed(self, code: str, sentence: str, headers: Mapping[str, str] | None = None) -> Reply:
        body = {"retCode": int(code), "retMsg": sentence, "result": {}, "retExtInfo": {}}
        return told({**body, "time": self.clock.now_ms()}, 200, headers)

    # ------------------------------------------------------------------------------- the door

    def _public(self, call: str, answer: Callable[[Asked], object]) -> Route:
        def handle(asked: Asked) -> Reply:
            if self._over_ip_limit(asked):
                return _too_frequent()
            try:
                return self._done(answer(asked))
            except Wrong as wrong:
                return self._failed(wrong.code, wrong.sentence)

        return Route(call, handle)

    def _signed(self, call: str, answer: Callable[[Asked, Key], object]) -> Route:
        limit = ORDERS_PER_S if call in WRITES else READS_PER_S

        def handle(asked: Asked) -> Reply:
            if self._over_ip_limit(asked):
                return _too_frequent()
            headers: dict[str, str] = {}
            try:
                key = self._who(asked, TRADE if asked.method == "POST" else READ)
                spent = self.limits.spend(
                    f"{key.account}:{asked.path}", weight=1, limit=limit, window_ms=1000
                )
                headers = _limit_headers(limit, spent.left, spent.reset_ms)
                if spent.exceeded:
                    raise Wrong("10006", CODES["10006"])
                return self._done(answer(asked, key), headers)
            except Wrong as wrong:
                return self._failed(wrong.code, wrong.sentence, headers)

        return Route(call, handle)

    def _over_ip_limit(self, asked: Asked) -> bool:
        if self.limits.banned_until(asked.remote) is not None:
            return True
        spent = self.limits.spend(asked.remote, weight=1, limit=IP_PER_5S, window_ms=5000)
        if spent.exceeded:
            self.limits.ban(asked.remote, self.clock.now_ms() + IP_BAN_MS)
        return spent.exceeded

    def _who(self, asked: Asked, permission: str) -> Key:
        """Return the key that signed a request. Errors: ``Wrong``."""
        heads = asked.headers
        named, stamp = heads.get("x-bapi-api-key", ""), heads.get("x-bapi-timestamp", "")
        window = heads.get("x-bapi-recv-window", "5000")
        key = self.keys.find(named)
        if key is None:
            raise Wrong("10003", CODES["10003"])
        now = self.clock.now_ms()
        if key.expires_ns is not None and key.expires_ns // MS_NS <= now:
            raise Wrong("33004", CODES["33004"])
        if key.ips and asked.remote not in key.ips:
            raise Wrong("10010", CODES["10010"])
        times = stamp.isdecimal() and window.isdecimal()
        if not times or not now - int(window) <= int(stamp) < now + 1000:
            facts = f"req_timestamp[{stamp}],server_timestamp[{now}],recv_window[{window}]"
            raise Wrong("10002", f"{CODES['10002']}. {facts}")
        payload = asked.body.decode("utf-8", "replace") if asked.method == "POST" else asked.query
        if not key.signs(f"{stamp}{named}{window}{payload}", heads.get("x-bapi-sign", "")):
            raise Wrong("10004", CODES["10004"])
        if permission not in key.permissions:
            raise Wrong("10005", CODES["10005"])
        return key

    # ------------------------------------------------------------------------------- the venue

    def _time(self, _: Asked) -> object:
        now = self.clock.now_ns()
        return {"timeSecond": str(now // 1_000_000_000), "timeNano": str(now)}

    def _status(self, _: Asked) -> object:
        if self.maintenance is None:
            return {"list": []}
        begins, ends = self.maintenance
        now = self.clock.now_ms()
        state = "scheduled" if now < begins else "ongoing" if now < ends else "completed"
        return {
            "list": [
                {
                    "id": "f9d6842d-5331-11f0-8fd3-c241b123dd9e",
                    "title": "System Maintenance",
                    "state": state,
                    "begin": str(begins),
                    "end": str(ends),
                    "href": "",
                    "serviceTypes": [1, 2, 3, 4, 5],
                    "product": [1, 2, 3, 4],
                    "uidSuffix": [],
                    "maintainType": 1,
                    "env": 1,
                }
            ]
        }

    def _markets(self, asked: Asked) -> object:
        params = asked.params
        names = self._named(params) if params.get("status", "Trading") == "Trading" else []
        found = [rows.market_row(self.engine.markets[name]) for name in names]
        return {"category": params.get("category", ""), "list": found, "nextPageCursor": ""}

    def _tickers(self, asked: Asked) -> object:
        names = self._named(asked.params)
        found = [rows.ticker_row(self.engine, name) for name in names]
        return {"category": asked.params.get("category", ""), "list": found}

    def _orderbook(self, asked: Asked) -> object:
        params = asked.params
        names = self._named(params)
        if "symbol" not in params or not names:
            raise Wrong("10001", "params error: symbol invalid")
        return self.book_row(params["symbol"], int(params.get("limit", "25")))

    def _named(self, params: Mapping[str, str]) -> list[str]:
        """Return the markets that a request asks for: none beside linear ones are here."""
        if params.get("category") != "linear":
            return []
        symbol = params.get("symbol", "")
        return [name for name in self.engine.markets if symbol in {"", name}]

    # ------------------------------------------------------------------------------- the customer

    def _key_info(self, _: Asked, key: Key) -> object:
        trades = TRADE in key.permissions
        wallet = ["AccountTransfer", "SubMemberTransfer", "Withdraw"]
        days = 0
        if key.expires_ns is not None:
            days = max(0, (key.expires_ns - self.clock.now_ns()) // (86_400_000 * MS_NS))
        return {
            "id": "13770661",
            "note": "bascule",
            "apiKey": key.key,
            "readOnly": 0 if trades else 1,
            "secret": "",
            "permissions": {
                "ContractTrade": ["Order", "Position"] if trades else [],
                "Spot": ["SpotTrade"] if trades else [],
                "Wallet": wallet if WITHDRAW in key.permissions else [],
                "Options": [],
                "Derivatives": ["DerivativesTrade"] if trades else [],
                "CopyTrading": [],
                "BlockTrade": [],
                "Exchange": [],
                "NFT": [],
                "Affiliate": [],
                "Earn": [],
            },
            "ips": list(key.ips) or ["*"],
            "type": 1,
            "deadlineDay": days,
            "expiredAt": rows.iso(key.expires_ns) if key.expires_ns is not None else "",
            "createdAt": rows.iso(key.created_ns),
            "unified": 0,
            "uta": 1,
            "userID": 24617703,
            "inviterID": 0,
            "vipLevel": "No VIP",
            "mktMakerLevel": "0",
            "affiliateID": 0,
            "rsaPublicKey": "",
            "isMaster": True,
            "parentUid": "0",
            "kycLevel": "LEVEL_DEFAULT",
            "kycRegion": "",
        }

    def _account_info(self, _: Asked, key: Key) -> object:
        isolated = self.engine.account(key.account).isolated
        return {
            "marginMode": "ISOLATED_MARGIN" if isolated else "REGULAR_MARGIN",
            "updatedTime": str(self.clock.now_ms()),
            "unifiedMarginStatus": 6,
            "dcpStatus": "OFF",
            "timeWindow": 10,
            "smpGroup": 0,
            "isMasterTrader": False,
            "spotHedgingStatus": "OFF",
        }

    def _wallet(self, _: Asked, key: Key) -> object:
        return {"list": [rows.wallet_row(self.engine, key.account)]}

    def _log(self, asked: Asked, key: Key) -> object:
        trades = self.engine.register.fills(key.account)
        found = rows.log_rows(trades, list(self.engine.account(key.account).movements))
        params = asked.params
        for field, name in (("type", "type"), ("currency", "currency"), ("category", "category")):
            if params.get(name):
                found = [row for row in found if row[field] == params[name]]
        return self._page(found, params, "transactionTime", limits=(20, 50))

    def _fee_rate(self, asked: Asked, _: Key) -> object:
        rules = self.engine.rules
        rate = {"takerFeeRate": str(rules.taker_rate), "makerFeeRate": str(rules.maker_rate)}
        return {"list": [{"symbol": name, **rate} for name in self._named(asked.params)]}

    def _positions(self, asked: Asked, key: Key) -> object:
        params = asked.params
        if "symbol" not in params and "settleCoin" not in params:
            raise Wrong("10001", "params error: symbol or settleCoin is needed")
        account = self.engine.account(key.account)
        found: list[object] = []
        for name in self._named(params):
            if self.engine.markets[name].quote == params.get("settleCoin", "USDT") and (
                "symbol" in params or account.held(name)
            ):
                indexes = (1, 2) if account.hedge else (0,)
                found += [rows.position_row(self.engine, key.account, name, one) for one in indexes]
        return {"category": "linear", "list": found, "nextPageCursor": ""}

    def _set_leverage(self, asked: Asked, key: Key) -> object:
        said = asked.json
        symbol, leverage = str(said.get("symbol")), _decimal(said.get("buyLeverage"))
        account = self.engine.account(key.account)
        if symbol not in self.engine.markets or leverage is None or not 1 <= leverage <= 100:
            raise Wrong("10001", "params error: leverage invalid")
        if account.leverage.get(symbol, self.engine.rules.leverage) == leverage:
            raise Wrong("110043", CODES["110043"])
        account.leverage[symbol] = leverage
        return {}

    def _switch_mode(self, asked: Asked, key: Key) -> object:
        account = self.engine.account(key.account)
        hedge = asked.json.get("mode") == 3  # 0: one-way, 3: both sides
        if account.hedge is hedge:
            raise Wrong("110025", CODES["110025"])
        account.hedge = hedge
        return {}

    # ------------------------------------------------------------------------------- orders

    def _create(self, asked: Asked, key: Key) -> object:
        new = self._new_order(asked.json, hedge=self.engine.account(key.account).hedge)
        made = self.engine.place(key.account, new)
        if isinstance(made, Rejected):
            raise Wrong(*code_of(made, rising=new.rising))
        return _ids(made)

    def _new_order(self, said: Mapping[str, Any], *, hedge: bool) -> NewOrder:
        """Read an order. Errors: ``Wrong``."""
        if said.get("category") != "linear":
            raise Wrong("10001", "params error: this exchange has linear contracts only")
        for name in ("takeProfit", "stopLoss", "trailingStop"):
            if said.get(name):
                raise Wrong("10001", f"params error: {name} is not served by this exchange")
        link = str(said.get("orderLinkId", ""))
        if link and not LINK_ID.fullmatch(link):
            raise Wrong("10001", "params error: OrderLinkId is invalid")
        index = int(said.get("positionIdx", 0))
        if (index != 0) is not hedge:
            raise Wrong("10001", "position idx not match position mode")
        limit = said.get("orderType") == "Limit"
        quantity, price = _decimal(said.get("qty")), _decimal(said.get("price"))
        trigger = _decimal(said.get("triggerPrice"))
        direction = int(said.get("triggerDirection", 0))
        if quantity is None or said.get("side") not in {"Buy", "Sell"}:
            raise Wrong("10001", "params error: Qty or Side invalid")
        if (limit and price is None) or (trigger is not None and direction not in {1, 2}):
            raise Wrong("10001", "params error: price or triggerDirection invalid")
        wanted = str(said.get("timeInForce") or "GTC")
        if wanted not in {"GTC", "IOC", "FOK", "PostOnly"}:
            raise Wrong("10001", "params error: TimeInForce invalid")
        plain = "GTC" if wanted == "PostOnly" else wanted
        kept = ("triggerDirection", "closeOnTrigger", "positionIdx")
        by = str(said.get("triggerBy") or "LastPrice") if trigger is not None else ""
        plainly = tuple((name, str(said[name]).lower()) for name in kept if name in said)
        return NewOrder(
            symbol=str(said.get("symbol")),
            side=Side.BUY if said["side"] == "Buy" else Side.SELL,
            quantity=quantity,
            price=price if limit else None,
            trigger=trigger,
            rising=direction == 1,
            trigger_by=TriggerBy.MARK if said.get("triggerBy") == "MarkPrice" else TriggerBy.LAST,
            client_id=link,
            time_in_force=TimeInForce(plain.lower()),
            post_only=wanted == "PostOnly",
            reduce_only=bool(said.get("reduceOnly")) or bool(said.get("closeOnTrigger")),
            words=(("triggerBy", by), *plainly),
        )

    def _amend(self, asked: Asked, key: Key) -> object:
        said = asked.json
        order = self._order(said, key)
        refused = self.engine.amend(
            order,
            price=_decimal(said.get("price")),
            quantity=_decimal(said.get("qty")),
            trigger=_decimal(said.get("triggerPrice")),
        )
        if refused is not None:
            raise Wrong(*code_of(refused))
        return _ids(order)

    def _cancel(self, asked: Asked, key: Key) -> object:
        order = self._order(asked.json, key)
        refused = self.engine.cancel(order)
        if refused is not None:
            raise Wrong(*code_of(refused))
        return _ids(order)

    def _cancel_all(self, asked: Asked, key: Key) -> object:
        symbol = asked.json.get("symbol")
        ended: list[object] = []
        for order in self.engine.register.orders(key.account, symbol, open_only=True):
            if order.status.open:  # one before it may have taken it along
                self.engine.cancel(order)
                ended.append(_ids(order))
        return {"list": ended, "success": "1"}

    def _order(self, said: Mapping[str, Any], key: Key) -> Order:
        """Find the order that a request names. Errors: ``Wrong``."""
        number, link = said.get("orderId"), str(said.get("orderLinkId") or "")
        if not number and not link:
            raise Wrong("10001", "params error: OrderId or OrderLinkId is required")
        register = self.engine.register
        found = register.find(
            key.account, number=rows.id_number(str(number)) if number else None, client_id=link
        )
        if found is None or said.get("symbol") not in {None, found.symbol}:
            raise Wrong(*code_of(Rejected(Reason.UNKNOWN_ORDER)))
        return found

    def _realtime(self, asked: Asked, key: Key) -> object:
        params = asked.params
        if not {"symbol", "settleCoin", "baseCoin"} & params.keys():
            raise Wrong("10001", "params error: symbol, settleCoin or baseCoin is needed")
        wants_one = bool(params.get("orderId") or params.get("orderLinkId"))
        closed = params.get("openOnly") == "1" or wants_one
        every = self._asked_orders(params, key, open_only=not closed)
        ended = [order for order in every if not order.status.open][-CLOSED_KEPT:]
        kept = {order.id for order in ended}
        found = [order for order in every if order.status.open or order.id in kept]
        if params.get("openOnly") == "1":
            found = ended
        return self._order_page(found, params)

    def _history(self, asked: Asked, key: Key) -> object:
        every = self._asked_orders(asked.params, key, open_only=False)
        return self._order_page([one for one in every if not one.status.open], asked.params)

    def _asked_orders(self, params: Mapping[str, str], key: Key, *, open_only: bool) -> list[Order]:
        register = self.engine.register
        if params.get("orderId") or params.get("orderLinkId"):
            number = rows.id_number(params["orderId"]) if params.get("orderId") else None
            one = register.find(key.account, number=number, client_id=params.get("orderLinkId", ""))
            found = [one] if one is not None else []
        else:
            found = register.orders(key.account, open_only=open_only)
        if params.get("orderFilter") == "StopOrder":
            found = [one for one in found if one.trigger is not None]
        elif params.get("orderFilter") == "Order":
            found = [one for one in found if one.trigger is None]
        return [one for one in found if one.symbol in self._named(params)]

    def _order_page(self, found: list[Order], params: Mapping[str, str]) -> object:
        quote = {name: market.quote for name, market in self.engine.markets.items()}
        written = [rows.order_row(one, quote[one.symbol]) for one in reversed(found)]
        return self._page(written, params, "createdTime", limits=(20, 50))

    def _executions(self, asked: Asked, key: Key) -> object:
        params = asked.params
        register, names = self.engine.register, self._named(params)
        found = [
            rows.trade_row(one, register.all.get(one.order), self.engine.mark(one.symbol))
            for one in register.fills(key.account)
        ]
        found += [
            rows.funding_row(one)
            for one in self.engine.account(key.account).movements
            if one.cause is Cause.FUNDING
        ]
        found = [row for row in found if row["symbol"] in names]
        for name in ("orderId", "orderLinkId", "execType"):
            if params.get(name):
                found = [row for row in found if row[name] == params[name]]
        found.sort(key=lambda row: (int(row["execTime"]), row["seq"]), reverse=True)
        return self._page(found, params, "execTime", limits=(50, 100))

    def _page(
        self,
        found: list[dict[str, Any]],
        params: Mapping[str, str],
        time_field: str,
        *,
        limits: tuple[int, int],
    ) -> object:
        """Cut a list, the newest first, to the times and the page that were asked for."""
        begins, ends = int(params.get("startTime") or 0), int(params.get("endTime") or 0)
        if begins and not ends:
            ends = begins + 7 * 86_400_000
        found = [
            row
            for row in found
            if begins <= int(row[time_field]) and (not ends or int(row[time_field]) <= ends)
        ]
        limit = min(int(params.get("limit") or limits[0]), limits[1])
        start = int(params.get("cursor") or 0)
        after = start + limit
        return {
            "category": params.get("category", ""),
            "list": found[start:after],
            "nextPageCursor": str(after) if after < len(found) else "",
        }


def _ids(order: Order) -> dict[str, str]:
    return {"orderId": rows.id_text(order.id), "orderLinkId": order.client_id}


def _decimal(value: object) -> Decimal | None:
    """Read a number; nothing, nought and "" are none. Errors: ``Wrong``."""
    if value in {None, "", "0", 0}:
        return None
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        raise Wrong("10001", f"params error: {value!r} is not a number") from None
    if not read.is_finite():
        raise Wrong("10001", f"params error: {value!r} is not a number")
    return read


def _limit_headers(limit: int, left: int, reset_ms: int) -> dict[str, str]:
    return {
        "X-Bapi-Limit": str(limit),
        "X-Bapi-Limit-Status": str(left),
        "X-Bapi-Limit-Reset-Timestamp": str(reset_ms),
    }


def _too_frequent() -> Reply:
    return Reply(403, b"403, access too frequent", {}, "text/plain")
