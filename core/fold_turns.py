"""How records change what is known of shares that were turned in our books alone, perhaps.

Rules of this file
1. A fill of an entry on the other side is what was waited for: it explains as much, whatever else
   happens to the share.
2. What a venue showed of entries counts for what was heard before it, not for what comes after.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core import records as r
from core.money import ZERO
from core.orders import Order, Purpose
from core.state import State
from core.turn_rows import TurnRow

_replace: Final = msgspec.structs.replace


def turn_doubted(state: State, record: r.TurnDoubted) -> None:
    """Remember what may have been opened, beside what is remembered of the same side."""
    key = (record.account, record.instrument, record.strategy)
    before = state.turns.get(key)
    known = before if before is not None and before.side is record.side else None
    row = TurnRow(
        account=record.account,
        instrument=record.instrument,
        strategy=record.strategy,
        side=record.side,
        origin=record.origin,
        order=record.order,
        quantity=record.quantity + (known.quantity if known is not None else ZERO),
        price=record.price,
        route=record.route,
        since_ns=known.since_ns if known is not None else record.at_ns,
        at_ns=record.at_ns,
        number=state.number,
        kept=record.kept,
        cut=record.cut or (known is not None and known.cut),
        called=known is not None and known.called,
        whole=record.quantity + (known.whole if known is not None else ZERO),
    )
    state.put(state.turns, key, row)


def entry_shown(state: State, record: r.EntryShown) -> None:
    """Remember that an entry explains nothing."""
    row = state.turns.get((record.account, record.instrument, record.strategy))
    if row is not None:
        state.put(state.turns, row.key, _replace(row, shown=(*row.shown, record.order)))


def turn_settled(state: State, record: r.TurnSettled) -> None:
    """Keep what is still in doubt."""
    key = (record.account, record.instrument, record.strategy)
    row = state.turns.get(key)
    if row is None or not record.left:
        state.drop(state.turns, key)
    else:
        whole = row.whole - record.quantity
        state.put(state.turns, key, _replace(row, quantity=record.left, whole=whole))


def note_turn(state: State, order: Order, moved: Decimal) -> None:
    """Take what an entry filled off what is in doubt."""
    if not state.turns:
        return
    row = state.turns.get((order.account, order.instrument, order.strategy))
    if row is None or order.purpose is not Purpose.ENTRY or moved * row.side.sign >= ZERO:
        return
    left = max(ZERO, row.quantity - abs(moved))
    state.put(state.turns, row.key, _replace(row, quantity=left))


def person_called(state: State, record: r.AlarmRaised) -> None:
    """Remember that a person was called for a turn in doubt."""
    for key, row in sorted(state.turns.items()):
        if row.order == record.limit:
            state.put(state.turns, key, _replace(row, called=True))
