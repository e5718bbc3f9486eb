"""How the records of a flatten change the state: the act, and its newest order of each position."""

from __future__ import annotations

from typing import Final

import msgspec

from core import records as r
from core.flatten_rows import Attempt, FlattenRow
from core.orders import Order
from core.state import State

_replace: Final = msgspec.structs.replace


def flatten_asked(state: State, record: r.FlattenAsked) -> None:
    """Open an act."""
    row = FlattenRow(
        act=record.act,
        scope=record.scope,
        whose=record.whose,
        by=record.by,
        reason=record.reason,
        at_ns=record.at_ns,
        number=state.number,
    )
    state.put(state.flattens, record.act, row)


def flatten_late(state: State, record: r.FlattenLate) -> None:
    """Remember that a person was told."""
    row = state.flattens.get(record.act)
    if row is not None:
        state.put(state.flattens, record.act, _replace(row, late=True))


def flatten_confirmed(state: State, record: r.FlattenConfirmed) -> None:
    """Take an account out of an act: it is over there."""
    row = state.flattens.get(record.act)
    if row is not None:
        confirmed = (*row.confirmed, record.account)
        state.put(state.flattens, record.act, _replace(row, confirmed=confirmed))


def flatten_ended(state: State, record: r.FlattenEnded) -> None:
    """Close an act."""
    state.drop(state.flattens, record.act)


def note_attempt(state: State, order: Order) -> None:
    """Count one more order of an act for its position."""
    row = state.flattens.get(order.origin)
    if row is None:
        return
    key = (order.account, order.instrument, order.strategy)
    before = next((one for one in row.attempts if one.key == key), None)
    revisions = before.revisions if before is not None else 0
    same = before is not None and bool(order.closes) and before.at_ns == order.intended_ns
    attempt = Attempt(
        account=order.account,
        instrument=order.instrument,
        strategy=order.strategy,
        order=order.order,
        at_ns=order.intended_ns,
        revisions=revisions if same else revisions + 1,  # one for each ticket in one moment
    )
    others = tuple(one for one in row.attempts if one.key != key)
    state.put(state.flattens, row.act, _replace(row, attempts=(*others, attempt)))


def note_end(state: State, order: Order, at_ns: int) -> None:
    """Remember when the end of an act's order was asked for."""
    row = state.flattens.get(order.origin)
    if row is not None:
        attempts = tuple(
            _replace(one, ended_ns=at_ns) if one.order == order.order else one
            for one in row.attempts
        )
        state.put(state.flattens, row.act, _replace(row, attempts=attempts))
