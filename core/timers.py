"""Timers are data: what time alone makes due, and when that is next.

Rules of this file
1. ``next_due`` never names a time that has passed for longer than it takes to do it: what cannot be
   done now (a mark without figures) is asked for again a moment later.
2. Everything due is done by one ``tick``, so that a tick that comes too early does no harm.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from core import records as r
from core.answers import Effect
from core.arming import arming_due, disarm_due
from core.doubt import due as doubts_due
from core.doubt import next_doubt
from core.flat_before import flat_due, keep_flat
from core.flatten import due as flatten_due
from core.following import call, next_call
from core.followups import follow_up, followup_due
from core.held import expire, opening_due, release_opened, turns_due
from core.ledger import MARK_EVERY_NS, day_after, is_mark_due, observe
from core.linking import keep_schedule, next_change
from core.protecting import due as legs_due
from core.refused_cancels import ask_again, next_ask
from core.rolling import roll, roll_due
from core.setup import KEPT_NS, SECOND_NS
from core.silence import silence_due, tell_silence
from core.state import State
from core.table_ends import table_end_due, tell_table_ends
from core.turned import turn_due
from core.unsure_stops import due as stops_due
from core.unsure_stops import next_call as next_stop
from core.view import View

Steps = Generator[r.Record | Effect, None, None]

SWEEP_EVERY_NS: Final = 60 * SECOND_NS
"""How often what ended a day ago leaves the state; a minute's worth is dropped in milliseconds."""

IDLE_NS: Final = 60 * SECOND_NS
"""When the next tick is due while nothing waits."""

AGAIN_NS: Final = SECOND_NS
"""How long what was due and could not be done waits for the next try."""


def tick(state: State, view: View, now: int) -> Steps:
    """Do what time alone makes due."""
    yield from expire(state, now)
    yield from follow_up(state, view, now)
    yield from roll(state, now)
    yield from tell_table_ends(state, now)
    for name in sorted(state.accounts):
        yield from keep_schedule(state, name, now)
        yield from observe(state, view, name, now)
    yield from release_opened(state, view, now)
    yield from keep_flat(state, now)
    yield from doubts_due(state, now)
    yield from stops_due(state, now)
    yield from ask_again(state, now)
    yield from call(state, now)
    yield from disarm_due(state, now)
    yield from tell_silence(state, now)
    sweep = _sweep_due(state)
    if sweep is not None and now >= sweep:
        yield r.Swept(at_ns=now, before_ns=now - KEPT_NS)


def next_due(state: State, now: int) -> int:
    """Return when the next ``Tick`` has something to do."""
    due = min(state.held.values(), default=now + IDLE_NS)
    sweep = _sweep_due(state)
    if sweep is not None:
        due = min(due, sweep)
    if state.flattens:
        due = min(due, flatten_due(state, now) or due)
    if state.turning:
        due = min(due, turns_due(state, now) or due)
    due = min(due, next_doubt(state) or due, followup_due(state, now) or due)
    if state.doubts:
        due = min(due, next_stop(state) or due)
    if state.turns:
        due = min(due, turn_due(state) or due)
    if state.refused:
        due = min(due, next_ask(state) or due)
    due = min(due, next_call(state) or due, arming_due(state) or due)
    due = min(due, silence_due(state, now) or due)
    due = min(due, flat_due(state, now) or due, opening_due(state, now) or due)
    if state.facts.setup.futures:
        due = min(due, roll_due(state, now) or due, table_end_due(state, now) or due)
    if state.plans:
        due = min(due, legs_due(state, now) or due)
    for name, row in state.accounts.items():
        due = min(due, day_after(row, now) or due, next_change(row, now) or due)
        if is_mark_due(state, name, now):
            due = min(due, now + AGAIN_NS)
        elif state.exposed.get(name):
            due = min(due, row.marked_ns + MARK_EVERY_NS)
    return min(due, now + IDLE_NS)


def _sweep_due(state: State) -> int | None:
    """Return when the oldest thing that can be swept leaves; ``None`` when there is none.

    A key leaves with the signal that it came with.
    """
    done = next((at for at, name in state.done_line if state.done.get(name) == at), None)
    signal = state.signal_line[0][0] if state.signal_line else None
    oldest = min((at for at in (done, signal) if at is not None), default=None)
    if oldest is None:
        return None
    return max(oldest + KEPT_NS + 1, state.facts.swept_ns + SWEEP_EVERY_NS)
