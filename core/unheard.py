"""Unheard fills: what orders in doubt may have done to a position, and so what only somebody else
can have done.

Rules of this file
1. A buy in doubt explains no smaller position, and a sell no larger one; either explains no more
   than it may still fill.
2. An order that its venue lets only close takes a position to flat at most, never through it.
3. What somebody else did is certain as far as every course of events has it in common. How much of
   what may only close was filled depends on what others held meanwhile: it counts here in full.
4. Numbers only: nothing here knows a state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from core.money import ZERO
from core.orders import Side


class Unheard(NamedTuple):
    """What orders may have bought and sold without our knowing it; ``closing``: what of it their
    venue lets only make the account's net position smaller."""

    buy: Decimal = ZERO
    sell: Decimal = ZERO
    buy_closing: Decimal = ZERO
    sell_closing: Decimal = ZERO


NOTHING: Final = Unheard()
"""No order is in doubt."""


class Share(NamedTuple):
    """What an owner holds by our books, and what its orders may have done to that."""

    quantity: Decimal
    unheard: Unheard = NOTHING


class Loss(NamedTuple):
    """What shares have lost for certain, and of how much of each it is taken."""

    quantity: Decimal
    held: list[Decimal]


NO_LOSS: Final = Loss(ZERO, [])


def of_order(side: Side, leaves: Decimal, *, closing: bool = False) -> Unheard:
    """Return what one order may have done; ``closing``: its venue lets it only close."""
    kept = leaves if closing else ZERO
    return (
        Unheard(leaves, ZERO, kept, ZERO) if side is Side.BUY else Unheard(ZERO, leaves, ZERO, kept)
    )


def together(parts: Iterable[Unheard]) -> Unheard:
    """Add up what orders may have done."""
    total = NOTHING
    for one in parts:
        total = Unheard(*(left + right for left, right in zip(total, one, strict=True)))
    return total


def is_explained(ours: Decimal, shown: Decimal, unheard: Unheard) -> bool:
    """Say whether orders in doubt alone can have made of ``ours`` what is shown."""
    closed = min(unheard.sell_closing, max(ZERO, ours))
    covered = min(unheard.buy_closing, max(ZERO, -ours))
    lowest = ours - closed - (unheard.sell - unheard.sell_closing)
    highest = ours + covered + (unheard.buy - unheard.buy_closing)
    return lowest <= shown <= highest


def by_others(ours: Decimal, shown: Decimal, unheard: Unheard) -> Decimal:
    """Return what somebody else did at least, whatever became of the orders in doubt: negative when
    it was a sale."""
    if shown < ours - unheard.sell:
        return shown - (ours - unheard.sell)
    if shown > ours + unheard.buy:
        return shown - (ours + unheard.buy)
    return ZERO


def lost(shares: Sequence[Share], shown: Decimal) -> Loss:
    """Return what shares have lost at least, now that the venue holds ``shown``.

    Of long ones that is what they lost if all their sells in doubt were filled, and no buy: with
    every other outcome there is more of them than the venue has. Of short ones likewise.
    """
    low = sum((one.quantity - one.unheard.sell for one in shares), ZERO)
    high = sum((one.quantity + one.unheard.buy for one in shares), ZERO)
    if low > max(ZERO, shown):
        held = [max(ZERO, one.quantity - one.unheard.sell) for one in shares]
        return Loss(low - max(ZERO, shown), held)
    if high < min(ZERO, shown):
        held = [max(ZERO, -(one.quantity + one.unheard.buy)) for one in shares]
        return Loss(min(ZERO, shown) - high, held)
    return NO_LOSS
