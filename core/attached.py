"""Attached stops: the far stop that a venue keeps for what an entry filled, also while nobody of
ours is there.

Rules of this file
1. The venue makes it, under a name that we can work out from its entry. When we first meet that
   name it becomes an order of ours; before the fill of its entry is known it is left alone, unless
   it traded itself.
2. It is never nearer than the stop of the signal: it is for the day on which all else has failed.
3. It goes with its position. What is more than the share is taken off the oldest at each fill.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final

from core import records as r
from core.answers import AskLookup, Effect
from core.commands import TakeLookup
from core.dust import is_dust_of
from core.executions import EXECUTIONS
from core.fold_attached import entry_of, is_awaited
from core.ids import attached_id
from core.instruments import Instrument
from core.legs import abilities_of, leaves_of, share_of
from core.money import ZERO, ceil_to, floor_to, plain
from core.new_terms import ask_new_terms
from core.orders import Order, OrderEvent, OrderState, OrderType, Purpose, Side, Terms
from core.placing import BRIDGE, cancel_legs
from core.plan_rows import Key
from core.reports import VenueSnapshot
from core.setup import EXIT_LIFE_NS, Account
from core.state import State

Steps = Generator[r.Record | Effect, None, None]

NEARER_MAX: Final = 2
"""An attached stop is at least so many times as far away as the signal's own: both would fire in
one fast market, and the nearer one is meant to."""

_AT_VENUE: Final = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)


def stop_price(
    state: State,
    account: Account,
    instrument: Instrument,
    *,
    side: Side,
    entry: Decimal | None,
    stop: Decimal | None,
) -> Decimal | None:
    """Return where the attached stop of an entry is; ``None``: it gets none.

    Where each entry is a position of its own, a stop would need its ticket, and there is none yet.
    """
    percent = account.attached_stop_percent
    if percent is None or entry is None or account.hedging:
        return None
    if not abilities_of(state, account.name).attached_stop:
        return None
    away = entry * percent / 100
    if stop is not None:
        away = max(away, NEARER_MAX * abs(entry - stop))
    price = entry - side.sign * away
    if price <= instrument.tick:
        return instrument.tick
    return (floor_to if side is Side.BUY else ceil_to)(price, instrument.tick)


# --- meeting it -----------------------------------------------------------------------------------


def meet(
    state: State,
    account: str,
    name: str,
    now: int,
    *,
    quantity: Decimal | None = None,
    traded: bool = False,
) -> Steps:
    """Take an attached stop into our books, once the fill of its entry is known. ``traded``: it has
    filled something itself, which is never told again; so was its entry filled, then."""
    entry = entry_of(state, account, name)
    if entry is None or name in state.orders:
        return
    if not entry.filled:
        yield AskLookup(entry.order)
        if not traded:
            return
    most = max(entry.filled or entry.quantity, quantity or ZERO)
    order = _stop(entry, name, most, now)
    yield r.OrderIntended(at_ns=now, order=order, sizing=f"kept by the venue for {entry.order}")


def _stop(entry: Order, name: str, quantity: Decimal, now: int) -> Order:
    return Order(
        order=name,
        origin=entry.origin,
        account=entry.account,
        instrument=entry.instrument,
        strategy=entry.strategy,
        purpose=Purpose.LEG,
        side=entry.side.opposite,
        quantity=quantity,
        order_type=OrderType.STOP,
        intended_ns=now,
        expires_ns=now + EXIT_LIFE_NS,
        trigger=entry.attached_stop,
        state=OrderState.ACCEPTED,
        accepted_ns=now,
        route=entry.route,
        attached_to=entry.order,
    )


def meet_shown(state: State, picture: VenueSnapshot, now: int) -> Steps:
    """Take the attached stops that a picture shows, or of which it lists fills, into our books."""
    account = picture.account
    shown: dict[str, Decimal | None] = {one.order: one.quantity for one in picture.orders}
    filled: dict[str, Decimal] = {}
    for fill in picture.fills:
        if fill.order not in shown and fill.quantity is not None:
            filled[fill.order] = filled.get(fill.order, ZERO) + fill.quantity
    for name, quantity in (shown | filled).items():
        if is_awaited(state, account, name):
            yield from meet(state, account, name, now, quantity=quantity)


def sought(state: State, name: str) -> Order | None:
    """Return an order by its name: ours, or as it may stand at its venue if it is the attached stop
    of an entry."""
    known = state.orders.get(name)
    if known is not None:
        return known
    entry = state.orders.get(state.attached.get(name, ""))
    return None if entry is None else _stop(entry, name, entry.quantity, entry.intended_ns)


def seek(state: State, account: str, instrument: str) -> Steps:
    """Ask for the attached stops that were never met, before somebody else is taken to have moved
    a position: where a venue lists no fills, one that came and went while nobody was told shows in
    the position alone."""
    for name in sorted(state.attached):
        entry = entry_of(state, account, name)
        if entry is None or name in state.orders or entry.instrument != instrument:
            continue
        if entry.filled:
            yield AskLookup(name)


def meet_found(state: State, command: TakeLookup, now: int) -> Steps:
    """Take an attached stop that a venue showed when it was asked for into our books."""
    entry, found = state.orders.get(state.attached.get(command.order, "")), command.found
    if entry is not None and found is not None and command.order not in state.orders:
        name, traded = command.order, found.filled > ZERO
        yield from meet(state, entry.account, name, now, quantity=found.quantity, traded=traded)


# --- keeping it to the share ----------------------------------------------------------------------


def follow(state: State, record: r.OrderChanged, now: int) -> Steps:
    """Keep the attached stops of a share to what the share is after a fill."""
    order = state.orders.get(record.order)
    if record.event not in EXECUTIONS or order is None:
        return
    if order.attached_to and record.event is OrderEvent.FILL and order.filled == record.quantity:
        where = f"{order.instrument} of {order.strategy} in account:{order.account}"
        value = plain(order.trigger or ZERO)
        yield r.AlarmRaised(at_ns=now, code="attached_stop_filled", value=value, where=where)
    key = (order.account, order.instrument, order.strategy)
    stops = attached_of(state, key)
    if stops:
        yield from _keep(state, key, stops, now)


def attached_of(state: State, key: Key) -> list[Order]:
    """List the attached stops of a share that are alive and of which nothing is missing, oldest
    first."""
    orders = [state.orders[name] for name in state.legs_at.get(key, ())]
    return sorted(
        (one for one in orders if one.attached_to and not _lacks_fill(state, one)),
        key=lambda order: order.number,
    )


def _lacks_fill(state: State, stop: Order) -> bool:
    """Say whether its entry has filled more than we know of: then the share is larger, too."""
    entry = state.orders.get(stop.attached_to)
    return entry is not None and stop.quantity > entry.filled


def overtakes(state: State, key: Key) -> bool:
    """Say whether an attached stop has traded more of a share than we know its entry to have
    filled: the fill of that is on its way, and the share is not what it seems."""
    orders = [state.orders[name] for name in state.working.get(key, ())]
    entries = [one for one in orders if one.attached_stop is not None]
    stops = [(one, state.orders.get(attached_id(one.order))) for one in entries]
    return any(stop is not None and stop.filled > entry.filled for entry, stop in stops)


def _keep(state: State, key: Key, stops: list[Order], now: int) -> Steps:
    share = share_of(state, key)
    share = ZERO if is_dust_of(state.facts.setup.instruments.get(key[1]), share) else share
    strays = [one for one in stops if one.side.sign * share >= ZERO]
    yield from cancel_legs(strays, now, reason="attached stop: its position is gone")
    staying = [one for one in stops if one not in strays and not one.pending_cancel]
    surplus = leaves_of(staying) - abs(share)
    for stop in staying:
        if surplus <= ZERO:
            return
        left = stop.leaves
        if left <= surplus:
            yield from cancel_legs([stop], now, reason="attached stop: its position is smaller")
        elif _can_shrink(state, stop):
            yield from _shrink(stop, stop.filled + left - surplus, now)
        surplus -= left


def _can_shrink(state: State, stop: Order) -> bool:
    steady = stop.state in _AT_VENUE and not stop.pending_replace
    return steady and abilities_of(state, stop.account).replace


def _shrink(stop: Order, quantity: Decimal, now: int) -> Steps:
    terms = Terms(quantity=quantity, trigger=stop.trigger)
    reason = "attached stop: its position is smaller"
    yield from ask_new_terms(stop, terms, now, by=BRIDGE, reason=reason)
