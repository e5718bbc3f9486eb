"""What the fields of one order say together: a limit has a price, a position can be reached.

Rules of this file
1. Each field has been read by itself before; nothing is parsed here.
2. What contradicts itself is refused. Which half of it was meant is not for a bridge to say.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from adapters.tradingview import levels
from adapters.tradingview.reading import Fault
from core.money import ZERO, plain
from core.orders import OrderType
from core.signals import Action, Effect, Hint

Example = Callable[[str], str]
"""Gives, for the name of a field, the piece of template that is right."""

_NEEDS: Final = {
    OrderType.MARKET: (False, False),
    OrderType.LIMIT: (True, False),
    OrderType.STOP: (False, True),
    OrderType.STOP_LIMIT: (True, True),
}
"""Whether an order type needs ``price`` and ``trigger``. A price that is not needed informs."""

_ORDERED: Final = (
    *("quantity", "quantity_unit", "effect", "reduce_only", "order_type", "trigger"),
    "target_position",
)
"""Fields that only an order has. Prices and positions inform, also in a heartbeat."""

_POSITIONS: Final = frozenset(
    ("position", "prev_position", "position_size", "prev_position_size", "target_position")
)
"""Fields about positions: most messages have none."""

_SIGN: Final = {Hint.LONG: 1, Hint.FLAT: 0, Hint.SHORT: -1}


def check(values: dict[str, Any], example: Example) -> None:
    """Refuse fields that do not go together."""
    if "strategy" not in values or "action" not in values:
        name = "action" if "strategy" in values else "strategy"
        raise Fault("field_missing", name, limit=example(name))
    action: Action = values["action"]
    order_type: OrderType = values.get("order_type", OrderType.MARKET)
    if action is Action.HEARTBEAT:
        _check_heartbeat(values)
    elif action is Action.CANCEL:
        for name in ("quantity", "quantity_unit"):
            if name in values:
                raise Fault("quantity_not_allowed", name)
    elif "symbol" not in values:
        raise Fault("field_missing", "symbol", limit=example("symbol"))
    _check_target(action, values, example)
    if action not in (Action.BUY, Action.SELL):
        _check_exit(action, order_type, values.get("effect", Effect.AUTO))
    if "reduce_only" in values:
        _take_reduce_only(action, values)
    if "quantity_unit" in values and not {"quantity", "target_position"} & set(values):
        unit = values["quantity_unit"]
        raise Fault("unit_without_quantity", "quantity_unit", unit, example("quantity"))
    _check_prices(order_type, values, example)
    if not _POSITIONS.isdisjoint(values):
        if "position" in values or "prev_position" in values:
            _check_positions(action, values)
        _check_sizes(values)
    levels.check(values, example)


def _check_heartbeat(values: dict[str, Any]) -> None:
    """Refuse a heartbeat with what only an order has: somebody meant an order."""
    for name in (*_ORDERED, *levels.NUMBERS):
        if name in values:
            raise Fault("heartbeat_with_order", name)


def _check_target(action: Action, values: dict[str, Any], example: Example) -> None:
    """Refuse a target without the position that is wanted, and one beside another action."""
    if action is not Action.TARGET:
        if "target_position" in values:
            right = '"action": "target"'
            raise Fault("target_position_not_allowed", "target_position", action, right)
        return
    if "quantity" in values:
        raise Fault("target_quantity", "quantity", limit=example("target_position"))
    if "target_position" not in values and "position" not in values:
        raise Fault("field_missing", "target_position", limit=example("target_position"))


def _take_reduce_only(action: Action, values: dict[str, Any]) -> None:
    """Take ``reduce_only`` for the effect that it is another word for."""
    effect: Effect = values.get("effect", Effect.AUTO)
    only: bool = values["reduce_only"]
    fine = action in (Action.BUY, Action.SELL) or (action is Action.EXIT and only)
    if not fine or effect is (Effect.OPEN if only else Effect.CLOSE):
        said = action if effect is Effect.AUTO else f"{action} with effect {effect}"
        raise Fault("effect_not_allowed", "reduce_only", "true" if only else "false", said)
    if only and action is not Action.EXIT:
        values["effect"] = Effect.CLOSE


def _check_sizes(values: dict[str, Any]) -> None:
    """Refuse a size of a position that its direction contradicts: flat is zero, and only a short
    one may have a sign."""
    for name in ("position", "prev_position"):
        size: Decimal | None = values.get(f"{name}_size")
        if size is None:
            continue
        hint: Hint | None = values.get(name)
        fine = hint is not None and (hint is Hint.FLAT) == (size == ZERO)
        if not fine or (size < ZERO and hint is not Hint.SHORT):
            said, beside = plain(size), f"{name} {hint or 'that is missing'}"
            raise Fault("position_size_contradicts", f"{name}_size", said, beside)
    wanted: Decimal | None = values.get("target_position")
    after: Hint | None = values.get("position")
    if (
        wanted is not None
        and after is not None
        and (wanted > ZERO) - (wanted < ZERO) != _SIGN[after]
    ):
        raise Fault(
            "position_size_contradicts", "target_position", plain(wanted), f"position {after}"
        )


def _check_exit(action: Action, order_type: OrderType, effect: Effect) -> None:
    if order_type is not OrderType.MARKET:
        raise Fault("exit_order_type", "order_type", order_type, f"the action {action}")
    closes = effect is Effect.CLOSE and action is Action.EXIT
    if effect is not Effect.AUTO and not closes:
        raise Fault("effect_not_allowed", "effect", effect, action)


def _check_prices(order_type: OrderType, values: dict[str, Any], example: Example) -> None:
    price, trigger = _NEEDS[order_type]
    if price and "price" not in values:
        raise Fault("price_missing", "price", order_type, example("price"))
    if trigger and "trigger" not in values:
        raise Fault("trigger_missing", "trigger", order_type, example("trigger"))
    if not trigger and "trigger" in values:
        right = '"order_type": "stop"' if order_type is OrderType.MARKET else ""
        right = right or '"order_type": "stop_limit"'
        raise Fault("trigger_not_allowed", "trigger", order_type, right)


def _check_positions(action: Action, values: dict[str, Any]) -> None:
    """Refuse positions before and after the order that the order cannot lead to.

    A reversal by a buy or a sell is possible, and so it is read; whether it is done is not decided
    here.
    """
    before: Hint | None = values.get("prev_position")
    after: Hint | None = values.get("position")
    effect: Effect = values.get("effect", Effect.AUTO)
    if action in (Action.CANCEL, Action.TARGET, Action.HEARTBEAT):
        return
    if action is Action.EXIT:
        fine = _exit_can(before, after, partial="quantity" in values)
    else:
        sign = 1 if action is Action.BUY else -1
        start = None if before is None else _SIGN[before] * sign
        end = None if after is None else _SIGN[after] * sign
        fine = _order_can(effect, start, end)
    said = f"{before or 'anything'} to {after or 'anything'}"
    backwards = _backwards(action, values) if before is after else ""
    if backwards or not fine:
        said = backwards or said
        does = action if effect is Effect.AUTO else f"{action} with effect {effect}"
        name = "position" if after is not None else "prev_position"
        raise Fault("position_contradicts_action", name, said, does)


def _order_can(effect: Effect, before: int | None, after: int | None) -> bool:
    """Say whether an order leads from a position to another; both counted in its own direction."""
    if effect is Effect.OPEN:
        return after is None or after == 1
    if effect is Effect.CLOSE:
        return before in (None, -1) and after in (None, -1, 0)
    return before is None or after is None or (after >= before and (before, after) != (0, 0))


def _backwards(action: Action, values: dict[str, Any]) -> str:
    """Tell of a buy that makes a long position smaller, or a short one larger, and of such a sell.
    An equal size is that of several orders in one moment."""
    earlier: Decimal | None = values.get("prev_position_size")
    size: Decimal | None = values.get("position_size")
    if earlier is None or size is None or action not in (Action.BUY, Action.SELL):
        return ""
    held: Hint = values["position"]
    change = abs(size) - abs(earlier)
    if change == ZERO or (change > ZERO) is ((held is Hint.LONG) is (action is Action.BUY)):
        return ""
    return f"{held} {plain(abs(earlier))} to {held} {plain(abs(size))}"


def _exit_can(before: Hint | None, after: Hint | None, *, partial: bool) -> bool:
    if after is None or after is Hint.FLAT:
        return True
    return partial and before in (None, after)
