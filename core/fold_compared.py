"""How the records of comparisons change the state: differences, foreign orders, external positions.

Rules of this file
1. Neither strangers nor a person's word about owners makes a profit or a loss: positions move at
   their average price.
2. The external row is a position without a strategy; it counts in the account's net.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from core import records as r
from core.exposure import count_foreign, count_position, note_strategy
from core.fold_cash import note_strangers
from core.fold_plans import note_share
from core.fold_tickets import give_tickets, move_ticket
from core.mismatches import Mismatch
from core.positions import EXTERNAL, Position, after_move
from core.state import State, account_row
from core.trades import Cause, note_trade

_replace: Final = msgspec.structs.replace


def difference_found(state: State, record: r.DifferenceFound) -> None:
    """Keep a difference that stands; one that was settled at once leaves no row."""
    if record.settled:
        return
    key = (record.account, record.kind, record.key)
    before = state.mismatches.get(key)
    same = before is not None and before.sameness == record.sameness
    again = before is not None and before.confirmed and record.confirmed
    row = Mismatch(
        account=record.account,
        kind=record.kind,
        key=record.key,
        instrument=record.instrument,
        ours=record.ours,
        theirs=record.theirs,
        sameness=record.sameness,
        first_ns=before.first_ns if before is not None else record.at_ns,
        same_ns=before.same_ns if before is not None and same and not again else record.at_ns,
        confirmed=record.confirmed or (before is not None and same and before.confirmed),
        accepted=before.accepted if before is not None and same else "",
    )
    state.put(state.mismatches, key, row)


def difference_gone(state: State, record: r.DifferenceGone) -> None:
    """Drop a difference that is over."""
    state.drop(state.mismatches, (record.account, record.kind, record.key))


def foreign_order_shown(state: State, record: r.ForeignOrderShown) -> None:
    """Keep an order that is not ours, and count it."""
    key = (record.order.account, record.order.venue_order)
    count_foreign(state, state.foreign.get(key), record.order)
    state.put(state.foreign, key, record.order)


def foreign_order_gone(state: State, record: r.ForeignOrderGone) -> None:
    """Drop an order that is not ours."""
    key = (record.account, record.venue_order)
    count_foreign(state, state.foreign.get(key), None)
    state.drop(state.foreign, key)


def share_cut(state: State, record: r.ShareCut) -> None:
    """Take from a strategy what a stranger closed."""
    note_strangers(state, record.account)
    _move(state, record, record.strategy, record.quantity)
    _move_ticket(state, record, record.strategy)
    count_position(state, record.account, record.instrument, record.quantity)


def external_changed(state: State, record: r.ExternalChanged) -> None:
    """Move the external row to where the venue is."""
    note_strangers(state, record.account)
    _move(state, record, EXTERNAL, record.quantity)
    _move_ticket(state, record, EXTERNAL)
    count_position(state, record.account, record.instrument, record.quantity)


def position_moved(state: State, record: r.PositionMoved) -> None:
    """Give what one owner holds to another one; the account's net stays. What came into the balance
    while nobody of ours owned it is not told from what it earned."""
    if EXTERNAL in (record.source, record.target):
        note_strangers(state, record.account)
    _move(state, record, record.source, -record.quantity)
    _move(state, record, record.target, record.quantity)
    give_tickets(
        state, record.account, record.instrument,
        source=record.source, target=record.target, quantity=record.quantity,
    )  # fmt: skip


def _move_ticket(state: State, record: r.ShareCut | r.ExternalChanged, owner: str) -> None:
    where = (record.account, record.instrument, record.ticket)
    move_ticket(state, *where, owner=owner, change=record.quantity)


def _move(
    state: State,
    record: r.ShareCut | r.ExternalChanged | r.PositionMoved,
    owner: str,
    change: Decimal,
) -> None:
    key = (record.account, record.instrument, owner)
    position = state.positions.get(key)
    if position is None:
        instrument = state.facts.setup.instruments.get(record.instrument)
        position = Position(
            account=record.account,
            instrument=record.instrument,
            strategy=owner,
            multiplier=instrument.multiplier if instrument is not None else Decimal(1),
        )
        if owner != EXTERNAL:
            note_strategy(state, *key)
    after = after_move(position, change, record.price)
    state.put(state.positions, key, after)
    note_trade(state, position, after, Cause(at_ns=record.at_ns, by_others=True))
    note_share(state, key, change)


def account_compared(state: State, record: r.AccountCompared) -> None:
    """Note how an account stands after a comparison."""
    row = account_row(state, record.account)
    since_ns = row.differs_ns or record.at_ns
    row = _replace(
        row,
        baseline_ns=record.at_ns if record.baseline else row.baseline_ns,
        differs_ns=since_ns if record.reducing else 0,
        clean=record.clean,
    )
    state.put(state.accounts, record.account, row)


def reconciliation_accepted(state: State, record: r.ReconciliationAccepted) -> None:
    """Mark what differs as accepted, and let control 19 go."""
    for key, row in list(state.mismatches.items()):
        if row.account == record.account:
            state.put(state.mismatches, key, _replace(row, accepted=record.by))
    row = account_row(state, record.account)
    state.put(state.accounts, record.account, _replace(row, differs_ns=0, clean=0))
