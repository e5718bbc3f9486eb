"""How the records of calendars change the state."""

from __future__ import annotations

from typing import Final

import msgspec

from core import records as r
from core.schedule_rows import FlatRow, ScheduleRow
from core.state import State

_replace: Final = msgspec.structs.replace


def schedule_loaded(state: State, record: r.ScheduleLoaded) -> None:
    """Put a schedule in force. One that could not be read leaves what was known: what is to be flat
    by then still is."""
    before = state.schedules.get(record.instrument)
    if record.fault and before is not None:
        row = _replace(before, fault=record.fault, where=record.where)
    else:
        row = ScheduleRow(
            instrument=record.instrument,
            sessions_ns=record.sessions_ns,
            weekends_ns=record.weekends_ns,
            news_ns=record.news_ns,
            valid_until_ns=record.valid_until_ns,
            source_hash=record.source_hash,
            fault=record.fault,
            where=record.where,
        )
    state.put(state.schedules, record.instrument, row)


def flat_begun(state: State, record: r.FlatBegun) -> None:
    """Count one more flatten for a flat time."""
    before = _flat(state, record)
    row = _replace(before, kind=record.kind, act=record.act, acts=before.acts + 1)
    state.put(state.flats, (record.account, record.instrument), row)


def flat_missed(state: State, record: r.FlatMissed) -> None:
    """Remember that a person was told."""
    row = _replace(_flat(state, record), missed=True)
    state.put(state.flats, (record.account, record.instrument), row)


def _flat(state: State, record: r.FlatBegun | r.FlatMissed) -> FlatRow:
    row = state.flats.get((record.account, record.instrument))
    if row is not None and row.until_ns == record.until_ns:
        return row
    return FlatRow(
        account=record.account,
        instrument=record.instrument,
        kind=record.kind,
        until_ns=record.until_ns,
    )
