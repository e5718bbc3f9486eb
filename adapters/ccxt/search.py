"""The search: finds one order by our id, in every way that its venue has.

Rules of this file
1. The calls go from the best to the weakest; the first that shows the order ends the search.
2. What was asked is written down as it was asked. That nothing was found proves nothing by itself.
3. The canary is looked for by the same calls, and by no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.ccxt.account import Account
from adapters.ccxt.names import our_name, venue_name
from adapters.ccxt.profile import Call, Way
from adapters.ccxt.rows import OrderRow, TradeRow
from adapters.ccxt.traffic import Failed, reading
from adapters.ccxt.translate import fill_report, order_row, venue_order
from adapters.port import Absence, Trouble
from core.money import ZERO
from core.orders import Order, OrderEvent
from core.reports import VenueOrder

BACK_NS: Final = 60 * 1_000_000_000
"""How long before it was sent an order's trades are looked for: clocks differ."""


@dataclass(slots=True)
class Asked:
    """What was asked, in the venue's own words; ``closed``: it would show what is over."""

    calls: list[str] = field(default_factory=list[str])
    closed: bool = False


async def search(
    account: Account, order: Order, canary: Order | None = None
) -> VenueOrder | Absence | Trouble:
    """Search for an order."""
    try:
        with reading():
            return await _searched(account, order, canary)
    except Failed as failed:
        return failed.trouble


async def _searched(account: Account, order: Order, canary: Order | None) -> VenueOrder | Absence:
    asked = Asked()
    found = await find(account, order, asked)
    if found is not None:
        return await whole(account, found, order.order)
    traded = await _by_trades(account, order, asked)
    if traded is not None:
        return traded
    sings = canary is not None and await _sings(account, order, canary)
    name = canary.order if canary is not None and sings else ""
    return Absence(tuple(asked.calls), covers_closed=asked.closed, canary=name)


async def find(account: Account, order: Order, asked: Asked | None = None) -> OrderRow | None:
    """Look for an order by the calls that its venue has for its kind. Errors: ``Failed``."""
    way = account.profile.way(order.order_type)
    facts = facts_of(account, order)
    if way is None or facts is None:
        return None
    found = await _listed(account, way, order, facts=facts, asked=asked)
    if found is not None or not order.venue_order:
        return found
    facts |= {"venue_order": order.venue_order}
    return await _made(account, way.fetch, order, facts=facts, asked=asked)


def facts_of(account: Account, order: Order) -> dict[str, str] | None:
    """Return what a profile's calls are filled with, ``None`` without a market for the order."""
    market = account.markets.get(order.instrument)
    if market is None:
        return None
    name = venue_name(account.profile, order.order)
    return market.facts | {"id": name}


async def _listed(
    account: Account,
    way: Way,
    order: Order,
    *,
    facts: Mapping[str, str],
    asked: Asked | None = None,
) -> OrderRow | None:
    for call in way.find:
        row = await _made(account, call, order, facts=facts, asked=asked)
        if row is not None:
            return row
    return None


async def _made(
    account: Account,
    call: Call,
    order: Order,
    *,
    facts: Mapping[str, str],
    asked: Asked | None,
) -> OrderRow | None:
    """Make one call and pick out the order."""
    if call.needs("venue_order") and "venue_order" not in facts:
        return None
    said: list[str] = []
    try:
        told = await account.traffic.ask(call, facts, urgent=True, said=said)
    except Failed as failed:
        if not failed.absent:
            raise
        told = []
    if asked is not None:
        asked.calls += said
        asked.closed |= call.closed
    if isinstance(told, Mapping):
        told = [told]
    return picked(account, told, order)


def picked(account: Account, told: Iterable[Mapping[str, Any]], order: Order) -> OrderRow | None:
    """Return the order among those that a call showed."""
    rows = [row for row in map(order_row, told) if row is not None]
    for row in rows:
        if account.named(row) == order.order:
            return row
    return None


async def whole(account: Account, row: OrderRow, order: str) -> VenueOrder:
    """Return an order with all its executions. Errors: ``Failed``."""
    market = account.market_at(row.symbol)
    assert market is not None, "an order of ours is in a market of ours"
    row = await followed(account, row)
    deals = await account.books.trades_of(market, row) if row.filled or row.child else ()
    fills = tuple(fill_report(one, account=account.name, order=order) for one in deals)
    return venue_order(row, order=order, instrument=market.instrument.name, fills=fills)


async def followed(account: Account, row: OrderRow) -> OrderRow:
    """Follow an order whose trigger fired to the one that it became: that one trades and ends."""
    if not row.child:
        return row
    facts = {"symbol": row.symbol, "venue_order": row.child}
    told = await account.traffic.ask(account.profile.plain.fetch, facts, urgent=True)
    child = order_row(told)
    if child is None:
        return row
    return merged(row, child)


def merged(row: OrderRow, child: OrderRow) -> OrderRow:
    """Return what an order with a trigger is together with the one that it became."""
    return OrderRow(
        name=row.name,
        venue_order=row.venue_order,
        symbol=row.symbol,
        side=row.side,
        order_type=row.order_type,
        amount=row.amount,
        filled=child.filled,
        event=child.event,
        at_ns=max(row.at_ns, child.at_ns),
        price=row.price,
        trigger=row.trigger,
        reason=child.reason or row.reason,
        child=row.child,
        raw=child.raw,
    )


async def _by_trades(account: Account, order: Order, asked: Asked) -> VenueOrder | None:
    """Look for executions of an order that no list of orders shows."""
    market = account.markets.get(order.instrument)
    if market is None:
        return None
    since_ns = max(0, (order.sent_ns or order.intended_ns) - BACK_NS)
    listed = await account.books.trades(market, since_ns)
    asked.calls.append(f"fetch_my_trades {market.symbol}")
    ours = [one for one in listed.rows if _is_of(account, one, order)]
    if not ours:
        return None
    fills = tuple(fill_report(one, account=account.name, order=order.order) for one in ours)
    filled = sum((one.amount for one in ours), ZERO)
    row = OrderRow(
        name="",
        venue_order=ours[-1].venue_order,
        symbol=market.symbol,
        side=order.side,
        order_type=order.order_type,
        amount=order.quantity,
        filled=filled,
        # no list shows it at work, and whether it was cancelled nobody said
        event=OrderEvent.FILL if filled >= order.quantity else OrderEvent.ACCEPTED,
        at_ns=ours[-1].at_ns,
        price=order.price,
        trigger=order.trigger,
    )
    return venue_order(row, order=order.order, instrument=order.instrument, fills=fills)


def _is_of(account: Account, trade: TradeRow, order: Order) -> bool:
    if trade.name is not None:
        return our_name(account.profile, trade.name) == order.order
    known = account.correlation.order_of(trade.venue_order)
    return known == order.order or (
        bool(order.venue_order) and (trade.venue_order == order.venue_order)
    )


async def _sings(account: Account, order: Order, canary: Order) -> bool:
    """Say whether the same calls show a recent order of ours."""
    way, other = account.profile.way(order.order_type), account.profile.way(canary.order_type)
    facts = facts_of(account, canary)
    if way is None or other is None or facts is None or way.find != other.find:
        return False
    return await _listed(account, way, canary, facts=facts) is not None
