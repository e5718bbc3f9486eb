"""Reversal: how much closes, how much opens on the other side, and when that may go.

Rules of this file
1. What is held is closed first, whole and at once. The entry is an order of its own, with its own
   verdict: no control that stops it stops the exit.
2. The entry waits until nothing of its strategy is held, or may still be filled, on the way back.
   An order in doubt counts as one that may be filled.
3. A number that closes and opens at once is split by what is really closed here. Where that leaves
   it open how much is meant, nothing is opened.
"""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal
from typing import Final

from core import records as r
from core.instruments import Instrument
from core.money import ZERO, plain
from core.orders import Order, OrderEvent, OrderType, Purpose, Side
from core.routing import Declined, Holding, Intent, holding_of
from core.setup import Account
from core.signals import QuantityUnit, Signal
from core.state import State

Key = tuple[str, str, str]

FLAT_FIRST: Final = "flat_first"
ENTRIES_FIRST: Final = "entries_first"


def in_units(content: Signal) -> bool:
    """Say whether the numbers of a message are quantities that compare with a position of ours."""
    return content.quantity is not None and content.quantity_unit in (None, QuantityUnit.UNITS)


def as_reversal(content: Signal, intent: Intent, most: Decimal) -> Intent:
    """Read an order for more than there is to close as one through flat, if nobody said that it
    closes. The sender's own position counts first."""
    if not intent.strict or not in_units(content) or not most:
        return intent
    assert content.quantity is not None, "it is counted in units"
    if content.quantity <= (content.prev_position_size or most):
        return intent
    return Intent(Purpose.ENTRY, intent.side, flips=True, through=True)


def opened(content: Signal, intent: Intent, holding: Holding) -> Decimal | Declined | None:
    """Say how many units a reversal opens; ``None``: what the message or the route asks for. The
    sender's own numbers win over ours."""
    if not intent.through or not in_units(content):
        return None
    asked = content.quantity
    assert asked is not None, "it is counted in units"
    if content.position_size is not None:
        there = abs(holding.share) if not holding.is_against(intent.side) else ZERO
        opens = content.position_size - there - holding.entries(intent.side)
        if opens <= ZERO:
            return Declined("no_action", "target_reached", plain(content.position_size))
        return opens
    closes = holding.closable(intent.side)
    if content.prev_position_size is not None:
        closes = content.prev_position_size
    elif not intent.flips:
        closes = asked  # it closed something that is not here, and nobody said how much
    if asked <= closes:
        return Declined("refused", "reversal_size_unclear", plain(asked), plain(closes))
    return asked - closes


def ways_back(state: State, key: Key, side: Side) -> list[Order]:
    """Return the strategy's own entries alive against a side, oldest first."""
    orders = (state.orders[name] for name in state.working.get(key, ()))
    found = [one for one in orders if not one.reduce_only and one.side is not side]
    return sorted(found, key=lambda one: one.number)


def waits_for(state: State, key: Key, side: Side, instrument: Instrument) -> str:
    """Return what keeps the entry of a reversal waiting, or nothing."""
    holding = holding_of(state, *key)
    if holding.is_against(side) and instrument.quantity_cut(abs(holding.share)):
        return FLAT_FIRST
    orders = [state.orders[name] for name in state.working.get(key, ())]
    if any(one.reduce_only and one.side is side for one in orders):
        return FLAT_FIRST  # an exit or a leg of the former position
    return ENTRIES_FIRST if ways_back(state, key, side) else ""


def fits_one_order(
    state: State, key: Key, account: Account, *, content: Signal, holding: Holding
) -> bool:
    """Say whether one order through flat does what two would do.

    The account nets; the share is all that the account holds there, so that no other owner's
    position is turned; nothing of the strategy works, and nothing protects what is held.
    """
    return (
        not account.hedging
        and content.order_type is OrderType.MARKET
        and content.protection is None
        and holding.share == holding.net
        and key not in state.plans
        and not state.working.get(key)
    )


def turned_in_part(order: Order, record: r.OrderChanged) -> bool:
    """Say whether an order through flat has ended before it was whole."""
    return bool(order.turns) and record.event in ENDS and order.filled < order.quantity


ENDS: Final = frozenset(
    {OrderEvent.CANCELLED, OrderEvent.REJECTED, OrderEvent.EXPIRED, OrderEvent.ABSENT}
)
"""Events that end an order before it is whole."""


def given_up(order: Order, now: int, code: str) -> Generator[r.AlarmRaised, None, None]:
    """Call a person when the second half of a reversal does not go."""
    if order.clear_first or order.turns:
        where = f"{order.instrument} in account:{order.account}"
        yield r.AlarmRaised(
            at_ns=now, code="reversal_not_completed", value=code, limit=order.order, where=where
        )
