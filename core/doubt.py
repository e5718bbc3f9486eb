"""Doubt: when answers of a venue that do not show an order prove that it is not there.

Rules of this file
1. An answer that does not show an order *qualifies* when the venue's own books gave it, or when it
   would have shown an order that is over and did show a recent one of ours (the canary): else the
   venue may only be behind.
2. One answer of the books is proof. Of the others it takes several, and a time between the first
   and the last: a request that is late arrives meanwhile.
3. Without any order ever proven there is no canary, and so no proof: a person decides.
4. What was concluded is watched for as long as it is kept: how late a request can be, nobody
   knows.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import msgspec

from core import records as r
from core.answers import AskLookup
from core.commands import TakeLookup
from core.orders import Order, OrderState
from core.setup import KEPT_NS, SECOND_NS
from core.state import DoubtRow, State

Steps = Generator[r.Record | AskLookup, None, None]

NEGATIVES_MIN: Final = 7
"""Qualified answers that it takes at least: those of the first minute, at 0, 2, 5, 10, 20, 40 and
60 s of doubt."""

SPAN_NS: Final = 60 * SECOND_NS
"""Time between the first and the last of them at least: twice the longest delay between an order
and its showing up that venues admit."""

CANARY_AGE_MAX_NS: Final = KEPT_NS
"""How long ago the canary was proven at most: venues list closed orders of at least a day."""

PERSON_AFTER_NS: Final = 600 * SECOND_NS
"""Doubt after which a person is called, once: ten times what a healthy venue needs to prove it."""

WATCH_AFTER_NS: Final = (
    300 * SECOND_NS,
    3600 * SECOND_NS,
    6 * 3600 * SECOND_NS,
    23 * 3600 * SECOND_NS,
)
"""When an order that was not placed is asked for again, after that was concluded; the last time an
hour before it leaves the state."""

WATCH_AGAIN_NS: Final = WATCH_AFTER_NS[0]
"""When it is asked for again while no answer to the last question came: whoever asked may have died
over it, and the next regular time may be hours away."""

IN_DOUBT: Final = (OrderState.INTENDED, OrderState.SENT, OrderState.UNKNOWN)
"""States in which nothing proves yet what became of an order."""


def canary_for(state: State, order: Order, now: int) -> Order | None:
    """Return the order that a look-up of this one should show too: the newest of its account that
    its venue has proven, never the order itself. One of its own kind comes first: venues may list
    what waits for a trigger elsewhere, and there the other kind shows nothing of this list."""
    known = [state.orders[name] for name in _canaries(state, order, now) if name in state.orders]
    alike = (one for one in known if has_trigger(one) is has_trigger(order))
    return next(alike, known[0] if known else None)


def has_trigger(order: Order) -> bool:
    """Say whether an order is of the kind that waits for a trigger."""
    return order.trigger is not None


def _canaries(state: State, order: Order, now: int) -> list[str]:
    return [
        name
        for name, proven_ns in state.proven.get(order.account, ())
        if name != order.order and now - proven_ns <= CANARY_AGE_MAX_NS
    ]


def qualifies(state: State, order: Order, answer: TakeLookup, now: int) -> bool:
    """Say whether an answer that does not show an order counts."""
    if answer.conclusive:
        return True
    return answer.covers_closed and answer.canary in _canaries(state, order, now)


def is_proven_absent(doubt: DoubtRow | None) -> bool:
    """Say whether the answers so far prove that an order is not at its venue."""
    if doubt is None or doubt.negatives < NEGATIVES_MIN:
        return False
    return doubt.last_ns - doubt.first_ns >= SPAN_NS


def evidence(state: State, order: Order, answer: TakeLookup) -> tuple[str, str]:
    """Say in words and in JSON why an order counts as not placed."""
    doubt = state.doubts.get(order.order)
    calls, canary = answer.calls, answer.canary
    if answer.conclusive or doubt is None:
        words = "the venue's own books do not have it"
        facts: dict[str, object] = {"conclusive": True, "calls": calls}
    else:
        seconds = (doubt.last_ns - doubt.first_ns) // SECOND_NS
        words = f"{doubt.negatives} answers in {seconds} s did not show it"
        facts = {
            "negatives": doubt.negatives,
            "first_ns": doubt.first_ns,
            "last_ns": doubt.last_ns,
            "calls": calls,
            "canary": canary,
        }
    return words, msgspec.json.encode(facts).decode()


def due(state: State, now: int) -> Steps:
    """Call a person for what is in doubt for too long; ask again for what was not placed."""
    for name, row in sorted(state.doubts.items()):
        if not row.alarmed and now >= row.since_ns + PERSON_AFTER_NS:
            yield r.AlarmRaised(
                at_ns=now,
                code="unknown_needs_person",
                value=str((now - row.since_ns) // SECOND_NS),
                limit=str(row.negatives),
                where=name,
            )
    for name, due_ns in sorted(state.watched.items()):
        if now >= due_ns:
            yield r.LookupAsked(at_ns=now, order=name)
            yield AskLookup(name)


def next_doubt(state: State) -> int | None:
    """Return when ``due`` has something to do; ``None``: nothing is in doubt or watched."""
    waiting = (row.since_ns for row in state.doubts.values() if not row.alarmed)
    person = min((since_ns + PERSON_AFTER_NS for since_ns in waiting), default=None)
    watched = min(state.watched.values(), default=None)
    return min((ns for ns in (person, watched) if ns is not None), default=None)
