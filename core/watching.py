"""Watching: what the newest quote means for the levels that the bridge keeps or moves itself.

Rules of this file
1. Pure and cheap: it is asked at every quote. It looks at the side of the book that the exit would
   meet: a long position is sold at the bid.
2. A level is reached by a quote that control 20 trusts, or by two quotes in a row. A stop only
   moves by quotes that are trusted.
3. A stop moves towards the profit and never back.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple

from core.instruments import Instrument
from core.legs import (
    abilities_of,
    exits_of,
    leaves_of,
    legs_of,
    share_of,
    stops_in,
    targets_in,
    waiting_exits,
)
from core.leveling import is_reached, nearer, parts, trailed
from core.market import UNSEEN, judge_quote
from core.money import ZERO
from core.orders import OrderType, Side
from core.plan_rows import FAILED, PlanRow
from core.pricing import price_due
from core.reports import Quote
from core.risk.case import fresh_quote
from core.setup import SECOND_NS
from core.smallest import tradable
from core.state import State
from core.tickets import is_hedging
from core.unsure_stops import sure
from core.view import View

MOVE_EVERY_NS: Final = SECOND_NS
"""How often a stop moves at most: each move is a record, and a message to the venue."""

MOVE_PART: Final = 10
"""A trailing stop moves by a tenth of its distance at least: ten moves bring it to where the price
was, and a market that breathes brings none."""


class Seen(NamedTuple):
    """What an exit of a position would meet. ``trusted``: control 20 believes the newest quote;
    else a stop looks at the better and a target at the worse price of the two newest ones, which is
    what both of them say."""

    price: Decimal
    at_stop: Decimal
    at_target: Decimal
    trusted: bool


def seen(
    state: State, view: View, row: PlanRow, instrument: Instrument, *, now: int
) -> Seen | None:
    """Return the price that counts for a protection; ``None``: no quote says it."""
    account = state.facts.setup.accounts.get(row.account)
    quote = fresh_quote(view, account, row.instrument, now) if account is not None else None
    if quote is None:
        return None
    price = _met(row.side, quote)
    market = view.at(row.account).markets.get(row.instrument)
    if market is None:
        market = judge_quote(UNSEEN, quote, instrument)
    if not market.code:
        return Seen(price, price, price, trusted=True)
    before = view.at(row.account).earlier.get(row.instrument)
    if before is None or not ZERO < before.bid <= before.ask:
        return None
    low, high = sorted((price, _met(row.side, before)))
    long = row.side is Side.BUY
    return Seen(price, high if long else low, low if long else high, trusted=False)


def _met(side: Side, quote: Quote) -> Decimal:
    return quote.bid if side is Side.BUY else quote.ask


def is_profit(level: Decimal, row: PlanRow, price: Decimal) -> bool:
    """Say whether a price has reached a level on the side of the profit."""
    return is_reached(level, row.side.opposite, price)


def is_native(state: State, row: PlanRow) -> bool:
    """Say whether the stop of a protection belongs at the venue."""
    if is_hedging(state, row.account):
        return False  # there a stop would have to follow each ticket: the bridge keeps it
    kinds = abilities_of(state, row.account).order_types
    return row.stop is not None and row.fired != FAILED and OrderType.STOP in kinds


def links(state: State, row: PlanRow) -> bool:
    """Say whether the targets of a protection stand at the venue, linked with its stop. Only where
    one stop can follow the share: of a group the largest order says how much it closes. Only where
    the venue keeps reduce-only: new terms of the stop say a whole size, so those that cross the cut
    by a target on their way take it back, and nobody else keeps it from opening a position. A stop
    that was placed in no group, and was taken over, is linked with nothing."""
    able = abilities_of(state, row.account)
    follows = able.linked_legs and able.replace and able.reduce_only
    if not follows or OrderType.LIMIT not in able.order_types:
        return False
    if row.stiff or row.failed or not is_native(state, row):
        return False
    return all(order.group for order in stops_in(legs_of(state, row.key)))


def open_of(state: State, row: PlanRow, instrument: Instrument) -> Decimal:
    """Return how much of a share nothing stands for that could close it: what the bridge closes
    itself when the price is there. An exit that waits for a price of its own does not close it, nor
    may a stop in doubt."""
    side = row.side.opposite
    legs = legs_of(state, row.key, side)
    stops = sure(state, row.key, stops_in(legs))
    out = leaves_of(stops) + exits_of(state, row.key, side)
    out -= leaves_of(waiting_exits(state, row.key, side))
    if row.failed or not links(state, row):
        out += leaves_of(targets_in(legs))
    return instrument.quantity_cut(max(ZERO, abs(share_of(state, row.key)) - out))


def uncalled(row: PlanRow, instrument: Instrument) -> tuple[Decimal, ...]:
    """Return how much of each target is not closed, nor about to be."""
    whole = parts(row.largest, tuple(target.share for target in row.targets), instrument)
    return tuple(
        max(ZERO, part - max(target.called, target.filled))
        for part, target in zip(whole, row.targets, strict=True)
    )


class Reached(NamedTuple):
    """A level that the bridge keeps and that the price has reached. ``target``: its index;
    ``None``: the stop."""

    target: int | None
    level: Decimal
    quantity: Decimal


def reached(state: State, row: PlanRow, instrument: Instrument, look: Seen) -> list[Reached]:
    """Find the kept levels that the price has reached: the stop, else targets, nearest first."""
    if row.fired:
        return []
    if row.stop is not None and is_reached(row.stop, row.side, look.at_stop):
        quantity = open_of(state, row, instrument)
        return [Reached(None, row.stop, quantity)] if quantity else []
    if not row.targets or links(state, row):
        return []
    left = abs(share_of(state, row.key)) - called_of(row)
    found: list[Reached] = []
    for index, quantity in enumerate(uncalled(row, instrument)):
        level = row.targets[index].price
        if not is_profit(level, row, look.at_target):
            continue
        part = instrument.quantity_cut(min(quantity, left))
        if part:
            left -= part
            found.append(Reached(index, level, part))
    return found


def called_of(row: PlanRow) -> Decimal:
    """Return how much the bridge is closing, for targets or because it should not be there, and is
    not filled yet."""
    called = sum((max(ZERO, target.called - target.filled) for target in row.targets), ZERO)
    return called + row.surplus


class Move(NamedTuple):
    """Where a stop goes, and why."""

    stop: Decimal
    cause: str


def moved(row: PlanRow, instrument: Instrument, price: Decimal, now: int) -> Move | None:
    """Say where a stop goes by a price that is trusted; ``None``: it stays."""
    if row.fired:
        return None
    even = _to_entry(row, price)
    trail = _trailing(row, instrument, price)
    if even is None and trail is None:
        return None
    if even is not None and not row.break_even_done:
        # Once: what a trailing stop has passed already is done by being passed.
        stop = nearer(nearer(row.stop, even, row.side), trail, row.side)
        return Move(stop or even, "break_even")
    if trail is None or now - row.moved_ns < MOVE_EVERY_NS:
        return None
    return Move(trail, "trail")


def _to_entry(row: PlanRow, price: Decimal) -> Decimal | None:
    after = row.break_even_after
    if after is None or row.break_even_done or not is_profit(after, row, price):
        return None
    return row.break_even_to


def _trailing(row: PlanRow, instrument: Instrument, price: Decimal) -> Decimal | None:
    """Return where a trailing stop goes, when that is far enough to be worth it."""
    if row.trail is None:
        return None
    armed = row.trail_after is None or _is_armed(row)
    if not armed and not is_profit(row.trail_after or ZERO, row, price):
        return None
    stop = trailed(row.trail, row.side, price, instrument)
    if row.stop is None:
        return stop
    step = max(instrument.tick, row.trail / MOVE_PART)
    return stop if row.side.sign * (stop - row.stop) >= step else None


def _is_armed(row: PlanRow) -> bool:
    """Say whether a price that waited for its profit was there once."""
    after, best = row.trail_after, row.best
    return after is not None and best is not None and is_profit(after, row, best)


def concerns(state: State, view: View, name: str, now: int) -> bool:
    """Say whether the newest quote of an instrument reaches or moves a level, or makes a rest worth
    closing or not."""
    for key in state.plans_at.get(name, ()):
        row, instrument = state.plans[key], tradable(state, key[0], name)
        if instrument is None:
            return False
        if price_due(state, view, key[:2], now) is not None:
            return True
        look = seen(state, view, row, instrument, now=now)
        if look is None:
            continue
        if look.trusted and moved(row, instrument, look.price, now) is not None:
            return True
        if reached(state, row, instrument, look):
            return True
    return False
