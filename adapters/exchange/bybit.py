"""Bybit v5, linear perpetuals of a unified account: every path and who answers it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from adapters.exchange.bybit_customer import BybitCustomer
from adapters.exchange.bybit_orders import BybitOrders
from adapters.exchange.bybit_stream import BybitStream
from adapters.exchange.wire import Route


class Bybit(BybitCustomer, BybitOrders, BybitStream):
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

    @cached_property
    def _routes(self) -> dict[tuple[str, str], Route]:
        public = self._public
        signed = self._signed
        return {
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
