"""Bybit's answers about the venue itself, and about a customer's key, money and positions."""

from __future__ import annotations

from adapters.exchange import bybit_money as rows
from adapters.exchange.bybit_codes import CODES
from adapters.exchange.bybit_door import BybitDoor, Wrong, decimal_of
from adapters.exchange.bybit_rows import iso
from adapters.exchange.clock import MS_NS
from adapters.exchange.keys import TRADE, WITHDRAW, Key
from adapters.exchange.wire import Asked


class BybitCustomer(BybitDoor):
    """The part of the dialect that only reads, but for leverage and position mode."""

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
        return rows.book_row(
            self.engine, params["symbol"], int(params.get("limit", "25")), self.clock.now_ms()
        )

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
            "expiredAt": iso(key.expires_ns) if key.expires_ns is not None else "",
            "createdAt": iso(key.created_ns),
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
        symbol, leverage = str(said.get("symbol")), decimal_of(said.get("buyLeverage"))
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
