"""The levels of an alert: where its position is to be protected, and whether that can be.

Rules of this file
1. The form is flat, so that every number can be a placeholder. Targets are one text:
   ``"102;104:50"`` is a target at 102 and one at 104 that closes 50 %.
2. One unit holds for all numbers of a group. With the unit ``price``, what is a place is a price,
   and what is a distance is counted in price.
3. A message that makes a position smaller needs no levels, and those of it are not read.
4. A level is compared with the message's own price only where the message says that it opens a
   position; else it is for the account to know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from adapters.tradingview.numbers import positive
from adapters.tradingview.reading import Fault
from adapters.tradingview.redaction import masked
from core.levels import TARGETS_MAX, BreakEven, Level, LevelUnit, Protection, Target, Trail
from core.money import plain, total
from core.orders import PRICED, TRIGGERED, OrderType
from core.signals import Action, Effect, Hint, QuantityUnit

Example = Callable[[str], str]

GROUPS: Final = {
    "stop_unit": "stop",
    "target_unit": "targets",
    "trail_after": "trail",
    "trail_unit": "trail",
    "break_even_offset": "break_even",
    "break_even_unit": "break_even",
}
"""What means nothing without the field beside it."""

NUMBERS: Final = (*dict.fromkeys(GROUPS.values()), *GROUPS)
"""Every field about levels."""

NAMES: Final = frozenset(NUMBERS)
"""The same, to look a name up."""

_FIELDS: Final = ("stop", "targets", "trail", "break_even")

RISKS: Final = (QuantityUnit.RISK_QUOTE, QuantityUnit.RISK_PERCENT)
"""Sizes that are worked out from the distance to the stop."""

Aims = tuple[tuple[Decimal, Decimal | None], ...]
"""The number and the share of each target."""


def reduces(message: Mapping[str, Any]) -> bool:
    """Say whether a message says of itself that it makes a position smaller.

    A strategy sends its exits in the same words as its entries. What it plots as a stop may be NaN
    by then, and is no reason to refuse an exit.
    """
    after = str(message.get("position", "")).lower()
    action = str(message.get("action", "")).lower()
    return after == Hint.FLAT or (action, after) in (("sell", Hint.LONG), ("buy", Hint.SHORT))


def aims(field: str, value: str, example: str) -> Aims:
    """Read targets: numbers separated by ``;``, each perhaps with ``:`` and its share in
    percent."""
    pieces = value.split(";")
    if len(pieces) > TARGETS_MAX:
        raise Fault("targets_many", field, str(len(pieces)), str(TARGETS_MAX))
    made: list[tuple[Decimal, Decimal | None]] = []
    for piece in pieces:
        level, colon, share = piece.partition(":")
        if not level or (colon and not share) or ":" in share:
            raise Fault("targets_form", field, masked(value), example)
        number = positive(field, level, example)
        made.append((number, positive(field, share, example) if colon else None))
    return tuple(made)


def protection_of(values: dict[str, Any]) -> Protection | None:
    """Make what the fields say about protection, ``None`` when they say nothing."""
    if NAMES.isdisjoint(values) or not any(name in values for name in _FIELDS):
        return None
    stop, trail, even = values.get("stop"), values.get("trail"), values.get("break_even")
    target_unit = values.get("target_unit", LevelUnit.PRICE)
    return Protection(
        stop=None if stop is None else _level(values, "stop", "stop_unit"),
        targets=tuple(
            Target(level=Level(value=number, unit=target_unit), share=share)
            for number, share in values.get("targets", ())
        ),
        trail=None
        if trail is None
        else Trail(
            distance=_distance(values, "trail", "trail_unit"),
            after=_level(values, "trail_after", "trail_unit") if "trail_after" in values else None,
        ),
        break_even=None
        if even is None
        else BreakEven(
            after=_level(values, "break_even", "break_even_unit"),
            offset=_distance(values, "break_even_offset", "break_even_unit")
            if "break_even_offset" in values
            else None,
        ),
    )


def _level(values: dict[str, Any], name: str, unit: str) -> Level:
    return Level(value=values[name], unit=values.get(unit, LevelUnit.PRICE))


def _distance(values: dict[str, Any], name: str, unit: str) -> Level:
    level = _level(values, name, unit)
    if level.unit is not LevelUnit.PRICE:
        return level
    return Level(value=level.value, unit=LevelUnit.OFFSET)


# --- what goes together ---------------------------------------------------------------------------


def check(values: dict[str, Any], example: Example) -> None:
    """Refuse levels that do not go with each other, with the action, or with the price."""
    leveled = not NAMES.isdisjoint(values)
    if leveled:
        for name, beside in GROUPS.items():
            if name in values and beside not in values:
                raise Fault("level_missing", name, limit=example(beside))
    if "quantity_unit" in values:
        _check_unit(values)
    if values.get("quantity_unit") in RISKS and "stop" not in values and "trail" not in values:
        raise Fault("size_needs_stop", "quantity_unit", values["quantity_unit"], example("stop"))
    named = [name for name in _FIELDS if name in values] if leveled else ()
    if not named:
        return
    action: Action = values["action"]
    if action in (Action.EXIT, Action.CANCEL) or values.get("effect") is Effect.CLOSE:
        raise Fault("levels_not_allowed", named[0], limit=action)
    if values.get("stop_unit") is LevelUnit.RISK:
        raise Fault("stop_by_risk", "stop_unit", LevelUnit.RISK, example("stop_unit"))
    needs = next((name for name in _UNITS if values.get(name) is LevelUnit.RISK), None)
    if needs is not None and "stop" not in values and "trail" not in values:
        raise Fault("size_needs_stop", needs, LevelUnit.RISK, example("stop"))
    shares = [share for _, share in values.get("targets", ()) if share is not None]
    whole = total(*shares)
    if whole > 100 or (whole == 100 and len(shares) < len(values["targets"])):
        raise Fault("targets_shares", "targets", plain(whole), example("targets"))
    _check_sides(values)


def _check_unit(values: dict[str, Any]) -> None:
    """Refuse a unit in which what the message does for certain cannot be counted."""
    unit: QuantityUnit = values["quantity_unit"]
    closes = values["action"] is Action.EXIT or values.get("effect") is Effect.CLOSE
    if closes and values.get("position") is not Hint.FLAT:
        if unit not in _OF_EXITS:
            raise Fault("unit_not_allowed", "quantity_unit", unit, "what an exit closes")
    elif unit is QuantityUnit.POSITION_PERCENT and (
        values["action"] is Action.TARGET or values.get("effect") is Effect.OPEN
    ):
        raise Fault("unit_not_allowed", "quantity_unit", unit, "what opens a position")


_OF_EXITS: Final = (QuantityUnit.UNITS, QuantityUnit.POSITION_PERCENT)

_UNITS: Final = ("target_unit", "trail_unit", "break_even_unit")


def _check_sides(values: dict[str, Any]) -> None:
    """Refuse a price on the wrong side of the price at which the message would enter. Levels of the
    order itself (``own_levels``) are on its side, whatever it does to a position."""
    sign, entry = opens(values), _entry(values)
    if values.get("own_levels"):
        sign = {Action.BUY: 1, Action.SELL: -1}.get(values["action"], sign)
    stop = values.get("stop")
    if sign and entry is None:
        _check_apart(values, sign, stop)
    if not sign or entry is None:
        return
    if stop is not None and _is_price(values, "stop_unit") and sign * (entry - stop) <= 0:
        raise Fault("stop_contradicts_price", "stop", plain(stop), plain(entry))
    gains = {
        "targets": ("target_unit", [number for number, _ in values.get("targets", ())]),
        "trail_after": ("trail_unit", [values.get("trail_after")]),
        "break_even": ("break_even_unit", [values.get("break_even")]),
    }
    for name, (unit, numbers) in gains.items():
        for number in numbers:
            if number is not None and _is_price(values, unit) and sign * (number - entry) <= 0:
                raise Fault("target_contradicts_price", name, plain(number), plain(entry))


def _check_apart(values: dict[str, Any], sign: int, stop: Decimal | None) -> None:
    """Refuse a stop beyond a target: whatever the price is, one of them is on the wrong side."""
    prices = _is_price(values, "stop_unit") and _is_price(values, "target_unit")
    if stop is None or not prices:
        return
    for number, _ in values.get("targets", ()):
        if sign * (number - stop) <= 0:
            raise Fault("stop_contradicts_target", "stop", plain(stop), plain(number))


def _is_price(values: dict[str, Any], unit: str) -> bool:
    return values.get(unit, LevelUnit.PRICE) is LevelUnit.PRICE


def opens(values: dict[str, Any]) -> int:
    """Say on which side a message opens a position for certain: 1 long, -1 short, 0 not certain."""
    action: Action = values["action"]
    if action is Action.TARGET:
        wanted = values.get("target_position")
        if wanted is not None:
            return (wanted > 0) - (wanted < 0)
        return {Hint.LONG: 1, Hint.SHORT: -1}.get(values["position"], 0)
    side = {Action.BUY: 1, Action.SELL: -1}.get(action, 0)
    after = {Hint.LONG: 1, Hint.SHORT: -1}.get(values.get("position", Hint.FLAT), 0)
    return side if after == side or values.get("effect") is Effect.OPEN else 0


def _entry(values: dict[str, Any]) -> Decimal | None:
    order_type: OrderType = values.get("order_type", OrderType.MARKET)
    if order_type in PRICED:
        return values["price"]
    if order_type in TRIGGERED:
        return values["trigger"]
    return values.get("signal_price", values.get("price"))
