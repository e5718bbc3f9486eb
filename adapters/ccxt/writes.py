"""The writes: an order goes out once, under its own id, and what that proves is said.

Rules of this file
1. Whatever goes out runs to its end in a task that nobody cancels.
2. The venue has an order when its answer names it. An answer that does not proves nothing.
3. An id that the venue has already is looked for: found, it is a success.
4. An exit of a wallet is cut to what is free at that moment: the wallet is read before each.
5. A market order with a worst price goes as a limit order at that price that does not rest: the
   venue itself keeps the collar then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from adapters.ccxt.account import Account
from adapters.ccxt.calls import Wanted, creation, plain
from adapters.ccxt.findings import refusal, unproven
from adapters.ccxt.names import our_name, venue_name
from adapters.ccxt.outcome import Act
from adapters.ccxt.profile import Way
from adapters.ccxt.rows import OrderRow
from adapters.ccxt.rules import Market, Sized, sized
from adapters.ccxt.search import facts_of, find, followed, whole
from adapters.ccxt.traffic import Failed, reading
from adapters.ccxt.translate import order_row
from adapters.port import Trouble
from core.orders import Order, OrderEvent, OrderType, Side, Terms
from core.reports import Report

IOC: Final = "IOC"

PURSE_WAIT_S: Final = 1.0
"""How long an exit of a wallet waits to be told what is free: ten times what the venue needs. The
venue itself looks, too; an exit that stands behind a question that hangs may cost more."""


async def submit(account: Account, order: Order) -> Trouble | None:
    """Hand one order over."""
    return await account.traffic.hold(_submit(account, order))


async def cancel(account: Account, order: Order) -> Trouble | None:
    """Ask for the end of an order."""
    return await account.traffic.hold(_cancel(account, order))


async def amend(account: Account, order: Order, terms: Terms) -> Trouble | None:
    """Ask for new terms of an order, where its venue changes it in one call."""
    return await account.traffic.hold(_amend(account, order, terms))


# --- placing --------------------------------------------------------------------------------------


async def _submit(account: Account, order: Order) -> Trouble | None:
    market = account.markets.get(order.instrument)
    if market is None:
        return refusal("ccxt_instrument_unknown", value=order.instrument)
    unfit = account.unfit.get(order.instrument)
    if unfit is not None and not order.reduce_only:
        return unfit
    most = await _sellable(account, market, order)
    fit = sized(market, order, order.terms, most=most)
    if isinstance(fit, Trouble):
        return fit
    asked = _asked(account, market, order, fit)
    if asked is None:
        return refusal("ccxt_type_not_offered", value=str(order.order_type))
    args, params = asked
    try:
        told = await account.traffic.write(
            Act.CREATE, "create_order", *args, params=params, urgent=order.reduce_only
        )
    except Failed as failed:
        if not failed.exists:
            return failed.trouble
        return await _exists(account, order, failed.trouble)
    try:
        with reading():
            return _placed(account, order, fit, told)
    except Failed as failed:
        return failed.trouble


async def _sellable(account: Account, market: Market, order: Order) -> Decimal | None:
    """Return what of a wallet an exit may sell at most, ``None`` where that is no question."""
    if not account.spot or order.side is Side.BUY or not order.reduce_only:
        return None
    try:
        with reading():
            async with asyncio.timeout(PURSE_WAIT_S):
                purse = await account.read_purse()
    except (Failed, TimeoutError):
        return None
    coin = purse.coins.get(market.base)
    return coin.free if coin is not None else Decimal(0)


def _asked(
    account: Account, market: Market, order: Order, fit: Sized
) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """Return the arguments of ``create_order``."""
    profile = account.profile
    wanted = Wanted(
        symbol=market.symbol,
        id=venue_name(profile, order.order),
        side=order.side,
        order_type=order.order_type,
        quantity=fit.amount,
        price=fit.price,
        trigger=fit.trigger,
        worst=fit.price,
        reduce_only=order.venue_reduce_only,
    )
    if order.order_type is not OrderType.MARKET or profile.market_by_limit:
        return creation(profile, wanted)
    if fit.price is None or IOC not in profile.time_in_force:
        return creation(profile, replace(wanted, price=None))
    made = creation(profile, replace(wanted, order_type=OrderType.LIMIT))
    if made is not None:
        made[1]["timeInForce"] = IOC
    return made


def _placed(account: Account, order: Order, fit: Sized, told: Mapping[str, Any]) -> Trouble | None:
    """Read the answer to an order, and tell that the venue has it."""
    venue_order, name = str(told.get("id") or ""), str(told.get("clientOrderId") or "")
    if name and our_name(account.profile, name) != order.order:
        return unproven("ccxt_answer_of_another", value=order.order, limit=name)
    account.correlation.learn(venue_order, order.order)
    row = order_row(told)
    if row is not None and row.event is OrderEvent.REJECTED:
        account.tell(_report(account, order, row, OrderEvent.REJECTED))
        return None
    _tell_accepted(account, order, venue_order, row)
    if fit.amount < order.quantity:
        _tell_cut(account, order, fit)
    return None


def _tell_accepted(account: Account, order: Order, venue_order: str, row: OrderRow | None) -> None:
    account.tell(
        Report(
            account=account.name,
            order=order.order,
            event=OrderEvent.ACCEPTED,
            at_ns=(row.at_ns if row is not None else 0) or account.now(),
            venue_order=venue_order,
            raw=row.raw if row is not None else "",
        )
    )


def _tell_cut(account: Account, order: Order, fit: Sized) -> None:
    """Say that less is at the venue than was asked: no more could be sold."""
    account.tell(
        Report(
            account=account.name,
            order=order.order,
            event=OrderEvent.REPLACED,
            at_ns=account.now(),
            quantity=fit.amount,
            price=order.price,
            trigger=order.trigger,
            reason="cut to what is free in the wallet",
        )
    )


def _report(account: Account, order: Order, row: OrderRow, event: OrderEvent) -> Report:
    return Report(
        account=account.name,
        order=order.order,
        event=event,
        at_ns=row.at_ns or account.now(),
        venue_order=row.venue_order,
        reason=row.reason,
        raw=row.raw,
    )


async def _exists(account: Account, order: Order, trouble: Trouble) -> Trouble | None:
    """Find the order whose id the venue has already: it is ours, or nothing is proven."""
    try:
        with reading():
            row = await find(account, order)
            if row is None or row.side is not order.side:
                return trouble
            shown = await whole(account, row, order.order)
    except Failed as failed:
        return replace(trouble, text=failed.trouble.text)
    _tell_accepted(account, order, row.venue_order, row)
    for fill in shown.fills:
        account.tell(fill)
    if shown.event in (OrderEvent.CANCELLED, OrderEvent.EXPIRED, OrderEvent.REJECTED):
        account.tell(_report(account, order, row, shown.event))
    return None


# --- ending ---------------------------------------------------------------------------------------


async def _cancel(account: Account, order: Order) -> Trouble | None:
    way, facts = account.profile.way(order.order_type), facts_of(account, order)
    if way is None or facts is None:
        return refusal("ccxt_instrument_unknown", value=order.instrument)
    call = way.cancel
    if call.needs("venue_order"):
        venue_order = order.venue_order or await _numbered(account, order)
        if not venue_order:
            return unproven("ccxt_number_unknown", value=order.order)
        facts["venue_order"] = venue_order
    args, params = call.bound(**facts)
    try:
        await account.traffic.write(Act.CANCEL, call.method, *args, params=params, urgent=True)
    except Failed as failed:
        apart = way.cancel != account.profile.plain.cancel
        if not (failed.absent and apart):
            return failed.trouble
        return await _cancel_child(account, order, facts, failed.trouble)
    return None


async def _numbered(account: Account, order: Order) -> str:
    """Return the venue's own number of an order, where only that ends it."""
    try:
        with reading():
            row = await find(account, order)
    except Failed:
        return ""
    return row.venue_order if row is not None else ""


async def _cancel_child(
    account: Account, order: Order, facts: dict[str, str], trouble: Trouble
) -> Trouble | None:
    """End what an order with a trigger has become, where the venue makes another one of it."""
    try:
        with reading():
            row = await find(account, order)
            if row is None or not row.child:
                return trouble
            child = await followed(account, row)
        if child.event is not OrderEvent.ACCEPTED:
            return trouble
        args = (row.child, facts["symbol"])
        await account.traffic.write(Act.CANCEL, "cancel_order", *args, params={}, urgent=True)
    except Failed as failed:
        return failed.trouble
    return None


# --- changing -------------------------------------------------------------------------------------


async def _amend(account: Account, order: Order, terms: Terms) -> Trouble | None:
    market, way = account.markets.get(order.instrument), account.profile.way(order.order_type)
    if market is None or way is None:
        return refusal("ccxt_instrument_unknown", value=order.instrument)
    fit = sized(market, order, terms)
    if isinstance(fit, Trouble):
        return fit
    name = venue_name(account.profile, order.order)
    params: dict[str, object] = {_id_key(way): name}
    if fit.trigger is not None:
        params["triggerPrice"] = plain(fit.trigger)
    price = None if fit.price is None or order.order_type is OrderType.STOP else plain(fit.price)
    args = (None, market.symbol, way.types[order.order_type], str(order.side), plain(fit.amount))
    try:
        await account.traffic.write(
            Act.REPLACE, "edit_order", *args, price, params=params, urgent=order.reduce_only
        )
    except Failed as failed:
        return failed.trouble
    return None


def _id_key(way: Way) -> str:
    """Return the parameter by which a venue is told of which order we speak."""
    return next(key for key, value in way.cancel.params.items() if value == "{id}")
