"""Lapses: the journal has forgotten what was durable once, and with it ids that its venue knows.

Rules of this file
1. An id follows from the journal alone, so that any process makes the same one of the same intent,
   also while two of them believe to be the writer. A journal that went back in time comes to the
   same numbers again, and would make the same ids for other orders. From the moment at which that
   is noticed, which is in the journal, ids of what the bridge makes by itself are others.
2. What a sender asks for again is the same order still: its id is not touched.
"""

from __future__ import annotations

from typing import Final

import msgspec

from core import records as r
from core.state import State

LAPSES: Final = frozenset(
    {"store_went_back", "store_empty", "store_other", "old_backup_or_second_bridge"}
)
"""Alarms that say that a journal is not whole: the mark that is kept apart from it knows more, or a
venue does. Legs go only after both were asked."""


def note_lapse(state: State, record: r.AlarmRaised) -> None:
    """Remember when it was noticed last that the journal is not whole."""
    if record.code in LAPSES:
        state.facts = msgspec.structs.replace(state.facts, lapsed_ns=record.at_ns)


def unspent(state: State, word: str) -> str:
    """Return the word of an intent as no journal that was forgotten has ever used it."""
    lapsed_ns = state.facts.lapsed_ns
    return f"{word} since {lapsed_ns}" if lapsed_ns else word
