"""Binance USD-M: wallet, positions, income.

Rules of this file
1. Margin is worked out from the engine's positions and orders each time it is asked for.
2. Income is the bookings beside trades, and of each trade its profit and its fee.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Final

from adapters.exchange.accounts import ATOM, Account
from adapters.exchange.binance_dialect import READING
from adapters.exchange.binance_quotes import Form, Pen
from adapters.exchange.binance_request import BinanceRequest
from adapters.exchange.binance_spot_forms import eight
from adapters.exchange.binance_usdm_forms import in_steps, income, income_of
from adapters.exchange.binance_usdm_settings import UsdmSettings
from adapters.exchange.funds import exposure
from adapters.exchange.markets import Market
from adapters.exchange.orders import ZERO

MAINTENANCE: Final = Decimal("0.004")
"""Share of a position that must stay covered: the venue's first bracket of BTCUSDT."""

FUNDING_MS: Final = 8 * 3_600_000
"""Time between two fundings, as on the venue."""

INCOME_DEFAULT: Final = 100
"""Rows of the income history when none were asked for, as documented."""

INCOME_MAX: Final = 1_000
"""Rows of the income history at most, as documented."""

Margin = tuple[Decimal, Decimal, Decimal]


class UsdmWallet(UsdmSettings):
    """What a customer of USD-M has."""

    pen: ClassVar[Pen]

    def wallet_paths(self) -> None:
        """Name the paths of wallet and positions."""
        self.path("GET /fapi/v3/account", "balance", READING, self._account)
        self.path("GET /fapi/v3/balance", "balance", READING, self._balance)
        self.path("GET /fapi/v2/balance", "balance", READING, self._balance)
        self.path("GET /fapi/v3/positionRisk", "positions", READING, self._positions)
        self.path("GET /fapi/v2/positionRisk", "positions", READING, self._positions_v2)
        self.path("GET /fapi/v1/income", "ledger", READING, self._income)

    # ------------------------------------------------------------------------------- margin

    def margin(self, account: Account, market: Market) -> Margin:
        """Return what a position needs, what working orders need beside, and what must stay."""
        mark, leverage = self.engine.mark(market.symbol), self.leverage(account, market.symbol)
        held = abs(account.held(market.symbol))
        worst = exposure(self.engine, account.name, market.symbol)
        position = (held * mark / leverage).quantize(ATOM)
        orders = (max(ZERO, worst - held) * mark / leverage).quantize(ATOM)
        return position, orders, (held * mark * MAINTENANCE).quantize(ATOM)

    def premium(self, market: Market) -> Form:
        """Return mark price and funding of a market."""
        now = self.clock.now_ms()
        mark = eight(self.engine.mark(market.symbol))
        return {
            "symbol": market.symbol,
            "markPrice": mark,
            "indexPrice": mark,
            "estimatedSettlePrice": mark,
            "lastFundingRate": "0.00010000",
            "interestRate": "0.00010000",
            "nextFundingTime": now - now % FUNDING_MS + FUNDING_MS,
            "time": now,
        }

    def _quotes(self) -> list[str]:
        return list(dict.fromkeys(one.quote for one in self.engine.markets.values()))

    def _asset(self, account: Account, asset: str) -> Form:
        margins = [
            self.margin(account, one) for one in self.engine.markets.values() if one.quote == asset
        ]
        position, orders, stays = (sum(column, ZERO) for column in zip(*margins, strict=True))
        total, equity = account.total(asset), self.engine.equity(account.name, asset)
        free = eight(max(ZERO, equity - position - orders))
        return {
            "asset": asset,
            "walletBalance": eight(total),
            "unrealizedProfit": eight(equity - total),
            "marginBalance": eight(equity),
            "maintMargin": eight(stays),
            "initialMargin": eight(position + orders),
            "positionInitialMargin": eight(position),
            "openOrderInitialMargin": eight(orders),
            "crossWalletBalance": eight(total),
            "crossUnPnl": eight(equity - total),
            "availableBalance": free,
            "maxWithdrawAmount": free,
            "updateTime": self.clock.now_ms(),
        }

    def _account(self, request: BinanceRequest) -> Form:
        account = self.holder(request)
        assets = [self._asset(account, asset) for asset in self._quotes()]
        totals = {
            "totalInitialMargin": "initialMargin",
            "totalMaintMargin": "maintMargin",
            "totalWalletBalance": "walletBalance",
            "totalUnrealizedProfit": "unrealizedProfit",
            "totalMarginBalance": "marginBalance",
            "totalPositionInitialMargin": "positionInitialMargin",
            "totalOpenOrderInitialMargin": "openOrderInitialMargin",
            "totalCrossWalletBalance": "crossWalletBalance",
            "totalCrossUnPnl": "crossUnPnl",
            "availableBalance": "availableBalance",
            "maxWithdrawAmount": "maxWithdrawAmount",
        }
        told: Form = {
            name: eight(sum((Decimal(str(one[field])) for one in assets), ZERO))
            for name, field in totals.items()
        }
        held = [one for one in self.engine.markets.values() if account.held(one.symbol)]
        return told | {
            "assets": assets,
            "positions": [self._account_position(account, one) for one in held],
        }

    def _account_position(self, account: Account, market: Market) -> Form:
        position, orders, stays = self.margin(account, market)
        held, mark = account.position(market.symbol), self.engine.mark(market.symbol)
        return {
            "symbol": market.symbol,
            "positionSide": "BOTH",
            "positionAmt": in_steps(held.quantity, market.lot),
            "unrealizedProfit": eight(held.unrealised(mark)),
            "isolatedMargin": eight(position) if account.isolated else "0",
            "notional": eight(held.quantity * mark),
            "isolatedWallet": eight(position) if account.isolated else "0",
            "initialMargin": eight(position + orders),
            "maintMargin": eight(stays),
            "updateTime": held.updated_ns // 1_000_000,
        }

    def _entry(self, account: Account, market: Market) -> str:
        entry = account.position(market.symbol).entry
        return f"{entry.normalize():f}" if entry else "0.0"

    def _balance(self, request: BinanceRequest) -> object:
        account = self.holder(request)
        rows: list[Form] = []
        for asset in self._quotes():
            row = self._asset(account, asset)
            rows.append(
                {
                    "accountAlias": "local",
                    "asset": asset,
                    "balance": row["walletBalance"],
                    "crossWalletBalance": row["crossWalletBalance"],
                    "crossUnPnl": row["crossUnPnl"],
                    "availableBalance": row["availableBalance"],
                    "maxWithdrawAmount": row["maxWithdrawAmount"],
                    "marginAvailable": True,
                    "updateTime": row["updateTime"],
                }
            )
        return rows

    # ------------------------------------------------------------------------------- positions

    def _risk(self, account: Account, market: Market) -> Form:
        position, orders, stays = self.margin(account, market)
        held, mark = account.position(market.symbol), self.engine.mark(market.symbol)
        return self._account_position(account, market) | {
            "entryPrice": self._entry(account, market),
            "breakEvenPrice": self._entry(account, market),
            "markPrice": eight(mark),
            "unRealizedProfit": eight(held.unrealised(mark)),
            "liquidationPrice": self._liquidation(account, market),
            "marginAsset": market.quote,
            "initialMargin": eight(position + orders),
            "maintMargin": eight(stays),
            "positionInitialMargin": eight(position),
            "openOrderInitialMargin": eight(orders),
            "adl": 1,
            "bidNotional": "0",
            "askNotional": "0",
        }

    def _liquidation(self, account: Account, market: Market) -> str:
        held = account.held(market.symbol)
        if not held:
            return "0"
        spare = self.engine.equity(account.name, market.quote) - self.margin(account, market)[2]
        price = self.engine.mark(market.symbol) - spare / held
        return in_steps(max(ZERO, price), market.tick)

    def _positions(self, request: BinanceRequest) -> object:
        account = self.holder(request)
        shown = [
            one
            for one in self.markets(request)
            if account.held(one.symbol)
            or any(self.engine.register.working(account.name, one.symbol))
        ]
        rows = [self._risk(account, one) for one in shown]
        for row in rows:
            del row["unrealizedProfit"]
        return rows

    def _positions_v2(self, request: BinanceRequest) -> object:
        account = self.holder(request)
        names = (
            "symbol",
            "positionSide",
            "positionAmt",
            "entryPrice",
            "breakEvenPrice",
            "markPrice",
            "unRealizedProfit",
            "liquidationPrice",
            "isolatedMargin",
            "notional",
            "isolatedWallet",
            "updateTime",
        )
        rows: list[Form] = []
        for market in self.markets(request):
            risk = self._risk(account, market)
            rows.append(
                {name: risk[name] for name in names}
                | {
                    "marginType": "isolated" if account.isolated else "cross",
                    "isAutoAddMargin": "false",
                    "leverage": str(int(self.leverage(account, market.symbol))),
                    "maxNotionalValue": "10000000",
                }
            )
        return rows

    def _income(self, request: BinanceRequest) -> object:
        account = self.holder(request)
        wanted, symbol = request.optional("incomeType"), request.optional("symbol")
        start, end = request.integer("startTime"), request.integer("endTime")
        rows = [income(one) for one in account.movements]
        for trade in self.engine.register.fills(account.name):
            rows.extend(income_of(trade, self.engine.markets[trade.symbol]))
        rows.sort(key=_when)
        kept = [
            row
            for row in rows
            if wanted in {"", row["incomeType"]} and symbol in {"", row["symbol"]}
            if (start is None or _when(row) >= start) and (end is None or _when(row) <= end)
        ]
        limit = min(request.integer("limit") or INCOME_DEFAULT, INCOME_MAX)
        return kept[:limit] if start is not None else kept[-limit:]


def _when(row: Form) -> int:
    when = row["time"]
    assert isinstance(when, int), "times are whole milliseconds"
    return when
