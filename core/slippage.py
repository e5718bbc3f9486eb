"""Slippage: how much worse than the price that was meant an order was filled, and where that was
lost.

Rules of this file
1. Positive is worse: a buy that paid more, a sell that got less.
2. The way has five points: the sender's price, the market's middle when the order was judged, sent
   and accepted, and the average price of its fills. A stage lies between two of them. A stage with
   an unknown end is unknown; what lies there is ``unsplit``, so that nothing is lost or invented.
3. In each unit the points are rounded, as distances from the first known one, and a stage is the
   difference of two: so stages and ``unsplit`` sum to the total exactly, whatever was rounded.
4. An order with a trigger is meant to be filled there, and a target at its price: before that the
   market says nothing about it, and the way there is the profit or the loss of the trade.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final

import msgspec

from core.instruments import Instrument
from core.money import ZERO, to_places
from core.orders import PRICED, TRIGGERED, Order, Purpose, Side
from core.signals import Signal


class Stage(StrEnum):
    """Where a price was lost: on the alert's way, in the bridge, on the wire, at the venue."""

    ALERT = "alert"
    BRIDGE = "bridge"
    WIRE = "wire"
    VENUE = "venue"


class Unit(StrEnum):
    """In what slippage is told."""

    PRICE = "price"
    TICKS = "ticks"
    BPS = "bps"
    MONEY = "money"


PLACES: Final = {Unit.PRICE: 10, Unit.TICKS: 4, Unit.BPS: 4, Unit.MONEY: 8}
"""Fraction digits of a distance: finer than a tick, a hundredth of a point and a cent."""
_TICKS, _BPS, _MONEY = PLACES[Unit.TICKS], PLACES[Unit.BPS], PLACES[Unit.MONEY]

_BPS_OF: Final = Decimal(10_000)
"""Basis points of a whole."""

_LEG: Final = Purpose.LEG
_SELL: Final = Side.SELL
"""Named once: Python 3.11 takes long to look up a member of an enum, and each fill asks."""

Points = tuple[Decimal | None, Decimal | None, Decimal | None, Decimal | None, Decimal | None]
"""The sender's price, the middle at arrival, sent and accepted, the average fill."""


class Split(msgspec.Struct, frozen=True, gc=False):
    """Slippage in one unit: each stage, ``None`` where an end is unknown; what lies in those; all.

    ``total`` is counted from the first known point.
    """

    stages: tuple[Decimal | None, ...]
    unsplit: Decimal
    total: Decimal


class Slippage(msgspec.Struct, frozen=True, gc=False):
    """What became of the price of one order. A unit is left out where it means nothing."""

    points: Points
    start: int
    """Which point is the first known one."""
    units: dict[Unit, Split]


def level_of(order: Order) -> Decimal | None:
    """Return the price at which an order is meant to be filled, however far the market is now."""
    if order.order_type in TRIGGERED:
        return order.trigger
    return order.price if order.purpose is _LEG and order.order_type in PRICED else None


def points_of(order: Order, content: Signal | None) -> Points:
    """Return the points of an order's way. ``content``: of its signal, if that is known."""
    filled = order.average_price
    level = level_of(order)
    if level is not None:
        return None, None, None, level, filled
    own = content.price if content is not None and order.order_type not in PRICED else None
    return own, order.reference, order.sent_reference, order.accepted_reference, filled


def slippage_of(order: Order, content: Signal | None, instrument: Instrument) -> Slippage | None:
    """Split the slippage of an order; ``None`` without a fill, or with nothing to compare it to."""
    points = points_of(order, content)
    start = first_known(points)
    if start is None:
        return None
    first = points[start]
    assert first is not None, "the first known point is known"
    away = [None if point is None else (point - first) * order.side.sign for point in points]
    units = {
        Unit.PRICE: _split(Unit.PRICE, away),
        Unit.TICKS: _split(Unit.TICKS, [_over(one, instrument.tick) for one in away]),
        Unit.MONEY: _split(Unit.MONEY, _money(order, away, first, instrument)),
    }
    if first:
        base = abs(first) / _BPS_OF
        units[Unit.BPS] = _split(Unit.BPS, [_over(one, base) for one in away])
    return Slippage(points, start, units)


class Totals(msgspec.Struct, frozen=True, gc=False):
    """How much worse in all than the first known point: the totals of ``slippage_of``."""

    ticks: Decimal
    bps: Decimal
    money: Decimal


def totals_of(order: Order, content: Signal | None, instrument: Instrument) -> Totals | None:
    """Return the totals of an order's slippage alone; ``None`` where they mean nothing."""
    points = points_of(order, content)
    start = first_known(points)
    first, last = (None, None) if start is None else (points[start], points[-1])
    if not first or last is None:
        return None
    away = last - first
    if order.side is _SELL:
        away = away.copy_negate()
    return Totals(
        to_places(away / instrument.tick, _TICKS),
        to_places(away / (abs(first) / _BPS_OF), _BPS),
        to_places(_paid(order, first, instrument), _MONEY),
    )


def first_known(points: Points) -> int | None:
    """Return the point from which slippage is counted; ``None`` when it cannot be."""
    if points[-1] is None:
        return None
    for at, point in enumerate(points):
        if point is not None:
            return at if at < len(points) - 1 else None
    return None


def _over(one: Decimal | None, by: Decimal) -> Decimal | None:
    return None if one is None else one / by


def _money(
    order: Order, away: list[Decimal | None], first: Decimal, instrument: Instrument
) -> list[Decimal | None]:
    """Turn distances into money. The last is of the fills themselves, not of their average."""
    size = order.filled * instrument.multiplier
    made = [None if one is None else one * size for one in away[:-1]]
    return [*made, _paid(order, first, instrument)]


def _paid(order: Order, first: Decimal, instrument: Instrument) -> Decimal:
    paid = order.notional - first * order.filled
    return (paid.copy_negate() if order.side is _SELL else paid) * instrument.multiplier


def _split(unit: Unit, away: list[Decimal | None]) -> Split:
    places = PLACES[unit]
    cut = [None if one is None else to_places(one, places) for one in away]
    stages = tuple(
        None if end is None or begin is None else end - begin for begin, end in pairwise(cut)
    )
    total = cut[-1]
    assert total is not None, "asked only of a filled order"
    known = sum((one for one in stages if one is not None), ZERO)
    return Split(stages, total - known, total)
