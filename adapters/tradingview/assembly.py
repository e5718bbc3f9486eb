"""The signal, put together from the fields of the native alert: every dialect ends here.

Rules of this file
1. A dialect turns its words into the native names and values, lets ``agreement.check`` judge them
   together, and then makes its signal here.
2. What a dialect did not set stays unset: nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from adapters.tradingview import agreement, levels
from adapters.tradingview.reading import Fault
from core.orders import OrderType
from core.signals import Effect, Signal

BATCH_MAX: Final = 16
"""Signals of one message: the bursts seen are 4 to 10 alerts, and one commit has to take them."""


def signal_of(values: dict[str, Any], example: Callable[[str], str]) -> Signal:
    """Judge the fields of one order together, and make its signal. Keys are those of
    ``native.FIELDS``, values what their readers give."""
    agreement.check(values, example)
    get = values.get
    return Signal(
        strategy=values["strategy"],
        action=values["action"],
        symbol=get("symbol", ""),
        id=get("id"),
        effect=get("effect", Effect.AUTO),
        quantity=get("quantity"),
        quantity_unit=get("quantity_unit"),
        order_type=get("order_type", OrderType.MARKET),
        price=get("price"),
        trigger=get("trigger"),
        time_ns=get("time"),
        position=get("position"),
        prev_position=get("prev_position"),
        comment=get("comment", ""),
        protection=levels.protection_of(values),
        target_position=get("target_position"),
        position_size=_size(get("position_size")),
        prev_position_size=_size(get("prev_position_size")),
        signal_price=get("signal_price"),
        sequence=get("sequence"),
        stream=get("stream", ""),
    )


def batch(signals: Sequence[Signal]) -> tuple[Signal, ...]:
    """Make a batch of signals; those that share an id are numbered, ``#1``, ``#2``, by place."""
    if not 1 <= len(signals) <= BATCH_MAX:
        raise Fault("batch_size", value=str(len(signals)), limit=str(BATCH_MAX))
    ids = [one.id for one in signals]
    return tuple(
        msgspec.structs.replace(one, id=f"{one.id}#{place}")
        if one.id is not None and ids.count(one.id) > 1
        else one
        for place, one in enumerate(signals, 1)
    )


def _size(number: Decimal | None) -> Decimal | None:
    """Take the sign off a position that says long or short beside it."""
    return None if number is None else abs(number)
