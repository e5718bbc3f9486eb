"""Books as ccxt puts them, the same for every venue; the venues that are read in their own words
begin from these.

Rules of this file
1. What is said to be complete is complete: a list that may have been cut says since when it is not.
2. ``None`` and empty mean that the venue does not tell. Nobody guesses in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

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
from adapters.ccxt.traffic import Traffic
from adapters.ccxt.translate import MS_NS, number, trade_row
from core.money import ZERO

PAGE: Final = 100
"""Rows of one page: what every venue gives at once."""

PAGES_MAX: Final = 100
"""Pages of one list: ten thousand executions between two pictures are beyond any account that a
bridge of alerts serves."""


ORDER_BACK_NS: Final = 24 * 3600 * 1_000_000_000
"""How long before its last change an order's executions are looked for, where they cannot be asked
for by the order itself."""


@dataclass(frozen=True, slots=True)
class Trades:
    """Executions, and since when none is missing; 0: the list may be cut anywhere."""

    rows: tuple[TradeRow, ...]
    since_ns: int


class Books:
    """One account's books at one venue."""

    own_ids = False
    """Executions have ids that are unique in the account, not only in their market."""

    children: Call | None = None
    """Lists the orders with a trigger, those that fired with what they became, where a venue makes
    a second order of them."""

    def __init__(
        self, traffic: Traffic, markets: Sequence[Market], currency: str, spot: bool
    ) -> None:
        self.traffic, self.currency, self.spot = traffic, currency, spot
        self.take(markets)

    def take(self, markets: Sequence[Market]) -> None:
        """Take over the markets as the venue has them now."""
        self.markets = tuple(markets)
        self.by_id = {market.id: market for market in markets}
        self.by_symbol = {market.symbol: market for market in markets}

    # --- orders ---------------------------------------------------------------------------------

    async def listed(self, call: Call, facts: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """Make a call that lists orders, to the end of its list. Errors: ``Failed``."""
        return list(await self.traffic.ask(call, facts))

    # --- executions -----------------------------------------------------------------------------

    async def trades(self, market: Market, since_ns: int) -> Trades:
        """List our executions in a market since a time. Errors: ``Failed``."""
        since_ms, seen = since_ns // MS_NS, dict[str, TradeRow]()
        complete_ms, at_ms = since_ms, since_ms
        for turn in range(PAGES_MAX):
            page = await self.traffic.read("fetch_my_trades", market.symbol, at_ms, PAGE)
            rows = self._rows(page, market)
            new = [row for row in rows if row.exec_id not in seen]
            seen |= {row.exec_id: row for row in rows}
            if len(rows) < PAGE:
                return Trades(tuple(seen.values()), complete_ms * MS_NS)
            if not turn:
                # some venues begin with the newest: what is before their first page is not there
                complete_ms = max(since_ms, min(row.at_ns for row in rows) // MS_NS)
            if not new:
                break
            at_ms = max(row.at_ns for row in rows) // MS_NS
        return Trades(tuple(seen.values()), 0)

    async def trades_of(self, market: Market, row: OrderRow) -> tuple[TradeRow, ...]:
        """List the executions of one order. Errors: ``Failed``."""
        if not row.filled:
            return ()
        venue_order = row.child or row.venue_order
        since_ns = max(0, row.at_ns - ORDER_BACK_NS)
        listed = (await self.trades(market, since_ns)).rows
        return tuple(one for one in listed if one.venue_order == venue_order)

    def _rows(self, page: Iterable[Mapping[str, Any]], market: Market) -> list[TradeRow]:
        return [trade_row(one, market.id, own_ids=self.own_ids) for one in page]

    # --- what is held ---------------------------------------------------------------------------

    async def holdings(self) -> tuple[HoldingRow, ...]:
        """List the positions of swaps. Errors: ``Failed``."""
        rows: list[HoldingRow] = []
        for told in await self.traffic.read("fetch_positions", list(self.by_symbol)):
            amount = number(told.get("contracts")) or ZERO
            side = str(told.get("side") or "")
            if amount and told.get("symbol") in self.by_symbol:
                signed = -abs(amount) if side == "short" else amount
                entry = number(told.get("entryPrice")) or ZERO
                kept = side if told.get("hedged") else ""
                rows.append(HoldingRow(told["symbol"], signed, entry, kept))
        return tuple(rows)

    async def purse(self) -> Purse:
        """Read the money. Errors: ``Failed``."""
        told = await self.traffic.read("fetch_balance", urgent=True)
        coins: dict[str, Coin] = {}
        for code, total in (told.get("total") or {}).items():
            whole = number(total) or ZERO
            free = number((told.get("free") or {}).get(code))
            free = whole if free is None else free
            if whole:
                coins[code] = Coin(free, whole - free)
        money = coins.get(self.currency, Coin(ZERO, ZERO))
        profit = ZERO if self.spot else await self._open_profit()
        # what ccxt calls the total of a swap account is with the open profit at some venues and
        # without it at others; without a venue's own reader it is taken as without
        return Purse(coins=coins, balance=money.total, open_profit=profit, free_margin=money.free)

    async def _open_profit(self) -> Decimal:
        told = await self.traffic.read("fetch_positions", list(self.by_symbol))
        return sum((number(one.get("unrealizedPnl")) or ZERO for one in told), ZERO)

    async def middles(self, markets: Sequence[Market]) -> dict[str, Decimal]:
        """Return the middle of bid and ask by symbol. Errors: ``Failed``."""
        found: dict[str, Decimal] = {}
        for market in markets:
            told = await self.traffic.read("fetch_ticker", market.symbol)
            bid, ask = number(told.get("bid")), number(told.get("ask"))
            last = number(told.get("last"))
            if bid and ask:
                found[market.symbol] = (bid + ask) / 2
            elif last:
                found[market.symbol] = last
        return found

    # --- money that moved, rights, modes --------------------------------------------------------

    async def moves(self, since_ns: int) -> tuple[MoveRow, ...]:
        """List what the venue booked beside trades since a time. Errors: ``Failed``."""
        del since_ns
        return ()

    async def permissions(self) -> Permissions:
        """Read what the key may do. Errors: ``Failed``."""
        return Permissions()

    async def modes(self, market: Market) -> Modes:
        """Read how positions of a market stand. Errors: ``Failed``."""
        hedged = None
        call = self.traffic.profile.position_mode
        if call is not None:
            told = await self.traffic.ask(call, market.facts)
            hedged = bool(told.get("hedged"))
        margin = None
        if self.traffic.profile.margin_mode is not None:
            call = self.traffic.profile.margin_mode
            told = await self.traffic.ask(call, market.facts)
            margin = str(told.get("marginMode") or "") or None
        return Modes(hedged=hedged, margin_mode=margin)
