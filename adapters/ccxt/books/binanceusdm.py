"""The books of Binance USD-M futures."""

from __future__ import annotations

from typing import Final

from adapters.ccxt.books.binance import BinanceBooks
from adapters.ccxt.books.unified import PAGES_MAX
from adapters.ccxt.profile import Call
from adapters.ccxt.rows import Coin, HoldingRow, Modes, MoveRow, Purse
from adapters.ccxt.rules import Market
from adapters.ccxt.translate import MS_NS, nanoseconds, number
from core.cash_rows import CashKind
from core.money import ZERO, decimal_of

INCOME_PAGE: Final = 1_000
INCOME_WEIGHT: Final = 30

KINDS: Final = {
    "TRANSFER": CashKind.TRANSFER,
    "INTERNAL_TRANSFER": CashKind.TRANSFER,
    "CROSS_COLLATERAL_TRANSFER": CashKind.TRANSFER,
    "STRATEGY_UMFUTURES_TRANSFER": CashKind.TRANSFER,
    "COIN_SWAP_DEPOSIT": CashKind.TRANSFER,
    "COIN_SWAP_WITHDRAW": CashKind.TRANSFER,
    "FUNDING_FEE": CashKind.FUNDING,
    "COMMISSION_REBATE": CashKind.FEE,
    "API_REBATE": CashKind.FEE,
    "FEE_RETURN": CashKind.FEE,
    "INSURANCE_CLEAR": CashKind.FEE,
}
"""Binance's words for what it booked; any other is an adjustment."""

OF_TRADES: Final = ("COMMISSION", "REALIZED_PNL")
"""What the trades themselves tell."""


class BinanceUsdmBooks(BinanceBooks):
    """The futures wallet and its positions."""

    children = Call(method="fetch_orders", args=("{symbol}",), params={"trigger": True}, many=True)

    async def holdings(self) -> tuple[HoldingRow, ...]:
        """List the positions."""
        rows: list[HoldingRow] = []
        for told in await self.traffic.read("fapiPrivateV3GetPositionRisk", weight=5):
            market = self.by_id.get(str(told["symbol"]))
            amount = number(told["positionAmt"])
            if market is not None and amount:
                side = str(told.get("positionSide") or "BOTH")
                entry = number(told["entryPrice"]) or ZERO
                kept = "" if side == "BOTH" else side
                rows.append(HoldingRow(market.symbol, amount, entry, kept))
        return tuple(rows)

    async def purse(self) -> Purse:
        """Read the money of the account's currency."""
        told = await self.traffic.read("fapiPrivateV3GetAccount", urgent=True, weight=5)
        for one in told["assets"]:
            if one["asset"] == self.currency:
                balance = number(one["walletBalance"]) or ZERO
                return Purse(
                    coins={self.currency: Coin(balance, ZERO)},
                    balance=balance,
                    open_profit=number(one["unrealizedProfit"]) or ZERO,
                    free_margin=number(one.get("availableBalance")),
                    at_ns=self.traffic.client.now(),
                )
        return Purse(free_margin=ZERO, at_ns=self.traffic.client.now())

    async def modes(self, market: Market) -> Modes:
        """Read how positions of a market stand."""
        dual = await self.traffic.read("fapiPrivateGetPositionSideDual", weight=30)
        rows = await self.traffic.read(
            "fapiPrivateGetSymbolConfig", params={"symbol": market.id}, weight=5
        )
        told = next((one for one in rows if one["symbol"] == market.id), {})
        kind = {"CROSSED": "cross", "ISOLATED": "isolated"}.get(str(told.get("marginType")))
        leverage = told.get("leverage")
        return Modes(
            hedged=str(dual["dualSidePosition"]).lower() == "true",
            margin_mode=kind,
            leverage=None if leverage is None else decimal_of(str(leverage)),
        )

    async def moves(self, since_ns: int) -> tuple[MoveRow, ...]:
        """List what was booked beside trades."""
        rows: dict[str, MoveRow] = {}
        since_ms = since_ns // MS_NS
        for _ in range(PAGES_MAX):
            page = await self.traffic.read(
                "fapiPrivateGetIncome",
                params={"startTime": since_ms, "limit": INCOME_PAGE},
                weight=INCOME_WEIGHT,
            )
            for one in page:
                word, at_ns = str(one["incomeType"]), nanoseconds(one["time"])
                name = f"{word}:{one['tranId']}:{one.get('symbol') or ''}"
                if word not in OF_TRADES and one["asset"] == self.currency:
                    amount = number(one["income"]) or ZERO
                    kind = KINDS.get(word, CashKind.ADJUSTMENT)
                    rows[name] = MoveRow(name, kind, amount, self.currency, at_ns, word.lower())
            last_ms = max((nanoseconds(one["time"]) // MS_NS for one in page), default=0)
            if len(page) < INCOME_PAGE or last_ms <= since_ms:
                break
            since_ms = last_ms
        return tuple(row for row in rows.values() if row.amount)
