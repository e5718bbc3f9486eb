"""Binance's books: what spot and USD-M keep alike, and those of spot.

Rules of this file
1. Trades are paged by their number: by time alone, two of one millisecond would be split.
2. What a wallet has is free or locked; coins on loan or in savings are no coins to sell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from adapters.ccxt.books.unified import PAGES_MAX, Books, Trades
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
from core.money import ZERO

TRADES_PAGE: Final = 1_000
"""Executions of one page, the most that Binance gives."""

RIGHTS_WEIGHT: Final = 1
ACCOUNT_WEIGHT: Final = 20

DONE_DEPOSIT: Final = ("1", "6")
DONE_WITHDRAWAL: Final = ("6",)
"""Binance's numbers for what has arrived and what has left."""

FUTURES_MOVES: Final = {"MAIN_UMFUTURE": -1, "UMFUTURE_MAIN": 1}
"""Transfers between the owner's wallets, and which way the money of the spot wallet goes."""


class BinanceBooks(Books):
    """What both of Binance's venues keep alike."""

    async def trades(self, market: Market, since_ns: int) -> Trades:
        """List our executions in a market since a time."""
        rows: dict[str, TradeRow] = {}
        since_ms, after = since_ns // MS_NS, 0
        for turn in range(PAGES_MAX):
            start = None if turn else since_ms
            params = {"fromId": after + 1} if turn else {}
            page = await self.traffic.read(
                "fetch_my_trades", market.symbol, start, TRADES_PAGE, params=params
            )
            rows |= {row.exec_id: row for row in self._rows(page, market)}
            if len(page) < TRADES_PAGE:
                return Trades(tuple(rows.values()), since_ms * MS_NS)
            after = max(int(one["id"]) for one in page)
        return Trades(tuple(rows.values()), 0)

    async def trades_of(self, market: Market, row: OrderRow) -> tuple[TradeRow, ...]:
        """List the executions of one order."""
        venue_order = row.child or row.venue_order
        if not venue_order.isdecimal():
            return ()
        page = await self.traffic.read(
            "fetch_my_trades", market.symbol, None, TRADES_PAGE, params={"orderId": venue_order}
        )
        return tuple(one for one in self._rows(page, market) if one.venue_order == venue_order)

    async def permissions(self) -> Permissions:
        """Read what the key may do. Binance's test venues do not tell."""
        if self.traffic.client.settings.sandbox:
            return Permissions()
        told = await self.traffic.read("sapiGetAccountApiRestrictions", weight=RIGHTS_WEIGHT)
        trading = "enableSpotAndMarginTrading" if self.spot else "enableFutures"
        return Permissions(
            trade=_yes(told, trading),
            withdraw=_yes(told, "enableWithdrawals"),
            transfer=_yes(told, "permitsUniversalTransfer"),
            ip_bound=_yes(told, "ipRestrict"),
            expires_ns=nanoseconds(told.get("tradingAuthorityExpirationTime")) or None,
        )


def _yes(told: Mapping[str, Any], key: str) -> bool | None:
    value = told.get(key)
    return None if value is None else str(value).lower() == "true"


class BinanceSpotBooks(BinanceBooks):
    """The spot wallet."""

    async def holdings(self) -> tuple[HoldingRow, ...]:
        """Return nothing: a wallet has coins, not positions."""
        return ()

    async def purse(self) -> Purse:
        """Read the wallet."""
        told = await self.traffic.read(
            "privateGetAccount",
            params={"omitZeroBalances": "true"},
            urgent=True,
            weight=ACCOUNT_WEIGHT,
        )
        coins = {
            str(one["asset"]): Coin(number(one["free"]) or ZERO, number(one["locked"]) or ZERO)
            for one in told["balances"]
        }
        money = coins.get(self.currency, Coin(ZERO, ZERO))
        at_ns = self.traffic.client.now()
        return Purse(coins=coins, balance=money.total, free_margin=money.free, at_ns=at_ns)

    async def middles(self, markets: Sequence[Market]) -> dict[str, Decimal]:
        """Return the middle of bid and ask by symbol."""
        found: dict[str, Decimal] = {}
        for market in markets:
            told = await self.traffic.read(
                "publicGetTickerBookTicker", params={"symbol": market.id}, weight=2
            )
            bid, ask = number(told["bidPrice"]), number(told["askPrice"])
            if bid and ask:
                found[market.symbol] = (bid + ask) / 2
        return found

    async def modes(self, market: Market) -> Modes:
        """Return nothing: a wallet has none."""
        del market
        return Modes()

    async def moves(self, since_ns: int) -> tuple[MoveRow, ...]:
        """List deposits, withdrawals and transfers of the account's currency."""
        if self.traffic.client.settings.sandbox:
            return ()
        asked = {"coin": self.currency, "startTime": since_ns // MS_NS}
        deposits = await self.traffic.read("sapiGetCapitalDepositHisrec", params=asked)
        withdrawals = await self.traffic.read(
            "sapiGetCapitalWithdrawHistory", params=asked, weight=10
        )
        rows = [*_deposits(deposits), *_withdrawals(withdrawals)]
        for word, sign in FUTURES_MOVES.items():
            asked = {"type": word, "startTime": since_ns // MS_NS, "size": 100}
            told = await self.traffic.read("sapiGetAssetTransfer", params=asked)
            rows += _transfers(told.get("rows") or (), sign)
        return tuple(row for row in rows if row.currency == self.currency and row.amount)


def _deposits(told: Sequence[Mapping[str, Any]]) -> Iterator[MoveRow]:
    for one in told:
        if str(one.get("status")) in DONE_DEPOSIT:
            name = f"deposit:{one.get('id') or one.get('txId')}"
            amount, at_ns = number(one["amount"]) or ZERO, nanoseconds(one.get("insertTime"))
            yield MoveRow(name, CashKind.TRANSFER, amount, str(one["coin"]), at_ns, "deposit")


def _withdrawals(told: Sequence[Mapping[str, Any]]) -> Iterator[MoveRow]:
    for one in told:
        if str(one.get("status")) not in DONE_WITHDRAWAL:
            continue
        amount = number(one["amount"]) or ZERO
        fee = number(one.get("transactionFee")) or ZERO
        at_ns = moment_ns(str(one.get("completeTime") or one.get("applyTime") or "")) or 0
        coin, name = str(one["coin"]), f"withdrawal:{one['id']}"
        yield MoveRow(name, CashKind.TRANSFER, -amount, coin, at_ns, "withdrawal")
        if fee:
            yield MoveRow(f"{name}:fee", CashKind.FEE, -fee, coin, at_ns, "withdrawal fee")


def _transfers(told: Sequence[Mapping[str, Any]], sign: int) -> Iterator[MoveRow]:
    for one in told:
        if str(one.get("status")) == "CONFIRMED":
            amount, at_ns = number(one["amount"]) or ZERO, nanoseconds(one.get("timestamp"))
            name, coin = f"transfer:{one['tranId']}", str(one["asset"])
            yield MoveRow(name, CashKind.TRANSFER, sign * amount, coin, at_ns, str(one["type"]))
