"""Copies in the file: who follows the leader of a route, at which ratio, with what.

Rules of this file
1. What a follower trades in place of the leader's instrument is said by name, with its factor:
   nothing is guessed from symbols.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from bridge.config.fields import Positive, Section, Text, optional, required

MinimumName = Literal["skip", "one"]


class EquivalentSection(Section):
    """What a follower trades in place of an instrument of its leader."""

    instrument: Text = required("What it trades; the route's strategies must allow it.")
    factor: Positive = optional(
        Decimal(1), "How many of it stand for one of the leader's: 10 micros for one contract."
    )


class CopySection(Section):
    """How one account of a route follows its leader. Where a route has such a table, every account
    but the leader follows it; those without a table one for one."""

    ratio: Positive = optional(
        Decimal(1),
        "Its position in parts of the leader's. It is rounded down to what can be traded.",
    )
    minimum: MinimumName = optional(
        "skip",
        "What becomes of less than the smallest order: `skip` it, or trade `one` until the leader "
        "is flat.",
    )
    equivalents: dict[str, EquivalentSection] = optional(
        {}, "What it trades instead, by the leader's instrument."
    )
