"""The picture of an account: working orders, what is held, the money, and our executions.

Rules of this file
1. Executions are read after what is held: every one that moved it is listed then. One that is so
   new that it may or may not be in what was held before makes the picture anew.
2. A list that may have been cut is not said to be complete.
3. Whose an execution is, is known or asked for; nobody guesses it by price and amount.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from adapters.ccxt.account import Account
from adapters.ccxt.books.unified import Trades
from adapters.ccxt.findings import fatal, finding
from adapters.ccxt.money import mark_of
from adapters.ccxt.names import our_name
from adapters.ccxt.profile import Call
from adapters.ccxt.rows import HoldingRow, OrderRow, Purse, TradeRow
from adapters.ccxt.rules import Market
from adapters.ccxt.traffic import Failed, reading
from adapters.ccxt.translate import MS_NS, fill_report, order_row, venue_order
from adapters.port import Trouble
from core.money import ZERO
from core.reports import AccountMark, Report, VenueOrder, VenuePosition, VenueSnapshot

T = TypeVar("T")

TAKES_MAX: Final = 3
"""Pictures taken anew because something traded meanwhile: in a market that trades all the time the
last one is given as it is, and the core sees that it is unsettled."""

YOUNG_NS: Final = 100 * MS_NS
"""How long an execution may need until the position shows it, and clocks may differ."""

ASKED_ONE_BY_ONE_MAX: Final = 5
"""Unknown order numbers of a market that are asked for one by one; more are listed at once."""

LISTED_MAX: Final = 500
"""Orders of one list: the least that a venue with such lists gives."""


@dataclass(frozen=True, slots=True)
class _Take:
    """What one round of calls showed."""

    purse: Purse
    holdings: tuple[HoldingRow, ...]
    orders: tuple[VenueOrder, ...]
    trades: list[Trades]
    steady: bool


async def snapshot(account: Account, since_ns: int) -> VenueSnapshot | Trouble:
    """Read the account."""
    try:
        with reading():
            # where the venue's clock is behind ours, so are the times of its executions
            return await _snapshot(account, max(1, since_ns + min(0, account.ahead_ns)))
    except Failed as failed:
        return failed.trouble


async def _snapshot(account: Account, since_ns: int) -> VenueSnapshot | Trouble:
    take = await _take(account, since_ns)
    for _ in range(TAKES_MAX - 1):
        if not take.steady:
            await asyncio.sleep(YOUNG_NS / 1e9)
            take = await _take(account, since_ns)
    if any(row.side for row in take.holdings):
        return fatal(finding("ccxt_hedge_mode"))
    fills = await _fills(account, take.trades)
    positions, mark = await _positions(account, take.purse, take.holdings)
    since = [one.since_ns for one in take.trades]
    return VenueSnapshot(
        account=account.name,
        orders=take.orders,
        positions=positions,
        mark=mark,
        at_ns=account.now(),
        fills=fills,
        fills_since_ns=max(since, default=since_ns) if all(since) else 0,
    )


async def _take(account: Account, since_ns: int) -> _Take:
    """Ask once for everything, the executions last."""
    began_ns = account.venue_now()
    purse, holdings = await _held(account)
    orders = await _working(account)
    trades = await _trades(account, since_ns)
    latest_ns = max((row.at_ns for one in trades for row in one.rows), default=0)
    return _Take(purse, holdings, orders, trades, latest_ns < began_ns - YOUNG_NS)


async def _held(account: Account) -> tuple[Purse, tuple[HoldingRow, ...]]:
    """Read what is held: the coins of a wallet are in its purse."""
    holdings = () if account.spot else await account.books.holdings()
    return await account.read_purse(), holdings


# --- orders ---------------------------------------------------------------------------------------


async def _working(account: Account) -> tuple[VenueOrder, ...]:
    ways = [account.profile.plain, account.profile.stop]
    calls = list({id(way.working): way.working for way in ways if way is not None}.values())
    distinct = [call for at, call in enumerate(calls) if call not in calls[:at]]
    asked = [_listed(account, call, market) for call in distinct for market in account.ours]
    rows: dict[str, OrderRow] = {}
    for listed in await together(asked):
        rows |= {row.venue_order: row for row in listed}
    return tuple(_shown(account, row) for row in rows.values())


async def _listed(account: Account, call: Call, market: Market) -> list[OrderRow]:
    told = await account.books.listed(call, market.facts)
    rows = [row for row in map(order_row, told) if row is not None]
    return [row for row in rows if row.symbol == market.symbol and row.working]


def _shown(account: Account, row: OrderRow) -> VenueOrder:
    market = account.books.by_symbol[row.symbol]
    return venue_order(row, order=account.named(row), instrument=market.instrument.name)


# --- executions -----------------------------------------------------------------------------------


async def _trades(account: Account, since_ns: int) -> list[Trades]:
    return await together([account.books.trades(market, since_ns) for market in account.ours])


async def _fills(account: Account, trades: Iterable[Trades]) -> tuple[Report, ...]:
    fills: list[Report] = []
    for market, listed in zip(account.ours, trades, strict=True):
        await _learn(account, market, listed.rows)
        for row in listed.rows:
            name = _owner(account, row)
            if name:
                fills.append(fill_report(row, account=account.name, order=name))
    return tuple(sorted(fills, key=lambda fill: (fill.at_ns, fill.exec_id)))


def _owner(account: Account, row: TradeRow) -> str | None:
    """Return our id of an execution's order, empty when it is not ours; ``None``: not known."""
    if row.name is not None:
        return our_name(account.profile, row.name)
    return account.correlation.order_of(row.venue_order)


async def _learn(account: Account, market: Market, rows: Iterable[TradeRow]) -> None:
    """Learn whose the orders behind these executions are."""
    unknown = {row.venue_order: row.at_ns for row in rows if _owner(account, row) is None}
    if len(unknown) > ASKED_ONE_BY_ONE_MAX:
        await _learn_listed(account, market, min(unknown.values()))
    for number in [one for one in unknown if account.correlation.order_of(one) is None]:
        await _learn_one(account, market, number)
    strange = [one for one in unknown if account.correlation.order_of(one) == ""]
    if strange and account.books.children is not None:
        for told in await account.books.listed(account.books.children, market.facts):
            row = order_row(told)
            if row is not None and row.child:
                account.named(row)


async def _learn_listed(account: Account, market: Market, at_ns: int) -> None:
    since_ms = at_ns // MS_NS - 1
    if not account.traffic.client.exchange.has.get("fetchOrders"):
        return
    for told in await account.traffic.read("fetch_orders", market.symbol, since_ms, LISTED_MAX):
        row = order_row(told)
        if row is not None:
            account.named(row)


async def _learn_one(account: Account, market: Market, number: str) -> None:
    call = account.profile.plain.fetch
    try:
        told = await account.traffic.ask(call, market.facts | {"venue_order": number})
    except Failed as failed:
        if not failed.absent:
            raise
        told = []
    shown: list[Mapping[str, Any]] = [told] if isinstance(told, Mapping) else list(told)
    for row in map(order_row, shown):
        if row is not None and row.venue_order == number:
            account.named(row)
            return
    account.correlation.learn(number, "")


# --- what is held ---------------------------------------------------------------------------------


async def _positions(
    account: Account, purse: Purse, holdings: tuple[HoldingRow, ...]
) -> tuple[tuple[VenuePosition, ...], AccountMark]:
    if not account.spot:
        shown = tuple(
            VenuePosition(
                instrument=account.books.by_symbol[row.symbol].instrument.name,
                quantity=row.amount,
                average_price=row.average_price,
            )
            for row in holdings
        )
        return shown, mark_of(account, purse, {})
    owned = [market for market in account.ours if purse.total(market.base)]
    middles = await account.middles(owned)
    shown = tuple(
        VenuePosition(
            instrument=market.instrument.name,
            quantity=purse.total(market.base),
            average_price=middles.get(market.symbol, ZERO),
        )
        for market in owned
    )
    return shown, mark_of(account, purse, middles)


async def together(asked: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Make several calls at once; none is left behind when one fails."""
    answers = await asyncio.gather(*asked, return_exceptions=True)
    made: list[T] = []
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
        made.append(answer)
    return made
