"""What the fields of one order say together: a limit has a price, a position can be reached.

Rules of this file
1. Each field has been read by itself before; nothing is parsed here.
2. What contradicts itself is refused. Which half of it was meant is not for a bridge to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from adapters.tradingview.reading import Fault
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

_SIGN: Final = {Hint.LONG: 1, Hint.FLAT: 0, Hint.SHORT: -1}


def check(values: dict[str, Any], example: Example) -> None:
    """Refuse fields that do not go together."""
    for name in ("strategy", "action"):
        if name not in values:
            raise Fault("field_missing", name, limit=example(name))
    action: Action = values["action"]
    order_type: OrderType = values.get("order_type", OrderType.MARKET)
    if action is Action.CANCEL:
        for name in ("quantity", "quantity_unit"):
            if name in values:
                raise Fault("quantity_not_allowed", name)
    elif "symbol" not in values:
        raise Fault("field_missing", "symbol", limit=example("symbol"))
    if action in (Action.EXIT, Action.CANCEL):
        _check_exit(action, order_type, values.get("effect", Effect.AUTO))
    if "quantity_unit" in values and "quantity" not in values:
        unit = values["quantity_unit"]
        raise Fault("unit_without_quantity", "quantity_unit", unit, example("quantity"))
    _check_prices(order_type, values, example)
    if "position" in values or "prev_position" in values:
        _check_positions(action, values)


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
    if action is Action.CANCEL:
        return
    if action is Action.EXIT:
        fine = _exit_can(before, after, partial="quantity" in values)
    else:
        sign = 1 if action is Action.BUY else -1
        start = None if before is None else _SIGN[before] * sign
        end = None if after is None else _SIGN[after] * sign
        fine = _order_can(effect, start, end)
    if not fine:
        said = f"{before or 'anything'} to {after or 'anything'}"
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


def _exit_can(before: Hint | None, after: Hint | None, *, partial: bool) -> bool:
    if after is None or after is Hint.FLAT:
        return True
    return partial and before in (None, after)
