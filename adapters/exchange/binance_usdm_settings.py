"""Binance USD-M: what a customer set up: modes, leverage, margin type.

Rules of this file
1. A setting that would change what is held or working is refused while something is.
2. Two-sided mode can be switched on, and then orders are refused (-4061): whoever meets it must
   notice, not trade in it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from adapters.exchange.accounts import Account
from adapters.exchange.binance_dialect import READING, TRADING, BinanceDialect
from adapters.exchange.binance_errors import BinanceRefused, malformed
from adapters.exchange.binance_quotes import Form
from adapters.exchange.binance_request import BinanceRequest

LEVERAGE_MAX: Final = 125
"""The venue's highest leverage."""

SUCCESS: Final[Form] = {"code": 200, "msg": "success"}


class UsdmSettings(BinanceDialect):
    """How a customer of USD-M set himself up. ``multi``: accounts in multi-assets mode."""

    multi: set[str]

    def settings_paths(self) -> None:
        """Name the paths of settings."""
        self.multi = set()
        self.path("GET /fapi/v1/positionSide/dual", "account", READING, self._dual)
        self.path("POST /fapi/v1/positionSide/dual", "account", TRADING, self._set_dual)
        self.path("GET /fapi/v1/multiAssetsMargin", "account", READING, self._multi)
        self.path("POST /fapi/v1/multiAssetsMargin", "account", TRADING, self._set_multi)
        self.path("POST /fapi/v1/leverage", "account", TRADING, self._set_leverage)
        self.path("POST /fapi/v1/marginType", "account", TRADING, self._set_margin_type)
        self.path("GET /fapi/v1/symbolConfig", "account", READING, self._symbol_config)
        self.path("GET /fapi/v1/accountConfig", "account", READING, self._account_config)
        self.path("GET /fapi/v1/leverageBracket", "account", READING, self._brackets)
        self.path("GET /fapi/v1/commissionRate", "account", READING, self._commission)
        self.path("GET /fapi/v1/rateLimit/order", "account", READING, self._counts)

    def one_or_all(self, request: BinanceRequest, forms: list[Form]) -> object:
        """Return one form for one symbol, a list for all."""
        return forms[0] if "symbol" in request.fields else forms

    def leverage(self, account: Account, symbol: str) -> Decimal:
        """Return the leverage of an account in a market."""
        return account.leverage.get(symbol, self.engine.rules.leverage)

    def _dual(self, request: BinanceRequest) -> Form:
        return {"dualSidePosition": self.holder(request).hedge}

    def _set_dual(self, request: BinanceRequest) -> Form:
        account, wanted = self.holder(request), request.flag("dualSidePosition")
        if account.hedge == wanted:
            raise BinanceRefused(-4059)
        self._check_idle(account, list(self.engine.markets), orders=-4067, position=-4068)
        account.hedge = wanted
        return SUCCESS

    def _multi(self, request: BinanceRequest) -> Form:
        return {"multiAssetsMargin": request.account in self.multi}

    def _set_multi(self, request: BinanceRequest) -> Form:
        wanted = request.flag("multiAssetsMargin")
        if wanted == (request.account in self.multi):
            raise BinanceRefused(-4171)
        (self.multi.add if wanted else self.multi.discard)(request.account)
        return SUCCESS

    def _set_leverage(self, request: BinanceRequest) -> Form:
        market, leverage = self.market(request), request.integer("leverage")
        if leverage is None:
            raise malformed("leverage")
        if not 1 <= leverage <= LEVERAGE_MAX:
            raise BinanceRefused(-4028, f"Leverage {leverage} is not valid")
        self.holder(request).leverage[market.symbol] = Decimal(leverage)
        return {"symbol": market.symbol, "leverage": leverage, "maxNotionalValue": "10000000"}

    def _set_margin_type(self, request: BinanceRequest) -> Form:
        market, account = self.market(request), self.holder(request)
        word = request.text("marginType")
        if word not in {"ISOLATED", "CROSSED"}:
            raise malformed("marginType")
        if (word == "ISOLATED") == account.isolated:
            raise BinanceRefused(-4046)
        self._check_idle(account, [market.symbol], orders=-4047, position=-4048)
        account.isolated = word == "ISOLATED"
        return SUCCESS

    def _check_idle(
        self, account: Account, symbols: list[str], *, orders: int, position: int
    ) -> None:
        for symbol in symbols:
            if any(self.engine.register.working(account.name, symbol)):
                raise BinanceRefused(orders)
            if account.held(symbol):
                raise BinanceRefused(position)

    def _symbol_config(self, request: BinanceRequest) -> object:
        account = self.holder(request)
        return [
            {
                "symbol": one.symbol,
                "marginType": "ISOLATED" if account.isolated else "CROSSED",
                "isAutoAddMargin": False,
                "leverage": int(self.leverage(account, one.symbol)),
                "maxNotionalValue": "10000000",
            }
            for one in self.markets(request)
        ]

    def _account_config(self, request: BinanceRequest) -> Form:
        account = self.holder(request)
        return {
            "feeTier": 0,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": True,
            "dualSidePosition": account.hedge,
            "updateTime": 0,
            "multiAssetsMargin": account.name in self.multi,
            "tradeGroupId": -1,
        }

    def _brackets(self, request: BinanceRequest) -> object:
        bracket = {
            "bracket": 1,
            "initialLeverage": LEVERAGE_MAX,
            "notionalCap": 10_000_000,
            "notionalFloor": 0,
            "maintMarginRatio": 0.004,
            "cum": 0.0,
        }
        return [
            {"symbol": one.symbol, "notionalCoef": 1.0, "brackets": [bracket]}
            for one in self.markets(request)
        ]

    def _commission(self, request: BinanceRequest) -> Form:
        rules = self.engine.rules
        return {
            "symbol": self.market(request).symbol,
            "makerCommissionRate": f"{rules.maker_rate:f}",
            "takerCommissionRate": f"{rules.taker_rate:f}",
            "rpiCommissionRate": f"{rules.maker_rate:f}",
        }

    def _counts(self, request: BinanceRequest) -> object:
        return self.meter.counts(request.account)
