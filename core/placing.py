"""Placing: the orders that bring the legs of one share to where they should be.

Rules of this file
1. More is never asked for than is missing, counting all that may be alive; less is asked for first
   where something else waits for it.
2. A leg is replaced where the venue can; else it is ended, and another one follows when that is
   proven. For an increment another leg stands beside it.
3. What waits for an answer is not asked again before it came.
4. New terms say a whole size. So none are asked for of a leg that its venue makes smaller by
   itself, unless it keeps reduce-only, too: ``watching.links`` says where targets stand beside it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from core import records as r
from core.answers import Effect, Send
from core.cancels import again_ns, cancel_orders
from core.ids import order_id
from core.instruments import Instrument
from core.lapses import unspent
from core.legs import (
    abilities_of,
    at_rest,
    exits_of,
    is_free,
    is_market,
    leaves_of,
    legs_of,
    share_of,
    stops_in,
    targets_in,
    waiting_exits,
)
from core.money import ZERO, plain
from core.new_terms import ask_new_terms
from core.opposed import closes_opposed
from core.orders import Order, OrderState, OrderType, Purpose, Terms
from core.plan_rows import FAILED, LEGS_MAX, STOP, SURPLUS, Key, PlanRow, target_leg
from core.risk.case import Case
from core.risk.engine import Approved, judge
from core.risk.match_checks import clear_way
from core.setup import EXIT_LIFE_NS
from core.smallest import is_worth, tradable
from core.state import State
from core.tickets import parts_to_close
from core.unsure_stops import not_shown, placed_beside, sure
from core.view import View
from core.wanted import is_of, stop_wanted, targets_wanted
from core.watching import links

Steps = Generator[r.Record | Effect, None, None]

BRIDGE: Final = "bridge"

_AT_VENUE: Final = (OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)
_ON_ITS_WAY: Final = (OrderState.INTENDED, OrderState.SENT)


class Level(NamedTuple):
    """A leg as it should be: which one, what kind of order, at which price, how much."""

    leg: str
    kind: OrderType
    at: Decimal
    quantity: Decimal


def cancel_legs(orders: Iterable[Order], now: int, *, reason: str) -> Steps:
    """Ask for the end of legs that were not asked yet, or refused a while ago."""
    due = [order for order in orders if not order.pending_cancel and now >= again_ns(order)]
    yield from cancel_orders(due, now, by=BRIDGE, reason=reason)


# --- what should be there -------------------------------------------------------------------------


def settle_stop(state: State, view: View, key: Key, instrument: Instrument, *, now: int) -> Steps:
    """Bring the stop at the venue to the share."""
    row = state.plans[key]
    legs = stops_in(legs_of(state, key, row.side.opposite))
    lost = not_shown(state, key, legs, now)
    legs = [one for one in legs if one not in lost]
    wanted = stop_wanted(state, row, instrument)
    if row.fired or row.failed:  # what stands there is good; nothing new goes there
        wanted = min(wanted, leaves_of(legs))
    at = row.stop if row.stop is not None else ZERO
    level = Level(STOP, OrderType.STOP, at, wanted)
    yield from _settle(state, view, row, legs, level=level, now=now)


def settle_targets(
    state: State, view: View, key: Key, instrument: Instrument, *, now: int
) -> Steps:
    """Bring the targets at the venue to their parts of the share."""
    wanted = targets_wanted(state, state.plans[key], instrument)
    for index, quantity in enumerate(wanted):
        row = state.plans[key]
        leg, price = target_leg(index), row.targets[index].price
        standing = targets_in(legs_of(state, key, row.side.opposite))
        legs = [one for one in standing if one.leg == leg and one.plan == row.number]
        level = Level(leg, OrderType.LIMIT, price, quantity)
        yield from _settle(state, view, row, legs, level=level, now=now)


def close(state: State, view: View, key: Key, instrument: Instrument, *, now: int) -> Steps:
    """Close at the market what the bridge has decided to close, as far as no leg may close it."""
    row, side = state.plans[key], state.plans[key].side.opposite
    if row.fired:
        waiting = waiting_exits(state, key, side)
        yield from cancel_legs(waiting, now, reason="protection: closed at the market")
        legs = sure(state, key, legs_of(state, key, side))
        beside = row.fired == FAILED and is_free(state, key)
        resting = ZERO if beside else at_rest(state, key, legs)
        yield from _close(
            state, view, row, instrument=instrument, leg=STOP, due=None, resting=resting, now=now
        )
        return
    called = [(target_leg(at), one.called - one.filled) for at, one in enumerate(row.targets)]
    for leg, due in ((SURPLUS, row.surplus), *called):
        if due <= ZERO:
            continue
        legs = legs_of(state, key, side)
        coming = [one for one in legs if one.leg == leg and is_of(one, row) and is_market(one)]
        left = due - leaves_of(coming)
        resting = leaves_of(order for order in legs if order.rests)
        yield from _end_waiting(state, row, left, now=now)
        row = state.plans[key]
        yield from _close(
            state, view, row, instrument=instrument, leg=leg, due=left, resting=resting, now=now
        )


def _end_waiting(state: State, row: PlanRow, due: Decimal, *, now: int) -> Steps:
    """End the exits that wait for a price of their own and stand in the way of what was called.
    Legs that rest make way by themselves."""
    side = row.side.opposite
    if due > max(ZERO, abs(share_of(state, row.key)) - exits_of(state, row.key, side)):
        waiting = waiting_exits(state, row.key, side)
        yield from cancel_legs(waiting, now, reason="protection: closed at the market")


def _close(
    state: State,
    view: View,
    row: PlanRow,
    *,
    instrument: Instrument,
    leg: str,
    due: Decimal | None,
    resting: Decimal,
    now: int,
) -> Steps:
    """Send a leg to the market; ``due``: how much at most, ``None``: all."""
    out = resting + exits_of(state, row.key, row.side.opposite)
    room = max(ZERO, abs(share_of(state, row.key)) - out)
    quantity = instrument.quantity_cut(room if due is None else max(ZERO, min(due, room)))
    level = Level(leg, OrderType.MARKET, ZERO, quantity)
    yield from _place(state, view, row, level, now=now)


# --- how it gets there ----------------------------------------------------------------------------


def _settle(
    state: State, view: View, row: PlanRow, legs: list[Order], *, level: Level, now: int
) -> Steps:
    total = leaves_of(legs)
    if total > level.quantity:
        yield from _shrink(state, row, legs, level, surplus=total - level.quantity, now=now)
    elif total < level.quantity:
        yield from _grow(
            state, view, row, legs, level=level, missing=level.quantity - total, now=now
        )
    else:
        yield from _move(state, row, legs, level, now=now)


def _replaces(state: State, row: PlanRow) -> bool:
    return abilities_of(state, row.account).replace and not row.stiff


def _is_steady(order: Order) -> bool:
    pending = order.pending_cancel or order.pending_replace
    return order.state in _AT_VENUE and not pending


def _shrink(
    state: State, row: PlanRow, legs: list[Order], level: Level, *, surplus: Decimal, now: int
) -> Steps:
    """Take what is too much: where legs cannot be replaced from the one that suits best, else from
    the newest."""
    surplus -= leaves_of(order for order in legs if order.pending_cancel)
    staying = [order for order in legs if not order.pending_cancel]
    ended: list[Order] = []
    suited = [order for order in staying if order.leaves >= surplus]
    if suited and surplus > ZERO and not _replaces(state, row):
        ended = [min(suited, key=lambda order: (order.leaves, order.number))]
        surplus = ZERO
    for order in reversed(staying):
        left = order.leaves
        if surplus <= ZERO:
            break
        here = order.state is OrderState.INTENDED and order.intended_ns == now
        if left <= surplus or here or order.state is OrderState.UNKNOWN:
            # Of one in doubt too, and of one that was decided on a moment ago and has not left:
            # another one takes its place.
            ended.append(order)
            surplus -= left
        elif _is_steady(order) and _replaces(state, row):
            yield from _replace(order, level, order.filled + left - surplus, now)
            break
        else:
            break  # answered in a moment
    yield from cancel_legs(ended, now, reason="protection: smaller")


def _grow(
    state: State,
    view: View,
    row: PlanRow,
    legs: list[Order],
    *,
    level: Level,
    missing: Decimal,
    now: int,
) -> Steps:
    """Let a leg cover more, or put one beside it."""
    if _replaces(state, row):
        steady = next((order for order in legs if _is_steady(order)), None)
        if steady is not None:
            if level.kind is OrderType.STOP and not steady.group:
                missing = min(missing, _room_beside(state, row, legs, level.quantity))
            if missing:
                yield from _replace(steady, level, steady.filled + steady.leaves + missing, now)
            else:
                yield from _move(state, row, legs, level, now=now)
            return
        if any(order.state in _ON_ITS_WAY or order.pending_replace for order in legs):
            return  # answered in a moment; until then the bridge keeps the level
    stop = level.kind is OrderType.STOP
    room = _room_beside(state, row, legs, level.quantity) if stop else missing
    if missing <= room and legs and _is_small(state, row, level, missing):
        steady = [order for order in legs if _is_steady(order)]
        smallest = sorted(steady, key=lambda order: (order.leaves, order.number))[:1]
        yield from cancel_legs(smallest, now, reason="protection: larger")
        return  # one leg for both follows
    yield from _place(state, view, row, level._replace(quantity=min(missing, room)), now=now)


def _is_small(state: State, row: PlanRow, level: Level, quantity: Decimal) -> bool:
    """Say whether a leg by itself would be less than the venue takes."""
    instrument = _instrument(state, row)
    worth = instrument.value(quantity, level.at)
    cut = instrument.quantity_cut(quantity)
    return not cut or not is_worth(state, row.account, instrument, worth)


def _room_beside(state: State, row: PlanRow, stops: list[Order], wanted: Decimal) -> Decimal:
    """Return how much another stop may close beside these: targets that it is not linked with come
    on top of it, until their end is proven."""
    targets = leaves_of(targets_in(legs_of(state, row.key, row.side.opposite)))
    linked = not stops and links(state, row)
    if not targets or linked or is_free(state, row.key):
        return wanted
    loose = leaves_of(order for order in stops if not order.group)
    return max(ZERO, wanted - loose - max(targets, leaves_of(stops) - loose))


def _move(state: State, row: PlanRow, legs: list[Order], level: Level, *, now: int) -> Steps:
    """Bring legs of the right size to the right price."""
    for order in legs:
        at = order.trigger if order.order_type is OrderType.STOP else order.price
        if at == level.at or not _is_steady(order):
            continue
        if _replaces(state, row):
            yield from _replace(order, level, order.quantity, now)
        else:
            yield from cancel_legs([order], now, reason="protection: moved")


def _replace(order: Order, level: Level, quantity: Decimal, now: int) -> Steps:
    stop = level.kind is OrderType.STOP
    terms = Terms(
        quantity=quantity,
        price=None if stop else level.at,
        trigger=level.at if stop else None,
    )
    yield from ask_new_terms(order, terms, now, by=BRIDGE, reason="protection")


def group_of(row: PlanRow) -> str:
    """Name the group in which the legs of a position are linked."""
    return order_id(row.account, f"{row.instrument} {row.strategy}", "group", row.first)


def _word(row: PlanRow, level: Level) -> str:
    """Name a leg among all that its origin asked for: a protection that was made anew after the
    journal went back in time may have the number of the one before, never its time."""
    return f"{level.leg} {row.number} {row.at_ns}"


def _instrument(state: State, row: PlanRow) -> Instrument:
    found = tradable(state, row.account, row.instrument)
    assert found is not None, "what is not configured is not protected"
    return found


def _place(state: State, view: View, row: PlanRow, level: Level, *, now: int) -> Steps:
    """Intend a leg, on a hedging account one for each ticket."""
    instrument = _instrument(state, row)
    parts = parts_to_close(
        state, row.account, instrument,
        strategy=row.strategy, side=row.side.opposite, quantity=level.quantity,
    )  # fmt: skip
    for part in parts:
        one, current = level._replace(quantity=part.quantity), state.plans[row.key]
        yield from _place_one(state, view, current, one, closes=part.ticket, now=now)


def _place_one(
    state: State, view: View, row: PlanRow, level: Level, *, closes: str, now: int
) -> Steps:
    """Intend one leg. No control refuses it; where its link is not ready it is made later."""
    account = state.facts.setup.accounts[row.account]
    instrument = _instrument(state, row)
    quantity = instrument.quantity_cut(level.quantity)
    kind, side = level.kind, row.side.opposite
    wait_ns = row.close_ns if kind is OrderType.MARKET else row.retry_ns
    used_up = kind is not OrderType.MARKET and row.made >= LEGS_MAX
    if not quantity or now < wait_ns or used_up:
        return
    price = level.at if kind is OrderType.LIMIT else None
    trigger = level.at if kind is OrderType.STOP else None
    case = Case(
        state,
        view,
        now,
        account=account,
        instrument=instrument,
        strategy=row.strategy,
        purpose=Purpose.LEG,
        side=side,
        quantity=quantity,
        order_type=kind,
        price=price,
        trigger=trigger,
    )
    verdict = judge(case)
    if not isinstance(verdict, Approved):
        return
    yield from clear_way(case)
    beside = kind is OrderType.STOP and bool(stops_in(legs_of(state, row.key)))
    linked = kind is not OrderType.MARKET and links(state, row) and not beside
    order = Order(
        order=order_id(row.account, row.origin, unspent(state, _word(row, level)), row.made),
        origin=row.origin,
        account=row.account,
        instrument=row.instrument,
        strategy=row.strategy,
        purpose=Purpose.LEG,
        side=side,
        quantity=quantity,
        order_type=kind,
        intended_ns=now,
        expires_ns=now + EXIT_LIFE_NS,
        price=price,
        trigger=trigger,
        reference=case.mid,
        revision=row.made,
        group=group_of(row) if linked else "",
        leg=level.leg,
        plan=row.number,
        opposed=closes_opposed(case),
        closes=closes,
    )
    how = f"{level.leg}: {plain(quantity)} of {plain(abs(share_of(state, row.key)))}"
    yield r.OrderIntended(at_ns=now, order=order, checks=verdict.checks, sizing=how)
    yield Send(order.order)
    yield from placed_beside(state, order, now)
