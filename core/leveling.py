"""Leveling: what the levels of a signal are as prices of what is traded.

Rules of this file
1. Pure functions of the levels and of what is known at the entry. ``admitted`` refuses; what it let
   pass ``levels_at`` can place at every entry price.
2. Every price is on the tick, rounded towards the entry: a stop never risks more than was asked, a
   target is never further away.
3. What was refused has a code and its facts; nothing is guessed, nothing is left out.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final, NamedTuple, assert_never

import msgspec

from core.instruments import Instrument
from core.levels import (
    TARGETS_MAX,
    BreakEven,
    Level,
    LevelsMode,
    LevelUnit,
    Protection,
    Target,
    Trail,
)
from core.money import ZERO, ceil_to, floor_to, plain, ratio, round_to, shown
from core.orders import Side

WHOLE: Final = Decimal(100)
"""Percent of a position that its targets may close together."""

PLACES: Final = 8
"""Fraction digits of a worked-out price in words."""


class Levels(NamedTuple):
    """The levels of one position as prices, and as the distance that a trailing stop keeps.

    ``stop``: where the stop is at the entry. It is the nearer of a fixed and a trailing one;
    ``None``: none, or a trailing one that waits for ``trail_after``. ``shares``: percent of the
    largest position that each target closes. ``trail_after`` and ``break_even_after`` are prices
    that are reached with profit, ``break_even_to`` is where the stop goes then.
    """

    stop: Decimal | None = None
    targets: tuple[Decimal, ...] = ()
    shares: tuple[Decimal, ...] = ()
    trail: Decimal | None = None
    trail_after: Decimal | None = None
    break_even_after: Decimal | None = None
    break_even_to: Decimal | None = None


class Unlevelled(NamedTuple):
    """No price follows from a level: the code and its facts."""

    code: str
    value: str = ""
    limit: str = ""


class _Entry(NamedTuple):
    """Where the entry is, and what one risk is there."""

    instrument: Instrument
    sign: int
    price: Decimal
    risk: Decimal | None


def admitted(
    protection: Protection,
    *,
    instrument: Instrument,
    side: Side,
    entry: Decimal,
    mode: LevelsMode = LevelsMode.ABSOLUTE,
    signal_price: Decimal | None = None,
) -> Protection | Unlevelled:
    """Return the levels that hold for an entry on ``side`` near ``entry``, or why there are none.

    With offsets from the signal's price they come back as distances: from then on neither the mode
    nor the price of the signal is needed.
    """
    wrong = _unsound(protection)
    if wrong is not None:
        return wrong
    if mode is LevelsMode.OFFSET_FROM_SIGNAL_PRICE and is_absolute(protection):
        if signal_price is None or signal_price <= ZERO:
            return Unlevelled("signal_price_missing", plain(signal_price or ZERO), str(mode))
        protection = _as_distances(protection, side.sign, signal_price)
    levels = levels_at(protection, instrument, side, entry)
    if isinstance(levels, Unlevelled):
        return levels
    return _misplaced(protection, levels, _entry(protection, instrument, side, entry)) or protection


def levels_at(
    protection: Protection, instrument: Instrument, side: Side, entry: Decimal
) -> Levels | Unlevelled:
    """Work out the prices of levels for a position that was entered at ``entry``.

    A price below the first tick is that tick. An absolute level may be on the wrong side of the
    price at which the entry was filled in the end: then it is reached already. It fails only for
    what ``admitted`` refuses, so only when the configuration changed since.
    """
    at = _entry(protection, instrument, side, entry)
    lacking = _lacking(protection, at)
    if lacking is not None:
        return lacking
    tick, stop, trail = instrument.tick, None, protection.trail
    if protection.stop is not None:
        stop = _away(protection.stop, at, -1, up=side is Side.BUY)
    distance = trail_after = None
    if trail is not None:
        distance = max(tick, floor_to(_distance(trail.distance, at), tick))
        if trail.after is not None:
            trail_after = _away(trail.after, at, 1, up=side is Side.SELL)
        else:
            stop = nearer(stop, trailed(distance, side, entry, instrument), side)
    after = to = None
    if protection.break_even is not None:
        after, to = _break_even(protection.break_even, at, up=side is Side.BUY)
    return Levels(
        stop=stop,
        targets=tuple(
            _away(target.level, at, 1, up=side is Side.SELL) for target in protection.targets
        ),
        shares=shares(protection),
        trail=distance,
        trail_after=trail_after,
        break_even_after=after,
        break_even_to=to,
    )


def trailed(distance: Decimal, side: Side, best: Decimal, instrument: Instrument) -> Decimal:
    """Return where a stop is that trails a position on ``side`` whose best price was ``best``."""
    raw = best - side.sign * distance
    return _on_tick(raw, instrument.tick, up=side is Side.BUY)


def nearer(stop: Decimal | None, other: Decimal | None, side: Side) -> Decimal | None:
    """Return the stop that is hit first: for a long the higher one."""
    if stop is None or other is None:
        return other if stop is None else stop
    return max(stop, other) if side is Side.BUY else min(stop, other)


def is_reached(level: Decimal, side: Side, price: Decimal) -> bool:
    """Say whether a price that falls to ``level`` for a long position, or rises to it for a short
    one, is there: what its stop asks."""
    return price <= level if side is Side.BUY else price >= level


def shares(protection: Protection) -> tuple[Decimal, ...]:
    """Return the percent of the position that each target closes, in the order of the targets."""
    given = sum((t.share for t in protection.targets if t.share is not None), ZERO)
    open_ = sum(target.share is None for target in protection.targets)
    each = ratio(max(ZERO, WHOLE - given), Decimal(open_)) if open_ else ZERO
    return tuple(each if t.share is None else t.share for t in protection.targets)


def parts(
    quantity: Decimal, percents: tuple[Decimal, ...], instrument: Instrument
) -> tuple[Decimal, ...]:
    """Cut a position into what each target closes; together never more than it, and all of it
    where they are all of it. A part below the smallest order goes to the next one."""
    made: list[Decimal] = []
    given = asked = ZERO
    for number, percent in enumerate(percents):
        asked += percent
        last = number == len(percents) - 1
        # A third of everything, three times, is everything: shares are cut after many digits.
        up_to = quantity if last and WHOLE - asked < _LOST else quantity * asked / WHOLE
        step = round_to(up_to, instrument.lot_step)
        up_to = step if abs(step - up_to) < _LOST else up_to
        part = instrument.quantity_cut(up_to - given)
        made.append(part)
        given += part
    return tuple(made)


_LOST: Final = Decimal("1e-20")
"""What the parts of a whole may lack by being cut."""


def is_absolute(protection: Protection) -> bool:
    """Say whether any level is a price, and so of the chart that the signal was made on."""
    return any(level.unit is LevelUnit.PRICE for level in _all(protection))


def _all(protection: Protection) -> tuple[Level, ...]:
    trail, even = protection.trail, protection.break_even
    named = (
        protection.stop,
        *(target.level for target in protection.targets),
        *((trail.distance, trail.after) if trail is not None else ()),
        *((even.after, even.offset) if even is not None else ()),
    )
    return tuple(level for level in named if level is not None)


# --- what no entry price would mend ---------------------------------------------------------------


def _unsound(protection: Protection) -> Unlevelled | None:
    """Refuse what means nothing, whatever the entry: a zero, a unit that a level cannot have."""
    for level in _all(protection):
        if level.value <= ZERO:
            return Unlevelled("level_not_positive", plain(level.value), str(level.unit))
    trail, even, stop = protection.trail, protection.break_even, protection.stop
    if stop is not None and stop.unit is LevelUnit.RISK:
        return Unlevelled("level_unit", str(stop.unit), "stop")
    if trail is not None and trail.distance.unit is LevelUnit.PRICE:
        return Unlevelled("level_unit", str(trail.distance.unit), "trail")
    if even is not None and even.offset is not None and even.offset.unit is LevelUnit.PRICE:
        return Unlevelled("level_unit", str(even.offset.unit), "break_even_offset")
    return _uneven(protection.targets)


def _uneven(targets: tuple[Target, ...]) -> Unlevelled | None:
    if len(targets) > TARGETS_MAX:
        return Unlevelled("targets_too_many", str(len(targets)), str(TARGETS_MAX))
    given = [target.share for target in targets if target.share is not None]
    total = sum(given, ZERO)
    nothing_left = len(given) < len(targets) and total >= WHOLE
    if total > WHOLE or nothing_left or any(share <= ZERO for share in given):
        return Unlevelled("target_shares", plain(total), plain(WHOLE))
    return None


def _lacking(protection: Protection, at: _Entry) -> Unlevelled | None:
    units = {level.unit for level in _all(protection)}
    if LevelUnit.PIPS in units and at.instrument.pip is None:
        return Unlevelled("pip_missing", "pips", at.instrument.name)
    if LevelUnit.RISK in units and at.risk is None:
        return Unlevelled("risk_needs_stop", str(LevelUnit.RISK))
    return None


def _as_distances(protection: Protection, sign: int, price: Decimal) -> Protection:
    """Turn absolute prices into distances from the signal's own price, wrong side negative."""

    def loss(level: Level) -> Level:
        return _distant(level, -sign, price)

    def gain(level: Level) -> Level:
        return _distant(level, sign, price)

    trail, even, stop = protection.trail, protection.break_even, protection.stop
    if trail is not None and trail.after is not None:
        trail = Trail(distance=trail.distance, after=gain(trail.after))
    if even is not None:
        even = BreakEven(after=gain(even.after), offset=even.offset)
    return Protection(
        stop=loss(stop) if stop is not None else None,
        targets=tuple(
            msgspec.structs.replace(target, level=gain(target.level))
            for target in protection.targets
        ),
        trail=trail,
        break_even=even,
    )


def _distant(level: Level, sign: int, price: Decimal) -> Level:
    if level.unit is not LevelUnit.PRICE:
        return level
    return Level(value=sign * (level.value - price), unit=LevelUnit.OFFSET)


# --- from a level to a price ----------------------------------------------------------------------


def _entry(protection: Protection, instrument: Instrument, side: Side, entry: Decimal) -> _Entry:
    """Say where the entry is, and what one risk is: from it to the stop, or the trailing one."""
    at, trail = _Entry(instrument, side.sign, entry, None), protection.trail
    first = protection.stop
    if first is None and trail is not None and trail.after is None:
        first = trail.distance
    if first is None or first.unit is LevelUnit.RISK:
        return at
    if first.unit is LevelUnit.PIPS and instrument.pip is None:
        return at
    return at._replace(risk=abs(entry - _raw(first, at, -1)))


def _distance(level: Level, at: _Entry) -> Decimal:
    """Return how far a level is from the entry in price, unrounded."""
    match level.unit:
        case LevelUnit.PRICE:
            return abs(level.value - at.price)
        case LevelUnit.OFFSET:
            return level.value
        case LevelUnit.PERCENT:
            return level.value * at.price / 100
        case LevelUnit.TICKS:
            return level.value * at.instrument.tick
        case LevelUnit.PIPS:
            assert at.instrument.pip is not None, "asked before"
            return level.value * at.instrument.pip
        case LevelUnit.RISK:
            assert at.risk is not None, "asked before"
            return level.value * at.risk
        case _:
            assert_never(level.unit)


def _raw(level: Level, at: _Entry, way: int) -> Decimal:
    """Return the price of a level unrounded; ``way``: -1 where the loss is, 1 where the profit."""
    if level.unit is LevelUnit.PRICE:
        return level.value
    return at.price + way * at.sign * _distance(level, at)


def _away(level: Level, at: _Entry, way: int, *, up: bool) -> Decimal:
    return _on_tick(_raw(level, at, way), at.instrument.tick, up=up)


def _on_tick(raw: Decimal, tick: Decimal, *, up: bool) -> Decimal:
    if raw <= tick:
        return tick
    return ceil_to(raw, tick) if up else floor_to(raw, tick)


def _break_even(even: BreakEven, at: _Entry, *, up: bool) -> tuple[Decimal, Decimal]:
    """Return when a stop goes to the entry, and where: never on the side of the loss."""
    beyond = _distance(even.offset, at) if even.offset is not None else ZERO
    to = _on_tick(at.price + at.sign * beyond, at.instrument.tick, up=up)
    return _away(even.after, at, 1, up=not up), to


def _misplaced(protection: Protection, levels: Levels, at: _Entry) -> Unlevelled | None:
    """Refuse a level that is on the wrong side of the entry, or not a tick away from it."""
    entry, sign = at.price, at.sign
    shown_entry = shown(entry, PLACES)
    stop = protection.stop
    if stop is not None and _raw(stop, at, -1) <= ZERO:
        return Unlevelled("level_not_positive", shown(_raw(stop, at, -1), PLACES), "stop")
    if levels.stop is not None and sign * (entry - levels.stop) <= ZERO:
        return Unlevelled("stop_wrong_side", plain(levels.stop), shown_entry)
    after = (levels.trail_after, levels.break_even_after)
    for target in (*levels.targets, *(price for price in after if price is not None)):
        if sign * (target - entry) <= ZERO:
            return Unlevelled("target_wrong_side", plain(target), shown_entry)
    for level in (target.level for target in protection.targets):
        if _raw(level, at, 1) <= ZERO:
            return Unlevelled("level_not_positive", shown(_raw(level, at, 1), PLACES), "target")
    to, reached = levels.break_even_to, levels.break_even_after
    if to is not None and reached is not None and sign * (reached - to) <= ZERO:
        return Unlevelled("break_even_beyond", plain(to), plain(reached))
    return None
