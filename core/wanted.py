"""Wanted: how much the legs of one share should close at the venue.

Rules of this file
1. Together with what closes otherwise it is never more than the share.
2. What the venue would not take, as it is too small or worth too little, is not wanted there: the
   bridge keeps the level, and what stands there already stays.
"""

from __future__ import annotations

from decimal import Decimal

from core.instruments import Instrument
from core.legs import (
    exits_of,
    is_free,
    is_market,
    leaves_of,
    legs_of,
    share_of,
    stops_in,
    targets_in,
)
from core.leveling import parts
from core.money import ZERO
from core.orders import Order
from core.plan_rows import STOP, SURPLUS, PlanRow
from core.smallest import is_worth
from core.state import State
from core.watching import called_of, is_native, links


def reserved(state: State, row: PlanRow) -> Decimal:
    """Return how much of a share its legs have to leave to what closes it otherwise."""
    due = called_of(row)
    if is_free(state, row.key):
        return due
    side = row.side.opposite
    legs = [order for order in legs_of(state, row.key, side) if is_market(order)]
    # What this protection called is in both; what a former one called is on its way alone.
    targets = leaves_of(one for one in legs if one.leg != STOP and is_of(one, row))
    return due + exits_of(state, row.key, side) - targets


def is_of(order: Order, row: PlanRow) -> bool:
    """Say whether a leg was made for this protection; a surplus outlives the one it began under."""
    return order.plan == row.number or order.leg == SURPLUS


def stop_wanted(state: State, row: PlanRow, instrument: Instrument) -> Decimal:
    """Return how much the stop at the venue should close: what is open and not about to be closed.
    It has to be worth enough at its own price, too."""
    if not is_native(state, row):
        return ZERO
    left = max(ZERO, abs(share_of(state, row.key)) - reserved(state, row))
    at = row.stop if row.stop is not None else ZERO
    wanted = instrument.quantity_cut(left)
    if wanted and is_worth(state, row.account, instrument, instrument.value(wanted, at)):
        return wanted
    # Nothing worth so little goes there. What stands there is good, where it is not too much.
    most = state.facts.setup.instruments[row.instrument].quantity_cut(left)
    stands = leaves_of(stops_in(legs_of(state, row.key, row.side.opposite)))
    return stands if stands <= most else ZERO


def targets_wanted(state: State, row: PlanRow, instrument: Instrument) -> tuple[Decimal, ...]:
    """Return how much each target at the venue should close, the first ones first. Targets of a
    former protection may still fill until their end is proven."""
    if row.fired or not links(state, row):
        return tuple(ZERO for _ in row.targets)
    former = [one for one in targets_in(legs_of(state, row.key)) if one.plan != row.number]
    left = max(ZERO, abs(share_of(state, row.key)) - reserved(state, row) - leaves_of(former))
    wanted: list[Decimal] = []
    whole = parts(row.largest, tuple(target.share for target in row.targets), instrument)
    for part, target in zip(whole, row.targets, strict=True):
        quantity = instrument.quantity_cut(min(left, max(ZERO, part - target.filled)))
        left -= quantity
        wanted.append(quantity)
    return tuple(wanted)
