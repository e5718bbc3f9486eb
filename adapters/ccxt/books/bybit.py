"""The books of Bybit's unified account, linear swaps.

Rules of this file
1. Lists are paged by Bybit's own cursor, to their end.
2. An execution that is a funding payment or a liquidation is no trade of an order of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from adapters.ccxt.books.unified import PAGE, PAGES_MAX, Books, Trades
from adapters.ccxt.profile import Call
from adapters.ccxt.rows import (
    Coin,
    HoldingRow,
    Modes,
    MoveRow,
    OrderRow,
    Permissions,
    Purse,
    TradeRow,
)
from adapters.ccxt.rules import Market
from adapters.ccxt.translate import MS_NS, moment_ns, nanoseconds, number
from core.cash_rows import CashKind
from core.money import ZERO, decimal_of

LOG_PAGE: Final = 50
"""Rows of one page of the transaction log, the most that Bybit gives."""

POSITIONS_PAGE: Final = 200

ORDERS_PAGE: Final = 50
"""Orders of one page, the most that Bybit gives."""

SPAN_MS: Final = 7 * 24 * 3600 * 1000 - 1000
"""The longest span of one question to the log: Bybit's seven days, less a second."""

KINDS: Final = {
    "TRANSFER_IN": CashKind.TRANSFER,
    "TRANSFER_OUT": CashKind.TRANSFER,
    "SETTLEMENT": CashKind.FUNDING,
    "INTEREST": CashKind.FEE,
    "FEE_REFUND": CashKind.FEE,
}
"""Bybit's words for what it booked; any other is an adjustment."""

OF_TRADES: Final = ("TRADE", "LIQUIDATION", "ADL", "DELIVERY")
"""What the trades themselves tell."""


class BybitBooks(Books):
    """The unified account."""

    own_ids = True

    async def listed(self, call: Call, facts: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """Make a call that lists orders, page by page."""
        rows: list[Mapping[str, Any]] = []
        for _ in range(PAGES_MAX):
            page = await self.traffic.ask(call, facts)
            rows += page
            cursor = _cursor(page)
            if len(page) < ORDERS_PAGE or not cursor:
                break
            call = replace(call, params={**call.params, "cursor": cursor})
        return rows

    async def trades(self, market: Market, since_ns: int) -> Trades:
        """List our executions in a market since a time."""
        rows, whole = await self._executions(market, {"startTime": since_ns // MS_NS})
        return Trades(rows, (since_ns // MS_NS) * MS_NS if whole else 0)

    async def trades_of(self, market: Market, row: OrderRow) -> tuple[TradeRow, ...]:
        """List the executions of one order."""
        rows, _ = await self._executions(market, {"orderId": row.venue_order})
        return tuple(one for one in rows if one.venue_order == row.venue_order)

    async def _executions(
        self, market: Market, asked: Mapping[str, object]
    ) -> tuple[tuple[TradeRow, ...], bool]:
        rows: dict[str, TradeRow] = {}
        cursor = ""
        for _ in range(PAGES_MAX):
            params = {**asked, **({"cursor": cursor} if cursor else {})}
            page = await self.traffic.read(
                "fetch_my_trades", market.symbol, None, PAGE, params=params
            )
            rows |= {row.exec_id: row for row in self._rows(page, market)}
            cursor = _cursor(page)
            if len(page) < PAGE or not cursor:
                return tuple(rows.values()), True
        return tuple(rows.values()), False

    async def holdings(self) -> tuple[HoldingRow, ...]:
        """List the positions."""
        rows: list[HoldingRow] = []
        cursor = ""
        for _ in range(PAGES_MAX):
            params = {"category": "linear", "settleCoin": self.currency, "limit": POSITIONS_PAGE}
            more = {"cursor": cursor} if cursor else {}
            told = await self.traffic.read("privateGetV5PositionList", params={**params, **more})
            listed = told["result"]["list"]
            for one in listed:
                market, size = self.by_id.get(str(one["symbol"])), number(one["size"])
                if market is not None and size:
                    signed = -size if one["side"] == "Sell" else size
                    entry = number(one.get("avgPrice")) or ZERO
                    kept = {"1": "long", "2": "short"}.get(str(one.get("positionIdx")), "")
                    rows.append(HoldingRow(market.symbol, signed, entry, kept))
            cursor = str(told["result"].get("nextPageCursor") or "")
            if len(listed) < POSITIONS_PAGE or not cursor:
                break
        return tuple(rows)

    async def purse(self) -> Purse:
        """Read the money of the account's currency."""
        told = await self.traffic.read(
            "privateGetV5AccountWalletBalance", params={"accountType": "UNIFIED"}, urgent=True
        )
        account = told["result"]["list"][0]
        at_ns = nanoseconds(told.get("time")) or self.traffic.client.now()
        free = number(account.get("totalAvailableBalance"))
        for one in account["coin"]:
            if one["coin"] == self.currency:
                balance = number(one["walletBalance"]) or ZERO
                return Purse(
                    coins={self.currency: Coin(balance, ZERO)},
                    balance=balance,
                    open_profit=number(one.get("unrealisedPnl")) or ZERO,
                    free_margin=free,
                    at_ns=at_ns,
                )
        return Purse(free_margin=free, at_ns=at_ns)

    async def modes(self, market: Market) -> Modes:
        """Read how positions of a market stand."""
        params = {"category": "linear", "symbol": market.id}
        told = await self.traffic.read("privateGetV5PositionList", params=params)
        rows = told["result"]["list"]
        account = await self.traffic.read("privateGetV5AccountInfo")
        margin = {"REGULAR_MARGIN": "cross", "ISOLATED_MARGIN": "isolated"}
        leverage = number(rows[0].get("leverage")) if rows else None
        return Modes(
            hedged=any(str(one.get("positionIdx")) != "0" for one in rows) if rows else None,
            margin_mode=margin.get(str(account["result"].get("marginMode"))),
            leverage=None if leverage is None else decimal_of(leverage),
        )

    async def permissions(self) -> Permissions:
        """Read what the key may do. Bybit's demo does not tell."""
        if self.traffic.client.settings.sandbox == "demo":
            return Permissions()
        told = (await self.traffic.read("privateGetV5UserQueryApi"))["result"]
        rights: Mapping[str, Any] = told.get("permissions") or {}
        wallet = rights.get("Wallet") or ()
        addresses = told.get("ips") or ["*"]
        trade = [*(rights.get("ContractTrade") or ()), *(rights.get("Derivatives") or ())]
        read_only = str(told.get("readOnly")) == "1"
        return Permissions(
            trade=bool(trade) and not read_only,
            withdraw="Withdraw" in wallet,
            transfer=any("Transfer" in one for one in wallet),
            ip_bound="*" not in addresses,
            expires_ns=moment_ns(str(told.get("expiredAt") or "")),
            read_only=read_only,
        )

    async def moves(self, since_ns: int) -> tuple[MoveRow, ...]:
        """List what was booked beside trades."""
        rows: dict[str, MoveRow] = {}
        start, now_ms = since_ns // MS_NS, self.traffic.client.now() // MS_NS
        while start < now_ms:
            end = min(now_ms + 1000, start + SPAN_MS)
            rows |= {row.id: row for row in await self._logged(start, end)}
            start = end
        return tuple(row for row in rows.values() if row.amount)

    async def _logged(self, start_ms: int, end_ms: int) -> list[MoveRow]:
        rows: list[MoveRow] = []
        cursor = ""
        for _ in range(PAGES_MAX):
            asked = {
                "accountType": "UNIFIED",
                "currency": self.currency,
                "startTime": start_ms,
                "endTime": end_ms,
                "limit": LOG_PAGE,
                **({"cursor": cursor} if cursor else {}),
            }
            told = (await self.traffic.read("privateGetV5AccountTransactionLog", params=asked))[
                "result"
            ]
            for one in told["list"]:
                word = str(one["type"])
                if word not in OF_TRADES:
                    at_ns, amount = nanoseconds(one["transactionTime"]), number(one["change"])
                    kind = KINDS.get(word, CashKind.ADJUSTMENT)
                    note = word.lower()
                    rows.append(
                        MoveRow(str(one["id"]), kind, amount or ZERO, self.currency, at_ns, note)
                    )
            cursor = str(told.get("nextPageCursor") or "")
            if len(told["list"]) < LOG_PAGE or not cursor:
                break
        return rows


def _cursor(page: list[Mapping[str, Any]]) -> str:
    """Return where the next page begins: ccxt hides it in one of the rows."""
    found = (one.get("info", {}).get("nextPageCursor") for one in page)
    return next((str(one) for one in found if one), "")
