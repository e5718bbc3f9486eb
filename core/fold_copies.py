"""How the records of copies change the state: which followers differ, and since when."""

from __future__ import annotations

from core import records as r
from core.state import ApartRow, State


def follower_differed(state: State, record: r.FollowerDiffered) -> None:
    """Keep since when a follower differs, and whether a person was called."""
    key = (record.account, record.instrument, record.strategy)
    before = state.apart.get(key)
    row = ApartRow(
        account=record.account,
        instrument=record.instrument,
        strategy=record.strategy,
        since_ns=before.since_ns if before is not None else record.at_ns,
        alarmed=record.alarmed,
    )
    state.put(state.apart, key, row)


def follower_agreed(state: State, record: r.FollowerAgreed) -> None:
    """Forget a difference that is over."""
    state.drop(state.apart, (record.account, record.instrument, record.strategy))
