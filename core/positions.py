"""A position: quantity, average price, realized and open profit, fees. Netting.

Rules of this file
1. A position changes by a fill; what strangers or a person do to it moves it at its average price,
   so that no profit is invented.
2. Whatever the order of the fills, realized profit plus open profit is the cash that moved plus the
   worth of what is held.
3. A trade that is taken back is a fill the other way at the same price: quantities and cash agree
   again, and the split between realized and average price follows what is left.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core.money import ZERO
from core.orders import Side

_BUY: Final = Side.BUY
"""Named once: Python 3.11 takes long to look up a member of an enum, and each fill asks."""

EXTERNAL: Final = ""
"""Instead of a strategy: what the venue holds and none of ours owns. No strategy has this name."""


class Position(
    msgspec.Struct,
    frozen=True,
    gc=False,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """What one strategy holds of one instrument in one account, or nobody of ours (``EXTERNAL``).

    ``quantity`` is negative when short. ``average_price`` is zero when flat. ``realized`` is in the
    account's currency, before fees; ``fees`` are what was paid so far.
    """

    account: str
    instrument: str
    strategy: str
    quantity: Decimal = ZERO
    average_price: Decimal = ZERO
    realized: Decimal = ZERO
    fees: Decimal = ZERO
    multiplier: Decimal = Decimal(1)

    def open_profit(self, price: Decimal) -> Decimal:
        """Return the profit that closing everything at ``price`` would realize, before fees."""
        return (price - self.average_price) * self.quantity * self.multiplier


def after_fill(
    position: Position, side: Side, *, quantity: Decimal, price: Decimal, fee: Decimal = ZERO
) -> Position:
    """Apply one fill."""
    assert quantity > ZERO, "a fill has a quantity"
    delta = quantity if side is _BUY else -quantity
    held = position.quantity
    after = held + delta
    average, realized = position.average_price, position.realized
    if held == ZERO or (held > ZERO) == (delta > ZERO):
        average = (average * abs(held) + price * quantity) / abs(after)
    else:
        closed = min(abs(held), quantity)
        gain = (price - average) if held > ZERO else (average - price)
        realized += gain * closed * position.multiplier
        if after == ZERO:
            average = ZERO
        elif (after > ZERO) != (held > ZERO):
            average = price  # what went through flat was opened at this price
    return Position(
        account=position.account,
        instrument=position.instrument,
        strategy=position.strategy,
        quantity=after,
        average_price=average,
        realized=realized,
        fees=position.fees + fee,
        multiplier=position.multiplier,
    )


def after_move(position: Position, change: Decimal, price: Decimal) -> Position:
    """Make a position larger at ``price``, or smaller at its own price: nothing is realized."""
    held = position.quantity
    after = held + change
    average = position.average_price
    if after == ZERO:
        average = ZERO
    elif held == ZERO or (held > ZERO) != (after > ZERO):
        average = price or ZERO  # not told; a zero that was read is another one when it is written
    elif abs(after) > abs(held):
        average = (average * abs(held) + price * abs(change)) / abs(after)
    return msgspec.structs.replace(position, quantity=after, average_price=average)
