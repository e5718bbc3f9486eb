"""How the records of targets change the state.

Rules of this file
1. A row stays until the next target: what was wanted last is what a repeated alert is compared
   with.
2. An order that comes from elsewhere ends the wait for orders of a target: what the strategy or a
   person did since is not put right again.
"""

from __future__ import annotations

from typing import Final

import msgspec

from core import records as r
from core.orders import Order
from core.state import State
from core.target_rows import GapRow, TargetRow

_replace: Final = msgspec.structs.replace


def target_set(state: State, record: r.TargetSet) -> None:
    """Remember what is wanted."""
    row = TargetRow(
        account=record.account,
        instrument=record.instrument,
        strategy=record.strategy,
        wanted=record.wanted,
        signal=record.signal,
        at_ns=record.at_ns,
        asked=record.asked,
        unit=record.unit,
        time_ns=record.time_ns,
        ending=record.ending,
    )
    _keep(state, row)


def target_cleared(state: State, record: r.TargetCleared) -> None:
    """Note that nothing is waited for any more."""
    row = state.targets.get((record.account, record.instrument, record.strategy))
    if row is not None:
        _keep(state, _replace(row, ending=()))


def gap_noted(state: State, record: r.GapNoted) -> None:
    """Remember that an alert is missing, or that both are alike again."""
    key = record.account, record.instrument, record.strategy
    if not record.theirs:
        state.drop(state.gaps, key)
        return
    row = GapRow(
        account=record.account,
        instrument=record.instrument,
        strategy=record.strategy,
        theirs=record.theirs,
        ours=record.ours,
        signal=record.signal,
        at_ns=record.at_ns,
    )
    state.put(state.gaps, key, row)


def overtaken(state: State, order: Order) -> None:
    """Note an order that may come from elsewhere."""
    row = state.targets.get((order.account, order.instrument, order.strategy))
    if row is not None and row.ending and row.signal != order.origin:
        _keep(state, _replace(row, ending=()))


def _keep(state: State, row: TargetRow) -> None:
    key = row.account, row.instrument, row.strategy
    state.put(state.targets, key, row)
    if row.ending:
        state.put(state.clearing, key, None)
    else:
        state.drop(state.clearing, key)
